//! Tests of the shape of a value under a sensitive name: whether it is something other than a secret, or
//! looks like one.

use super::super::reference::is_identifier;
use super::super::validate::Validator;
use super::super::{entropy, naming};

/// Whether the value contains pieces of a regular expression, as one that matches the values of such a name.
pub(super) fn is_pattern(value: &[u8]) -> bool {
    let holds = |piece: &[u8]| memchr::memmem::find(value, piece).is_some();
    // The backslash of a password, which JSON doubles, may precede one of these letters.
    let written = || value.iter().any(|byte| b"[](){}*+?|^$".contains(byte));
    let classes = [br"\w".as_slice(), br"\d", br"\s"];
    [b"[^".as_slice(), b"[0-9", b"(?", b".*", b".+", b"a-z"].into_iter().any(holds)
        || classes.into_iter().any(holds) && (written() || value.len() <= 4)
}

/// Whether a number is formatted into `value`, with a width or a precision: `VS%0.f0COMNTOOLS`, `token_%02d`.
pub(super) fn is_formatted(value: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"%_-./: ".contains(byte);
    if !value.iter().all(inner) {
        return false;
    }
    memchr::memchr_iter(b'%', value).any(|at| {
        let rest = &value[at + 1..];
        let how = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        // `%2f` is a slash, `%20d` is a space and a letter.
        let escape = rest.len() >= 2 && rest[..2].iter().all(u8::is_ascii_hexdigit) && how != 1;
        !escape && (1..=4).contains(&how) && matches!(rest.get(how), Some(b'd' | b's' | b'f' | b'u' | b'x'))
    })
}

/// Whether `value` is a command, as between a shell's backticks.
pub(super) fn is_command(value: &[u8]) -> bool {
    let word = value.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'-').count();
    word > 1 && value.get(word) == Some(&b' ')
}

/// Whether `value` is what a setting about a secret has: how long it is valid, or the algorithm that
/// makes or checks it.
pub(super) fn is_setting(value: &[u8]) -> bool {
    #[rustfmt::skip]
    const ALGORITHMS: [&[u8]; 33] = [
        b"hs256", b"hs384", b"hs512", b"rs256", b"rs384", b"rs512", b"es256", b"es384", b"es512", b"ps256", b"ps512", b"eddsa", b"ed25519", b"bcrypt",
        b"scrypt", b"argon2", b"argon2i", b"argon2id", b"pbkdf2", b"md5", b"sha1", b"sha256", b"sha512", b"sha-256", b"sha-512", b"hmac-sha256",
        b"aes128", b"aes256", b"aes-128-gcm", b"aes-256-gcm", b"aes-256-cbc", b"x509", b"oauth2",
    ];
    // `ADDITIONAL_CLOUD_CREDENTIALS: T1098.001`: a technique of MITRE ATT&CK.
    let technique = |rest: &[u8]| rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if matches!(value, [b'T', rest @ ..] if matches!(rest.len(), 4 | 8) && technique(rest)) {
        return true;
    }
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=5).contains(&digits) && matches!(&value[digits..], b"ms" | b"s" | b"m" | b"h" | b"d" | b"w")
        || ALGORITHMS.iter().any(|known| value.eq_ignore_ascii_case(known))
}

/// Whether `value` is a path in somebody's home or on a drive: `~/.ssh/id_rsa`, `$HOME/keys/x.pem`,
/// `C:\keys\x.pfx`.
pub(super) fn is_home_path(value: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"/\\_-. ".contains(byte);
    let homes = [b"~/".as_slice(), b"$HOME/", b"${HOME}/", b"%USERPROFILE%\\"];
    let rest = homes.iter().find_map(|home| value.strip_prefix(*home));
    let rest = rest.or(match value {
        [drive, b':', b'\\', rest @ ..] if drive.is_ascii_alphabetic() => Some(rest),
        _ => None,
    });
    rest.is_some_and(|rest| !rest.is_empty() && rest.iter().all(inner))
}

/// Whether `value` is an address: a URL without anything random in it, a host, an e-mail address, a path.
pub(super) fn is_address(value: &[u8]) -> bool {
    let Some(scheme) = memchr::memmem::find(value, b"://") else { return is_host(value) || is_path(value) };
    let rest = &value[scheme + 3..];
    let parts = rest.split(|byte| matches!(byte, b'/' | b'?' | b'&' | b'=' | b'#' | b':' | b'@'));
    let random = |part: &[u8]| part.len() >= 12 && naming::looks_random(part);
    scheme <= 8 && !rest.contains(&b'@') && !parts.into_iter().any(random)
}

/// Whether `value` is a host or an e-mail address: `www.example.com:8080`, `someone@example.com`.
fn is_host(value: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'@' | b':' | b'_');
    let host = value.split(|&byte| byte == b':').next().unwrap_or_default();
    let last = host.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let named = (2..=6).contains(&last.len()) && last.len() < host.len();
    named
        && value.iter().all(inner)
        && last.iter().all(u8::is_ascii_lowercase)
        && host
            .split(|&byte| matches!(byte, b'.' | b'-' | b'@' | b'_'))
            .all(|part| !naming::looks_random(part))
}

/// Whether `value` is a path of words: `/run/secrets/db`, `cms/sites/passwords#update`.
fn is_path(value: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"/_-.#@:~".contains(byte);
    let parts = value.split(|&byte| byte == b'/').count();
    let rooted = matches!(value, [b'/', ..] | [b'.' | b'~', b'/', ..] | [b'.', b'.', b'/', ..]);
    let digits = value.iter().any(u8::is_ascii_digit);
    parts > 2
        && (rooted || !digits)
        && value.iter().all(inner)
        && entropy::is_wordy(value)
        && value.split(|&byte| byte == b'/').all(|part| !naming::looks_random(part))
}

/// Whether `value` is the path of a file: `releases/22a0-stage/app.war`.
fn is_file(value: &[u8]) -> bool {
    let last = value.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let extension = last.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    last.len() < value.len()
        && (2..=5).contains(&extension.len())
        && extension.len() < last.len()
        && extension.iter().all(u8::is_ascii_lowercase)
}

/// Whether a value looks like a secret by itself: eight bytes or more, no words, and mixed or random.
pub(super) fn looks_secret(value: &[u8]) -> bool {
    if value.len() < 8
        || value.contains(&b' ')
        || has_letter_beyond_ascii(value)
        || naming::is_form_text(value)
        || value.starts_with(b"http")
        || value.starts_with(b"/") && !is_base64(&value[1..]) && !is_padded(value)
        || value.starts_with(b"./")
    {
        return false;
    }
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let joins = value.iter().filter(|byte| matches!(byte, b'-' | b'_' | b'.' | b'/' | b'+' | b'=')).count();
    if letters == 0
        || (digits + letters + joins) * 10 < value.len() * 7
        || is_identifier(value) && entropy::is_wordy(value)
    {
        return false;
    }
    let varied = entropy::bits_per_byte(value) >= 2.6;
    let words = || (entropy::is_wordy(value) || naming::is_name(value)) && !is_scattered_base32(value);
    varied
        && !words()
        && !naming::is_named_digest(value)
        && !is_host(value)
        && !is_file(value)
        && (digits >= 2 || value.len() >= 20 || digits == 1 && is_jumbled(value))
}

/// Whether what follows a slash is base64 and no path: without another slash, and with letters of both cases
/// and digits as random choice mixes them.
fn is_base64(value: &[u8]) -> bool {
    value.len() >= 12 && !value.contains(&b'/') && Validator::MixedCaseRandom.accepts(value)
}

/// Whether `value` is base64 of 24 bytes or more with its padding, whatever slashes are in it.
fn is_padded(value: &[u8]) -> bool {
    let Some(body) = value.strip_suffix(b"==").or_else(|| value.strip_suffix(b"=")) else { return false };
    let digits = body.iter().filter(|byte| byte.is_ascii_digit()).count();
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    value.len() >= 32
        && value.len().is_multiple_of(4)
        && body.iter().all(inner)
        && digits >= 2
        && body.iter().any(u8::is_ascii_uppercase)
        && body.iter().any(u8::is_ascii_lowercase)
        && !entropy::is_wordy(body)
}

/// Whether `value` is base32 of one of the usual lengths, with its digits in two places or more, as no name of
/// capitals has them.
fn is_scattered_base32(value: &[u8]) -> bool {
    let begins = |pair: &[u8]| !pair[0].is_ascii_digit() && pair[1].is_ascii_digit();
    is_base32(value) && value.windows(2).filter(|pair| begins(pair)).count() >= 2
}

/// Whether the value has a letter that is not ASCII, perhaps percent-encoded: machines generate no such keys.
fn has_letter_beyond_ascii(value: &[u8]) -> bool {
    let encoded = |at: usize| matches!(value.get(at + 1..at + 3), Some([b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F', last]) if last.is_ascii_hexdigit());
    !value.is_ascii() || memchr::memchr_iter(b'%', value).any(encoded)
}

/// Whether a password has a dot in it as the name of a host would, which has no capitals together with
/// digits: `Ch4nge.this`.
pub(super) fn is_pointed(value: &[u8]) -> bool {
    value.iter().filter(|byte| !byte.is_ascii_alphanumeric()).eq([b'.'].iter())
        && value.iter().any(u8::is_ascii_uppercase)
        && value.iter().any(u8::is_ascii_digit)
}

/// Whether punctuation occurs in a word or ends it, as in passwords and in no name: `RedisPass1!`,
/// `SuperSecretPassword!`.
pub(super) fn is_signed(value: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.!#%^+~@".contains(byte);
    let sign = |byte: &u8| b"!#%^+~@".contains(byte);
    value.len() >= 8
        && value[0].is_ascii_alphanumeric()
        && value.iter().all(inner)
        && (value.last() == Some(&b'!') || value.iter().any(sign) && value.iter().any(u8::is_ascii_digit))
}

/// Whether letters have one to three punctuation characters among them and change their case as in no word:
/// `weWUuvJFR%fnG`.
pub(super) fn is_knotted(value: &[u8]) -> bool {
    let sign = |byte: &u8| b"!@#%^*+?~".contains(byte);
    let signs = value.iter().filter(|byte| sign(byte)).count();
    let format =
        value.windows(2).any(|pair| pair[0] == b'%' && matches!(pair[1], b's' | b'd' | b'v' | b'(' | b'{'));
    value.len() >= 8
        && (1..=3).contains(&signs)
        && value.iter().all(|byte| byte.is_ascii_alphabetic() || sign(byte))
        && value[0].is_ascii_alphabetic()
        && !format
        && is_jumbled(value)
        && !entropy::is_wordy(value)
}

/// Whether `value` is the key that an authenticator is set up with: base32 of one of the usual lengths.
pub(super) fn is_base32(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    matches!(value.len(), 16 | 24 | 26 | 32 | 40 | 52 | 56 | 64)
        && value.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
        && (2..value.len() / 2).contains(&digits)
}

/// Whether `value` begins with a tag of XML or HTML and an attribute, or is the beginning of a tag with a
/// namespace: `<xsd:element name=`, `<xsd:element`.
pub(super) fn is_markup(value: &[u8]) -> bool {
    let Some(rest) = value.strip_prefix(b"<") else { return false };
    let inner = |byte: &&u8| byte.is_ascii_alphanumeric() || b":_-.".contains(byte);
    let word = rest.iter().take_while(inner).count();
    if rest.len() == word {
        return memchr::memchr_iter(b':', rest).count() == 1 && rest[0].is_ascii_lowercase();
    }
    let Some(rest) = rest[word..].strip_prefix(b" ").filter(|_| word > 0) else { return false };
    let attribute = rest.iter().take_while(inner).count();
    attribute > 0 && rest.get(attribute) == Some(&b'=')
}

/// Whether the case of the letters changes as in no word: `SHYr5WikjmPHVJ`.
fn is_jumbled(value: &[u8]) -> bool {
    let changes = |pair: &[u8]| {
        pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()
            || pair[0].is_ascii_uppercase() && pair[1].is_ascii_lowercase()
    };
    value.windows(2).filter(|pair| changes(pair)).count() >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_hold_nothing_random() {
        for text in [
            "https://foursquare.com/oauth2/authenticate",
            "https://public-api.wordpress.com/oauth2/authorize?scope=auth",
            "www.python.org:080",
            "someone@example.com",
            "/run/secrets/database",
            "cms/sites/passwords#update",
        ] {
            assert!(is_address(text.as_bytes()), "{text}");
        }
        for text in [
            "https://hooks.example.com/services/a8f3k2m9x7q1w5",
            "https://user:hunter2@example.com/",
            "a8f3k2m9x7.q1w5",
            "hunter2",
            "/a8f3k2m9x7/q1w5zz8",
            "no/way4/me",
        ] {
            assert!(!is_address(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn secrets_are_mixed_or_random() {
        for text in [
            "a8f3k2m9x7",
            "Zq3Lw9Rt7Yp2Xk8V",
            "6fe4476ee5a1832882e326b506d14126",
            "MEN2RISE4TOFANTO",
            "/Qk7/vLm2XzRt9pWy3Nb/sE5hUc8JdGfA1oTiVeLxMq=",
        ] {
            assert!(looks_secret(text.as_bytes()), "{text}");
        }
        for text in [
            "short1",
            "ENVIRONMENTNAMES",
            "/usr/share/doc/Base64Encoded2/README=",
            "variable.predefined",
            "jjwt-jackson-0.11.2",
            "(|~RaXY!WYZ!W]^!Wpq12",
        ] {
            assert!(!looks_secret(text.as_bytes()), "{text}");
        }
    }
}
