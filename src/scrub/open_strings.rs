//! Which strings are open at a place in the text: what distinguishes a closing quote from one in a value.

use super::escape::{self, Quote};

/// The most strings in strings that are followed.
const MAX_OPEN: usize = 16;
/// How much is read beside a quote, in bytes: JSON has less white space, and fewer backslashes.
const BESIDE: usize = 1 << 12;

/// Reads a text from its start and knows which strings are open where it has arrived.
///
/// It reads no byte twice: places are asked for in ascending order, and an earlier one gets the answer of the
/// last.
#[derive(Default)]
pub(crate) struct Nesting {
    at: usize,
    open: Vec<Quote>,
}

impl Nesting {
    /// Starts at `at`, where the strings of `open` are open.
    pub(crate) fn from(at: usize, open: &[Quote]) -> Self {
        Self { at, open: open.to_vec() }
    }

    /// Returns the quotes of the strings that are open at `place`, the outermost first.
    pub(crate) fn open_at(&mut self, text: &[u8], place: usize) -> &[Quote] {
        // Strings end with their line, so what precedes it need not be read.
        if let Some(end) = text.get(self.at..place).and_then(|rest| memchr::memrchr(b'\n', rest)) {
            self.at += end + 1;
            self.open.clear();
        }
        while self.at < place {
            let Some(step) = memchr::memchr3(b'"', b'\'', b'\\', &text[self.at..place]) else {
                self.at = place;
                break;
            };
            self.read(text, self.at + step);
        }
        &self.open
    }

    /// Whether what seems to be a secret at `start` follows the end of the string around its name, and begins
    /// with what JSON has there: the quote that closes the string was taken for one that opens a value.
    /// `from` is a place before it; these are ascending as well.
    pub(crate) fn is_ended(&mut self, text: &[u8], from: usize, start: usize) -> bool {
        let Some((quote, place)) = string_end(text, start) else { return false };
        let from = from.min(place);
        if from < self.at {
            return false;
        }
        let open = self.open_at(text, from);
        Self::from(from, open).open_at(text, place).contains(&quote)
    }

    /// Reads the quote or the escape at `at`.
    fn read(&mut self, text: &[u8], at: usize) {
        self.at = at + 1;
        match text[at] {
            b'\\' => {
                let backslashes = text[at..].iter().take_while(|&&byte| byte == b'\\').count();
                self.at = at + backslashes;
                match text.get(self.at) {
                    Some(&byte @ (b'"' | b'\'')) => {
                        self.at += 1;
                        self.quote(text, Quote { byte, layer: escape::layer(backslashes) }, at);
                    }
                    // An escaped line break inside the string: strings of shells and of prose do not continue
                    // after it.
                    Some(b'n' | b'r') => {
                        while self.open.last().is_some_and(|quote| quote.byte == b'\'') {
                            self.open.pop();
                        }
                        self.at += 1;
                    }
                    _ => {}
                }
            }
            byte => self.quote(text, Quote { byte, layer: 0 }, at),
        }
    }

    /// Closes the string that this quote opened, with all that is open inside of it; if there is none, opens
    /// one.
    fn quote(&mut self, text: &[u8], quote: Quote, at: usize) {
        if let Some(index) = self.open.iter().rposition(|&open| open == quote) {
            self.open.truncate(index);
            return;
        }
        // An apostrophe inside a word opens nothing, but one after the prefix of a literal does.
        let in_word = at > 0
            && text[at - 1].is_ascii_alphanumeric()
            && !escape::is_escape_letter(text, at - 1)
            && !is_prefix(&text[..at]);
        if quote.byte == b'\'' && in_word {
            return;
        }
        // A delimiter of a layer outside the open ones: those were mistaken for delimiters. Single quotes are
        // not escaped by the layers around them, so they say nothing about these.
        while quote.byte == b'"' && self.open.last().is_some_and(|open| open.layer > quote.layer) {
            self.open.pop();
        }
        if self.open.len() < MAX_OPEN {
            self.open.push(quote);
        }
    }
}

/// Whether `before` ends in the prefix of a literal, which is a word of its own: `b'...'`, `rb'...'`,
/// `f'...'`.
fn is_prefix(before: &[u8]) -> bool {
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let letters = before.iter().rev().take(2).take_while(|byte| b"bBrRfFuU".contains(byte)).count();
    let rest = &before[..before.len() - letters];
    letters > 0
        && (rest.last().is_none_or(|byte| !in_word(byte) && *byte != b'\\')
            || escape::is_escape_letter(rest, rest.len() - 1))
}

/// Whether what follows at `at` may follow a string in JSON.
fn goes_on(text: &[u8], at: usize) -> bool {
    let Some(next) = text.get(at) else { return false };
    let separates = |byte: &u8| matches!(byte, b',' | b':' | b']' | b'}');
    let blank = next.is_ascii_whitespace() || *next == b'\\';
    let rest = &text[at..text.len().min(at + BESIDE)];
    separates(next) || blank && rest.get(escape::behind(rest, 0)).is_some_and(separates)
}

/// Whether what follows at `at` may follow a string in JSON, or a text that is one ends there.
pub(crate) fn may_follow_string(text: &[u8], at: usize) -> bool {
    matches!(text.get(at), None | Some(b'\n')) || goes_on(text, at)
}

/// Whether `start..end` begins the name of a member of a JSON object: it follows a double quote after a brace
/// or a comma, and a colon follows the quote that closes the string.
pub(crate) fn is_member_name(text: &[u8], start: usize, end: usize) -> bool {
    /// The longest rest of the name, in bytes.
    const REST: usize = 64;
    let Some(quote) = escape::quote_before(text, start).filter(|quote| quote.byte == b'"') else {
        return false;
    };
    let from = start.saturating_sub(BESIDE);
    let outside = start - 1 - quote.backslashes().min(start - 1 - from);
    let begins = escape::before(&text[from..outside], outside - from)
        .is_some_and(|last| matches!(text[from + last], b'{' | b','));
    let window = &text[..text.len().min(end + REST)];
    let closed = || escape::closing(window, end, quote).filter(|(end, after)| after > end);
    begins && closed().is_some_and(|(_, after)| text.get(escape::behind(window, after)) == Some(&b':'))
}

/// Returns the double quote before `start`, and where its backslashes begin, if what follows it may follow a
/// string in JSON.
fn string_end(text: &[u8], start: usize) -> Option<(Quote, usize)> {
    if !goes_on(text, start) {
        return None;
    }
    let from = start.saturating_sub(BESIDE);
    let at = from + escape::before(&text[from..start], start - from)?;
    if text[at] != b'"' {
        return None;
    }
    let backslashes = escape::backslashes_before(text, from, at);
    Some((Quote { byte: b'"', layer: escape::layer(backslashes) }, at - backslashes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OUTER: Quote = Quote { byte: b'"', layer: 0 };
    const INNER: Quote = Quote { byte: b'"', layer: 1 };

    fn open_before(text: &str, what: &str) -> Vec<Quote> {
        let at = text.find(what).expect("the text holds it");
        Nesting::default().open_at(text.as_bytes(), at).to_vec()
    }

    #[test]
    fn strings_in_strings_are_known() {
        assert_eq!(open_before(r#"{"a": "x", "b": 1 HERE"#, "HERE"), []);
        assert_eq!(open_before(r#"{"a": "don't HERE"#, "HERE"), [OUTER]);
        assert_eq!(open_before(r#"{"a": "{\"b\": \"x HERE"#, "HERE"), [OUTER, INNER]);
        assert_eq!(open_before(r#"{"a": "{\"b\": \"x\", 'y\n HERE"#, "HERE"), [OUTER]);
        assert_eq!(open_before("\"open\nHERE", "HERE"), []);
    }

    #[test]
    fn what_stands_behind_the_end_of_a_string_is_told_from_a_value() {
        let is_ended = |text: &str| {
            let start = text.find("HERE").expect("the text holds it");
            let text = text.replace("HERE", "");
            Nesting::default().is_ended(text.as_bytes(), 0, start)
        };
        for text in [
            r#"[{"t": "KEY "HERE}, {"t": "x"}]"#,
            r#"{"KEY "HERE: "x"}"#,
            r#"{"KEY " HERE: "x"}"#,
            r#"["KEY "HERE]"#,
            r#"{"c": "[\"KEY \"HERE, \"x\"]"}"#,
            r#"{"c": "[\n  \"KEY \"HERE\n]"}"#,
            "[\"KEY \"HERE\n]",
        ] {
            assert!(is_ended(text), "{text}");
        }
        for text in [
            r#"KEY "HERE},x""#,
            r#"curl -u "HERE:x""#,
            r#"{"c": "curl -u \"HERE:x\""}"#,
            r#"{"KEY": "HERE:x"}"#,
            r#"["KEY "HERE x"#,
            r#""KEY" is HERE:x"#,
        ] {
            assert!(!is_ended(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn asking_on_the_way_changes_nothing(text in "[a\"'\\\\n\n ]{0,40}", places in prop::collection::vec(0usize..40, 0..6)) {
            let end = text.len();
            let direct = Nesting::default().open_at(text.as_bytes(), end).to_vec();
            let mut nesting = Nesting::default();
            let mut places: Vec<usize> = places.into_iter().map(|place| place.min(end)).collect();
            places.sort_unstable();
            for place in places {
                // Between a backslash and what it escapes no place is asked for.
                if place > 0 && text.as_bytes()[place - 1] != b'\\' {
                    nesting.open_at(text.as_bytes(), place);
                }
            }
            prop_assert_eq!(nesting.open_at(text.as_bytes(), end).to_vec(), direct);
        }
    }
}
