//! The words that tokens begin with, to be found where a line's end cuts one.

/// The longest part of a word that is looked up.
const LONGEST: usize = 32;

/// Words and what each stands for, in the order of the words.
#[derive(Debug)]
pub(super) struct Words {
    list: Vec<(Vec<u8>, usize)>,
    /// A bit for each pair of bytes that a word begins with.
    pairs: Vec<u64>,
}

impl Words {
    /// Words of at least two bytes, in any case.
    pub(super) fn new<'w>(words: impl Iterator<Item = (&'w str, usize)>) -> Self {
        let mut list: Vec<(Vec<u8>, usize)> =
            words.map(|(word, of)| (word.to_ascii_lowercase().into_bytes(), of)).collect();
        list.sort_unstable();
        list.dedup();
        let mut pairs = vec![0; (1 << 16) / 64];
        for (word, _) in &list {
            if let [one, other, ..] = word[..] {
                let pair = pair(one, other);
                pairs[pair / 64] |= 1 << (pair % 64);
            }
        }
        Self { list, pairs }
    }

    /// Calls `meet` with what each word stands for that `head` is a part of, and `tail` begins with the rest of.
    pub(super) fn each_cut(&self, head: &[u8], tail: &[u8], mut meet: impl FnMut(usize)) {
        let mut begin = [0; LONGEST];
        let length = head.len() + 1;
        // A word goes on by one byte at least.
        let whole = head.iter().chain(tail).take(length);
        let Some(begin) = begin.get_mut(..length).filter(|_| !tail.is_empty()) else { return };
        begin.iter_mut().zip(whole).for_each(|(to, byte)| *to = byte.to_ascii_lowercase());
        let pair = pair(begin[0], begin[1 % length]);
        if self.pairs[pair / 64] >> (pair % 64) & 1 == 0 {
            return;
        }
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

fn pair(one: u8, other: u8) -> usize {
    usize::from(one) << 8 | usize::from(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_word_is_met_where_it_is_cut_and_nowhere_else(
            words in prop::collection::vec("[ab_]{2,5}", 0..9), head in "[abAB_]{1,5}", tail in "[abAB_]{0,6}",
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
