//! Measures of how random a text is.

/// The Shannon entropy in bits per byte: 0 for one repeated byte, at most 8.
#[allow(clippy::cast_precision_loss)] // lengths are far below 2^52
pub(crate) fn bits_per_byte(text: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for &byte in text {
        counts[usize::from(byte)] += 1;
    }
    let total = text.len() as f64;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum()
}

/// Letter pairs that are frequent in English and in the names of code: for each first letter, `a` to `z`, a
/// row of the letters that follow it.
const FREQUENT: [&str; 26] = [
    "bcdgilmnprstuvyk",
    "aeiloruyj",
    "aehiklortucq",
    "eaiorsudvl",
    "abcdefgilmnpqrstvwxy",
    "aefiloruc",
    "aeghilnorsu",
    "aeiortyl",
    "abcdefglmnoprstvz",
    "aeosu",
    "eislpn",
    "abdefilmnostuyv",
    "abeimopsuy",
    "acdefgiklnostuvy",
    "abcdefgiklmnoprstuvw",
    "adehilopqrstuy",
    "u",
    "abcdefgiklmnopqrstuvy",
    "acehiklmnopqstuwy",
    "acehilmorstuwxy",
    "abcdefgilmnprstx",
    "aeiol",
    "aehinors",
    "aceiptm",
    "aeilmnopst",
    "aeio",
];

/// [`FREQUENT`] as a bitset of following letters for each first letter, both by number. `a` and `A` have the
/// number 1.
static FOLLOWING: [u32; 32] = {
    let mut rows = [0; 32];
    let mut first = 0;
    while first < FREQUENT.len() {
        let letters = FREQUENT[first].as_bytes();
        let mut at = 0;
        while at < letters.len() {
            rows[first + 1] |= 1 << (letters[at] & 31);
            at += 1;
        }
        first += 1;
    }
    rows
};

/// The kind of each byte: small letter, capital, digit or other.
static KINDS: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        if byte.is_ascii_lowercase() {
            kinds[byte as usize] = SMALL;
        } else if byte.is_ascii_uppercase() {
            kinds[byte as usize] = CAPITAL;
        } else if byte.is_ascii_digit() {
            kinds[byte as usize] = DIGIT;
        }
        byte += 1;
    }
    kinds
};
const OTHER: u8 = 0;
const SMALL: u8 = 1;
const CAPITAL: u8 = 2;
const DIGIT: u8 = 4;
const LETTER: u8 = SMALL | CAPITAL;

/// Counts of how the characters of a text follow each other.
#[derive(Default)]
struct Sequence {
    /// Pairs of adjacent letters within a word; a capital after a small letter begins a new word.
    pairs: usize,
    /// How many of these pairs are frequent.
    frequent: usize,
    /// Places where a word begins inside another, or a digit is next to a letter.
    breaks: usize,
    digits: usize,
}

impl Sequence {
    #[allow(clippy::needless_bitwise_bool, reason = "what random text decides is not branched on")]
    fn of(text: &[u8]) -> Self {
        let mut sequence = Self::default();
        let mut before = 0;
        let mut kind_before = OTHER;
        for &byte in text {
            let kind = KINDS[usize::from(byte)];
            let begins = kind_before == SMALL && kind == CAPITAL;
            let pair = !begins & (kind_before & LETTER != 0) & (kind & LETTER != 0);
            let beside = (kind_before | kind) & DIGIT != 0
                && kind_before != kind
                && kind_before != OTHER
                && kind != OTHER;
            sequence.pairs += usize::from(pair);
            sequence.frequent +=
                usize::from(pair & (FOLLOWING[usize::from(before & 31_u8)] >> (byte & 31) & 1 == 1));
            sequence.breaks += usize::from(begins | beside);
            sequence.digits += usize::from(kind == DIGIT);
            (before, kind_before) = (byte, kind);
        }
        sequence
    }
}

/// The number of pairs of adjacent letters in `text`, and how many of them are frequent. A capital after a
/// small letter begins a new word.
pub(crate) fn letter_pairs(text: &[u8]) -> (usize, usize) {
    let Sequence { pairs, frequent, .. } = Sequence::of(text);
    (pairs, frequent)
}

/// [`is_wordy`] for a text that consists of letters.
pub(crate) fn letters_are_wordy(letters: &[u8]) -> bool {
    let (mut breaks, mut frequent) = (0, 0);
    for pair in letters.windows(2) {
        let (before, byte) = (pair[0], pair[1]);
        // A small letter has bit 0x20 and a capital does not.
        let begins = u32::from(before & !byte & 0x20) >> 5;
        frequent += FOLLOWING[usize::from(before & 31)] >> (byte & 31) & 1 & !begins;
        breaks += begins as usize;
    }
    let pairs = letters.len().saturating_sub(1 + breaks);
    pairs * 2 >= letters.len() && frequent as usize * 100 >= pairs * 78 && breaks * 5 <= letters.len()
}

/// Whether `text` reads as words and names rather than as random characters: its letter pairs are frequent,
/// its case changes where words begin, and it has few digits, which are adjacent.
pub(crate) fn is_wordy(text: &[u8]) -> bool {
    let Sequence { pairs, frequent, breaks, digits } = Sequence::of(text);
    pairs * 2 >= text.len()
        && frequent * 100 >= pairs * 78
        && breaks * 5 <= text.len()
        && digits * 4 <= text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn random_characters_are_not_wordy(text in "[A-Za-z0-9+/]{33,80}") {
            prop_assert!(!is_wordy(text.as_bytes()));
        }
    }

    proptest! {
        #[test]
        fn letters_are_told_as_any_text_is(letters in "[a-z]{0,9}[A-Za-z]{0,60}|([A-Z]?[a-z]{0,6}){0,9}") {
            prop_assert_eq!(letters_are_wordy(letters.as_bytes()), is_wordy(letters.as_bytes()));
        }
    }

    #[test]
    fn paths_and_names_are_wordy() {
        for text in [
            "home/agent/projects/molecule/workspace/lib/pre",
            "AbstractSingletonProxyFactoryBeanConfiguration",
            "usr/lib/python3/site/packages/setuptools/command",
            "org/springframework/boot/autoconfigure/condition",
            "BertForSequenceClassificationOutputWithPooling",
        ] {
            assert!(is_wordy(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn entropy_is_shannons() {
        assert!(bits_per_byte(b"aaaa").abs() < 1e-9);
        assert!((bits_per_byte(b"abab") - 1.0).abs() < 1e-9);
    }
}
