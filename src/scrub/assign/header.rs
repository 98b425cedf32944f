//! The values of headers: credentials after a scheme, cookies.

use super::super::placeholder::is_placeholder;
use super::super::validate::Validator;
use super::super::{entropy, slot};
use super::name::Name;
use super::non_secret::looks_secret;

/// Whether the name may be that of a header, whose value extends to the end of the line.
pub(super) fn is_header(name: &Name) -> bool {
    matches!(name.sensitive.label, "AUTHORIZATION" | "COOKIE")
}

/// Whether the value of a header is a secret. A cookie is `name=value`; other credentials follow a scheme or
/// look like secrets.
pub(super) fn is_secret(name: &Name, value: &[u8], scheme: bool) -> bool {
    if name.sensitive.label == "COOKIE" {
        let word = value.iter().position(|&byte| byte == b'=' || byte == b' ').unwrap_or(0);
        return word > 0 && value[word] == b'=' && has_cookie(value);
    }
    // A sentence about the scheme.
    if scheme && is_spoken(value) {
        return false;
    }
    // `AWS4-HMAC-SHA256 Credential=...`
    let mut words = value.split(|&byte| byte == b' ').take(2);
    let mut told = || words.any(|word| word.contains(&b'=') || looks_secret(word));
    scheme && !value.is_empty() || value.len() >= 4 && (told() || is_user_and_password(value))
}

/// Whether a cookie has more than a flag or a word for its value: `token=; Max-Age=0` deletes one,
/// `cookietest=1` is a test, `consent=accepted` a choice.
pub(super) fn sets_cookie(value: &[u8]) -> bool {
    const SHORTEST: usize = 4;
    let word = |value: &[u8]| value.iter().all(u8::is_ascii_lowercase) && entropy::letters_are_wordy(value);
    cookies(value).any(|value| value.len() >= SHORTEST && !word(value))
}

/// Whether `value` is the name of a header: `X-API-Key`.
pub(super) fn is_header_name(value: &[u8]) -> bool {
    let rest = value.strip_prefix(b"X-").or_else(|| value.strip_prefix(b"x-"));
    rest.is_some_and(|rest| rest.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-'))
}

/// Whether one of the cookies in a header has a value, even if others have placeholders:
/// `theme=<theme>; session=8f3a...`.
pub(super) fn has_cookie(header: &[u8]) -> bool {
    cookies(header).any(|value| value.first().is_some_and(u8::is_ascii_graphic) && !stands_in(value))
}

/// Returns the values of the cookies in a header, without its attributes (`Path=/`).
fn cookies(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    const ATTRIBUTES: [&[u8]; 5] = [b"path", b"max-age", b"expires", b"domain", b"samesite"];
    // RFC 6265 has a token for the name; code has other characters.
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.!#%&+^~".contains(byte);
    header.split(|&byte| byte == b';').filter_map(move |field| {
        let (name, value) = field.split_at(memchr::memchr(b'=', field)?);
        let name = name.trim_ascii();
        let attribute = ATTRIBUTES.iter().any(|known| name.eq_ignore_ascii_case(known));
        (!attribute && name.iter().all(in_name)).then_some(&value[1..])
    })
}

/// Whether the value of a cookie is a slot or a mask. A word may be the value itself.
fn stands_in(value: &[u8]) -> bool {
    slot::is_in_value(value) || is_placeholder(value) && !value.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether words follow the scheme: `Authorization: Bearer header, as the others have it`,
/// `Bearer a-token-string`.
fn is_spoken(value: &[u8]) -> bool {
    let first = value.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    let inner = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'-';
    let (word, rest) = value.split_at(first);
    match rest {
        [b' ', next, ..] | [b',', b' ', next, ..] => {
            next.is_ascii_alphabetic() && (first < 5 || entropy::is_wordy(word))
        }
        [b'-', ..] => value.iter().all(inner) && entropy::is_wordy(value),
        _ => false,
    }
}

/// Whether the value is a user and a password: `BASIC_AUTH=admin:Walnut#85`, `NEO4J_AUTH=neo4j/walnut85x`.
pub(super) fn is_user_and_password(value: &[u8]) -> bool {
    let user = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let password = value.get(user + 1..).unwrap_or_default();
    user > 0 && matches!(value.get(user), Some(b':' | b'/')) && Validator::HumanPassword.accepts(password)
}
