//! Keywords by a few of their bytes, and what compares them with a text.

use std::ops::Range;

use super::candidates::Candidates;
use super::grams::GRAM;
use super::neighbours::Neighbours;
use super::threes::THREE;
use super::{FOLD, KeywordHit, hash};

/// Bits of a place in the table, and places.
const BITS: u32 = 13;
const PLACES: usize = 1 << BITS;

/// Keywords, by some of their bytes.
pub(super) struct Entries {
    /// By the hash of these bytes where their entries begin; the next number is where they end.
    begins: Box<[u32; PLACES + 1]>,
    list: Vec<Entry>,
    /// What each of them begins with.
    heads: Vec<Head>,
    neighbours: Neighbours,
}

/// A keyword, by one of the places in it that are looked for.
pub(super) struct Entry {
    /// The four bytes that are looked for, folded, or three and a zero.
    pub gram: [u8; GRAM],
    /// In lower case.
    pub word: Box<[u8]>,
    /// Where its gram stands in it.
    pub offset: usize,
    number: usize,
}

impl Entries {
    /// The words in lower case, each with its number, what is looked for and where that stands in it.
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

    /// Leaves those of `places` where a keyword may stand around the `LENGTH` bytes there, four or three.
    #[inline(always)]
    pub(super) fn fitting<const LENGTH: usize>(&self, text: &[u8], places: &mut Candidates) {
        places.retain(|at| self.neighbours.fit::<LENGTH>(text, at));
    }

    /// Adds the keywords that begin in `range` and whose gram, which is that of the text at `at`, stands there.
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
        // Mostly it is another word, and no branch asks for each keyword whether it is.
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

/// What a keyword begins with.
struct Head {
    /// Its first eight bytes, folded, and how many bits of the last of them do not count.
    first: u64,
    without: u32,
    /// Where its gram stands in it.
    offset: u32,
}

impl Head {
    fn new(entry: &Entry) -> Self {
        let mut first = [0; EIGHT];
        let length = entry.word.len().min(EIGHT);
        first[..length].copy_from_slice(&entry.word[..length]);
        let without = u8::BITS * u32::try_from(EIGHT - length).unwrap_or_default();
        // A word of gigabytes is told by the comparison alone.
        let offset = u32::try_from(entry.offset).unwrap_or(u32::MAX);
        Self { first: folded_eight(first) & u64::MAX >> without, without, offset }
    }

    /// Whether a keyword may stand around its gram at `at`; so it may at the text's ends.
    #[inline(always)]
    fn stands(&self, text: &[u8], at: usize) -> bool {
        let rest = text.get(at.wrapping_sub(self.offset as usize)..).and_then(<[u8]>::first_chunk);
        rest.is_none_or(|rest| folded_eight(*rest) & u64::MAX >> (self.without % u64::BITS) == self.first)
    }
}

/// Bytes of a word that are compared at once.
const EIGHT: usize = 8;

#[inline(always)]
fn folded_eight(bytes: [u8; EIGHT]) -> u64 {
    u64::from_le_bytes(bytes) | u64::from_le_bytes([FOLD; EIGHT])
}

/// `N` bytes of a word from `offset` on, folded; what is missing counts as zero.
pub(super) fn folded<const N: usize>(word: &[u8], offset: usize) -> [u8; N] {
    let part = word.get(offset..).and_then(<[u8]>::first_chunk::<N>);
    part.map_or([0; N], |part| part.map(|byte| byte | FOLD))
}

/// Three bytes in the place of four.
pub(super) fn padded([a, b, c]: [u8; THREE]) -> [u8; GRAM] {
    [a, b, c, 0]
}

/// The four bytes of the text at `at`, folded.
#[inline]
pub(super) fn four(text: &[u8], at: usize) -> Option<[u8; GRAM]> {
    Some(text.get(at..)?.first_chunk::<GRAM>()?.map(|byte| byte | FOLD))
}

/// The three bytes of the text at `at`, folded, in the place of four.
#[inline]
pub(super) fn three(text: &[u8], at: usize) -> Option<[u8; GRAM]> {
    Some(padded(text.get(at..)?.first_chunk::<THREE>()?.map(|byte| byte | FOLD)))
}

/// The place of a gram's entries in the table.
fn place(gram: [u8; GRAM]) -> usize {
    (hash(gram) >> (32 - BITS)) as usize
}
