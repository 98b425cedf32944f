//! The values of headers: credentials behind a scheme, cookies.

use super::super::entropy;
use super::super::validate::Validator;
use super::name::Name;
use super::shape::looks_secret;

/// Whether the name may be that of a header, whose value goes on to the line's end.
pub(super) fn is_header(name: &Name) -> bool {
    matches!(name.sensitive.label, "AUTHORIZATION" | "COOKIE")
}

/// A cookie is `name=value`; other credentials stand behind a scheme or look like secrets.
pub(super) fn is_secret(name: &Name, value: &[u8], scheme: bool) -> bool {
    if name.sensitive.label == "COOKIE" {
        let word = value.iter().position(|&byte| byte == b'=' || byte == b' ').unwrap_or(0);
        // `session=[REDACTED]; path=/`, `session=<id>`, `session=***`
        let says = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'[' | b'<' | b'*');
        return word > 0 && value[word] == b'=' && value.get(word + 1).is_some_and(says);
    }
    // `AWS4-HMAC-SHA256 Credential=...`, and no sentence.
    if scheme && is_spoken(value) {
        return false;
    }
    let mut words = value.split(|&byte| byte == b' ').take(2);
    let mut told = || words.any(|word| word.contains(&b'=') || looks_secret(word));
    scheme && !value.is_empty() || value.len() >= 4 && (told() || is_user_and_password(value))
}

/// Whether a cookie has more than a flag for its value: `token=; Max-Age=0` takes one away, `cookietest=1` is a try.
pub(super) fn sets_cookie(value: &[u8]) -> bool {
    const SHORTEST: usize = 4;
    let attribute = |name: &[u8]| {
        [b"path".as_slice(), b"max-age", b"expires", b"domain", b"samesite"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    };
    value.split(|&byte| byte == b';').any(|field| {
        let Some(sign) = memchr::memchr(b'=', field) else { return false };
        field.len() > sign + SHORTEST && !attribute(field[..sign].trim_ascii())
    })
}

/// Whether words stand behind the scheme: `Authorization: Bearer header, as the others have it`, `Bearer a-token-string`.
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

/// `BASIC_AUTH=admin:Walnut#85`, `NEO4J_AUTH=neo4j/walnut85x`
pub(super) fn is_user_and_password(value: &[u8]) -> bool {
    let user = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let password = value.get(user + 1..).unwrap_or_default();
    user > 0 && matches!(value.get(user), Some(b':' | b'/')) && Validator::Chosen.accepts(password)
}
