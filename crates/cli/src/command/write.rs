//! `prestop write`: writes a snapshot by hand, scrubbed and as durably as a host does.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use prestop::Error;
use prestop::json::MAX_INPUT;
use prestop::scrub::Tally;
use prestop::snapshot::{self, Durability, InPlace, State, WriteOptions, WriteReport};
use prestop_agent::outside::Outside;
use serde_json::Value;

use crate::arguments::seconds;
use crate::failure::{Failure, Status, scrubbed, shown};
use crate::input::Input;
use crate::screen::Screen;
use crate::scrubbing::Scrubbing;
use crate::{numbers, report};

const AFTER: &str = "Examples:
  prestop write /configs/.agent_snapshot.json < snapshot.json
  agent-state --json | prestop write --build --deadline 3 /configs/.agent_snapshot.json";

// Each is an independent option, not a state that excludes another.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// Where to write
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// The snapshot, one JSON object; else standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Take the input for the state of a host (workspace_id, current_task, adapter, ...) and build the
    /// snapshot from it
    #[arg(long)]
    build: bool,
    /// Write through a symbolic link instead of replacing it
    #[arg(long)]
    follow_symlink: bool,
    /// Do not keep the snapshot that is replaced
    #[arg(long)]
    no_previous: bool,
    /// Refuse where the file could only be overwritten in place, as one that is mounted
    #[arg(long)]
    atomic: bool,
    /// How long it may take until the new snapshot is in place
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds, allow_negative_numbers = true)]
    deadline: Duration,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    scrubbing: Scrubbing,
}

pub fn run(args: &Args, screen: &mut Screen) -> Result<Status, Failure> {
    let builder = args.scrubbing.for_snapshots(screen)?;
    let mut bytes = Input::called(args.from.as_deref(), "the file of --from")?.read_all(MAX_INPUT)?;
    if args.build {
        let (state, now) = State::from_json(&bytes).map_err(unusable)?;
        bytes = snapshot::build(&state, now.unwrap_or_else(SystemTime::now)).map_err(unusable)?;
    }
    // The writer knows its own secrets; a marker with an unknown label is text like any other.
    let scrubber = builder.build()?;
    let world = Outside::new();
    let rules = scrubber.rule_set();
    let in_place = if args.atomic { InPlace::Deny } else { InPlace::Allow };
    let options = WriteOptions::new(&rules)
        .with_keep_previous(!args.no_previous)
        .with_follow_symlink(args.follow_symlink)
        .with_in_place(in_place)
        .with_deadline(args.deadline)
        .with_rescrub(&scrubber);
    let (document, mut tally, options) =
        snapshot::scrub_in_time(&bytes, &scrubber, &options, world.ambient()).map_err(unusable)?;
    let written = snapshot::write(&args.path, &document, &options, world.ambient())?;
    tally.add(&written.shrunk);
    tally.add(&written.gated);
    if args.json {
        screen.json(&as_json(&written, &tally))?;
    } else {
        let size = numbers::size(written.bytes);
        let path = shown(&args.path.to_string_lossy());
        screen.line(format_args!("{path}: {size}, {}", written.durability.as_str()))?;
        screen.field("redacted", report::phrase(tally.redactions()))?;
        if tally.dropped() > 0 {
            screen.field("dropped", tally.dropped())?;
        }
    }
    warn(&written, screen);
    Ok(Status::found(written.durability == Durability::Indeterminate))
}

/// Warns about a write that succeeded with restrictions.
fn warn(written: &WriteReport, screen: &Screen) {
    match written.durability {
        Durability::Degraded => {
            screen.complain("warning", "written in place: mount the directory and not the file");
        }
        Durability::Indeterminate => {
            screen.complain("warning", "in place, but the disk did not confirm it: a power cut may undo it");
        }
        _ => {}
    }
    if written.ephemeral {
        screen.complain("warning", "this place is gone with the container or the machine: use a volume");
    }
    let gated = written.gated.redactions();
    if !gated.is_empty() {
        screen.complain("warning", &format!("found only by the last look: {}", report::phrase(gated)));
    }
}

fn unusable(error: Error) -> Failure {
    Failure::from(error)
        .with_next("the input is one JSON object: a snapshot, or with --build the state of a host")
}

fn as_json(written: &WriteReport, tally: &Tally) -> Value {
    serde_json::json!({
        "path": scrubbed(&written.path.to_string_lossy()),
        "bytes": written.bytes,
        "durability": written.durability.as_str(),
        "atomic": written.atomic,
        "ephemeral": written.ephemeral,
        "generation": written.generation,
        "previous_kept": written.previous_kept,
        "redactions": tally.redactions(),
        "dropped": tally.dropped(),
        "gated": written.gated.redactions(),
    })
}
