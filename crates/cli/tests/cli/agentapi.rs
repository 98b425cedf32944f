//! `prestop agentapi`, against the stand-in for AgentAPI of the tests of `crates/agent`.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only on Linux is anything stopped"))]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Ran, command, fed, prestop, text, token};

/// Returns the path of `python3`: the command under test has no PATH.
fn python() -> String {
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
    String::from_utf8(asked.stdout).unwrap().trim().to_owned()
}

/// AgentAPI's stand-in, running in a directory of its own.
struct Running {
    place: tempfile::TempDir,
    child: Child,
}

impl Running {
    fn new(messages: &Value) -> Self {
        let place = tempfile::tempdir().unwrap();
        let program = place.path().join("agentapi");
        let standin = concat!(env!("CARGO_MANIFEST_DIR"), "/../agent/tests/standin/agentapi");
        std::fs::copy(standin, &program).unwrap();
        std::fs::write(place.path().join("version"), "agentapi version v0.12.1").unwrap();
        std::fs::write(place.path().join("behaviour.json"), json!({"messages": messages}).to_string())
            .unwrap();
        let child = Command::new(python())
            .args([&program, Path::new("server"), place.path()])
            .env("AGENTAPI_STATE_FILE", place.path().join("module/agentapi-state.json"))
            .env("AGENTAPI_PID_FILE", place.path().join("module/agentapi.pid"))
            .env("AGENTAPI_SAVE_STATE", "true")
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while !place.path().join("port").exists() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { place, child }
    }

    /// Returns the command with the variables of the existing module, and without PATH: no jq, curl or shell
    /// is found.
    fn module(&self) -> Command {
        let mut command = command();
        let port = std::fs::read_to_string(self.place.path().join("port")).unwrap();
        command
            .env("HOME", self.place.path())
            .env("ARG_MODULE_DIR_NAME", "module")
            .env("ARG_ENABLE_STATE_PERSISTENCE", "true")
            .env("ARG_AGENTAPI_PORT", port);
        command
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn outcomes(ran: &Ran) -> Vec<(String, String)> {
    let report = ran.json();
    let phases = report["phases"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    phases.iter().map(|phase| (text(&phase["phase"]), text(&phase["code"]))).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn one_line_with_the_variables_of_the_module_stops_it() {
    let mut running = Running::new(&json!([["user", format!("use {}", token())], ["agent", "done"]]));
    let ran = fed(running.module().args(["agentapi", "stop", "--json"]), b"").status(0).hides(&token());
    let wanted = [
        ("identify", "found"),
        ("keep", "missing"),
        ("save", "saved"),
        ("capture", "no_task"),
        ("upload", "no_task"),
        ("terminate", "ended"),
        ("state", "kept"),
    ];
    let outcomes = outcomes(&ran);
    for (phase, code) in wanted {
        assert!(outcomes.contains(&(phase.to_owned(), code.to_owned())), "{phase} {code}: {ran:?}");
    }
    running.child.wait().unwrap();
    let state = std::fs::read_to_string(running.place.path().join("module/agentapi-state.json")).unwrap();
    assert!(state.contains("use [REDACTED:GITHUB_PAT]"));
}

#[test]
#[cfg(target_os = "linux")]
fn what_failed_is_named_and_the_status_says_so() {
    let mut running = Running::new(&json!([["user", "hello"]]));
    let secret = format!("{}-{}", "agent", "7c1d6a1e52f54f1c9d55");
    let mut command = running.module();
    command
        .env("ARG_TASK_ID", "9f7a2d3e-1b5c-4c8e-9d51-2f0a6b7c8d9e")
        .env("CODER_AGENT_URL", "http://127.0.0.1:1")
        .env("CODER_AGENT_TOKEN", &secret)
        .args(["agentapi", "stop", "--deadline", "6"]);
    fed(&mut command, b"")
        .status(1)
        .has("upload     failed")
        .has("not reached")
        .has("NOT all done")
        .hides(&secret);
    running.child.wait().unwrap();
}

#[test]
fn where_nothing_runs_there_is_nothing_to_complain_of() {
    let place = tempfile::tempdir().unwrap();
    let pid = place.path().join("agentapi.pid");
    prestop(["agentapi", "stop", "--pid-file", text(&pid)])
        .status(0)
        .has("there is no pid file")
        .has("stopped");
}

#[test]
fn a_start_sets_the_environment_and_is_the_command() {
    let place = tempfile::tempdir().unwrap();
    let pid = place.path().join("agentapi.pid");
    std::fs::write(&pid, "0").unwrap();
    let ran = prestop([
        "agentapi",
        "start",
        "--pid-file",
        text(&pid),
        "--allowed-hosts",
        "*",
        "--",
        "/usr/bin/env",
    ]);
    let ran = ran
        .status(0)
        .has("AGENTAPI_ALLOWED_HOSTS=*\n")
        .has(&format!("AGENTAPI_PID_FILE={}\n", pid.display()));
    ran.says("the pid file is removed");
    // The exit status is that of the command; a command that cannot be run is reported.
    let arguments = ["agentapi", "start", "--", "/bin/sh", "-c", "exit 7"];
    prestop(arguments).status(7);
    prestop(["agentapi", "start", "--", "/nonexistent"]).status(1).says("cannot be run");
}

#[test]
fn the_log_snapshot_is_made_of_an_answer() {
    let answer =
        json!({"messages": [{"id": 0, "role": "user", "content": format!("use {}", token())}]}).to_string();
    let body = r#"{"messages":[{"id":0,"content":"use [REDACTED:GITHUB_PAT]","role":"user"}]}"#;
    fed(command().args(["agentapi", "log-snapshot"]), answer.as_bytes()).status(0).out(body);
    fed(command().args(["agentapi", "log-snapshot"]), b"[]").status(0).out("").says("no messages");
    fed(command().args(["agentapi", "log-snapshot"]), b"{}").status(1).says("GET /messages");
}

#[test]
fn wrong_use_is_told() {
    fed(command().env("AGENTAPI_PORT", "none").args(["agentapi", "stop"]), b"")
        .status(2)
        .says("AGENTAPI_PORT is no port");
    prestop(["agentapi", "stop", "--port", "0"]).status(2);
    prestop(["agentapi", "stop", "--deadline", "0"]).status(2);
    prestop(["agentapi", "start"]).status(2);
    prestop(["agentapi"]).status(2);
}

#[test]
fn an_address_that_cannot_be_one_is_wrong_use_and_an_empty_option_is_none() {
    for wrong in ["coder.example.com", "https://me:pw@x/", "https://x/?a=b", "https://x/#a", "ftp://x/"] {
        prestop(["agentapi", "stop", "--url", wrong])
            .status(2)
            .says("the value of --url cannot be used")
            .hides("me:pw");
    }
    prestop(["agentapi", "stop", "--url", "", "--task", ""]).status(0).has("there is no task");
    let ran = fed(command().env("ARG_TASK_ID", "x").args(["agentapi", "stop", "--task", "", "--json"]), b"");
    assert!(!ran.out.contains("no_task"), "{ran:?}");
}

#[test]
fn a_start_hands_on_no_state_where_none_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let state = place.path().join("state.json");
    let start = |more: &[&str], variables: &[(&str, &str)]| {
        let mut command = command();
        command
            .env("AGENTAPI_STATE_FILE", &state)
            .env("AGENTAPI_SAVE_STATE", "true")
            .env("AGENTAPI_LOAD_STATE", "true");
        command
            .envs(variables.iter().copied())
            .args(["agentapi", "start"])
            .args(more)
            .args(["--", "/usr/bin/env"]);
        fed(&mut command, b"").status(0)
    };
    for ran in [
        start(&["--no-state"], &[]),
        start(&[], &[("ARG_ENABLE_STATE_PERSISTENCE", "false")]),
        start(&[], &[("AGENTAPI_EXPERIMENTAL_ACP", "true")]),
        // It does not say its version.
        start(&[], &[]),
    ] {
        assert!(!ran.out.contains("_STATE="), "{ran:?}");
        assert!(!ran.out.contains("AGENTAPI_STATE_FILE"), "{ran:?}");
    }
}

#[test]
fn a_start_that_sets_a_file_aside_says_where() {
    let place = tempfile::tempdir().unwrap();
    let state = place.path().join("state.json");
    std::fs::write(&state, "{broken").unwrap();
    prestop(["agentapi", "start", "--state-file", text(&state), "--", "/bin/true"])
        .status(0)
        .says("its text is in .state.json.aside beside it");
}

/// A certificate for `localhost`, its key, and who signed it; `None` where there is nothing to make them
/// with.
#[cfg(target_os = "linux")]
fn certificates(place: &Path) -> Option<[std::path::PathBuf; 3]> {
    let path = |name: &str| place.join(name);
    let [authority, certificate, key] = ["authority.pem", "certificate.pem", "key.pem"].map(path);
    std::fs::write(place.join("names"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n").unwrap();
    let script = [
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=prestop-test -keyout authority.key -out authority.pem",
        "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out request.pem",
        "x509 -req -in request.pem -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile names -out certificate.pem",
    ];
    for line in script {
        let mut openssl = Command::new("openssl");
        let ran = openssl
            .args(line.split(' '))
            .current_dir(place)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !ran.is_ok_and(|status| status.success()) {
            return None;
        }
    }
    Some([authority, certificate, key])
}

#[test]
#[cfg(target_os = "linux")]
fn the_platform_is_reached_over_tls_and_only_if_it_is_trusted() {
    use std::io::Write;
    let running = Running::new(&json!([["user", "hello"]]));
    let place = running.place.path();
    let Some([authority, certificate, key]) = certificates(place) else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no openssl: the platform was NOT reached over TLS");
        return;
    };
    let platform = concat!(env!("CARGO_MANIFEST_DIR"), "/../agent/tests/standin/platform");
    let mut platform = Command::new(python())
        .args([Path::new(platform), place, &certificate, &key])
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !place.join("platform.port").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
    let port = std::fs::read_to_string(place.join("platform.port")).unwrap();
    let secret = format!("{}-{}", "agent", "7c1d6a1e52f54f1c9d55");
    let stop = |trusted: &Path| {
        let mut command = running.module();
        command
            .env("ARG_TASK_ID", "9f7a2d3e-1b5c-4c8e-9d51-2f0a6b7c8d9e")
            .env("CODER_AGENT_URL", format!("https://localhost:{port}/"))
            .env("CODER_AGENT_TOKEN", &secret)
            .env("SSL_CERT_FILE", trusted)
            // Nothing listens there: a request to this machine must not use the proxy.
            .env("HTTPS_PROXY", "http://127.0.0.1:1")
            .args(["agentapi", "stop", "--json"]);
        // No pid file, so that the stop can be run twice.
        fed(command.arg("--pid-file").arg(place.join("none")), b"").hides(&secret)
    };
    let refused = stop(&certificate.with_file_name("names"));
    assert!(refused.out.contains("the certificate is not trusted"), "{refused:?}");
    assert!(!place.join("received").exists());
    let delivered = stop(&authority);
    assert!(outcomes(&delivered).contains(&("upload".to_owned(), "delivered".to_owned())), "{delivered:?}");
    let received = std::fs::read_to_string(place.join("received")).unwrap();
    assert!(received.starts_with(&format!("{secret}\n{{\"messages\":[")), "{received}");
    platform.kill().unwrap();
    platform.wait().unwrap();
}
