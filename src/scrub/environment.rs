//! Which variables of an environment hold secrets.

use super::known::LONGEST;
use super::sensitive_label;

/// Values of fewer characters than this are not taken.
const SHORTEST: usize = 8;

/// The names and values of the secrets among `vars`, in their order.
///
/// Taken are the values of variables with sensitive names, but not those that are short (under 8
/// characters), plain words, short numbers, or paths for which `is_path` is true; and under any name the
/// password of a URL, never its host. A value longer than 64 KiB is given in pieces.
///
/// ```
/// let variables = [
///     ("DB_PASSWORD", "q7Rk2mXw9Tb4"),
///     ("TOKEN_FILE", "/run/secrets/token"),
///     ("API_KEY", "short"),
///     ("DATABASE_URL", "postgres://app:q7Rk2mXw9Tb5@db/main"),
/// ];
/// let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
/// let secrets = prestop::scrub::secrets_from(variables, |path| path.starts_with("/run/"));
/// let names: Vec<&str> = secrets.iter().map(|(name, _)| name.as_str()).collect();
/// assert_eq!(names, ["DB_PASSWORD", "DATABASE_URL"]);
/// assert_eq!(secrets[1].1, "q7Rk2mXw9Tb5");
/// ```
pub fn secrets_from(
    vars: impl IntoIterator<Item = (String, String)>,
    is_path: impl Fn(&str) -> bool,
) -> Vec<(String, String)> {
    let mut secrets = Vec::new();
    for (name, value) in vars {
        let sensitive = || sensitive_label(name.as_bytes()).is_some();
        let taken = is_url(&value) || sensitive() && !(looks_like_path(&value) && is_path(&value));
        let found = if taken { secrets_in(&value) } else { Vec::new() };
        secrets.extend(found.into_iter().flat_map(pieces).map(|piece| (name.clone(), piece)));
    }
    secrets
}

/// The secrets in a value that is known to be sensitive: all of it, a URL's password, or none, where it
/// says too little to be one.
pub(crate) fn secrets_in(value: &str) -> Vec<String> {
    let candidates = if is_url(value) { url_passwords(value) } else { vec![value.trim().to_owned()] };
    candidates.into_iter().filter(|candidate| is_telling(candidate)).collect()
}

/// Whether a value is long and odd enough to be looked for everywhere.
fn is_telling(value: &str) -> bool {
    value.chars().count() >= SHORTEST && !is_words(value) && !is_short_number(value)
}

/// Whether a value is what a person would write: up to three words of ASCII letters, each all in one case
/// or capitalised and of at most 15 letters. Four words are a passphrase.
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

/// Whether a value is a number of a kind that settings have: digits, at most 12, with a sign, a point, a
/// unit.
fn is_short_number(value: &str) -> bool {
    let digits = value.trim_start_matches(['-', '+']).trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number =
        digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b':' | b','));
    number && value.len() <= 12 && value.len() <= digits.len() + 2
}

/// Whether a value can be a path at all, so that nobody need ask the disk.
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

/// The password in `scheme://user:password@host`, as it is written there and decoded, or the user where
/// there is no password (a token for a Git host).
fn url_passwords(url: &str) -> Vec<String> {
    let Some((_, rest)) = url.split_once("://") else { return Vec::new() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = match authority.rsplit_once('@') {
        Some((user, _)) => Some(user),
        // A password with a `/` that should have been encoded; not a port and a path with an `@`.
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

/// The text with `%40` as `@`, if that is text.
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

/// A value in pieces of at most 64 KiB; the last is as long as the others and overlaps the one before it.
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

/// The last place between two characters at or before `at`.
fn boundary_before(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is taken of one variable with a sensitive name.
    fn taken(value: &str) -> Vec<String> {
        let vars = [("DB_PASSWORD".to_owned(), value.to_owned()), ("PASSWORD".to_owned(), value.to_owned())];
        let found = secrets_from(vars, |path| path == "/run/secrets/db1");
        found.into_iter().filter(|(name, _)| name == "PASSWORD").map(|(_, value)| value).collect()
    }

    #[test]
    fn sensitive_variables_are_taken_and_others_are_not() {
        let vars =
            [("PASSWORD", "hunter2-hunter2"), ("HOSTNAME", "hunter3-hunter3"), ("PATH", "/usr/bin:/bin")];
        let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let expected = [("PASSWORD".to_owned(), "hunter2-hunter2".to_owned())];
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
                let values: Vec<&str> = found.iter().map(|(_, value)| value.as_str()).collect();
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
