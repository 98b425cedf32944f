//! An index of the words that prefixed tokens begin with, used to find a word that a line break cuts in two.

/// The number of hash values, and of buckets for words.
const HASHES: usize = 1 << 15;
const PLACES: usize = 1 << 10;

/// Words, each with the rule that it belongs to.
#[derive(Debug)]
pub(super) struct Words {
    /// Sorted by bucket, then by word.
    list: Vec<(Vec<u8>, usize)>,
    /// A bitset over the hash of the first three bytes of each word.
    threes: Vec<u64>,
    /// For each bucket the index in `list` at which its words begin; the next element is where they end.
    begins: Vec<usize>,
}

impl Words {
    /// Creates an index of words of at least three bytes, in any case; shorter ones are never found.
    pub(super) fn new<'w>(words: impl Iterator<Item = (&'w str, usize)>) -> Self {
        let words = words.filter(|(word, _)| word.len() >= 3);
        let mut list: Vec<(Vec<u8>, usize)> =
            words.map(|(word, of)| (word.to_ascii_lowercase().into_bytes(), of)).collect();
        list.sort_unstable_by(|one, other| (place(&one.0), one).cmp(&(place(&other.0), other)));
        list.dedup();
        let mut threes = vec![0; HASHES / 64];
        for (word, _) in &list {
            let hash = hash(word[0], word[1], word[2]);
            threes[hash / 64] |= 1 << (hash % 64);
        }
        let begins = (0..=PLACES).map(|at| list.partition_point(|(word, _)| place(word) < at)).collect();
        Self { list, threes, begins }
    }

    /// Calls `meet` with the rule of each word of which `head` is a proper prefix and with the rest of which
    /// `tail` begins.
    pub(super) fn each_cut(&self, head: &[u8], tail: &[u8], mut meet: impl FnMut(usize)) {
        let (([one, other, third, ..], _) | ([one, other], [third, ..]) | ([one], [other, third, ..])) =
            (head, tail)
        else {
            return;
        };
        let hash = hash(one.to_ascii_lowercase(), other.to_ascii_lowercase(), third.to_ascii_lowercase());
        if self.threes[hash / 64] >> (hash % 64) & 1 == 0 {
            return;
        }
        let at = hash % PLACES;
        for (word, of) in &self.list[self.begins[at]..self.begins[at + 1]] {
            // The rest of the word must have at least one byte.
            let Some((begin, rest)) = word.split_at_checked(head.len()).filter(|(_, rest)| !rest.is_empty())
            else {
                continue;
            };
            let goes_on =
                |rest: &[u8]| tail.get(..rest.len()).is_some_and(|tail| tail.eq_ignore_ascii_case(rest));
            if begin.eq_ignore_ascii_case(head) && goes_on(rest) {
                meet(*of);
            }
        }
    }
}

/// The bucket of a word.
fn place(word: &[u8]) -> usize {
    hash(word[0], word[1], word[2]) % PLACES
}

fn hash(one: u8, other: u8, third: u8) -> usize {
    let number = u32::from(one) << 16 | u32::from(other) << 8 | u32::from(third);
    // The upper bits of the product depend on all bytes.
    (number.wrapping_mul(0x9e37_79b1) >> 17) as usize % HASHES
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_word_is_met_where_it_is_cut_and_nowhere_else(
            words in prop::collection::vec("[ab_]{3,5}", 0..9), head in "[abAB_]{1,5}", tail in "[abAB_]{0,6}",
        ) {
            let list = Words::new(words.iter().enumerate().map(|(at, word)| (word.as_str(), at)));
            let mut met = Vec::new();
            list.each_cut(head.as_bytes(), tail.as_bytes(), |of| met.push(of));
            met.sort_unstable();
            let whole = format!("{head}{tail}").to_lowercase();
            let is_cut = |word: &String| word.len() > head.len() && whole.starts_with(word.as_str());
            let wanted: Vec<usize> =
                words.iter().enumerate().filter(|(_, word)| is_cut(word)).map(|(at, _)| at).collect();
            prop_assert_eq!(met, wanted);
        }
    }
}
