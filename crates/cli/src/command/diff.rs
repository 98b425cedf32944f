//! `prestop diff`: the names of the fields in which two snapshots differ, never their values.

use std::path::{Path, PathBuf};

use prestop::json::MAX_BYTES;
use prestop::snapshot::{self, Companion};
use prestop::{Preset, Scrubber};
use serde_json::json;

use crate::failure::{Failure, Status};
use crate::input::Input;
use crate::numbers::nth_file;
use crate::screen::Screen;
use crate::{environment, visible};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A snapshot, or any JSON document; - is standard input
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// Another one; if none is named, BEFORE is compared with the snapshot before it
    #[arg(value_name = "AFTER")]
    after: Option<PathBuf>,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args, screen: &mut Screen) -> Result<Status, Failure> {
    let (before, after) = if let Some(after) = &args.after {
        if [&args.before, after].iter().all(|path| *path == Path::new("-")) {
            return Err(Failure::misuse("BEFORE and AFTER cannot both be standard input")
                .with_next("name a file for one of them"));
        }
        (read(&args.before, &nth_file(1))?, read(after, &nth_file(2))?)
    } else {
        let previous =
            read(&Companion::Previous.of(&args.before), "the snapshot before it").map_err(|failure| {
                failure.with_next("name two documents where there is no snapshot before this one")
            })?;
        (previous, read(&args.before, "the file")?)
    };
    let fields = snapshot::diff(&before, &after)
        .map_err(|error| Failure::from(error).with_next("both have to be whole JSON documents"))?;
    // A field name may itself be a secret if nobody has scrubbed it.
    let scrubber = Scrubber::builder(Preset::Balanced).with_known_secrets(environment::secrets())?.build()?;
    let fields: Vec<String> =
        fields.iter().map(|name| visible::line(scrubber.scrub_text(name).as_bytes())).collect();
    if args.json {
        screen.json(&json!({"differ": !fields.is_empty(), "fields": fields}))?;
    } else {
        for name in &fields {
            screen.line(name)?;
        }
    }
    Ok(Status::found(!fields.is_empty()))
}

fn read(path: &Path, called: &str) -> Result<Vec<u8>, Failure> {
    Input::called(Some(path), called)?.read_all(MAX_BYTES)
}
