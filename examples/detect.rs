//! Measures the rules on example sets: how much of the secrets is found, and what is found in clean text.
//!
//! `cargo run --example detect -- EXAMPLES.jsonl [--missed] [--held-out] [--clean FILE]...`
//!
//! An examples file has one JSON object a line: `rule`, `kind` (`positive` or `negative`), `text` and, within a
//! positive, the `secret`. A row is found when no run of eight characters of its secret, nor half of it,
//! is left. Rules are tuned on the half of the rule names whose CRC-32 is even; the other half says how well they
//! generalise, and its misses are listed only on request.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use prestop::{Finding, Preset, Scrubber};
use serde::Deserialize;

/// Runs of a secret that are longer than this are a leak.
const RUN: usize = 8;

#[derive(Deserialize)]
struct Row {
    source: String,
    rule: String,
    kind: String,
    text: String,
    secret: Option<String>,
}

impl Row {
    /// CRC-32 of the rule's name, bit by bit.
    fn is_tuned(&self) -> bool {
        let crc = self.rule.bytes().fold(!0_u32, |crc, byte| {
            (0..8).fold(
                crc ^ u32::from(byte),
                |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 },
            )
        });
        (!crc).is_multiple_of(2)
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut examples, mut clean, mut missed, mut held_out) = (None, Vec::new(), false, false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--missed" => missed = true,
            "--held-out" => held_out = true,
            "--clean" => clean.extend(arguments.by_ref()),
            _ => examples = Some(argument),
        }
    }
    for preset in [Preset::Balanced, Preset::Strict] {
        let scrubber = Scrubber::new(preset);
        if let Some(path) = &examples {
            let Some(rows) = read(path) else { return ExitCode::FAILURE };
            println!("{preset:?}");
            for (tuned, name) in [(true, "tuned"), (false, "held out")] {
                let rows: Vec<&Row> = rows.iter().filter(|row| row.is_tuned() == tuned).collect();
                let list = missed && preset == Preset::Balanced && (tuned != held_out);
                report(&scrubber, name, &rows, list);
            }
        }
        let mut found = Clean::default();
        for path in &clean {
            if let Ok(text) = std::fs::read(path) {
                found.add(&scrubber, path, &text, missed);
            }
        }
        found.print();
    }
    ExitCode::SUCCESS
}

fn read(path: &str) -> Option<Vec<Row>> {
    let text = std::fs::read_to_string(path).inspect_err(|error| eprintln!("{path}: {error}")).ok()?;
    let rows = text.lines().map(serde_json::from_str).collect::<Result<Vec<Row>, _>>();
    rows.inspect_err(|error| eprintln!("{path}: {error}")).ok()
}

/// How often the examples of one half are found, as they are and inside two layers of JSON.
fn report(scrubber: &Scrubber, name: &str, rows: &[&Row], list: bool) {
    let spell = |text: &str, layers: usize| (0..layers).fold(text.to_owned(), |text, _| quote(&text));
    for (number, layer) in ["as it is", "in JSON", "in JSON in JSON"].into_iter().enumerate() {
        let mut rules: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let (mut found, mut total) = (0, 0);
        for row in rows.iter().filter(|row| row.kind == "positive") {
            let Some(secret) = &row.secret else { continue };
            let (text, secret) = (spell(&row.text, number), spell(secret, number));
            let secret = inner(&secret, number);
            let hit = is_found(&scrubber.findings(text.as_bytes()), &text, secret);
            let rule = rules.entry(&row.rule).or_default();
            rule.0 += usize::from(hit);
            rule.1 += 1;
            found += usize::from(hit);
            total += 1;
            if list && number == 0 && !hit {
                println!("  missed {}: {}", row.rule, row.text.escape_debug());
            } else if list && number == 2 && !hit && plain(scrubber, row) {
                println!("  missed in JSON in JSON {}: {}", row.rule, row.text.escape_debug());
            }
        }
        let whole = rules.values().filter(|(hits, all)| hits == all).count();
        println!("  {name}, {layer}: {found} of {total} rows, {whole} of {} rules", rules.len());
    }
    let negatives: Vec<_> = rows.iter().filter(|row| row.kind == "negative").collect();
    let changed: Vec<_> =
        negatives.iter().filter(|row| !scrubber.findings(row.text.as_bytes()).is_empty()).collect();
    println!("  {name}: {} of {} negatives changed", changed.len(), negatives.len());
    if list {
        for row in changed {
            let by: BTreeSet<String> = scrubber
                .findings(row.text.as_bytes())
                .iter()
                .map(|finding| finding.rule.to_string())
                .collect();
            println!("  changed {} ({}) by {by:?}: {}", row.rule, row.source, row.text.escape_debug());
        }
    }
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether the row is found as it is.
fn plain(scrubber: &Scrubber, row: &Row) -> bool {
    is_found(&scrubber.findings(row.text.as_bytes()), &row.text, row.secret.as_deref().unwrap_or_default())
}

/// A secret as it stands inside the text: without the quotes around it.
fn inner(secret: &str, layers: usize) -> &str {
    let quotes = [0, 1, 3][layers];
    &secret[quotes..secret.len() - quotes]
}

/// Whether nothing that matters of `secret` is left in any place where it stands in `text`.
fn is_found(findings: &[Finding], text: &str, secret: &str) -> bool {
    let mut places = text.match_indices(secret).map(|(at, _)| at).peekable();
    if places.peek().is_none() || secret.is_empty() {
        return !findings.is_empty();
    }
    places.all(|start| {
        let covered = |at: &usize| findings.iter().any(|finding| finding.start <= *at && *at < finding.end);
        let (mut run, mut longest) = (0, 0);
        for at in start..start + secret.len() {
            run = if covered(&at) { 0 } else { run + 1 };
            longest = longest.max(run);
        }
        // Of a URL only its password is a secret, of `user:password` perhaps both.
        let compound = secret.contains("://");
        compound && longest < secret.len()
            || longest < RUN.max(secret.len() / 4).min(secret.len().div_ceil(2))
    })
}

/// What is found in text that is known to be clean.
#[derive(Default)]
struct Clean {
    bytes: usize,
    labels: BTreeMap<String, usize>,
}

impl Clean {
    fn add(&mut self, scrubber: &Scrubber, path: &str, text: &[u8], list: bool) {
        self.bytes += text.len();
        for finding in scrubber.findings(text) {
            let name = format!("{} ({})", finding.label, finding.rule);
            *self.labels.entry(name).or_default() += 1;
            if list {
                let from = finding.start.saturating_sub(60);
                let to = text.len().min(finding.end + 20);
                let around = String::from_utf8_lossy(&text[from..to]);
                println!("  {:?} {path} {}: {}", scrubber.preset(), finding.rule, around.escape_debug());
            }
        }
    }

    #[expect(clippy::cast_precision_loss)]
    fn print(&self) {
        if self.bytes > 0 {
            println!("  clean text, {} bytes:", self.bytes);
            for (label, count) in &self.labels {
                println!("    {label}: {count}, {:.2} in 1 MB", *count as f64 * 1e6 / self.bytes as f64);
            }
        }
    }
}
