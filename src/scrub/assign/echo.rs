//! Values that only say what their name says: constants, keyword arguments, words that stand in for a value.

use super::super::reference::is_identifier;
use super::super::{entropy, naming};
use super::name::Name;
use super::non_secret::is_signed;

/// Whether the value only repeats the name, as constants of enumerations and keyword arguments do
/// (`REFRESH_TOKEN = "refresh-token"`, `login(password=my_password)`).
pub(super) fn repeats_name(text: &[u8], name: &Name, value: &[u8]) -> bool {
    if name.sensitive.label == "PASSWORD" && (is_numbered_password(value) || is_signed(value)) {
        return false;
    }
    // `PrivateKey: testEd25519PrivateKey`
    let own = &text[name.start..name.end];
    let own = own.rsplit(|&byte| byte == b'.').next().unwrap_or(own).trim_ascii_end();
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    // `KEM.X25519PrivateKey`; `propKey$221`, as compilers number names.
    let member = value.iter().rposition(|byte| *byte == b'.').map_or(value, |at| &value[at + 1..]);
    let numbered = value.strip_prefix(own).and_then(|rest| rest.strip_prefix(b"$"));
    if own.len() >= 6
        && (value.ends_with(own) && value.iter().all(in_name)
            || member == own && name.sensitive.label != "PASSWORD"
            || numbered.is_some_and(|number| number.iter().all(u8::is_ascii_digit)))
    {
        return true;
    }
    // `Token = Token2`: a number distinguishes names. `admin_password = "admin1"` is what people choose.
    let last = value.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |last| last + 1);
    let numbered = value.len() - last == 1;
    let value = if numbered { &value[..last] } else { value };
    let letters = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect()
    };
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    if value.len() > 64 || digits > 1 {
        return false;
    }
    // `password: "PasswordWidget"`.
    let composed = value.first().is_some_and(u8::is_ascii_uppercase)
        && value.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    let password = name.sensitive.label == "PASSWORD";
    let (name, value) = (letters(&text[name.start..name.end]), letters(value));
    let mentions =
        [b"pass".as_slice(), b"pw"].iter().any(|word| memchr::memmem::find(&value, word).is_some());
    if password && numbered && !mentions {
        return false;
    }
    value.len() >= 3
        && (name.ends_with(&value)
            || value.ends_with(&name)
            || name.starts_with(&value)
            || composed && memchr::memmem::find(&value, &name).is_some())
}

/// Whether the value is words with a number after them, which makes them a password:
/// `hardcoded_password = "hardcoded0"`, `password: "secretpassword_5"`. `password2` is a field of a form.
fn is_numbered_password(value: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_';
    let letters = value.iter().position(|byte| !byte.is_ascii_lowercase()).unwrap_or(value.len());
    let bare = letters == "password".len() && letters + 1 == value.len();
    value.len() >= 8
        && value.last().is_some_and(u8::is_ascii_digit)
        && value.iter().all(inner)
        && !(bare && value.starts_with(b"password"))
}

/// Whether the value is itself the name of something (`SECRET_KEY = "AWS_SECRET_ACCESS_KEY"`). People choose
/// such passwords, so under the name of a password it must also contain a word for a secret.
pub(super) fn is_constant(name: &Name, value: &[u8]) -> bool {
    let joined = is_identifier(value) && value.contains(&b'_') && entropy::is_wordy(value);
    let says = |word: &&[u8]| memchr::memmem::find(value, word).is_some();
    let variable = naming::is_constant(value)
        && value.iter().filter(|byte| byte.is_ascii_digit()).count() == 0
        && [b"PASSW".as_slice(), b"SECRET", b"TOKEN", b"KEY"].iter().any(says);
    let dotted = memchr::memchr_iter(b'.', value).count() >= 1
        && value.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_'))
        && [b"password".as_slice(), b"secret", b"token", b"key"].iter().any(says);
    (joined || naming::is_constant(value)) && name.sensitive.label != "PASSWORD" || variable || dotted
}

/// Whether the value is words, where a secret would be random: people choose passwords, machines generate
/// tokens and keys (`refresh_token = "token-changed"`, `credentials: "include"`).
pub(super) fn is_prose(text: &[u8], name: &Name, value: &[u8]) -> bool {
    let chosen = matches!(name.sensitive.label, "PASSWORD" | "SECRET" | "CONNECTION_STRING");
    // `get_secret_value(SecretId="azure-principal-release")`: the name that the secret is kept under.
    let kept = text[name.start..name.end].ends_with(b"Id") && naming::is_words(value);
    let upper = name.sensitive.label == "API_KEY" && value.contains(&b' ');
    // `INVALID_PASSWORD = "auth/wrong-password"`.
    let mentions = value.iter().any(|byte| matches!(byte, b'-' | b'/' | b':'))
        && [b"assword".as_slice(), b"secret"].iter().any(|word| memchr::memmem::find(value, word).is_some());
    kept || (!chosen || mentions) && !upper && value.len() >= 3 && naming::is_words(value)
}

/// Whether the name is a string that a conditional expression chooses:
/// `kind === "secret" ? "secret" : "endpoint"`.
pub(super) fn is_choice(text: &[u8], name: &Name) -> bool {
    let Some(quote) = name.quote else { return false };
    let before = &text[..name.start.saturating_sub(1 + quote.backslashes())];
    let blanks = before.iter().rev().take(2).take_while(|byte| **byte == b' ').count();
    let before = &before[..before.len() - blanks];
    before.ends_with(b"?") && !before.ends_with(b"??")
}
