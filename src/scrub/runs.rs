//! Runs of token characters: the places where a secret of some length can be at all.
//!
//! Most secrets are long words without a space. Finding such words first, and searching for their keywords
//! only there, costs a fraction of searching for every keyword everywhere. One SIMD pass classifies each byte
//! into bit masks, one bit per byte; runs are then found by bit operations on these masks.

mod escaped;
mod finder;
mod masks;
mod parts;
mod reuse;

use finder::Finder;
use masks::Masks;
pub(super) use parts::Parts;
pub(super) use reuse::around;

pub(super) use super::rule::token_run::{LONG, SHORTEST, is_token};
use super::{entropy, naming};
use crate::vector::{self, Level, Simd, SimdBase, dispatch, u8x32};

/// The runs of a text, and which kinds of bytes it contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Runs {
    list: Vec<Run>,
    /// A bit for each byte of the text: whether it is one of `+ - . / = _ ~`.
    joints: Vec<u64>,
    /// Which of the byte kinds below occur in the text.
    marks: u8,
    /// Like `marks`, for each [`CHUNK`] of the text; empty if it has only one.
    chunks: Vec<u8>,
    /// The length of the text, in bytes.
    length: usize,
}

/// Kinds of bytes that begin escapes and other encodings, one bit each: a text without any of them needs no
/// decoded view.
///
/// A backslash before a character of an escape, other than a line break or a quote.
pub(super) const ESCAPED: u8 = 1;
/// `%` or `&`.
pub(super) const REFERENCE: u8 = 1 << 1;
/// An escape character, another invisible control character, or `^`, which may spell a control character.
pub(super) const CONTROL: u8 = CARET | UNSEEN | ESCAPE;
/// A byte that is not ASCII.
pub(super) const BEYOND_ASCII: u8 = 1 << 5;
const CARET: u8 = 1 << 2;
/// A control character that no terminal displays.
pub(super) const UNSEEN: u8 = 1 << 3;
const ESCAPE: u8 = 1 << 4;
/// `[`, with which a marker begins.
pub(super) const BRACKET: u8 = 1 << 6;
/// The first byte of a letter beyond ASCII, in Latin and other scripts, but not of punctuation and symbols
/// such as `—`, `…`, `→` and `·`, nor of emoji.
pub(super) const SCRIPT: u8 = 1 << 7;

/// A run: a maximal sequence of letters, digits and `+ - . / = _ ~`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub start: usize,
    pub end: usize,
    /// Whether it contains a digit.
    pub digit: bool,
}

impl Run {
    pub(super) fn length(self) -> usize {
        self.end - self.start
    }

    pub(super) fn is_long(self) -> bool {
        self.length() >= LONG
    }
}

impl Runs {
    /// Whether the text contains a byte of one of these kinds.
    pub(super) fn holds(&self, marks: u8) -> bool {
        self.marks & marks != 0
    }

    /// All runs, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Run> + '_ {
        self.list.iter().copied()
    }

    /// The runs that satisfy `is_wanted`, in order. The predicate is evaluated for 64 runs at a time into a
    /// bitset, because a branch for each run would be mispredicted about every second time.
    #[inline]
    pub(super) fn picked<'t>(
        &'t self,
        is_wanted: impl Fn(Run) -> bool + 't,
    ) -> impl Iterator<Item = Run> + 't {
        let mut parts = self.list.chunks(BLOCK);
        let (mut part, mut left): (&[Run], u64) = (&[], 0);
        std::iter::from_fn(move || {
            while left == 0 {
                part = parts.next()?;
                left = part.iter().rev().fold(0, |bits, run| bits << 1 | u64::from(is_wanted(*run)));
            }
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            part.get(at).copied()
        })
    }

    /// The runs of at least `least` bytes.
    #[inline]
    pub(super) fn of(&self, least: usize) -> impl Iterator<Item = Run> + '_ {
        self.picked(move |run| run.length() >= least)
    }

    /// The runs that are long or contain a digit.
    #[inline]
    pub(super) fn likely(&self) -> impl Iterator<Item = Run> + '_ {
        self.picked(|run| run.digit | run.is_long())
    }

    /// Whether part of a run may be random: it contains a digit, or [`LONG`] letters in a row that do not
    /// read as words, or it consists of capitals in groups, as license keys do.
    pub(super) fn may_be_random(&self, run: Run, text: &[u8]) -> bool {
        run.digit
            || run.is_long()
                && (self.has_letters(run) && self.has_odd_letters(run, text)
                    || text[run.start..run.end].iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-'))
    }

    /// Whether a run without a digit has [`LONG`] letters in a row. In such a run every byte is a letter or a
    /// joint.
    fn has_letters(&self, run: Run) -> bool {
        let mut from = run.start;
        while from + LONG <= run.end {
            let letters = !self.joints_from(from) & low(run.end - from);
            if in_a_row(letters) {
                return true;
            }
            // The letters at the end of this word may continue in the next one.
            from += BLOCK + 1 - LONG;
        }
        false
    }

    /// Whether [`LONG`] letters in a row read neither as words nor as a name.
    fn has_odd_letters(&self, run: Run, text: &[u8]) -> bool {
        let mut start = run.start;
        self.joints(run.start, run.end).chain([run.end]).any(|end| {
            let letters = &text[start..end];
            start = end + 1;
            letters.len() >= LONG && !entropy::letters_are_wordy(letters) && !naming::is_name(letters)
        })
    }

    /// A bitset of the [`BLOCK`] bytes from `from` on: whether each is one of `+ - . / = _ ~`.
    #[inline]
    pub(super) fn joints_from(&self, from: usize) -> u64 {
        let (at, shift) = (from / BLOCK, from % BLOCK);
        // The second word is shifted in two steps, since a shift by all 64 bits overflows.
        self.word(at) >> shift | self.word(at + 1) << 1 << (BLOCK - 1 - shift)
    }

    /// The joint bits of one block; zero after the end of the text.
    #[inline]
    fn word(&self, block: usize) -> u64 {
        self.joints.get(block).copied().unwrap_or_default()
    }

    /// Whether a run consists of joints only, such as a row of dashes or equal signs under a heading.
    pub(super) fn is_row(&self, run: Run) -> bool {
        (run.start..run.end).step_by(BLOCK).all(|from| !self.joints_from(from) & low(run.end - from) == 0)
    }

    /// The offsets in `from..to` of the bytes that are one of `+ - . / = _ ~`, in order.
    pub(super) fn joints(&self, from: usize, to: usize) -> impl Iterator<Item = usize> + '_ {
        places(from, to, |block| self.word(block))
    }

    /// Like [`Self::joints`], but only those that no other joint follows.
    fn last_joints(&self, from: usize, to: usize) -> impl Iterator<Item = usize> + '_ {
        places(from, to, |block| {
            let word = self.word(block);
            word & !(word >> 1 | self.word(block + 1) << (BLOCK - 1))
        })
    }

    /// Where a token of at least `least` bytes may begin in a run: at its start, at a letter or digit after a
    /// joint other than `_`, and at any of the bytes that may be the rest of an escape.
    pub(super) fn beginnings<'t>(
        &'t self,
        run: Run,
        text: &'t [u8],
        least: usize,
    ) -> impl Iterator<Item = usize> + 't {
        let escaped = run.start > 0 && matches!(text[run.start - 1], b'\\' | b'%');
        let odd = if escaped { run.start + LONGEST_ESCAPE } else { run.start };
        let farthest = run.end.saturating_sub(least);
        let inside = self.last_joints(odd, farthest).filter(|at| text[*at] != b'_').map(|at| at + 1);
        (run.start..=odd.min(farthest)).chain(inside)
    }
}

/// The offsets of the bits set between `from` and `to`, in order; `word` gives the bits of each block.
fn places(from: usize, to: usize, word: impl Fn(usize) -> u64) -> impl Iterator<Item = usize> {
    let mut block = from / BLOCK;
    let mut left = word(block) & !low(from % BLOCK);
    std::iter::from_fn(move || {
        while left == 0 {
            block += 1;
            if block * BLOCK >= to {
                return None;
            }
            left = word(block);
        }
        let at = block * BLOCK + left.trailing_zeros() as usize;
        left &= left - 1;
        (at < to).then_some(at)
    })
}

/// The number of characters after the backslash of the longest escape, `u0020`.
pub(super) const LONGEST_ESCAPE: usize = 5;

/// Bytes that are classified together into the 64 bits of a word.
pub(super) const BLOCK: usize = 2 * vector::BLOCK;
/// Bytes that are classified before runs are extracted from their masks.
const CHUNK: usize = 16 * BLOCK;

/// Whether a run of at least [`SHORTEST`] bytes ends at the end of `text`.
pub(super) fn reach_end(text: &[u8]) -> bool {
    text.last_chunk::<SHORTEST>().is_some_and(|tail| tail.iter().rev().all(|byte| is_token(*byte)))
}

/// Finds every run of at least [`SHORTEST`] bytes in `text`.
pub(super) fn find(text: &[u8]) -> Runs {
    find_with(vector::level(), text)
}

fn find_with(level: Level, text: &[u8]) -> Runs {
    dispatch!(level, simd => find_by(simd, text))
}

#[inline(always)]
fn find_by<S: Simd>(simd: S, text: &[u8]) -> Runs {
    let mut finder = Finder::new(text.len());
    for (number, chunk) in text.chunks(CHUNK).enumerate() {
        let mut masks = [Masks::default(); CHUNK / BLOCK];
        let mut seen = u8x32::splat(simd, 0);
        let (blocks, rest) = chunk.as_chunks();
        for (masks, block) in masks.iter_mut().zip(blocks) {
            seen |= masks.set(simd, block);
        }
        if let Some(masks) = masks.get_mut(blocks.len()).filter(|_| !rest.is_empty()) {
            let mut padded = [b' '; BLOCK];
            padded[..rest.len()].copy_from_slice(rest);
            seen |= masks.set(simd, &padded);
        }
        for masks in &masks[..chunk.len().div_ceil(BLOCK)] {
            finder.add(masks);
        }
        let mut lanes = [0; vector::BLOCK];
        seen.store_slice(&mut lanes);
        let mut found = lanes.into_iter().fold(0, |all, lane| all | lane);
        let start = number * CHUNK;
        // Includes the byte after the chunk, which a backslash at its end may escape.
        let end = text.len().min(start + CHUNK + 1);
        if found & ESCAPED != 0 && !escaped::any(simd, &text[start..end]) {
            found &= !ESCAPED;
        }
        finder.end_chunk(found);
    }
    finder.finish()
}

/// A mask of the lowest `count` bits.
#[inline(always)]
fn low(count: usize) -> u64 {
    if count >= BLOCK { u64::MAX } else { (1 << count) - 1 }
}

/// Whether [`LONG`] consecutive bits are set.
#[inline(always)]
fn in_a_row(mask: u64) -> bool {
    let two = mask & mask >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    eight & eight >> 8 != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &[u8]) -> Vec<Run> {
        find(text).list
    }

    fn plainly(text: &[u8]) -> Vec<Run> {
        let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-./=_~".contains(byte);
        let mut runs = Vec::new();
        let mut at = 0;
        for part in text.split(|byte| !token(byte)) {
            if part.len() >= SHORTEST {
                runs.push(Run {
                    start: at,
                    end: at + part.len(),
                    digit: part.iter().any(u8::is_ascii_digit),
                });
            }
            at += part.len() + 1;
        }
        runs
    }

    #[test]
    fn a_byte_is_asked_for_as_the_masks_tell_it() {
        for byte in 0..=u8::MAX {
            assert_eq!(is_token(byte), !found(&[byte; SHORTEST]).is_empty(), "{byte}");
        }
    }

    proptest! {
        #[test]
        fn every_long_run_is_found(
            pieces in prop::collection::vec(("[a-zA-Z0-9+/=._~-]{0,90}", "[ \":,\u{e9}@\\[`{]{0,3}"), 0..160),
            from in 0usize..9,
        ) {
            let text: String = pieces.iter().flat_map(|(token, gap)| [token.as_str(), gap.as_str()]).collect();
            let text = text.as_bytes().get(from..).unwrap_or_default();
            prop_assert_eq!(found(text), plainly(text));
            let runs = find(text);
            prop_assert!(runs.of(LONG).eq(runs.iter().filter(|run| run.is_long())));
            prop_assert!(runs.likely().eq(runs.iter().filter(|run| run.digit || run.is_long())));
            prop_assert_eq!(reach_end(text), plainly(text).last().is_some_and(|run| run.end == text.len()));
        }

        #[test]
        fn every_byte_is_told_right(text in prop::collection::vec(prop_oneof![
            8 => any::<u8>(), 1 => Just(b'\\'), 1 => prop::sample::select(b"uUxe01_/nt".to_vec())
        ], 0..300)) {
            prop_assert_eq!(found(&text), plainly(&text));
            for level in vector::levels() {
                prop_assert_eq!(find_with(level, &text), find(&text), "{:?}", level);
            }
            let joint = |at: &usize| b"+-./=_~".contains(&text[*at]);
            let joints: Vec<usize> = (0..text.len()).filter(joint).collect();
            prop_assert_eq!(find(&text).joints(0, text.len()).collect::<Vec<_>>(), joints);
            let mark = |byte: &u8| match byte {
                b'%' | b'&' => REFERENCE,
                b'^' => CARET,
                b'[' => BRACKET,
                0..=8 | 0x0e..=0x18 | 0x1e | 0x1f => UNSEEN,
                0x1b => ESCAPE,
                0xc0..=0xef if byte & 15 != 2 => BEYOND_ASCII | SCRIPT,
                0x80.. => BEYOND_ASCII,
                _ => 0,
            };
            let escaped = |pair: &[u8]| pair[0] == b'\\' && b"uUxe01_/".contains(&pair[1]);
            let escaped = if text.windows(2).any(escaped) { ESCAPED } else { 0 };
            prop_assert_eq!(find(&text).marks, text.iter().fold(escaped, |all, byte| all | mark(byte)));
        }
    }

    /// [`Runs::may_be_random`], computed from the bytes alone.
    fn plainly_random(run: Run, text: &[u8]) -> bool {
        let part = &text[run.start..run.end];
        let odd = |letters: &[u8]| {
            letters.len() >= LONG && !entropy::letters_are_wordy(letters) && !naming::is_name(letters)
        };
        run.digit
            || run.is_long()
                && (part.split(|byte| !byte.is_ascii_alphabetic()).any(odd)
                    || part.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'-')))
    }

    proptest! {
        #[test]
        fn a_run_without_letters_in_a_row_is_told_by_bits(
            before in "[ a-z_]{0,70}",
            words in prop::collection::vec("[a-z]{0,9}|[a-zA-Z]{14,18}|[A-Z]{12,40}", 0..12),
            joint in prop::sample::select(vec!["-", "_", "/", "+", "9-", " "]),
        ) {
            let text = format!("{before} {}", words.join(joint));
            let runs = find(text.as_bytes());
            for run in runs.iter() {
                let expected = plainly_random(run, text.as_bytes());
                prop_assert_eq!(runs.may_be_random(run, text.as_bytes()), expected, "{:?}", run);
            }
        }

        #[test]
        fn joints_are_told_from_any_place(text in "[a-c/_. ]{0,200}", from in 0_usize..210) {
            let joint = |at: usize| u64::from(text.as_bytes().get(at).is_some_and(|byte| b"/_.".contains(byte)));
            let expected = (0..BLOCK).fold(0, |bits, place| bits | joint(from + place) << place);
            let runs = find(text.as_bytes());
            prop_assert_eq!(runs.joints_from(from), expected);
            let last: Vec<usize> = (from..text.len()).filter(|at| joint(*at) == 1 && joint(at + 1) == 0).collect();
            prop_assert_eq!(runs.last_joints(from, text.len()).collect::<Vec<_>>(), last);
            for run in runs.iter() {
                prop_assert_eq!(runs.is_row(run), (run.start..run.end).all(|at| joint(at) == 1));
            }
        }
    }

    #[test]
    fn a_name_is_not_random_and_a_token_is() {
        let random = |text: &str| {
            find(text.as_bytes())
                .may_be_random(Run { start: 0, end: text.len(), digit: false }, text.as_bytes())
        };
        assert!(
            !random("internationalization")
                && !random("some-long-kebab-name")
                && !random("/usr/local/share/applications")
        );
        assert!(
            random("kqXvTpWnZbRmGcYd") && random("key-kqXvTpWnZbRmGcYd") && random("ABCDEFG-HIJKLMN-OPQRSTU")
        );
    }

    #[test]
    fn a_token_may_begin_where_no_word_goes_on() {
        let beginnings = |text: &str, start| -> Vec<usize> {
            let run = Run { start, end: text.len(), digit: true };
            find(text.as_bytes()).beginnings(run, text.as_bytes(), LONG).collect()
        };
        assert_eq!(beginnings("one-two/three_456", 0), [0]);
        assert_eq!(beginnings("\\nghp_abcdefghijkl", 1), [1, 2]);
        assert_eq!(beginnings("%20ghp_abcdefghijklmnopq", 1), [1, 2, 3, 4, 5, 6]);
        assert_eq!(beginnings("a-b=cde/fghijklmnopqrstuvw", 0), [0, 2, 4, 8]);
        assert_eq!(beginnings("a--b=_-cdefghijklmnopqrstuvw", 0), [0, 3, 7]);
    }
}
