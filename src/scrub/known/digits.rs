//! A value written in digits: base64 at one of three alignments, or hexadecimal.
//!
//! Each digit stands for six or four bits of the value, so an occurrence is compared digit by digit and
//! nothing is encoded beforehand but the digits that are searched for.

use super::spelling::{DEEPEST_RUN, SHORTEST_CUT, inner_run};
use super::{NARROW, style::WIDTH};

/// How the bits of a value are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digits {
    /// Base64, in either alphabet, where the value begins this many bytes (0 to 2) after a group of three.
    Base64(u8),
    /// Hexadecimal, in either case.
    Hex,
}

/// Fewer digits than this are no evidence of a value.
const SHORTEST: usize = 5;

impl Digits {
    /// Every way of writing.
    pub(super) const ALL: [Self; 4] = [Self::Base64(0), Self::Base64(1), Self::Base64(2), Self::Hex];

    /// Bits of a digit.
    const fn bits(self) -> usize {
        match self {
            Self::Base64(_) => 6,
            Self::Hex => 4,
        }
    }

    /// Bits of the value before its first whole digit; a digit before that is shared with what stands
    /// before the value.
    const fn lead(self) -> usize {
        match self {
            Self::Base64(1) => 4,
            Self::Base64(2) => 2,
            _ => 0,
        }
    }

    /// How many digits belong to the value alone.
    fn count(self, value: &[u8]) -> usize {
        (value.len() * 8).saturating_sub(self.lead()) / self.bits()
    }

    /// The value of digit `index`.
    fn digit(self, value: &[u8], index: usize) -> u8 {
        let first = self.lead() + index * self.bits();
        let byte = |at: usize| u16::from(value.get(at).copied().unwrap_or(0));
        let pair = byte(first / 8) << 8 | byte(first / 8 + 1);
        let shifted = pair >> (16 - self.bits() - first % 8);
        shifted.to_le_bytes()[0] & ((1 << self.bits()) - 1)
    }

    /// The digit that a byte of text stands for.
    fn read(self, byte: u8) -> Option<u8> {
        match (self, byte) {
            (Self::Base64(_), b'A'..=b'Z') => Some(byte - b'A'),
            (Self::Base64(_), b'a'..=b'z') => Some(byte - b'a' + 26),
            (Self::Base64(_), b'0'..=b'9') => Some(byte - b'0' + 52),
            (Self::Base64(_), b'+' | b'-') => Some(62),
            (Self::Base64(_), b'/' | b'_') => Some(63),
            (Self::Hex, b'0'..=b'9') => Some(byte - b'0'),
            (Self::Hex, b'a'..=b'f') => Some(byte - b'a' + 10),
            (Self::Hex, b'A'..=b'F') => Some(byte - b'A' + 10),
            _ => None,
        }
    }

    /// What to search for: digits in the two spellings (alphabets or cases), and the index of the first.
    ///
    /// Where a line break stands in one of the strings it does not stand in another, for lines of 16
    /// digits and more; values of under six bytes are found on one line only.
    pub(super) fn strings(self, value: &[u8]) -> Vec<(usize, [Vec<u8>; 2])> {
        let count = self.count(value);
        let spans = match count {
            ..SHORTEST => Vec::new(),
            SHORTEST..16 => vec![(0, NARROW), (count - NARROW, NARROW)],
            _ => vec![(0, WIDTH), (WIDTH, WIDTH)],
        };
        spans.into_iter().map(|(index, width)| (index, self.spellings(value, index, width))).collect()
    }

    /// The digits from `index` on as text, in the two spellings.
    fn spellings(self, value: &[u8], index: usize, width: usize) -> [Vec<u8>; 2] {
        let alphabets: [&[u8; 64]; 2] = match self {
            Self::Base64(_) => [
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
            ],
            Self::Hex => [
                b"0123456789abcdef                                                ",
                b"0123456789ABCDEF                                                ",
            ],
        };
        let digit = |alphabet: &[u8; 64], at| alphabet.get(usize::from(self.digit(value, at))).copied();
        alphabets.map(|alphabet| (index..index + width).filter_map(|at| digit(alphabet, at)).collect())
    }

    /// The span of the value whose digit `index` stands at `at`: with line breaks within, with the digits
    /// it shares with its neighbours, and with its padding. Says how far the text was read, too.
    pub(super) fn span(
        self,
        value: &[u8],
        text: &[u8],
        at: usize,
        index: usize,
    ) -> (Option<(usize, usize)>, usize) {
        let Some(start) = self.start(value, text, at, index) else { return (None, at) };
        let (end, is_there) = self.end(value, text, at, index);
        #[cfg(test)]
        crate::scrub::work::count((end - start) / super::reading::PLAIN_PER_STEP);
        (is_there.then(|| self.with_shared(value, text, start, end)), end)
    }

    /// The digits, line breaks within, that stand at `at`, and up to `index` in front of it.
    pub(super) fn run(self, text: &[u8], at: usize, index: usize) -> (usize, usize) {
        let is_digit = |at: usize| text.get(at).is_some_and(|byte| self.read(*byte).is_some());
        let (mut start, mut end) = (at, at);
        for _ in 0..index {
            let Some(before) = skip_break_back(text, start).checked_sub(1).filter(|at| is_digit(*at)) else {
                break;
            };
            start = before;
        }
        loop {
            let next = skip_break(text, end);
            if !is_digit(next) {
                return (start, end);
            }
            end = next + 1;
        }
    }

    /// Where the value begins whose digit `index` stands at `at`, if those in front of it are the value's.
    fn start(self, value: &[u8], text: &[u8], at: usize, index: usize) -> Option<usize> {
        let mut start = at;
        for index in (0..index).rev() {
            start = skip_break_back(text, start);
            let before = start.checked_sub(1)?;
            if self.read(*text.get(before)?)? != self.digit(value, index) {
                return None;
            }
            start = before;
        }
        Some(start)
    }

    /// How far the digits from `at` on are the value's from `index` on, and whether that is all of them, or as many as stand there at the cut
    /// end of a text.
    fn end(self, value: &[u8], text: &[u8], at: usize, index: usize) -> (usize, bool) {
        let mut end = at;
        for index in index..self.count(value) {
            let next = skip_break(text, end);
            let Some(&byte) = text.get(next) else {
                return (end, (self.lead() + index * self.bits()) / 8 >= SHORTEST_CUT);
            };
            if self.read(byte) != Some(self.digit(value, index)) {
                return (end, false);
            }
            end = next + 1;
        }
        (end, true)
    }

    /// A value's own digits with those it shares with its neighbours, and with its padding.
    fn with_shared(self, value: &[u8], text: &[u8], mut start: usize, mut end: usize) -> (usize, usize) {
        if let Self::Base64(_) = self {
            let shared = |at: Option<usize>| {
                at.and_then(|at| text.get(at)).is_some_and(|&byte| self.read(byte).is_some())
            };
            if self.lead() > 0 && shared(start.checked_sub(1)) {
                start -= 1;
            }
            if !(value.len() * 8 - self.lead()).is_multiple_of(6) && shared(Some(end)) {
                end += 1;
            }
            end += text[end..].iter().take(2).take_while(|&&byte| byte == b'=').count();
        }
        (start, end)
    }
}

/// The place after a line break and its indentation at `at`, or `at`.
fn skip_break(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    // The break itself, or as a string holds it: `\n`, or `\\n` in a string in a string.
    let slashes = inner_run(rest);
    let escaped = rest.get(slashes) == Some(&b'n') && slashes > 0;
    let length = match rest {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ if escaped => slashes + 1,
        _ => return at,
    };
    let indentation = rest.iter().skip(length).take_while(|&&byte| byte == b' ' || byte == b'\t').count();
    at + length + indentation
}

/// The place before a line break and its indentation that end at `at`, or `at`.
fn skip_break_back(text: &[u8], at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let indentation = before.iter().rev().take_while(|&&byte| byte == b' ' || byte == b'\t').count();
    let before = before.get(..at - indentation).unwrap_or_default();
    match before {
        [rest @ .., b'\r', b'\n'] | [rest @ .., b'\n'] => rest.len(),
        [rest @ .., b'\\', b'n'] => {
            let others = rest.iter().rev().take(DEEPEST_RUN).take_while(|byte| **byte == b'\\');
            rest.len() - others.count()
        }
        _ => at,
    }
}
