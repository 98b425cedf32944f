//! A reader that closes the pipe early (`prestop ... | head`): the exit status still reports what was found.

use std::process::{Command, Stdio};

use crate::support::{command, fed, place, put, text, token};

/// Runs a command whose output nobody reads.
#[track_caller]
fn unread(command: &mut Command) -> Option<i32> {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!said.contains("cannot write"), "{said}");
    ended.status.code()
}

#[test]
fn what_is_found_stays_the_status() {
    let (place, path) = place();
    let [leaky, clean, other, damaged] =
        ["leaky.json", "clean.json", "other.json", "damaged.json"].map(|name| place.path().join(name));
    put(&leaky, serde_json::json!({"a": [token(), token()]}).to_string());
    put(&clean, "{}");
    put(&other, r#"{"b": 1}"#);
    put(&damaged, "{broken");
    put(&path, "{}");
    let [leaky, clean, other, damaged] = [&leaky, &clean, &other, &damaged].map(|path| text(path));
    for (status, arguments) in [
        (1, vec!["rules", "test", leaky]),
        (0, vec!["rules", "test", clean]),
        (0, vec!["rules", "list"]),
        (0, vec!["rules", "explain", "github-personal-token"]),
        (1, vec!["diff", clean, other]),
        (0, vec!["diff", clean, clean]),
        (1, vec!["verify", leaky]),
        (0, vec!["verify", clean]),
        (0, vec!["show", leaky]),
        (1, vec!["show", damaged]),
        (1, vec!["agentapi", "stop"]),
        (0, vec!["agentapi", "stop", "--no-state"]),
        (0, vec!["write", text(&path), "--from", clean]),
        (0, vec!["scrub", leaky]),
        (2, vec!["rules"]),
    ] {
        // Persistence is requested without a place for the state file, so that stop fails.
        let made = || {
            let mut made = command();
            made.env("ARG_ENABLE_STATE_PERSISTENCE", "true").args(&arguments);
            made
        };
        assert_eq!(fed(&mut made(), b"").status, status, "{arguments:?}");
        assert_eq!(unread(&mut made()), Some(status), "{arguments:?}");
        let reports = !matches!(arguments[..], ["scrub", ..] | ["rules"]);
        if reports {
            assert_eq!(unread(made().arg("--json")), Some(status), "{arguments:?} --json");
        }
    }
}
