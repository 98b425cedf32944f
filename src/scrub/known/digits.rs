//! Finds a value written in digits: in base64 at one of three alignments, or in hexadecimal.
//!
//! Each digit holds six or four bits of the value, so an occurrence is compared digit by digit. Only the
//! digits that are searched for are encoded beforehand.

use super::spelling::{DEEPEST_RUN, SHORTEST_CUT, inner_run};
use super::{NARROW, style::WIDTH};
use crate::scrub::{escape, line_continuation};

/// An encoding of a value in digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digits {
    /// Base64, in either alphabet; the value begins this many bytes (0 to 2) after a group of three.
    Base64(u8),
    /// Hexadecimal, in either case.
    Hex,
}

/// Fewer digits than this are no evidence of a value.
const SHORTEST: usize = 5;

impl Digits {
    /// Every encoding.
    pub(super) const ALL: [Self; 4] = [Self::Base64(0), Self::Base64(1), Self::Base64(2), Self::Hex];

    /// The bits of a digit.
    const fn bits(self) -> usize {
        match self {
            Self::Base64(_) => 6,
            Self::Hex => 4,
        }
    }

    /// The bits of the value before its first whole digit. They belong to a digit shared with the byte before
    /// the value.
    const fn lead(self) -> usize {
        match self {
            Self::Base64(1) => 4,
            Self::Base64(2) => 2,
            _ => 0,
        }
    }

    /// The number of digits that hold bits of the value alone.
    fn count(self, value: &[u8]) -> usize {
        (value.len() * 8).saturating_sub(self.lead()) / self.bits()
    }

    /// The digit with this index.
    fn digit(self, value: &[u8], index: usize) -> u8 {
        let first = self.lead() + index * self.bits();
        let byte = |at: usize| u16::from(value.get(at).copied().unwrap_or(0));
        let pair = byte(first / 8) << 8 | byte(first / 8 + 1);
        let shifted = pair >> (16 - self.bits() - first % 8);
        shifted.to_le_bytes()[0] & ((1 << self.bits()) - 1)
    }

    /// The digit that `byte` stands for.
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

    /// The strings to search for, each in both spellings (alphabets or cases), with the index of their first
    /// digit.
    ///
    /// A line break never falls into both strings if lines have 16 digits or more. Values of fewer than six
    /// bytes are found on one line only.
    pub(super) fn strings(self, value: &[u8]) -> Vec<(usize, [Vec<u8>; 2])> {
        let count = self.count(value);
        let spans = match count {
            ..SHORTEST => Vec::new(),
            SHORTEST..16 => vec![(0, NARROW), (count - NARROW, NARROW)],
            _ => vec![(0, WIDTH), (WIDTH, WIDTH)],
        };
        spans.into_iter().map(|(index, width)| (index, self.spellings(value, index, width))).collect()
    }

    /// The digits from `index` on as text, in both spellings.
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

    /// Finds the span of the value whose digit `index` is at `at`, with the line breaks in it, the digits
    /// shared with its neighbours, and its padding. Also returns how far the text was read.
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

    /// The span of the digits around `at`, across line breaks: all from `at` on, and up to `index` before it.
    pub(super) fn run(self, text: &[u8], at: usize, index: usize) -> (usize, usize) {
        let is_digit = |at: usize| text.get(at).is_some_and(|byte| self.read(*byte).is_some());
        let (mut start, mut end) = (at, at);
        for _ in 0..index {
            let Some(before) = before(text, start, is_digit) else { break };
            start = before;
        }
        while let Some(next) = next(text, end, is_digit) {
            end = next + 1;
        }
        (start, end)
    }

    /// Finds where the value begins whose digit `index` is at `at`, if the digits before it match.
    fn start(self, value: &[u8], text: &[u8], at: usize, index: usize) -> Option<usize> {
        let mut start = at;
        for index in (0..index).rev() {
            let wanted = Some(self.digit(value, index));
            start = before(text, start, |at| text.get(at).and_then(|byte| self.read(*byte)) == wanted)?;
        }
        Some(start)
    }

    /// Returns how far the digits from `at` on match the value's from `index` on, and whether those are all
    /// of them, or enough of them at the cut end of the text.
    fn end(self, value: &[u8], text: &[u8], at: usize, index: usize) -> (usize, bool) {
        let mut end = at;
        for index in index..self.count(value) {
            let is_digit = |at: usize, index: usize| {
                text.get(at).and_then(|byte| self.read(*byte)) == Some(self.digit(value, index))
            };
            // The next line may begin with a line number, which consists of digits as well, so a few more
            // digits must match.
            let is_next = |at: usize| {
                let few = (index..self.count(value)).take(NARROW);
                few.zip(at..).all(|(index, at)| {
                    is_digit(at, index) || text.get(at).is_none_or(u8::is_ascii_whitespace)
                })
            };
            let next = if is_digit(end, index) {
                Some(end)
            } else {
                next(text, end, |at| is_digit(at, index) && is_next(at))
            };
            let Some(next) = next else {
                let is_cut =
                    text[end..].is_empty() && (self.lead() + index * self.bits()) / 8 >= SHORTEST_CUT;
                return (end, is_cut);
            };
            end = next + 1;
        }
        (end, true)
    }

    /// Extends the span of a value's own digits by the digits shared with its neighbours and by the padding.
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

/// The place of the next wanted digit: `at`, or where the line continues if it breaks at `at`.
fn next(text: &[u8], at: usize, is_wanted: impl Fn(usize) -> bool) -> Option<usize> {
    let rest = text.get(at..)?;
    match rest.first()? {
        // A line prefix may read as digits too. Without a prefix the digits continue at the first place.
        b'\n' | b'\r' | b'\\' if inner_run(rest) <= DEEPEST_RUN => line_continuation::continuations(rest)
            .into_iter()
            .map(|length| at + length)
            .find(|at| is_wanted(*at)),
        _ => Some(at).filter(|at| is_wanted(*at)),
    }
}

/// The place of the previous wanted digit: before `at`, or before the line break that precedes the line of
/// `at`.
fn before(text: &[u8], at: usize, is_wanted: impl Fn(usize) -> bool) -> Option<usize> {
    let before = at.checked_sub(1)?;
    // The letter of an escaped line break is no digit.
    if is_wanted(before) && !escape::is_escape_letter(text, before) {
        return Some(before);
    }
    line_continuation::line_before(text, at)?.checked_sub(1).filter(|at| is_wanted(*at))
}
