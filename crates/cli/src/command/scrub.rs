//! `prestop scrub`: scrubs texts of any length in constant memory.

use std::io;
use std::path::PathBuf;

use prestop::scrub::{ScrubStream, Tally};
use prestop::{Preset, Scrubber};
use serde_json::json;

use crate::failure::{Failure, Status, named};
use crate::input::Input;
use crate::numbers::nth_file;
use crate::progress::Progress;
use crate::screen::{Screen, say};
use crate::scrubbing::{HEADING, Scrubbing};
use crate::shape::{Format, Shape};
use crate::{report, visible};

/// How much is read at once, in bytes.
const PIECE: usize = 1 << 16;

const AFTER: &str = "Examples:
  prestop scrub agent.log > clean.log
  kubectl logs pod/agent | prestop scrub --report > clean.log
  prestop scrub --known-env transcript.jsonl > clean.jsonl";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// Files to scrub, one after another to standard output; - or none is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the texts are
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    format: Format,
    /// Say on standard error what was redacted, by label
    #[arg(long)]
    report: bool,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
    /// Redact the secrets of this environment too: variables with sensitive names, credential files
    #[arg(long, help_heading = HEADING)]
    known_env: bool,
    #[command(flatten)]
    scrubbing: Scrubbing,
}

pub fn run(args: &Args, screen: &mut Screen) -> Result<Status, Failure> {
    let scrubber = args.scrubbing.for_text(args.known_env)?;
    let mut tally = Tally::default();
    let (mut bytes, mut as_text) = (0, 0);
    let files: Vec<Option<PathBuf>> =
        if args.files.is_empty() { vec![None] } else { args.files.iter().cloned().map(Some).collect() };
    let mut progress = Progress::new(total(&args.files));
    for (index, file) in files.iter().enumerate() {
        let called = if files.len() == 1 { "the file".to_owned() } else { nth_file(index + 1) };
        let mut input = Input::called(file.as_deref(), &called)?;
        let mut piece = vec![0; PIECE];
        let mut length = input.begin(&mut piece)?;
        let format = args.format_of(&scrubber, &input, &piece[..length])?;
        let mut under_way = Scrubbed::new(&scrubber, format, screen);
        while length > 0 {
            bytes += length as u64;
            progress.advance(length);
            under_way.feed(&piece[..length])?;
            if !under_way.screen.is_read() {
                // The reader is gone, and the rest of the input may never end.
                return Ok(Status::Done);
            }
            length = input.read(&mut piece)?;
        }
        let (found, fault) = under_way.finish()?;
        tally.add(&found);
        if let Some(fault) = fault {
            as_text += 1;
            let name = file.as_deref().map_or_else(|| "the text".to_owned(), |path| named(path, &called));
            if !args.json {
                screen.complain("warning", &format!("{name} is {fault}: it was scrubbed as text"));
            }
        }
    }
    screen.flush()?;
    drop(progress);
    if args.json {
        let mut summary = json!({"files": files.len(), "bytes": bytes, "redactions": tally.redactions(), "dropped": tally.dropped()});
        if as_text > 0 {
            summary["as_text"] = as_text.into();
        }
        say(summary);
    } else if args.report {
        for line in report::table(&tally) {
            say(line);
        }
    }
    Ok(Status::Done)
}

/// Returns the total size of the files; `None` if one is not a regular file, or standard input is read.
fn total(files: &[PathBuf]) -> Option<u64> {
    let sizes = files.iter().map(|path| {
        let about = std::fs::metadata(path).ok()?;
        about.is_file().then_some(about.len())
    });
    sizes.sum::<Option<u64>>().filter(|_| !files.is_empty())
}

impl Args {
    /// Returns the format of a text; the preset `molecule` is defined on text only.
    fn format_of(&self, scrubber: &Scrubber, input: &Input, beginning: &[u8]) -> Result<Format, Failure> {
        if scrubber.preset() != Preset::Molecule {
            return Ok(self.format.found(input.path(), beginning));
        }
        match self.format {
            Format::Auto | Format::Text => Ok(Format::Text),
            Format::Jsonl | Format::Json => {
                Err(Failure::misuse("the preset molecule is defined over text and nothing else")
                    .with_next("scrub it with --format text, or with another preset"))
            }
        }
    }
}

/// One text on its way from the input to the screen.
struct Scrubbed<'s> {
    shape: Shape,
    stream: ScrubStream,
    screen: &'s mut Screen,
    shown: bool,
}

impl<'s> Scrubbed<'s> {
    fn new(scrubber: &Scrubber, format: Format, screen: &'s mut Screen) -> Self {
        let shown = screen.is_terminal();
        let (shape, stream) = (Shape::new(format, scrubber), scrubber.stream());
        Self { shape, stream, screen, shown }
    }

    fn feed(&mut self, piece: &[u8]) -> io::Result<()> {
        let piece = self.shape.feed(piece);
        give(self.screen, self.shown, &self.stream.feed(&piece))
    }

    /// Returns what was redacted, and, if the text was not of its format, why.
    fn finish(self) -> io::Result<(Tally, Option<&'static str>)> {
        let Self { shape, mut stream, screen, shown } = self;
        let (rest, found) = shape.finish();
        let (mut tally, fault) = match found {
            Ok(tally) => (tally, None),
            Err(fault) => (Tally::default(), Some(fault)),
        };
        give(screen, shown, &stream.feed(&rest))?;
        let (rest, found) = stream.finish();
        give(screen, shown, &rest)?;
        tally.add(&found);
        Ok((tally, fault))
    }
}

/// Writes scrubbed text: with control characters made visible on a terminal, which would act on them, else as
/// it is.
fn give(screen: &mut Screen, shown: bool, text: &[u8]) -> io::Result<()> {
    if shown { screen.write(visible::lines(text).as_bytes()) } else { screen.write(text) }
}
