//! Finds out cheaply whether a text may contain the header or footer of an armoured block (a private key),
//! even with invisible or escaped characters in it.

use crate::lazy::Lazy;

use memchr::memmem::Finder;

/// The beginning of every header and footer.
static DASHES: Lazy<Finder<'static>> = Lazy::new(|| Finder::new("-----"));
/// The beginning of a `PuTTY` key.
static PUTTY: Lazy<Finder<'static>> = Lazy::new(|| Finder::new("PuTTY-User-Key"));
/// The first word of a header or footer, after the dashes.
const WORDS: [&[u8]; 2] = [b"begin", b"end"];

/// Whether `text` may contain a header or footer, or begin one at its end, or contains the beginning of a
/// `PuTTY` key. Cheap; may be true for a text without a block, but never false for one that has it. If `any`,
/// the word after the dashes is not checked, because user rules may have words of their own.
pub(crate) fn may_stand(text: &[u8], any: bool) -> bool {
    let mut from = 0;
    // A row of dashes is skipped as a whole, so none of them is read twice.
    while let Some(found) = DASHES.find(&text[from..]) {
        from += found;
        from += text[from..].iter().take_while(|byte| **byte == b'-').count();
        if any || WORDS.into_iter().any(|word| may_begin(&text[from..], word)) {
            return true;
        }
    }
    PUTTY.find(text).is_some()
}

/// Whether `text` begins with `word` in any case, or with a prefix of it that reaches the end of `text` or a
/// byte that may be invisible or escaped.
fn may_begin(text: &[u8], word: &[u8]) -> bool {
    let same = text.iter().zip(word).take_while(|(byte, letter)| byte.eq_ignore_ascii_case(letter)).count();
    same == word.len() || text.get(same).is_none_or(|byte| may_be_unseen(*byte)) && !ends_line(&text[same..])
}

/// Whether an escaped line break, tab or quote begins `text`: the end of a rule under a heading, or of its
/// string, in a text that is JSON.
fn ends_line(text: &[u8]) -> bool {
    let backslashes = text.iter().take_while(|byte| **byte == b'\\').count();
    backslashes > 0 && matches!(text.get(backslashes), Some(b'n' | b'r' | b't' | b'"'))
}

/// Whether a byte may be invisible or part of an escape: a control character, an escape mark or not ASCII.
/// Seams (quotes, tags) may occur inside a token but not inside a header.
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
            "Title\\n------\\nBegin here",
            "|-----|-----\\\\r\\\\n",
            "{\"rule\": \"-----\\\"}",
        ] {
            assert!(!may_stand(text.as_bytes(), false), "{text:?}");
        }
    }

    #[test]
    fn a_row_of_dashes_is_read_once() {
        // Restarting at each of these dashes would take hours.
        assert!(!may_stand(&[vec![b'-'; 1 << 24], b" x".to_vec()].concat(), false));
    }

    proptest! {
        /// Compared with the full search: where that finds a key that begins or ends in the line, the cheap
        /// test is true.
        #[test]
        fn no_line_is_passed_over_in_which_a_key_begins_or_ends(
            dashes in "-{3,7}",
            odd in prop::sample::select(vec!["", "\u{200b}", "\u{1b}[1m", " ", "\u{ad}", "<b>", "**", "\\u200b", "&#8203;", "%20", "_", "\"", "^[", "\u{8}", "\\n", "\\\\t", "\\\""]),
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
