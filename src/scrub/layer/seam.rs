//! Seams: what may occur inside a token without being part of it. These are the joints of concatenated
//! strings, the quotes of a shell, tags and entities without width, soft line breaks of mail, and a backslash
//! before punctuation.

use super::super::entity as html;
use super::super::escape::{self, Quote};
use super::super::invisible::has_no_width;
use super::super::line_continuation;
use super::cut_prefix;

mod touch;

pub(super) use touch::may_touch;

/// The most spaces and tabs in a row.
const BLANKS: usize = 64;
/// The longest tag or comment, in bytes, and the most of them in a row.
const TAG: usize = 256;
const TAGS: usize = 8;
/// The longest entity, in bytes.
const ENTITY: usize = 20;
/// How far back the string before a quote is searched for, in bytes.
const BETWEEN: usize = 96;
/// The most earlier quotes that are tried.
const QUOTES: usize = 4;
/// The most line breaks between two strings.
const BREAKS: usize = 2;

/// Characters of the prefix of a string literal, as in `rb"` and `@"`.
const KINDS: &[u8] = b"fFrRbBuUcL@$";

/// Inline tags, which do not separate words.
const INLINE: [&[u8]; 30] = [
    b"a", b"abbr", b"b", b"bdi", b"bdo", b"big", b"cite", b"code", b"data", b"del", b"dfn", b"em", b"font",
    b"i", b"ins", b"kbd", b"label", b"mark", b"nobr", b"q", b"s", b"samp", b"small", b"span", b"strong",
    b"sub", b"sup", b"tt", b"u", b"wbr",
];
/// The names of entities without width.
const UNSEEN: [&[u8]; 7] =
    [b"&shy;", b"&zwj;", b"&zwnj;", b"&lrm;", b"&rlm;", b"&NoBreak;", b"&ZeroWidthSpace;"];

/// A span inside a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seam {
    pub start: usize,
    pub end: usize,
    /// Whether the text after the seam surely continues the text before it, by the syntax the seam is written
    /// in. If not, it may be a word of its own.
    pub sure: bool,
}

/// The seam that begins at `at`.
pub(super) fn at(text: &[u8], at: usize) -> Option<Seam> {
    let (end, sure) = match text.get(at)? {
        b'"' | b'\'' | b'`' => literals(text, at)?,
        b'\\' => literals(text, at).or_else(|| escaped(text, at))?,
        b'<' => tags(text, at)?,
        b'&' => (at + entity(&text[at..])?, true),
        b'=' => (at + soft_break(text, at)?, true),
        _ => return None,
    };
    Some(Seam { start: at, end, sure })
}

/// The seam that ends at `end` and begins at `floor` or later.
pub(super) fn before(text: &[u8], end: usize, floor: usize) -> Option<Seam> {
    let last = end.checked_sub(1).filter(|last| *last >= floor)?;
    let ends_here = |start: usize| at(text, start).filter(|seam| seam.end == end && start >= floor);
    match text[last] {
        b'"' | b'\'' | b'`' => before_quote(text, last, floor).find_map(ends_here),
        b'>' => {
            let floor = floor.max(end.saturating_sub(TAG));
            let mut start = end;
            let mut found = None;
            for _ in 0..TAGS {
                start = floor + memchr::memrchr(b'<', &text[floor..start])?;
                found = ends_here(start).or(found);
                if start == floor || text[start - 1] != b'>' {
                    break;
                }
            }
            found
        }
        b';' => {
            let floor = floor.max(end.saturating_sub(ENTITY));
            ends_here(floor + memchr::memrchr(b'&', &text[floor..last])?)
        }
        b'\\' => ends_here(last - escape::backslashes_before(text, floor, last)),
        b'\n' | b'\r' | b'n' | b'r' => {
            let begin = cut_prefix::break_before(text, end).filter(|begin| *begin > floor)?;
            match text[begin - 1] {
                b'=' => ends_here(begin - 1),
                b'>' => {
                    let floor = floor.max(begin.saturating_sub(TAG));
                    ends_here(floor + memchr::memrchr(b'<', &text[floor..begin])?)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a seam may begin at `at`: a cheap test that may be wrong only when it returns `true`.
#[inline]
pub(super) fn may_begin(text: &[u8], at: usize) -> bool {
    let next = text.get(at + 1).copied().unwrap_or_default();
    match text.get(at) {
        Some(b'"' | b'\'' | b'`') => may_join(text, at + 1),
        Some(b'\\') => {
            let end = at + escape::backslashes_at(text, at);
            text.get(end)
                .is_some_and(|byte| is_sign(*byte) || escape::is_quote(*byte) && may_join(text, end + 1))
        }
        Some(b'<') => next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'\\'),
        Some(b'&') => next.is_ascii_alphabetic() || next == b'#',
        Some(b'\n' | b'\r') => at > 0 && text[at - 1] == b'=',
        _ => false,
    }
}

/// Whether what follows a quote may join another string to it: a cheap test that may be wrong only when it
/// returns `true`.
fn may_join(text: &[u8], after: usize) -> bool {
    if text.get(after).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)) {
        return true;
    }
    let at = after + blank(text, after);
    let may = |at: usize| match text.get(at) {
        Some(b'"' | b'\'' | b'`' | b'+' | b'.' | b'&' | b'~' | b'^' | b'|' | b'<' | b'_') => true,
        Some(byte) if KINDS.contains(byte) => {
            text[at + 1..].iter().take(2).any(|byte| escape::is_quote(*byte) || *byte == b'\\')
        }
        _ => false,
    };
    match text.get(at) {
        Some(b'\\' | b'\n' | b'\r') => match cut_prefix::line(text, at) {
            Some(next) => may(next) || matches!(text.get(next), Some(b'\\' | b'\n' | b'\r' | b'-')),
            None => true,
        },
        _ => may(at),
    }
}

/// Whether a seam may end at `end`: a cheap test that may be wrong only when it returns `true`.
#[inline]
pub(super) fn may_end(text: &[u8], end: usize) -> bool {
    let Some(last) = end.checked_sub(1) else { return false };
    match text[last] {
        b'"' | b'\'' | b'`' => {
            let no_blank = |byte: &u8| !matches!(byte, b' ' | b'\\');
            let front = &text[last.saturating_sub(BLANKS)..last];
            front.iter().rev().copied().find(no_blank).is_some_and(|byte| !b",:{[(=}]);?!".contains(&byte))
        }
        // The end of an arrow (`->`, `=>`) is no seam, but that of a comment (`-->`) may be one.
        b'>' => {
            !matches!(text[..last], [.., b'=' | b' '])
                && (text[..last].ends_with(b"--") || !text[..last].ends_with(b"-"))
        }
        b';' => last > 0 && text[last - 1].is_ascii_alphanumeric(),
        b'\\' => text.get(end).is_some_and(|byte| is_sign(*byte)),
        b'\n' | b'\r' => last > 0 && matches!(text[last - 1], b'=' | b'>' | b'\r'),
        b'n' | b'r' => {
            last > 1 && text[last - 1] == b'\\' && matches!(text[last - 2], b'=' | b'>' | b'r' | b'\\')
        }
        _ => false,
    }
}

/// Whether a backslash before `byte` may be without meaning.
fn is_sign(byte: u8) -> bool {
    b"-_.=+*~/:#!@%&^".contains(&byte)
}

/// The places where a seam may begin that ends with the quote at `last`: at that quote, or at an earlier one
/// with nothing but string concatenation between them.
fn before_quote(text: &[u8], last: usize, floor: usize) -> impl Iterator<Item = usize> + '_ {
    let lowest = floor.max(last.saturating_sub(BETWEEN));
    // The backslashes that escape a quote belong to it.
    let begin = move |at: usize| {
        let backslashes = escape::backslashes_before(text, lowest, at);
        at - backslashes.min((1 << escape::layer(backslashes)) - 1)
    };
    let mut at = last;
    let others = std::iter::from_fn(move || {
        while at > lowest {
            at -= 1;
            let byte = text[at];
            if escape::is_quote(byte) {
                return Some(begin(at));
            }
            if !(byte.is_ascii_whitespace() || b"+.&~|<>^_\\fFrRbBuUcLnt@$".contains(&byte)) {
                // Skips the prefix of a line.
                at = lowest + memchr::memrchr(b'\n', &text[lowest..at])?;
            }
        }
        None
    });
    std::iter::once(begin(last)).chain(others.take(QUOTES))
}

/// Matches from the closing quote of a string to the opening quote of the next, or a quote inside a word.
fn literals(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let (quote, after) = escape::quote_at(text, at)?;
    next_literal(text, after, quote, false, 0).or_else(|| is_inside(text, at, after).then_some((after, true)))
}

/// Whether a quote is inside a word and does not open a string with a literal prefix.
fn is_inside(text: &[u8], at: usize, after: usize) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    let kind = text[..at].iter().rev().take(3).take_while(|byte| KINDS.contains(byte)).count();
    let front = text[..at - kind].last();
    text.get(after).is_some_and(is_word)
        && at > 0
        && is_word(&text[at - 1])
        && (kind == 0 || kind > 2 || front.is_some_and(is_word))
}

/// Finds the string that is joined to one closed before `from`. Returns where its content begins, and whether
/// the two are surely joined.
fn next_literal(
    text: &[u8],
    from: usize,
    quote: Quote,
    operator: bool,
    breaks: usize,
) -> Option<(usize, bool)> {
    let mut at = from + blank(text, from);
    let mut joined = operator;
    if !joined && let Some(length) = operator_at(&text[at..]) {
        joined = true;
        at += length + blank(text, at + length);
    }
    let letters = text[at..].iter().take(2).take_while(|byte| KINDS.contains(byte)).count();
    if let Some((other, end)) = escape::quote_at(text, at + letters)
        && is_of_one(quote, other)
        // A dash at the beginning of a line begins an item in YAML.
        && !(breaks > 0 && !joined && text[..at].ends_with(b"- "))
    {
        return Some((end, joined || breaks == 0 && at == from));
    }
    if breaks == BREAKS {
        return None;
    }
    // In Visual Basic an underscore continues the line.
    let at = if text[at..].starts_with(b"_") { at + 1 } else { at };
    let ends = line_continuation::continuations(&text[at..]);
    ends.into_iter().find_map(|length| next_literal(text, at + length, quote, joined, breaks + 1))
}

/// Whether both quotes are of the same program text. Inside JSON one of the two kinds of a shell's quotes is
/// escaped.
fn is_of_one(one: Quote, other: Quote) -> bool {
    let plain = |quote: Quote| quote.byte != b'"' && quote.layer == 0;
    one.layer == other.layer || one.byte != other.byte && (plain(one) || plain(other))
}

fn blank(text: &[u8], at: usize) -> usize {
    text[at..].iter().take(BLANKS).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// The length of a concatenation operator.
fn operator_at(text: &[u8]) -> Option<usize> {
    match text {
        [b'|', b'|', ..] | [b'.', b'.', ..] | [b'<', b'>' | b'<', ..] | [b'+', b'+', ..] => Some(2),
        [b'+' | b'.' | b'&' | b'~' | b'^', ..] => Some(1),
        _ => None,
    }
}

/// Matches the backslashes before punctuation, which Markdown or a shell would drop, or which JSON may write.
fn escaped(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let end = at + escape::backslashes_at(text, at);
    text.get(end).filter(|byte| is_sign(**byte)).map(|_| (end, true))
}

/// Matches consecutive tags.
fn tags(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let (mut end, mut sure) = tag(text, at)?;
    for _ in 1..TAGS {
        let Some((next, also)) = tag(text, end) else { break };
        (end, sure) = (next, sure && also);
    }
    if !sure {
        // A line break in the markup follows the one on the page.
        end += escape::line_break(text, end);
    }
    Some((end, sure))
}

fn tag(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let rest = &text[at..text.len().min(at + TAG)];
    if rest.starts_with(b"<!--") {
        return Some((at + memchr::memmem::find(rest, b"-->")? + 3, true));
    }
    let inner = rest.strip_prefix(b"<")?;
    let slash = inner.iter().take(3).take_while(|byte| matches!(byte, b'/' | b'\\')).count();
    let name = &inner[slash..];
    let name = &name[..name.iter().take(8).take_while(|byte| byte.is_ascii_alphabetic()).count()];
    let is = |tag: &&[u8]| tag.eq_ignore_ascii_case(name);
    let breaks = is(&b"br".as_slice());
    if !breaks && !INLINE.iter().any(is) {
        return None;
    }
    let attributes = &inner[slash + name.len()..];
    let length = memchr::memchr2(b'>', b'<', attributes).filter(|length| attributes[*length] == b'>')?;
    let apart = attributes.first().is_some_and(|byte| matches!(byte, b'>' | b' ' | b'/' | b'\t' | b'\n'));
    apart.then_some((at + 1 + slash + name.len() + length + 1, !breaks))
}

/// The length of the entity of a character without width, by name or number, at the beginning of `text`.
fn entity(text: &[u8]) -> Option<usize> {
    if let Some((code, length)) = html::number(text) {
        return has_no_width(code).then_some(length);
    }
    let is = |name: &&&[u8]| text.get(..name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name));
    UNSEEN.iter().find(is).map(|name| name.len())
}

/// Matches `=` and a line break, as quoted-printable breaks a line inside a word.
fn soft_break(text: &[u8], at: usize) -> Option<usize> {
    let length = escape::line_break(text, at + 1);
    (length > 0).then_some(1 + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SURE: [&str; 36] = [
        r#"" + ""#,
        r#""+""#,
        "' . '",
        "' .. '",
        "\" & \"",
        "' || '",
        "\"\n      + \"",
        "' +\n      '",
        "\" \\\n  + \"",
        "\"\n+    + \"",
        r#"" + f""#,
        "'\"",
        "''",
        "\"\"",
        "\"",
        r#"\""#,
        r#"\" + \""#,
        r#"\"\n    + \""#,
        "\" & _\n \"",
        r#"'\""#,
        r#"\"'"#,
        "<wbr>",
        "<WBR />",
        "</span><span class=\"mi\">",
        "<b>",
        r"<\/span>",
        "<!-- x -->",
        "&shy;",
        "&#x200B;",
        "&zwnj;",
        "=\n",
        "=\r\n",
        r"=\n",
        r"=\r\n",
        "\\",
        r"\\",
    ];
    const UNSURE: [&str; 8] = [
        r#"" ""#,
        "\"\n    \"",
        r#"\"\n    \""#,
        "\"\n    f\"",
        "\" \\\n    \"",
        "\"\n  13\t    \"",
        "<br>",
        "<br/>\r\n",
    ];

    /// A text with a seam between two words, and the span of the seam.
    fn seamed(seam: &str) -> (String, usize, usize) {
        let text = format!("ab12{seam}-cd34");
        (text, 4, 4 + seam.len())
    }

    #[test]
    fn a_seam_is_told_from_both_sides() {
        for (seams, sure) in [(SURE.as_slice(), true), (UNSURE.as_slice(), false)] {
            for seam in seams {
                let (text, start, end) = seamed(seam);
                let text = text.as_bytes();
                let wanted = Some(Seam { start, end, sure });
                assert_eq!(at(text, start), wanted, "{seam:?}");
                assert!(may_begin(text, start) || seam.starts_with('='), "{seam:?}");
                // Line prefixes are recognised in forward direction only.
                if !seam.contains("13") {
                    assert!(may_end(text, end), "{seam:?} from behind");
                    assert_eq!(before(text, end, 0), wanted, "{seam:?} from behind");
                }
            }
        }
    }

    #[test]
    fn what_parts_words_is_none() {
        for seam in [
            r#"", ""#,
            r#"": ""#,
            r#"" = ""#,
            "\"\n- \"",
            "\"\n\n\n\n\"",
            "\" + x + \"",
            "<td>",
            "</p><p>",
            "<br",
            "&amp;",
            "&",
            "\n",
            "= ",
            r"\n",
            " ",
            "\" + \\\"",
            "<spans>",
        ] {
            let (text, start, end) = seamed(seam);
            assert_eq!(at(text.as_bytes(), start).filter(|seam| seam.end == end), None, "{seam:?}");
            assert_eq!(before(text.as_bytes(), end, 0), None, "{seam:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in prop::collection::vec(prop_oneof![
            Just(b'"'), Just(b'\''), Just(b'\\'), Just(b'\n'), Just(b' '), Just(b'<'), Just(b'>'), Just(b'&'), Just(b';'), Just(b'='),
            Just(b'+'), Just(b'b'), Just(b'n'), any::<u8>()
        ], 0..99), floor in 0usize..50) {
            for place in 0..text.len() {
                if let Some(seam) = at(&text, place) {
                    prop_assert!(seam.start == place && place < seam.end && seam.end <= text.len());
                }
                if let Some(seam) = before(&text, place + 1, floor) {
                    prop_assert!(floor <= seam.start && seam.end == place + 1);
                    prop_assert_eq!(at(&text, seam.start), Some(seam));
                }
            }
        }
    }
}
