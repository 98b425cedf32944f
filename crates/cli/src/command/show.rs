//! `prestop show`: a snapshot for people to read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anstyle::Style;
use prestop::scrub::marker;
use prestop::snapshot::{self, Restored, Source};
use prestop_agent::outside::random;
use serde_json::{Value, json};

use crate::document::{self, Found};
use crate::failure::{Failure, Status, scrubbed, shown};
use crate::page::{About, page};
use crate::screen::{BAD, FAINT, GOOD, NAME, ODD, Screen};
use crate::scrubbing::Scrubbing;
use crate::transcript::Entry;
use crate::view::View;
use crate::visible::{cut, line, wrapped};
use crate::{numbers, report};

const AFTER: &str = "Examples:
  prestop show
  prestop show --html snapshot.html /configs/.agent_snapshot.json
  prestop show --json --lines 200 | jq .transcript";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The snapshot; else AGENT_SNAPSHOT_PATH, else /configs/.agent_snapshot.json
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// How many entries of the transcript to show, from its end
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10, allow_negative_numbers = true)]
    lines: usize,
    /// Show the whole transcript, and every entry in full
    #[arg(long, conflicts_with = "lines")]
    all: bool,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
    /// Write one page for a browser instead, with the whole transcript and a search; - is standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "all", "lines"])]
    html: Option<PathBuf>,
    #[command(flatten)]
    scrubbing: Scrubbing,
}

pub fn run(args: Args, screen: &mut Screen) -> Result<Status, Failure> {
    let builder = args.scrubbing.for_snapshots(screen)?;
    let Found { path, reading } = Found::at(args.path, &builder.clone().build()?)?;
    let Some(restored) = reading.restored else {
        return Err(Failure::new("the snapshot is damaged, and there is none before it")
            .with_next("`prestop scrub FILE` shows what is readable of it"));
    };
    let scrubber = document::acquainted(&builder, &restored.bytes)?;
    let view = View::of(&restored.bytes, &scrubber, SystemTime::now())?;
    if let Some(file) = &args.html {
        write_page(screen, file, &path, &restored, &view)?;
        return Ok(Status::Done);
    }
    let count = if args.all { view.entries.len() } else { args.lines };
    if args.json {
        screen.json(&as_json(&path, &restored, &view, count))?;
        return Ok(Status::Done);
    }
    head(screen, &path, &restored, &view)?;
    let skipped = view.entries.len().saturating_sub(count);
    let total = numbers::counted(view.entries.len() as u64, "line");
    let which = match (skipped, count) {
        (0, _) => total,
        (_, 0) => format!("{total}, none shown"),
        _ => format!("{total}, the last {count}:"),
    };
    screen.field("transcript", which)?;
    for (index, entry) in view.entries.iter().enumerate().skip(skipped) {
        show_entry(screen, index + 1, entry, args.all)?;
    }
    let redacted = wrapped(&report::phrase(&view.redacted), screen.width().saturating_sub(13));
    screen.field("redacted", redacted.join(&format!("\n{:12}", "")))?;
    Ok(Status::Done)
}

/// Writes the page atomically, readable only by its owner.
fn write_page(
    screen: &mut Screen,
    file: &Path,
    path: &Path,
    restored: &Restored,
    view: &View,
) -> Result<(), Failure> {
    let (state, style) = state(restored);
    let about = About {
        path: shown(&path.to_string_lossy()),
        bytes: restored.bytes.len() as u64,
        state,
        fine: style != BAD,
    };
    let page = page(view, &about);
    if file == Path::new("-") {
        return Ok(screen.write(page.as_bytes())?);
    }
    let failed = |error| Failure::of_output(&error, file, "cannot write the page to");
    if file.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    let mut temporary = snapshot::companion_prefix(file);
    temporary.push(format!("tmp.{:016x}", random()));
    let temporary = file.with_file_name(temporary);
    let mut options = OpenOptions::new();
    let written = options.write(true).create_new(true).mode(0o600).open(&temporary).and_then(|mut out| {
        out.write_all(page.as_bytes())?;
        fs::rename(&temporary, file)
    });
    if written.is_err() {
        // The file may not exist at all.
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(failed)?;
    let size = numbers::size(page.len() as u64);
    Ok(screen.line(format_args!("{}: {size}, open it in a browser", shown(&file.to_string_lossy())))?)
}

/// Whether the file is intact, in words, and the style for that.
fn state(restored: &Restored) -> (&'static str, Style) {
    match (restored.source, restored.verified) {
        (Source::Previous, _) => ("damaged: this is the one before it", BAD),
        (_, Some(true)) => ("exactly what was written", GOOD),
        (_, Some(false)) => ("edited since it was written", ODD),
        (_, None) => ("whole; nothing to compare it with", FAINT),
    }
}

fn head(screen: &mut Screen, path: &Path, restored: &Restored, view: &View) -> Result<(), Failure> {
    let size = numbers::size(restored.bytes.len() as u64);
    let (state, style) = state(restored);
    let state = screen.paint(style, state);
    screen.field("snapshot", format_args!("{} ({size}, {state})", shown(&path.to_string_lossy())))?;
    let text =
        |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), |text| line(text.as_bytes()));
    let age = view.age.map_or_else(String::new, |age| format!(" ({} ago)", numbers::duration(age)));
    screen.field("saved", text(&view.saved) + &age)?;
    screen.field("workspace", text(&view.workspace))?;
    screen.field("session", text(&view.session))?;
    let active = view
        .active
        .as_ref()
        .map_or_else(String::new, |active| format!(" ({} active)", line(active.as_bytes())));
    let task = if view.task.is_empty() { "-".to_owned() } else { line(view.task.as_bytes()) };
    screen.field("task", cut(&task, screen.width().saturating_sub(30)) + &active)?;
    if let Some(uptime) = view.uptime {
        screen.field("uptime", numbers::duration(uptime))?;
    }
    Ok(())
}

fn show_entry(screen: &mut Screen, number: usize, entry: &Entry, whole: bool) -> Result<(), Failure> {
    let who = cut(&line(entry.who.as_bytes()), 10);
    let when = entry.when.as_deref().map(clock).unwrap_or_default();
    let head = format!("{number:>5}  {when:<8}  {who:<10}");
    let room = screen.width().saturating_sub(head.chars().count() + 2);
    let name = screen.paint(NAME, head);
    if whole {
        for (index, text) in entry.text.lines().enumerate() {
            let text = highlighted(screen, &line(text.as_bytes()));
            let head = if index == 0 { name.clone() } else { " ".repeat(27) };
            screen.line(format_args!("{head}  {text}"))?;
        }
        return Ok(());
    }
    let text = cut(&line(entry.text.trim().replace('\n', " / ").as_bytes()), room);
    let text = highlighted(screen, &text);
    screen.line(format_args!("{name}  {text}"))?;
    Ok(())
}

/// Returns hours, minutes and seconds of a time stamp; of any other text, its beginning.
fn clock(when: &str) -> String {
    let time = when.split_once('T').map_or(when, |(_, time)| time);
    line(time.chars().take(8).collect::<String>().as_bytes())
}

/// Returns the text with its markers in colour.
fn highlighted(screen: &Screen, text: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    for (range, _) in marker::in_text(text) {
        out.push_str(&text[at..range.start]);
        out.push_str(&screen.paint(ODD, &text[range.clone()]));
        at = range.end;
    }
    out + &text[at..]
}

fn as_json(path: &Path, restored: &Restored, view: &View, count: usize) -> Value {
    let skipped = view.entries.len().saturating_sub(count);
    let tail: Vec<Value> = view.entries[skipped..]
        .iter()
        .map(|entry| json!({"when": entry.when, "who": entry.who, "text": entry.text}))
        .collect();
    json!({
        "path": scrubbed(&path.to_string_lossy()),
        "bytes": restored.bytes.len(),
        "source": restored.source.as_str(),
        "verified": restored.verified,
        "generation": restored.generation,
        "workspace_id": view.workspace,
        "session_id": view.session,
        "current_task": view.task,
        "active_tasks": view.active.as_ref().and_then(|active| active.parse::<i64>().ok()),
        "uptime_seconds": view.uptime,
        "timestamp": view.saved,
        "age_seconds": view.age,
        "redactions": view.redacted,
        "transcript_lines": view.entries.len(),
        "transcript": tail,
    })
}
