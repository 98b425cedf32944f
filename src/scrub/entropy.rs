//! How random a text looks.

/// Shannon entropy in bits per byte: 0 for one repeated byte, at most 8.
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

/// Letter pairs that are frequent in English and in the names that code is made of, one row of
/// following letters for each first letter `a` to `z`.
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

/// The same, by the number of the first letter: a bit for each letter that follows, by its number. `a` and `A` have the number 1.
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

/// What kind of character a byte is, as far as words are made of it.
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

/// How the characters of a text follow each other.
#[derive(Default)]
struct Sequence {
    /// Neighbouring letters; where a capital follows a small letter a new word begins.
    pairs: usize,
    /// Those of the pairs that are frequent.
    frequent: usize,
    /// Places where a word begins inside another, or a number beside letters.
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

/// How many pairs of neighbouring letters `text` has, and how many of them are frequent ones. Where a
/// capital follows a small letter a new word begins.
pub(crate) fn letter_pairs(text: &[u8]) -> (usize, usize) {
    let Sequence { pairs, frequent, .. } = Sequence::of(text);
    (pairs, frequent)
}

/// The same as [`is_wordy`] for a text of letters alone.
pub(crate) fn letters_are_wordy(letters: &[u8]) -> bool {
    let (mut breaks, mut frequent) = (0, 0);
    for pair in letters.windows(2) {
        let (before, byte) = (pair[0], pair[1]);
        // A capital has not the bit that a small letter has.
        let begins = u32::from(before & !byte & 0x20) >> 5;
        frequent += FOLLOWING[usize::from(before & 31)] >> (byte & 31) & 1 & !begins;
        breaks += begins as usize;
    }
    let pairs = letters.len().saturating_sub(1 + breaks);
    pairs * 2 >= letters.len() && frequent as usize * 100 >= pairs * 78 && breaks * 5 <= letters.len()
}

/// Whether `text` reads as words and names rather than as random characters: its letter pairs are
/// frequent ones, its case changes where words begin, and digits are few and stand together.
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
