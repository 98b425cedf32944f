//! Measures the rules on example sets: how many of the secrets are found, and what is found in clean text.
//!
//! `cargo run --release --example detect -- EXAMPLES.jsonl [--missed] [--changed] [--layers] [--held-out]
//! [--clean FILE]...`
//!
//! An examples file has one JSON object per line: `rule`, `kind` (`positive` or `negative`), `text` and, in a
//! positive, the `secret`. A row counts as found if what is left of its secret has no run of eight characters
//! (of a quarter of its length, if that is more), nor of half of it. Rules are tuned on all rule names except
//! those whose CRC-32 is 3 modulo 4. The held-out part shows how well the rules generalise: its totals are
//! printed on request, its rows never.
//!
//! `--missed` lists the positives of the tuned part that are not found, and `--changed` its negatives in
//! which something is found. `--layers` measures the same rows in every layer that texts are carried in.
//! `--clean` counts what is found in files without secrets.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use prestop::{Finding, Preset, Scrubber};
use serde::Deserialize;

/// This many consecutive characters of a secret are a leak.
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
    /// Whether the rules are tuned on this row: its rule name's CRC-32, computed bit by bit, is not 3 modulo
    /// 4.
    fn is_tuned(&self) -> bool {
        let crc = self.rule.bytes().fold(!0_u32, |crc, byte| {
            (0..8).fold(
                crc ^ u32::from(byte),
                |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 },
            )
        });
        !crc % 4 != 3
    }
}

/// What to print.
#[derive(Default)]
struct Options {
    missed: bool,
    changed: bool,
    layers: bool,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut examples, mut clean, mut held_out) = (None, Vec::new(), false);
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--missed" => options.missed = true,
            "--changed" => options.changed = true,
            "--layers" => options.layers = true,
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
            let (tuned, others): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.is_tuned());
            report(&scrubber, "tuned", &tuned, &options);
            if held_out {
                let totals = Options { layers: options.layers, ..Options::default() };
                report(&scrubber, "held out", &others, &totals);
            }
        }
        let mut found = Clean::default();
        for path in &clean {
            if let Ok(text) = std::fs::read(path) {
                found.add(&scrubber, path, &text, options.missed);
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

/// An encoding of texts: its name, and whether a finding in it redacts the whole payload.
struct Layer {
    name: &'static str,
    spell: fn(&str) -> String,
    whole: bool,
}

const fn layer(name: &'static str, spell: fn(&str) -> String) -> Layer {
    Layer { name, spell, whole: false }
}

const fn payload(name: &'static str, spell: fn(&str) -> String) -> Layer {
    Layer { name, spell, whole: true }
}

/// The first three are always measured, the others on request.
const LAYERS: [Layer; 11] = [
    layer("as it is", str::to_owned),
    layer("in JSON", in_json),
    layer("in JSON in JSON", |text| in_json(&in_json(text))),
    layer("in JSON three times", |text| in_json(&in_json(&in_json(text)))),
    layer("percent-encoded", percent_encoded),
    layer("with entities", |text| spelled(text, |one| format!("&#{};", one as u32))),
    layer(r"in \u escapes", |text| spelled(text, |one| format!(r"\u{:04x}", one as u32))),
    layer(r"in \\u escapes", |text| spelled(text, |one| format!(r"\\u{:04X}", one as u32))),
    payload("in base64", in_base64),
    payload("in wrapped base64", |text| wrapped(&in_base64(text))),
    payload("in base64 twice", |text| in_base64(&in_base64(text))),
];

impl Layer {
    /// Returns the text in this layer, its secret, and the length of each character of the secret in it.
    fn carry(&self, text: &str, secret: &str) -> (String, String, Vec<usize>) {
        let inside = (self.spell)(text);
        if self.whole {
            let lengths = vec![1; inside.len()];
            return (format!("data:\n  file: {inside}\n"), inside, lengths);
        }
        let spelled: Vec<String> =
            secret.chars().map(|one| (self.spell)(one.encode_utf8(&mut [0; 4]))).collect();
        (inside, spelled.concat(), spelled.iter().map(String::len).collect())
    }

    fn finds(&self, scrubber: &Scrubber, row: &Row) -> bool {
        let plain = row.secret.as_deref().unwrap_or_default();
        let (text, secret, lengths) = self.carry(&row.text, plain);
        // In a URL only the password is a secret; in `user:password` perhaps both parts are.
        let compound = !self.whole && plain.contains("://");
        is_found(&scrubber.findings(text.as_bytes()), &text, &secret, &lengths, compound)
    }
}

/// Reports how often the examples of one part are found, unchanged and inside layers.
fn report(scrubber: &Scrubber, name: &str, rows: &[&Row], options: &Options) {
    let measured = if options.layers { LAYERS.len() } else { 3 };
    for layer in &LAYERS[..measured] {
        let mut rules: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let (mut found, mut total) = (0, 0);
        for row in rows.iter().filter(|row| row.kind == "positive" && row.secret.is_some()) {
            let hit = layer.finds(scrubber, row);
            let rule = rules.entry(&row.rule).or_default();
            rule.0 += usize::from(hit);
            rule.1 += 1;
            found += usize::from(hit);
            total += 1;
            let first = layer.name == LAYERS[0].name;
            if options.missed && !hit && (first || LAYERS[0].finds(scrubber, row)) {
                let secret = row.secret.as_deref().unwrap_or_default();
                println!("  missed {} {}: {secret:?} in {}", layer.name, row.rule, row.text.escape_debug());
            }
        }
        let whole = rules.values().filter(|(hits, all)| hits == all).count();
        println!("  {name}, {}: {found} of {total} rows, {whole} of {} rules", layer.name, rules.len());
    }
    report_negatives(scrubber, name, rows, options);
}

/// Reports in how many negatives something is found, and how many of these contain the secret of a positive
/// of the same part: a negative of one rule may be a positive of another.
fn report_negatives(scrubber: &Scrubber, name: &str, rows: &[&Row], options: &Options) {
    let secrets: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row.kind == "positive")
        .filter_map(|row| row.secret.as_deref())
        .filter(|secret| secret.len() >= RUN)
        .collect();
    let negatives: Vec<_> = rows.iter().filter(|row| row.kind == "negative").collect();
    let (mut changed, mut disputed) = (0, 0);
    for row in &negatives {
        let findings = scrubber.findings(row.text.as_bytes());
        if findings.is_empty() {
            continue;
        }
        changed += 1;
        disputed += usize::from(secrets.iter().any(|secret| row.text.contains(secret)));
        if options.changed {
            let by: BTreeSet<String> = findings.iter().map(|finding| finding.rule.to_string()).collect();
            println!("  changed {} ({}) by {by:?}: {}", row.rule, row.source, row.text.escape_debug());
        }
    }
    let all = negatives.len();
    println!(
        "  {name}: {changed} of {all} negatives changed, {disputed} of them with a secret of another row"
    );
}

/// The content of a JSON string.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn percent_encoded(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Encodes every ASCII character that is not a letter or digit with `spell`.
fn spelled(text: &str, spell: fn(char) -> String) -> String {
    let as_is = |character: char| !character.is_ascii() || character.is_ascii_alphanumeric();
    text.chars().map(|one| if as_is(one) { one.to_string() } else { spell(one) }).collect()
}

fn in_base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().chain(&[0; 2]).take(3).fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        let digits = (0..4).map(|place| char::from(DIGITS[bits >> (18 - 6 * place) & 63]));
        out.extend(digits.take(chunk.len() + 1).chain("==".chars().take(3 - chunk.len())));
    }
    out
}

fn wrapped(text: &str) -> String {
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    lines.join("\n    ")
}

/// Whether enough of `secret` is redacted at every place where it occurs in `text`. `lengths` are the encoded
/// lengths of its characters.
fn is_found(findings: &[Finding], text: &str, secret: &str, lengths: &[usize], compound: bool) -> bool {
    let mut places = text.match_indices(secret).map(|(at, _)| at).peekable();
    if places.peek().is_none() || secret.is_empty() {
        return !findings.is_empty();
    }
    places.all(|start| {
        let covered = |at: usize| findings.iter().any(|finding| finding.start <= at && at < finding.end);
        let (mut run, mut longest, mut at) = (0, 0, start);
        for length in lengths {
            run = if (at..at + length).all(covered) { 0 } else { run + 1 };
            longest = longest.max(run);
            at += length;
        }
        let all = lengths.len();
        compound && longest < all || longest < RUN.max(all / 4).min(all.div_ceil(2))
    })
}

/// Counts of what is found in text that is known to be clean.
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
