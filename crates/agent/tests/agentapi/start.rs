//! The start: the environment, the version gate, the pid file, and the command that replaces the process.

use std::ffi::OsString;
use std::process::{Command, Stdio};

use prestop_agent::agentapi::Outcome::{Done, Failed, Skipped};
use prestop_agent::agentapi::{Settings, start};
use serde_json::json;

use super::world::{World, assert_phase, eventually, scrubber, talk};

#[test]
fn state_persistence_disabled_leaves_only_the_pid_file() {
    let mut world = World::new();
    world.settings.persistence = false;
    let started = start(&world.settings, &world.program(), &scrubber());
    let names: Vec<_> = started.variables().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["AGENTAPI_PID_FILE"]);
    assert_phase(started.report(), "version", Skipped, "not_wanted");
    assert!(started.report().succeeded());
}

#[test]
fn the_paths_and_switches_are_given_when_the_version_is_enough() {
    let mut world = World::new();
    world.set_version("agentapi version 99.99.99");
    world.settings.allowed_hosts = Some("*".to_owned());
    let started = start(&world.settings, &world.program(), &scrubber());
    let wanted: [(&str, OsString); 5] = [
        ("AGENTAPI_PID_FILE", world.pid_file().into()),
        ("AGENTAPI_ALLOWED_HOSTS", "*".into()),
        ("AGENTAPI_STATE_FILE", world.state_file().into()),
        ("AGENTAPI_SAVE_STATE", "true".into()),
        ("AGENTAPI_LOAD_STATE", "true".into()),
    ];
    assert_eq!(started.variables(), wanted);
}

#[test]
fn an_old_or_unknown_version_is_started_without_a_state_file_and_that_is_said() {
    for (version, code) in [
        ("0.11.8", "version_too_old"),
        ("agentapi version 0.11.8\nno configuration found", "version_too_old"),
        ("latest", "version_unknown"),
        ("", "version_unknown"),
    ] {
        let world = World::new();
        world.set_version(version);
        let started = start(&world.settings, &world.program(), &scrubber());
        assert_phase(started.report(), "version", Failed, code);
        assert_eq!(started.variables().len(), 1);
    }
    let world = World::new();
    std::fs::remove_file(world.path("version")).unwrap();
    let started = start(&world.settings, &world.program(), &scrubber());
    assert_phase(started.report(), "version", Failed, "version_unknown");
}

#[test]
fn what_runs_already_is_left_alone() {
    let mut world = World::with(&talk(2));
    let started = start(&world.settings, &world.program(), &scrubber());
    assert!(started.runs_already());
    assert_phase(started.report(), "identify", Failed, "running");
    assert!(world.pid_file().exists());
    world.assert_runs();
}

#[test]
fn a_pid_file_that_names_nobody_does_not_block_the_start() {
    // The file is only read and nothing is signalled. An invalid one is removed, since AgentAPI takes some of
    // them for a running instance.
    for garbage in ["0", "-1", "1", "abc"] {
        let world = World::new();
        std::fs::write(world.pid_file(), garbage).unwrap();
        let started = start(&world.settings, &world.program(), &scrubber());
        assert_phase(started.report(), "identify", Done, "stale_removed");
        assert!(!world.pid_file().exists());
    }
}

#[test]
fn what_asks_for_a_state_is_not_inherited_where_none_is_kept() {
    let wanted = World::new();
    assert_eq!(start(&wanted.settings, &wanted.program(), &scrubber()).removed(), [""; 0]);
    // ACP refuses to start with them; an old version is said to keep nothing; and who says `--no-state`
    // means it.
    let acp = start(&wanted.settings, &wanted.program_in_acp_mode(), &scrubber());
    let old = World::new();
    old.set_version("0.11.8");
    let old = start(&old.settings, &old.program(), &scrubber());
    let mut none = World::new();
    none.settings.persistence = false;
    let unwanted = start(&none.settings, &none.program(), &scrubber());
    for started in [acp, old, unwanted] {
        assert_eq!(started.removed(), prestop::agentapi::STATE_VARIABLES);
    }
    // Who lets AgentAPI load a state and save none has said so in its own variables, which are left
    // alone where it can do that.
    none.settings.loads_only = true;
    assert_eq!(start(&none.settings, &none.program(), &scrubber()).removed(), [""; 0]);
    assert_eq!(start(&none.settings, &none.program_in_acp_mode(), &scrubber()).removed().len(), 3);
}

#[test]
fn where_a_file_that_cannot_be_loaded_went_is_said() {
    let world = World::new();
    std::fs::write(world.state_file(), "{broken").unwrap();
    let started = start(&world.settings, &world.program(), &scrubber());
    assert_phase(started.report(), "state", Done, "set_aside");
    let said = "its text is in .agentapi-state.json.aside beside it";
    assert!(started.report().phase("state").unwrap().detail.contains(said), "{}", started.report());
    assert!(world.path("module/.agentapi-state.json.aside").exists());
}

/// One start in a process of its own, for the test below.
#[test]
#[ignore = "run by the_command_takes_the_place_of_the_process_and_finds_its_conversation"]
fn one_start() {
    let Some(directory) = std::env::var_os("PRESTOP_TEST_WORLD").map(std::path::PathBuf::from) else {
        return;
    };
    let settings = Settings {
        persistence: true,
        state_file: Some(directory.join("module/agentapi-state.json")),
        pid_file: Some(directory.join("module/agentapi.pid")),
        ..Settings::default()
    };
    let command = [
        "python3".into(),
        directory.join("agentapi").into(),
        "server".into(),
        directory.clone().into_os_string(),
    ];
    let error = start(&settings, &command, &scrubber()).exec();
    panic!("it was not started: {error}");
}

#[test]
fn the_command_takes_the_place_of_the_process_and_finds_its_conversation() {
    let mut world = World::with(&talk(3));
    assert!(world.stop().succeeded());
    world.assert_ended();
    std::fs::write(world.path("behaviour.json"), json!({}).to_string()).unwrap();
    std::fs::remove_file(world.path("port")).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "start::one_start"])
        .env("PRESTOP_TEST_WORLD", world.path(""))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    world.wait_until_it_answers();
    // The command runs in the same process, by its number.
    assert_eq!(std::fs::read_to_string(world.pid_file()).unwrap().trim(), child.id().to_string());
    let report = world.stop();
    assert!(report.succeeded(), "{report}");
    assert_phase(&report, "save", Done, "current");
    assert_eq!(world.platform.requests()[1].texts().len(), 3);
    eventually("it ends", || child.try_wait().unwrap().is_some());
}

#[test]
fn in_acp_mode_it_is_started_without_a_state_file_and_that_is_said() {
    // With a state file it would refuse to start.
    let mut world = World::new();
    let in_acp_mode = world.program_in_acp_mode();
    let by_its_line = start(&world.settings, &in_acp_mode, &scrubber());
    world.settings.acp = true;
    let by_its_environment = start(&world.settings, &world.program(), &scrubber());
    for started in [by_its_line, by_its_environment] {
        assert_phase(started.report(), "version", Failed, "acp");
        let names: Vec<_> = started.variables().iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["AGENTAPI_PID_FILE"]);
    }
    // Persistence is not wanted, so there is nothing to report.
    world.settings.persistence = false;
    let started = start(&world.settings, &in_acp_mode, &scrubber());
    assert_phase(started.report(), "version", Skipped, "not_wanted");
}
