//! `docs/cli.md` is one session: its commands run one after another in one directory, and print what the page
//! shows.
//!
//! `PRESTOP_UPDATE=1` writes the output into the page. What changes by itself is not compared: measured
//! times, sizes, ages, and the number of rules.

use std::io::Write as _;
use std::path::Path;

use crate::support::{Ran, fed, has_attributes, place};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
const FENCE: &str = "```shell-session";

#[test]
fn the_page_shows_what_the_commands_say() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (place, _) = place();
    if !has_attributes(place.path()) {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED what docs/cli.md shows: files have no attributes below target/"
        );
        return;
    }
    let (mut out, mut inside, mut asked) = (Vec::new(), false, 0);
    for line in page.lines() {
        if line == FENCE {
            inside = true;
        } else if line == "```" {
            inside = false;
        }
        if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            asked += 1;
            out.push(line.to_owned());
            out.extend(shell(place.path(), command).out.lines().map(|said| said.trim_end().to_owned()));
        } else if !inside || line == FENCE {
            out.push(line.to_owned());
        }
    }
    assert!(asked > 15, "the page has no session");
    let out = out.join("\n") + "\n";
    if std::env::var_os("PRESTOP_UPDATE").is_some() {
        std::fs::write(PAGE, out).unwrap();
    } else {
        let difference = out.lines().zip(page.lines()).find(|(said, shown)| plain(said) != plain(shown));
        assert_eq!(difference, None, "PRESTOP_UPDATE=1 writes the page anew");
        assert_eq!(out.lines().count(), page.lines().count());
    }
}

fn shell(place: &Path, command: &str) -> Ran {
    let binary = Path::new(env!("CARGO_BIN_EXE_prestop")).parent().unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", binary.display());
    let mut shell = std::process::Command::new("sh");
    shell.env_clear().env("PATH", path).env("CONFIGS_DIR", "/nonexistent").current_dir(place);
    fed(shell.args(["-c", &format!("umask 022; {command}")]), b"")
}

/// Returns a line without alignment, and without the numbers that change by themselves and their units.
fn plain(line: &str) -> String {
    let units =
        ["second", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "B", "KB", "MB", "rules"];
    let words: Vec<&str> = line.split_whitespace().collect();
    let inner = |at: usize| words.get(at).map_or("", |word| word.trim_matches(|sign| "(),".contains(sign)));
    let number = |at: usize| inner(at).parse::<f64>().is_ok();
    let counted = |at: usize| number(at) && units.contains(&inner(at + 1));
    let changes = |at: usize| {
        let measured = number(at) && inner(at).contains('.');
        let named = at > 0 && words[at - 1].ends_with("_seconds\":");
        measured || named || counted(at) || at > 0 && counted(at - 1)
    };
    let plain = words.iter().enumerate().map(|(at, word)| if changes(at) { "#" } else { word });
    plain.collect::<Vec<_>>().join(" ")
}

#[test]
fn what_changes_by_itself_is_not_compared_and_everything_else_is() {
    for (one, other) in [
        (
            "ok  secrets  none left (747 rules, preset strict)",
            "ok secrets   none left (1023 rules, preset strict)",
        ),
        ("snapshot.json: 541 B, durable", "snapshot.json: 1.2 KB, durable"),
        ("saved  2026-11-20T08:30:15+00:00 (24 hours ago)", "saved  2026-11-20T08:30:15+00:00 (1 day ago)"),
        ("  \"age_seconds\": 86783,", "  \"age_seconds\": 9,"),
        ("stopped in 0.00 of 25 s", "stopped in 0.31 of 25 s"),
    ] {
        assert_eq!(plain(one), plain(other));
    }
    for (one, other) in [
        ("status 0", "status 1"),
        ("redacted    PASSWORD 1", "redacted    PASSWORD 7"),
        ("nobody else can read it (0600)", "nobody else can read it (0644)"),
        ("  \"generation\": 3,", "  \"generation\": 4,"),
        ("transcript  2 lines", "transcript  3 lines"),
        ("prestop 0.1.0", "prestop 0.1.1"),
        ("stopped in 0.00 of 25 s", "stopped in 0.00 of 30 s"),
    ] {
        assert_ne!(plain(one), plain(other));
    }
}
