//! Where the keywords of rules stand in a text, in any case.
//!
//! There are thousands of keywords and hits are rare. An automaton over all of them takes megabytes and longer to build than a
//! start may take; so a set of hashes, which fits the first cache, says where four bytes of a keyword may stand, the four that
//! are the rarest in ordinary text; only there keywords are compared.

use std::ops::Range;

use super::rarity;

/// Bits in the set of grams.
const BITS: u32 = 18;
/// Places in the table of entries.
const PLACES: u32 = 12;
/// The shortest keyword, in bytes.
const SHORTEST: usize = 3;
/// Bytes of a keyword that are looked for first.
const GRAM: usize = 4;
/// Makes letters alike in both cases, and some other characters too: the comparison tells them apart.
const FOLD: u32 = 0x2020_2020;

/// Words in the set of grams.
const WORDS: usize = 1 << (BITS - 6);

/// Keywords, ready to be searched for.
pub(crate) struct Keywords {
    /// By the hash of four bytes whether they are those of a keyword.
    grams: Box<[u64; WORDS]>,
    /// By another hash of the same bytes, and of three for keywords that have no more, where its entries begin.
    begins: Box<[u32]>,
    entries: Vec<Entry>,
    /// The farthest that a gram stands behind the beginning of its keyword.
    farthest: usize,
    /// Whether there are keywords of three bytes.
    short: bool,
}

struct Entry {
    /// The four bytes that are looked for, folded, or the three that it has.
    gram: u32,
    /// The first eight bytes of the word, folded, and which of them count.
    first: u64,
    mask: u64,
    /// In lower case.
    word: Box<[u8]>,
    /// Where its gram stands in it.
    offset: usize,
    number: usize,
}

/// A keyword in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub start: usize,
    pub end: usize,
    /// Which keyword.
    pub number: usize,
}

impl std::fmt::Debug for Keywords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keywords").field("count", &self.entries.len()).finish_non_exhaustive()
    }
}

impl Keywords {
    /// Keywords of at least three bytes of ASCII and their numbers, to be looked for everywhere; shorter ones are never found.
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = (usize, &'a str)>) -> Self {
        Self::with_offset(words, rarest)
    }

    /// Keywords of which it is known where they may begin.
    pub(crate) fn at_beginnings<'a>(words: impl IntoIterator<Item = (usize, &'a str)>) -> Self {
        Self::with_offset(words, |_| 0)
    }

    fn with_offset<'a>(
        words: impl IntoIterator<Item = (usize, &'a str)>,
        offset: fn(&[u8]) -> usize,
    ) -> Self {
        let entry = |(number, word): (usize, &str)| {
            let word = word.to_ascii_lowercase().into_bytes().into_boxed_slice();
            let offset = offset(&word);
            let mask = u64::MAX >> (8 * (8 - word.len().clamp(1, 8)));
            let gram = gram(word.get(offset..).unwrap_or_default());
            Entry { gram, first: eight(&word) & mask, mask, offset, word, number }
        };
        let mut entries: Vec<Entry> = words.into_iter().map(entry).collect();
        entries.retain(|entry| entry.word.len() >= SHORTEST);
        entries.sort_by_key(|entry| place(entry.gram));
        let mut grams: Box<[u64; WORDS]> = vec![0; WORDS]
            .into_boxed_slice()
            .try_into()
            .unwrap_or_else(|_| unreachable!("a vector has the length that it was made with"));
        let mut begins = vec![0_u32; (1 << PLACES) + 1].into_boxed_slice();
        for entry in &entries {
            begins[place(entry.gram) + 1] += 1;
            if entry.word.len() >= GRAM {
                let (word, bit) = bit(entry.gram);
                grams[word] |= 1 << bit;
            } else {
                // Whatever comes behind it.
                for last in 0..=u8::MAX {
                    let (word, bit) = bit(entry.gram | u32::from(last) << 24 | FOLD);
                    grams[word] |= 1 << bit;
                }
            }
        }
        for at in 0..1 << PLACES {
            begins[at + 1] += begins[at];
        }
        let farthest = entries.iter().map(|entry| entry.offset).max().unwrap_or_default();
        let short = entries.iter().any(|entry| entry.word.len() < GRAM);
        Self { grams, begins, entries, farthest, short }
    }

    /// Adds each keyword in `text` that begins in `range`, in no order; those that overlap are all found.
    pub(crate) fn find(&self, text: &[u8], range: Range<usize>, found: &mut Vec<Found>) {
        let to = text.len().min(range.end.saturating_add(self.farthest));
        let end = text.len().min(to.saturating_add(GRAM - 1));
        let searched = text.get(range.start..end).unwrap_or_default();
        let mut at = 0;
        // Four grams of eight bytes at a time, which is twice as fast as one by one.
        while let Some(eight) = searched.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let eight = u64::from_le_bytes(*eight) | u64::from(FOLD) << 32 | u64::from(FOLD);
            for shift in 0..4 {
                let gram = gram_in(eight, shift);
                if self.holds(gram) {
                    self.compare(text, range.start + at + shift, gram, &range, found);
                }
            }
            at += 4;
        }
        for (more, four) in searched.get(at..).unwrap_or_default().windows(GRAM).enumerate() {
            let gram = u32::from_le_bytes([four[0], four[1], four[2], four[3]]) | FOLD;
            if self.holds(gram) {
                self.compare(text, range.start + at + more, gram, &range, found);
            }
        }
        // Of the last three bytes of the text no four can be looked up.
        if end == text.len()
            && let Some(three) = searched.last_chunk::<SHORTEST>()
        {
            let gram = u32::from_le_bytes([three[0], three[1], three[2], 0]) | FOLD;
            self.compare(text, text.len() - SHORTEST, gram, &range, found);
        }
    }

    /// Adds each keyword that begins at `at`; all were made to be looked for there.
    pub(crate) fn find_at(&self, text: &[u8], at: usize, found: &mut Vec<Found>) {
        let Some(four) = text[at..].first_chunk::<GRAM>() else { return };
        let gram = u32::from_le_bytes(*four) | FOLD;
        if self.holds(gram) {
            self.compare(text, at, gram, &(at..at + 1), found);
        }
    }

    #[inline]
    fn holds(&self, gram: u32) -> bool {
        let (word, bit) = bit(gram);
        self.grams[word] >> bit & 1 != 0
    }

    /// Adds the keywords whose gram stands at `at`.
    #[inline(never)]
    fn compare(&self, text: &[u8], at: usize, gram: u32, range: &Range<usize>, found: &mut Vec<Found>) {
        self.compare_gram(text, at, gram, range, found);
        if self.short {
            self.compare_gram(text, at, gram & THREE, range, found);
        }
    }

    #[inline]
    fn compare_gram(&self, text: &[u8], at: usize, gram: u32, range: &Range<usize>, found: &mut Vec<Found>) {
        let place = place(gram);
        let (from, to) = (self.begins[place] as usize, self.begins[place + 1] as usize);
        for entry in self.entries[from..to].iter().filter(|entry| entry.gram == gram) {
            let Some(start) = at.checked_sub(entry.offset).filter(|start| range.contains(start)) else {
                continue;
            };
            if eight(&text[start..]) & entry.mask != entry.first {
                continue;
            }
            let end = start + entry.word.len();
            if text.get(start..end).is_some_and(|bytes| bytes.eq_ignore_ascii_case(&entry.word)) {
                found.push(Found { start, end, number: entry.number });
            }
        }
    }
}

/// The first four bytes, folded, or the first three.
fn gram(part: &[u8]) -> u32 {
    match (part.first_chunk::<GRAM>(), part.first_chunk::<SHORTEST>()) {
        (Some(four), _) => u32::from_le_bytes(*four) | FOLD,
        (_, Some([a, b, c])) => (u32::from_le_bytes([*a, *b, *c, 0]) | FOLD) & THREE,
        _ => 0,
    }
}

/// The first eight bytes of `text`, folded; what is missing counts as zero.
fn eight(text: &[u8]) -> u64 {
    let bytes = text.first_chunk::<8>().copied().unwrap_or_else(|| {
        let mut bytes = [0_u8; 8];
        bytes[..text.len()].copy_from_slice(text);
        bytes
    });
    u64::from_le_bytes(bytes) | u64::from(FOLD) << 32 | u64::from(FOLD)
}

/// Four of the eight bytes.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the others are asked for with another shift")]
fn gram_in(eight: u64, shift: usize) -> u32 {
    (eight >> (8 * shift)) as u32
}

/// Where in a keyword the four bytes stand that are the rarest in text.
fn rarest(word: &[u8]) -> usize {
    word.windows(GRAM).enumerate().min_by_key(|(_, gram)| rarity::frequency(gram)).map_or(0, |(at, _)| at)
}

/// The first three bytes of a gram.
const THREE: u32 = 0x00FF_FFFF;

/// Mixes a gram: the multiplier of Fibonacci hashing, whose upper bits are the well-mixed ones.
#[inline]
fn mixed(gram: u32) -> u32 {
    gram.wrapping_mul(0x9E37_79B1)
}

/// Where a gram has its bit in the set.
#[inline]
fn bit(gram: u32) -> (usize, u32) {
    let hash = mixed(gram);
    ((hash >> (32 - BITS + 6)) as usize, hash >> (32 - BITS) & 63)
}

/// The place of a gram's entries in the table.
fn place(gram: u32) -> usize {
    (mixed(gram) >> (32 - PLACES)) as usize
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
            pieces in prop::collection::vec((0usize..16, any::<bool>(), "[abAB_:\\-\u{e9}]{0,5}"), 0..12),
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
            // In parts of the text what begins there is found.
            let keywords = Keywords::new(words.iter().map(String::as_str).enumerate());
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
