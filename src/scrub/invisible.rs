//! What stands in a text and is not seen: colour codes of terminals and characters without width. They
//! hide a token from every pattern and from no reader, so the text is searched without them as well.

use std::sync::LazyLock;

use memchr::memmem;

use super::escape;

/// A text without what is not seen, and the way back.
pub(crate) struct Visible {
    pub text: Vec<u8>,
    /// Where something was left out: the offset in `text`, and how much was left out up to there.
    gaps: Vec<(usize, usize)>,
}

impl Visible {
    /// The span of the whole text that `start..end` of the visible text stands for, with what is not
    /// seen inside it but not around it.
    pub(crate) fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        (start + self.left_out(start), end - 1 + self.left_out(end - 1) + 1)
    }

    /// How much was left out in front of the byte at `at`.
    fn left_out(&self, at: usize) -> usize {
        let before = self.gaps.partition_point(|&(place, _)| place <= at);
        before.checked_sub(1).map_or(0, |index| self.gaps[index].1)
    }
}

/// `text` as it is seen; `None` where all of it is.
pub(crate) fn visible(text: &[u8]) -> Option<Visible> {
    let mut visible = Visible { text: Vec::new(), gaps: Vec::new() };
    let (mut copied, mut left_out) = (0, 0);
    let mut candidates = Candidates::new(text);
    let mut at = candidates.next(0)?;
    loop {
        let length = unseen(&text[at..]);
        if length > 0 {
            // Deeper layers write an escape with more backslashes; one left over would change what follows.
            let more = if text[at] == b'\\' { escape::backslashes_before(text, copied, at) } else { 0 };
            visible.text.extend_from_slice(&text[copied..at - more]);
            left_out += more + length;
            visible.gaps.push((visible.text.len(), left_out));
            copied = at + length;
        }
        match candidates.next(at + length.max(1)) {
            Some(next) => at = next,
            None => break,
        }
    }
    if left_out == 0 {
        return None;
    }
    visible.text.extend_from_slice(&text[copied..]);
    Some(visible)
}

/// A soft hyphen, and how escapes begin that may write what is not seen.
static FINDERS: LazyLock<[memmem::Finder<'static>; 3]> =
    LazyLock::new(|| [b"\xc2\xad".as_slice(), br"\u", br"\x1b"].map(memmem::Finder::new));

/// Where something unseen may begin: at an escape character, raw or written as an escape, or at the
/// first byte of a character without width. Each search goes over the text once.
struct Candidates<'t> {
    text: &'t [u8],
    next: [Option<usize>; 4],
}

impl<'t> Candidates<'t> {
    fn new(text: &'t [u8]) -> Self {
        let mut candidates = Self { text, next: [None; 4] };
        for kind in 0..4 {
            candidates.next[kind] = candidates.search(kind, 0);
        }
        candidates
    }

    fn search(&self, kind: usize, from: usize) -> Option<usize> {
        let rest = self.text.get(from..)?;
        let found = match kind {
            0 => memchr::memchr3(0x1b, 0xe2, 0xef, rest),
            kind => FINDERS[kind - 1].find(rest),
        };
        found.map(|found| from + found)
    }

    /// The first place at or after `from`; `from` never goes back.
    fn next(&mut self, from: usize) -> Option<usize> {
        for kind in 0..4 {
            if self.next[kind].is_some_and(|at| at < from) {
                self.next[kind] = self.search(kind, from);
            }
        }
        self.next.iter().flatten().min().copied()
    }
}

/// The length of what is not seen at the beginning of `text`; zero if it is seen.
fn unseen(text: &[u8]) -> usize {
    match text {
        [0x1b, rest @ ..] => colour(rest).map_or(0, |length| 1 + length),
        [0xe2, 0x80, 0x8b..=0x8f, ..] | [0xe2, 0x81, 0xa0..=0xa4, ..] | [0xef, 0xbb, 0xbf, ..] => 3,
        [0xc2, 0xad, ..] => 2,
        [b'\\', rest @ ..] => written(rest).map_or(0, |length| 1 + length),
        _ => 0,
    }
}

/// The same written as an escape, behind its backslash: `u200b`, `u001b[31m`, `x1b[0m`.
fn written(text: &[u8]) -> Option<usize> {
    let (digits, length) = match text {
        [b'u', digits @ ..] => (digits.get(..4)?, 5),
        [b'x', digits @ ..] => (digits.get(..2)?, 3),
        _ => return None,
    };
    let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    match code {
        0x1b => Some(length + colour(&text[length..])?),
        0xad | 0x200b..=0x200f | 0x2060..=0x2064 | 0xfeff => Some(length),
        _ => None,
    }
}

/// The length of a control sequence behind its escape character: `[`, parameters, a letter.
fn colour(text: &[u8]) -> Option<usize> {
    const MAX: usize = 32;
    let parameters = text.strip_prefix(b"[")?;
    // Quotes and backslashes, which the standard allows too, belong to the layer around.
    let length = parameters.iter().take(MAX).take_while(|byte| matches!(byte, b'0'..=b'?')).count();
    parameters.get(length).is_some_and(u8::is_ascii_alphabetic).then_some(length + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_seen_stays_and_leads_back(pieces in prop::collection::vec((r"[a-z]{1,6}", 0usize..7), 1..12)) {
            let unseen = ["", "\u{200b}", "\u{feff}", "\u{ad}", "\x1b[38;5;1m", r"\u200b", r"\\u001b[0m"];
            let text: String = pieces.iter().flat_map(|(word, kind)| [word.as_str(), unseen[*kind]]).collect();
            let words: String = pieces.iter().map(|(word, _)| word.as_str()).collect();
            match visible(text.as_bytes()) {
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
    fn other_escapes_and_characters_are_seen() {
        for text in [r"\u00e9\x41\n", "é…€", "\x1bX", "[31m", "\x1b[0\"m"] {
            assert!(visible(text.as_bytes()).is_none(), "{text}");
        }
    }
}
