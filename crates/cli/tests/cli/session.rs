//! `docs/cli.md` is one session: its commands run one after another in one directory, and say what the page says.
//!
//! `PRESTOP_UPDATE=1` writes what they say into the page. Numbers are not compared: rules, sizes and ages change.

use std::path::Path;

use crate::support::{Ran, fed, has_attributes, place};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
const FENCE: &str = "```shell-session";

#[test]
fn the_page_shows_what_the_commands_say() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (place, _) = place();
    if !has_attributes(place.path()) {
        eprintln!("SKIPPED what docs/cli.md shows: files have no attributes below target/");
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

/// A line without its numbers, units and widths.
fn plain(line: &str) -> String {
    let words = line.split(|letter: char| letter.is_whitespace() || letter.is_ascii_digit() || letter == '.');
    let units = ["second", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "B", "KB", "MB"];
    words.filter(|word| !word.is_empty() && !units.contains(word)).collect::<Vec<_>>().join(" ")
}
