//! Pid files that name what must never be signalled, tried in a process namespace and session of their own: a
//! faulty build would signal the whole machine.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use prestop_agent::agentapi::Outcome::{Failed, Skipped};

use super::world::{World, assert_phase, eventually, talk};

/// The first process of the namespace: records every signal, starts the test and returns its status.
const INIT: &str = r#"
import os, signal, subprocess, sys
os.setsid() if os.getpgrp() != os.getpid() else None
seen = []
for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda number, frame: seen.append(number))
status = subprocess.run(sys.argv[1:]).returncode
sys.exit(f"process 1 was sent {seen}" if seen else status)
"#;

#[test]
fn what_must_not_be_signalled_is_not() {
    let unshare = |command: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare
            .args(["--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"])
            .args(command);
        unshare
    };
    let allowed = unshare(&["true"]).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if !allowed {
        // Written past the test runner, which shows nothing of a test that passes.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no process namespace here (unshare --user --pid --mount-proc): pid files with 0, 1, -1 and strangers were NOT tried"
        );
        return;
    }
    let own = std::env::current_exe().unwrap();
    let own = own.to_str().unwrap();
    let inside =
        ["python3", "-c", INIT, own, "--ignored", "--exact", "namespace::inside", "--test-threads", "1"];
    let done = unshare(&inside).env("PRESTOP_TEST_NAMESPACE", "1").output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
}

/// An unrelated process.
struct Stranger(Child);

impl Stranger {
    fn new(program: &str, arguments: &[&str]) -> Self {
        Self(Command::new(program).args(arguments).stdin(Stdio::null()).spawn().unwrap())
    }

    fn assert_runs(&mut self, why: &str) {
        // A signal that was sent has arrived by now, or arrives while the next case is tried.
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(self.0.try_wait().unwrap(), None, "{why}");
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "run by what_must_not_be_signalled_is_not, in a namespace"]
fn inside() {
    if std::env::var_os("PRESTOP_TEST_NAMESPACE").is_none() {
        return;
    }
    // In a process namespace, numbers are small.
    assert!(std::process::id() < 1_000, "this is no namespace of its own");
    let mut stranger = Stranger::new("sleep", &["600"]);
    let number = stranger.0.id();

    for content in [
        "0",
        "1",
        "-1",
        "0\n",
        "1\n",
        "-1\n",
        "-2",
        "",
        "abc",
        " 1",
        "+1",
        "00",
        "1 1",
        "-0",
        "2147483648",
        "4294967297",
        "99999999999999999999",
    ] {
        let world = World::new();
        std::fs::write(world.pid_file(), content).unwrap();
        assert_phase(&world.stop(), "identify", Skipped, "pid_file_garbage");
        stranger.assert_runs(content);
    }
    let cases = [
        (format!("{number}\n"), "stranger"),
        (format!("-{number}"), "pid_file_garbage"),
        (format!("{number}\n1"), "pid_file_garbage"),
    ];
    for (content, code) in cases {
        let world = World::new();
        std::fs::write(world.pid_file(), &content).unwrap();
        assert_phase(&world.stop(), "identify", Skipped, code);
        stranger.assert_runs(&content);
    }

    // This process itself, and a thread of another one.
    let world = World::new();
    std::fs::write(world.pid_file(), std::process::id().to_string()).unwrap();
    assert_phase(&world.stop(), "identify", Skipped, "stranger");

    // An AgentAPI that started after the file was written: the number was reused.
    let mut world = World::with(&talk(2));
    let file = std::fs::File::options().write(true).open(world.pid_file()).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3_600)).unwrap();
    assert_phase(&world.stop(), "identify", Skipped, "stranger");
    world.assert_runs();

    // A thread of AgentAPI.
    file.set_modified(SystemTime::now()).unwrap();
    let main: u32 = std::fs::read_to_string(world.pid_file()).unwrap().trim().parse().unwrap();
    let threads = std::fs::read_dir(format!("/proc/{main}/task")).unwrap();
    let thread = threads
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|id| *id != main.to_string());
    std::fs::write(world.pid_file(), thread.expect("it has more than one")).unwrap();
    assert_phase(&world.stop(), "identify", Skipped, "not_running");
    world.assert_runs();

    // A zombie.
    let mut ended = Stranger::new("true", &[]);
    let zombie = ended.0.id();
    eventually("it ends", || {
        std::fs::read_to_string(format!("/proc/{zombie}/stat")).is_ok_and(|line| line.contains(") Z "))
    });
    let empty = World::new();
    std::fs::write(empty.pid_file(), zombie.to_string()).unwrap();
    assert_phase(&empty.stop(), "identify", Skipped, "not_running");
    ended.0.wait().unwrap();

    // A pipe and a directory in the place of the file; and a file that may not be read.
    std::fs::remove_file(empty.pid_file()).unwrap();
    assert!(Command::new("mkfifo").arg(empty.pid_file()).status().unwrap().success());
    assert_phase(&empty.stop(), "identify", Skipped, "pid_file_garbage");
    std::fs::remove_file(empty.pid_file()).unwrap();
    std::fs::create_dir(empty.pid_file()).unwrap();
    let code = empty.stop().phase("identify").unwrap().code;
    assert!(matches!(code, "pid_file_garbage" | "pid_file_unreadable"), "{code}");
    std::fs::remove_dir(empty.pid_file()).unwrap();
    std::fs::write(empty.pid_file(), number.to_string()).unwrap();
    std::fs::set_permissions(empty.pid_file(), std::fs::Permissions::from_mode(0o000)).unwrap();
    let report = empty.stop();
    let phase = report.phase("identify").unwrap();
    assert!(
        phase.code == "stranger" || (phase.outcome, phase.code) == (Failed, "pid_file_unreadable"),
        "{report}"
    );
    stranger.assert_runs("at the end");
}
