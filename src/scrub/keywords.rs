//! Where the keywords of all rules stand in a text, in any case.
//!
//! There are thousands of keywords and hits are rare. An automaton over all of them takes megabytes and
//! longer to build than a start may take; so a table of three-byte hashes, which fits the first cache,
//! says where a keyword may begin; there a set of six-byte hashes says whether it may go on, and only
//! where it may are keywords compared.

/// Places in the table of hashes.
const PLACES: usize = 1 << 15;
/// The shortest keyword, in bytes.
const SHORTEST: usize = 3;
/// Bytes of a keyword's beginning that the set of beginnings holds, and of one that is shorter.
const BEGINNING: usize = 6;
const SHORT: usize = 4;
/// Bits in the set of beginnings.
const BITS: usize = 1 << 16;
/// Makes letters alike in both cases, and some other characters too: the comparison tells them apart.
const FOLD: u32 = 0x2020_2020;

/// Keywords, ready to be searched for.
pub(crate) struct Keywords {
    /// By the hash of the first three bytes: which fourth bytes go on to a keyword, eight kinds.
    table: Box<[u8; PLACES]>,
    /// Hashes of how keywords begin.
    beginnings: Box<[u64; BITS / 64]>,
    /// By the same hash: where its keywords begin in `entries`.
    begins: Box<[u32]>,
    entries: Vec<Entry>,
}

struct Entry {
    /// The first eight bytes, folded, and which of them count.
    first: u64,
    mask: u64,
    /// In lower case.
    word: Box<[u8]>,
    index: usize,
}

impl std::fmt::Debug for Keywords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keywords").field("count", &self.entries.len()).finish_non_exhaustive()
    }
}

impl Keywords {
    /// Keywords of at least three bytes of ASCII; shorter ones are never found.
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let entry = |(index, word): (usize, &str)| {
            let word = word.to_ascii_lowercase().into_bytes().into_boxed_slice();
            let mask = u64::MAX >> (8 * (8 - word.len().clamp(1, 8)));
            Entry { first: eight(&word) & mask, mask, word, index }
        };
        let mut entries: Vec<Entry> = words.into_iter().enumerate().map(entry).collect();
        entries.retain(|entry| entry.word.len() >= SHORTEST);
        entries.sort_by_cached_key(|entry| place(gram(&entry.word)));
        let mut table: Box<[u8; PLACES]> = vec![0; PLACES]
            .into_boxed_slice()
            .try_into()
            .unwrap_or_else(|_| unreachable!("a vector has the length that it was made with"));
        let mut beginnings: Box<[u64; BITS / 64]> = vec![0; BITS / 64]
            .into_boxed_slice()
            .try_into()
            .unwrap_or_else(|_| unreachable!("a vector has the length that it was made with"));
        let mut begins = vec![0_u32; PLACES + 1].into_boxed_slice();
        for entry in &entries {
            let gram = gram(&entry.word);
            let kinds = if entry.word.len() > SHORTEST { kind(gram) } else { u8::MAX };
            table[place(gram)] |= kinds;
            if entry.word.len() > SHORTEST {
                let bit = bit(entry.first, entry.word.len());
                beginnings[bit / 64] |= 1 << (bit % 64);
            }
            begins[place(gram) + 1] += 1;
        }
        for at in 0..PLACES {
            begins[at + 1] += begins[at];
        }
        Self { table, beginnings, begins, entries }
    }

    /// Calls `found` with the index of each keyword in `text` and where it begins and ends, in the order
    /// of the beginnings; those that overlap are all found.
    pub(crate) fn each(&self, text: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        for (at, window) in text.windows(4).enumerate() {
            let gram = u32::from_le_bytes([window[0], window[1], window[2], window[3]]) | FOLD;
            let kinds = self.table[place(gram)];
            if kinds & kind(gram) != 0 && (kinds == u8::MAX || self.may_go_on(&text[at..])) {
                self.compare(text, at, place(gram), &mut found);
            }
        }
        if let Some(last) = text.len().checked_sub(SHORTEST) {
            let place = place(gram(&text[last..]));
            if self.table[place] != 0 {
                self.compare(text, last, place, &mut found);
            }
        }
    }

    /// Whether a keyword of four bytes or more may begin `text`.
    #[inline]
    fn may_go_on(&self, text: &[u8]) -> bool {
        let first = eight(text);
        let holds = |length| {
            let bit = bit(first, length);
            self.beginnings[bit / 64] >> (bit % 64) & 1 != 0
        };
        holds(BEGINNING) | holds(SHORT)
    }

    fn compare(&self, text: &[u8], at: usize, place: usize, found: &mut impl FnMut(usize, usize, usize)) {
        let (from, to) = (self.begins[place] as usize, self.begins[place + 1] as usize);
        let first = eight(&text[at..]);
        for entry in &self.entries[from..to] {
            if first & entry.mask != entry.first {
                continue;
            }
            let end = at + entry.word.len();
            if text.get(at..end).is_some_and(|bytes| bytes.eq_ignore_ascii_case(&entry.word)) {
                found(entry.index, at, end);
            }
        }
    }
}

/// The first four bytes of `text`, folded; what is missing counts as zero.
fn gram(text: &[u8]) -> u32 {
    let mut bytes = [0_u8; 4];
    for (to, from) in bytes.iter_mut().zip(text) {
        *to = *from;
    }
    u32::from_le_bytes(bytes) | FOLD
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

/// The place of the first three bytes in the table.
fn place(gram: u32) -> usize {
    // The multiplier of Fibonacci hashing; its upper bits are the well-mixed ones.
    (((gram & 0x00FF_FFFF).wrapping_mul(0x9E37_79B1)) >> 17) as usize
}

/// The bit of the beginning of a keyword of `length` bytes: [`BEGINNING`] of them, or [`SHORT`].
#[inline]
fn bit(first: u64, length: usize) -> usize {
    let kept = if length < BEGINNING {
        first & (u64::MAX >> (64 - 8 * SHORT))
    } else {
        first & (u64::MAX >> (64 - 8 * BEGINNING))
    };
    (kept.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) as usize
}

/// One of eight bits for the fourth byte.
fn kind(gram: u32) -> u8 {
    let byte = gram >> 24;
    1 << ((byte ^ byte >> 3) & 7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(words: &[String], text: &[u8]) -> Vec<(usize, usize, usize)> {
        let mut hits = Vec::new();
        Keywords::new(words.iter().map(String::as_str))
            .each(text, |index, start, end| hits.push((start, end, index)));
        hits
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
            prop_assert!(hits.is_sorted_by_key(|hit| hit.0), "in the order of their beginnings");
            hits.sort_unstable();
            wanted.sort_unstable();
            prop_assert_eq!(hits, wanted);
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
