//! Names and values as neighbours in a list: `[K, V]` pairs, argument lists (`["--password", V]`), commands
//! word by word (`["mysql", "-pV"]`).

use std::ops::Range;

use super::budget::Patience;
use super::frame::{Entry, Place, Spot};
use super::key;
use super::lines::Part;
use super::node::{Node, Text};
use super::prompt::{Asked, holds_marker, is_odd_word, may_answer};
use crate::scrub::is_words;
use crate::{Preset, Scrubber};

/// Whether an item names the one after it; `first` if it may be the first of its list.
pub(crate) fn names_another(text: &[u8], first: bool) -> bool {
    (first || is_header(text)) && key::label_of_name(text).is_some() || label_after_option(text).is_some()
}

/// Whether `text` may be the name of a header, which is followed by its value in a list of both: `X-Api-Key`,
/// `x-auth-token`.
fn is_header(text: &[u8]) -> bool {
    const LONGEST: usize = 48;
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    text.len() <= LONGEST
        && text.first().is_some_and(u8::is_ascii_alphabetic)
        && text.contains(&b'-')
        && text.iter().all(inner)
}

/// Returns the label for `value` after `text` in a list, if `text` is the name of a header and `value` would
/// be recognised as its value in a text.
fn label_after_header(text: &[u8], value: &[u8], scrubber: &Scrubber) -> Option<&'static str> {
    if !is_header(text) || !is_odd_word(value) || !may_answer(value) {
        return None;
    }
    let asked = Asked::by(text)?;
    asked.is_answered_by(value, scrubber).then(|| asked.label())
}

/// Labels the items of a list at `place` that follow a name.
pub(super) fn label_named_items<N: Node>(
    items: &mut [Entry<N>],
    place: Place,
    scrubber: &Scrubber,
    mut patience: Patience<'_>,
) {
    // In `strict`, a word may be the value of a pair in a list of pairs, as it may be in a map; elsewhere two
    // words may be anything.
    let paired = place.spot == Spot::Item && scrubber.preset() == Preset::Strict;
    if let [name, value] = items
        && let Some(text) = name.value.as_ref().and_then(Node::text)
    {
        let text_of_value = value.value.as_ref().and_then(Node::text);
        let names = |value: &[u8]| is_word(value) || is_variable(text.bytes()) && is_variable(value);
        let word = !paired && text_of_value.is_some_and(|text| names(text.bytes()));
        let label = key::label_of_name(text.bytes()).filter(|_| !word);
        value.place.label = label.or(value.place.label);
    }
    for at in 1..items.len() {
        if patience.is_over() {
            return;
        }
        let option = items[at - 1].value.as_ref().and_then(Node::text);
        let Some(option) = option else { continue };
        let value = items[at].value.as_ref().and_then(Node::text);
        patience.spend(value.as_ref().map_or(0, |value| value.bytes().len()));
        let value = value.as_ref().map(Text::bytes);
        if let Some(label) = label_after(option.bytes(), value, scrubber) {
            items[at].place.label = Some(label);
        }
    }
}

/// Returns the label for the item after `text` in a list, of which `value` is the text if it has one.
fn label_after(text: &[u8], value: Option<&[u8]>, scrubber: &Scrubber) -> Option<&'static str> {
    if value.is_some_and(is_option) {
        return None;
    }
    label_after_option(text).or_else(|| label_after_header(text, value?, scrubber))
}

/// Whether `text` is a word or a name, so that a name before it is just another word: `["token", "expired"]`.
/// Fewer than three characters are no value that anybody would hide.
fn is_word(text: &[u8]) -> bool {
    text.len() < 3 || !text.contains(&b' ') && is_words(text)
}

/// Whether `text` is the name of a variable in capitals: a list of two is a list of names.
fn is_variable(text: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
    text.contains(&b'_') && text.iter().all(inner)
}

/// Whether `text` is a marker and nothing else.
fn is_marker(text: &[u8]) -> bool {
    text.starts_with(b"[REDACTED:") && memchr::memchr(b']', text) == Some(text.len() - 1)
}

/// Returns the label for the item after `text` in a list, if `text` is an option with a sensitive name.
pub(crate) fn label_after_option(text: &[u8]) -> Option<&'static str> {
    let name = text.strip_prefix(b"--").or_else(|| text.strip_prefix(b"-"))?;
    key::label_of_name(name)
}

/// Whether `text` is itself an option, so that the option before it has no value.
pub(super) fn is_option(text: &[u8]) -> bool {
    matches!(text, [b'-', b'-', b'a'..=b'z', ..])
}

/// The most words of a list that are treated as one command.
const WORDS: usize = 128;
/// The longest word of a command that is searched, in bytes.
const WORD: usize = 1 << 10;

/// Words that make a list worth searching as a command, without an option after them.
const WITHOUT_OPTION: [&[u8]; 2] = [b"set", b"htpasswd"];

/// Determines whether the texts of a list, item by item, are the words of a command line.
#[derive(Default)]
pub(crate) struct Command {
    count: usize,
    begins: bool,
    asks: bool,
}

impl Command {
    /// Adds the next text.
    pub(crate) fn see(&mut self, text: &[u8]) {
        if self.count == 0 {
            self.begins = is_program(text);
            self.asks = WITHOUT_OPTION.contains(&text);
        } else {
            self.asks |= text == b"set"
                || matches!(text, [b'-', b'A'..=b'Z' | b'a'..=b'z' | b'-', _, ..] | [b'-', b'A'..=b'Z' | b'a'..=b'z']);
        }
        self.count += 1;
    }

    pub(crate) fn is_one(&self) -> bool {
        self.begins && self.asks && (2..=WORDS).contains(&self.count)
    }
}

/// Whether a command may begin with `text`: a name, or a path without spaces.
fn is_program(text: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"_./+-".contains(byte);
    let first = |byte: &u8| byte.is_ascii_alphabetic() || b"_./".contains(byte);
    text.len() <= WORD && text.first().is_some_and(first) && text.iter().all(inner)
}

/// Returns the parts of the items that are secrets in the command line formed by these items, by item and in
/// order. Items with the numbers in `gone` are left out.
pub(crate) fn secrets_in_command<N: Node>(
    items: &[Entry<N>],
    gone: &[usize],
    scrubber: &Scrubber,
) -> Vec<(usize, Vec<Part>)> {
    let mut line = Vec::new();
    let mut places: Vec<(usize, Range<usize>)> = Vec::new();
    let mut before: Option<N::Text> = None;
    for (index, item) in items.iter().enumerate().filter(|(index, _)| gone.binary_search(index).is_err()) {
        let text = item.value.as_ref().and_then(Node::text);
        let word = text.as_ref().map_or(&[][..], Text::bytes);
        line.extend((!places.is_empty()).then_some(b' '));
        let start = line.len();
        let parts = |byte: &u8| byte.is_ascii_whitespace() || b"'\"`\\".contains(byte);
        let is_told = |word: &[u8]| {
            word.iter().any(parts) && (holds_marker(word) || !scrubber.findings(word).is_empty())
        };
        let is_labelled = |word| {
            before.as_ref().is_some_and(|before| label_after(before.bytes(), Some(word), scrubber).is_some())
        };
        if is_marker(word) || is_labelled(word) {
            // A word that a marker has replaced or will replace. After a name, a dash would be an operator.
            line.push(b'x');
            places.push((index, start..start));
        } else if word.is_empty() || word.len() > WORD || is_told(word) {
            // A placeholder for a long word, for what is not a text, and for a text with findings of its own
            // (a script).
            line.push(b'-');
            places.push((index, start..start));
        } else {
            // Whitespace or a quote inside a word is a character like any other.
            line.extend(word.iter().map(|byte| if parts(byte) { b'~' } else { *byte }));
            places.push((index, start..line.len()));
        }
        before = text;
    }
    let mut found: Vec<(usize, Vec<Part>)> = Vec::new();
    for finding in scrubber.findings(&line) {
        let from = places.partition_point(|(_, place)| place.end <= finding.start);
        for (index, place) in places[from..].iter().take_while(|(_, place)| place.start < finding.end) {
            let part = finding.start.max(place.start) - place.start..finding.end.min(place.end) - place.start;
            match found.last_mut().filter(|(last, _)| last == index) {
                _ if part.is_empty() => {}
                Some((_, parts)) => parts.push((part, finding.label.clone())),
                None => found.push((*index, vec![(part, finding.label.clone())])),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_options_name_the_item_after_them() {
        assert!(label_after_option(b"--password").is_some());
        assert!(label_after_option(b"-password").is_some());
        for text in ["password", "--verbose", "--", "-", "", "--the password"] {
            assert!(label_after_option(text.as_bytes()).is_none(), "{text}");
        }
        assert!(is_option(b"--user") && !is_option(b"-x") && !is_option(b"--") && !is_option(b"--1"));
    }
}
