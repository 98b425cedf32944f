//! Keywords that are looked up at given start offsets.

use super::entries::{self, Entries, Wanted};
use super::grams::GRAM;
use super::{KeywordHit, hash};

/// Bits of the hash that indexes the bitset.
const BITS: u32 = 15;
/// The number of words in the bitset.
const WORDS: usize = 1 << (BITS - 6);

/// Keywords by their first four bytes, or three where there are no more.
pub(crate) struct Beginnings {
    /// A bitset over the hash of the first three bytes of each keyword, which alone rejects most offsets.
    threes: Box<[u64; WORDS]>,
    entries: Entries,
}

impl std::fmt::Debug for Beginnings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Beginnings").finish_non_exhaustive()
    }
}

impl Beginnings {
    /// Creates a set from keywords of at least three ASCII bytes, with their numbers; shorter ones are never
    /// found.
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = (usize, &'a str)>) -> Self {
        let mut threes = super::zeros::<u64, WORDS>();
        let mut wanted = Wanted::default();
        for (number, word) in words.into_iter().filter(|(_, word)| word.len() >= super::SHORTEST) {
            let word = wanted.word(word, number);
            let bytes = wanted.bytes(&word);
            let three = entries::padded(entries::folded(bytes, 0));
            let (at, bit) = bit(three);
            threes[at] |= 1 << bit;
            let gram = if bytes.len() < GRAM { three } else { entries::folded(bytes, 0) };
            wanted.gram(gram, 0, &word);
        }
        Self { threes, entries: Entries::new(wanted) }
    }

    /// Adds each keyword that begins at `at`.
    #[inline]
    pub(crate) fn find(&self, text: &[u8], at: usize, found: &mut Vec<KeywordHit>) {
        if entries::three(text, at).is_some_and(|three| self.holds(three)) {
            self.compare(text, at, found);
        }
    }

    #[inline(never)]
    fn compare(&self, text: &[u8], at: usize, found: &mut Vec<KeywordHit>) {
        for gram in [entries::four(text, at), entries::three(text, at)].into_iter().flatten() {
            self.entries.compare(text, at, Some(gram), &(at..at + 1), found);
        }
    }

    #[inline]
    fn holds(&self, three: [u8; GRAM]) -> bool {
        let (word, bit) = bit(three);
        self.threes[word] >> bit & 1 != 0
    }
}

/// The word and the bit of three bytes in the bitset.
#[inline]
fn bit(three: [u8; GRAM]) -> (usize, u32) {
    let hash = hash(three);
    ((hash >> (32 - BITS + 6)) as usize, hash >> (32 - BITS) & 63)
}
