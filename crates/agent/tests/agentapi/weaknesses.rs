//! The weaknesses of the existing script and of AgentAPI, each tested for the correct behaviour.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use prestop_agent::agentapi::Outcome::{Done, Failed, Skipped};
use prestop_agent::agentapi::{Token, start};
use prestop_agent::process::Signal;
use serde_json::json;

use super::platform::Manner;
use super::world::{World, and, assert_phase, eventually, phase, scrubber, secret, talk, token};

#[test]
fn a_process_that_ignores_term_is_killed_within_the_time() {
    let mut world = World::with(&and(talk(2), &json!({"hang": true})));
    world.settings.deadline = Duration::from_secs(6);
    let report = world.stop();
    assert_phase(&report, "terminate", Done, "killed");
    assert_phase(&report, "state", Done, "kept");
    assert!(report.succeeded(), "{report}");
    world.assert_ended();
    assert_eq!(world.ended().and_then(|status| status.signal()), Some(9));
}

#[test]
fn one_time_limit_covers_every_phase() {
    // Nothing answers, and nothing ends.
    let mut world = World::with(&and(talk(2), &json!({"hang": true, "silent": true, "deaf": true})));
    world.platform.behave(&[Manner::Silence]);
    world.settings.deadline = Duration::from_secs(5);
    let report = world.stop();
    assert_phase(&report, "capture", Failed, "no_answer");
    assert_phase(&report, "upload", Skipped, "nothing_captured");
    assert_phase(&report, "save", Failed, "not_saved");
    assert_phase(&report, "terminate", Done, "killed");
    assert_eq!(report.exit_status(), 1);
    world.assert_ended();
    // Only a watchdog: it must catch an endless wait, but not a busy machine.
    assert!(report.to_json()["seconds"].as_f64().unwrap() < 60.0, "{report}");
}

#[test]
fn a_process_that_ends_by_itself_is_not_asked_again() {
    let mut world = World::with(&and(talk(3), &json!({"dies": true})));
    let report = world.stop();
    // The messages are in its state file.
    assert_phase(&report, "capture", Skipped, "ended");
    assert_phase(&report, "terminate", Done, "had_ended");
    assert!(report.succeeded(), "{report}");
    assert_eq!(world.texts().len(), 3);
    world.assert_ended();

    let mut world = World::with(&and(talk(3), &json!({"dies": true})));
    world.settings.persistence = false;
    let report = world.stop();
    assert_phase(&report, "capture", Failed, "ended");
    assert_eq!(report.exit_status(), 1);
}

#[test]
fn a_version_that_dies_of_the_save_signal_is_not_sent_it() {
    let mut world = World::with(&and(talk(3), &json!({"ignorant": true})));
    let report = world.stop();
    assert_phase(&report, "save", Skipped, "not_caught");
    // It stays alive to give its messages, and ends by itself.
    assert_phase(&report, "upload", Done, "delivered");
    assert_phase(&report, "terminate", Done, "ended");
    assert_eq!(world.texts().len(), 3);
    assert!(report.succeeded(), "{report}");
    world.assert_ended();
    assert_eq!(world.ended().and_then(|status| status.code()), Some(0));
}

#[test]
fn the_gate_fails_closed() {
    for (version, code) in [
        ("agentapi version 0.11.8", "version_too_old"),
        ("", "version_unknown"),
        ("0.9.0-preview", "version_too_old"),
    ] {
        let world = World::with(&talk(2));
        world.set_version(version);
        let report = world.stop();
        assert_phase(&report, "save", Skipped, code);
        // It saves when it ends, so nothing is lost.
        assert!(report.succeeded(), "{report}");
    }
    // Killed before it has saved anything, which is reported.
    let mut world = World::with(&and(talk(2), &json!({"hang": true})));
    world.set_version("0.11.8");
    world.settings.deadline = Duration::from_secs(3);
    assert_phase(&world.stop(), "state", Failed, "incomplete");
    // The program that runs cannot be asked for its version.
    let world = World::with(&talk(2));
    std::fs::remove_file(world.path("version")).unwrap();
    assert_phase(&world.stop(), "save", Skipped, "version_unknown");
}

#[test]
fn the_program_of_another_user_is_not_run() {
    if !rustix::process::geteuid().is_root() {
        // Written past the test runner, which shows nothing of a test that passes.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: only root can start a process of another user: its program was NOT shown to be left alone"
        );
        return;
    }
    let mut world = World::new();
    world.begin_as_nobody(&talk(3));
    // A file that its environment could name, and that nobody but root may touch.
    let (named, own) = (world.state_file().to_owned(), world.path("own.json"));
    std::fs::write(&named, "root's own file").unwrap();
    world.settings.state_file = Some(own.clone());
    world.settings.state_file_is_assumed = true;
    let report = world.stop();
    // Its version is unknown, so it is not sent the save signal.
    assert_phase(&report, "save", Skipped, "version_unknown");
    assert_phase(&report, "terminate", Done, "ended");
    assert!(!world.path("module/.agentapi-state.json.aside").exists(), "{report}");
}

#[test]
fn what_is_too_large_by_bytes_is_cut_and_sent() {
    for unit in ["é", "\u{1}"] {
        let world = World::with(&json!({"messages": [["agent", unit.repeat(80_000)]]}));
        let report = world.stop();
        assert!(report.succeeded(), "{report}");
        let request = &world.platform.requests()[0];
        assert!((65_000..=65_536).contains(&request.body.len()));
    }
}

#[test]
fn a_slow_save_is_waited_for_and_its_proof_is_the_file() {
    // The lock is held meanwhile, so the messages come late too.
    let world = World::with(&and(talk(3), &json!({"slow_save": 2.5})));
    let report = world.stop();
    assert_phase(&report, "save", Done, "saved");
    assert_phase(&report, "upload", Done, "delivered");
    assert_eq!(world.texts().len(), 3);
    assert!(report.succeeded(), "{report}");
}

#[test]
fn a_save_that_fails_is_a_failure() {
    let mut world = World::with(&and(talk(3), &json!({"fail_save": true})));
    world.settings.deadline = Duration::from_secs(6);
    let report = world.stop();
    assert_phase(&report, "save", Failed, "not_saved");
    assert_phase(&report, "state", Failed, "incomplete");
    assert_phase(&report, "upload", Done, "delivered");
    assert_eq!(report.exit_status(), 1);
}

#[test]
fn a_save_that_nothing_proves_is_no_save() {
    // It neither saves nor gives its messages, and ends in order.
    let mut world = World::with(&and(talk(3), &json!({"fail_save": true, "broken": 403})));
    world.settings.deadline = Duration::from_secs(6);
    let report = world.stop();
    assert_phase(&report, "capture", Failed, "refused");
    assert_phase(&report, "terminate", Done, "ended");
    assert_phase(&report, "save", Failed, "unproven");
    assert_phase(&report, "state", Failed, "unproven");

    // Nobody wants to see the messages, but they are the proof.
    let mut world = World::with(&talk(3));
    assert!(world.stop().succeeded());
    world.settings.log_snapshot = false;
    world.begin(&json!({"ignorant": true}));
    let report = world.stop();
    assert_phase(&report, "save", Skipped, "not_caught");
    assert_phase(&report, "capture", Done, "captured");
    assert_phase(&report, "state", Done, "kept");
    assert!(report.succeeded(), "{report}");
    world.begin(&json!({"ignorant": true, "broken": 403}));
    assert_phase(&world.stop(), "state", Failed, "unproven");
}

#[test]
fn a_state_that_needs_no_save_is_not_waited_for() {
    let mut world = World::with(&talk(3));
    assert!(world.stop().succeeded());
    world.begin(&json!({}));
    let report = world.stop();
    assert_phase(&report, "save", Done, "current");
    assert!(report.succeeded(), "{report}");
    assert_eq!(world.texts().len(), 3);
}

#[test]
fn a_signal_that_is_caught_and_ignored_is_made_good_at_the_end() {
    let mut world = World::with(&and(talk(3), &json!({"deaf": true})));
    world.settings.deadline = Duration::from_secs(6);
    let report = world.stop();
    assert_phase(&report, "save", Done, "saved_at_end");
    assert_eq!(world.texts().len(), 3);
    assert!(report.succeeded(), "{report}");
}

#[test]
fn the_token_comes_from_a_file_and_is_shown_nowhere() {
    let mut world = World::with(&json!({"messages": [["user", format!("my token is {}", token())]]}));
    std::fs::write(world.path("token"), token() + "\n").unwrap();
    world.settings.token = Some(Token::File(world.path("token")));
    let report = world.stop();
    assert!(report.succeeded(), "{report}");
    let request = &world.platform.requests()[0];
    assert!(!String::from_utf8_lossy(&request.body).contains(&token()));
    assert!(!request.line.contains(&token()));
    let said = format!("{report} {} {report:?} {:?}", report.to_json(), world.settings);
    assert!(!said.contains(&token()));
}

#[test]
fn without_a_token_nothing_is_sent_and_everything_else_is_done() {
    for wrong in [
        None,
        Some(Token::Value(" ".to_owned())),
        Some(Token::Value("two\nlines".to_owned())),
        Some(Token::File("/nonexistent".into())),
    ] {
        let mut world = World::with(&talk(2));
        world.settings.token = wrong;
        let report = world.stop();
        assert_phase(&report, "upload", Failed, "no_token");
        assert_phase(&report, "terminate", Done, "ended");
        assert!(world.platform.requests().is_empty());
    }
}

#[test]
fn a_token_file_that_is_a_pipe_or_a_device_is_not_waited_for() {
    for name in ["pipe", "/dev/zero"] {
        let mut world = World::with(&talk(2));
        let path = world.path(name);
        if name == "pipe" {
            assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        }
        world.settings.token = Some(Token::File(path));
        let report = world.stop();
        assert_phase(&report, "upload", Failed, "no_token");
        assert_phase(&report, "terminate", Done, "ended");
        assert!(format!("{report}").contains("not a regular file"), "{report}");
    }
}

#[test]
fn an_answer_that_is_no_conversation_costs_only_the_snapshot() {
    let world = World::with(&and(talk(2), &json!({"broken": 403})));
    let report = world.stop();
    assert_phase(&report, "capture", Failed, "refused");
    assert_phase(&report, "upload", Skipped, "nothing_captured");
    assert_phase(&report, "terminate", Done, "ended");
    assert_phase(&report, "state", Done, "kept");
}

#[test]
fn a_large_transcript_is_saved_scrubbed_and_shown() {
    let text = format!("{} {} ", "lorem ipsum dolor ".repeat(500), secret());
    let messages: Vec<_> =
        (0..200).map(|n| json!([if n % 2 == 0 { "agent" } else { "user" }, text])).collect();
    let world = World::with(&json!({"messages": messages}));
    let report = world.stop();
    assert!(report.succeeded(), "{report}");
    assert_eq!(world.texts().len(), 200);
    world.assert_no_secret_on_disk();
    assert!(!String::from_utf8_lossy(&world.platform.requests()[0].body).contains(&secret()));
}

#[test]
fn a_kill_costs_what_was_not_saved_and_nothing_else() {
    // AgentAPI saves only when it is told to: here once, before the fourth message.
    let mut world = World::with(&and(talk(3), &json!({"goes_on": [["user", "Message 4"]]})));
    world.signal(Signal::USR1);
    eventually("it saves", || world.state_file().exists());
    world.signal(Signal::KILL);
    world.assert_ended();
    let report = world.stop();
    assert_phase(&report, "identify", Skipped, "not_running");
    assert!(phase(&report, "identify").detail.contains("what it had not saved is lost"), "{report}");
    assert_phase(&report, "state", Done, "kept");
    assert!(report.succeeded(), "{report}");
    assert_eq!(world.texts(), ["Message 1", "Message 2", "Message 3"]);
    // Neither its pid file nor an interrupted save prevents the next start.
    world.begin(&json!({"messages": [["user", secret()]], "slow_save": 600}));
    world.signal(Signal::USR1);
    let temporary = world.path("module/agentapi-state.json.tmp");
    eventually("it begins to save", || temporary.exists());
    world.signal(Signal::KILL);
    world.assert_ended();
    let started = start(&world.settings, &world.program(), &scrubber());
    assert_phase(started.report(), "identify", Skipped, "not_running");
    assert_phase(started.report(), "state", Done, "kept");
    assert!(!temporary.exists());
    world.assert_no_secret_on_disk();
    world.begin(&json!({}));
    assert!(world.stop().succeeded());
    assert_eq!(world.texts().len(), 3);
}

#[test]
fn a_kill_before_anything_was_saved_is_a_failure() {
    let mut world = World::with(&talk(3));
    world.signal(Signal::KILL);
    world.assert_ended();
    assert!(world.pid_file().exists() && !world.state_file().exists());
    let report = world.stop();
    assert_phase(&report, "identify", Skipped, "not_running");
    assert_phase(&report, "state", Failed, "lost");
    assert_eq!(report.exit_status(), 1);
    // Nobody wanted it.
    world.settings.persistence = false;
    assert_eq!(world.stop().exit_status(), 0);
}

#[test]
fn messages_that_stall_behind_a_save_are_waited_for() {
    // The save cannot end before the messages are requested, and then takes longer than the script used to
    // wait.
    let stalls = json!({"until_asked": true, "slow_save": 5.5});
    let mut world = World::with(&and(talk(3), &stalls));
    world.settings.deadline = Duration::from_secs(50);
    let report = world.stop();
    assert_phase(&report, "capture", Done, "captured");
    assert_phase(&report, "upload", Done, "delivered");
    assert_phase(&report, "save", Done, "saved");
    assert_eq!(world.platform.requests()[0].texts().len(), 3);
    assert_eq!(world.texts().len(), 3);
    assert!(report.succeeded(), "{report}");
}

#[test]
fn a_save_that_never_gives_the_lock_back_holds_up_nothing_else() {
    let mut world = World::with(&and(talk(3), &json!({"slow_save": 600})));
    world.settings.deadline = Duration::from_secs(6);
    let report = world.stop();
    assert_phase(&report, "capture", Failed, "no_answer");
    assert_phase(&report, "save", Failed, "not_saved");
    // It waits for the lock in order to save once more, so it does not end by itself.
    assert_phase(&report, "terminate", Done, "killed");
    assert_phase(&report, "state", Failed, "incomplete");
    assert_eq!(report.exit_status(), 1);
    world.assert_ended();
    assert!(!world.path("module/agentapi-state.json.tmp").exists());
}

#[test]
fn a_crash_in_acp_mode_costs_neither_the_snapshot_nor_the_next_start() {
    let mut world = World::new();
    world.settings.persistence = false;
    world.begin_in_acp_mode(&talk(3));
    let report = world.stop();
    assert_phase(&report, "upload", Done, "delivered");
    assert_phase(&report, "terminate", Done, "ended");
    assert!(report.succeeded(), "{report}");
    world.assert_ended();
    assert_eq!(world.ended().and_then(|status| status.code()), Some(2));
    // It left its pid file.
    assert!(world.pid_file().exists());
    let started = start(&world.settings, &world.program_in_acp_mode(), &scrubber());
    assert!(started.report().succeeded(), "{}", started.report());
    world.begin_in_acp_mode(&talk(3));
}

#[test]
fn in_acp_mode_a_conversation_that_was_to_survive_is_a_failure_that_is_not_waited_for() {
    let mut world = World::new();
    world.begin_in_acp_mode(&talk(3));
    let report = world.stop();
    assert_phase(&report, "save", Skipped, "acp");
    assert_phase(&report, "upload", Done, "delivered");
    assert_phase(&report, "terminate", Done, "ended");
    assert_phase(&report, "state", Failed, "incomplete");
    assert_eq!(report.exit_status(), 1);
}
