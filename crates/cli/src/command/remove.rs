//! `prestop delete` and `prestop purge`: delete a snapshot that is no longer wanted, and the files that
//! belong to it.

use std::path::PathBuf;

use prestop::snapshot::{self, ReadOptions};
use prestop::{Preset, Scrubber};
use prestop_agent::outside::Outside;
use serde_json::json;

use crate::failure::{Failure, Status, named};
use crate::numbers;
use crate::screen::Screen;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The snapshot; it has to be named
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Remove what a symbolic link leads to instead of the link
    #[arg(long)]
    follow_symlink: bool,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
}

/// Deletes the snapshot and the previous one, so that it cannot come back; if `all`, quarantined and
/// temporary files too.
pub fn run(args: &Args, all: bool, screen: &mut Screen) -> Result<Status, Failure> {
    let place = named(&args.path, "that path");
    let rules = Scrubber::new(Preset::Strict).rule_set();
    let options = ReadOptions::new(&rules).with_follow_symlink(args.follow_symlink);
    let world = Outside::new();
    let remove = if all { snapshot::purge } else { snapshot::delete };
    let removal = remove(&args.path, &options, world.ambient())?;
    if args.json {
        screen.json(&json!({"existed": removal.existed, "files": removal.files}))?;
        return Ok(Status::Done);
    }
    let files = numbers::counted(removal.files, "file");
    if removal.existed {
        screen.line(format_args!("{place}: removed, {files} in all"))?;
    } else {
        screen.line(format_args!("{place}: there was none; {files} removed"))?;
    }
    Ok(Status::Done)
}
