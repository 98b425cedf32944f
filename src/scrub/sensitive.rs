//! Names whose value is a secret whatever it looks like.

/// The label for a value under `key`, if the key is sensitive.
pub fn sensitive_label(key: &[u8]) -> Option<&'static str> {
    key.eq_ignore_ascii_case(b"password").then_some("PASSWORD")
}
