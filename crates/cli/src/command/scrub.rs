//! `prestop scrub`: texts of any length, in constant memory.

use std::io;
use std::path::PathBuf;

use clap::ValueEnum;
use prestop::scrub::{ScrubStream, Tally};
use prestop::{Preset, Scrubber};
use serde_json::json;

use crate::failure::{Failure, Status};
use crate::input::Input;
use crate::jsonl::JsonLines;
use crate::progress::Progress;
use crate::screen::{Screen, say};
use crate::scrubbing::Scrubbing;
use crate::{report, visible};

/// How much is read at once, in bytes.
const PIECE: usize = 1 << 16;

/// What the texts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// By the name: .jsonl and .ndjson are JSON lines, everything else is text
    Auto,
    /// Any text, JSON included; outside the secrets nothing changes
    Text,
    /// One JSON document a line: values under sensitive keys go too, and entries of the code sandbox
    Jsonl,
}

#[derive(Debug, clap::Args)]
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
    /// The same as JSON
    #[arg(long)]
    json: bool,
    /// Redact the secrets of this environment too: variables with sensitive names, credential files
    #[arg(long, help_heading = "What is secret")]
    known_env: bool,
    #[command(flatten)]
    scrubbing: Scrubbing,
}

pub fn run(args: &Args, screen: &mut Screen) -> Result<Status, Failure> {
    let scrubber = args.scrubbing.for_text(args.known_env)?;
    let mut tally = Tally::default();
    let mut bytes = 0;
    let files: Vec<Option<PathBuf>> =
        if args.files.is_empty() { vec![None] } else { args.files.iter().cloned().map(Some).collect() };
    let mut progress = Progress::new(total(&args.files));
    for file in &files {
        let mut input = Input::open(file.as_deref())?;
        let mut under_way = Scrubbed::new(&scrubber, args.is_jsonl(&input), screen)?;
        let mut piece = vec![0; PIECE];
        loop {
            let length = input.read(&mut piece)?;
            if length == 0 {
                break;
            }
            bytes += length as u64;
            progress.advance(length);
            under_way.feed(&piece[..length])?;
        }
        tally.add(&under_way.finish()?);
    }
    screen.flush()?;
    drop(progress);
    if args.json {
        let summary = json!({"files": files.len(), "bytes": bytes, "redactions": tally.redactions(), "dropped": tally.dropped()});
        say(summary);
    } else if args.report {
        for line in report::table(&tally) {
            say(line);
        }
    }
    Ok(Status::Done)
}

/// How long the files are together; not known where one is none, or standard input is read.
fn total(files: &[PathBuf]) -> Option<u64> {
    let sizes = files.iter().map(|path| {
        let about = std::fs::metadata(path).ok()?;
        about.is_file().then_some(about.len())
    });
    sizes.sum::<Option<u64>>().filter(|_| !files.is_empty())
}

impl Args {
    fn is_jsonl(&self, input: &Input) -> bool {
        let extension = input.path().and_then(|path| path.extension());
        match self.format {
            Format::Auto => extension.is_some_and(|name| name == "jsonl" || name == "ndjson"),
            format => format == Format::Jsonl,
        }
    }
}

/// One text on its way to the screen.
struct Scrubbed<'s> {
    lines: Option<JsonLines>,
    stream: ScrubStream,
    tally: Tally,
    screen: &'s mut Screen,
    shown: bool,
}

impl<'s> Scrubbed<'s> {
    fn new(scrubber: &Scrubber, jsonl: bool, screen: &'s mut Screen) -> Result<Self, Failure> {
        if jsonl && scrubber.preset() == Preset::Molecule {
            return Err(Failure::misuse("the preset molecule is defined over text")
                .with_next("scrub it with --format text, or with another preset"));
        }
        let lines = jsonl.then(|| JsonLines::new(scrubber.clone()));
        let shown = screen.is_terminal();
        Ok(Self { lines, stream: scrubber.stream(), tally: Tally::default(), screen, shown })
    }

    fn feed(&mut self, piece: &[u8]) -> io::Result<()> {
        let out = match &mut self.lines {
            Some(lines) => self.stream.feed(&lines.feed(piece)),
            None => self.stream.feed(piece),
        };
        self.give(&out)
    }

    fn finish(mut self) -> io::Result<Tally> {
        if let Some(lines) = self.lines.take() {
            let (rest, tally) = lines.finish();
            let out = self.stream.feed(&rest);
            self.give(&out)?;
            self.tally.add(&tally);
        }
        let stream = std::mem::replace(&mut self.stream, Scrubber::new(Preset::Molecule).stream());
        let (rest, tally) = stream.finish();
        self.give(&rest)?;
        self.tally.add(&tally);
        Ok(self.tally)
    }

    /// A terminal acts on what it is given; a file takes it as it is.
    fn give(&mut self, text: &[u8]) -> io::Result<()> {
        if self.shown {
            let text = visible::lines(text);
            return self.screen.write(text.as_bytes());
        }
        self.screen.write(text)
    }
}
