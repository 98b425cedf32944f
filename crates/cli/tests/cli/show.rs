//! `prestop show`.

use crate::support::{command, fed, place, prestop, put, text, token};

fn snapshot() -> String {
    serde_json::json!({
        "workspace_id": "ws-1",
        "timestamp": "2026-01-01T00:00:00+00:00",
        "current_task": "deploy",
        "active_tasks": 1,
        "uptime_seconds": 7200,
        "adapter": {
            "session_id": "session-1",
            "transcript_lines": [
                {"role": "user", "timestamp": "2026-01-01T00:00:01Z", "content": "first"},
                {"role": "user", "content": format!("with [REDACTED:DEPLOY_PASSWORD] and {}", token())},
                {"type": "assistant", "message": {"role": "assistant", "content": [{"type": "text", "text": "third\nline"}]}},
            ],
        },
    })
    .to_string()
}

#[test]
fn a_person_sees_task_session_age_transcript_and_what_was_redacted() {
    let (_place, path) = place();
    put(&path, snapshot());
    let ran = prestop(["show", text(&path)]).status(0).hides(&token());
    for (name, value) in [
        ("snapshot", "whole; nothing to compare it with"),
        ("saved", "2026-01-01T00:00:00+00:00 ("),
        ("workspace", "ws-1"),
        ("session", "session-1"),
        ("task", "deploy (1 active)"),
        ("uptime", "2 hours"),
        ("transcript", "3 lines"),
        ("redacted", "DEPLOY_PASSWORD 1, GITHUB_PAT 1"),
    ] {
        let line = ran.out.lines().find(|line| line.starts_with(name));
        assert!(line.is_some_and(|line| line.contains(value)), "{name}: {value}: {}", ran.out);
    }
    assert!(ran.out.contains("    1  00:00:01  user        first\n"), "{}", ran.out);
    assert!(ran.out.contains("    3            assistant   third / line\n"), "{}", ran.out);
    let ran = prestop(["show", "-n", "1", text(&path)]).status(0).has("3 lines, the last 1:");
    assert!(!ran.out.contains("first"));
    prestop(["show", "--all", text(&path)]).status(0).has("third\n").has("  line\n");
}

#[test]
fn the_environment_says_where_it_is_and_what_is_secret() {
    let (_place, path) = place();
    let secret = format!("{}-{}", "correct", "horse7battery");
    put(&path, serde_json::json!({"current_task": format!("say {secret}")}).to_string());
    let ran = fed(command().env("AGENT_SNAPSHOT_PATH", &path).env("DB_PASSWORD", &secret).arg("show"), b"");
    ran.status(0).hides(&secret).has("say [REDACTED:DB_PASSWORD]");
    prestop(["show"]).status(1).says("there is no snapshot at /configs/.agent_snapshot.json");
}

#[test]
fn a_faulty_environment_is_said_and_costs_only_itself() {
    let (place, path) = place();
    put(&path, snapshot());
    let ran = fed(
        command().env("PRESTOP_PRESET", "hunter2").env("PRESTOP_RULES", "/none").args(["show", text(&path)]),
        b"",
    );
    let ran = ran.status(0).says("warning: PRESTOP_PRESET is not one of").says("warning: PRESTOP_RULES: ");
    ran.hides("hunter2").hides(&token());
    let pipe = place.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for rules in [&*pipe, "/dev/zero".as_ref()] {
        let ran = fed(command().env("PRESTOP_RULES", rules).args(["show", text(&path)]), b"");
        ran.status(0).says("warning: PRESTOP_RULES: ").says("not a regular file");
    }
    // On the command line it may be a pipe; it is read up to the same bound.
    prestop(["scrub", "--rules", "/dev/zero"]).status(1).says("larger than 1 MiB");
}

#[test]
fn json_says_the_same() {
    let (_place, path) = place();
    put(&path, snapshot());
    let json = prestop(["show", "--json", "-n", "2", text(&path)]).status(0).hides(&token()).json();
    assert_eq!(json["session_id"], "session-1");
    assert_eq!(json["transcript_lines"], 3);
    assert_eq!(json["transcript"][1]["text"], "third\nline");
    assert_eq!(json["redactions"], serde_json::json!({"DEPLOY_PASSWORD": 1, "GITHUB_PAT": 1}));
    assert_eq!(json["verified"], serde_json::Value::Null);
}

#[test]
fn what_is_shown_cannot_act_on_the_terminal() {
    let (_place, path) = place();
    let hostile = "a\u{1b}]0;title\u{7}\u{202e}b\u{9b}c\r\u{200b}";
    let lines = serde_json::json!([hostile, {"role": hostile, "timestamp": hostile, "content": hostile}]);
    let document = serde_json::json!({
        "workspace_id": hostile, "session_id": hostile, "current_task": hostile, "timestamp": hostile,
        "active_tasks": hostile, "uptime_seconds": hostile, "transcript_lines": lines,
    });
    put(&path, document.to_string());
    for arguments in [vec!["show"], vec!["show", "--all"], vec!["show", "--json"], vec!["verify"]] {
        let ran = prestop(arguments.into_iter().chain([text(&path)]));
        let acts =
            |letter: char| letter.is_control() && letter != '\n' || "\u{202e}\u{200b}\u{9b}".contains(letter);
        assert!(!ran.out.is_empty() && !ran.out.chars().any(acts), "{ran:?}");
    }
}

#[test]
fn colours_are_for_terminals() {
    let (_place, path) = place();
    put(&path, snapshot());
    assert!(!prestop(["show", text(&path)]).out.contains('\u{1b}'));
    assert!(prestop(["show", "--color", "always", text(&path)]).out.contains("\u{1b}["));
    let asked = ["show", text(&path)];
    assert!(fed(command().env("CLICOLOR_FORCE", "1").args(asked), b"").out.contains("\u{1b}["));
    let forbidden = fed(command().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").args(asked), b"");
    assert!(!forbidden.out.contains('\u{1b}'));
}

#[test]
fn a_damaged_one_is_said_and_left_alone() {
    let (_place, path) = place();
    put(&path, "{\"broken");
    prestop(["show", text(&path)]).status(1).says("damaged").says("prestop scrub FILE");
    assert_eq!(std::fs::read(&path).unwrap(), b"{\"broken");
}
