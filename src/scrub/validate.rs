//! Offline checks of a candidate: evidence for forms that no prefix identifies.

mod human;

pub(crate) use human::{is_built_of_words, is_passphrase};
use human::{is_human_password, is_mixed_case_random, is_not_placeholder, is_not_template};

use super::{digit64, entropy, naming};

/// A check that needs nothing but the candidate itself. [`ALL`] says what each demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validator {
    Mixed,
    Random,
    RandomOrLong,
    MixedCaseRandom,
    HumanPassword,
    NotPlaceholder,
    NotTemplate,
    Jwt,
    Basic,
    Luhn,
    Crc32Base62,
}

/// Every validator with its name in the files and what it demands: "the secret ...". The guide and the
/// descriptions of rules say the same.
const ALL: [(Validator, &str, &str); 11] = [
    (Validator::Mixed, "mixed", "has a letter and a digit"),
    (
        Validator::Random,
        "random",
        "has a letter and a digit, and does not read as words, a path, a version or a name in code; after a \
         prefix, 16 letters that change their case as in no name need no digit",
    ),
    (
        Validator::RandomOrLong,
        "random-or-long",
        "is `random`, or has 16 characters or more that do not read as words",
    ),
    (
        Validator::MixedCaseRandom,
        "mixed-case-random",
        "is `random`, with lower-case letters, capitals and digits in an order that no name has",
    ),
    (
        Validator::HumanPassword,
        "human-password",
        "has letters with digits or punctuation as people choose them, or is `random-or-long`; and is no \
         template slot, mask or address",
    ),
    (
        Validator::NotPlaceholder,
        "not-placeholder",
        "is no template slot (`${X}`, `<x>`, `%s`), no mask, and no word such as `password`",
    ),
    (Validator::NotTemplate, "not-template", "is no template slot and no mask; the word `password` passes"),
    (Validator::Jwt, "jwt", "begins with base64 of the beginning of a JSON object"),
    (Validator::Basic, "basic", "is base64 of a user and a password with a colon between them"),
    (Validator::Luhn, "luhn", "has digits that pass the Luhn sum"),
    (
        Validator::Crc32Base62,
        "crc32-base62",
        "ends in six characters that are the CRC-32, in base 62, of those between the last underscore and them",
    ),
];

impl Validator {
    /// Returns the validator of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|(_, other, _)| *other == name).map(|(validator, _, _)| validator)
    }

    /// What the secret does that passes: "has a letter and a digit".
    pub(crate) fn description(self) -> &'static str {
        ALL.into_iter().find(|(validator, _, _)| *validator == self).map_or("", |(_, _, text)| text)
    }

    /// Whether `secret` passes the check.
    pub(crate) fn accepts(self, secret: &[u8]) -> bool {
        match self {
            Self::Mixed => is_mixed(secret),
            Self::Jwt => is_jwt(secret),
            Self::Crc32Base62 => has_checksum(secret),
            Self::Luhn => passes_luhn(secret),
            Self::Random => is_random(secret),
            Self::RandomOrLong => is_random(secret) || is_long_non_word(secret),
            Self::NotTemplate => is_not_template(secret),
            Self::NotPlaceholder => is_not_placeholder(secret),
            Self::MixedCaseRandom => is_mixed_case_random(secret),
            Self::HumanPassword => is_human_password(secret),
            Self::Basic => is_basic(secret),
        }
    }
}

fn is_mixed(secret: &[u8]) -> bool {
    secret.iter().any(u8::is_ascii_digit) && secret.iter().any(u8::is_ascii_alphabetic)
}

/// The least entropy of what counts as random, in bits per byte. 16 hexadecimal digits have more.
const RANDOM: f64 = 2.9;

fn is_random(secret: &[u8]) -> bool {
    is_mixed(secret)
        && !is_path(secret)
        && !is_argument(secret)
        && !naming::is_published(secret)
        && !naming::is_form_text(secret)
        && entropy::bits_per_byte(secret) >= RANDOM
        && !entropy::is_wordy(secret)
        && !naming::is_name(secret)
        && !naming::is_named_digest(secret)
}

/// Whether `secret` is a name with a short value: `height=250`, `oauthlib==1.2.4`.
fn is_argument(secret: &[u8]) -> bool {
    const VALUE: usize = 8;
    let Some(at) = memchr::memchr(b'=', secret) else { return false };
    let value =
        secret[at..].iter().position(|byte| *byte != b'=').map_or(&secret[..0], |skip| &secret[at + skip..]);
    (1..=VALUE).contains(&value.len())
        && secret[..at].iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'))
}

/// Whether a word is between two slashes, or before one: `library-python/commit/9a110a6b50...`
fn is_path(secret: &[u8]) -> bool {
    const WORD: usize = 6;
    let word = |part: &[u8]| {
        part.len() >= WORD && part.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'-')
    };
    let Some(last) = memchr::memrchr(b'/', secret) else { return false };
    secret[..last].split(|&byte| byte == b'/').any(word)
}

fn is_long_non_word(secret: &[u8]) -> bool {
    // Dots and slashes join the names in paths and properties.
    let joined = secret.iter().any(|byte| matches!(byte, b'.' | b'/'));
    secret.len() >= 16
        && !joined
        && !naming::is_published(secret)
        && entropy::bits_per_byte(secret) >= 2.5
        && !entropy::is_wordy(secret)
        && !naming::is_name(secret)
        && !naming::is_named_digest(secret)
}

/// Whether sixteen letters and digits or more change between upper case, lower case and digits as no name
/// does. After a vendor's prefix that is enough: a few random values read as words, and not all have a digit.
pub(crate) fn is_scrambled(secret: &[u8]) -> bool {
    const LENGTH: usize = 16;
    let kind = |byte: u8| [byte.is_ascii_lowercase(), byte.is_ascii_uppercase(), byte.is_ascii_digit()];
    let inside = |pair: &&[u8]| pair.iter().all(u8::is_ascii_alphanumeric);
    let changes =
        |text: &[u8]| text.windows(2).filter(inside).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    let cases =
        |text: &[u8]| text.iter().any(u8::is_ascii_lowercase) && text.iter().any(u8::is_ascii_uppercase);
    let length = secret.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    if length >= LENGTH && cases(secret) && 2 * changes(secret) >= length {
        return true;
    }
    let words = secret.split(|byte| !byte.is_ascii_alphanumeric());
    let Some(word) = words.max_by_key(|word| word.len()).filter(|word| word.len() >= LENGTH) else {
        return false;
    };
    let numbers = word.split(|byte| !byte.is_ascii_digit()).filter(|number| !number.is_empty()).count();
    if cases(word) { is_long_non_word(word) } else { numbers >= 4 }
}

fn is_basic(secret: &[u8]) -> bool {
    let end = secret.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    let Some(bytes) = digit64::decode_unpadded(&secret[..end]) else { return false };
    let printable = |byte: &u8| *byte >= b' ' && *byte != 0x7F;
    bytes.contains(&b':')
        && bytes.len() >= 3
        && bytes.iter().all(printable)
        // Old programs write Latin-1. Up to two such bytes are accepted: ASCII words do not decode to this by
        // chance.
        && (std::str::from_utf8(&bytes).is_ok() || bytes.iter().filter(|byte| !byte.is_ascii()).count() <= 2)
}

fn is_jwt(secret: &[u8]) -> bool {
    let header = secret.split(|&byte| byte == b'.').next().unwrap_or_default();
    // Eight characters decode to six bytes, enough for `{"alg"`. White space is legal, if rare.
    let Some(start) = header.get(..8).and_then(digit64::decode) else { return false };
    let Some(inside) = start.trim_ascii_start().strip_prefix(b"{") else { return false };
    inside.trim_ascii_start().first().is_none_or(|&byte| byte == b'"')
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn has_checksum(secret: &[u8]) -> bool {
    let body = secret.rsplit(|&byte| byte == b'_').next().unwrap_or_default();
    let Some((random, check)) = body.len().checked_sub(6).map(|at| body.split_at(at)) else { return false };
    random.len() >= 16 && check == base62(crc32(random))
}

/// Returns `number` in base 62, six digits.
pub(crate) fn base62(mut number: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(number % 62) as usize];
        number /= 62;
    }
    digits
}

/// Returns the CRC-32 of ISO 3309 (that of zip and PNG), bit by bit: candidates are short and rare.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 },
        )
    })
}

fn passes_luhn(secret: &[u8]) -> bool {
    let digits = secret.iter().rev().filter(|byte| byte.is_ascii_digit());
    let sum: u32 = digits
        .enumerate()
        .map(|(place, &byte)| {
            let digit = u32::from(byte - b'0');
            if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
        })
        .sum();
    sum > 0 && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_validator_is_described_as_the_guide_does() {
        let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/rules.md");
        let guide = std::fs::read_to_string(guide).expect("the guide is in the repository");
        for (validator, name, text) in ALL {
            assert_eq!((Validator::named(name), validator.description()), (Some(validator), text));
            assert!(guide.contains(&format!("| `{name}` | {text} |")), "the guide on {name}");
        }
        assert_eq!(Validator::named("hunter2"), None);
    }

    #[test]
    fn crc32_is_the_one_of_zip() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_checksum_holds_for_its_own_text_only() {
        let random = b"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5";
        let token = [b"gh".as_slice(), b"p_", random, &base62(crc32(random))].concat();
        assert!(Validator::Crc32Base62.accepts(&token));
        for at in 4..token.len() {
            let mut changed = token.clone();
            changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
            assert!(!Validator::Crc32Base62.accepts(&changed), "change at {at}");
        }
        assert!(!Validator::Crc32Base62.accepts(b""));
        assert!(!Validator::Crc32Base62.accepts(b"abc_12345"));
    }

    #[test]
    fn a_jwt_begins_with_an_object() {
        assert!(Validator::Jwt.accepts(b"eyJhbGciOiJIUzI1NiJ9.e30.x"));
        assert!(Validator::Jwt.accepts(b"eyAiYWxnIjogIkhTMjU2In0.e30.x"));
        assert!(!Validator::Jwt.accepts(b"e2hlbGxvfQ.x.y"), "a brace without a string after it");
        assert!(!Validator::Jwt.accepts(b"hello-world.x.y"));
        assert!(!Validator::Jwt.accepts(b""));
    }

    #[test]
    fn luhn_and_mixed() {
        assert!(Validator::Luhn.accepts(b"4111 1111 1111 1111"));
        assert!(!Validator::Luhn.accepts(b"4111 1111 1111 1112"));
        assert!(!Validator::Luhn.accepts(b""));
        assert!(Validator::Mixed.accepts(b"abc1"));
        assert!(!Validator::Mixed.accepts(b"abc"));
        assert!(!Validator::Mixed.accepts(b"123"));
    }

    #[test]
    fn random_is_neither_words_nor_numbers() {
        for text in
            ["0f1e2d3c4b5a69788796a5b4c3d2e1f0", "Zq3Lw9Rt7Yp2Xk8V", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"]
        {
            assert!(Validator::Random.accepts(text.as_bytes()), "{text}");
        }
        for text in [
            "some_function_name_v2_handler",
            "1234567890123456",
            "aaaaaaaaaaaaaaa1",
            "OAuth2ClientConfiguration",
        ] {
            assert!(!Validator::Random.accepts(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn varied_may_be_letters_alone() {
        for text in ["xkqzvbwjtnrpgfhd", "82736450918273645091", "a1b2c3d4e5f6"] {
            assert!(Validator::RandomOrLong.accepts(text.as_bytes()), "{text}");
        }
        for text in ["the_name_of_something", "aaaaaaaaaaaaaaaaaaaa", "short"] {
            assert!(!Validator::RandomOrLong.accepts(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn no_name_changes_as_random_letters_do() {
        for text in [
            "xoxb-730109553059-718174123687-OCwRiFbysbPhiHwEveAURGgR",
            "sk_nLfjXtEe-HrLqwPuAdU_es-IwT4",
            "sk-kqXvTpWnZbRmGcYdFhLs",
            "hf_qdedpAtmmwShIrncBrvAIqkOxYzWvUtSr",
            "SCW9V1FLIN7BN3NSNSSR",
        ] {
            assert!(is_scrambled(text.as_bytes()), "{text}");
        }
        for text in [
            "xoxb-test",
            "xoxe.xoxp-1-SlackAppConfigurationAccessTokenHere",
            "hf_requiredCharacteristicTypesForDisplayMetadata",
            "hf_some_function_name_of_a_module",
            "sk_X509V3_EXT_METHOD_new_null",
            "sk-ecdsa-sha2-nistp256@openssh.com",
            "up_toTheNearestConfigurationValue",
            "live_streaming_of_the_event_2",
            "test_userCanLogInWithOAuth2AndVersion4",
            "SHA512WITHRSA2048",
        ] {
            assert!(!is_scrambled(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn basic_is_a_user_and_a_password() {
        assert!(Validator::Basic.accepts(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert!(!Validator::Basic.accepts(b"authentication12"));
        assert!(!Validator::Basic.accepts(b""));
    }
}
