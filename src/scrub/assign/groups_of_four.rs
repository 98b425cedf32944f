//! Secrets that are shown in groups of four: the app passwords of Google (`EMAIL_PASS=rfly rgdw abcw iohf`),
//! the keys that an authenticator is set up with (`Secret key: jbsw y3dp ehpk 3pxp`).

use super::super::escape;
use super::super::placeholder::is_placeholder;
use super::name::Name;

/// The length of a group.
const GROUP: usize = 4;
/// The length of a group and the space after it.
const STEP: usize = GROUP + 1;
/// How many groups may be one secret.
const GROUPS: std::ops::RangeInclusive<usize> = 4..=16;

/// Whether spaces are where the shortest secret from `from` on has them: no letter is read.
pub(super) fn may_begin(text: &[u8], from: usize) -> bool {
    (1..*GROUPS.start()).all(|group| text.get(from + group * STEP - 1) == Some(&b' '))
}

/// Returns where such a value at `from`, perhaps in quotes, begins and ends.
pub(super) fn value(text: &[u8], name: &Name, from: usize) -> Option<(usize, usize)> {
    let start = escape::quote_at(text, from).map_or(from, |(_, inside)| inside);
    if name.sensitive.label == "COOKIE" || !may_begin(text, start) {
        return None;
    }
    let group = |at: usize| text.get(at..at + GROUP).filter(|group| is_group(group));
    let upper = group(start)?.iter().any(u8::is_ascii_uppercase);
    let same =
        |group: &[u8]| group.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() == upper);
    let mut end = start;
    let (mut count, mut odd) = (0, 0);
    while let Some(group) = group(end + usize::from(count > 0)).filter(|group| same(group)) {
        if count > 0 && text[end] != b' ' || count > *GROUPS.end() {
            break;
        }
        end += GROUP + usize::from(count > 0);
        count += 1;
        odd += usize::from(!reads_as_word(group));
    }
    let goes_on = match text.get(end..) {
        Some([next, ..]) if next.is_ascii_alphanumeric() => true,
        Some([b' ', next, ..]) => next.is_ascii_alphanumeric(),
        _ => false,
    };
    // Under other names sentences are more frequent.
    let least = if name.sensitive.label == "PASSWORD" { 1 } else { 2 };
    let found = GROUPS.contains(&count) && odd >= least && !goes_on && !is_placeholder(&text[start..end]);
    found.then_some((start, end))
}

/// Whether a group is letters and the digits of base32, with a letter among them.
fn is_group(group: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'2'..=b'7');
    group.iter().all(inner) && group.iter().any(u8::is_ascii_alphabetic)
}

/// Whether a group may be a word: it has a vowel, no digit, and not one letter only. Of four random groups
/// all have a vowel in every sixth case.
fn reads_as_word(group: &[u8]) -> bool {
    let vowel = |byte: &u8| b"aeiouy".contains(&byte.to_ascii_lowercase());
    group.iter().any(vowel)
        && group.iter().all(u8::is_ascii_alphabetic)
        && group.windows(2).any(|pair| pair[0] != pair[1])
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn groups_of_four_go_together(
            groups in prop::collection::vec("[bcdfghjklmnpqrstvwxz][a-z]{2}[bcdfghjklmnpqrstvwxz]", 3..8),
            line in prop::sample::select(vec!["EMAIL_PASS=§\nX=1\n", "pass: '§' }", "GMAIL_APP_PASSWORD: §\n", "{\"smtp_password\": \"§\"}", "Secret key: §\n",
                "app password is §, please", r#"{"env": "MAIL_PASS=§\nX=1"}"#]),
        ) {
            let value = format!("{} qzvk bdfg", groups.join(" "));
            let out = balanced(&line.replace('§', &value));
            // A group may be a word of the line itself (`word`).
            let gone = |group: &String| line.contains(group.as_str()) || !out.contains(group.as_str());
            prop_assert!(groups.iter().all(gone) && !out.contains("qzvk"), "{out}");
        }
    }

    #[test]
    fn words_of_four_letters_stay() {
        for text in [
            "pass: 'when that test runs'",
            "key: \"this must have been\"",
            "pass: this only when there is none\n",
            "token: 1234 5678 2345 6723\n",
            "pass: 'xkcd says that nothing'",
            "key: 'read html from here'",
            "EMAIL_PASS='xxxx xxxx xxxx xxxx'",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
