//! Layers of backslash escaping: a transcript line is JSON, and what it quotes is often JSON again.
//!
//! Nothing is unescaped. The backslashes before a quote name its layer: none is the delimiter of the
//! outermost string, one that of a string inside it, three that of a string inside that one. A delimiter of
//! layer `n` is written with `2^n - 1` backslashes, and every backslash at the end of the content adds
//! `2^(n+1)`. So the layer is the number of trailing one bits of the count, whatever the content ends with.

/// The deepest layer that is told apart; deeper ones count as this one.
const MAX_LAYER: u32 = 8;
/// More backslashes than the deepest layer writes.
const MOST: usize = 1 << 10;

/// Whether `byte` can open and close a string.
pub(crate) fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// The number of backslashes directly before `at`, counted back to `from` at most.
pub(crate) fn backslashes_before(text: &[u8], from: usize, at: usize) -> usize {
    text[from..at].iter().rev().take_while(|&&byte| byte == b'\\').count()
}

/// The number of backslashes from `at` on.
pub(crate) fn backslashes_at(text: &[u8], at: usize) -> usize {
    text.get(at..).unwrap_or_default().iter().take_while(|byte| **byte == b'\\').count()
}

/// The layer of a quote after `backslashes` backslashes.
pub(crate) fn layer(backslashes: usize) -> u32 {
    backslashes.trailing_ones().min(MAX_LAYER)
}

/// The opening quote of a string, and the layer it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    pub byte: u8,
    pub layer: u32,
}

impl Quote {
    /// The number of backslashes of this quote after content that does not end in a backslash.
    pub(crate) fn backslashes(self) -> usize {
        (1 << self.layer) - 1
    }
}

/// The quote at `at`, written as its layer requires, and the offset after it.
pub(crate) fn quote_at(text: &[u8], at: usize) -> Option<(Quote, usize)> {
    let backslashes = backslashes_at(text, at);
    let byte = *text.get(at + backslashes)?;
    let quote = Quote { byte, layer: layer(backslashes) };
    // More backslashes than that are content before a closing quote.
    (is_quote(byte) && quote.backslashes() == backslashes).then_some((quote, at + backslashes + 1))
}

/// The quote directly before `start`.
pub(crate) fn quote_before(text: &[u8], start: usize) -> Option<Quote> {
    let at = start.checked_sub(1)?;
    if !is_quote(text[at]) {
        return None;
    }
    let from = at.saturating_sub(MOST);
    Some(Quote { byte: text[at], layer: layer(backslashes_before(text, from, at)) })
}

/// The end of the string opened by `quote`: the offset of the first backslash of the closing quote, and the
/// offset after it. A quote of an outer layer ends the string too, but is not consumed. A raw line break ends
/// the search with `None`.
pub(crate) fn closing(text: &[u8], from: usize, quote: Quote) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let found = at + memchr::memchr2(quote.byte, b'\n', text.get(at..)?)?;
        if text[found] == b'\n' {
            return None;
        }
        let backslashes = backslashes_before(text, from, found);
        let found_layer = layer(backslashes);
        if found_layer <= quote.layer {
            let end = found - backslashes.min((1 << found_layer) - 1);
            return Some((end, if found_layer == quote.layer { found + 1 } else { end }));
        }
        at = found + 1;
    }
}

/// The length of the line break at `at`: raw (`\n`, `\r\n`, `\r`) or escaped at any layer (`\n`, `\\n`,
/// `\r\n`, ...). Zero if there is none.
pub(crate) fn line_break(text: &[u8], at: usize) -> usize {
    /// The most backslashes before the letter, as many as twelve layers write. Each call reads a longer run
    /// again.
    const MOST: usize = 1 << 12;
    match text.get(at) {
        Some(b'\n') => 1,
        Some(b'\r') => 1 + usize::from(text.get(at + 1) == Some(&b'\n')),
        Some(b'\\') => {
            let count = |text: &[u8]| text.iter().take(MOST).take_while(|&&byte| byte == b'\\').count();
            let backslashes = count(&text[at..]);
            #[cfg(test)]
            super::work::count(backslashes);
            match text.get(at + backslashes) {
                Some(b'n') => backslashes + 1,
                Some(b'r') => {
                    let carriage = backslashes + 1;
                    let rest = &text[at + carriage..];
                    let again = count(rest);
                    let feed = again == backslashes && rest.get(again) == Some(&b'n');
                    carriage + if feed { again + 1 } else { 0 }
                }
                _ => 0,
            }
        }
        _ => 0,
    }
}

/// Whether a line break of any layer ends at `at`.
pub(crate) fn line_break_before(text: &[u8], at: usize) -> bool {
    at > 0
        && (matches!(text[at - 1], b'\n' | b'\r')
            || matches!(text[at - 1], b'n' | b'r') && is_escape_letter(text, at - 1))
}

/// The offset of the first line break of any layer in `from..to`. Only the first of consecutive backslashes
/// is tried.
pub(crate) fn find_break(text: &[u8], from: usize, to: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = memchr::memchr3(b'\n', b'\r', b'\\', text.get(at..to)?) {
        at += found;
        if line_break(text, at) > 0 {
            return Some(at);
        }
        at += backslashes_at(&text[..to], at).max(1);
    }
    None
}

/// The length of an escaped tab, at any layer, at the beginning of `text`. Zero if there is none.
pub(crate) fn tab(text: &[u8]) -> usize {
    /// The most backslashes before the letter.
    const MOST: usize = 8;
    let backslashes = text.iter().take(MOST).take_while(|byte| **byte == b'\\').count();
    if backslashes > 0 && text.get(backslashes) == Some(&b't') { backslashes + 1 } else { 0 }
}

/// The length of the line break at `at`, or of a shell's line continuation (a backslash before the break).
/// Zero if there is none.
pub(crate) fn line_end(text: &[u8], at: usize) -> usize {
    let shell = usize::from(matches!(text.get(at..), Some([b'\\', b'\n' | b'\r', ..])));
    match line_break(text, at + shell) {
        0 => 0,
        length => shell + length,
    }
}

/// Whether the byte at `at` is the letter of a white-space escape (`\n`, `\t`, `\r`), and so not part of the
/// word that seems to begin with it.
pub(crate) fn is_escape_letter(text: &[u8], at: usize) -> bool {
    at > 0 && text[at - 1] == b'\\' && matches!(text[at], b'n' | b'r' | b't' | b'f' | b'b' | b'v')
}

/// The offset of the last byte before `at` that is not white space, literal or escaped.
pub(crate) fn before(text: &[u8], mut at: usize) -> Option<usize> {
    while at > 0 {
        let last = at - 1;
        if text[last].is_ascii_whitespace() {
            at = last;
        } else if matches!(text[last], b'n' | b'r' | b't') && is_escape_letter(text, last) {
            at = last - backslashes_before(text, last.saturating_sub(MOST), last);
        } else {
            return Some(last);
        }
    }
    None
}

/// The offset of the first byte from `at` on that is not white space, literal or escaped.
pub(crate) fn behind(text: &[u8], mut at: usize) -> usize {
    while let Some(byte) = text.get(at) {
        let backslashes = backslashes_at(text, at);
        let escaped = backslashes > 0 && matches!(text.get(at + backslashes), Some(b'n' | b'r' | b't'));
        if !escaped && !byte.is_ascii_whitespace() {
            break;
        }
        at += backslashes + 1;
    }
    at
}

/// Whether `before` ends inside a digest that is named as one. After `sha256=` or `sha512-` the beginning of
/// any token may occur by chance.
fn is_in_digest(before: &[u8]) -> bool {
    /// The number of characters of the longest digest.
    const LONGEST: usize = 88;
    let window = &before[before.len().saturating_sub(LONGEST + 8)..];
    let Some(at) = memchr::memmem::rfind(window, b"sha") else { return false };
    let bits = window[at + 3..].iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let in_digest = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    match &window[at + 3 + bits..] {
        [b'=' | b'-' | b':', digits @ ..] => bits > 0 && !digits.is_empty() && digits.iter().all(in_digest),
        _ => false,
    }
}

/// Whether a token may begin at `at`: the byte before is no word character, or is part of an escape.
pub(crate) fn token_may_begin(text: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return true };
    let byte = text[before];
    if !(byte.is_ascii_alphanumeric() || byte == b'_') {
        return !(matches!(byte, b'-' | b'+' | b'/') && is_in_digest(&text[..at]));
    }
    is_escape_letter(text, before) || ends_percent_escape(text, at) || ends_unicode_escape(text, at)
}

/// Adjusts `start..end` so that it cuts no escape and no character. An escape or a character cut at the end
/// is included whole, backslashes before `end` that escape the next byte are left out, and at the start a cut
/// escape is left out and a cut character included. Half of a `\n`, a `\u0041` or a `%2F`, or the backslashes
/// of a quote alone, would break the layer that holds the text.
pub(crate) fn align(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let (mut start, mut end) = (start, end);
    if let Some(after) = escape_over(text, start) {
        start = after.min(end);
    } else if start > 0 && text[start - 1] == b'\\' {
        start += text[start..end].iter().take_while(|&&byte| byte == b'\\').count();
        start += match text[start..end].first() {
            Some(b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'"' | b'\'' | b'`' | b'/') => 1,
            Some(b'u') => escape_digits(&text[start..end], 4),
            Some(b'x') => escape_digits(&text[start..end], 2),
            _ => 0,
        };
    }
    while start > 0 && cuts_character(text, start) {
        start -= 1;
    }
    if let Some(after) = escape_over(text, end) {
        end = after;
    } else if text.get(end).is_some_and(|&byte| byte != b'\n') {
        end -= text[start..end].iter().rev().take_while(|&&byte| byte == b'\\').count();
    }
    while cuts_character(text, end) {
        end += 1;
    }
    (start, end)
}

/// Whether `at` is inside a UTF-8 character.
fn cuts_character(text: &[u8], at: usize) -> bool {
    let goes_on = |byte: u8| byte & 0xC0 == 0x80;
    if !text.get(at).is_some_and(|byte| goes_on(*byte)) {
        return false;
    }
    let mut before = text[..at].iter().rev().take(3);
    let inside = before.clone().take_while(|byte| goes_on(**byte)).count();
    let length = match before.nth(inside) {
        Some(0xC2..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xF4) => 4,
        _ => 0,
    };
    inside + 1 < length
}

/// The end of the escape around `at`, if `at` follows its `u`, `x` or `%`, or is between its digits.
fn escape_over(text: &[u8], at: usize) -> Option<usize> {
    let from = at.saturating_sub(5);
    let mark = from + text[from..at].iter().rposition(|byte| matches!(byte, b'\\' | b'%'))?;
    let (letters, digits) = match (text[mark], text.get(mark + 1)) {
        (b'%', _) => (1, 2),
        (_, Some(b'u')) => (2, 4),
        (_, Some(b'x')) => (2, 2),
        _ => return None,
    };
    let end = mark + letters + digits;
    // Right after a backslash `at` is not inside: there [`align`] skips the escape, whose layer adds
    // backslashes.
    let told = at >= mark + letters && at < end;
    let hex = text.get(mark + letters..end)?;
    (told && hex.iter().all(u8::is_ascii_hexdigit)).then_some(end)
}

/// The length of the letter at the beginning of `text` and the hexadecimal `digits` after it; zero if they do
/// not follow.
fn escape_digits(text: &[u8], digits: usize) -> usize {
    let whole = text.get(1..=digits).is_some_and(|text| text.iter().all(u8::is_ascii_hexdigit));
    if whole { 1 + digits } else { 0 }
}

/// Whether a percent escape (`%3D`) ends directly before `at`.
fn ends_percent_escape(text: &[u8], at: usize) -> bool {
    at >= 3 && text[at - 3] == b'%' && text[at - 2..at].iter().all(u8::is_ascii_hexdigit)
}

/// Whether a `\u003d` escape ends directly before `at`.
fn ends_unicode_escape(text: &[u8], at: usize) -> bool {
    at >= 6 && &text[at - 6..at - 4] == br"\u" && text[at - 4..at].iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn escape(text: &str) -> String {
        text.replace('\\', r"\\").replace('"', "\\\"")
    }

    proptest! {
        #[test]
        fn a_string_closes_at_its_own_layer(content in "[a-z\\\\\"]{0,20}", depth in 0u32..4) {
            let mut spelled = format!("\"{}\"", escape(&content));
            for _ in 0..depth {
                spelled = escape(&spelled);
            }
            let text = format!("{spelled} rest\"");
            let (quote, from) = quote_at(text.as_bytes(), 0).expect("the text opens with a quote");
            prop_assert_eq!(quote.layer, depth);
            let (_, after) = closing(text.as_bytes(), from, quote).expect("the string closes");
            prop_assert_eq!(after, spelled.len());
        }
    }

    #[test]
    fn line_breaks_are_seen_at_every_layer() {
        for spelled in ["\n", "\r\n", "\r", r"\n", r"\r\n", r"\\n", r"\\r\\n"] {
            assert_eq!(line_break(format!("{spelled}x").as_bytes(), 0), spelled.len(), "{spelled:?}");
        }
        assert_eq!(line_break(br"\x", 0), 0);
    }

    #[test]
    fn what_ends_inside_an_escape_or_a_character_takes_all_of_it() {
        for (text, cut, aligned) in [
            (r"6\ude00146-x", (4, 11), (7, 11)),
            (r"6\ude00146-x", (2, 11), (7, 11)),
            (r"abc\u0041d", (0, 6), (0, 9)),
            (r"abc%41d", (0, 5), (0, 6)),
            (r"%41abc", (2, 6), (3, 6)),
            (r"\x41abc", (2, 7), (4, 7)),
            (r"abc\ndef", (0, 4), (0, 3)),
            (r"abc\uxyz", (0, 6), (0, 6)),
            ("a\u{e9}b", (0, 2), (0, 3)),
            ("a\u{1f600}b", (2, 6), (1, 6)),
            ("a\u{1f600}b", (0, 3), (0, 5)),
        ] {
            assert_eq!(align(text.as_bytes(), cut.0, cut.1), aligned, "{text} {cut:?}");
        }
        // Invalid UTF-8 has no characters.
        assert_eq!(align(b"a\x80\x80\x80", 0, 2), (0, 2));
    }

    #[test]
    fn an_escape_is_a_boundary() {
        assert!(token_may_begin(br"\nghp", 2));
        assert!(token_may_begin(b"%3Dghp", 3));
        assert!(token_may_begin(br"\u003dghp", 6));
        assert!(!token_may_begin(b"nghp", 1));
    }
}
