//! Commands and their output, in fields of their own. The output is redacted as if it followed the command in
//! a terminal.

use std::ops::Range;

use super::lines::Part;
use super::prompt::Asked;
use crate::Scrubber;
use crate::json::{self, Value};

/// The length in bytes that a longer command is cut to; its end is kept, which is what was run last.
const COMMAND: usize = 1 << 10;
/// The longest output that is searched, in bytes: what prints a secret prints little else.
const OUTPUT: usize = 1 << 12;
/// The most lines of such an output.
const LINES: usize = 3;

/// Whether what a command printed may be a secret and little else. Cheap, and false for most outputs, which
/// are longer.
pub(crate) fn may_be_secret(output: &[u8]) -> bool {
    const SHORTEST: usize = 8;
    let output = output.trim_ascii();
    (SHORTEST..=OUTPUT).contains(&output.len()) && memchr::memchr_iter(b'\n', output).count() < LINES
}

/// Returns the parts of the output that are redacted because of the command, in order.
pub(crate) fn secrets_in_output(command: &[u8], output: &[u8], scrubber: &Scrubber) -> Vec<Part> {
    if !may_be_secret(output) {
        return Vec::new();
    }
    if let Some(place) = output_in_json(output) {
        let parts = secrets_in_output(command, &output[place.clone()], scrubber).into_iter();
        return parts
            .map(|(part, label)| (place.start + part.start..place.start + part.end, label))
            .collect();
    }
    let numbered = number_before(output);
    let output = &output[numbered..];
    let command = &command[command.len().saturating_sub(COMMAND)..];
    let text = [b"$ ", command.trim_ascii(), b"\n", output, b"\n"].concat();
    let start = text.len() - 1 - output.len();
    let findings = scrubber.findings(&text).into_iter();
    findings
        .filter(|found| found.end > start)
        .map(|found| {
            let part = found.start.max(start) - start..found.end.min(start + output.len()) - start;
            (part, found.label)
        })
        .filter(|(part, _): &Part| !part.is_empty())
        .map(|(part, label)| (part.start + numbered..part.end + numbered, label))
        .collect()
}

/// Returns the place of the output in an output that is the JSON text of an object, if it has no escapes but
/// a line break at its end: `{"output":"...\n","metadata":{"exit_code":0}}`.
fn output_in_json(output: &[u8]) -> Option<Range<usize>> {
    if !output.starts_with(b"{") {
        return None;
    }
    memchr::memmem::find_iter(output, b"\":").find_map(|at| {
        let key = output[..at].iter().rposition(|byte| *byte == b'"')? + 1;
        let start = at + 2 + usize::from(output.get(at + 2) == Some(&b' '));
        if !holds_output(&output[key..at]) || output.get(start) != Some(&b'"') {
            return None;
        }
        let end = start + 1 + memchr::memchr2(b'"', b'\\', &output[start + 1..])?;
        let closes = [b"\"".as_slice(), b"\\n\""].iter().any(|sign| output[end..].starts_with(sign));
        closes.then_some(start + 1..end)
    })
}

/// Returns the length in bytes of the number before the first line and its separator, as written by tools
/// that read a file: `     1→`.
fn number_before(output: &[u8]) -> usize {
    let blanks = output.iter().take_while(|byte| **byte == b' ').count();
    let Some(rest) = output[blanks..].strip_prefix(b"1") else { return 0 };
    let sign = ["\u{2192}", "\t", ": "].iter().find(|sign| rest.starts_with(sign.as_bytes()));
    sign.map_or(0, |sign| blanks + 1 + sign.len())
}

/// Returns the command that a text is, or that the JSON of a tool's arguments holds. The path of a file that
/// may hold a secret counts as the command that prints it.
pub(crate) fn command_of(key: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    const DEEP: usize = 1 << 12;
    if is_path(key) {
        return Asked::by(text).map(|_| [b"cat ", text].concat());
    }
    let text = text.trim_ascii();
    if !text.starts_with(b"{") {
        return Some(text[text.len().saturating_sub(COMMAND)..].to_vec());
    }
    let Ok(Value::Object(members)) = json::parse(text.get(..text.len().min(DEEP))?) else { return None };
    members.iter().find_map(|(key, value)| {
        let key: &[u8] = key;
        match value {
            Value::Text(text) if is_path(key) => command_of(key, text),
            Value::Text(text) if holds_command(key) => Some(text.clone()),
            Value::Array(items) if holds_command(key) => {
                let words = items.iter().filter_map(|item| match item {
                    Value::Text(text) => Some(&text[..]),
                    _ => None,
                });
                Some(words.collect::<Vec<_>>().join(&b' '))
            }
            _ => None,
        }
    })
}

/// The words of a command that is a list, as one line.
#[derive(Default)]
pub(crate) struct Words(pub Vec<u8>);

impl Words {
    /// Adds the next word, if it is a text; those of a long command are left out.
    pub(crate) fn push(&mut self, word: Option<&[u8]>) {
        let Some(word) = word.filter(|word| self.0.len() + word.len() <= COMMAND) else { return };
        self.0.extend((!self.0.is_empty()).then_some(b' '));
        self.0.extend_from_slice(word);
    }
}

/// Whether a member of this name holds the path of a file.
pub(crate) fn is_path(key: &[u8]) -> bool {
    matches!(key, b"file_path" | b"filePath" | b"path" | b"filename")
}

/// Whether a member of this name holds a command.
pub(crate) fn holds_command(key: &[u8]) -> bool {
    matches!(
        key,
        b"command" | b"cmd" | b"script" | b"command_line" | b"commandLine" | b"arguments" | b"CommandLine"
    )
}

/// Whether a member of this name holds nothing but what a command printed.
pub(crate) fn holds_output(key: &[u8]) -> bool {
    matches!(
        key,
        b"stdout"
            | b"output"
            | b"result"
            | b"aggregated_output"
            | b"aggregatedOutput"
            | b"formatted_output"
            | b"combined_output"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;

    #[test]
    fn what_a_command_prints_is_what_goes_behind_it_in_a_terminal() {
        let scrubber = Scrubber::new(Preset::Balanced);
        let secret = "x9Kq2Lw7ZtB4vN8r";
        for (command, output) in [
            ("gcloud auth print-access-token", format!("{secret}\n")),
            ("{\"command\":\"vault kv get -field=password secret/db\"}", secret.to_owned()),
            ("cd /app && echo $DB_PASSWORD", format!("{secret}\r\n")),
        ] {
            let parts = secrets_in_output(command.as_bytes(), output.as_bytes(), &scrubber);
            assert!(
                matches!(&parts[..], [(part, _)] if output[part.clone()] == *secret),
                "{command}: {parts:?}"
            );
        }
        let of = |key: &str, text: &str| command_of(key.as_bytes(), text.as_bytes()).map(String::from_utf8);
        for (key, text) in [
            ("command", "cat /run/secrets/db_password"),
            ("arguments", "{\"command\":[\"cat\",\"/run/secrets/db_password\"]}"),
            ("arguments", "{\"limit\":5,\"file_path\":\"/run/secrets/db_password\"}"),
            ("file_path", "/run/secrets/db_password"),
        ] {
            assert_eq!(of(key, text), Some(Ok("cat /run/secrets/db_password".to_owned())), "{text}");
        }
        assert_eq!(
            (of("file_path", "src/main.rs"), of("arguments", "{\"a\":1}"), of("arguments", "{")),
            (None, None, None)
        );
        let numbered = format!("     1\u{2192}{secret}\n");
        let parts = secrets_in_output(b"cat /run/secrets/db_password", numbered.as_bytes(), &scrubber);
        assert!(matches!(&parts[..], [(part, _)] if numbered[part.clone()] == *secret), "{parts:?}");
        for (command, output) in [
            ("ls", secret),
            ("gcloud auth print-access-token", "ERROR: (gcloud) no account"),
            ("gh auth token", ""),
        ] {
            assert!(
                secrets_in_output(command.as_bytes(), output.as_bytes(), &scrubber).is_empty(),
                "{command}"
            );
        }
    }
}
