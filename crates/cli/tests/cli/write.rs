//! `prestop write`, `delete`, `purge` and `diff`.

use std::os::unix::fs::PermissionsExt;

use crate::support::{command, fed, has_attributes, place, prestop, put, text, token};
use proptest::prelude::*;

#[test]
fn what_is_written_is_scrubbed_whole_and_read_back() {
    let (place, path) = place();
    let snapshot = serde_json::json!({"workspace_id": "ws-1", "a": token(), "b": ["tool=run_code x", "y"]});
    let ran = fed(command().args(["write", text(&path)]), snapshot.to_string().as_bytes()).status(0);
    let ran = ran.has("durable").has("redacted    GITHUB_PAT 1\n").has("dropped     1\n").hides(&token());
    assert!(ran.err.lines().all(|line| line.contains("warning: this place is gone")), "{ran:?}");
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("[REDACTED:GITHUB_PAT]") && !written.contains(&token()));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let attributes = has_attributes(place.path());
    prestop(["verify", text(&path)]).status(0).has(if attributes {
        "exactly what was written"
    } else {
        "whole"
    });
    let from = place.path().join("from.json");
    put(&from, r#"{"workspace_id": "ws-2", "c": {"d": 1}}"#);
    let again = ["write", "--json", text(&path), "--from", text(&from)];
    let json = prestop(again).status(0).json();
    assert_eq!(json["durability"], "durable");
    assert!(!attributes || json["generation"] == 2, "{json}");
    assert_eq!(json["previous_kept"], true);
    prestop(["diff", text(&path)]).status(1).out("a\nb\nc.d\nworkspace_id\n");
}

#[test]
fn an_input_over_the_limit_of_a_snapshot_is_taken() {
    let (place, path) = place();
    let from = place.path().join("from.json");
    put(&from, format!(r#"{{"workspace_id": "ws-1"{}}}"#, " ".repeat(65 << 20)));
    prestop(["write", text(&path), "--from", text(&from)]).status(0).has("durable");
    assert!(std::fs::metadata(&path).unwrap().len() < 100);
}

#[test]
fn a_state_is_built_into_a_snapshot() {
    let (_place, path) = place();
    let state = r#"{"workspace_id": "ws-1", "current_task": "deploy", "start_time": 10, "now": 70, "adapter": {"session_id": "s-1"}}"#;
    fed(command().args(["write", "--build", text(&path)]), state.as_bytes()).status(0);
    let json = prestop(["show", "--json", text(&path)]).status(0).json();
    assert_eq!((json["session_id"].as_str(), json["uptime_seconds"].as_u64()), (Some("s-1"), Some(60)));
    assert_eq!(json["timestamp"], "1970-01-01T00:01:10+00:00");
    let ran = fed(command().args(["write", "--build", text(&path)]), br#"{"active_tasks": "hunter2"}"#);
    ran.status(1).says("active_tasks is not an integer").hides("hunter2");
}

#[test]
fn values_of_the_environment_are_redacted_and_its_preset_is_used() {
    let (_place, path) = place();
    let secret = format!("{}-{}", "correct", "horse7battery");
    let snapshot = serde_json::json!({"a": format!("say {secret}"), "p": "password=hunter2"});
    let write = |preset: &str| {
        let mut command = command();
        command.env("DB_PASSWORD", &secret).env("PRESTOP_PRESET", preset).args(["write", text(&path)]);
        fed(&mut command, snapshot.to_string().as_bytes()).status(0).hides(&secret)
    };
    write("strict");
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("say [REDACTED:DB_PASSWORD]") && !written.contains("hunter2"));
    write("molecule");
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("say [REDACTED:DB_PASSWORD]") && written.contains("hunter2"));
    write("lax").says("warning: PRESTOP_PRESET");
    assert!(!std::fs::read_to_string(&path).unwrap().contains("hunter2"));
}

#[test]
fn faulty_rules_leave_strict_whatever_the_preset_is() {
    let (place, path) = place();
    let rules = place.path().join("rules.toml");
    put(&rules, "[[rule]]\nid = \"x\"\npattern = \"(\"\n");
    let snapshot = serde_json::json!({"p": "password=hunter2 DB_PASSWORD=changeme"}).to_string();
    let write = |preset: &str, rules: &std::path::Path| {
        let mut command = command();
        command.env("PRESTOP_PRESET", preset).env("PRESTOP_RULES", rules).args(["write", text(&path)]);
        fed(&mut command, snapshot.as_bytes()).status(0).says("warning: PRESTOP_RULES: ");
        std::fs::read_to_string(&path).unwrap()
    };
    for preset in ["molecule", "balanced", "strict"] {
        for rules in [&*rules, "/no/such/file".as_ref()] {
            let written = write(preset, rules);
            // `balanced` would leave this word alone.
            assert!(!written.contains("hunter2") && !written.contains("changeme"), "{preset}: {written}");
        }
    }
}

#[test]
fn what_cannot_be_written_changes_nothing() {
    let (place, path) = place();
    put(&path, "{}");
    for input in ["", "[]", "{\"hunter2", "null"] {
        let ran = fed(command().args(["write", text(&path)]), input.as_bytes()).status(1).hides("hunter2");
        ran.says("the input is one JSON object");
        assert_eq!(std::fs::read(&path).unwrap(), b"{}");
    }
    let ran = fed(command().args(["write", "--deadline", "0", text(&path)]), b"{\"a\": 1}").status(1);
    ran.says("deadline").says("--deadline SECONDS");
    assert_eq!(std::fs::read(&path).unwrap(), b"{}");
    prestop(["write", "--deadline", "soon", text(&path)]).status(2).hides("soon");
    fed(command().args(["write", text(place.path())]), b"{}").status(1).says("prestop: error: ");
}

#[test]
fn what_the_system_says_comes_without_its_number_and_with_advice() {
    let (place, path) = place();
    put(&path, "{}");
    let below = path.join("x");
    for command_line in [["write", text(&below)], ["delete", text(&below)], ["show", text(&below)]] {
        let ran = fed(command().args(command_line), b"{}").status(1);
        let ran = ran.says("snapshot.json: not a directory\n  name a file in a directory that is there");
        assert!(!ran.err.contains("os error"), "{ran:?}");
    }
    let rules = place.path().join("rules.toml");
    std::os::unix::fs::symlink(&rules, &rules).unwrap();
    let ran = fed(command().env("PRESTOP_RULES", &rules).args(["verify", text(&path)]), b"").status(0);
    assert!(!ran.says("PRESTOP_RULES").err.contains("os error"));
}

#[test]
fn a_link_is_replaced_or_followed() {
    let (place, path) = place();
    let target = place.path().join("target.json");
    put(&target, "{}");
    std::os::unix::fs::symlink(&target, &path).unwrap();
    fed(command().args(["write", "--follow-symlink", text(&path)]), b"{\"a\": 1}").status(0);
    assert!(path.is_symlink() && std::fs::read_to_string(&target).unwrap().contains("\"a\": 1"));
    fed(command().args(["write", text(&path)]), b"{\"a\": 2}").status(0);
    assert!(!path.is_symlink() && std::fs::read_to_string(&target).unwrap().contains("\"a\": 1"));
}

#[test]
fn delete_takes_the_snapshot_and_the_one_before_and_purge_everything() {
    let (place, path) = place();
    let left = || {
        let names = std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    };
    let fill = || {
        for n in 0..2 {
            fed(command().args(["write", text(&path)]), format!("{{\"n\": {n}}}").as_bytes()).status(0);
        }
        put(&place.path().join(".snapshot.json.corrupt-1"), "{");
        put(&place.path().join("other.json"), "{}");
    };
    fill();
    prestop(["delete", text(&path)]).status(0).has("removed, 2 files in all");
    assert_eq!(left(), [".snapshot.json.corrupt-1", "other.json"]);
    prestop(["delete", text(&path)]).status(0).has("there was none; 0 files removed");
    fill();
    let json = prestop(["purge", "--json", text(&path)]).status(0).json();
    assert_eq!(json, serde_json::json!({"existed": true, "files": 3}));
    assert_eq!(left(), ["other.json"]);
    prestop(["delete"]).status(2).says("missing: <PATH>");
    prestop(["purge", text(place.path())]).status(1).says("a directory");
}

#[test]
fn a_difference_is_named_and_never_shown() {
    let (place, a) = place();
    let b = place.path().join("b.json");
    put(&a, serde_json::json!({"x": {"y": "old-value"}, "same": 1}).to_string());
    put(&b, serde_json::json!({"x": {"y": token()}, "same": 1.0, token(): 1, "z\u{1b}[1m": 1}).to_string());
    let ran = prestop(["diff", text(&a), text(&b)]).status(1).hides(&token()).hides("old-value");
    ran.out("[REDACTED:GITHUB_PAT]\nx.y\nz\\x1b[1m\n");
    prestop(["diff", text(&a), text(&a)]).status(0).out("");
    assert_eq!(prestop(["diff", "--json", text(&a), text(&a)]).status(0).json()["differ"], false);
    prestop(["diff", text(&a)]).status(1).says("name two documents");
    // The previous snapshot of a long name has a shortened name.
    let long = place.path().join("s".repeat(231));
    for number in [1, 2] {
        fed(command().args(["write", text(&long)]), format!("{{\"a.b\": {number}}}").as_bytes()).status(0);
    }
    prestop(["diff", text(&long)]).status(1).out("\"a.b\"\n");
    put(&b, format!("{{\"{}", token()));
    prestop(["diff", text(&a), text(&b)]).status(1).hides(&token()).says("whole JSON documents");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_secret_reaches_no_file_and_no_output(
        before in "[ -~]{0,40}",
        key in "[a-z_]{1,12}",
        twice in any::<bool>(),
        command_at in 0usize..5,
    ) {
        let (place, path) = place();
        let said = format!("{before} {}", token());
        let said = if twice { serde_json::json!({&key: said}).to_string() } else { said };
        let document = serde_json::json!({&key: {"transcript_lines": [said, {&key: said}]}, "n": [said]});
        fed(command().args(["write", text(&path)]), document.to_string().as_bytes()).status(0).hides(&token());
        fed(command().args(["write", text(&path)]), document.to_string().as_bytes()).status(0).hides(&token());
        for entry in std::fs::read_dir(place.path()).unwrap() {
            let content = std::fs::read(entry.unwrap().path()).unwrap();
            prop_assert!(!String::from_utf8_lossy(&content).contains(&token()));
        }
        // Written by a module that does not scrub.
        put(&path, document.to_string());
        let commands: [&[&str]; 5] =
            [&["show"], &["show", "--all"], &["show", "--json"], &["verify"], &["verify", "--json"]];
        prestop(commands[command_at].iter().copied().chain([text(&path)])).hides(&token());
    }
}

#[test]
fn a_path_in_a_report_is_escaped_once() {
    let (place, _) = place();
    let path = place.path().join("a\\b\u{1}.json");
    let written = fed(command().args(["write", "--json", text(&path)]), b"{}").status(0).json();
    assert_eq!(written["path"], text(&path));
    for command in ["show", "verify"] {
        assert_eq!(prestop([command, "--json", text(&path)]).status(0).json()["path"], text(&path));
    }
}
