//! Authentication schemes: the word before a credential, which is kept.

use super::skip_spaces;

/// Words that name an authentication scheme before a credential.
const SCHEMES: &[&[u8]] = &[
    b"bearer",
    b"basic",
    b"token",
    b"digest",
    b"negotiate",
    b"apikey",
    b"api-key",
    b"bot",
    b"key",
    b"splunk",
    b"ssws",
    b"oauth",
    b"jwt",
    b"geniekey",
    b"client",
    b"sso-key",
    b"klaviyo-api-key",
    b"api_key",
];

/// Returns the length of the scheme at `at` and of the spaces after it, or zero.
pub(super) fn length_at(text: &[u8], at: usize) -> usize {
    let word =
        text[at..].iter().take(16).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    let known = SCHEMES.iter().any(|scheme| text[at..at + word].eq_ignore_ascii_case(scheme));
    let after = skip_spaces(text, at + word);
    if known && after > at + word { after - at } else { 0 }
}

/// Labels of credentials after a scheme.
pub(crate) const LABELS: &[&str] = &["BEARER_TOKEN", "BASIC_AUTH"];

/// Returns the label of the credential after the scheme at `at`, or `label` if the scheme has none of its
/// own.
pub(super) fn label_at(text: &[u8], at: usize, label: &'static str) -> &'static str {
    match text.get(at..at + 6) {
        Some(word) if word.eq_ignore_ascii_case(b"bearer") => "BEARER_TOKEN",
        Some(word) if word[..5].eq_ignore_ascii_case(b"basic") => "BASIC_AUTH",
        _ => label,
    }
}
