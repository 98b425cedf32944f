//! Commands and their output in the events of a transcript that are JSON texts, one an item of a list: as if
//! the items were maps.

use std::ops::Range;

use super::budget::Patience;
use super::command_output::{command_of, holds_command, holds_output, is_path, secrets_in_output};
use super::document::Parsed;
use super::fields::{Fields, collect};
use super::lines::Part;
use super::node::Text;
use super::prompt::is_odd_word;
use crate::cutoff::Cutoff;
use crate::{Preset, Scrubber, json};

/// The longest event with an output that is searched, in bytes: what prints a secret prints little else.
const ANSWER: usize = 8 << 10;
/// The longest event with a command that is parsed, in bytes.
const EVENT: usize = 64 << 10;
/// How many events before an output are searched for its command.
const BEFORE: usize = 16;
/// The most commands of one event.
const COMMANDS: usize = 8;
/// The lengths of an output that may be a secret, in bytes.
const OUTPUT: std::ops::RangeInclusive<usize> = 8..=2_048;
/// The most outputs of one event.
const OUTPUTS: usize = 8;

/// Whether an item is an event with an output that is a single odd word. Cheap, and false for most texts.
pub(super) fn holds_answer(text: &[u8]) -> bool {
    text.first() == Some(&b'{') && text.len() <= ANSWER && answers(text).next().is_some()
}

/// Returns the places of outputs in an event that are a single odd word, which nobody would say.
fn answers(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    memchr::memmem::find_iter(text, b"\":").filter_map(|at| {
        let key = text[..at].iter().rposition(|byte| *byte == b'"')? + 1;
        let key = &text[key..at];
        if !holds_output(key) && !matches!(key, b"content" | b"text") {
            return None;
        }
        let opening = at + 2 + usize::from(text.get(at + 2) == Some(&b' '));
        let rest = text[opening..].strip_prefix(b"\"")?;
        let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\\');
        let end = rest.iter().take(OUTPUT.end() + 1).position(ends)?;
        let closes =
            [b"\"".as_slice(), b"\\n\"", b"\\r\\n\""].iter().any(|end_of| rest[end..].starts_with(end_of));
        let place = opening + 1..opening + 1 + end;
        (closes && OUTPUT.contains(&end) && is_odd_word(&text[place.clone()])).then_some(place)
    })
}

/// Returns the parts of the events that a command in an event before printed, by item.
pub(super) fn printed_parts<T: Text>(
    texts: &[T],
    scrubber: &Scrubber,
    cutoff: Option<&Cutoff<'_>>,
) -> Vec<(usize, Vec<Part>)> {
    let mut found = Vec::new();
    if scrubber.preset() == Preset::Molecule {
        return found;
    }
    let mut patience = Patience::new(cutoff);
    for (index, text) in texts.iter().enumerate().skip(1) {
        patience.spend(text.bytes().len().min(ANSWER));
        if patience.is_over() {
            break;
        }
        let text = text.bytes();
        if !holds_answer(text) {
            continue;
        }
        let commands = commands_for(text, &texts[index.saturating_sub(BEFORE)..index]);
        let parts = answers(text).take(OUTPUTS).flat_map(|place| {
            let output = &text[place.clone()];
            let parts = commands.iter().map(|command| secrets_in_output(command, output, scrubber));
            let parts = parts.into_iter().find(|parts| !parts.is_empty()).unwrap_or_default();
            parts
                .into_iter()
                .map(move |(part, label)| (place.start + part.start..place.start + part.end, label))
        });
        let parts: Vec<Part> = parts.collect();
        if !parts.is_empty() {
            found.push((index, parts));
        }
    }
    found
}

/// Returns the commands of the event that `answer` belongs to: the last one of those before it that has the
/// same id, or the one just before it if it has no id.
fn commands_for<T: Text>(answer: &[u8], before: &[T]) -> Vec<Vec<u8>> {
    let is_event = |text: &&T| text.bytes().first() == Some(&b'{');
    let event = match id_in(answer) {
        Some(id) => before.iter().rev().find(|text| memchr::memmem::find(text.bytes(), id).is_some()),
        None => before.last(),
    };
    let Some(event) = event.filter(is_event).filter(|text| text.bytes().len() <= EVENT) else {
        return Vec::new();
    };
    let Ok(document) = json::parse(event.bytes()) else { return Vec::new() };
    let mut fields = Fields::default();
    collect(&Parsed::Value(&document), &mut fields);
    let commands = fields.list().iter().filter_map(|field| {
        if let Some((_, words)) = field.words(fields.list()) {
            return Some(words);
        }
        let key = field.path.last()?;
        (holds_command(key) || is_path(key)).then(|| command_of(key, field.text))?
    });
    commands.take(COMMANDS).collect()
}

/// Returns the id that links an output to its command, with its quotes.
fn id_in(text: &[u8]) -> Option<&[u8]> {
    const LONGEST: usize = 128;
    const KEYS: [&[u8]; 6] = [
        b"\"tool_use_id\"",
        b"\"toolUseId\"",
        b"\"tool_call_id\"",
        b"\"toolCallId\"",
        b"\"call_id\"",
        b"\"callId\"",
    ];
    KEYS.iter().find_map(|key| {
        let after = memchr::memmem::find(text, key)? + key.len();
        let rest = text[after..].strip_prefix(b":")?.trim_ascii_start();
        let length = rest.strip_prefix(b"\"")?.iter().take(LONGEST).position(|byte| *byte == b'"')?;
        (length > 0).then_some(&rest[..length + 2])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_of_one_odd_word_is_an_answer() {
        for (text, wanted) in [
            (r#"{"type":"tool_result","content":"x9Kq2Lw7ZtB4"}"#, vec!["x9Kq2Lw7ZtB4"]),
            (r#"{"stdout": "x9Kq2Lw7ZtB4\n", "stderr": ""}"#, vec!["x9Kq2Lw7ZtB4"]),
            (r#"{"stderr":"x9Kq2Lw7ZtB4"}"#, vec![]),
            (r#"{"content":"x9Kq2Lw7ZtB4 is it"}"#, vec![]),
            (r#"{"content":"sunshine"}"#, vec![]),
            (r#"{"content":"[REDACTED:TOKEN]"}"#, vec![]),
            (r#"{"content":"x9Kq2Lw7ZtB4"#, vec![]),
            (r#"{"content":["x9Kq2Lw7ZtB4"]}"#, vec![]),
        ] {
            let found: Vec<&[u8]> = answers(text.as_bytes()).map(|place| &text.as_bytes()[place]).collect();
            assert_eq!(found, wanted.iter().map(|word| word.as_bytes()).collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn an_id_is_read_with_its_quotes() {
        let id = |text: &'static str| id_in(text.as_bytes());
        assert_eq!(id(r#"{"tool_use_id": "a1"}"#), Some(b"\"a1\"".as_slice()));
        assert_eq!(id(r#"{"call_id":""}"#), None);
        assert_eq!(id(r#"{"id":"a1"}"#), None);
    }
}
