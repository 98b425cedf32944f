//! A scrubber scrubs the files of others before they are kept.

use super::json;
use super::options::Rescrub;
use crate::{Scrubber, value};

impl Rescrub for Scrubber {
    /// Nothing for a document that is deeper than 128 or holds lone surrogates, which the parser used here refuses:
    /// it is then not kept. Members come out in the order of their names.
    fn document(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let document = serde_json::from_slice(&json::strict(bytes).ok()?).ok()?;
        Some(value::encode_json(&document, self).0)
    }

    fn text(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some(self.scrub_bytes(bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;

    fn secret() -> String {
        format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
    }

    #[test]
    fn a_document_is_scrubbed_by_its_keys_and_values() {
        let document = format!(r#"{{"password": "plain words", "n": NaN, "t": ["see {}"]}}"#, secret());
        let scrubbed = Scrubber::new(Preset::Strict).document(document.as_bytes()).unwrap();
        let scrubbed = String::from_utf8(scrubbed).unwrap();
        assert!(!scrubbed.contains("plain words") && !scrubbed.contains(&secret()));
        assert!(serde_json::from_str::<serde_json::Value>(&scrubbed).unwrap()["n"].is_null());
    }

    #[test]
    fn what_does_not_parse_is_not_kept_as_a_document_but_as_scrubbed_text() {
        let broken = format!(r#"{{"t": "see {}"#, secret());
        let scrubber = Scrubber::new(Preset::Strict);
        assert_eq!(scrubber.document(broken.as_bytes()), None);
        let text = scrubber.text(broken.as_bytes()).unwrap();
        assert!(text.starts_with(br#"{"t": "see "#));
        assert!(!String::from_utf8(text).unwrap().contains(&secret()));
    }
}
