//! Where the header or the footer of a block in armour (a private key) may stand in a text, whatever is not seen in it.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// What both begin with.
static DASHES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("-----"));
/// What a key of `PuTTY` begins with.
static PUTTY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("PuTTY-User-Key"));
/// What stands behind it in a header and in a footer.
const WORDS: [&[u8]; 2] = [b"begin", b"end"];

/// Whether one may stand in `text`, or begin at its end, or the beginning of a key of `PuTTY`: cheap, true too often rather than too seldom. If
/// `any`, what stands behind the dashes is not asked, as rules may have words of their own.
pub(crate) fn may_stand(text: &[u8], any: bool) -> bool {
    let mut from = 0;
    // All of a row of dashes is passed over at once: none of them is read again.
    while let Some(found) = DASHES.find(&text[from..]) {
        from += found;
        from += text[from..].iter().take_while(|byte| **byte == b'-').count();
        if any || WORDS.into_iter().any(|word| may_begin(&text[from..], word)) {
            return true;
        }
    }
    PUTTY.find(text).is_some()
}

/// Whether `text` begins with a word in any case, as far as it goes, or with some of it and then with what a reader may not see as it stands.
fn may_begin(text: &[u8], word: &[u8]) -> bool {
    let same = text.iter().zip(word).take_while(|(byte, letter)| byte.eq_ignore_ascii_case(letter)).count();
    same == word.len() || text.get(same).is_none_or(|byte| may_be_unseen(*byte))
}

/// Whether a character may be one that is not seen, or a part of another spelling: a control character, an escape, none of ASCII. What may
/// stand inside a token (quotes, tags) stands inside no header.
fn may_be_unseen(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t')
        || !byte.is_ascii()
        || matches!(byte, b'\\' | b'%' | b'&' | b'^')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Preset, Scrubber};

    #[test]
    fn a_rule_under_a_heading_is_none() {
        for text in
            ["-----", "x\n-----BEGIN RSA", "------end", "-----\u{200b}BEGIN", "-----BE", "-----\\u0042EGIN"]
        {
            assert!(may_stand(text.as_bytes(), false), "{text:?}");
        }
        for text in [
            "",
            "----",
            "-----\n",
            "----- Begin",
            "-----|-----|\n",
            "Title\n------\nBegin here",
            "-----beg us",
        ] {
            assert!(!may_stand(text.as_bytes(), false), "{text:?}");
        }
    }

    #[test]
    fn a_row_of_dashes_is_read_once() {
        // Read again from each of its dashes it would take hours.
        assert!(!may_stand(&[vec![b'-'; 1 << 24], b" x".to_vec()].concat(), false));
    }

    proptest! {
        /// Held to the long way: where a key is found that begins or ends in the line, the short one says so.
        #[test]
        fn no_line_is_passed_over_in_which_a_key_begins_or_ends(
            dashes in "-{3,7}",
            odd in prop::sample::select(vec!["", "\u{200b}", "\u{1b}[1m", " ", "\u{ad}", "<b>", "**", "\\u200b", "&#8203;", "%20", "_", "\"", "^[", "\u{8}"]),
            word in "BEGIN|END|begin|Begin|BE|TITLE",
            at in 0..6_usize,
            seed in "[A-Za-z0-9+/]{64}",
            end: bool,
        ) {
            let at = at.min(word.len());
            let word = format!("{}{odd}{}", &word[..at], &word[at..]);
            let line = format!("{dashes}{word} RSA PRIVATE KEY-----");
            let body = format!("{seed}\n{seed}\n{seed}");
            let text = if end { format!("{body}\n{line}") } else { format!("{line}\n{body}") };
            for preset in [Preset::Strict, Preset::Balanced] {
                let found = Scrubber::new(preset).findings(text.as_bytes());
                let key = found.iter().any(|finding| finding.label.contains("PRIVATE_KEY"));
                prop_assert!(!key || may_stand(line.as_bytes(), false), "{line:?}");
            }
        }
    }
}
