//! Sensitive names: names whose value is a secret, always or if it looks like one.
//!
//! A name is split into words (at `_`, `-`, `.`, spaces, camel case) and judged by its last one:
//! `token_count` is a count, `refreshToken` a token. Words that only qualify (`_PROD`, `_2`) are skipped.

pub(crate) mod foreign;
mod split;
mod words;

use aho_corasick::AhoCorasick;
use split::Words;
use words::{CODES, DESCRIPTIVE, EITHER, NO_KEYS, OPEN, PASSES, QUALIFIERS, ROUNDS, SALTS, SECRET_KEYS};

use crate::lazy::Lazy;
pub(crate) use words::{FOREIGN_PASSWORDS, LABELS, triggers};

/// How much a name alone says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    /// The value must be random: the name mentions a secret, but may mean something about it (`TOKEN_GITHUB`,
    /// `secret_for_tests`).
    Faint,
    /// The value must look like a secret as well (`token`, `key`, `auth`).
    Weak,
    /// The value is a secret whatever it looks like (`password`, `api_key`).
    Strong,
}

/// A sensitive name: the label for its value, and how certain the name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sensitive {
    pub label: &'static str,
    pub strength: Strength,
}

/// The longest name, in bytes: anything longer is prose.
const MAX_NAME: usize = 128;

/// Returns the label for a value under `key`, if the key is sensitive.
///
/// This judges keys of values in a tree, where the whole name is known: `password`, `api_key`,
/// `refreshToken`, `DB_PASS`, `X-Api-Key` are sensitive; `max_tokens`, `token_count`, `session_id`,
/// `public_key` are not.
pub(crate) fn sensitive_label(key: &[u8]) -> Option<&'static str> {
    sensitive(key).filter(|found| found.strength > Strength::Faint).map(|found| found.label)
}

/// Whether `text` may contain a sensitive name, or the words of one: a cheap test that most texts fail.
pub(crate) fn may_name(text: &[u8]) -> bool {
    static STEMS: Lazy<Option<AhoCorasick>> = Lazy::new(|| {
        let ascii = words::STEMS.iter().chain(&FOREIGN_PASSWORDS);
        let stems = ascii.chain(&foreign::WORDS).chain(&foreign::PLURALS);
        AhoCorasick::builder().ascii_case_insensitive(true).build(stems).ok()
    });
    STEMS.as_ref().is_none_or(|stems| stems.is_match(text))
}

/// Like [`sensitive_label`], but with the strength, which a search of text needs, and with names that only
/// mention a secret ([`Strength::Faint`]).
pub(crate) fn sensitive(key: &[u8]) -> Option<Sensitive> {
    if key.len() > MAX_NAME || key.len() < 3 && !key.eq_ignore_ascii_case(b"pw") {
        return None;
    }
    // Usually the directory that a shell works in.
    if key == b"PWD" {
        return Some(Sensitive { label: "PASSWORD", strength: Strength::Weak });
    }
    let mut words = Words::default();
    words.split(key);
    let words = words.to_vec();
    // `const ErrPwd = "..."` says what went wrong, and a site's key is in its pages.
    if is_of_error(&words) || is_of_site(&words) || is_of_substance(key) {
        return None;
    }
    // What a token costs: `input_cost_per_audio_token`. `PRICING_API_KEY` is a key.
    let costs = words.iter().position(|word| matches!(*word, "cost" | "costs" | "price"));
    if costs.is_some_and(|at| words[at..].contains(&"per")) {
        return None;
    }
    judge(&words)
        .or_else(|| spelled_oddly(key))
        .or_else(|| foreign::sensitive(key))
        .or_else(|| mentioned(&words))
}

/// Whether a name is that of an error.
fn is_of_error(words: &[&str]) -> bool {
    words.len() > 1 && words[0] == "err"
}

/// Whether a name is that of a key that a site publishes: `RECAPTCHA_SITE_KEY`, `data-sitekey`, and
/// `applicationServerKey`, by which browsers know who sends push messages.
fn is_of_site(words: &[&str]) -> bool {
    matches!(words, [.., "sitekey"] | [.., "site", "key"] | [.., "application", "server", "key"])
}

/// Whether a name is that of the digest by which a chemical substance is called.
fn is_of_substance(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"inchikey")
}

/// Whether `before`, the text before a value, ends in the name of a site's key, perhaps with separators after
/// it.
pub(crate) fn says_site_key(before: &[u8]) -> bool {
    const ENDS: [&[u8]; 4] = [b"sitekey", b"site_key", b"site-key", b"site key"];
    ends_like(before, &ENDS)
}

/// Whether `before`, the text before a value, ends in a name that says that its key is public, perhaps with
/// separators after it.
pub(crate) fn says_public(before: &[u8]) -> bool {
    const ENDS: [&[u8]; 4] = [b"publickey", b"public_key", b"public-key", b"public key"];
    ends_like(before, &ENDS)
}

/// Whether the name that `before` ends in, without the separators after it, ends in one of `ends`, in any
/// case.
fn ends_like(before: &[u8], ends: &[&[u8]]) -> bool {
    let end = before.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
    let name = before[..end].to_ascii_lowercase();
    ends.iter().any(|word| name.ends_with(word))
}

/// Judges names with unusual capitals (`PaSSwoRD`), which camel case would split into meaningless words.
fn spelled_oddly(key: &[u8]) -> Option<Sensitive> {
    const NAMES: [(&str, &str); 5] = [
        ("password", "PASSWORD"),
        ("passwd", "PASSWORD"),
        ("secret", "SECRET"),
        ("apikey", "API_KEY"),
        ("accesstoken", "TOKEN"),
    ];
    let (_, label) = NAMES.into_iter().find(|(name, _)| key.eq_ignore_ascii_case(name.as_bytes()))?;
    Some(Sensitive { label, strength: Strength::Strong })
}

/// Whether a name says that its value describes or identifies something, or is public.
pub(crate) fn is_descriptive(name: &[u8]) -> bool {
    if name.len() > MAX_NAME {
        return false;
    }
    let mut words = Words::default();
    words.split(name);
    let words = words.to_vec();
    words.last().is_some_and(|last| DESCRIPTIVE.contains(last))
        || words
            .iter()
            .any(|word| matches!(*word, "public" | "pub" | "hash" | "digest" | "region" | "host" | "email"))
}

/// Judges a name that mentions a secret elsewhere than at its end.
fn mentioned(words: &[&str]) -> Option<Sensitive> {
    let (last, before) = words.split_last()?;
    if DESCRIPTIVE.contains(last) || before.iter().any(|word| OPEN.contains(word)) || OPEN.contains(last) {
        return None;
    }
    let faint = |label| Some(Sensitive { label, strength: Strength::Faint });
    before.iter().zip(&words[1..]).find_map(|(word, next)| match *word {
        "password" | "passwd" | "pwd" | "passphrase" => faint("PASSWORD"),
        "secret" | "clientsecret" | "secretkey" => faint("SECRET"),
        "token" | "authtoken" | "accesstoken" | "apitoken" | "jwt" => faint("TOKEN"),
        "apikey" => faint("API_KEY"),
        "credential" | "credentials" | "creds" => faint("CREDENTIAL"),
        "api" | "access" | "private" | "auth" if *next == "key" => faint("KEY"),
        _ => None,
    })
}

/// Judges the words of a name by the last one that does not only qualify.
fn judge(words: &[&str]) -> Option<Sensitive> {
    let mut words = words;
    while let [rest @ .., last] = words {
        let digits = last.bytes().all(|byte| byte.is_ascii_digit());
        if *last == "string" && rest.last().is_some_and(|word| matches!(*word, "connection" | "conn")) {
            return Some(Sensitive { label: "CONNECTION_STRING", strength: Strength::Strong });
        }
        let community = matches!(*last, "string" | "strings") && rest.last() == Some(&"community");
        if community || *last == "community" && rest.last() == Some(&"snmp") {
            return Some(Sensitive { label: "PASSWORD", strength: Strength::Strong });
        }
        if rest.is_empty() || !(digits || QUALIFIERS.contains(last)) {
            break;
        }
        words = rest;
    }
    let (last, before) = words.split_last()?;
    // A number says how long the key is: `aes_256_key`, `chacha20_keys`.
    let is_word = |word: &&&str| !is_number(word);
    let previous = before.iter().rev().find(is_word).copied().unwrap_or("");
    let strong = |label| Some(Sensitive { label, strength: Strength::Strong });
    let weak = |label| Some(Sensitive { label, strength: Strength::Weak });
    if DESCRIPTIVE.contains(last) {
        // AppRole's `secret_id` is the secret itself, whatever its name says.
        return if *last == "id" && previous == "secret" { strong("SECRET") } else { None };
    }
    match *last {
        "password" | "passwords" | "passwd" | "passwrd" | "passw" | "pwd" | "passphrase" | "passcode"
        | "psk" | "userpass" | "dbpass" | "authtok" => strong("PASSWORD"),
        word if FOREIGN_PASSWORDS.contains(&word) => strong("PASSWORD"),
        "passe" if matches!(before, [.., "mot" | "mots", "de"]) => strong("PASSWORD"),
        // Of Apache: `SSLPassPhrase`.
        "phrase" if previous == "pass" => strong("PASSWORD"),
        "verifier" if previous == "code" => strong("SECRET"),
        "salt" if SALTS.contains(&previous) => weak("KEY"),
        // Of payments and visitor statistics. The salt of a password is stored beside its digest.
        "salt" if before.is_empty() => Some(Sensitive { label: "KEY", strength: Strength::Faint }),
        "pepper" | "passwordsalt" => weak("KEY"),
        "code" | "codes" if matches!(previous, "backup" | "recovery") => strong("SECRET"),
        "code" if CODES.contains(&previous) => weak("SECRET"),
        "activationcode" | "accesscode" | "authcode" => weak("SECRET"),
        "seed" if matches!(previous, "otp" | "totp" | "hotp" | "mfa" | "secret") => strong("SECRET"),
        // A personal access token, or a pattern.
        "pat" if !before.is_empty() => Some(Sensitive { label: "TOKEN", strength: Strength::Faint }),
        "pass" if ROUNDS.contains(&previous) => None,
        // `3p1Pw` occurs in tables of minified code.
        "pw" if is_mostly_number(previous) => None,
        "pass" if EITHER.contains(&previous) => weak("PASSWORD"),
        "pass" | "pw" if !before.is_empty() => strong("PASSWORD"),
        // In Spanish, `clave` is also the key of a list.
        "pass" | "pw" | "clave" | "claves" => weak("PASSWORD"),
        "secret" | "secrets" | "clientsecret" | "secretkey" | "secretaccesskey" | "backupcodes"
        | "recoverycodes" | "otpseed" | "totpseed" => strong("SECRET"),
        "credential" | "credentials" | "creds" => strong("CREDENTIAL"),
        "authorization" => strong("AUTHORIZATION"),
        "cookie" | "cookies" => strong("COOKIE"),
        "jwt" => strong("JWT"),
        "apikey" | "apikeys" | "apitoken" => strong("API_KEY"),
        "privatekey" => strong("PRIVATE_KEY"),
        "connectionstring" => strong("CONNECTION_STRING"),
        // The `publicKeyToken` of a .NET assembly.
        "token" if matches!(before, [.., "public", "key"]) => None,
        "token" | "tok" if OPEN.contains(&previous) => None,
        "token" if before.is_empty() => weak("TOKEN"),
        "macaroon" => weak("TOKEN"),
        "token" | "authtoken" | "accesstoken" | "refreshtoken" | "bearertoken" => strong("TOKEN"),
        "tokens" if matches!(previous, "access" | "auth" | "api" | "refresh" | "bearer" | "secret") => {
            strong("TOKEN")
        }
        "auth" => weak("AUTHORIZATION"),
        "key" | "keys" => match previous {
            "api" => strong("API_KEY"),
            "private" => strong("PRIVATE_KEY"),
            "secret" => strong("SECRET"),
            "access" if before.contains(&"secret") => strong("SECRET"),
            _ if SECRET_KEYS.contains(&previous) => strong("KEY"),
            _ if before.is_empty() => Some(Sensitive { label: "KEY", strength: Strength::Faint }),
            _ if OPEN.contains(&previous) => None,
            _ => weak("KEY"),
        },
        _ => fused(last),
    }
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a word has a digit and at most one letter.
fn is_mostly_number(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit()) && word.bytes().filter(u8::is_ascii_alphabetic).count() < 2
}

/// Judges a name written as one word in lower case: `stripeapikey`, `mypassword`.
fn fused(word: &str) -> Option<Sensitive> {
    const ENDS: &[(&str, &str)] = &[
        ("password", "PASSWORD"),
        ("passwd", "PASSWORD"),
        ("passphrase", "PASSWORD"),
        ("apikey", "API_KEY"),
        ("secretkey", "SECRET"),
        ("privatekey", "PRIVATE_KEY"),
        ("accesskey", "KEY"),
        ("accountkey", "KEY"),
        ("authkey", "KEY"),
        ("clientsecret", "SECRET"),
        ("secret", "SECRET"),
        ("accesstoken", "TOKEN"),
        ("authtoken", "TOKEN"),
        ("apitoken", "TOKEN"),
    ];
    // `adminpwd` is a password; `OLDPWD` is a directory.
    if PASSES.contains(&word) || word.len() > 4 && word.ends_with("pwd") && word != "oldpwd" {
        return Some(Sensitive { label: "PASSWORD", strength: Strength::Strong });
    }
    if let Some((_, label)) = ENDS.iter().find(|(end, _)| word.ends_with(end)) {
        return Some(Sensitive { label, strength: Strength::Strong });
    }
    if word.len() > 5 && word.ends_with("token") {
        return Some(Sensitive { label: "TOKEN", strength: Strength::Weak });
    }
    // Few words of six letters are secret: `subkey`, `rowkey`, `mapkey` are not.
    let short = matches!(word, "appkey" | "devkey" | "sshkey" | "aeskey" | "rsakey" | "jwtkey" | "enckey");
    ((word.len() > 6 || short) && word.ends_with("key") && !NO_KEYS.iter().any(|other| word.ends_with(other)))
        .then_some(Sensitive { label: "KEY", strength: Strength::Weak })
}

#[cfg(test)]
mod tests;
