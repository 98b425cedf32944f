//! Selects the environment variables that hold secrets.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::known::{LONGEST, is_blank};
use super::sensitive::is_descriptive;
use super::sensitive_label;
use super::value_parts::secrets_held_in;

/// Shorter values, in characters, are not treated as secrets.
const SHORTEST: usize = 8;

/// Returns the names and values of the secrets among `vars`, in their order.
///
/// A secret is the value of a variable with a sensitive name, unless it is short (under 8 characters), plain
/// words, a short number, or a path for which `is_path` is true. Under any name, the password of a URL is a
/// secret, never its host, and so is what a rule finds in the value (the password of a connection string, a
/// token after `Bearer`).
///
/// A value longer than 64 KiB is returned in pieces. A value that is not UTF-8 is returned in several forms:
/// unchanged, as Python and JSON write it (each undecodable byte as a lone surrogate), with U+FFFD for each
/// undecodable sequence, and the parts of it that are text, if they have 8 characters or more.
///
/// ```
/// let variables = [
///     ("DB_PASSWORD", "q7Rk2mXw9Tb4"),
///     ("TOKEN_FILE", "/run/secrets/token"),
///     ("API_KEY", "short"),
///     ("DATABASE_URL", "postgres://app:q7Rk2mXw9Tb5@db/main"),
/// ];
/// let variables = variables.map(|(name, value)| (name.to_owned(), value));
/// let secrets = prestop::scrub::secrets_from(variables, |path| path.starts_with("/run/"));
/// let names: Vec<&str> = secrets.iter().map(|(name, _)| name.as_str()).collect();
/// assert_eq!(names, ["DB_PASSWORD", "DATABASE_URL"]);
/// assert_eq!(secrets[1].1, b"q7Rk2mXw9Tb5");
/// ```
pub fn secrets_from(
    vars: impl IntoIterator<Item = (String, impl Into<Vec<u8>>)>,
    is_path: impl Fn(&Path) -> bool,
) -> Vec<(String, Vec<u8>)> {
    let mut secrets = Vec::new();
    for (name, value) in vars {
        let (text, is_text) = match String::from_utf8(value.into()) {
            Ok(text) => (text, true),
            Err(error) => (with_stand_ins(error.as_bytes()), false),
        };
        let is_path = || is_path(Path::new(OsStr::from_bytes(&without_stand_ins(&text, is_text))));
        let url = is_url(&text);
        let sensitive = !url && is_sensitive(&name);
        let taken = url || sensitive && !(looks_like_path(&text) && is_path());
        let mut found = if taken { secrets_in(&text) } else { Vec::new() };
        if is_text && !url && taken == sensitive {
            let held = secrets_held_in(&name, &text, sensitive);
            let held = held.into_iter().filter(|held| is_telling(held) && !found.contains(held));
            found.extend(held.collect::<Vec<_>>());
        }
        let pieces = found.into_iter().flat_map(pieces);
        let spelled =
            pieces.flat_map(|piece| if is_text { vec![piece.into_bytes()] } else { spellings(&piece) });
        let spelled = spelled.filter(|secret| !is_blank(secret));
        secrets.extend(spelled.map(|secret| (name.clone(), secret)));
    }
    secrets
}

/// Whether a variable of this name holds a secret. Some names that are ambiguous in text are not ambiguous in
/// an environment.
fn is_sensitive(name: &str) -> bool {
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric());
    sensitive_label(name.as_bytes()).is_some()
        || !is_descriptive(name.as_bytes())
            && words().any(|word| ["mnemonic", "hmac"].iter().any(|other| word.eq_ignore_ascii_case(other)))
}

/// Returns the secrets in the content of a credential file, which is treated like the value of a variable
/// with a sensitive name, whatever `name` is.
///
/// ```
/// let secrets = prestop::scrub::secrets_in_credential("AUTH_TOKEN", "q7Rk2mXw9Tb4\n");
/// assert_eq!(secrets, [("AUTH_TOKEN".to_owned(), b"q7Rk2mXw9Tb4".to_vec())]);
/// ```
pub fn secrets_in_credential(name: &str, value: impl Into<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let secrets = secrets_from([("PASSWORD".to_owned(), value)], |_| false);
    secrets.into_iter().map(|(_, secret)| (name.to_owned(), secret)).collect()
}

/// Returns the forms of a secret that a host added explicitly: the value itself and, if it is not UTF-8, its
/// other spellings and the parts of it that are text.
///
/// ```
/// let secrets = prestop::scrub::added_secrets("PIN", "4711");
/// assert_eq!(secrets, [("PIN".to_owned(), b"4711".to_vec())]);
/// ```
pub fn added_secrets(name: &str, value: impl Into<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let value = value.into();
    let others = if std::str::from_utf8(&value).is_ok() {
        Vec::new()
    } else {
        secrets_in_credential(name, value.clone())
    };
    std::iter::once((name.to_owned(), value)).chain(others).collect()
}

/// The first of 128 characters that stand for the bytes from 0x80 on while a value that is not UTF-8 is
/// processed as text.
const STAND_INS: u32 = 0x10_FF80;

fn stand_in(byte: u8) -> char {
    char::from_u32(STAND_INS + u32::from(byte & 0x7F)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Returns the byte that a stand-in character represents.
fn stood_for(c: char) -> Option<u8> {
    u8::try_from(u32::from(c).checked_sub(STAND_INS)?).ok().map(|low| low | 0x80)
}

fn with_stand_ins(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().copied().map(stand_in));
    }
    text
}

fn without_stand_ins(text: &str, is_text: bool) -> Vec<u8> {
    if is_text { text.as_bytes().to_vec() } else { replaced(text, |byte| vec![byte]) }
}

/// Returns the text with each stand-in character replaced by the bytes that `by` returns for its byte.
fn replaced(text: &str, by: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    let mut buffer = [0; 4];
    let bytes = |c: char| stood_for(c).map_or_else(|| c.encode_utf8(&mut buffer).as_bytes().to_vec(), &by);
    text.chars().flat_map(bytes).collect()
}

/// Returns the forms in which a value that is not UTF-8 may occur, and the parts of it that are text.
fn spellings(value: &str) -> Vec<Vec<u8>> {
    let exact = replaced(value, |byte| vec![byte]);
    // U+DC80 to U+DCFF, each in the three bytes that UTF-8 would use for it.
    let surrogates = replaced(value, |byte| vec![0xED, 0xB0 | byte >> 6, 0x80 | byte & 0x3F]);
    let lossy = String::from_utf8_lossy(&exact).into_owned().into_bytes();
    let parts = value.split(|c| stood_for(c).is_some()).filter(|part| part.chars().count() >= SHORTEST);
    let parts: Vec<Vec<u8>> = parts.map(|part| part.as_bytes().to_vec()).collect();
    [vec![exact, surrogates, lossy], parts].concat()
}

/// Returns the secrets in a value that is known to be sensitive: the whole value, or the password if it is a
/// URL. Empty if the value is too common to be redacted everywhere.
pub(crate) fn secrets_in(value: &str) -> Vec<String> {
    let candidates = if is_url(value) { url_passwords(value) } else { vec![value.trim().to_owned()] };
    candidates.into_iter().filter(|candidate| is_telling(candidate)).collect()
}

/// Whether a value is long and unusual enough to be redacted wherever it occurs.
pub(super) fn is_telling(value: &str) -> bool {
    value.chars().count() >= SHORTEST && !is_words(value) && !is_short_number(value)
}

/// Whether a value is what a person would write: up to three words of ASCII letters, each of at most 15
/// letters and in one case or capitalised. Four words are a passphrase.
fn is_words(value: &str) -> bool {
    let is_word = |word: &str| {
        let lower = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_lowercase);
        let upper = word.bytes().all(|byte| byte.is_ascii_uppercase());
        let first = word.bytes().next().is_none_or(|byte| byte.is_ascii_alphabetic());
        word.len() <= 15 && first && (upper || lower(word.as_bytes().get(1..).unwrap_or_default()))
    };
    let separators = ['-', '_', '.', ',', ':', ' ', '/'];
    value.split(separators).count() <= 3 && value.split(separators).all(is_word)
}

/// Whether a value is a number as settings have it: at most 12 characters, with an optional sign, decimal
/// point, separators or unit.
fn is_short_number(value: &str) -> bool {
    let digits = value.trim_start_matches(['-', '+']).trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number =
        digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b':' | b','));
    number && value.len() <= 12 && value.len() <= digits.len() + 2
}

/// Whether a value can be a path at all. If not, the disk need not be asked.
fn looks_like_path(value: &str) -> bool {
    value.contains('/') || value.contains('\\') || value.starts_with('.') || value.starts_with('~')
}

/// Whether a value is a URL: a scheme and `://`.
fn is_url(value: &str) -> bool {
    value.split_once("://").is_some_and(|(scheme, _)| {
        let mut bytes = scheme.trim_start().bytes();
        bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    })
}

/// Returns the password in `scheme://user:password@host`, as written and decoded. Without a password the user
/// is returned (a token for a Git host).
fn url_passwords(url: &str) -> Vec<String> {
    let Some((_, rest)) = url.split_once("://") else { return Vec::new() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = match authority.rsplit_once('@') {
        Some((user, _)) => Some(user),
        // A password with a `/` that should have been encoded, as opposed to a port and a path with an `@`.
        None => rest.split_once('@').map(|(user, _)| user).filter(|_| {
            let port = authority.split_once(':').map(|(_, port)| port);
            port.is_some_and(|port| port.bytes().any(|byte| !byte.is_ascii_digit()))
        }),
    };
    let Some(user) = user else { return Vec::new() };
    let written = user.split_once(':').map_or(user, |(_, password)| password);
    let decoded = percent_decoded(written);
    let mut passwords = vec![written.to_owned()];
    passwords.extend(decoded.filter(|decoded| decoded != written));
    passwords
}

/// Decodes percent escapes (`%40` is `@`), if the result is text.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(bytes).ok()
}

/// Splits a value into pieces of at most 64 KiB. The last piece is as long as the others and overlaps the one
/// before.
fn pieces(value: String) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = value.as_str();
    while rest.len() > LONGEST {
        let (piece, after) = rest.split_at(boundary_before(rest, LONGEST));
        pieces.push(piece.to_owned());
        rest = after;
    }
    if pieces.is_empty() {
        return vec![value];
    }
    pieces.extend(value.get(boundary_before(&value, value.len() - LONGEST + 4)..).map(str::to_owned));
    pieces
}

/// The last character boundary at or before `at`.
fn boundary_before(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The secrets that one variable with a sensitive name yields.
    fn taken(value: &str) -> Vec<String> {
        let vars = [("DB_PASSWORD".to_owned(), value.to_owned()), ("PASSWORD".to_owned(), value.to_owned())];
        let found = secrets_from(vars, |path| path == Path::new("/run/secrets/db1"));
        let found = found.into_iter().filter(|(name, _)| name == "PASSWORD");
        found.map(|(_, value)| String::from_utf8(value).unwrap()).collect()
    }

    #[test]
    fn a_value_that_is_not_utf8_is_taken_in_every_spelling_and_part() {
        let taken = |value: &[u8], is_path: bool| -> Vec<Vec<u8>> {
            let found = secrets_from([("MY_PASSWORD".to_owned(), value)], |path| {
                assert_eq!(path.as_os_str().as_bytes(), value);
                is_path
            });
            found.into_iter().map(|(_, secret)| secret).collect()
        };
        let wanted: [&[u8]; 3] =
            [b"hunter2\xffhunter2", b"hunter2\xed\xb3\xbfhunter2", "hunter2\u{FFFD}hunter2".as_bytes()];
        assert_eq!(taken(b"hunter2\xffhunter2\n", false), wanted);
        let parts = taken("pässwört-é".as_bytes().split_at(12).0, false);
        assert_eq!(parts[3], "pässwört-".as_bytes());
        assert_eq!(taken(b"\x80\xfe/of/the/key", false)[3..], [b"/of/the/key"]);
        assert!(taken(b"/run/\xff/a-key-of-ours", true).is_empty());
        assert!(taken(b"short\xff", false).is_empty());
        let url = taken(b"https://app:hunter\xe4-xyz@db/main", false);
        assert_eq!(url[0], b"hunter\xe4-xyz");
        // A stand-in character in the input represents itself.
        assert_eq!(taken("hunter2\u{10FF80}x".as_bytes(), false), ["hunter2\u{10FF80}x".as_bytes()]);
    }

    #[test]
    fn sensitive_variables_are_taken_and_others_are_not() {
        let vars =
            [("PASSWORD", "hunter2-hunter2"), ("HOSTNAME", "hunter3-hunter3"), ("PATH", "/usr/bin:/bin")];
        let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let expected = [("PASSWORD".to_owned(), b"hunter2-hunter2".to_vec())];
        assert_eq!(secrets_from(vars, |_| false), expected);
    }

    #[test]
    fn what_says_too_little_is_not_taken() {
        for value in [
            "",
            "hunter2",
            "production",
            "us-east-west",
            "Production",
            "DISABLED_FOR_NOW",
            "12345678",
            "86400000ms",
            "/run/secrets/db1",
        ] {
            assert_eq!(taken(value), [""; 0], "{value}");
        }
        for value in [
            "hunter2-hunter2",
            "correct horse battery staple",
            "/run/secrets/db2",
            "1234567890123",
            "pässwort-ä",
            "aGVsbG8gd29ybGQ",
        ] {
            assert_eq!(taken(value), [value], "{value}");
        }
        assert_eq!(taken(" s3cret-value\n"), ["s3cret-value"]);
        assert!(taken(r"\n\n\n\n\n").is_empty());
    }

    #[test]
    fn a_url_gives_its_password_under_any_name() {
        let cases = [
            ("postgres://app:hunter2-x@db.example.com:5432/app?a=b@c", vec!["hunter2-x"]),
            ("postgres://app:hunter%402-x@db", vec!["hunter%402-x", "hunter@2-x"]),
            ("postgres://app:hunter/2-x@db", vec!["hunter/2-x"]),
            ("redis://:hunter2-x@db", vec!["hunter2-x"]),
            ("https://t0ken-t0ken@github.com/a/b", vec!["t0ken-t0ken"]),
            ("postgres://postgres:postgres@localhost", vec![]),
            ("https://db.example.com:8443/a@b", vec![]),
            ("https://example.com/", vec![]),
        ];
        for (url, expected) in cases {
            for name in ["DATABASE_URL", "PASSWORD"] {
                let found = secrets_from([(name.to_owned(), url.to_owned())], |_| false);
                let values: Vec<&str> =
                    found.iter().map(|(_, value)| std::str::from_utf8(value).unwrap()).collect();
                assert_eq!(values, expected, "{url}");
            }
        }
    }

    #[test]
    fn a_value_that_is_too_long_is_given_in_pieces() {
        let value = format!("x{}", "ä".repeat(LONGEST));
        let pieces = taken(&value);
        assert!(pieces.len() == 3 && value.starts_with(&pieces[..2].concat()) && value.ends_with(&pieces[2]));
        assert!(pieces.iter().all(|piece| piece.len() <= LONGEST));
        assert!(super::super::KnownValues::new(pieces.iter().map(|piece| ("A", piece))).is_ok());
    }
}
