//! Blocks that span several strings: a key of which each line is a string in a list, or of which the halves
//! are in two records.
//!
//! The first part of such a block ends with the string it begins in, and what is between that string and the
//! next is not part of the block. In the strings after it only the lines of the block are redacted: key
//! bodies, and the line that ends the block. Everything else is kept, since text between the halves of a key
//! may be anybody's.

use super::escape::{self, Quote};
use super::extent;
use super::hit::Hit;
use super::open_strings::Nesting;
use super::validate::Validator;

/// The shortest line of a key's body that is recognised by itself, in bytes.
const BODY: usize = 16;
/// The longest line number before a line, in digits.
const GUTTER: usize = 6;

/// Ends the block `hit` with the string it begins in, where the strings `open` are open, and appends what is
/// in other strings to `parts`.
pub(super) fn split(text: &[u8], hit: &mut Hit, open: &[Quote], parts: &mut Vec<Hit>) {
    let end = hit.end;
    let strings: Vec<Quote> = open.iter().filter(|quote| quote.byte == b'"').copied().collect();
    hit.end = if strings.is_empty() {
        before_string(text, hit)
    } else {
        extent::enclosed(text, hit.start, hit.end, &strings)
    };
    if hit.end == end {
        return;
    }
    let from = parts.len();
    let mut body = Body::default();
    let mut nesting = Nesting::from(hit.start, open);
    let mut at = hit.end;
    let quotes = memchr::memchr_iter(b'"', &text[at..end]).map(|found| hit.end + found);
    for quote in quotes.chain([end]) {
        let to = quote - escape::backslashes_before(text, at, quote);
        let inside = nesting.open_at(text, to).iter().any(|quote| quote.byte == b'"');
        if inside && !is_key(text, quote) {
            body.read(text, at, to);
        }
        at = quote + 1;
    }
    parts.extend(body.found.iter().map(|&(start, end)| Hit { start, end, part: true, ..hit.clone() }));
    hit.part |= parts.len() > from;
    // The block began in the name of a member.
    if !text[hit.start..].starts_with(b"-----") && is_key(text, hit.end) {
        hit.end = hit.start;
    }
}

/// The end of a block that begins outside strings: before the line with the first string, if the block ends
/// in a string.
fn before_string(text: &[u8], hit: &Hit) -> usize {
    let mut nesting = Nesting::from(hit.start, &[]);
    if !nesting.open_at(text, hit.end).iter().any(|quote| quote.byte == b'"') {
        return hit.end;
    }
    let block = &text[hit.start..hit.end];
    let first = memchr::memchr(b'"', block).unwrap_or(block.len());
    let line = memchr::memrchr(b'\n', &block[..first]).unwrap_or(first);
    hit.start + line
}

/// Whether the quote at `at`, or after the backslashes there, ends the name of a member.
fn is_key(text: &[u8], at: usize) -> bool {
    let rest = &text[at + escape::backslashes_at(text, at)..];
    let Some(rest) = rest.strip_prefix(b"\"") else { return false };
    rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

/// Collects the lines of a block.
#[derive(Default)]
struct Body {
    /// Their spans; consecutive lines are one span.
    found: Vec<(usize, usize)>,
    /// Whether the last line belongs to the block.
    goes_on: bool,
    /// The next line, which is too short to decide. It belongs to the block if the block ends after it.
    short: Option<(usize, usize)>,
}

impl Body {
    /// Reads the lines of a string.
    fn read(&mut self, text: &[u8], start: usize, end: usize) {
        let mut from = start;
        let mut joined = false;
        loop {
            let found = escape::find_break(text, from, end).unwrap_or(end);
            if from < found {
                joined = self.line(text, from, found, joined);
            }
            if found >= end {
                return;
            }
            from = found + escape::line_break(text, found).min(end - found);
        }
    }

    /// Reads a line. `joined` says that the line before it is in the same string and belongs to the block.
    /// Returns whether this line does.
    fn line(&mut self, text: &[u8], start: usize, end: usize, joined: bool) -> bool {
        // Punctuation that closes the string or the object around this one does not separate lines.
        if !text[start..end].iter().any(u8::is_ascii_alphanumeric) {
            return joined;
        }
        let Some((from, to)) = token(text, start, end) else {
            (self.goes_on, self.short) = (false, None);
            return false;
        };
        let token = &text[from..to];
        let ends = is_armour(token);
        let told = ends
            || token.len() >= BODY && Validator::RandomOrLong.accepts(token)
            || self.goes_on && token.ends_with(b"=");
        if !told {
            self.short = (self.goes_on && token.len() < BODY).then_some((from, to));
            self.goes_on = false;
            return false;
        }
        if ends {
            self.found.extend(self.short.take());
        }
        match self.found.last_mut() {
            Some(last) if joined => last.1 = to,
            _ => self.found.push((from, to)),
        }
        (self.goes_on, self.short) = (true, None);
        true
    }
}

/// The only word of a line besides its number and decoration.
fn token(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    let line = &text[start..end];
    if let Some(at) = memchr::memmem::find(line, b"-----").filter(|at| is_armour(&line[*at..])) {
        let from = start + at;
        return Some((from, from + line[at..].trim_ascii_end().len()));
    }
    let digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=%\\".contains(&byte);
    let mut only = None;
    let mut at = start;
    while at < end {
        let rest = &text[at..end];
        let backslashes = escape::backslashes_at(rest, 0);
        let length = match rest.get(backslashes) {
            // An escaped tab, not the first letter of a word.
            Some(b't') if backslashes > 0 => backslashes + 1,
            _ => {
                let length = rest.iter().take_while(|byte| digit(**byte)).count();
                let number = length <= GUTTER && rest[..length].iter().all(u8::is_ascii_digit);
                if !number && only.replace((at, at + length)).is_some() {
                    return None;
                }
                length.max(1)
            }
        };
        at += length;
    }
    only
}

/// Whether a line begins or ends a private key.
fn is_armour(line: &[u8]) -> bool {
    let word = line.iter().position(|byte| *byte != b'-').map_or(b"".as_slice(), |at| &line[at..]);
    line.starts_with(b"-----")
        && (word.starts_with(b"BEGIN") || word.starts_with(b"END"))
        && memchr::memmem::find(word, b"PRIVATE").is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{Preset, Scrubber};

    /// The lines of a key; the first and the last are its armour.
    fn key(last: &str) -> Vec<String> {
        let line = |number: usize| format!("MII{number}Zq3Lw9Rt7Yp2Xk8VbN5mJh4Gf+D6sAq1WeUc0/").repeat(2);
        let armour = |word: &str| format!("-----{word} RSA {} KEY-----", "PRIVATE");
        let mut lines: Vec<String> = (0..4).map(line).collect();
        lines.insert(0, armour("BEGIN"));
        lines.extend((!last.is_empty()).then(|| last.to_owned()));
        lines.push(armour("END"));
        lines
    }

    fn each_preset(look: impl Fn(&Scrubber)) {
        for preset in [Preset::Strict, Preset::Balanced] {
            look(&Scrubber::new(preset));
        }
    }

    fn is_clean(text: &str) -> bool {
        !text.contains("MII") && !text.contains("-----") && !text.contains("abcd")
    }

    #[test]
    fn what_stands_between_the_halves_of_a_key_stays() {
        let lines = key("");
        let told: Vec<Value> =
            (0..9).map(|n| json!({"role": "user", "content": format!("keep me {n}")})).collect();
        let half =
            |lines: &[String]| json!({"role": "tool", "content": format!("it says\n{}", lines.join("\n"))});
        let records = [vec![half(&lines[..3])], told, vec![half(&lines[3..])]].concat();
        let rows: Vec<String> = records.iter().map(Value::to_string).collect();
        each_preset(|scrubber| {
            let texts =
                [rows.join("\n"), json!(records).to_string(), json!({ "log": rows.join("\n") }).to_string()];
            for (number, text) in texts.iter().enumerate() {
                let out = scrubber.scrub_text(text).into_owned();
                assert!(is_clean(&out), "{out}");
                assert_eq!(scrubber.scrub_text(&out), out);
                let parse = |text: &str| -> Value { serde_json::from_str(text).expect("it stays JSON") };
                let rows = match number {
                    0 => out,
                    1 => {
                        let rows: Vec<String> =
                            parse(&out).as_array().expect("a list").iter().map(Value::to_string).collect();
                        rows.join("\n")
                    }
                    _ => parse(&out)["log"].as_str().expect("a text").to_owned(),
                };
                let back: Vec<Value> = rows.lines().map(parse).collect();
                assert_eq!(back.len(), records.len());
                assert_eq!(back[1..10], records[1..10]);
                for half in [&back[0], &back[10]] {
                    let text = half["content"].as_str().expect("a text");
                    assert_eq!(text.trim_end(), "it says\n[REDACTED:PRIVATE_KEY]");
                }
            }
        });
    }

    #[test]
    fn a_key_of_a_string_for_each_line_keeps_the_strings() {
        for last in ["", "abcd", "abcde=="] {
            let lines = key(last);
            let marked = |line: &str, text: &str| text.replace(line, "[REDACTED:PRIVATE_KEY]");
            let spellings: [&dyn Fn(&str) -> String; 3] = [
                &|line| format!("{},", json!(line)),
                &|line| json!({"chunk": format!("{line}\n"), "n": 1}).to_string(),
                &|line| json!({"log": json!({ "chunk": line }).to_string()}).to_string(),
            ];
            for spell in spellings {
                let spelled: Vec<String> = lines.iter().map(|line| spell(line)).collect();
                let wanted: Vec<String> =
                    lines.iter().zip(&spelled).map(|(line, text)| marked(line, text)).collect();
                each_preset(|scrubber| {
                    assert_eq!(scrubber.scrub_text(&spelled.join("\n")), wanted.join("\n"));
                    // Without its beginning, only lines recognised by themselves are known to be part of a
                    // key.
                    let tail = scrubber.scrub_text(&spelled[1..].join("\n")).into_owned();
                    assert_eq!(tail.matches("chunk").count(), spelled[1..].join("").matches("chunk").count());
                });
            }
        }
    }

    #[test]
    fn a_key_that_stands_in_no_string_ends_in_front_of_the_record_with_its_end() {
        let lines = key("");
        let record = json!({"role": "tool", "content": lines[3..].join("\n")}).to_string();
        let text = format!("{}\n{{\"a\": \"keep me\"}}\n{record}", lines[..3].join("\n"));
        each_preset(|scrubber| {
            let out = scrubber.scrub_text(&text).into_owned();
            assert!(is_clean(&out) && out.contains("\n{\"a\": \"keep me\"}\n{\"content\":\""), "{out}");
        });
    }

    #[test]
    fn a_line_of_a_key_is_told_from_words() {
        let word =
            |line: &str| token(line.as_bytes(), 0, line.len()).map(|(from, to)| line[from..to].to_owned());
        assert_eq!(word("  12\tMIIE+a/b=").as_deref(), Some("MIIE+a/b="));
        assert_eq!(word(r"\tMIIE\/b").as_deref(), Some(r"MIIE\/b"));
        assert_eq!(word("two words"), None);
        assert_eq!(word("  12:"), None);
    }
}
