//! Whether a value under a sensitive name is a secret, or code, a type, a placeholder, a sentence.

use super::super::entropy;
use super::super::placeholder::{is_identifier, is_placeholder, is_reference};
use super::super::sensitive::Strength;
use super::joint::Joint;
use super::name::Name;

/// Whether a quoted value is a secret.
pub(super) fn quoted(name: &Name, joint: Joint, value: &[u8]) -> bool {
    let plain = joint == Joint::Comma || name.sensitive.strength == Strength::Weak;
    let is_secret = !plain || looks_secret(value);
    is_secret && !is_placeholder(value) && !is_slot(value) && !reads_as_label(name, joint, value)
}

/// Whether an unquoted value, which ends at `end` and may stand behind a scheme, is a secret.
pub(super) fn unquoted(
    text: &[u8],
    name: &Name,
    joint: Joint,
    value: &[u8],
    end: usize,
    scheme: bool,
) -> bool {
    let strong = name.sensitive.strength == Strength::Strong;
    match joint {
        Joint::Colon if matches!(name.sensitive.label, "AUTHORIZATION" | "COOKIE") => {
            header_value(value, scheme)
        }
        Joint::Flag => {
            let plain = is_placeholder(value) || is_reference(value);
            strong && value.len() >= 4 && !plain || looks_secret(value)
        }
        Joint::Equals { spaced: false } => env_value(text, name, value, end),
        Joint::Equals { spaced: true } | Joint::Colon => loose_value(text, name, value),
        Joint::Tag => strong && !is_placeholder(value),
        Joint::Comma => false,
    }
}

/// Whether `value` is only a template slot (`%(name)s`, `{name}`, `$(cmd)`).
pub(super) fn is_slot(value: &[u8]) -> bool {
    value.starts_with(b"%(") || value.starts_with(b"{") && value.ends_with(b"}") && value.len() < 64
}

/// Whether a quoted value under a colon is a sentence for people: a form's label, an error message, a
/// description in a schema.
pub(super) fn reads_as_label(name: &Name, joint: Joint, value: &[u8]) -> bool {
    let words = value.split(|&byte| byte == b' ').count();
    let sentence = words >= 3
        && entropy::is_wordy(value)
        && (value.first().is_some_and(u8::is_ascii_uppercase) || words >= 6);
    sentence && (joint == Joint::Colon || joint == Joint::Comma) && name.sensitive.label != "COOKIE"
}

pub(super) fn header_value(value: &[u8], scheme: bool) -> bool {
    value.len() >= 4
        && !is_placeholder(value)
        && !is_reference(value)
        && (scheme || looks_secret(value) || value.contains(&b'='))
}

/// `NAME=value` without spaces and `?name=value`: a shell, a file of variables, a URL.
pub(super) fn env_value(text: &[u8], name: &Name, value: &[u8], end: usize) -> bool {
    if is_placeholder(value) || is_reference(value) {
        return false;
    }
    let upper = text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    let number = value.iter().all(u8::is_ascii_digit);
    match name.sensitive.strength {
        Strength::Strong if is_identifier(value) && !upper => {
            // Keyword arguments look like this too: `login(user, password=entered)`.
            let argument = matches!(text.get(end), Some(b',' | b')' | b'(' | b'['));
            value.len() >= 4 && !argument && !value.contains(&b'_')
        }
        Strength::Strong => value.len() >= 4 || upper && !number,
        Strength::Weak => looks_secret(value),
    }
}

/// `name = value` and `name: value`: code, where a name on the right is a reference, and YAML or INI,
/// where it is the value.
pub(super) fn loose_value(text: &[u8], name: &Name, value: &[u8]) -> bool {
    if is_placeholder(value) || is_reference(value) {
        return false;
    }
    let upper = text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    let number = value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    match name.sensitive.strength {
        Strength::Strong => {
            !number
                && (upper && value.len() >= 6
                    || value.len() >= 6 && has_mixture(value) && !is_identifier(value)
                    || looks_secret(value))
        }
        Strength::Weak => looks_secret(value),
    }
}

pub(super) fn has_mixture(value: &[u8]) -> bool {
    let digits = value.iter().any(u8::is_ascii_digit);
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let other = value.iter().any(|byte| !byte.is_ascii_alphanumeric());
    letters && (digits || other)
}

/// Whether a value looks like a secret by itself: long enough, no words, and mixed or random.
pub(super) fn looks_secret(value: &[u8]) -> bool {
    if value.len() < 8
        || value.contains(&b' ')
        || value.starts_with(b"http")
        || value.starts_with(b"/")
        || value.starts_with(b"./")
    {
        return false;
    }
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    if letters == 0 || is_identifier(value) && entropy::is_wordy(value) {
        return false;
    }
    let varied = entropy::bits_per_byte(value) >= 2.6;
    varied && !entropy::is_wordy(value) && (digits >= 2 || value.len() >= 20)
}
