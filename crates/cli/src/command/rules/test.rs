//! `prestop rules test`: the findings in a text, and where they are.

use std::path::PathBuf;

use prestop::Finding;
use prestop::json::MAX_BYTES;
use serde_json::{Value, json};

use crate::failure::{Failure, Status};
use crate::input::Input;
use crate::screen::{FAINT, ODD, Screen};
use crate::scrubbing::{HEADING, Scrubbing};

const AFTER: &str = "Examples:
  prestop rules test agent.log
  git diff --cached | prestop rules test
  prestop rules test --rules our-rules.toml --json examples.txt";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// A file of up to 64 MiB; - or none is standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
    /// Look for the secrets of this environment too: variables with sensitive names, credential files
    #[arg(long, help_heading = HEADING)]
    known_env: bool,
    #[command(flatten)]
    scrubbing: Scrubbing,
}

/// The position of a finding, as an editor counts.
struct Place {
    line: usize,
    /// In characters, from 1.
    column: usize,
}

pub fn run(args: &Args, screen: &mut Screen) -> Result<Status, Failure> {
    let scrubber = args.scrubbing.for_text(args.known_env)?;
    let text = Input::open(args.file.as_deref())?.read_all(MAX_BYTES)?;
    let findings = scrubber.findings(&text);
    let places = places(&text, &findings);
    if args.json {
        let found: Vec<Value> =
            findings.iter().zip(&places).map(|(found, place)| as_json(found, place)).collect();
        screen.json(&Value::from(found))?;
    } else {
        for (found, Place { line, column }) in findings.iter().zip(&places) {
            let place = format!("{line}:{column}");
            let label = screen.paint(ODD, format_args!("{:<20}", found.label));
            let length = screen.paint(FAINT, format_args!("{} bytes", found.end - found.start));
            screen.line(format_args!("{place:<10}  {label}  {:<28}  {length}", found.rule))?;
        }
    }
    Ok(Status::found(!findings.is_empty()))
}

fn as_json(found: &Finding, place: &Place) -> Value {
    json!({
        "rule": &*found.rule,
        "label": &*found.label,
        "line": place.line,
        "column": place.column,
        "start": found.start,
        "end": found.end,
    })
}

/// Returns the positions of findings, which are in order, in one pass.
fn places(text: &[u8], findings: &[Finding]) -> Vec<Place> {
    let (mut line, mut column, mut at) = (1, 1, 0);
    let place = |found: &Finding| {
        for &byte in &text[at..found.start] {
            if byte == b'\n' {
                (line, column) = (line + 1, 1);
            } else if byte & 0xC0 != 0x80 {
                column += 1;
            }
        }
        at = found.start;
        Place { line, column }
    };
    findings.iter().map(place).collect()
}
