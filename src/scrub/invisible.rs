//! Gaps: invisible bytes in a text. These are control sequences of terminals, zero-width characters, NUL and
//! similar control characters, and the backslash that Markdown puts before an underscore. They hide a token
//! from every pattern but from no reader, so the text is searched without them as well.

use aho_corasick::Span;
use aho_corasick::packed::{Config, MatchKind, Searcher};

use super::escape;
use super::runs::{BEYOND_ASCII, CONTROL, ESCAPED, Parts, Runs, UNSEEN, is_token};
use crate::lazy::Lazy;

/// The span of an invisible sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    pub start: usize,
    pub end: usize,
}

/// The gaps of `text`, in order; `runs` are its runs.
pub(crate) fn gaps(text: &[u8], runs: &Runs) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    if !runs.holds(CONTROL | ESCAPED | BEYOND_ASCII) {
        return gaps;
    }
    let mut candidates = Candidates::new(text, runs);
    // The end of what was read, and the last visible byte before it.
    let (mut read, mut last) = (0, None);
    let mut next = candidates.next(0);
    while let Some(at) = next {
        let before = if at > read { Some(text[at - 1]) } else { last };
        // Next to an emoji or a letter beyond ASCII a zero-width character hides no token.
        let beside = text[at].is_ascii() || before.is_none_or(|byte| byte.is_ascii());
        let length = if beside && !parts_words(&text[at..], before) { unseen(&text[at..]) } else { 0 };
        if length > 0 {
            // Deeper layers write an escape with more backslashes. One left over would change what follows.
            let more = if text[at] == b'\\' { escape::backslashes_before(text, read, at) } else { 0 };
            let start = at - more;
            last = if start > read { Some(text[start - 1]) } else { last };
            read = at + length;
            gaps.push(Gap { start, end: read });
        }
        next = candidates.next(at + length.max(1));
    }
    gaps
}

/// Whether a control character is not between two token characters. That is so for most in binary data, where
/// they hide no token.
fn parts_words(text: &[u8], before: Option<u8>) -> bool {
    const FEW: usize = 8;
    let is_control = |byte: &u8| *byte != 0 && is_control(u32::from(*byte));
    let behind = text.iter().take(FEW).find(|byte| !is_control(byte));
    let in_token = |byte: Option<&u8>| {
        byte.is_none_or(|byte| is_token(*byte) || !byte.is_ascii() || matches!(byte, 0 | 0x1b | b'\\'))
    };
    text.first().is_some_and(is_control) && !(in_token(before.as_ref()) && in_token(behind))
}

/// The beginnings of invisible sequences, raw or escaped. Searched bytes must be rare in ordinary text, so
/// characters of three bytes whose first two bytes are common are given whole.
static BEGINNINGS: Lazy<Option<Searcher>> = Lazy::new(|| {
    let beginnings: [&[u8]; 20] = [
        b"\x1b[",
        b"\x1b(",
        br"\033",
        br"\e[",
        b"\x1b]",
        b"^[[",
        b"\\u",
        br"\x1b",
        br"\_",
        b"\xc2\xad",
        b"\xcd\x8f",
        b"\xd8\x9c",
        b"\xe1\x85\x9f",
        b"\xe1\x85\xa0",
        b"\xe1\xa0\x8e",
        b"\xe2\x80",
        b"\xe2\x81",
        b"\xe3\x85\xa4",
        b"\xef\xb8",
        b"\xef\xbb\xbf",
    ];
    Config::new()
        .match_kind(MatchKind::LeftmostFirst)
        .builder()
        .extend(beginnings)
        .extend([b"\xf3\xa0"])
        .build()
});

/// The places where a gap may begin. Each search reads the text once.
struct Candidates<'t> {
    text: &'t [u8],
    /// The parts of the text that may contain beginnings, and those that may contain control characters.
    parts: [Parts; 2],
    /// The next beginning, and the next control character.
    next: [Option<usize>; 2],
}

impl<'t> Candidates<'t> {
    fn new(text: &'t [u8], runs: &Runs) -> Self {
        let parts = [runs.parts(CONTROL | ESCAPED | BEYOND_ASCII, 0), runs.parts(UNSEEN, 0)];
        let mut candidates = Self { text, parts, next: [None; 2] };
        candidates.next = [candidates.search(0, 0), candidates.search(1, 0)];
        candidates
    }

    fn search(&self, kind: usize, from: usize) -> Option<usize> {
        /// The longest beginning, in bytes.
        const LONGEST: usize = 4;
        self.parts[kind].search(from, |part| {
            if kind == 1 {
                let first = self.text[part.clone()].iter().position(|byte| is_control(u32::from(*byte)))?;
                return Some(part.start + first);
            }
            // A beginning at the end of the part continues after it.
            let end = self.text.len().min(part.end + LONGEST - 1);
            match BEGINNINGS.as_ref() {
                Some(searcher) if end >= part.start + searcher.minimum_len() => {
                    searcher.find_in(self.text, Span::from(part.start..end)).map(|found| found.start())
                }
                // The vector search is not available here, or the text is too short for it.
                _ => part.clone().find(|at| unseen(&self.text[*at..]) > 0),
            }
        })
    }

    /// The first place at or after `from`, which must not decrease.
    fn next(&mut self, from: usize) -> Option<usize> {
        for kind in 0..2 {
            if self.next[kind].is_some_and(|at| at < from) {
                self.next[kind] = self.search(kind, from);
            }
        }
        self.next.iter().flatten().min().copied()
    }
}

/// The length of the invisible sequence at the beginning of `text`, or zero.
fn unseen(text: &[u8]) -> usize {
    match text {
        [byte, ..] if is_control(u32::from(*byte)) => 1,
        [0x1b, rest @ ..] => sequence(rest).map_or(0, |length| 1 + length),
        [b'^', b'[', rest @ ..] => colour(rest).map_or(0, |length| 2 + length),
        [b'\\', rest @ ..] => written(rest).map_or(0, |length| 1 + length),
        _ => widthless(text).unwrap_or(0),
    }
}

/// The length of the character without width at the beginning of `text`.
pub(crate) fn widthless(text: &[u8]) -> Option<usize> {
    let length = match text.first()? {
        0..=0x7f => return None,
        ..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    let character = std::str::from_utf8(text.get(..length)?).ok()?.chars().next()?;
    has_no_width(character.into()).then_some(length)
}

/// Whether `code` is an invisible control character that does not separate words. Only those that the run
/// search can tell apart by the two nibbles of the byte are included.
fn is_control(code: u32) -> bool {
    matches!(code, 0..=8 | 0x0e..=0x18 | 0x1e | 0x1f)
}

/// Whether `code` is a direction mark, joiner, filler, variation selector or tag.
pub(crate) fn has_no_width(code: u32) -> bool {
    matches!(
        code,
        0xad | 0x34f
            | 0x61c
            | 0x115f..=0x1160
            | 0x180e
            | 0x200b..=0x200f
            | 0x202a..=0x202e
            | 0x2060..=0x206f
            | 0x3164
            | 0xfe00..=0xfe0f
            | 0xfeff
            | 0xe_0000..=0xe_0fff
    )
}

/// The length of an invisible sequence written as an escape, after its backslash: `u200b`, `u001b[31m`,
/// `x1b[0m`. Zero for the backslash alone before an underscore.
fn written(text: &[u8]) -> Option<usize> {
    let (digits, length) = match text {
        [b'_', ..] => return Some(0),
        [b'e', rest @ ..] => return Some(1 + colour(rest)?),
        [b'0', b'3', b'3', rest @ ..] => return Some(3 + control(rest)?),
        [b'u', digits @ ..] => (digits.get(..4)?, 5),
        [b'x', digits @ ..] => (digits.get(..2)?, 3),
        _ => return None,
    };
    let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    match code {
        0x1b => Some(length + control(&text[length..])?),
        code if is_control(code) => Some(length),
        code => has_no_width(code).then_some(length),
    }
}

/// The length of a sequence after its escape character: a control sequence, or a title or link up to its
/// terminator.
fn sequence(text: &[u8]) -> Option<usize> {
    const MAX: usize = 512;
    let Some(string) = text.strip_prefix(b"]") else { return control(text) };
    // A quote or a line break ends the enclosing string, so the sequence cannot go on after it.
    let end = string.iter().take(MAX).position(|byte| matches!(byte, 7 | 0x1b | b'"' | b'\n'))?;
    match &string[end..] {
        [7, ..] => Some(end + 2),
        [0x1b, b'\\', ..] => Some(end + 3),
        _ => None,
    }
}

/// The length of a control sequence, or of a character set selection, after its escape character.
fn control(text: &[u8]) -> Option<usize> {
    match text {
        [b'(' | b')', b'0' | b'A' | b'B', ..] => Some(2),
        _ => colour(text),
    }
}

/// The length of a control sequence after its escape character: `[`, parameters, a letter.
fn colour(text: &[u8]) -> Option<usize> {
    const MAX: usize = 32;
    let parameters = text.strip_prefix(b"[")?;
    // Quotes and backslashes, which the standard also allows, belong to the enclosing layer.
    let length = parameters.iter().take(MAX).take_while(|byte| matches!(byte, b'0'..=b'?')).count();
    parameters.get(length).is_some_and(u8::is_ascii_alphabetic).then_some(length + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::layer::View;
    use crate::scrub::runs;

    use proptest::prelude::*;

    fn seen(text: &[u8]) -> Option<View> {
        let gaps = gaps(text, &runs::find(text));
        (!gaps.is_empty()).then(|| View::without_gaps(text, 0..text.len(), &gaps))
    }

    const UNSEEN: [&str; 28] = [
        "",
        "\u{200b}",
        "\u{feff}",
        "\u{ad}",
        "\x1b[38;5;1m",
        r"\u200b",
        r"\\u001b[0m",
        "\0",
        "\x07",
        "\x1f",
        r"\u0000",
        r"\u0007",
        "\u{202e}",
        "\u{2066}",
        "\u{fe0f}",
        "\u{34f}",
        "\u{61c}",
        "\u{180e}",
        "\u{115f}",
        "\u{3164}",
        "\u{e0041}",
        "\x1b]0;a title\x07",
        "^[[31m",
        "\x1b(B",
        r"\u001b(B",
        r"\033[0m",
        r"\e[1;31m",
        r"\\033[0m",
    ];

    proptest! {
        #[test]
        fn what_is_seen_stays_and_leads_back(pieces in prop::collection::vec((r"[a-z]{1,6}", 0..UNSEEN.len()), 1..12)) {
            let text: String = pieces.iter().flat_map(|(word, kind)| [word.as_str(), UNSEEN[*kind]]).collect();
            let words: String = pieces.iter().map(|(word, _)| word.as_str()).collect();
            match seen(text.as_bytes()) {
                None => prop_assert_eq!(text, words),
                Some(seen) => {
                    prop_assert_eq!(seen.text.as_slice(), words.as_bytes());
                    for at in 0..words.len() {
                        let (start, end) = seen.origin(at, at + 1);
                        prop_assert_eq!(&text[start..end], &words[at..=at]);
                    }
                }
            }
        }
    }

    #[test]
    fn the_backslash_of_markdown_is_not_seen() {
        let read = seen(br"ghp\_a and ghp\\_b").expect("something is not seen");
        assert_eq!(read.text, b"ghp_a and ghp_b");
        assert_eq!(read.origin(0, 5), (0, 6));
    }

    #[test]
    fn other_escapes_and_characters_are_seen() {
        for text in [
            r"\u00e9\x41\n",
            "é…€",
            "\x1bX",
            "[31m",
            "\x1b[0\"m",
            "^[x",
            "a \u{26a0}\u{fe0f} b",
            "\x1b]0;a\"",
        ] {
            assert!(seen(text.as_bytes()).is_none(), "{text}");
        }
    }
}
