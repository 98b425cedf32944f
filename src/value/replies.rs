//! What one item of a list says about a later one: a command and what it printed, a question for a secret and
//! the answer.

use std::ops::Range;
use std::rc::Rc;

use super::arguments::is_option;
use super::command_output::{
    command_of, holds_command, holds_output, is_path, may_be_secret, secrets_in_output,
};
use super::continuation::{Ends, Path, Split, says_delta, whole};
use super::deltas::holds_piece;
use super::fields::Field;
use super::prompt::{Asked, is_odd_word};
use crate::Scrubber;

/// How many commands of one item are kept.
const COMMANDS: usize = 8;
/// For how many items a command is kept.
const ITEMS: usize = 16;
/// How many outputs are read with one command: each is searched together with it.
const OUTPUTS: usize = 16;
/// How many bytes at the end of a text are checked for a question.
const ASKS: usize = 128;

/// A command that an item holds, with the ids of the maps around it.
#[derive(Clone)]
struct Command {
    item: usize,
    /// The key of the field that holds it.
    key: Vec<u8>,
    /// The text of that field.
    text: Vec<u8>,
    ids: Vec<Vec<u8>>,
    /// How many outputs were read with it.
    outputs: usize,
}

/// What the items so far leave open for later items to answer.
#[derive(Clone)]
pub(super) struct Replies<T> {
    commands: Vec<Command>,
    /// What the last item asks for.
    asked: Option<Asked>,
    /// The option that the last item holds, as one word of a command, and the path of its field.
    option: Option<(Rc<Path>, Asked)>,
    /// How many items were kept so far.
    count: usize,
    found: Vec<Split<T>>,
}

impl<T> Default for Replies<T> {
    fn default() -> Self {
        Self { commands: Vec::new(), asked: None, option: None, count: 0, found: Vec::new() }
    }
}

impl<T: Ends + Clone> Replies<T> {
    /// Adds the fields of the next item that is kept; `item` is its number among all items.
    pub(super) fn item(&mut self, item: usize, fields: &[Field<T>], scrubber: &Scrubber) {
        let (asked, option) = (self.asked.take(), self.option.take());
        for field in fields {
            let Some(key) = field.path.last().map(Vec::as_slice) else { continue };
            if field.is_word() {
                if let Some((key, words)) = field.words(fields) {
                    self.command(key, words, fields, field);
                }
                continue;
            }
            if (holds_command(key) || is_path(key)) && may_be_short(&field.text) {
                self.command(key, whole(&field.text).to_vec(), fields, field);
                continue;
            }
            let says = matches!(key, b"content" | b"text" | b"message");
            let is_word = holds_word(key);
            // A piece of a streamed answer that ends in a colon is no question.
            let is_piece = (says || is_word)
                && (field.path.iter().any(|key| says_delta(key)) || holds_piece(fields, &field.path));
            if is_word && !is_piece {
                match &option {
                    Some((path, option))
                        if *path == field.path
                            && !is_option(field.text.part(0..field.text.length().min(3))) =>
                    {
                        self.answer(item, field, option, scrubber);
                    }
                    _ => {
                        self.option = option_in(&field.text)
                            .map(|asked| (field.path.clone(), asked))
                            .or(self.option.take());
                    }
                }
            }
            if !says && !holds_output(key) || field.text.length() == 0 {
                continue;
            }
            if says && !is_piece {
                if let Some(asked) = &asked {
                    self.answer(item, field, asked, scrubber);
                }
                if let Some(asked) = asks(&field.text) {
                    self.asked = Some(asked);
                }
            }
            if !self.commands.is_empty() && may_be_short(&field.text) && may_be_secret(whole(&field.text)) {
                self.output(item, fields, field, scrubber);
            }
        }
        self.count += 1;
        self.commands.retain(|command| command.item + ITEMS > self.count);
    }

    pub(super) fn finish(self) -> Vec<Split<T>> {
        self.found
    }

    fn command(&mut self, key: &[u8], text: Vec<u8>, fields: &[Field<T>], field: &Field<T>) {
        let ids = ids_around(fields, field);
        if self.commands.iter().filter(|command| command.item == self.count).count() < COMMANDS {
            self.commands.push(Command { item: self.count, key: key.to_vec(), text, ids, outputs: 0 });
        }
    }

    fn output(&mut self, item: usize, fields: &[Field<T>], field: &Field<T>, scrubber: &Scrubber) {
        let ids = ids_around(fields, field);
        let is_named = |command: &Command| command.ids.iter().any(|id| ids.contains(id));
        let by_id = self.commands.iter().any(is_named);
        let count = self.count;
        let text = whole(&field.text);
        let parts = self
            .commands
            .iter_mut()
            .filter(|command| if by_id { is_named(command) } else { command.item + 1 >= count })
            .take(COMMANDS)
            .filter(|command| command.outputs < OUTPUTS)
            .filter_map(|command| {
                command.outputs += 1;
                command_of(&command.key, &command.text)
            })
            .map(|command| secrets_in_output(&command, text, scrubber))
            .find(|parts| !parts.is_empty());
        if let Some(parts) = parts {
            self.add(item, field, parts);
        }
    }

    fn answer(&mut self, item: usize, field: &Field<T>, asked: &Asked, scrubber: &Scrubber) {
        if !may_be_short(&field.text) {
            return;
        }
        let text = whole(&field.text);
        if is_odd_word(text) && asked.is_answered_by(text, scrubber) {
            let start = text.len() - text.trim_ascii_start().len();
            let part: Range<usize> = start..start + text.trim_ascii().len();
            self.add(item, field, vec![(part, asked.label().into())]);
        }
    }

    fn add(&mut self, item: usize, field: &Field<T>, parts: Vec<super::lines::Part>) {
        let path = field.path.clone();
        self.found.push(Split { item, path, text: field.text.clone(), parts });
    }
}

/// Whether a member of this name may hold a word of a command whose words are maps of their own.
fn holds_word(key: &[u8]) -> bool {
    matches!(key, b"value" | b"text" | b"content" | b"arg" | b"argument" | b"word" | b"literal")
}

/// Returns what a text asks for, if it is an option without its argument.
fn option_in(text: &impl Ends) -> Option<Asked> {
    let is_one = text.length() <= ASKS && text.part(0..2.min(text.length())) == b"--";
    is_one.then(|| Asked::by(whole(text))).flatten().filter(Asked::is_option)
}

/// Whether the text is short enough for all of it to be available.
fn may_be_short(text: &impl Ends) -> bool {
    text.length() <= super::continuation::NEAR * 2
}

/// Returns what the last line of a text asks for, if it is a question.
fn asks(text: &impl Ends) -> Option<Asked> {
    let length = text.length();
    let end = text.part(length.saturating_sub(ASKS)..length).trim_ascii_end();
    let line = end.iter().rposition(|byte| *byte == b'\n').map_or(end, |last| &end[last + 1..]);
    // Of several sentences the last one counts.
    let line =
        line.iter().rposition(|byte| matches!(byte, b'.' | b'!')).map_or(line, |last| &line[last + 1..]);
    matches!(line.last(), Some(b':' | b'?')).then(|| Asked::by(line.trim_ascii())).flatten()
}

/// Returns the texts of the ids in the maps around a field.
fn ids_around<T: Ends>(fields: &[Field<T>], field: &Field<T>) -> Vec<Vec<u8>> {
    const MOST: usize = 4;
    const LONGEST: usize = 128;
    let is_around = |id: &&Field<T>| {
        let Some((key, above)) = id.path.split_last() else { return false };
        is_id(key)
            && id.text.length() <= LONGEST
            && above.len() < field.path.len()
            && field.path.starts_with(above)
    };
    fields.iter().filter(is_around).take(MOST).map(|id| whole(&id.text).to_vec()).collect()
}

fn is_id(key: &[u8]) -> bool {
    matches!(
        key,
        b"id"
            | b"call_id"
            | b"callId"
            | b"tool_use_id"
            | b"toolUseId"
            | b"tool_call_id"
            | b"toolCallId"
            | b"parent_tool_use_id"
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Preset;
    use crate::scrub::work;
    use crate::value::encode_json;
    use serde_json::{Value, json};

    /// Writes a command followed by outputs, of which the last is a secret; returns the value and the result.
    fn printed(outputs: usize) -> (Value, Value) {
        let output = |number| {
            let text = if number == outputs { "x9Kq2Lw7ZtB4vN8r" } else { "nothing to see" };
            (format!("{number:03}"), json!({ "output": text }))
        };
        let outputs: serde_json::Map<_, _> = (1..=outputs).map(output).collect();
        let value = json!([{"command": "gcloud auth print-access-token"}, outputs]);
        let (json, _) = encode_json(&value, &Scrubber::new(Preset::Balanced));
        (value, serde_json::from_slice(&json).unwrap())
    }

    #[test]
    fn so_many_outputs_are_read_with_a_command() {
        for count in [1, 2, OUTPUTS] {
            let (_, written) = printed(count);
            let last = &written[1][format!("{count:03}")]["output"];
            assert!(last.as_str().unwrap().starts_with("[REDACTED:"), "{written}");
        }
        let (value, written) = printed(OUTPUTS + 1);
        assert_eq!(written, value);
    }

    #[test]
    fn commands_are_not_read_with_every_output_of_a_message() {
        const LONG: usize = 1_500;
        let outputs = |count: usize| -> Value {
            let output = json!({"output": "nothing to see ".repeat(LONG / 15)});
            (0..count)
                .map(|number| (number.to_string(), output.clone()))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let commands: serde_json::Map<_, _> =
            (0..2 * COMMANDS).map(|number| (number.to_string(), json!({"command": "ls -l"}))).collect();
        let searched = |count| {
            let value = json!([commands, outputs(count)]);
            work::given(|| drop(encode_json(&value, &Scrubber::new(Preset::Balanced))))
        };
        let (none, some, more) = (searched(0), searched(OUTPUTS), searched(3 * OUTPUTS));
        assert!(some - none > COMMANDS * OUTPUTS * LONG, "{some}");
        // The other outputs are searched by themselves only.
        assert!(more - some < 3 * OUTPUTS * LONG, "{some} {more}");
    }
}
