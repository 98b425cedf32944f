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

/// How many pairs of neighbouring letters `text` has, and how many of them are frequent ones. Where a
/// capital follows a small letter a new word begins.
pub(crate) fn letter_pairs(text: &[u8]) -> (usize, usize) {
    let (mut pairs, mut frequent) = (0, 0);
    for pair in text.windows(2) {
        let begins = pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
        if !begins && pair.iter().all(u8::is_ascii_alphabetic) {
            pairs += 1;
            let row = FREQUENT[usize::from(pair[0].to_ascii_lowercase() - b'a')];
            frequent += usize::from(row.as_bytes().contains(&pair[1].to_ascii_lowercase()));
        }
    }
    (pairs, frequent)
}

/// Whether `text` reads as words and names rather than as random characters: its letter pairs are
/// frequent ones, its case changes where words begin, and digits are few and stand together.
pub(crate) fn is_wordy(text: &[u8]) -> bool {
    let (pairs, frequent) = letter_pairs(text);
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_break = |pair: &[u8]| {
        pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()
            || pair[0].is_ascii_digit() != pair[1].is_ascii_digit()
                && pair.iter().all(u8::is_ascii_alphanumeric)
    };
    let breaks = text.windows(2).filter(|pair| is_break(pair)).count();
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
