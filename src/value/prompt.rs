//! What a text asks for (`Database password:`, `#password`, `/app/.db_password`), and whether another field
//! holds the answer.

use super::escape::push_text;
use super::key;
use crate::Scrubber;
use crate::scrub::{marker, may_name};

/// The longest caption, in bytes.
const LONGEST: usize = 128;
/// The most words at the end of a caption that form a name.
const WORDS: usize = 3;
/// The lengths of possible answers, in bytes.
const VALUES: std::ops::RangeInclusive<usize> = 3..=2_048;

/// The secret that the end of a text asks for: its name and label.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    name: Vec<u8>,
    label: &'static str,
    /// Whether the text is the name itself.
    by_name: bool,
    /// Whether the text is an option of a command (`--password`), which takes an argument.
    option: bool,
}

impl Asked {
    /// Returns what a text asks for; it may be the name itself, a caption, a selector or a path.
    pub(crate) fn by(text: &[u8]) -> Option<Self> {
        if text.len() > LONGEST || !may_name(text) {
            return None;
        }
        // The command that prints the current directory.
        if text.trim_ascii() == b"pwd" {
            return None;
        }
        if let Some(label) = name_label(text) {
            return Some(Self { name: text.to_vec(), label, by_name: true, option: false });
        }
        let option = text.starts_with(b"-") && !text.contains(&b' ');
        let signs = |byte: &u8| byte.is_ascii_whitespace() || b":?*".contains(byte);
        let text = &text[..text.iter().rposition(|byte| !signs(byte)).map_or(0, |last| last + 1)];
        let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let words = text.split(|byte| !inner(byte)).filter(|word| !word.is_empty());
        let mut words: Vec<&[u8]> = words.map(without_dashes).filter(|word| !word.is_empty()).collect();
        while words.last().is_some_and(|last| says_where(last)) {
            words.pop();
        }
        // A marker is not a name.
        if words.is_empty() || holds_marker(text) {
            return None;
        }
        let name = words[words.len().saturating_sub(WORDS)..].join(&b"_"[..]);
        let label = key::label_of_name(&name)?;
        Some(Self { name, label, by_name: false, option })
    }

    pub(crate) fn label(&self) -> &'static str {
        self.label
    }

    pub(crate) fn is_by_name(&self) -> bool {
        self.by_name
    }

    pub(crate) fn is_option(&self) -> bool {
        self.option
    }

    /// Whether `value` is the answer: what would be redacted in a text that assigns it to the name.
    pub(crate) fn is_answered_by(&self, value: &[u8], scrubber: &Scrubber) -> bool {
        let value = value.trim_ascii();
        let mut text = b"{\"name\":\"".to_vec();
        push_text(&mut text, &self.name);
        text.extend_from_slice(b"\",\"value\":\"");
        let start = text.len();
        push_text(&mut text, value);
        let end = text.len();
        text.extend_from_slice(b"\"}");
        let findings = scrubber.findings(&text);
        findings.iter().any(|found| &*found.label == self.label && found.start <= start && end <= found.end)
    }
}

/// Returns the label of a text that is a name, without punctuation after it.
fn name_label(text: &[u8]) -> Option<&'static str> {
    key::label_of_name(text).filter(|_| text.last().is_some_and(u8::is_ascii_alphanumeric))
}

/// Whether a text may be an answer. Cheap, and false for most texts.
pub(crate) fn may_answer(text: &[u8]) -> bool {
    const WORDY: usize = 64;
    let text = text.trim_ascii();
    let blank = |byte: &u8| {
        if text.len() <= WORDY { matches!(byte, b'\n' | b'\r') } else { byte.is_ascii_whitespace() }
    };
    VALUES.contains(&text.len()) && !text.iter().any(blank) && !holds_marker(text)
}

/// Whether something was replaced in a text. What is left may look like an answer, which the whole was not.
pub(crate) fn holds_marker(text: &[u8]) -> bool {
    memchr::memmem::find(text, marker::OPEN.as_bytes()).is_some()
}

/// Whether a text is a single word that nobody would say: no whitespace, and letters mixed with digits or
/// unusual characters, or letters that do not form words.
pub(crate) fn is_odd_word(text: &[u8]) -> bool {
    const SHORTEST: usize = 6;
    let text = text.trim_ascii();
    if text.len() < SHORTEST || text.iter().any(u8::is_ascii_whitespace) {
        return false;
    }
    let letters = text.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    (letters > 0 && letters + text.iter().filter(|byte| b".,:;?!'_-".contains(byte)).count() < text.len()
        || letters == text.len() && !crate::scrub::is_words(text))
        && !holds_marker(text)
}

/// Returns a word such as `--password` without the leading dashes.
fn without_dashes(word: &[u8]) -> &[u8] {
    word.iter().position(|byte| *byte != b'-').map_or(&[], |first| &word[first..])
}

/// Whether a word after a name only describes where the value is entered.
fn says_where(word: &[u8]) -> bool {
    const WORDS: [&[u8]; 12] = [
        b"field", b"input", b"textbox", b"box", b"entry", b"element", b"txt", b"text", b"here", b"now",
        b"below", b"please",
    ];
    WORDS.iter().any(|one| one.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;

    #[test]
    fn captions_selectors_and_paths_end_in_what_they_ask_for() {
        for text in [
            "password",
            "DB_PASSWORD",
            "#password",
            "input[type=password]",
            "input[name=\"db_password\"]",
            "Password field",
            "What is the API key?",
            "Please enter the database password:",
            "/app/.db_password",
            "/run/secrets/api-key.txt",
            "Enter passphrase",
            "API Key",
            "Password:",
            "Password *",
        ] {
            assert!(Asked::by(text.as_bytes()).is_some(), "{text}");
        }
        for text in [
            "",
            "user",
            "Forgot password link",
            "src/password.ts",
            "The password is wrong",
            "tokens.json",
            "How many tokens?",
            "pwd\n",
            "[REDACTED:PASSWORD]",
            "x [REDACTED:PASSWORD] password",
        ] {
            assert!(Asked::by(text.as_bytes()).is_none(), "{text}");
        }
    }

    #[test]
    fn an_answer_is_what_text_takes_for_one() {
        let scrubber = Scrubber::new(Preset::Balanced);
        let password = Asked::by(b"Password").expect("it is a name");
        for value in ["x9Kq2Lw7Zt", "say \"x9Kq2\"", "x9Kq2Lw7Zt\n"] {
            assert!(password.is_answered_by(value.as_bytes(), &scrubber), "{value}");
        }
        for value in ["[REDACTED:PASSWORD]", "${DB_PASSWORD}", "Password"] {
            assert!(!password.is_answered_by(value.as_bytes(), &scrubber), "{value}");
        }
        assert!(
            is_odd_word(b"x9Kq2Lw7Zt")
                && !is_odd_word(b"sunshine")
                && !is_odd_word(b"yes, please")
                && !is_odd_word(b"2024")
        );
    }
}
