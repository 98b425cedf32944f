//! Values between quotes that are written in another way than by backslashes that double: `'\''` and `'"'"'`
//! of a command in a command, `""` of CSV, `''` of SQL, `\\"` where JSON is written as a string of Python.
//! What closes such a string is spelled as what opens it.

use super::super::escape::{self, Quote};
use super::super::extent;
use super::name::Name;
use super::operator::Operator;
use super::value::{Reader, takes_scheme};
use super::{Assignment, scheme, skip_spaces, verdict};

/// The longest value, in bytes.
const LONGEST: usize = 512;
/// The most backslashes before a quote.
const BACKSLASHES: usize = 14;

/// Returns the spelling of the quote at the beginning of `text`, and the quote itself.
fn spelling(text: &[u8]) -> Option<(&[u8], u8)> {
    match text.first()? {
        // `''` of SQL
        b'\'' => {
            let doubled = || (text.get(1) == Some(&b'\'') && text.get(2) != Some(&b'\'')).then_some(2);
            shell(text).or_else(doubled).map(|length| (&text[..length], b'\''))
        }
        b'\\' | b'"' => {
            let quote = double(text)?;
            // An even number of backslashes (2, 6, 14): twice those of a nested string.
            let doubled = quote > 1 && quote & 1 == 1 && (quote / 2 + 1).is_power_of_two();
            let twice = text[quote..].starts_with(&text[..quote]) && text.get(2 * quote) != Some(&b'"');
            let length = if doubled { quote } else { 2 * quote };
            (doubled || twice).then(|| (&text[..length], b'"'))
        }
        _ => None,
    }
}

/// Returns the length of the double quote at the beginning of `text`, its backslashes included.
fn double(text: &[u8]) -> Option<usize> {
    let backslashes = text.iter().take(BACKSLASHES).take_while(|byte| **byte == b'\\').count();
    (text.get(backslashes) == Some(&b'"')).then_some(backslashes + 1)
}

/// Returns the length of `'\''` or `'"'"'` at the beginning of `text`, at any layer.
fn shell(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"'")?;
    let backslashes = rest.iter().take(BACKSLASHES).take_while(|byte| **byte == b'\\').count();
    if backslashes > 0 && rest[backslashes..].starts_with(b"''") {
        return Some(backslashes + 3);
    }
    let quote = &rest[..double(rest)?];
    let rest = rest[quote.len()..].strip_prefix(b"'")?;
    rest.strip_prefix(quote)?.starts_with(b"'").then_some(2 * quote.len() + 3)
}

/// Returns the operator between a name in such quotes and a value in the same ones, and where the value
/// begins, its quote included.
pub(super) fn operator(text: &[u8], name: &Name) -> Option<(Operator, usize)> {
    let (quote, _) = spelling(&text[name.end..])?;
    if !text[..name.start].ends_with(quote) {
        return None;
    }
    let sign = skip_spaces(text, name.end + quote.len());
    let operator = match text.get(sign)? {
        b':' => Operator::Colon,
        b'=' => Operator::Equals { spaced: true },
        _ => return None,
    };
    let value = skip_spaces(text, sign + 1 + usize::from(text.get(sign + 1) == Some(&b'>')));
    text[value..].starts_with(quote).then_some((operator, value))
}

/// Reads the value in such quotes at `at`. Returns where its text begins and ends, the offset after the
/// closing quote, and the quote.
fn between(text: &[u8], at: usize) -> Option<(usize, usize, usize, u8)> {
    let (spelled, byte) = spelling(text.get(at..)?)?;
    let start = at + spelled.len();
    let window = &text[start..text.len().min(start + LONGEST)];
    let length = memchr::memmem::find(window, spelled)?;
    let value = &window[..length];
    let is_text = |byte: &u8| !matches!(byte, b'\n' | b'\r' | b'"' | b'\'' | b'\\');
    let begins = value.first().is_some_and(|byte| !b" \t,:;)]}=&|".contains(byte));
    let end = start + length;
    (begins && value.iter().all(is_text)).then_some((start, end, end + spelled.len(), byte))
}

impl Reader<'_> {
    /// Returns the end of a quoted value that seems to be `end`, with the offset after its closing quote,
    /// which seems to be `after`. The value continues after a quote that is doubled (`'it''s'` of SQL and
    /// YAML), or for which a shell's string is interrupted (`'{"a": "it'"'"'s"}'`).
    pub(super) fn spliced(&self, quote: Quote, inside: usize, end: usize, after: usize) -> (usize, usize) {
        const MOST: usize = 8;
        let text = self.text;
        let mut found = (end, after);
        let (mut end, mut after) = found;
        let limit = text.len().min(inside + LONGEST);
        for _ in 0..MOST {
            let doubled = quote.byte == b'\''
                && quote.layer == 0
                && after > end
                && text.get(after) == Some(&b'\'')
                && !self.open.contains(&quote);
            let length = match text.get(end..).and_then(shell) {
                Some(length) => length,
                None if doubled => 2,
                None => break,
            };
            let rest = end + length;
            let goes_on = |byte: &u8| {
                byte.is_ascii_graphic() && !escape::is_quote(*byte) && !b",;:)]}\\".contains(byte)
            };
            if end == inside || rest >= limit || !text.get(rest).is_some_and(goes_on) {
                break;
            }
            (end, after) = extent::quoted(&text[..limit], rest, quote, self.open);
            if after > end {
                found = (end, after);
            }
        }
        found
    }

    /// Redacts the value in such quotes at `at`, if it is a secret. Returns where it ends even if it is none,
    /// since it is not to be read again.
    pub(super) fn respelled(&mut self, at: usize) -> Option<usize> {
        let text = self.text;
        if self.operator == Operator::Tag {
            return None;
        }
        let (mut start, end, after, byte) = between(text, at)?;
        let mut label = self.name.sensitive.label;
        if takes_scheme(label) {
            label = scheme::label_at(text, start, label);
            start += scheme::length_at(text, start).min(end - start);
        }
        let quote = Quote { byte, layer: 0 };
        if verdict::quoted(text, self.name, self.operator, quote, &text[start..end]) {
            self.out.push(Assignment { start, end, label, quote: None });
        }
        Some(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::{Preset, Scrubber};

    #[test]
    fn a_quote_is_told_by_how_it_is_spelled() {
        for quote in [r"'\''", r"'\\''", r#"'"'"'"#, r#"'\"'\"'"#, r#""""#, r#"\"\""#, r#"\\""#, r#"\\\\\\""#]
        {
            let text = format!("{quote}HERE{quote} x");
            let (start, end, after, _) = between(text.as_bytes(), 0).expect(quote);
            assert_eq!((&text[start..end], &text[after..]), ("HERE", " x"), "{quote}");
        }
        for text in [
            r#""HERE""#,
            r#"\"HERE\""#,
            "'HERE'",
            r#""""HERE""""#,
            r#""", """#,
            r#"\\\\"HERE\\\\""#,
            "",
            "'",
            "\\",
        ] {
            assert_eq!(between(text.as_bytes(), 0), None, "{text}");
        }
    }

    #[test]
    fn a_name_may_stand_between_them_too() {
        let value = ["Wq7", "tNb3kLw", "4x2"].concat();
        for (quote, start, end) in [
            (r#""""#, "1,\"{", "}\",b"),
            (r#"\"\""#, r#"{"c": "1,\"{"#, r#"}\",b"}"#),
            (r#"\\""#, r#"'{"c": "{"#, r#"}"}'"#),
            (r"'\''", "echo '{", "}'"),
            ("''", "INSERT INTO t VALUES (1, '{", "}')"),
        ] {
            for (before, behind) in [("", ""), ("§user§: §bob§, ", ", §port§: 1")] {
                let text = format!("{start}{before}§password§: §{value}§{behind}{end}").replace('§', quote);
                let out = Scrubber::new(Preset::Balanced).scrub_text(&text).into_owned();
                assert_eq!(out, text.replace(&value, "[REDACTED:PASSWORD]"));
            }
        }
    }

    #[test]
    fn a_quote_in_a_value_does_not_end_it() {
        let halves = [["Wq7", "tNb3"].concat(), ["kLw", "4x2"].concat()];
        for (form, splices) in [
            ("password: '§' # x", vec!["''"]),
            ("SET password = '§';", vec!["''"]),
            ("x = {'password': '§', 'user': 'bob'}", vec!["''"]),
            ("curl -d '{\"password\":\"§\",\"a\":1}' x", vec!["'\"'\"'", r"'\''"]),
            ("mysql --password='§' db", vec!["'\"'\"'", r"'\''"]),
        ] {
            for splice in splices {
                for value in [halves.join(splice), [halves[0].as_str(), &halves[1], "Zx"].join(splice)] {
                    let text = form.replace('§', &value);
                    for preset in [Preset::Balanced, Preset::Strict] {
                        let scrubber = Scrubber::new(preset);
                        let wanted = form.replace('§', "[REDACTED:PASSWORD]");
                        assert_eq!(scrubber.scrub_text(&text), wanted);
                        let inner = serde_json::json!({ "log": text }).to_string();
                        assert_eq!(
                            scrubber.scrub_text(&inner),
                            serde_json::json!({ "log": wanted }).to_string()
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_value_goes_from_between_quotes_of_any_spelling() {
        let value = ["Wq7", "tNb3kLw", "4x2"].concat();
        for (form, quotes) in [
            ("bash -c 'mysql --password=§ prod'", [r"'\''", r#"'"'"'"#]),
            ("{\"c\": \"ssh h 'mysql --password=§ prod'\"}", [r"'\\''", r#"'\"'\"'"#]),
            ("1,\"connect(password=§)\",b", [r#""""#, r#""""#]),
            ("'{\"c\": \"connect(password=§)\"}'", [r#"\\""#, r#"\\""#]),
        ] {
            for quote in quotes {
                let text = form.replace('§', &format!("{quote}{value}{quote}"));
                for preset in [Preset::Balanced, Preset::Strict] {
                    let out = Scrubber::new(preset).scrub_text(&text).into_owned();
                    assert_eq!(out, text.replace(&value, "[REDACTED:PASSWORD]"));
                }
            }
        }
    }
}
