//! Placeholders, which occur in the place of secrets: words for "no value", masks, template slots,
//! instructions.

use super::reference::is_unbalanced;
use super::{sensitive, slot};

/// Words that say that there is no value, or what type it has.
#[rustfmt::skip]
const NOTHING: &[&str] = &[
    "null", "nil", "none", "undef", "\\undef", "undefined", "true", "false", "yes", "no", "on", "off", "empty", "redacted",
    "hidden", "masked", "removed", "filtered", "sanitized", "censored", "scrubbed", "obfuscated", "todo", "tbd",
    "placeholder", "string", "str", "bytes", "int", "integer", "number", "boolean", "bool",
    "object", "any", "unknown", "optional", "required", "text", "n/a", "unset", "missing",
    "omitted", "incomplete", "self", "this", "await", "new", "async", "return", "function", "lambda", "not", "and",
    "or", "is", "in", "if", "else", "for", "type", "ref", "arn", "auto", "never", "void", "const",
    "let", "var", "public", "sk-", "sk_", "aiza", "prefix", "port", "bearer", "basic", "basic%20",
];

/// Words that stand in for a value, and that people choose as passwords all the same.
#[rustfmt::skip]
const STAND_INS: &[&str] = &[
    "changeme", "change_me", "change-me", "example", "dummy", "password", "passwd", "pass", "pwd", "secret", "token",
    "apikey", "api_key", "key", "value", "default", "test", "invalid",
];

/// Words for a password in other languages, in lower case, besides those that names are judged by.
#[rustfmt::skip]
const PASSWORDS: &[&str] = &[
    "lozinka", "contrasenya", "pasahitza", "parol", "parool", "salasõna", "geslo", "zaporka", "kupuhipa", "clave",
    "palavra-passe", "şifrə", "mot de passe", "kata sandi", "wagwoord", "fjalëkalimi", "parole", "parola", "sandi",
    "lykilorð",
];

/// Every word for a password in another language.
fn passwords() -> impl Iterator<Item = &'static &'static str> {
    PASSWORDS.iter().chain(&sensitive::FOREIGN_PASSWORDS).chain(&sensitive::foreign::WORDS)
}

/// What secrets are called, without the separators of the words.
#[rustfmt::skip]
const OWN_NAMES: &[&str] = &[
    "apikey", "accesskey", "secretkey", "privatekey", "accesstoken", "authtoken", "refreshtoken",
    "bearertoken", "clientsecret", "dbpassword", "dbpass", "userpassword", "mypassword", "mysecret", "mytoken", "myapikey", "yourpassword",
    "passphrase", "credentials", "include", "sameorigin", "omit",
];

/// How instructions to people begin in other languages: "your key here".
#[rustfmt::skip]
const YOURS: &[&[u8]] = &[
    b"votre", b"vos-", b"vos_", b"ton-", b"ta-", b"deine", b"dein-", b"dein_", b"ihre", b"ihr-", b"ihr_", b"tu-", b"tu_", b"su-", b"su_",
    b"seu-", b"seu_", b"sua-", b"sua_", b"tua-", b"tua_", b"tuo-", b"tuo_", b"il-tuo", b"la-tua", b"jouw", b"uw-", b"uw_", b"twoj",
];

/// Parts of a value that show that it is a placeholder: `fc-YOUR_API_KEY`, `ya29.FILTERED_ACCESS_TOKEN`.
const TOLD: [&[u8]; 9] = [
    b"YOUR_",
    b"YOUR-",
    b"FILTERED",
    b"your_api",
    b"your-api",
    b"your_key",
    b"your-key",
    b"your_token",
    b"your-token",
];

/// The public key tokens of the keys that .NET libraries are signed with.
const PUBLIC_KEY_TOKENS: [&[u8]; 8] = [
    b"31bf3856ad364e35",
    b"b77a5c561934e089",
    b"b03f5f7f11d50a3a",
    b"89845dcd8080cc91",
    b"cc7b13ffcd2ddd51",
    b"adb9793829ddae60",
    b"30ad4fe6b2a6aeed",
    b"71e9bce111e9429c",
];

/// What manuals and helps write in place of an option's value.
#[rustfmt::skip]
const METAVARIABLES: &[&[u8]] = &[
    b"FILE", b"FILENAME", b"PATH", b"DIR", b"WORD", b"NAME", b"HASH", b"PHRASE", b"ARG", b"ARGUMENT", b"USER", b"ID", b"URL", b"URI", b"CRED",
];

/// Whether `value` stands for the value of an option: `FILE`, `WORD|HASH|NAME`.
fn is_metavariable(value: &[u8]) -> bool {
    value.split(|byte| *byte == b'|').all(|part| METAVARIABLES.contains(&part))
}

/// Whether `value` is a placeholder: a word for "no value", a mask, a template slot, an instruction.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    if value.is_empty() {
        return true;
    }
    // A template closes what it opened; `{{h}o)p$` is not a template.
    if is_unbalanced(value) {
        return false;
    }
    if is_metavariable(value)
        || is_mask(value)
        || slot::is_whole_value(value)
        || is_location(value)
        || is_open(value)
        || is_framed_word(value)
    {
        return true;
    }
    if instructs(value) { is_mostly_letters(value) } else { is_word(value) }
}

/// Whether `value` is a mask: `****`, `xxx`, `•••`, `asdfasdfasdfasdf`, `sk-...9doi`.
fn is_mask(value: &[u8]) -> bool {
    let mark =
        |byte: &u8| matches!(byte, b'*' | b'.' | b'-' | b'_' | b'x' | b'X' | b'#' | b'?' | b' ' | b'0');
    // Masks are drawn with bullets and ellipses.
    let drawn = |bytes: &[u8]| matches!(bytes, [0xe2, 0x80, 0xa2 | 0xa6]);
    // One letter, again and again: `yyy`.
    let one_letter =
        || value.len() >= 3 && value[0].is_ascii_alphabetic() && value.iter().all(|byte| *byte == value[0]);
    value.iter().all(mark)
        || value.contains(&0xe2) && value.windows(3).any(drawn)
        || one_letter()
        || is_repeated(value)
        || is_filled(value)
        || value.ends_with(b"...")
        // Of several values, as in a cookie header, one may be masked.
        || (value.starts_with(b"***") || value.ends_with(b"***")) && !value.iter().any(|byte| b";=".contains(byte))
        || is_crossed_out(value)
        || is_abridged(value)
}

/// Whether nothing but crosses follows a short prefix: `sk-xxx`, `GOCSPX-YYY`, `github_pat_XXXX`.
fn is_crossed_out(value: &[u8]) -> bool {
    const PREFIX: usize = 12;
    const LEAST: usize = 3;
    let Some(last) = value.last().filter(|byte| b"xXyY".contains(byte)) else { return false };
    let crosses = value.iter().rev().take_while(|byte| *byte == last).count();
    let prefix = &value[..value.len() - crosses];
    let letters = prefix.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
    let joined = matches!(prefix.last(), Some(b'-' | b'_'));
    crosses >= LEAST && joined && letters && (2..=PREFIX).contains(&prefix.len())
}

/// Whether `value` says where the secret is kept: a command that prints it ("`cat key.pem`"), its place in a
/// cloud (`projects/x/secrets/y/versions/1`).
fn is_location(value: &[u8]) -> bool {
    matches!(value, [b'`', .., b'`']) && value.len() > 2 && value.contains(&b' ')
        || memchr::memmem::find(value, b"/secrets/").is_some() && !value.contains(&b'@')
        || value.starts_with(b"@Microsoft.KeyVault(")
}

/// Whether `value` is not confidential: an example of a vendor, an encrypted value, a public key token.
fn is_open(value: &[u8]) -> bool {
    is_example(value) || is_sealed(value) || PUBLIC_KEY_TOKENS.contains(&value)
}

/// Whether `value` reads as an instruction to insert one's own value, by its beginning, its end or a part of
/// it: `your-key`, `API_TOKEN-HERE`.
fn instructs(value: &[u8]) -> bool {
    let begins = ["your", "my-", "insert", "enter ", "replace", "fake", "changeme", "change-me", "change_me"];
    let several = value.iter().filter(|byte| matches!(byte, b'-' | b'_' | b' ')).count() >= 2;
    begins.iter().any(|begin| starts_like(value, begin.as_bytes()))
        || several && YOURS.iter().any(|yours| starts_like(value, yours))
        || [b"-HERE".as_slice(), b"_HERE", b"-here", b"_here"].iter().any(|end| value.ends_with(end))
        || TOLD.iter().any(|told| memchr::memmem::find(value, told).is_some())
}

/// Whether `value`, of letters, digits and the characters that join them, says that there is no value, or
/// whose it is to be. Such a value is kept even where words are redacted.
pub(crate) fn says_none(value: &[u8]) -> bool {
    let masked = |byte: &u8| matches!(byte, b'x' | b'X' | b'.' | b'-' | b'_' | b'0');
    let is = |known: &&str| value.eq_ignore_ascii_case(known.as_bytes());
    value.iter().all(masked)
        || NOTHING.iter().chain(passwords()).any(is)
        || value.ends_with(b"...")
        || is_abridged(value)
        || is_framed_word(value)
        || PUBLIC_KEY_TOKENS.contains(&value)
        || ["your", "insert", "enter", "replace"].iter().any(|word| starts_like(value, word.as_bytes()))
        || TOLD.iter().any(|told| memchr::memmem::find(value, told).is_some())
}

/// Whether `value` is marked as an example, as vendors do: by `EXAMPLE` inside it, also in base64, or a
/// similar word at its end; or is a known sample.
pub(crate) fn is_example(value: &[u8]) -> bool {
    // `EXAMPLEp4ssw0rd` only begins with it.
    let inside = memchr::memmem::find(value, b"EXAMPLE").is_some_and(|at| {
        let begins = at == 0 && value.len() >= 16 && !matches!(value[7], b'-' | b'_');
        !begins && !goes_on_at_random(&value[at + 7..])
    });
    // The word in base64, at each of the three alignments.
    let spellings: [&[u8]; 3] = [b"RVhBTVBMR", b"VYQU1QTE", b"FWEFNUExF"];
    if is_sample(value) {
        return true;
    }
    let marked = [b"SAMPLEKEY".as_slice(), b"TESTKEY", b"FAKEKEY", b"DUMMYKEY", b"XXXXXXKEY"];
    inside
        || marked.into_iter().any(|word| value.len() > word.len() && value.ends_with(word))
        || spellings.into_iter().any(|spelling| memchr::memmem::find(value, spelling).is_some())
}

/// Whether so much follows the word for an example, and so mixed, that a secret only happens to contain the
/// word, or to begin with it.
fn goes_on_at_random(rest: &[u8]) -> bool {
    const LONG: usize = 48;
    let has = |kind: fn(&u8) -> bool| rest.iter().any(kind);
    rest.len() >= LONG
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
}

/// Whether `value` contains a sample that is in documentation everywhere: a UUID that counts, the keys of
/// Azure's emulators, and others.
pub(crate) fn is_sample(value: &[u8]) -> bool {
    let known: [&[u8]; 6] = [
        // From the documentation of AWS.
        b"AQoEXAMPLEH4aoAH0gNCAPyJxz4BlCFFxWNE1OPTgk5TthT",
        // From the self-test of OpenSSL.
        b"f4556650ac31d35461610bac4ed81b1a",
        b"01234567-89ab-cdef-",
        b"11111111-2222-3333-",
        b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1",
        b"C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEH",
    ];
    value.len() >= 32 && known.into_iter().any(|known| memchr::memmem::find(value, known).is_some())
}

/// Whether `value` repeats two to four characters (`asdfasdfasdfasdf`), as hands on a keyboard do.
fn is_repeated(value: &[u8]) -> bool {
    let periods = 2..=4;
    value.len() >= 16
        && value.first().is_some_and(u8::is_ascii_alphabetic)
        && periods
            .into_iter()
            .any(|period| value[period..].iter().zip(value).all(|(one, other)| one == other))
}

/// Whether one letter or digit, again and again, follows a prefix: `gsk_aaaaaaaaaaaaaaaa`.
fn is_filled(value: &[u8]) -> bool {
    const PREFIX: usize = 16;
    const LEAST: usize = 12;
    let Some(last) = value.last().filter(|byte| byte.is_ascii_alphanumeric()) else { return false };
    let same = value.iter().rev().take_while(|byte| *byte == last).count();
    let prefix = &value[..value.len() - same];
    same >= LEAST && prefix.len() <= PREFIX && matches!(prefix.last(), Some(b'_' | b'-' | b'.'))
}

/// Whether `value` is encrypted (`ENC(...)`, `ENC[...]`, a sealed secret of a cluster), so that it may be
/// kept in files.
fn is_sealed(value: &[u8]) -> bool {
    // A sealed secret begins with the length of what the cluster's key encrypted, 512 bytes. Tokens that
    // begin alike are shorter.
    const SEALED: usize = 256;
    // Prefixes of WebLogic, Splunk and Spring.
    const SEALS: [&[u8]; 4] = [b"{AES}", b"{AES256}", b"$7$", b"{cipher}"];
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    value.len() >= SEALED && matches!(value, [b'A', b'g', b'A'..=b'D', ..]) && value.iter().all(base64)
        || matches!(value, [b'E', b'N', b'C', b'(', .., b')'] | [b'E', b'N', b'C', b'[', .., b']'])
        || SEALS.iter().any(|seal| {
            value.strip_prefix(*seal).is_some_and(|rest| rest.len() >= 16 && rest.iter().all(base64))
        })
}

/// Whether `value` is letters and separators with at most one other byte in six.
fn is_mostly_letters(value: &[u8]) -> bool {
    let odd = value
        .iter()
        .filter(|byte| !(byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'-' | b'_' | b'.')))
        .count();
    odd * 6 <= value.len()
}

/// Whether part of a prefixed token is masked: documentation has eight or more of `x`, `X`, `*`, `.` or `0` in a row
/// in place of the real token.
pub(crate) fn holds_mask(token: &[u8]) -> bool {
    const RUN: usize = 8;
    token.windows(RUN).any(|run| {
        matches!(run[0], b'x' | b'X' | b'*' | b'.' | b'0') && run.iter().all(|byte| *byte == run[0])
    })
}

/// Whether the middle of `value` is left out: `...9doi`, `sk-...9doi`, `sk-1****cdef`.
fn is_abridged(value: &[u8]) -> bool {
    const LONGEST: (usize, usize) = (9, 6);
    [b"...".as_slice(), b"****"].iter().any(|signs| {
        memchr::memmem::find(value, signs).is_some_and(|at| {
            let count = value[at..].iter().take_while(|byte| **byte == signs[0]).count();
            let behind = &value[at + count..];
            at <= LONGEST.0 && behind.len() <= LONGEST.1 && behind.iter().all(u8::is_ascii_alphanumeric)
        })
    })
}

/// Whether `value` is a placeholder word between `*`, `_`, `#` or `-`: `**REDACTED**`, `__hidden__`.
fn is_framed_word(value: &[u8]) -> bool {
    let is_sign = |byte: &u8| b"*_#-".contains(byte);
    let first = value.iter().position(|byte| !is_sign(byte)).unwrap_or(0);
    let last = value.iter().rposition(|byte| !is_sign(byte)).unwrap_or(0);
    first > 0 && last + 1 < value.len() && is_word(&value[first..=last])
}

/// Whether `value`, without punctuation after it, is a word that stands in for a value, or what a secret is
/// called.
fn is_word(value: &[u8]) -> bool {
    let end = value
        .iter()
        .rposition(|byte| !matches!(byte, b',' | b';' | b'.' | b')' | b'?'))
        .map_or(0, |at| at + 1);
    let word = &value[..end];
    let is = |known: &&str| word.eq_ignore_ascii_case(known.as_bytes());
    if word.is_empty() || NOTHING.iter().chain(STAND_INS).chain(passwords()).any(is) {
        return true;
    }
    // `CONTRASEÑA`, `Şifre`
    let accents = word.len() <= 32 && !word.is_ascii();
    if let Some(word) = std::str::from_utf8(word).ok().filter(|_| accents) {
        let lower = word.to_lowercase();
        if passwords().any(|known| *known == lower) {
            return true;
        }
    }
    // What the secret is called: `api-key`, `Secret Key`, `access_token`.
    let mut letters =
        word.iter().filter(|byte| !matches!(byte, b'-' | b'_' | b' ')).map(u8::to_ascii_lowercase);
    let mut fused = [0_u8; 16];
    let count = fused.iter_mut().zip(letters.by_ref()).map(|(to, from)| *to = from).count();
    letters.next().is_none() && OWN_NAMES.iter().any(|name| name.as_bytes() == &fused[..count])
}

/// Whether `value` begins with `prefix`, in any case.
fn starts_like(value: &[u8], prefix: &[u8]) -> bool {
    value.len() >= prefix.len() && value[..prefix.len()].eq_ignore_ascii_case(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_no_secrets() {
        for value in [
            "",
            "xxxx",
            "****",
            "<your-token>",
            "${{ secrets.X }}",
            "${TOKEN}",
            "$TOKEN",
            "your-api-key-here",
            "None",
            "null,",
            "...",
            "yyy",
            "...9doi",
            "sk-...9doi",
            "sk-proj-....9doi",
            "**REDACTED**",
            "__Filtered__",
            "votre-clé-va-ici",
            "tu_clave_aqui",
            "fc-YOUR_API_KEY",
            "ya29.FILTERED_ACCESS_TOKEN_XXX",
            "gsk_aaaaaaaaaaaaaaaaaaaa",
            "sk-proj-1111111111111",
            "sk-xxx",
            "GOCSPX-YYY",
            "github_pat_XXXX",
            "sk-1****cdef",
            "Bearer",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
        for value in [
            "AKIAIOSFODNN7EXAMPLE",
            "abcabcabcabcabcabc",
            "ENC[RSA,tUf83Ex0oSbDGa8v]",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYESAMPLEKEY",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
        for value in [
            "hunter2",
            "$ecret!9",
            "correct horse",
            "a1b2c3",
            "EXAMPLEp4ssw0rd123",
            "abcd1234abcd1234",
            "q7Rk2mXw9Tb4...9doi",
            "...q7Rk2mXw9Tb4",
            "_q7Rk2_",
            "tu_9x2!kq",
            "iloveyour_dog",
            "su-perman",
            "gsk_aaaaaaaaaaaaaaaaaaaab",
            "a=q7Rk2mXw9Tb4; b=***",
            "q7Rk2mXw9Tb4****8x",
            "my_aaaaaa",
            "ATEXAMPLE1234567890abcdefghijklmnopqrstuvwxyz_-ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        ] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }
}
