//! The cases that the existing shell script is tested for, each by its name there.

use prestop_agent::agentapi::Outcome::{Done, Failed, Skipped};
use prestop_agent::agentapi::Settings;
use serde_json::json;

use super::platform::Manner;
use super::world::{World, and, assert_phase, phase, secret, talk};

#[test]
fn normal_five_messages_are_posted_in_order() {
    let mut world = World::with(&talk(5));
    let report = world.stop();
    assert!(report.succeeded(), "{report}");
    assert_phase(&report, "upload", Done, "delivered");
    assert_eq!(phase(&report, "upload").http_status, Some(204));
    let requests = world.platform.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].texts(), ["Message 1", "Message 2", "Message 3", "Message 4", "Message 5"]);
    assert!(
        requests[0]
            .headers
            .iter()
            .any(|header| header.eq_ignore_ascii_case("content-type: application/json"))
    );
    world.assert_ended();
}

#[test]
fn of_fifteen_messages_the_last_ten_are_posted() {
    let world = World::with(&talk(15));
    assert!(world.stop().succeeded());
    let texts = world.platform.requests()[0].texts();
    assert_eq!(texts, (6..=15).map(|n| format!("Message {n}")).collect::<Vec<_>>());
}

#[test]
fn a_huge_message_is_cut_and_says_so() {
    let world = World::with(&json!({"messages": [["agent", "x".repeat(70_000)]]}));
    let report = world.stop();
    assert!(report.succeeded(), "{report}");
    assert_phase(&report, "capture", Done, "captured_cut");
    let request = &world.platform.requests()[0];
    assert!(request.body.len() <= 65_536 && request.texts()[0].contains("truncated"));
}

#[test]
fn an_empty_task_id_skips_the_snapshot() {
    let mut world = World::with(&talk(2));
    world.settings.task = None;
    let report = world.stop();
    assert!(report.succeeded(), "{report}");
    assert_phase(&report, "upload", Skipped, "no_task");
    assert!(world.platform.requests().is_empty());
    world.assert_ended();
}

#[test]
fn an_old_platform_is_no_failure_but_an_unknown_task_is() {
    let world = World::with(&talk(2));
    world.platform.behave(&[Manner::Status(404, r#"{"message":"Route not found."}"#)]);
    let report = world.stop();
    assert!(report.succeeded(), "{report}");
    assert_phase(&report, "upload", Skipped, "unsupported");

    let mut world = World::with(&talk(2));
    world.settings.task = Some("00000000-0000-4000-8000-000000000000".to_owned());
    let report = world.stop();
    assert_eq!(report.exit_status(), 1);
    assert_phase(&report, "upload", Failed, "not_found");
    assert_eq!(phase(&report, "upload").http_status, Some(404));
    world.assert_ended();
}

#[test]
fn the_save_signal_is_delivered() {
    let mut world = World::with(&and(talk(3), &json!({"hang": true})));
    // It saves only when it is asked to, since it never ends by itself.
    world.settings.deadline = std::time::Duration::from_secs(6);
    let report = world.stop();
    assert_phase(&report, "save", Done, "saved");
    assert_eq!(world.texts(), ["Message 1", "Message 2", "Message 3"]);
}

#[test]
fn a_missing_pid_file_is_no_failure_where_nothing_runs() {
    let world = World::new();
    let report = world.stop();
    assert!(report.succeeded(), "{report}");
    assert_phase(&report, "identify", Skipped, "not_running");
    assert_phase(&report, "capture", Skipped, "nothing_answers");
}

#[test]
fn http_500_is_reported_and_the_process_is_ended_all_the_same() {
    let mut world = World::with(&talk(2));
    world.settings.deadline = std::time::Duration::from_secs(6);
    world.platform.behave(&[Manner::Status(500, "")]);
    let report = world.stop();
    assert_eq!(report.exit_status(), 1);
    assert_phase(&report, "upload", Failed, "server_error");
    assert_eq!(phase(&report, "upload").http_status, Some(500));
    assert!(world.platform.requests().len() > 1, "it was not tried again");
    world.assert_ended();
}

#[test]
fn the_pid_path_comes_from_the_module_directory() {
    let variables = [("HOME", "/home/coder"), ("ARG_MODULE_DIR_NAME", ".module")];
    let settings = |more: &[(&str, &str)]| {
        let all: Vec<_> = variables.iter().chain(more).copied().collect();
        Settings::from_environment(move |name| {
            all.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    };
    let own = settings(&[]).unwrap();
    assert_eq!(own.pid_file.unwrap(), std::path::Path::new("/home/coder/.module/agentapi.pid"));
    assert_eq!(own.state_file.unwrap(), std::path::Path::new("/home/coder/.module/agentapi-state.json"));
    assert!(!own.persistence && own.log_snapshot);
    let custom =
        settings(&[("ARG_PID_FILE_PATH", "/p"), ("ARG_STATE_FILE_PATH", "/s"), ("ARG_AGENTAPI_PORT", "99")])
            .unwrap();
    assert_eq!(
        (custom.pid_file.unwrap().to_str(), custom.state_file.unwrap().to_str()),
        (Some("/p"), Some("/s"))
    );
    assert_eq!(custom.port, 99);
    for (name, wrong) in
        [("ARG_AGENTAPI_PORT", "0"), ("AGENTAPI_PORT", "x"), ("ARG_TASK_LOG_SNAPSHOT", "maybe")]
    {
        let error = settings(&[(name, wrong)]).unwrap_err().to_string();
        assert!(error.contains(name) && !error.contains("maybe"), "{error}");
    }
}

#[test]
fn without_a_pid_file_nothing_is_signalled_and_it_completes() {
    let mut world = World::with(&talk(2));
    world.settings.pid_file = None;
    let report = world.stop();
    assert_phase(&report, "identify", Skipped, "no_pid_file");
    assert_phase(&report, "upload", Done, "delivered");
    // The script calls that a success; here the report says that something still runs.
    assert_phase(&report, "terminate", Failed, "not_identified");
    world.assert_runs();
}

#[test]
fn without_persistence_there_is_no_save_signal_but_an_end() {
    let mut world = World::with(&and(talk(2), &json!({"ignorant": true})));
    world.settings.persistence = false;
    let report = world.stop();
    assert!(report.succeeded(), "{report}");
    assert_phase(&report, "save", Skipped, "not_wanted");
    assert_phase(&report, "terminate", Done, "ended");
    world.assert_ended();
}

#[test]
fn a_turned_off_snapshot_is_not_sent() {
    let mut world = World::with(&talk(2));
    world.settings.log_snapshot = false;
    let report = world.stop();
    assert!(report.succeeded(), "{report}");
    assert!(world.platform.requests().is_empty());
}

#[test]
fn zero_messages_are_not_posted() {
    let world = World::with(&json!({"messages": []}));
    let report = world.stop();
    assert!(report.succeeded(), "{report}");
    assert_phase(&report, "capture", Done, "empty");
    assert_phase(&report, "upload", Skipped, "empty");
    assert!(world.platform.requests().is_empty());
}

#[test]
fn secrets_are_scrubbed_before_they_are_sent_and_in_the_file() {
    let world = World::with(&json!({"messages": [["user", format!("use {} for it", secret())]]}));
    let report = world.stop();
    assert!(report.succeeded(), "{report}");
    assert_eq!(world.platform.requests()[0].texts(), ["use [REDACTED:GITHUB_PAT] for it"]);
    assert_eq!(world.texts(), ["use [REDACTED:GITHUB_PAT] for it"]);
    world.assert_no_secret_on_disk();
    assert!(!report.to_string().contains(&secret()) && !report.to_json().to_string().contains(&secret()));
}
