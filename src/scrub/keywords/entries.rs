//! A hash table of keywords by their grams, and the comparison of candidates with a text.

use std::ops::Range;

use super::candidates::Candidates;
use super::grams::GRAM;
use super::neighbours::Neighbours;
use super::threes::THREE;
use super::{FOLD, KeywordHit, hash};

/// Bits of a bucket index, and the number of buckets.
const BITS: u32 = 13;
const PLACES: usize = 1 << BITS;

/// Keywords by the hash of their grams.
pub(super) struct Entries {
    /// For each bucket the index at which its entries begin; the next element is where they end.
    begins: Box<[u32; PLACES + 1]>,
    list: Vec<Entry>,
    /// The first bytes of each entry's keyword.
    heads: Vec<Head>,
    neighbours: Neighbours,
}

/// A keyword with one of the grams that are searched for.
pub(super) struct Entry {
    /// The gram, folded: four bytes, or three and a zero.
    pub gram: [u8; GRAM],
    /// The keyword in lower case.
    pub word: Box<[u8]>,
    /// The offset of the gram in it.
    pub offset: usize,
    number: usize,
}

impl Entries {
    /// Creates a table of words in lower case, each as its gram, the offset of the gram, the word and its
    /// number.
    pub(super) fn new(words: Vec<([u8; GRAM], usize, Vec<u8>, usize)>) -> Self {
        let entry = |(gram, offset, word, number): ([u8; GRAM], usize, Vec<u8>, usize)| Entry {
            gram,
            word: word.into_boxed_slice(),
            offset,
            number,
        };
        let mut list: Vec<Entry> = words.into_iter().map(entry).collect();
        list.sort_by_key(|entry| place(entry.gram));
        let mut begins = super::zeros::<u32, { PLACES + 1 }>();
        for entry in &list {
            begins[place(entry.gram) + 1] += 1;
        }
        for at in 0..PLACES {
            begins[at + 1] += begins[at];
        }
        let heads = list.iter().map(Head::new).collect();
        let neighbours = Neighbours::new(&list);
        Self { begins, list, heads, neighbours }
    }

    /// Retains those of `places` where the neighbours of the gram of `LENGTH` bytes, four or three, fit a
    /// keyword.
    #[inline(always)]
    pub(super) fn fitting<const LENGTH: usize>(&self, text: &[u8], places: &mut Candidates) {
        places.retain(|at| self.neighbours.fit::<LENGTH>(text, at));
    }

    /// Adds the keywords that begin in `range` and whose gram is `gram`, the one in the text at `at`.
    #[inline(always)]
    pub(super) fn compare(
        &self,
        text: &[u8],
        at: usize,
        gram: Option<[u8; GRAM]>,
        range: &Range<usize>,
        found: &mut Vec<KeywordHit>,
    ) {
        let gram = gram.unwrap_or_default();
        let place = place(gram);
        let (first, end) = (self.begins[place], self.begins[place + 1]);
        let entries = first as usize..end as usize;
        // Mostly it is another word, so there is no branch for each keyword: all are compared with one
        // result.
        if self.heads[entries.clone()].iter().fold(false, |met, head| met | head.stands(text, at)) {
            self.compare_each(entries, text, at, gram, range, found);
        }
    }

    #[inline(never)]
    fn compare_each(
        &self,
        entries: Range<usize>,
        text: &[u8],
        at: usize,
        gram: [u8; GRAM],
        range: &Range<usize>,
        found: &mut Vec<KeywordHit>,
    ) {
        for entry in self.list[entries].iter().filter(|entry| entry.gram == gram) {
            let Some(start) = at.checked_sub(entry.offset).filter(|start| range.contains(start)) else {
                continue;
            };
            let end = start + entry.word.len();
            if text.get(start..end).is_some_and(|bytes| bytes.eq_ignore_ascii_case(&entry.word)) {
                found.push(KeywordHit { start, end, number: entry.number });
            }
        }
    }
}

/// The first bytes of a keyword.
struct Head {
    /// Its first eight bytes, folded, and how many of the highest bits are beyond a shorter keyword and do
    /// not count.
    first: u64,
    without: u32,
    /// The offset of its gram.
    offset: u32,
}

impl Head {
    fn new(entry: &Entry) -> Self {
        let mut first = [0; EIGHT];
        let length = entry.word.len().min(EIGHT);
        first[..length].copy_from_slice(&entry.word[..length]);
        let without = u8::BITS * u32::try_from(EIGHT - length).unwrap_or_default();
        // For a keyword of gigabytes the offset is capped; the full comparison decides.
        let offset = u32::try_from(entry.offset).unwrap_or(u32::MAX);
        Self { first: folded_eight(first) & u64::MAX >> without, without, offset }
    }

    /// Whether the keyword may be around its gram at `at`. True near the ends of the text.
    #[inline(always)]
    fn stands(&self, text: &[u8], at: usize) -> bool {
        let rest = text.get(at.wrapping_sub(self.offset as usize)..).and_then(<[u8]>::first_chunk);
        rest.is_none_or(|rest| folded_eight(*rest) & u64::MAX >> (self.without % u64::BITS) == self.first)
    }
}

/// The number of bytes that are compared at once.
const EIGHT: usize = 8;

#[inline(always)]
fn folded_eight(bytes: [u8; EIGHT]) -> u64 {
    u64::from_le_bytes(bytes) | u64::from_le_bytes([FOLD; EIGHT])
}

/// Returns `N` bytes of a word from `offset` on, folded, or zeros if there are fewer.
pub(super) fn folded<const N: usize>(word: &[u8], offset: usize) -> [u8; N] {
    let part = word.get(offset..).and_then(<[u8]>::first_chunk::<N>);
    part.map_or([0; N], |part| part.map(|byte| byte | FOLD))
}

/// Pads three bytes to a gram of four.
pub(super) fn padded([a, b, c]: [u8; THREE]) -> [u8; GRAM] {
    [a, b, c, 0]
}

/// Returns the four bytes of the text at `at`, folded.
#[inline]
pub(super) fn four(text: &[u8], at: usize) -> Option<[u8; GRAM]> {
    Some(text.get(at..)?.first_chunk::<GRAM>()?.map(|byte| byte | FOLD))
}

/// Returns the three bytes of the text at `at`, folded and padded to four.
#[inline]
pub(super) fn three(text: &[u8], at: usize) -> Option<[u8; GRAM]> {
    Some(padded(text.get(at..)?.first_chunk::<THREE>()?.map(|byte| byte | FOLD)))
}

/// The bucket of a gram.
fn place(gram: [u8; GRAM]) -> usize {
    (hash(gram) >> (32 - BITS)) as usize
}
