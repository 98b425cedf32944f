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
    /// The keywords in lower case, one after another.
    text: Vec<u8>,
    /// The first bytes of each entry's keyword.
    heads: Vec<Head>,
    neighbours: Neighbours,
}

/// A keyword with one of the grams that are searched for.
#[derive(Clone)]
pub(super) struct Entry {
    /// The gram, folded: four bytes, or three and a zero.
    pub gram: [u8; GRAM],
    /// The offset of the gram in the keyword.
    pub offset: usize,
    word: Word,
}

/// Where a keyword is in the text of all keywords, and its number.
#[derive(Clone)]
pub(super) struct Word {
    range: Range<usize>,
    number: usize,
}

/// Keywords and their grams, of which a table is made.
#[derive(Default)]
pub(super) struct Wanted {
    text: Vec<u8>,
    list: Vec<Entry>,
}

impl Wanted {
    /// Adds a keyword.
    pub(super) fn word(&mut self, word: &str, number: usize) -> Word {
        let start = self.text.len();
        self.text.extend(word.bytes().map(|byte| byte.to_ascii_lowercase()));
        Word { range: start..self.text.len(), number }
    }

    /// The bytes of a keyword, in lower case.
    pub(super) fn bytes(&self, word: &Word) -> &[u8] {
        &self.text[word.range.clone()]
    }

    /// Adds a gram of a keyword, at an offset in it.
    pub(super) fn gram(&mut self, gram: [u8; GRAM], offset: usize, word: &Word) {
        self.list.push(Entry { gram, offset, word: word.clone() });
    }
}

impl Entries {
    /// Creates a table of keywords by their grams.
    pub(super) fn new(Wanted { text, list }: Wanted) -> Self {
        let mut begins = super::zeros::<u32, { PLACES + 1 }>();
        for entry in &list {
            begins[place(entry.gram) + 1] += 1;
        }
        for at in 0..PLACES {
            begins[at + 1] += begins[at];
        }
        // Sorted by counting: this is a part of what the first scrubber of a process waits for.
        let mut next = begins.clone();
        let mut order = vec![0; list.len()];
        for (index, entry) in list.iter().enumerate() {
            let next = &mut next[place(entry.gram)];
            order[*next as usize] = index;
            *next += 1;
        }
        let list: Vec<Entry> = order.into_iter().map(|index| list[index].clone()).collect();
        let word = |entry: &Entry| &text[entry.word.range.clone()];
        let heads = list.iter().map(|entry| Head::new(word(entry), entry.offset)).collect();
        let neighbours = Neighbours::new(list.iter().map(|entry| (entry.gram, entry.offset, word(entry))));
        Self { begins, list, text, heads, neighbours }
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
            let Word { range: word, number } = entry.word.clone();
            let end = start + word.len();
            if text.get(start..end).is_some_and(|bytes| bytes.eq_ignore_ascii_case(&self.text[word])) {
                found.push(KeywordHit { start, end, number });
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
    fn new(word: &[u8], offset: usize) -> Self {
        let mut first = [0; EIGHT];
        let length = word.len().min(EIGHT);
        first[..length].copy_from_slice(&word[..length]);
        let without = u8::BITS * u32::try_from(EIGHT - length).unwrap_or_default();
        // For a keyword of gigabytes the offset is capped; the full comparison decides.
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
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
