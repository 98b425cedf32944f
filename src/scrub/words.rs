//! The words that tokens begin with, to be found where a line's end cuts one.

/// The longest part of a word that is looked up.
const LONGEST: usize = 32;

/// How many hashes are told apart.
const HASHES: usize = 1 << 15;

/// Words and what each stands for, in the order of the words.
#[derive(Debug)]
pub(super) struct Words {
    list: Vec<(Vec<u8>, usize)>,
    /// A bit for each three bytes that a word begins with, by their hash.
    threes: Vec<u64>,
}

impl Words {
    /// Words of at least three bytes, in any case; shorter ones are never met.
    pub(super) fn new<'w>(words: impl Iterator<Item = (&'w str, usize)>) -> Self {
        let mut list: Vec<(Vec<u8>, usize)> =
            words.map(|(word, of)| (word.to_ascii_lowercase().into_bytes(), of)).collect();
        list.sort_unstable();
        list.dedup();
        let mut threes = vec![0; HASHES / 64];
        for (word, _) in &list {
            if let [one, other, third, ..] = word[..] {
                let hash = hash(one, other, third);
                threes[hash / 64] |= 1 << (hash % 64);
            }
        }
        Self { list, threes }
    }

    /// Calls `meet` with what each word stands for that `head` is a part of, and `tail` begins with the rest of.
    pub(super) fn each_cut(&self, head: &[u8], tail: &[u8], mut meet: impl FnMut(usize)) {
        let mut first = head.iter().chain(tail).map(u8::to_ascii_lowercase);
        let (Some(one), Some(other), Some(third)) = (first.next(), first.next(), first.next()) else {
            return;
        };
        let hash = hash(one, other, third);
        if self.threes[hash / 64] >> (hash % 64) & 1 == 0 {
            return;
        }
        let mut begin = [0; LONGEST];
        let length = head.len() + 1;
        // A word goes on by one byte at least.
        let whole = head.iter().chain(tail).take(length);
        let Some(begin) = begin.get_mut(..length).filter(|_| !tail.is_empty()) else { return };
        begin.iter_mut().zip(whole).for_each(|(to, byte)| *to = byte.to_ascii_lowercase());
        let from = self.list.partition_point(|(word, _)| word.as_slice() < &*begin);
        for (word, of) in self.list[from..].iter().take_while(|(word, _)| word.starts_with(begin)) {
            let rest = &word[head.len()..];
            let goes_on = tail.get(..rest.len()).is_some_and(|tail| tail.eq_ignore_ascii_case(rest));
            if goes_on {
                meet(*of);
            }
        }
    }
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
