//! The last look at a document before it is written: what the scrubbing should have left nothing of.

use std::borrow::Cow;

use super::options::Rescrub;
use crate::Result;
use crate::json;
use crate::scrub::Tally;

/// The document with a marker in place of every string, key or value, in which a secret still stands, and their labels.
///
/// # Errors
/// As [`json::check`], when there is one in what is not JSON: it is then not known where it ends.
pub(super) fn gate<'d>(document: &'d [u8], rescrub: Option<&dyn Rescrub>) -> Result<(Cow<'d, [u8]>, Tally)> {
    let mut tally = Tally::default();
    let Some(rescrub) = rescrub.filter(|rescrub| rescrub.left_over(document).is_some()) else {
        return Ok((Cow::Borrowed(document), tally));
    };
    let mut out = Vec::with_capacity(document.len());
    let mut copied = 0;
    // String by string: what the whole seemed to hold may only have been two strings side by side.
    for text in json::texts(document)? {
        let (start, end) = (text.start + 1, text.end - 1);
        if let Some(label) = rescrub.left_over(&document[start..end]) {
            out.extend_from_slice(&document[copied..start]);
            out.extend_from_slice(format!("[REDACTED:{label}]").as_bytes());
            copied = end;
            tally.redacted(&label);
        }
    }
    out.extend_from_slice(&document[copied..]);
    Ok((Cow::Owned(out), tally))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Preset, Scrubber};

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
            // What it leaves passes it.
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
