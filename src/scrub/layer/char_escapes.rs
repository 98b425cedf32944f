//! Views with character escapes decoded: percent-encoding, entities of XML and HTML, `\u` and `\x` escapes.

use std::ops::Range;

use aho_corasick::Span;
use aho_corasick::packed::{Config, MatchKind, Searcher};
use memchr::memmem;

use super::View;
use crate::scrub::entity;
use crate::scrub::escape::{self, Quote};
use crate::scrub::lazy::Lazy;
use crate::scrub::open_strings::Nesting;
use crate::scrub::runs::{ESCAPED, Parts, REFERENCE, Runs};

/// How much of the text around an escape its view includes, in bytes: a name before it, a value after it.
const BEFORE: usize = 256;
const AFTER: usize = 256;
/// How much further a word is followed to its end, in bytes.
const WORD: usize = 4 << 10;
/// The longest stretch, and how much of it the next one repeats, in bytes.
const LONGEST: usize = 64 << 10;
const OVERLAP: usize = 8 << 10;
/// The depth to which nested strings are followed.
const MAX_LAYERS: u32 = 4;

/// The number of separate searches for escapes.
const KINDS: usize = 4;

/// An escape and the character that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Escape {
    start: usize,
    end: usize,
    byte: u8,
}

/// Calls `look` with every stretch of `text` that holds an escape, decoded by one layer, and with the strings
/// open at its beginning. `open` are the strings open at the beginning of `text`, and `runs` its runs.
pub(crate) fn each(text: &[u8], runs: &Runs, open: &[Quote], mut look: impl FnMut(&View, &[Quote])) {
    if !runs.holds(REFERENCE | ESCAPED) {
        return;
    }
    let mut escapes = Escapes::new(text, runs);
    let mut nesting = Nesting::from(0, open);
    let mut decoded = Vec::new();
    let mut next = escapes.next(0);
    let mut behind = 0;
    while let Some(first) = next {
        let mut view = View::new(begin(text, first.start, behind));
        let open = nesting.open_at(text, view.start).to_vec();
        let mut last = first;
        let mut escape = Some(first);
        while let Some(one) = escape
            && is_near(text, last.end, one.start)
            && one.end - view.start < LONGEST
        {
            put(one.byte, nesting.open_at(text, one.start), &mut decoded);
            view.replace(text, one.start, one.end, &decoded);
            last = one;
            next = escapes.next(last.end);
            escape = next;
        }
        let goes_on = next.is_some_and(|escape| is_near(text, last.end, escape.start));
        let end = if goes_on { last.end } else { word_end(text, text.len().min(last.end + AFTER)) };
        view.copy(text, end);
        look(&view, &open);
        behind = last.end;
        if goes_on && last.end - view.start > 2 * OVERLAP {
            // A value that began in this stretch is read in the next one together with its name.
            behind = last.end - OVERLAP;
            escapes.back_to(behind);
            next = escapes.next(behind);
        }
    }
}

/// Writes the character as the enclosing strings would write it, so that a decoded quote closes none of them.
fn put(byte: u8, open: &[Quote], decoded: &mut Vec<u8>) {
    let layers = open.iter().filter(|quote| quote.byte == b'"').map(|quote| quote.layer + 1).max();
    let layers = layers.unwrap_or(0).min(MAX_LAYERS);
    let (backslashes, byte) = match byte {
        b'"' => ((1 << layers) - 1, b'"'),
        b'\\' => ((1 << layers) - 1, b'\\'),
        b'\n' if layers > 0 => (1 << (layers - 1), b'n'),
        b'\r' if layers > 0 => (1 << (layers - 1), b'r'),
        _ => (0, byte),
    };
    decoded.clear();
    decoded.resize(backslashes, b'\\');
    decoded.push(byte);
}

/// The beginning of the stretch around an escape at `at`: before a word, at most [`BEFORE`] bytes back.
fn begin(text: &[u8], at: usize, behind: usize) -> usize {
    let from = at.saturating_sub(BEFORE).max(behind);
    // The name may be on the line above.
    let first = memchr::memchr2(b'\n', b'\r', &text[from..at]).filter(|_| from > 0);
    let line = first.map_or(from, |line| from + line + 1);
    if line == 0 || line > from {
        return line;
    }
    // Inside a word nothing may seem to begin, nor a string at a quote whose backslashes are out of sight.
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-%\\\"'".contains(byte);
    from + text[from..at].iter().take_while(|byte| word(byte)).count()
}

/// Whether the escape at `next` is in the same stretch as the one that ends at `end`: it is near, or in the
/// same word. The parts of a token may be long (`eyJ...\u002eeyJ...`).
fn is_near(text: &[u8], end: usize, next: usize) -> bool {
    next <= end + AFTER || next <= end + AFTER + WORD && next <= word_end(text, end + AFTER)
}

/// The end of the word around `at`.
fn word_end(text: &[u8], at: usize) -> usize {
    let rest = &text[at..text.len().min(at + WORD)];
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`');
    at + rest.iter().position(ends).unwrap_or(rest.len())
}

static UNICODE: Lazy<memmem::Finder<'static>> = Lazy::new(|| memmem::Finder::new(br"\u00"));
/// The rarer escapes: `\U00000067` and `\u{67}` of some languages; `\147`, where letters begin with a one,
/// digits and punctuation with a zero; `\/`, which JSON allows.
static RARER: Lazy<Option<Searcher>> = Lazy::new(|| {
    let beginnings = [br"\U0".as_slice(), br"\u{", br"\1", br"\0", br"\/"];
    Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(beginnings).build()
});
static BYTE: Lazy<memmem::Finder<'static>> = Lazy::new(|| memmem::Finder::new(br"\x"));

/// The escapes of a text, in order. Each kind is searched for once.
struct Escapes<'t> {
    text: &'t [u8],
    /// The parts of the text that may hold the first bytes of each kind.
    references: Parts,
    backslashes: Parts,
    next: [Option<Escape>; KINDS],
}

impl<'t> Escapes<'t> {
    fn new(text: &'t [u8], runs: &Runs) -> Self {
        let (references, backslashes) = (runs.parts(REFERENCE, 0), runs.parts(ESCAPED, 0));
        let mut escapes = Self { text, references, backslashes, next: [None; KINDS] };
        escapes.back_to(0);
        escapes
    }

    fn back_to(&mut self, from: usize) {
        self.next = [None; KINDS];
        for kind in 0..KINDS {
            self.next[kind] = self.search(kind, from);
        }
    }

    /// The first escape at or after `from`, which must not decrease.
    fn next(&mut self, from: usize) -> Option<Escape> {
        for kind in 0..KINDS {
            if self.next[kind].is_some_and(|escape| escape.start < from) {
                self.next[kind] = self.search(kind, from);
            }
        }
        self.next.iter().flatten().min_by_key(|escape| escape.start).copied()
    }

    /// The first escape of a kind at or after `from`.
    fn search(&self, kind: usize, from: usize) -> Option<Escape> {
        match kind {
            0 if !self.references.is_empty() => self.reference(from),
            1 => self.backslashed(from, &UNICODE, |text| hex_at(text, 4)),
            2 => self.backslashed(from, &BYTE, |text| hex_at(text, 2)),
            3 => self.rarer(from),
            _ => None,
        }
    }

    /// Finds `%41`, `&quot;`, `&#34;`, and `+` for a space beside percent-encoding.
    fn reference(&self, from: usize) -> Option<Escape> {
        let rest = self.text.get(from..)?;
        if rest.first() == Some(&b'+') && from >= 3 && parts_words(&self.text[from - 3..from]) {
            let blanks = rest.iter().take_while(|byte| **byte == b'+').count();
            return Some(Escape { start: from, end: from + blanks, byte: b' ' });
        }
        self.references.search(from, |part| {
            let signs = memchr::memchr2_iter(b'%', b'&', &self.text[part.clone()]);
            signs.map(|sign| part.start + sign).find_map(|at| {
                let (byte, length) = reference(&self.text[at..])?;
                let blanks = self.text[from..at].iter().rev().take_while(|byte| **byte == b'+').count();
                Some(if blanks > 0 && parts_words(&self.text[at..at + length]) {
                    Escape { start: at - blanks, end: at, byte: b' ' }
                } else {
                    Escape { start: at, end: at + length, byte }
                })
            })
        })
    }

    /// Finds `\147` and the others of [`RARER`].
    fn rarer(&self, from: usize) -> Option<Escape> {
        self.backslashes.search(from, |part| {
            let mut at = part.start;
            loop {
                let rest = Span::from(at..self.behind(&part));
                at = match RARER.as_ref().filter(|searcher| rest.len() >= searcher.minimum_len()) {
                    Some(searcher) => searcher.find_in(self.text, rest)?.start(),
                    // The vector search is not available here, or the text is too short for it.
                    None => at + memchr::memchr(b'\\', self.text.get(rest.range())?)?,
                };
                if let Some(escape) = self.escape(from, at, rarer(&self.text[at..])) {
                    return Some(escape);
                }
                at += 1;
            }
        })
    }

    /// Finds `\u0041` or `\x41`, with the extra backslashes of deeper layers. `read` returns the character
    /// written after the backslash of the mark, and the length of the escape.
    fn backslashed(
        &self,
        from: usize,
        mark: &memmem::Finder<'_>,
        read: impl Fn(&[u8]) -> Option<(u8, usize)>,
    ) -> Option<Escape> {
        self.backslashes.search(from, |part| {
            let marks = mark.find_iter(&self.text[part.start..self.behind(&part)]);
            marks.map(|found| part.start + found).find_map(|at| self.escape(from, at, read(&self.text[at..])))
        })
    }

    /// The end of a search for marks that begin in `part`; the longest mark (`\u00`) has four bytes.
    fn behind(&self, part: &Range<usize>) -> usize {
        const LONGEST: usize = 4;
        self.text.len().min(part.end + LONGEST - 1)
    }

    /// The escape at `at`, with the backslashes before its own from `from` on, if its character is to be
    /// decoded.
    fn escape(&self, from: usize, at: usize, read: Option<(u8, usize)>) -> Option<Escape> {
        let (byte, length) = read.filter(|(byte, _)| is_told(*byte))?;
        let start = at - escape::backslashes_before(self.text, from, at);
        Some(Escape { start, end: at + length, byte })
    }
}

/// Parses an escape of the rarer kinds at the beginning of `text`. Returns its character and its length.
fn rarer(text: &[u8]) -> Option<(u8, usize)> {
    match text.get(1)? {
        b'U' if text.starts_with(br"\U000000") => hex_at(text, 8),
        b'u' => braced(text),
        b'0' | b'1' => octal(text),
        b'/' => Some((b'/', 2)),
        _ => None,
    }
}

/// Whether `escape` is percent-encoding of a character that occurs in no token. Beside it a plus sign is a
/// space, as forms write it.
fn parts_words(escape: &[u8]) -> bool {
    let byte = escape.first().filter(|sign| **sign == b'%').and_then(|_| reference(escape));
    byte.is_some_and(|(byte, _)| !byte.is_ascii_alphanumeric() && !b"+/=-_.~".contains(&byte))
}

/// Parses the two hexadecimal digits at offset `before` of an escape. Returns its character and its length.
fn hex_at(text: &[u8], before: usize) -> Option<(u8, usize)> {
    Some((text.get(before..before + 2).and_then(hex)?, before + 2))
}

/// Parses `\u{67}`.
fn braced(text: &[u8]) -> Option<(u8, usize)> {
    let digits = text.strip_prefix(br"\u{")?;
    let digits = &digits[..digits.len().min(7)];
    let digits = &digits[..memchr::memchr(b'}', digits)?];
    let number = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((number, 3 + digits.len() + 1))
}

/// Parses `\147`.
fn octal(text: &[u8]) -> Option<(u8, usize)> {
    let digits = text.get(1..4).filter(|digits| digits.iter().all(|digit| matches!(digit, b'0'..=b'7')))?;
    let number = digits.iter().fold(0, |number, digit| number << 3 | u16::from(digit - b'0'));
    Some((u8::try_from(number).ok()?, 4))
}

/// Parses percent-encoding or a reference at the beginning of `text`. Returns its character and its length.
fn reference(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'%', rest @ ..] => {
            // The escape character is decoded too: it begins a terminal colour.
            let byte = rest.get(..2).and_then(hex).filter(|byte| is_told(*byte) || *byte == 0x1b);
            byte.map(|byte| (byte, 3))
        }
        [b'&', b'#', rest @ ..] => {
            let digits = &rest[..memchr::memchr(b';', &rest[..rest.len().min(8)])?];
            let (digits, radix) = match digits {
                [b'x' | b'X', digits @ ..] => (digits, 16),
                digits => (digits, 10),
            };
            let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
            let number = u8::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok();
            let byte = number.filter(|byte| is_number && is_told(*byte))?;
            let whole = digits.len() + usize::from(radix == 16) + 3;
            Some((byte, whole))
        }
        [b'&', rest @ ..] => {
            let (byte, length) = entity::named(rest)?;
            Some((byte, length + 1))
        }
        _ => None,
    }
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(digits[0])? << 4 | digit(digits[1])?).ok()
}

/// Whether `byte` is decoded: characters of tokens, of names and of what separates them. All others separate
/// words in any spelling.
fn is_told(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::runs;
    use proptest::prelude::*;

    fn views(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        each(text.as_bytes(), &runs::find(text.as_bytes()), &[], |view, _| {
            all.push(String::from_utf8_lossy(&view.text).into_owned());
        });
        all
    }

    fn spelled(character: char, kind: u8) -> String {
        let code = character as u32;
        match kind {
            0 => format!("%{code:02X}"),
            1 => format!("&#{code};"),
            2 => format!("&#x{code:x};"),
            3 => format!(r"\u{code:04x}"),
            4 => format!(r"\\\u{code:04x}"),
            5 => format!(r"\x{code:02x}"),
            6 => format!(r"\{code:03o}"),
            7 => format!(r"\u{{{code:x}}}"),
            8 => format!(r"\U{code:08x}"),
            _ => character.to_string(),
        }
    }

    proptest! {
        #[test]
        fn a_view_reads_as_the_text_was_and_leads_back(
            characters in prop::collection::vec(("[a-zA-Z0-9=:/]", 0u8..16), 1..60),
        ) {
            let spellings: Vec<String> = characters
                .iter()
                .map(|(character, kind)| spelled(character.chars().next().expect("one character"), *kind))
                .collect();
            let plain: String = characters.iter().map(|(character, _)| character.as_str()).collect();
            let text = spellings.concat();
            let mut seen = 0;
            each(text.as_bytes(), &runs::find(text.as_bytes()), &[], |view, _| {
                seen += 1;
                assert_eq!(String::from_utf8_lossy(&view.text), plain);
                let mut at = 0;
                for (index, spelling) in spellings.iter().enumerate() {
                    assert_eq!(view.origin(index, index + 1), (at, at + spelling.len()));
                    at += spelling.len();
                }
                assert_eq!(view.origin(0, plain.len()), (0, text.len()));
            });
            prop_assert_eq!(seen, usize::from(text != plain));
        }

        #[test]
        fn any_bytes_are_read_to_their_end(text in prop::collection::vec(prop_oneof![
            Just(b'%'), Just(b'&'), Just(b'\\'), Just(b'u'), Just(b'0'), Just(b'4'), Just(b';'), Just(b'#'), any::<u8>()
        ], 0..400)) {
            each(&text, &runs::find(&text), &[], |view, _| {
                for at in 0..view.text.len() {
                    let (start, end) = view.origin(at, at + 1);
                    assert!(start < end && end <= text.len());
                }
            });
        }
    }

    #[test]
    fn only_stretches_around_escapes_are_looked_at() {
        assert!(views("100% of it & more \\u00e9 %zz &amp \\u12").is_empty());
        let prose = "word ".repeat(1000);
        let all = views(&format!("{prose}a%3Db {prose}c&quot;d {prose}"));
        assert_eq!(all.len(), 2);
        assert!(all[0].contains("a=b") && all[1].contains("c\"d") && all[0].len() < 600);
    }

    #[test]
    fn a_plus_sign_beside_what_parts_words_is_a_blank() {
        assert_eq!(views("a=%7B%22b%22%3A+%22c%22%0A++%22d+e%22+%3A1%7D"), ["a={\"b\": \"c\"\n \"d+e\" :1}"]);
        assert_eq!(views("a=b%2F+c%3D+d%2Be"), ["a=b/+c=+d+e"]);
    }

    #[test]
    fn a_name_in_a_line_above_is_looked_at_too() {
        assert_eq!(views("<pre>- name: A\n  value: &quot;b&quot;"), ["<pre>- name: A\n  value: \"b\""]);
    }

    #[test]
    fn the_long_parts_of_a_token_are_looked_at_as_one() {
        let part = "x".repeat(AFTER + 1_000);
        let all = views(&format!(r"head\u002e{part}\u002e{part} {part}\u002e"));
        assert_eq!(all.len(), 2, "the words are two");
        assert!(all[0] == format!("head.{part}.{part}"));
    }

    #[test]
    fn what_was_spelled_out_closes_no_string_around_it() {
        assert_eq!(views(r#"{"a": "%22b%22%0A%5C"}"#), [r#"{"a": "\"b\"\n\\"}"#]);
        assert_eq!(views(r#""{\"a\": \"%22\"}""#), [r#""{\"a\": \"\\\"\"}""#]);
        assert_eq!(views("'%22b%22%0A'"), ["'\"b\"\n'"]);
    }

    #[test]
    fn a_long_run_is_looked_at_in_stretches_that_overlap() {
        let all = views(&"%41".repeat(100_000));
        assert!(all.len() < 8 && all.iter().all(|view| view.len() <= LONGEST));
        assert!(all.iter().map(String::len).sum::<usize>() >= 100_000);
    }
}
