//! JSON lines: every line is scrubbed as the value that it is, before the whole is scrubbed as text.

use prestop::scrub::Tally;
use prestop::value::{Layout, scrub_json};
use prestop::{Scrubber, json};

/// Scrubs JSON lines that arrive in pieces, by their values.
///
/// A line in which nothing was redacted is kept as it was. A line that is not JSON, or is longer than 64 MiB,
/// is left to the scrubbing as text. A line that the code sandbox wrote is dropped. At most one line is held
/// in memory.
pub struct JsonLines {
    scrubber: Scrubber,
    held: Vec<u8>,
    /// Whether the current line is too long to be held.
    passing: bool,
    tally: Tally,
}

impl JsonLines {
    /// Creates a scrubber of lines that has read nothing yet.
    pub fn new(scrubber: Scrubber) -> Self {
        Self { scrubber, held: Vec::new(), passing: false, tally: Tally::default() }
    }

    /// Appends the next piece, and returns the lines that end in it.
    pub fn feed(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(piece.len());
        for part in piece.split_inclusive(|&byte| byte == b'\n') {
            let ends = part.ends_with(b"\n");
            if self.passing {
                out.extend_from_slice(part);
                self.passing = !ends;
                continue;
            }
            self.held.extend_from_slice(part);
            if ends {
                self.line(&mut out);
            } else if self.held.len() > json::MAX_BYTES {
                out.append(&mut self.held);
                self.passing = true;
            }
        }
        out
    }

    /// Returns the last line if it has no line break, and what was redacted.
    pub fn finish(mut self) -> (Vec<u8>, Tally) {
        let mut out = Vec::new();
        self.line(&mut out);
        (out, self.tally)
    }

    fn line(&mut self, out: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.held);
        let (mark, content, behind) = parted(&line);
        if content.is_empty() {
            return out.extend_from_slice(&line);
        }
        // As an item of a list, which is how a snapshot holds it: an item that the sandbox wrote is dropped
        // from a list.
        let item = [b"[", content, b"]"].concat();
        let Ok((scrubbed, tally)) = scrub_json(&item, Layout::Compact, &self.scrubber) else {
            return out.extend_from_slice(&line);
        };
        if tally == Tally::default() {
            return out.extend_from_slice(&line);
        }
        self.tally.add(&tally);
        let scrubbed = &scrubbed[1..scrubbed.len() - 1];
        if !scrubbed.is_empty() {
            out.extend([mark, scrubbed, behind].concat());
        }
    }
}

/// Splits a text into its byte order mark, its content, and the white space after that.
pub fn parted(text: &[u8]) -> (&[u8], &[u8], &[u8]) {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    let (mark, rest) = text.split_at(if text.starts_with(MARK) { MARK.len() } else { 0 });
    let (rest, behind) = rest.split_at(rest.trim_ascii_end().len());
    (mark, rest.trim_ascii_start(), behind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prestop::Preset;
    use proptest::prelude::*;

    fn scrubbed(text: &[u8], cuts: &[usize]) -> (Vec<u8>, Tally) {
        let mut lines = JsonLines::new(Scrubber::new(Preset::Balanced));
        let (mut out, mut rest) = (Vec::new(), text);
        for &cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            out.extend(lines.feed(piece));
            rest = after;
        }
        out.extend(lines.feed(rest));
        let (last, tally) = lines.finish();
        out.extend(last);
        (out, tally)
    }

    #[test]
    fn the_mark_and_the_line_ends_stay() {
        let (out, tally) = scrubbed("\u{feff}{\"password\": [1]}\r\n{\"n\":  1}\r\n".as_bytes(), &[2]);
        let wanted = "\u{feff}{\"password\":[\"[REDACTED:PASSWORD]\"]}\r\n{\"n\":  1}\r\n";
        assert_eq!(String::from_utf8_lossy(&out), wanted);
        assert_eq!(tally.redactions()["PASSWORD"], 1);
    }

    proptest! {
        #[test]
        fn the_cuts_do_not_matter(
            lines in prop::collection::vec(
                prop_oneof![
                    Just(r#"{"password": "hunter2", "n": 1.50}"#),
                    Just(r#"{"source": "sandbox", "text": "x"}"#),
                    Just(r#"{ "text" : "plain" }"#),
                    Just("no JSON"),
                    Just(""),
                ],
                0..8,
            ),
            cuts in prop::collection::vec(0usize..40, 0..8),
        ) {
            let text = lines.join("\n");
            let (out, tally) = scrubbed(text.as_bytes(), &cuts);
            prop_assert_eq!(&out, &scrubbed(text.as_bytes(), &[]).0);
            let count = |what| lines.iter().filter(|line| line.contains(what)).count() as u64;
            prop_assert_eq!(tally.redactions().get("PASSWORD").copied().unwrap_or(0), count("password"));
            prop_assert_eq!(tally.dropped(), count("sandbox"));
            prop_assert!(!String::from_utf8_lossy(&out).contains("hunter2"));
        }
    }

    #[test]
    fn what_is_clean_or_no_json_stays_to_the_byte() {
        let text = b"{ \"a\" : [1.50,  NaN] }\r\n\n{\"a\"\nplain";
        assert_eq!(scrubbed(text, &[]).0, text);
    }
}
