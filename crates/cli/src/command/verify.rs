//! `prestop verify`: whether the snapshot is intact, and whether secrets are left in it or in the files
//! beside it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use prestop::json::MAX_BYTES;
use prestop::scrub::ScrubberBuilder;
use prestop::snapshot::{self, Restored, Source};
use prestop::value::{Layout, scrub_json};
use serde_json::{Value, json};

use crate::document::{self, Found};
use crate::failure::{Failure, Status, scrubbed, shown};
use crate::input::Input;
use crate::screen::{BAD, FAINT, GOOD, Screen};
use crate::scrubbing::Scrubbing;
use crate::{numbers, report};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The snapshot; else AGENT_SNAPSHOT_PATH, else /configs/.agent_snapshot.json
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    scrubbing: Scrubbing,
}

/// The result of one check.
struct Check {
    name: String,
    fine: bool,
    says: String,
    redactions: BTreeMap<String, u64>,
}

impl Check {
    fn new(name: impl Into<String>, fine: bool, says: impl Into<String>) -> Self {
        Self { name: name.into(), fine, says: says.into(), redactions: BTreeMap::new() }
    }
}

pub fn run(args: Args, screen: &mut Screen) -> Result<Status, Failure> {
    let builder = args.scrubbing.for_snapshots(screen)?;
    let scrubber = builder.clone().build()?;
    let preset = scrubber.preset();
    let Found { path, reading } = Found::at(args.path, &scrubber)?;
    let mut checks = Vec::new();
    match &reading.restored {
        None => checks.push(Check::new("integrity", false, "damaged, and there is none before it")),
        Some(restored) => checks.push(integrity(restored)),
    }
    checks.push(mode(&path));
    if let Some(restored) = &reading.restored {
        checks.push(secrets("secrets", &restored.bytes, &builder)?);
    }
    for beside in companions(&path) {
        let name = beside.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match Input::open(Some(&beside)).and_then(|input| input.read_all(MAX_BYTES + 1024)) {
            Ok(bytes) => checks.push(secrets(&shown(&name), &bytes, &builder)?),
            // A file that is gone by now holds nothing; one that exists but was not searched is a failed
            // check.
            Err(_) if !beside.exists() => continue,
            Err(_) => checks.push(Check::new(shown(&name), false, "cannot be read, or is too large to")),
        }
        checks.extend(
            Some(mode(&beside)).filter(|mode| !mode.fine).map(|mode| Check { name: shown(&name), ..mode }),
        );
    }
    let fine = checks.iter().all(|check| check.fine);
    if args.json {
        screen.json(&as_json(&path, reading.restored.as_ref(), preset.name(), &checks, fine))?;
    } else {
        let width = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
        for check in &checks {
            let word = if check.fine { screen.paint(GOOD, "ok  ") } else { screen.paint(BAD, "BAD ") };
            screen.line(format_args!("{word}  {:<width$}  {}", check.name, check.says))?;
        }
        if !fine {
            let advice = advice(&checks, reading.restored.as_ref());
            let advice = screen.paint(FAINT, advice);
            screen.line(advice)?;
        }
    }
    Ok(Status::found(!fine))
}

fn integrity(restored: &Restored) -> Check {
    let generation =
        restored.generation.map_or_else(String::new, |generation| format!(", generation {generation}"));
    let (fine, says) = match (restored.source, restored.verified) {
        (Source::Previous, _) => {
            (false, "damaged; the one before it is whole, and is what a host would be given")
        }
        (_, Some(true)) => (true, "exactly what was written"),
        (_, Some(false)) => (false, "whole, but edited since it was written"),
        (_, None) => (true, "whole; nothing was recorded to compare it with"),
    };
    let size = numbers::size(restored.bytes.len() as u64);
    Check::new("integrity", fine, format!("{says} ({size}{generation})"))
}

fn mode(path: &Path) -> Check {
    let Ok(about) = fs::metadata(path) else { return Check::new("mode", false, "cannot be asked for") };
    let mode = about.permissions().mode() & 0o777;
    let others = 0o077;
    let fine = mode & others == 0;
    let says = if fine { "nobody else can read it" } else { "others can read it" };
    Check::new("mode", fine, format!("{says} ({mode:04o})"))
}

/// Checks for what scrubbing would still replace.
fn secrets(name: &str, bytes: &[u8], builder: &ScrubberBuilder) -> Result<Check, Failure> {
    let scrubber = document::acquainted(builder, bytes)?;
    let mut found = BTreeMap::new();
    let tally = scrub_json(bytes, Layout::Compact, &scrubber).map(|(_, tally)| tally);
    let dropped = tally.as_ref().map_or(0, prestop::scrub::Tally::dropped);
    match tally {
        Ok(tally) => found.clone_from(tally.redactions()),
        // A damaged snapshot, or a file of another kind: search it as text.
        Err(_) => {
            for finding in scrubber.findings(bytes) {
                *found.entry(finding.label.to_string()).or_default() += 1;
            }
        }
    }
    let fine = found.is_empty() && dropped == 0;
    let preset = scrubber.preset().name();
    let says = match (fine, dropped) {
        (true, _) => format!("none left ({} rules, preset {preset})", scrubber.rules().len()),
        (false, 0) => format!("left: {} (preset {preset})", report::phrase(&found)),
        (false, _) => format!(
            "left: {}; output of the code sandbox: {dropped} (preset {preset})",
            report::phrase(&found)
        ),
    };
    Ok(Check { name: name.to_owned(), fine, says, redactions: found })
}

/// Returns the files beside the snapshot that belong to it: the previous one, quarantined and temporary ones.
fn companions(path: &Path) -> Vec<PathBuf> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let prefix = snapshot::companion_prefix(path);
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().as_bytes().starts_with(prefix.as_bytes()))
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// Returns what to do about the worst result.
fn advice(checks: &[Check], restored: Option<&Restored>) -> &'static str {
    let leaks = |check: &&Check| !check.redactions.is_empty() || (check.name == "secrets" && !check.fine);
    match checks.iter().find(leaks) {
        Some(check) if check.name == "secrets" => {
            "write it again with `prestop write PATH --from PATH`, then revoke what was left in it"
        }
        Some(_) => {
            "revoke what was left; writing it again twice replaces the one before, the rest may be deleted"
        }
        None if checks.iter().any(|check| check.name == "mode" && !check.fine) && restored.is_some() => {
            "`chmod 600 PATH`, or write it again with `prestop write PATH --from PATH`"
        }
        None => match restored {
            None => "a start of the host sets it aside; `prestop scrub FILE` shows what is readable of it",
            Some(restored) if restored.source == Source::Previous => "a start of the host puts that one back",
            Some(_) => "`prestop show` says what is in it",
        },
    }
}

fn as_json(path: &Path, restored: Option<&Restored>, preset: &str, checks: &[Check], fine: bool) -> Value {
    let checks: Vec<Value> = checks
        .iter()
        .map(|check| {
            json!({"name": check.name, "ok": check.fine, "says": check.says, "redactions": check.redactions})
        })
        .collect();
    json!({
        "path": scrubbed(&path.to_string_lossy()),
        "ok": fine,
        "preset": preset,
        "source": restored.map(|restored| restored.source.as_str()),
        "verified": restored.map(|restored| restored.verified),
        "generation": restored.and_then(|restored| restored.generation),
        "checks": checks,
    })
}
