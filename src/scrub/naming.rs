//! Names that people and programs give to things: they look mixed and are not random.

use super::{digit64, entropy};

/// Whether `name` begins as the mangled names of C++ and Rust do: `_ZN4node6crypto...`, `__ZTV...`,
/// `_RNvCs...`.
pub(crate) fn is_mangled(name: &[u8]) -> bool {
    let name = name.strip_prefix(b"_").filter(|rest| rest.starts_with(b"_")).unwrap_or(name);
    match name {
        [b'_', b'Z', kind, ..] => kind.is_ascii_uppercase() || kind.is_ascii_digit(),
        [b'_', b'R', kind, ..] => matches!(kind, b'N' | b'I' | b'M' | b'X' | b'Y'),
        _ => false,
    }
}

/// Whether `text` is a name, a version or a number rather than random characters: `KRB5_CONF`,
/// `ReCaptchaV3Provider`, `jackson-0.11.2`, `qat-1208358310`, `2024-01-02T03-04-05`.
pub(crate) fn is_name(text: &[u8]) -> bool {
    is_joined(text)
        || is_snake(text)
        || is_constant(text)
        || is_camel(text)
        || is_numbered(text)
        || is_date(text)
        || is_of_curve(text)
        || is_of_key(text)
        || is_model(text)
}

/// Whether `text` is what programs call a kind of key: `MLKEM768X25519PublicKey`.
fn is_of_key(text: &[u8]) -> bool {
    (text.ends_with(b"PublicKey") || text.ends_with(b"PrivateKey"))
        && text.iter().all(u8::is_ascii_alphanumeric)
        && text[0].is_ascii_uppercase()
}

/// Whether `text` is the name of a language model: `claude-haiku-4-5`.
fn is_model(text: &[u8]) -> bool {
    const FAMILIES: [&[u8]; 8] =
        [b"claude-", b"gpt-", b"gemini-", b"llama-", b"mistral-", b"qwen", b"deepseek-", b"grok-"];
    const LONGEST: usize = 40;
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:_".contains(byte);
    let parts = || text.split(|byte| b"-.:_".contains(byte));
    text.len() <= LONGEST
        && FAMILIES.iter().any(|family| text.starts_with(family))
        && text.iter().all(inner)
        && parts().all(|part| part.len() <= 8)
}

/// Whether `text` is a function or a constant of many words, at most two of which have a number:
/// `sk_X509V3_EXT_METHOD_new`.
fn is_snake(text: &[u8]) -> bool {
    let parts = || text.split(|&byte| byte == b'_');
    let words = parts().filter(|part| part.iter().all(u8::is_ascii_alphabetic)).count();
    let numbered = |part: &[u8]| {
        part.first().is_some_and(u8::is_ascii_alphabetic) && part.iter().all(u8::is_ascii_alphanumeric)
    };
    let count = parts().count();
    count >= 4 && text.len() <= 12 * count && words + 2 >= count && parts().all(numbered)
}

/// Whether `text` is made to be published: a key in web pages, or the public half of a pair of keys.
pub(crate) fn is_published(text: &[u8]) -> bool {
    const PREFIXES: [&[u8]; 5] = [b"pk_live_", b"pk_test_", b"pk-lf-", b"phc_", b"sb_publishable_"];
    PREFIXES.into_iter().any(|prefix| text.starts_with(prefix)) || is_public_key(text)
}

/// Whether `text` is a public key of X.509 in base64: a DER sequence that begins with a sequence that begins
/// with the identifier of an algorithm.
fn is_public_key(text: &[u8]) -> bool {
    // RSA, elliptic curves, X25519 and its relatives.
    const ALGORITHMS: [&[u8]; 3] = [
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
        b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01",
        b"\x06\x03\x2b\x65",
    ];
    const HEAD: usize = 32;
    let Some(head) = text.get(..HEAD).filter(|head| head[0] == b'M') else { return false };
    let Some(bytes) = digit64::decode(head) else { return false };
    // A long length takes more than one byte.
    let length = |at: usize| 1 + usize::from(bytes[at].saturating_sub(0x80));
    let outer = 1 + length(1);
    bytes[0] == 0x30
        && bytes.get(outer) == Some(&0x30)
        && bytes
            .get(outer + 2..)
            .is_some_and(|rest| ALGORITHMS.into_iter().any(|name| rest.starts_with(name)))
}

/// Whether `text` is encoded as that of a form, with escapes for spaces and line breaks:
/// `fn+main()+%7B%0A++++let+x`.
pub(crate) fn is_form_text(text: &[u8]) -> bool {
    const SIGNS: [&[u8]; 4] = [b"+++", b"+//+", b"%0A", b"%0a"];
    text.contains(&b'+') && SIGNS.into_iter().any(|sign| memchr::memmem::find(text, sign).is_some())
}

/// Whether `text` is a name with the number of a curve: `Ed25519PrivateKey`, `Curve25519SeedBin`.
fn is_of_curve(text: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(text, b"25519").filter(|at| *at <= 5) else { return false };
    let rest = &text[at + 5..];
    text[..at].iter().chain(rest).all(u8::is_ascii_alphabetic) && entropy::is_wordy(rest)
}

/// Whether `text` is a date, perhaps with a time: `2025-05-13T14:20:04Z`.
fn is_date(text: &[u8]) -> bool {
    let Some((date, time)) = text.split_at_checked(DATE) else { return false };
    let in_time = |byte: &u8| byte.is_ascii_digit() || b":.+-Z".contains(byte);
    reads_as_date(date)
        && match time {
            [] => true,
            [b'T' | b't' | b' ' | b'_', time @ ..] => time.iter().all(in_time),
            _ => false,
        }
}

/// The length of a date, in bytes.
const DATE: usize = 10;

/// Whether `text` is a year, a month and a day with hyphens between them.
fn reads_as_date(text: &[u8]) -> bool {
    let [b'1' | b'2', b'0' | b'9', _, _, b'-', b'0' | b'1', _, b'-', b'0'..=b'3', _] = text else {
        return false;
    };
    text.iter().filter(|byte| byte.is_ascii_digit()).count() == DATE - 2
}

/// Whether `text` begins with the name of a digest's algorithm: `sha256=...`, `md5:...`.
pub(crate) fn is_named_digest(text: &[u8]) -> bool {
    let digits = text.iter().skip(3).take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let name = text.get(..3).is_some_and(|name| name.eq_ignore_ascii_case(b"sha"))
        || text.get(..3).is_some_and(|name| name.eq_ignore_ascii_case(b"md5"));
    name && text.get(3 + digits).is_some_and(|byte| matches!(byte, b'=' | b':' | b'-' | b'_'))
}

/// Whether `token` goes on behind its prefix as names in code do: `vcp_display_controller_state`.
pub(crate) fn goes_on_in_words(token: &[u8]) -> bool {
    const LEAST: usize = 2;
    let joins = |byte: &u8| matches!(byte, b'_' | b'-' | b'.');
    let Some(prefix) = token.iter().position(joins) else { return false };
    let rest = &token[prefix + 1..];
    rest.iter().filter(|byte| joins(byte)).count() >= LEAST && is_words(rest)
}

/// Whether `text` is nothing but letters and the characters that join words, and reads as words.
pub(crate) fn is_words(text: &[u8]) -> bool {
    let inner =
        |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':' | b' ');
    text.iter().all(inner) && entropy::is_wordy(text)
}

/// Whether `text` is parts joined by hyphens, underscores, dots, slashes or colons, each of which is a word,
/// a number, or a word with a number.
fn is_joined(text: &[u8]) -> bool {
    let joins = |byte: &u8| matches!(byte, b'-' | b'_' | b'.' | b'/' | b':');
    let (mut count, mut words) = (0, 0);
    for part in text.split(joins).filter(|part| !part.is_empty()) {
        count += 1;
        let letters = part.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        let digits = part.len() - letters;
        let word = digits == 0 && (part.len() <= 4 || frequent_pairs(part));
        let number = letters == 0 && digits <= 14;
        // `v2`, `krb5`, `cmp2`, `2nd`, `x86`.
        // The number of a curve is longer: `ed25519`.
        let number_fits = digits <= 4 || part.ends_with(b"25519");
        let numbered =
            changes(part) <= 1 && number_fits && letters <= 12 && (letters <= 4 || frequent_pairs(part));
        if !(word || number || numbered) {
            return false;
        }
        words += usize::from(word && part.len() >= 3);
    }
    // The three numbers of a date are one part of a name: `3-5-sonnet-2024-07-15`.
    let dates = text.windows(DATE).filter(|part| reads_as_date(part)).count().min(1);
    let told = count - 2 * dates;
    // Random characters have many short parts, too: some parts must be words, and there cannot be many.
    count > 1 && words * (3 + dates) >= told && text.len() <= 16 * count
}

/// Whether `text` is capitals joined by underscores: `KAFKA_SASL_GSSAPI_KEYTAB`.
pub(crate) fn is_constant(text: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    let parts = text.split(|&byte| byte == b'_').filter(|part| !part.is_empty()).count();
    text.iter().all(inner) && parts >= 2 && digits * 8 <= text.len() && text.len() <= 12 * parts
}

/// Whether `text` is words in camel case with at most three digits: `OAuth2Client`, `getV3Provider`.
fn is_camel(text: &[u8]) -> bool {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    text.iter().all(u8::is_ascii_alphanumeric)
        && text.first().is_some_and(u8::is_ascii_alphabetic)
        && digits <= 3
        && digits * 6 <= text.len()
        && breaks(text) * (if text.len() < 16 { 5 } else { 4 }) <= text.len()
        && frequent_pairs(text)
}

/// Whether `text` is a word with a number after it: `SensitiveString2048`, `password123`.
fn is_numbered(text: &[u8]) -> bool {
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    letters >= 6
        && text.len() - letters <= 4
        && text[letters..].iter().all(u8::is_ascii_digit)
        && breaks(&text[..letters]) * 4 <= letters
        && frequent_pairs(&text[..letters])
}

/// Returns how often digits and other characters alternate.
fn changes(text: &[u8]) -> usize {
    text.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count()
}

/// Returns how many places seem to begin a new word of camel case, or a number.
fn breaks(text: &[u8]) -> usize {
    let is_break = |pair: &[u8]| {
        pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()
            || !pair[0].is_ascii_digit() && pair[1].is_ascii_digit()
    };
    text.windows(2).filter(|pair| is_break(pair)).count()
}

/// Whether most pairs of letters are frequent ones: 72 % or more.
fn frequent_pairs(text: &[u8]) -> bool {
    let (pairs, frequent) = entropy::letter_pairs(text);
    pairs > 0 && frequent * 100 >= pairs * 72
}

/// Whether `value`, of eight bytes or more, is letters and digits and neither words nor a name.
pub(super) fn looks_random(value: &[u8]) -> bool {
    value.len() >= 8
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
        && !entropy::is_wordy(value)
        && !is_name(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_behind_a_prefix_are_a_name() {
        for name in
            ["vcp_display_controller_state", "n8n_api_client_of_the_module", "fc-calendar-view-of-days"]
        {
            assert!(goes_on_in_words(name.as_bytes()), "{name}");
        }
        for token in ["vcp_qZkXwvBhTgLpMnRs", "vcp_a8Kq_2mXw-9Tb4", "sk-ant-api03-x8Kq2mXw9Tb4", "hunter"] {
            assert!(!goes_on_in_words(token.as_bytes()), "{token}");
        }
    }

    proptest! {
        #[test]
        fn random_characters_are_no_names(text in "[A-Za-z0-9]{24,64}") {
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            prop_assert!(digits < 4 || !is_name(text.as_bytes()));
        }

        #[test]
        fn hexadecimal_digits_are_no_names(text in "[a-f0-9]{24,64}") {
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            prop_assert!(digits < 4 || !is_name(text.as_bytes()));
        }
    }

    #[test]
    fn names_are_told_from_random_characters() {
        for text in [
            "SASL_GSSAPI_KRB5_CONF",
            "KAFKA_CLIENT_KEYSTORE_PASSWORD",
            "ReCaptchaV3Provider",
            "jjwt-jackson-0.11.2",
            "cmp2-qat-1208358310",
            "SensitiveString2048",
            "getauthorization-example-1470867047084",
            "OAuth2ClientConfiguration",
            "3-5-sonnet-2024-07-15",
            "2025-05-13T14",
            "2025-05-13T14:20:04.123Z",
            "claude-haiku-4-5",
            "MLKEM768X25519PublicKey",
        ] {
            assert!(is_name(text.as_bytes()), "{text}");
        }
        for text in [
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            "4eposjfy3gasqvafpsth",
            "xkqzvbwjtnr2gfhd",
            "a8f3-k2m9-x7q1",
            "AbCeFG123xYz",
            "2025-05-13Tq7Rk2mXw9",
        ] {
            assert!(!is_name(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn digests_say_what_they_are() {
        for text in ["sha256=3B1sZWTlpa2d", "md5:0123", "SHA1-abcd", "sha512-z4Ph"] {
            assert!(is_named_digest(text.as_bytes()), "{text}");
        }
        for text in ["sha256", "shared=1", "", "md5x"] {
            assert!(!is_named_digest(text.as_bytes()), "{text}");
        }
    }
}
