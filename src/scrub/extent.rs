//! Where a value ends that begins at a given place.

use super::escape::{self, Quote};
use super::open_strings;

/// Returns where an unquoted value at `from` ends: at white space, at a line break of any layer, at a quote,
/// at `<`, `>` or `|`, at a `;`, `,` or `&` that separates, and before closing brackets that it did not open.
pub(crate) fn unquoted(text: &[u8], from: usize) -> usize {
    let mut open: Vec<u8> = Vec::new();
    let mut brackets = Closing::default();
    let mut at = from;
    while let Some(&byte) = text.get(at) {
        match byte {
            0..=b' ' | 0x7f | b'"' | b'\'' | b'`' | b'<' | b'>' | b'|' => break,
            b'\\' => match escape_length(text, at) {
                0 => break,
                length => {
                    at += length;
                    continue;
                }
            },
            b';' | b',' | b'&' if separates(text, at) => break,
            b'(' | b'[' | b'{' if open.len() < 32 => open.push(byte),
            b')' | b']' | b'}' => {
                let opener = match byte {
                    b')' => b'(',
                    b']' => b'[',
                    _ => b'{',
                };
                if open.last() == Some(&opener) {
                    open.pop();
                } else if brackets.end_value(text, at) {
                    break;
                }
            }
            _ => {}
        }
        at += 1;
    }
    // Punctuation that ends the sentence is not part of the value.
    while at > from + 1 && matches!(text[at - 1], b'.' | b',' | b';' | b':') {
        at -= 1;
    }
    at
}

/// Returns where a header's value at `from` ends: at the end of its line, at any layer, or of the enclosing
/// string, since it may contain spaces and semicolons. If `listed`, also before the next header and before
/// the bracket that closes the list.
pub(crate) fn line(text: &[u8], from: usize, listed: bool) -> usize {
    let mut at = from;
    let mut open = 0_usize;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\n' | b'\r' | b'"' | b'\'' | b'`' => break,
            b',' if listed && begins_header(&text[at + 1..]) => break,
            b'{' | b'[' => open += 1,
            b'}' | b']' if listed && open == 0 => break,
            b'}' | b']' => open = open.saturating_sub(1),
            b'\\' => match escape_length(text, at) {
                0 => break,
                length => {
                    at += length;
                    continue;
                }
            },
            _ => {}
        }
        at += 1;
    }
    while at > from && matches!(text[at - 1], b' ' | b'\t' | b',' | b';') {
        at -= 1;
    }
    at
}

/// Whether `text` begins with a space, a name and a colon.
fn begins_header(text: &[u8]) -> bool {
    let Some(name) = text.strip_prefix(b" ") else { return false };
    let inner = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let length = name.iter().take(64).take_while(inner).count();
    length > 0 && name.get(length) == Some(&b':')
}

/// Returns the number of backslashes at `at`, or zero where they end a value: before a quote, the letter of a
/// white-space escape, or the end of the text.
fn escape_length(text: &[u8], at: usize) -> usize {
    let backslashes = text[at..].iter().take_while(|&&byte| byte == b'\\').count();
    match text.get(at + backslashes) {
        Some(b'n' | b'r' | b't' | b'"' | b'\'' | b'`') | None => 0,
        Some(_) => backslashes,
    }
}

/// Whether the `;`, `,` or `&` at `at` ends a value: white space, a quote, a backslash, a bracket, another
/// separator or another `name=` follows, or nothing.
fn separates(text: &[u8], at: usize) -> bool {
    let rest = &text[at + 1..];
    match rest.first() {
        None
        | Some(
            0..=b' '
            | b'"'
            | b'\''
            | b'`'
            | b'\\'
            | b')'
            | b']'
            | b'}'
            | b'<'
            | b'>'
            | b'{'
            | b'['
            | b','
            | b';',
        ) => true,
        Some(_) => {
            let name = rest
                .iter()
                .take(64)
                .take_while(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']')
                })
                .count();
            name > 0 && matches!(rest.get(name), Some(b'=' | b':'))
                || text[at] == b'&' && rest.starts_with(b"amp;")
        }
    }
}

/// A sequence of closing brackets. What follows it decides whether they end the value, and is examined once
/// for all of them.
#[derive(Default)]
struct Closing {
    /// Where the last sequence that was examined ends.
    end: usize,
    /// Whether its brackets end the value.
    ends_value: bool,
}

impl Closing {
    /// Whether the closing bracket at `at`, which nothing in the value opened, ends the value.
    fn end_value(&mut self, text: &[u8], at: usize) -> bool {
        if at >= self.end {
            let length = text[at..].iter().take_while(|byte| matches!(byte, b')' | b']' | b'}')).count();
            #[cfg(test)]
            super::work::count(length);
            self.end = at + length;
            self.ends_value = text.get(self.end).is_none_or(|byte| {
                matches!(
                    byte,
                    0..=b' ' | b'"' | b'\'' | b'`' | b'\\' | b';' | b',' | b'.' | b'<' | b'>' | b':'
                )
            });
        }
        self.ends_value
    }
}

/// Returns where a quoted value ends, and the offset after its closing quote. A value that is not closed ends
/// with its line, unless it continues on the next ones, and any value ends with the enclosing string, whose
/// quotes are `open`.
pub(crate) fn quoted(text: &[u8], from: usize, quote: Quote, open: &[Quote]) -> (usize, usize) {
    let closing = escape::closing(text, from, quote).or_else(|| closing_below(text, from, quote));
    let (end, after) = closing.unwrap_or_else(|| {
        let end = memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |found| from + found);
        let end = if end > from && text[end - 1] == b'\r' { end - 1 } else { end };
        (end, end)
    });
    let outer = quote_of(text, from, end, open);
    outer.map_or((end, after), |outer| (outer, outer))
}

/// Returns where a quoted value ends that continues on the next lines, as in a shell: each of them is one
/// word, and the closing quote ends its line or is followed by punctuation.
fn closing_below(text: &[u8], from: usize, quote: Quote) -> Option<(usize, usize)> {
    /// The most lines.
    const LINES: usize = 8;
    /// The longest word, in bytes.
    const WORD: usize = 512;
    let mut at = from;
    for line in 0..LINES {
        let is_word = |byte: &u8| byte.is_ascii_graphic() && !escape::is_quote(*byte) && *byte != b'\\';
        let word = text[at..].iter().take(WORD).take_while(|byte| is_word(byte)).count();
        at += word;
        let rest = &text[at..];
        let next = rest.first().filter(|_| word > 0)?;
        if *next == quote.byte && quote.layer == 0 && line > 0 {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || b",;)]}".contains(byte);
            return rest.get(1).is_none_or(ends).then_some((at, at + 1));
        }
        at += match rest {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return None,
        };
    }
    None
}

/// Returns where a value from `from` to `end` is cut: at the end of its line, at any layer, and at the
/// closing quote of the string that encloses it, one of `open`.
pub(crate) fn cut(text: &[u8], from: usize, end: usize, open: &[Quote]) -> usize {
    let end = quote_of(text, from, end, open).unwrap_or(end);
    escape::find_break(text, from, end).unwrap_or(end)
}

/// Returns where a token between `from` and `end`, which contains no white space, ends before what encloses
/// or separates it: a closing tag, the entity of a quote that also occurs before the token, and quotes,
/// brackets and separators after its last letter or digit.
pub(crate) fn delimited(text: &[u8], from: usize, end: usize) -> usize {
    const QUOTES: [&[u8]; 6] = [b"&quot;", b"&apos;", b"&#34;", b"&#39;", b"&#x22;", b"&#x27;"];
    /// How far before the token the string may begin, in bytes.
    const NEAR: usize = 256;
    let token = &text[from..end];
    let alphanumeric = |byte: &u8| byte.is_ascii_alphanumeric();
    let Some((first, last)) = token.iter().position(alphanumeric).zip(token.iter().rposition(alphanumeric))
    else {
        return end;
    };
    let before = &text[from.saturating_sub(NEAR)..from];
    let encloses = |entity: &&[u8]| memchr::memmem::find(before, entity).is_some();
    let mut open: Vec<u8> = Vec::new();
    for at in 0..token.len() {
        let rest = &token[at..];
        let ends = match rest[0] {
            b'<' => matches!(rest, [_, b'/', next, ..] if next.is_ascii_alphabetic()),
            b'&' => QUOTES.iter().find(|entity| rest.starts_with(entity)).is_some_and(encloses),
            b'(' | b'[' | b'{' => {
                open.push(rest[0]);
                false
            }
            b')' | b']' | b'}' => open.pop().is_none() && at > last,
            b'"' | b'\'' | b'`' | b',' | b';' => at > last,
            _ => false,
        };
        if ends && at > first {
            return from + at;
        }
    }
    end
}

/// Returns where `from..end` is to end so that it contains no line break, of any layer, and no double quote.
pub(crate) fn before_string(text: &[u8], from: usize, end: usize) -> usize {
    let end = memchr::memchr(b'"', &text[from..end]).map_or(end, |found| from + found);
    let end = end - escape::backslashes_before(text, from, end) * usize::from(text.get(end) == Some(&b'"'));
    cut(text, from, end, &[])
}

/// Returns where `from..end` ends inside of the enclosing string, whose quotes are `open`.
pub(crate) fn enclosed(text: &[u8], from: usize, end: usize, open: &[Quote]) -> usize {
    quote_of(text, from, end, open).unwrap_or(end)
}

/// Returns where `from..end` ends inside of the enclosing JSON string, if one of `open` closes in it: with a
/// double quote after which JSON goes on. Quotes of code may close without ending the value, so what follows
/// decides.
pub(crate) fn json_string(text: &[u8], from: usize, end: usize, open: &[Quote]) -> usize {
    let quotes = memchr::memchr_iter(b'"', &text[from..end]).map(|found| from + found);
    let closes = |at: &usize| {
        let backslashes = escape::backslashes_before(text, from, *at);
        let quote = Quote { byte: b'"', layer: escape::layer(backslashes) };
        open.contains(&quote) && open_strings::may_follow_string(text, at + 1)
    };
    let quote = quotes.into_iter().find(closes);
    quote.map_or(end, |at| {
        let backslashes = escape::backslashes_before(text, from, at);
        at - backslashes.min((1 << escape::layer(backslashes)) - 1)
    })
}

/// Returns where the first quote in `from..end` that closes one of `open` begins, its backslashes included.
fn quote_of(text: &[u8], from: usize, end: usize, open: &[Quote]) -> Option<usize> {
    if open.is_empty() {
        return None;
    }
    let quotes = memchr::memchr2_iter(b'"', b'\'', &text[from..end]).map(|found| from + found);
    quotes.into_iter().find_map(|at| {
        let backslashes = escape::backslashes_before(text, from, at);
        let quote = Quote { byte: text[at], layer: escape::layer(backslashes) };
        open.contains(&quote).then(|| at - quote.backslashes().min(backslashes))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unquoted_of(text: &str) -> &str {
        &text[..unquoted(text.as_bytes(), 0)]
    }

    #[test]
    fn an_unquoted_value_stops_where_it_ends() {
        for (text, value) in [
            ("abc; x", "abc"),
            ("a&keep=1", "a"),
            ("pa;ss,word x", "pa;ss,word"),
            (r"abc\nPATH=/usr/bin", "abc"),
            (r#"abc\" next"#, "abc"),
            ("f(x)y) z", "f(x)y"),
            ("a)b c", "a)b"),
            ("secret.", "secret"),
            (r"a\/b c", r"a\/b"),
        ] {
            assert_eq!(unquoted_of(text), value, "{text}");
        }
    }

    #[test]
    fn a_quoted_value_goes_on_in_lines_of_one_word() {
        let quote = Quote { byte: b'"', layer: 0 };
        for (text, end) in [
            ("q7Rk\nT4Zc\" x", 9),
            ("q7Rk\r\nT4Zc\nVn8\"", 14),
            ("q7Rk\nT4Zc\"x", 4),
            ("q7Rk\nnext line\"", 4),
            ("q7Rk\nT4Zc", 4),
            ("q7Rk\n\"", 4),
            ("\nq7Rk\"", 0),
            ("q7 Rk\nT4Zc\"", 5),
        ] {
            assert_eq!(quoted(text.as_bytes(), 0, quote, &[]).0, end, "{text:?}");
        }
    }

    #[test]
    fn a_value_is_cut_where_its_string_closes() {
        for (text, open) in [
            ("abc\", \"keep\": 1}", vec![Quote { byte: b'"', layer: 0 }]),
            (
                "abc\\\", \\\"keep\\\": 1}",
                vec![Quote { byte: b'"', layer: 0 }, Quote { byte: b'"', layer: 1 }],
            ),
            ("abc\\nnext", vec![]),
            ("abc\nnext", vec![]),
        ] {
            assert_eq!(cut(text.as_bytes(), 0, text.len(), &open), 3, "{text}");
        }
        assert_eq!(cut(b"abc\"def", 0, 7, &[]), 7);
    }
}
