//! A workspace: a directory with a state file and a pid file, and the stand-ins for AgentAPI and the
//! platform.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use prestop::{Preset, Scrubber};
use prestop_agent::agentapi::{Outcome, Phase, Report, Settings, Token, stop};
use prestop_agent::process::{Process, Signal};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::platform::Platform;

pub const TASK: &str = "9f7a2d3e-1b5c-4c8e-9d51-2f0a6b7c8d9e";
/// How long a busy machine may take for something that is normally immediate.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A secret that is recognised everywhere; assembled here so that no scanner reports this file as a leak.
pub fn secret() -> String {
    format!("{}{}", "ghp_", "x1Y2z3W4".repeat(5))
}

/// The token for the platform.
pub fn token() -> String {
    format!("{}-{}", "agent-token", "7c1d6a1e52f5")
}

pub fn scrubber() -> Scrubber {
    let known = [("CODER_AGENT_TOKEN", token())];
    Scrubber::builder(Preset::Balanced).with_known_secrets(known).unwrap().build().unwrap()
}

/// Polls until the condition holds, with patience for a busy machine.
pub fn eventually(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub struct World {
    place: TempDir,
    pub settings: Settings,
    pub platform: Platform,
    child: Option<Child>,
}

impl World {
    /// Creates a workspace in which nothing runs.
    pub fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let platform = Platform::new();
        let settings = Settings {
            persistence: true,
            state_file: Some(place.path().join("module/agentapi-state.json")),
            pid_file: Some(place.path().join("module/agentapi.pid")),
            // Nothing listens there.
            port: 1,
            task: Some(TASK.to_owned()),
            platform: Some(platform.url()),
            token: Some(Token::Value(token())),
            // Long enough for a busy machine; a phase that waits in vain takes two fifths of it.
            deadline: Duration::from_secs(20),
            ..Settings::default()
        };
        std::fs::create_dir(place.path().join("module")).unwrap();
        std::fs::copy(
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/standin/agentapi"),
            place.path().join("agentapi"),
        )
        .unwrap();
        let world = Self { place, settings, platform, child: None };
        world.set_version("agentapi version v0.12.1");
        world
    }

    /// Creates a workspace in which AgentAPI runs.
    pub fn with(behaviour: &Value) -> Self {
        let mut world = Self::new();
        world.begin(behaviour);
        world
    }

    pub fn set_version(&self, version: &str) {
        std::fs::write(self.path("version"), version).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub fn program(&self) -> Vec<std::ffi::OsString> {
        let directory = self.place.path();
        vec!["python3".into(), directory.join("agentapi").into(), "server".into(), directory.into()]
    }

    /// Returns the command line with ACP mode requested.
    pub fn program_in_acp_mode(&self) -> Vec<std::ffi::OsString> {
        let mut program = self.program();
        program.push("--experimental-acp".into());
        program
    }

    /// Starts AgentAPI as a start script does, and waits until it answers.
    pub fn begin(&mut self, behaviour: &Value) {
        let state_file = self.state_file().to_owned();
        self.run(behaviour, &self.program(), |command| {
            command
                .env("AGENTAPI_STATE_FILE", state_file)
                .env("AGENTAPI_SAVE_STATE", "true")
                .env("AGENTAPI_LOAD_STATE", "true");
        });
    }

    /// Starts it in ACP mode, without a state file.
    pub fn begin_in_acp_mode(&mut self, behaviour: &Value) {
        self.run(behaviour, &self.program_in_acp_mode(), |_| {});
    }

    /// Starts it as the user `nobody`, which only root can.
    pub fn begin_as_nobody(&mut self, behaviour: &Value) {
        const NOBODY: u32 = 65_534;
        for path in [self.place.path().to_owned(), self.path("module")] {
            std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let state_file = self.state_file().to_owned();
        let mut program = self.program();
        // Another `python3` may be in a home directory that only its owner can read.
        program[0] = "/usr/bin/python3".into();
        self.run(behaviour, &program, |command| {
            command
                .env("AGENTAPI_STATE_FILE", state_file)
                .env("AGENTAPI_SAVE_STATE", "true")
                .uid(NOBODY)
                .gid(NOBODY);
        });
    }

    fn run(&mut self, behaviour: &Value, program: &[std::ffi::OsString], with: impl FnOnce(&mut Command)) {
        std::fs::write(self.path("behaviour.json"), behaviour.to_string()).unwrap();
        let _ = std::fs::remove_file(self.path("port"));
        let mut command = Command::new(&program[0]);
        command.args(&program[1..]).env("AGENTAPI_PID_FILE", self.pid_file()).stdin(Stdio::null());
        with(&mut command);
        self.child = Some(command.spawn().unwrap());
        self.wait_until_it_answers();
    }

    pub fn wait_until_it_answers(&mut self) {
        eventually("it listens", || self.path("port").exists());
        self.settings.port = std::fs::read_to_string(self.path("port")).unwrap().parse().unwrap();
    }

    pub fn state_file(&self) -> &Path {
        self.settings.state_file.as_deref().unwrap()
    }

    pub fn pid_file(&self) -> &Path {
        self.settings.pid_file.as_deref().unwrap()
    }

    pub fn stop(&self) -> Report {
        stop(&self.settings, &scrubber())
    }

    /// Returns the exit status of AgentAPI, if it has ended.
    pub fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.as_mut()?.try_wait().unwrap()
    }

    /// Sends AgentAPI a signal, as another process would.
    pub fn signal(&self, signal: Signal) {
        let (process, _) = Process::find(self.child.as_ref().unwrap().id()).unwrap();
        process.signal(signal).unwrap();
    }

    pub fn assert_runs(&mut self) {
        assert_eq!(self.ended(), None, "it has ended");
    }

    pub fn assert_ended(&mut self) {
        let child = self.child.as_mut().unwrap();
        eventually("it ends", || child.try_wait().unwrap().is_some());
    }

    /// Returns the content of the state file, as AgentAPI would load it.
    pub fn state(&self) -> Value {
        assert_eq!(std::fs::metadata(self.state_file()).unwrap().mode() & 0o777, 0o600);
        serde_json::from_slice(&std::fs::read(self.state_file()).unwrap()).unwrap()
    }

    /// Returns the texts in the state file.
    pub fn texts(&self) -> Vec<String> {
        let state = self.state();
        let messages = state["messages"].as_array().unwrap();
        messages.iter().map(|message| message["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Fails if a file of the workspace contains a secret.
    pub fn assert_no_secret_on_disk(&self) {
        for entry in std::fs::read_dir(self.path("module")).unwrap() {
            let path = entry.unwrap().path();
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains(&secret()), "{}", path.display());
            assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o077, 0, "{}", path.display());
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Returns the phase of this name.
pub fn phase<'r>(report: &'r Report, name: &str) -> &'r Phase {
    report.phase(name).unwrap_or_else(|| panic!("no {name} in\n{report}"))
}

/// Fails with the whole report if a phase ended differently.
#[track_caller]
pub fn assert_phase(report: &Report, name: &str, outcome: Outcome, code: &str) {
    let phase = phase(report, name);
    assert_eq!((phase.outcome, phase.code), (outcome, code), "{name} in\n{report}");
}

/// Returns a conversation of this many messages.
pub fn talk(count: usize) -> Value {
    let messages: Vec<Value> = (1..=count)
        .map(|n| json!([if n % 2 == 0 { "user" } else { "agent" }, format!("Message {n}")]))
        .collect();
    json!({"messages": messages})
}

/// Returns the behaviour with more members.
pub fn and(mut behaviour: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        behaviour[name] = value.clone();
    }
    behaviour
}
