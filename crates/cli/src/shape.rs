//! The format of a text, and the scrubbing by that format, before the whole is scrubbed as text.

use clap::ValueEnum;
use prestop::scrub::Tally;
use prestop::value::{Layout, scrub_json};
use prestop::{Scrubber, json};
use std::path::Path;

use crate::jsonl::{JsonLines, parted};

/// What a text is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// By the name (.json, .jsonl, .ndjson), else by the first line: a JSON object begins JSON lines;
    /// all else is text
    Auto,
    /// Any text, JSON included; outside the secrets nothing changes
    Text,
    /// One JSON document a line: values under sensitive keys go too, and entries of the code sandbox
    Jsonl,
    /// One JSON document of up to 64 MiB, likewise
    Json,
}

impl Format {
    /// Returns the format of a text with this name and beginning, if no format was requested.
    pub fn found(self, name: Option<&Path>, beginning: &[u8]) -> Self {
        if self != Self::Auto {
            return self;
        }
        let extension = name.and_then(Path::extension).and_then(|extension| extension.to_str());
        match extension {
            Some("jsonl" | "ndjson") => Self::Jsonl,
            Some("json") => Self::Json,
            _ if begins_with_object(beginning) => Self::Jsonl,
            _ => Self::Text,
        }
    }
}

/// Whether the first line is a JSON object; if it is incomplete, whether it begins like one.
fn begins_with_object(beginning: &[u8]) -> bool {
    let (_, beginning, _) = parted(beginning);
    match beginning.iter().position(|&byte| byte == b'\n') {
        Some(end) => json::check(&beginning[..end]).is_ok_and(|summary| summary.object),
        None => beginning.starts_with(b"{\"") || json::check(beginning).is_ok_and(|summary| summary.object),
    }
}

/// Scrubs a text that arrives in pieces, as the values that it contains.
pub enum Shape {
    /// Text has no values and is passed on.
    Text,
    /// Scrubbed line by line.
    Lines(JsonLines),
    /// Scrubbed as a whole, at its end.
    Document(Document),
}

impl Shape {
    /// Creates the shape of a text of this format, with nothing read yet; an unknown format is text.
    pub fn new(format: Format, scrubber: &Scrubber) -> Self {
        match format {
            Format::Auto | Format::Text => Self::Text,
            Format::Jsonl => Self::Lines(JsonLines::new(scrubber.clone())),
            Format::Json => Self::Document(Document::new(scrubber.clone())),
        }
    }

    /// Appends the next piece, and returns what is scrubbed by now.
    pub fn feed(&mut self, piece: &[u8]) -> Vec<u8> {
        match self {
            Self::Text => piece.to_vec(),
            Self::Lines(lines) => lines.feed(piece),
            Self::Document(document) => document.feed(piece),
        }
    }

    /// Returns the rest, and what was redacted or why nothing was.
    pub fn finish(self) -> (Vec<u8>, Result<Tally, &'static str>) {
        match self {
            Self::Text => (Vec::new(), Ok(Tally::default())),
            Self::Lines(lines) => {
                let (rest, tally) = lines.finish();
                (rest, Ok(tally))
            }
            Self::Document(document) => document.finish(),
        }
    }
}

/// One JSON document. What is larger than 64 MiB, or not JSON, is left to the scrubbing as text.
pub struct Document {
    scrubber: Scrubber,
    held: Vec<u8>,
    passing: bool,
}

impl Document {
    fn new(scrubber: Scrubber) -> Self {
        Self { scrubber, held: Vec::new(), passing: false }
    }

    fn feed(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        self.passing |= self.held.len() > json::MAX_BYTES;
        if self.passing { std::mem::take(&mut self.held) } else { Vec::new() }
    }

    fn finish(self) -> (Vec<u8>, Result<Tally, &'static str>) {
        if self.passing {
            return (self.held, Err("larger than 64 MiB"));
        }
        let (mark, content, behind) = parted(&self.held);
        if content.is_empty() {
            return (self.held, Ok(Tally::default()));
        }
        match scrub_json(content, Layout::Indented, &self.scrubber) {
            Ok((document, tally)) if tally != Tally::default() => {
                ([mark, &document, behind].concat(), Ok(tally))
            }
            // Nothing was redacted: return the bytes as they were.
            Ok((_, tally)) => (self.held, Ok(tally)),
            Err(_) => (self.held, Err("no JSON document")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prestop::Preset;

    #[test]
    fn a_format_is_found_by_name_or_by_the_first_line() {
        let found = |name: &str, text: &str| {
            let name = Some(name).filter(|name| !name.is_empty());
            Format::Auto.found(name.map(Path::new), text.as_bytes())
        };
        assert_eq!(found("a.jsonl", "plain"), Format::Jsonl);
        assert_eq!(found("a.json", "plain"), Format::Json);
        assert_eq!(found("a.log", "\n{\"a\": 1}\nplain"), Format::Jsonl);
        assert_eq!(found("", "{\"a\": \"a line that goes on"), Format::Jsonl);
        assert_eq!(found("", "{}"), Format::Jsonl);
        for text in ["", "plain", "{\n  \"a\": 1\n}", "{a}\n", "[1]\n", "{\"a\": 1\nb", "{"] {
            assert_eq!(found("", text), Format::Text, "{text}");
        }
        assert_eq!(Format::Text.found(Some(Path::new("a.json")), b"{}"), Format::Text);
    }

    #[test]
    fn a_document_is_scrubbed_whole_or_left_as_it_was() {
        let run = |text: &[u8]| {
            let mut shape = Shape::new(Format::Json, &Scrubber::new(Preset::Balanced));
            let (first, second) = text.split_at(text.len() / 2);
            let mut out = shape.feed(first);
            out.extend(shape.feed(second));
            let (rest, tally) = shape.finish();
            out.extend(rest);
            (String::from_utf8(out).expect("it stays text"), tally.map(|tally| tally.redactions().len()))
        };
        let (out, count) = run(b"{\n\"password\": [1, \"a\"], \"n\": 1.50}\n");
        assert!(count == Ok(1) && out.ends_with("\"n\": 1.50\n}\n") && !out.contains("\"a\""), "{out}");
        let (out, count) = run("\u{feff}{\"password\": [1]}\r\n".as_bytes());
        assert!(count == Ok(1) && out.starts_with("\u{feff}{") && out.ends_with("}\r\n"), "{out}");
        for text in ["{\n \"n\" :  1.50}", "\u{feff}{} "] {
            assert_eq!(run(text.as_bytes()), (text.to_owned(), Ok(0)));
        }
        assert_eq!(run(b""), (String::new(), Ok(0)));
        assert_eq!(run(b"{broken"), ("{broken".to_owned(), Err("no JSON document")));
    }
}
