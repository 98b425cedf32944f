//! The last check of a document before it is written, for secrets that scrubbing should have removed.

use std::borrow::Cow;

use super::options::Rescrub;
use crate::Result;
use crate::json;
use crate::scrub::{Tally, marker};

/// A number with fewer digits is not a secret.
const SHORTEST_NUMBER: usize = 8;

/// Returns the document with a marker in place of every string (key or value) and every number that still
/// contains a secret, and the labels of these secrets.
///
/// # Errors
/// As [`json::check`], if something that is not JSON contains a secret: the end of its string is then
/// unknown.
pub(super) fn gate<'d>(document: &'d [u8], rescrub: Option<&dyn Rescrub>) -> Result<(Cow<'d, [u8]>, Tally)> {
    let Some(rescrub) = rescrub.filter(|rescrub| rescrub.left_over(document).is_some()) else {
        return Ok((Cow::Borrowed(document), Tally::default()));
    };
    let mut gated = Gated {
        document,
        rescrub,
        out: Vec::with_capacity(document.len()),
        copied: 0,
        tally: Tally::default(),
    };
    // Each string is checked by itself: a match in the whole document may only have been two adjacent
    // strings.
    let mut at = 0;
    for text in json::texts(document)? {
        gated.numbers(at, text.start);
        gated.replace(text.start + 1, text.end - 1, "");
        at = text.end;
    }
    gated.numbers(at, document.len());
    gated.out.extend_from_slice(&document[gated.copied..]);
    Ok((Cow::Owned(gated.out), gated.tally))
}

struct Gated<'d> {
    document: &'d [u8],
    rescrub: &'d dyn Rescrub,
    out: Vec<u8>,
    /// How much of the document was copied to `out`.
    copied: usize,
    tally: Tally,
}

impl Gated<'_> {
    /// Replaces `start..end` by a marker between `quote`s, if it contains a secret.
    fn replace(&mut self, start: usize, end: usize, quote: &str) {
        if let Some(label) = self.rescrub.left_over(&self.document[start..end]) {
            self.out.extend_from_slice(&self.document[self.copied..start]);
            self.out.extend_from_slice(format!("{quote}{}{quote}", marker(&label)).as_bytes());
            self.copied = end;
            self.tally.redacted(&label);
        }
    }

    /// Checks the numbers in `start..end`, which is the text between two strings.
    fn numbers(&mut self, start: usize, end: usize) {
        let mut at = start;
        for word in
            self.document[start..end].split(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(byte)))
        {
            if word.iter().filter(|byte| byte.is_ascii_digit()).count() >= SHORTEST_NUMBER {
                self.replace(at, at + word.len(), "\"");
            }
            at += word.len() + 1;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Preset, Scrubber};
    use proptest::prelude::*;

    fn in_json(text: &str) -> String {
        serde_json::Value::from(text).to_string()
    }

    proptest! {
        #[test]
        fn no_known_value_and_no_token_passes_in_any_string_key_or_number(
            what in 0..4_usize,
            before in "[a-z \"\\\\\n]{0,9}",
            after in "[a-z \"\\\\\n]{0,9}",
            depth in 0..4_usize,
            key: bool,
            strict: bool,
        ) {
            let secrets = [
                "\"a/b\\c'd<e>&f".to_owned(),
                "hunter2-hunter2".to_owned(),
                format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
                "8372615049".to_owned(),
            ];
            let preset = if strict { Preset::Strict } else { Preset::Balanced };
            let builder = Scrubber::builder(preset).with_known_secrets([("A", &secrets[0]), ("B", &secrets[1]), ("N", &secrets[3])]);
            let scrubber = builder.unwrap().build().unwrap();
            let mut text = format!("{before} {} {after}", secrets[what]);
            for _ in 0..depth {
                text = in_json(&text);
            }
            let text = in_json(&text);
            let document = if key {
                format!(r#"{{"a": [1, {{{text}: 12345678}}], "b": "clean"}}"#)
            } else if what == 3 {
                format!(r#"{{"a": [1, {}, {text}], "b": "clean"}}"#, secrets[3])
            } else {
                format!(r#"{{"a": [1, {text}], "b": "clean"}}"#)
            };
            let (bytes, tally) = gate(document.as_bytes(), Some(&scrubber)).unwrap();
            let parsed: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            prop_assert_eq!(&parsed["b"], "clean");
            prop_assert_eq!(parsed["a"].as_array().map_or(0, Vec::len), if what == 3 && !key { 3 } else { 2 });
            let left = std::str::from_utf8(&bytes).unwrap().replace('\\', "");
            let secret = secrets[what].replace('\\', "");
            prop_assert!(!left.contains(&secret[..8]) && !left.contains(&secret[secret.len() - 8..]), "{} {:?}", left, tally);
            prop_assert!(matches!(gate(&bytes, Some(&scrubber)).unwrap(), (Cow::Borrowed(_), _)));
        }
    }

    #[test]
    fn what_the_walk_would_have_left_is_replaced_string_by_string() {
        let token = format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
        for preset in [Preset::Strict, Preset::Balanced] {
            let scrubber = Scrubber::builder(preset)
                .with_known_secrets([("DB", "hunter2-hunter2")])
                .unwrap()
                .build()
                .unwrap();
            let document = format!(
                r#"{{"a": "see\n{token} there", "b": ["hunter2-hunter2", "clean"], "{token}": 1, "c": "aHVudGVyMi1odW50ZXIy"}}"#
            );
            let (bytes, tally) = gate(document.as_bytes(), Some(&scrubber)).unwrap();
            let text = std::str::from_utf8(&bytes).unwrap();
            assert!(
                !text.contains(&token) && !text.contains("hunter2") && !text.contains("aHVudGVy"),
                "{text}"
            );
            assert!(text.contains(r#"["[REDACTED:DB]", "clean"]"#), "{text}");
            assert_eq!(tally.redactions()["DB"], 2);
            assert!(json::check(&bytes).is_ok());
            // The result passes the check.
            assert!(matches!(gate(&bytes, Some(&scrubber)).unwrap(), (Cow::Borrowed(_), _)));
        }
    }

    #[test]
    fn what_is_scrubbed_passes() {
        let scrubber = Scrubber::new(Preset::Strict);
        let document = br#"{"session_id": "0123456789abcdef", "a": "[REDACTED:GITHUB_TOKEN] password: [REDACTED:PASSWORD]"}"#;
        let (bytes, tally) = gate(document, Some(&scrubber)).unwrap();
        assert!(matches!(bytes, Cow::Borrowed(_)) && tally == Tally::default());
        assert!(gate(b"not JSON", Some(&scrubber)).is_ok());
        assert!(
            gate(format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8").as_bytes(), Some(&scrubber))
                .is_err()
        );
    }
}
