//! Finds the keywords of rules in a text, ignoring ASCII case.
//!
//! There are thousands of keywords, and matches are rare. An automaton over all of them takes megabytes, and
//! longer to build than a start may take. Instead, a SIMD filter finds candidates: for each keyword it
//! searches for a few of its bytes, those that are the rarest in ordinary text. Keywords of five bytes and
//! more pass a hash filter over 4-grams sampled at every second offset (`grams`); shorter ones are found by
//! Teddy-style nibble masks over three bytes (`threes`). Candidates are filtered by their neighbouring bytes
//! (`neighbours`) and then compared (`entries`). Keywords whose possible start offsets are known are looked
//! up there directly (`beginnings`).

mod beginnings;
mod candidates;
mod entries;
mod grams;
mod neighbours;
mod threes;

use std::ops::Range;

pub(crate) use beginnings::Beginnings;
use candidates::Candidates;
use entries::{Entries, Wanted};
use grams::{Gram, Grams, LANES};
use threes::Threes;

use super::rarity;
use crate::vector::{self, BLOCK, Level, Simd, dispatch};

/// The length of the shortest keyword, in bytes.
const SHORTEST: usize = threes::THREE;
/// The bit that folds the case of letters. It folds some other characters too, which the comparison
/// distinguishes.
const FOLD: u8 = 0x20;

/// Keywords that may occur anywhere, ready to be searched for.
pub(crate) struct Keywords {
    grams: Grams,
    threes: Threes,
    entries: Entries,
    /// The largest offset of a gram in its keyword.
    farthest: usize,
}

/// An occurrence of a keyword in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeywordHit {
    pub start: usize,
    pub end: usize,
    /// The number of the keyword.
    pub number: usize,
}

impl std::fmt::Debug for Keywords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keywords").finish_non_exhaustive()
    }
}

impl Keywords {
    /// Creates a set from keywords of at least three ASCII bytes, with their numbers; shorter ones are never
    /// found.
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = (usize, &'a str)>) -> Self {
        let mut wanted = Wanted::default();
        let (mut grams, mut threes) = (Vec::new(), Vec::new());
        let mut farthest = 0;
        for (number, word) in words.into_iter().filter(|(_, word)| word.len() >= SHORTEST) {
            let word = wanted.word(word, number);
            let bytes = wanted.bytes(&word);
            if bytes.len() >= grams::SHORTEST {
                let first = rarity::rarest(bytes, grams::SHORTEST);
                for offset in [first, first + 1] {
                    let bytes = wanted.bytes(&word);
                    let gram = entries::folded(bytes, offset);
                    let before = offset.checked_sub(1).map(|at| bytes[at]);
                    let behind = bytes.get(offset + grams::GRAM).copied();
                    grams.push(Gram { bytes: gram, before, behind });
                    wanted.gram(gram, offset, &word);
                }
                farthest = farthest.max(first + 1);
            } else {
                let offset = rarity::rarest(bytes, threes::THREE);
                let three = entries::folded(bytes, offset);
                threes.push(three);
                wanted.gram(entries::padded(three), offset, &word);
                farthest = farthest.max(offset);
            }
        }
        Self {
            grams: Grams::new(&grams),
            threes: Threes::new(&threes),
            entries: Entries::new(wanted),
            farthest,
        }
    }

    /// Adds each occurrence of a keyword that begins in `range`, in no order, including overlapping ones.
    pub(crate) fn find(&self, text: &[u8], range: Range<usize>, found: &mut Vec<KeywordHit>) {
        self.find_with(vector::level(), text, range, found);
    }

    fn find_with(&self, level: Level, text: &[u8], range: Range<usize>, found: &mut Vec<KeywordHit>) {
        dispatch!(level, simd => self.find_by(simd, text, range, found));
    }

    #[inline(always)]
    fn find_by<S: Simd>(&self, simd: S, text: &[u8], range: Range<usize>, found: &mut Vec<KeywordHit>) {
        let to = text.len().min(range.end.saturating_add(self.farthest));
        let (mut fours, mut threes) = (Candidates::new(), Candidates::new());
        let mut hashes = [[0; LANES]; BLOCKS];
        let mut told = [[0; LANES]; BLOCKS];
        let mut padded = [0; CHUNK];
        for start in (range.start..to).step_by(BLOCKS * BLOCK) {
            // If the whole chunk is inside the text, it is read in place.
            let whole = start.checked_sub(FRONT).and_then(|from| text[from..].first_chunk());
            let chunk = whole.unwrap_or_else(|| pad(text, start, &mut padded));
            self.grams.hashes(simd, chunk, &mut hashes);
            self.grams.look_up(&hashes, &mut told);
            for (pair, told) in told.chunks_exact(2).enumerate() {
                let at = start + pair * 2 * BLOCK;
                fours.add::<2>(at, grams::told(simd, chunk, pair, told.as_flattened()).into());
                if !self.threes.is_empty {
                    let block = FRONT + 2 * pair * BLOCK;
                    let first = self.threes.find(simd, &chunk[block..]);
                    let second = self.threes.find(simd, &chunk[block + BLOCK..]);
                    threes.add::<1>(at, u64::from(first) | u64::from(second) << BLOCK);
                }
                if fours.is_full()
                    || threes.is_full()
                    || pair + 1 == BLOCKS / 2 && start + BLOCKS * BLOCK >= to
                {
                    self.compare(text, &range, &mut fours, &mut threes, found);
                }
            }
        }
    }

    /// Drains the candidates and adds the keywords that occur at them.
    #[inline(always)]
    fn compare(
        &self,
        text: &[u8],
        range: &Range<usize>,
        fours: &mut Candidates,
        threes: &mut Candidates,
        found: &mut Vec<KeywordHit>,
    ) {
        self.entries.fitting::<{ grams::GRAM }>(text, fours);
        for &at in fours.drain() {
            self.entries.compare(text, at, entries::four(text, at), range, found);
        }
        self.entries.fitting::<{ threes::THREE }>(text, threes);
        for &at in threes.drain() {
            self.entries.compare(text, at, entries::three(text, at), range, found);
        }
    }
}

/// The number of blocks that are processed together.
const BLOCKS: usize = 4;
/// The bytes before the first and after the last block that are read with them.
const FRONT: usize = 1;
const BEHIND: usize = grams::GRAM;
/// The length of a chunk: the blocks and the bytes around them.
const CHUNK: usize = FRONT + BLOCKS * BLOCK + BEHIND;

/// Copies the chunk of the blocks at `start`, with zeros outside the text.
#[inline(never)]
fn pad<'t>(text: &[u8], start: usize, padded: &'t mut [u8; CHUNK]) -> &'t [u8; CHUNK] {
    let from = start.saturating_sub(FRONT);
    let part = &text[from..text.len().min(start + CHUNK - FRONT)];
    let front = FRONT - (start - from);
    padded.fill(0);
    padded[front..front + part.len()].copy_from_slice(part);
    padded
}

/// The hash of a gram, by the multiplier of Fibonacci hashing; its upper bits are the well-mixed ones.
#[inline(always)]
fn hash(gram: [u8; grams::GRAM]) -> u32 {
    u32::from_le_bytes(gram).wrapping_mul(0x9E37_79B1)
}

/// Allocates a table of zeros on the heap without building it on the stack.
#[allow(clippy::unnecessary_box_returns, reason = "it is too large for the stack")]
fn zeros<T: Copy + Default, const PLACES: usize>() -> Box<[T; PLACES]> {
    let table = vec![T::default(); PLACES].into_boxed_slice();
    table.try_into().unwrap_or_else(|_| unreachable!("a vector has the length that it was made with"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(words: &[String], text: &[u8]) -> Vec<(usize, usize, usize)> {
        let mut hits = Vec::new();
        Keywords::new(words.iter().map(String::as_str).enumerate()).find(text, 0..text.len(), &mut hits);
        hits.sort_unstable();
        hits.into_iter().map(|hit| (hit.start, hit.end, hit.number)).collect()
    }

    proptest! {
        #[test]
        fn every_keyword_is_found_in_any_case(
            words in prop::collection::vec("[ab_\\-:]{3,6}|[a-z0-9./]{3,9}", 1..12),
            pieces in prop::collection::vec((0usize..16, any::<bool>(), "[abAB_:\\-\u{e9}]{0,5}"), 0..60),
        ) {
            let mut text = String::new();
            for (index, upper, between) in pieces {
                let word = words.get(index).map_or("", String::as_str);
                text += &if upper { word.to_ascii_uppercase() } else { word.to_owned() };
                text += &between;
            }
            let lower = text.to_ascii_lowercase();
            let mut wanted = Vec::new();
            for (index, word) in words.iter().enumerate() {
                let starts = (0..lower.len()).filter(|&at| lower.as_bytes()[at..].starts_with(word.as_bytes()));
                wanted.extend(starts.map(|start| (start, start + word.len(), index)));
            }
            let mut hits = found(&words, text.as_bytes());
            hits.sort_unstable();
            wanted.sort_unstable();
            prop_assert_eq!(&hits, &wanted);
            // A search of a part of the text finds what begins in it.
            let keywords = Keywords::new(words.iter().map(String::as_str).enumerate());
            for level in vector::levels() {
                let mut hits = Vec::new();
                keywords.find_with(level, text.as_bytes(), 0..text.len(), &mut hits);
                hits.sort_unstable();
                let hits: Vec<_> = hits.into_iter().map(|hit| (hit.start, hit.end, hit.number)).collect();
                prop_assert_eq!(&hits, &wanted, "{:?}", level);
            }
            let cut = text.len() / 2;
            let mut parts = Vec::new();
            keywords.find(text.as_bytes(), 0..cut, &mut parts);
            keywords.find(text.as_bytes(), cut..text.len(), &mut parts);
            let mut parts: Vec<_> = parts.into_iter().map(|hit| (hit.start, hit.end, hit.number)).collect();
            parts.sort_unstable();
            prop_assert_eq!(parts, wanted);
        }
    }

    #[test]
    fn short_texts_and_ends_are_searched() {
        let words = ["abc".to_owned(), "bcde".to_owned()];
        assert_eq!(found(&words, b"ABC"), [(0, 3, 0)]);
        assert_eq!(found(&words, b"xabc"), [(1, 4, 0)]);
        assert_eq!(found(&words, b"abcde"), [(0, 3, 0), (1, 5, 1)]);
        assert_eq!(found(&words, b"ab"), []);
        assert_eq!(found(&words, b""), []);
    }
}
