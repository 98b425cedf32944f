//! Checks for passwords that people choose, and for placeholders in their place.

use super::{is_long_non_word, is_random};
use crate::scrub::{naming, slot};

/// In names, upper case begins words and digits end them; here they are also inside.
pub(super) fn is_mixed_case_random(secret: &[u8]) -> bool {
    let count = |kind: fn(&u8) -> bool| secret.iter().filter(|byte| kind(byte)).count();
    let inner = |pair: &[u8]| {
        pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic()
            || pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()
    };
    let letters = count(u8::is_ascii_lowercase) > 0 && count(u8::is_ascii_uppercase) > 0;
    letters
        && count(u8::is_ascii_digit) > 0
        && secret.windows(2).filter(|pair| inner(pair)).count() >= 2
        && is_random(secret)
}

/// Accepts words with punctuation and a digit (`Walnut@24`), or with two digits or more at the end
/// (`walnut_hall35`). After a name such as `password` they are no identifier. A digit inside belongs to one
/// (`PBKDF2WithHmacSHA256`).
pub(super) fn is_human_password(secret: &[u8]) -> bool {
    const SHORTEST: usize = 6;
    /// From this many lower-case letters before a number on, they are more than the name of an algorithm.
    const PLAIN: usize = 8;
    // Punctuation at the end belongs to the password, or to the sentence.
    let whole = secret;
    let secret = match secret {
        [begin @ .., b'_' | b'-' | b'.' | b'='] => begin,
        _ => secret,
    };
    let letter = secret.iter().any(u8::is_ascii_alphabetic);
    let is_sign = |byte: &u8| b"!@#$%^&*?+=~".contains(byte);
    let signs = secret.iter().filter(|byte| is_sign(byte)).count();
    if secret.len() < SHORTEST || !letter || !is_not_placeholder(secret) || naming::is_named_digest(secret) {
        return false;
    }
    // `someone@example.com`, `name=`, `file.txt`.
    let address = memchr::memchr(b'@', secret).is_some_and(|at| secret[at..].contains(&b'.'));
    let digits = secret.iter().filter(|byte| byte.is_ascii_digit()).count();
    if signs > 0 && digits > 0 && !address && !matches!(whole, [.., b'=']) {
        return true;
    }
    if is_built_of_words(secret) || is_passphrase(whole) {
        return true;
    }
    if is_parted_by_digit(secret) {
        return true;
    }
    let tail = secret.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let words = &secret[..secret.len() - tail];
    let mixed = words.iter().any(u8::is_ascii_uppercase) && words.iter().any(u8::is_ascii_lowercase);
    let joined = words.iter().any(|byte| matches!(byte, b'_' | b'-'));
    let plain = || {
        words.len() >= PLAIN && words.iter().all(u8::is_ascii_lowercase) && !counts(&secret[words.len()..])
    };
    let numbered =
        signs == 0 && tail >= 2 && tail == digits && secret.len() >= 8 && (mixed || joined || plain());
    numbered && !words.contains(&b'.') && !naming::is_constant(secret)
        || is_random(whole) && whole.len() >= 8
        || is_long_non_word(whole)
}

/// Whether `secret` is two words with a digit or two between them, of which the second begins with a capital:
/// `mango7Saddle`. Names in code have that form too, of words that say what is counted or what is done:
/// `utf8Encoded`, `step2Done`.
fn is_parted_by_digit(secret: &[u8]) -> bool {
    #[rustfmt::skip]
    const COUNTED: [&str; 66] = [
        "args", "argon", "auth", "base", "bcrypt", "blake", "block", "class", "client", "code", "column", "config", "curve", "entity", "error",
        "field", "file", "filter", "form", "frame", "function", "group", "handle", "hash", "host", "http", "image", "input", "item", "java", "json",
        "layer", "level", "line", "list", "login", "method", "mode", "model", "module", "name", "node", "oauth", "option", "output", "page", "param",
        "part", "pass", "password", "path", "phase", "point", "python", "query", "server", "stage", "step", "table", "test", "text", "token", "type",
        "user", "value", "version",
    ];
    #[rustfmt::skip]
    const DONE: [&str; 62] = [
        "address", "array", "based", "buffer", "bytes", "callback", "cipher", "class", "client", "code", "config", "data", "date", "decode", "decoded",
        "digest", "done", "encode", "encoded", "encrypted", "error", "event", "field", "file", "format", "from", "function", "handler", "hash",
        "hashed", "header", "helper", "input", "item", "length", "list", "method", "mode", "model", "name", "object", "option", "options", "output",
        "params", "password", "path", "process", "protected", "request", "response", "result", "secret", "server", "session", "string", "test",
        "time", "token", "type", "value", "version",
    ];
    let letters = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    let first = letters(secret);
    let digits = secret[first..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, second) = (&secret[..first], &secret[first + digits..]);
    let Some((capital, rest)) = second.split_first() else { return false };
    let says =
        |words: &[&str], word: &[u8]| words.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
    first >= 4
        && (1..=2).contains(&digits)
        && capital.is_ascii_uppercase()
        && rest.len() >= 3
        && letters(rest) == rest.len()
        && !matches!(&secret[first..first + digits], b"16" | b"32" | b"64")
        && !says(&COUNTED, before)
        && !COUNTED.iter().any(|word| word.len() >= 4 && before.ends_with(word.as_bytes()))
        && !says(&DONE, second)
}

/// Whether a number is how long something is that machines make, or what they are called: `encryption256`.
fn counts(number: &[u8]) -> bool {
    const LENGTHS: [&[u8]; 9] = [b"16", b"32", b"64", b"128", b"192", b"256", b"384", b"512", b"1024"];
    number.len() > 4 || LENGTHS.contains(&number)
}

/// Whether `secret` is words in both cases with one number among them: `nutmeg-zebra-22Zucker`,
/// `Salmon033.ginger`. It must not end like a file name, in a short extension.
pub(crate) fn is_built_of_words(secret: &[u8]) -> bool {
    const SHORTEST: usize = 10;
    const LETTERS: usize = 6;
    let count = |kind: fn(&u8) -> bool| secret.iter().filter(|byte| kind(byte)).count();
    let mut numbers = secret.split(|byte| !byte.is_ascii_digit()).filter(|number| !number.is_empty());
    let one_number =
        numbers.next().is_some_and(|number| (2..=4).contains(&number.len())) && numbers.next().is_none();
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let joined = secret.iter().any(|byte| matches!(byte, b'-' | b'_' | b'.'));
    let file = secret.iter().rposition(|byte| *byte == b'.').is_some_and(|at| {
        let extension = &secret[at + 1..];
        extension.len() < 5 && !extension.iter().all(u8::is_ascii_digit)
    });
    secret.len() >= SHORTEST
        && joined
        && !file
        && secret.iter().all(inner)
        && count(u8::is_ascii_alphabetic) >= LETTERS
        && count(u8::is_ascii_uppercase) > 0
        && count(u8::is_ascii_lowercase) > 0
        && one_number
        && !naming::is_constant(secret)
}

/// Whether `secret` consists of words like a passphrase: four to eight joined by hyphens
/// (`velvet-harbor-clever-monkey`), or three to six joined by dots (`otter.harbor.monkey`). Words that are
/// typical of descriptions, and with dots those of members and host names, are excluded.
pub(crate) fn is_passphrase(secret: &[u8]) -> bool {
    #[rustfmt::skip]
    const JOINING: [&str; 47] = [
        "the", "and", "for", "with", "from", "this", "that", "your", "not", "non", "one", "two", "all", "only", "when", "what", "you",
        "password", "pass", "passwd", "pwd", "secret", "token", "key", "keys", "user", "name", "login", "auth", "change", "example", "reset",
        "use", "time", "file", "value", "field", "test", "new", "old", "set", "get", "app", "api", "web", "self", "config",
    ];
    #[rustfmt::skip]
    const MEMBERS: [&str; 74] = [
        "account", "admin", "args", "body", "client", "cloud", "com", "conf", "context", "core", "corp", "credentials", "data", "database",
        "default", "defaults", "dev", "document", "edu", "email", "env", "environment", "event", "form", "gov", "home", "host", "html", "info",
        "internal", "java", "json", "lan", "local", "location", "log", "mail", "main", "model", "mysql", "net", "node", "object", "options", "org",
        "params", "process", "prod", "profile", "props", "query", "redis", "request", "response", "root", "server", "service", "session",
        "settings", "smtp", "spring", "sql", "state", "store", "string", "system", "txt", "util", "utils", "window", "www", "xml", "xyz", "yml",
    ];
    let word = |word: &[u8]| {
        (3..=10).contains(&word.len())
            && word.iter().all(u8::is_ascii_lowercase)
            && !JOINING.iter().any(|joining| joining.as_bytes() == word)
    };
    let words = |sign: u8| secret.split(move |byte| *byte == sign);
    let member = |word: &[u8]| MEMBERS.iter().any(|member| member.as_bytes() == word);
    (4..=8).contains(&words(b'-').count()) && words(b'-').all(word)
        || (3..=6).contains(&words(b'.').count()) && words(b'.').all(|part| word(part) && !member(part))
}

/// The password after a user name, which may precede it. A match begins anywhere, so a scheme and other names
/// may precede the user.
fn after_last_colon(secret: &[u8]) -> &[u8] {
    secret.rsplit(|&byte| byte == b':').next().unwrap_or(secret)
}

pub(super) fn is_not_template(secret: &[u8]) -> bool {
    !slot::is_in_match(secret)
        && !slot::is_whole_match(secret)
        && !slot::is_whole_match(after_last_colon(secret))
}

pub(super) fn is_not_placeholder(secret: &[u8]) -> bool {
    let password = after_last_colon(secret);
    // `test:test` is nobody's credential.
    let same = secret.len() == 2 * password.len() + 1 && secret.starts_with(password);
    is_not_template(secret) && !stands_for_one(secret) && !stands_for_one(password) && !same
}

/// Whether `text` is the word for a password, or one repeated letter. Of the words that `placeholder` knows
/// these are the ones that nobody has as a password: after an option, `changeme` and `secret` are redacted.
fn stands_for_one(text: &[u8]) -> bool {
    let words: [&[u8]; 10] = [
        b"password",
        b"passwd",
        b"pass",
        b"pwd",
        b"pw",
        b"token",
        b"access_key",
        b"api_key",
        b"anoncvs",
        b"anonymous",
    ];
    let repeated = matches!(text, [first, rest @ ..]
        if rest.len() >= 2 && first.is_ascii_alphabetic() && rest.iter().all(|byte| byte == first));
    repeated || words.into_iter().any(|known| text.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::validate::Validator;

    #[test]
    fn a_slot_or_a_mask_is_not_literal() {
        for text in [
            "${PASSWORD}",
            "$PASSWORD",
            "{password}",
            "<password>",
            "****",
            "%s",
            "#{pw}",
            "xxxx",
            "xxx:yyy",
            "",
        ] {
            assert!(!Validator::NotPlaceholder.accepts(text.as_bytes()), "{text}");
        }
        for text in ["hunter2", "$ecret!9", "p@ss:w0rd", "%40dm1n"] {
            assert!(Validator::NotPlaceholder.accepts(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn jumbled_is_no_name() {
        for text in ["Ihq7Sb1Gg", "xK8m2LpQ", "b7Xc2vN9mQ"] {
            assert!(Validator::MixedCaseRandom.accepts(text.as_bytes()), "{text}");
        }
        for text in ["HmacSHA256", "Base64Encoded1", "password1", "Winter2024", "abcdef12"] {
            assert!(!Validator::MixedCaseRandom.accepts(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn people_choose_words_with_a_digit_or_a_sign() {
        for text in ["Walnut2024!", "walnut_hall35", "W4lnut#7", "pw@7hall", "quietOtter59", "a8f3k2m9x7"] {
            assert!(Validator::HumanPassword.accepts(text.as_bytes()), "{text}");
        }
        for text in [
            "required",
            "SHA256",
            "bob@example2.com",
            "sha256=x1",
            "${DB_PASS}1",
            "padding9=",
            "AUTH_TYPE_OF_NAME_12",
            "a.b.c12",
            "utf8Encoded",
            "sha1Digest",
            "step2Finished",
            "base64Bytes",
            "hmac1Hash",
            "mango7Saddles2",
            "loginForm2Value",
        ] {
            assert!(!Validator::HumanPassword.accepts(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn words_with_one_number_are_a_password_and_files_versions_and_digests_are_none() {
        for text in [
            "nutmeg-zebra-22Zucker",
            "Salmon033.ginger",
            "Naranja-Zucker-2007Copper",
            "Lagoon_Bison37",
            "Tiger.Oslo.48",
        ] {
            assert!(is_built_of_words(text.as_bytes()), "{text}");
        }
        for text in [
            "Report-2024.pdf",
            "release-2.14-Final",
            "x86_64-unknown-linux",
            "KAFKA_CLIENT_2024",
            "Walnut22",
            "walnut-hall-22",
            "Base64-Encoded-Utf8",
        ] {
            assert!(!is_built_of_words(text.as_bytes()), "{text}");
        }
        for text in [
            "velvet-harbor-clever-monkey",
            "bananacactus04",
            "Kaffee_quiver4923_",
            "OliveLichen413.",
            "OtterTortuga2010=",
            "Umbra1765%saffron",
            "mango7Saddle",
            "willow42Tundra",
        ] {
            assert!(is_human_password(text.as_bytes()), "{text}");
        }
    }
}
