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

/// Whether `text` reads as words and names rather than as random characters: its letter pairs are
/// frequent ones, its case changes where words begin, and digits are few and stand together.
pub(crate) fn is_wordy(text: &[u8]) -> bool {
    let (mut pairs, mut frequent, mut breaks, mut digits) = (0usize, 0usize, 0usize, 0usize);
    let mut before = b' ';
    for &byte in text {
        digits += usize::from(byte.is_ascii_digit());
        if byte.is_ascii_alphabetic() && before.is_ascii_alphabetic() {
            if before.is_ascii_lowercase() && byte.is_ascii_uppercase() {
                breaks += 1;
            } else {
                pairs += 1;
                let row = FREQUENT[usize::from(before.to_ascii_lowercase() - b'a')];
                frequent += usize::from(row.as_bytes().contains(&byte.to_ascii_lowercase()));
            }
        } else if before.is_ascii_digit() != byte.is_ascii_digit() {
            breaks += usize::from(byte.is_ascii_alphanumeric() && before.is_ascii_alphanumeric());
        }
        before = byte;
    }
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
