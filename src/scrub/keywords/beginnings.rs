//! Keywords of which it is known where they may begin.

use super::entries::{self, Entries};
use super::grams::GRAM;
use super::{Found, hash};

/// Bits in the set of grams.
const BITS: u32 = 15;
/// Words in the set of grams.
const WORDS: usize = 1 << (BITS - 6);

/// Keywords, by their first four bytes, or by three where there are no more.
pub(crate) struct Beginnings {
    /// By the hash of four bytes, or of three in their place, whether they are those of a keyword.
    grams: Box<[u64; WORDS]>,
    entries: Entries,
    /// Whether there are keywords of three bytes.
    short: bool,
}

impl std::fmt::Debug for Beginnings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Beginnings").finish_non_exhaustive()
    }
}

impl Beginnings {
    /// Keywords of at least three bytes of ASCII and their numbers; shorter ones are never found.
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = (usize, &'a str)>) -> Self {
        let mut grams: Box<[u64; WORDS]> = Box::new([0; WORDS]);
        let mut entries = Vec::new();
        let mut short = false;
        for (number, word) in words.into_iter().filter(|(_, word)| word.len() >= super::SHORTEST) {
            let word = word.to_ascii_lowercase().into_bytes();
            let is_short = word.len() < GRAM;
            let gram =
                if is_short { entries::padded(entries::folded(&word, 0)) } else { entries::folded(&word, 0) };
            short |= is_short;
            let (at, bit) = bit(gram);
            grams[at] |= 1 << bit;
            entries.push((gram, 0, word, number));
        }
        Self { grams, entries: Entries::new(entries), short }
    }

    /// Adds each keyword that begins at `at`.
    pub(crate) fn find(&self, text: &[u8], at: usize, found: &mut Vec<Found>) {
        let short = if self.short { entries::three(text, at) } else { None };
        for gram in [entries::four(text, at), short] {
            if gram.is_some_and(|gram| self.holds(gram)) {
                self.entries.compare(text, at, gram, &(at..at + 1), found);
            }
        }
    }

    #[inline]
    fn holds(&self, gram: [u8; GRAM]) -> bool {
        let (word, bit) = bit(gram);
        self.grams[word] >> bit & 1 != 0
    }
}

/// Where a gram has its bit in the set.
#[inline]
fn bit(gram: [u8; GRAM]) -> (usize, u32) {
    let hash = hash(gram);
    ((hash >> (32 - BITS + 6)) as usize, hash >> (32 - BITS) & 63)
}
