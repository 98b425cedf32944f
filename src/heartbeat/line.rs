//! Text written by others, as one line of a message that the agent reads.

use std::borrow::Cow;

use super::text::{cut, scrub_and, valid_without_nul};
use crate::Scrubber;
use crate::scrub::Field;

/// Returns `text` on one line, without control and invisible characters, in at most `limit` bytes. It is
/// scrubbed again, since the removed characters may have split a secret.
pub(super) fn line(text: &str, limit: usize, scrubber: &Scrubber) -> String {
    cut(scrub_and(text.as_bytes(), Field::Ordinary, scrubber, one_line), limit)
}

/// Converts any bytes to one line: a run of white space becomes one space; control characters, invisible
/// characters and those that change the reading direction are removed.
fn one_line(bytes: &[u8]) -> Cow<'_, str> {
    let text = valid_without_nul(bytes);
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if is_invisible(character) || character.is_control() && !character.is_whitespace() {
            continue;
        }
        if !character.is_whitespace() {
            line.push(character);
        } else if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
    }
    if line.ends_with(' ') {
        line.pop();
    }
    if line == text { text } else { Cow::Owned(line) }
}

/// Whether a character is invisible on a screen, although a program reads it: Unicode's default-ignorable
/// characters, which include those that change the direction of the text, and the tag characters that can
/// spell hidden words.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Returns `line` as data in double quotes; quotes in it are replaced, so that nothing in it can close them.
pub(super) fn quoted(line: &str) -> String {
    let quotes = ['"', '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}', '\u{ff02}'];
    format!("\"{}\"", line.replace(quotes, "'"))
}
