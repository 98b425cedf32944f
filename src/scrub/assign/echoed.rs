//! Values that an error repeats beside the name: `[type=..., input_value='...']` below it,
//! `Key (api_token)=(...) already exists`, `Duplicate entry '...' for key 'users.api_token'`.

use super::super::sensitive::Strength;
use super::super::{escape, extent};
use super::name::Name;
use super::operator::Operator;
use super::{Assignment, table, verdict};

/// How far from the name the value is searched, in bytes.
const NEAR: usize = 256;

/// Finds the value that an error repeats.
pub(super) fn value(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    if name.sensitive.strength == Strength::Faint {
        return;
    }
    let Some((start, end)) = input(text, name).or_else(|| key(text, name)).or_else(|| entry(text, name))
    else {
        return;
    };
    let quote = escape::Quote { byte: b'\'', layer: 0 };
    if verdict::quoted(text, name, Operator::Equals { spaced: true }, quote, &text[start..end]) {
        out.push(Assignment { start, end, label: name.sensitive.label, quote: None });
    }
}

/// Matches the input that pydantic repeats on the line below the name of the field.
fn input(text: &[u8], name: &Name) -> Option<(usize, usize)> {
    const SIGN: &[u8] = b"input_value=";
    let length = escape::line_break(text, name.end);
    let from = name.end + length;
    if length == 0 || !text[from..].starts_with(b"  ") {
        return None;
    }
    let far = text.len().min(from + NEAR);
    let to = escape::find_break(text, from, far).unwrap_or(far);
    let at = from + memchr::memmem::find(&text[from..to], SIGN)? + SIGN.len();
    let (quote, inside) = escape::quote_at(text, at)?;
    let (end, after) = extent::quoted(text, inside, quote, &[]);
    (after > end).then_some((inside, end))
}

/// Matches the key that `PostgreSQL` repeats: `Key (api_token)=(...) already exists.`
fn key(text: &[u8], name: &Name) -> Option<(usize, usize)> {
    let start = name.end + text[name.end..].strip_prefix(b")=(").map(|_| 3)?;
    if !text[..name.start].ends_with(b"Key (") {
        return None;
    }
    let window = &text[start..text.len().min(start + NEAR)];
    let length = memchr::memmem::find(window, b") ")?;
    let inner = |byte: &u8| byte.is_ascii_graphic() && !b"\"\\".contains(byte);
    window[..length].iter().all(inner).then_some((start, start + length))
}

/// Matches the entry that `MySQL` repeats before the name of the key.
fn entry(text: &[u8], name: &Name) -> Option<(usize, usize)> {
    const SIGN: &[u8] = b"Duplicate entry '";
    let before = text[..name.start].strip_suffix(b"' for key '")?;
    let line = table::line_start(text, name.start).max(before.len().saturating_sub(NEAR));
    let line = if line < before.len() { line } else { before.len().saturating_sub(NEAR) };
    let at = line + memchr::memmem::rfind(&before[line..], SIGN)? + SIGN.len();
    let value = &before[at..];
    let inner = |byte: &u8| byte.is_ascii_graphic() && !b"\"'\\".contains(byte);
    value.iter().all(inner).then_some((at, before.len()))
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::is_taken;
    use crate::scrub::{Preset, Scrubber};

    #[test]
    fn what_an_error_repeats_goes() {
        for text in [
            "1 validation error for Settings\npassword\n  String should match pattern [type=string_pattern_mismatch, input_value='§', input_type=str]\n",
            "DETAIL:  Key (password)=(§) already exists.\n",
            "ERROR 1062 (23000): Duplicate entry '§' for key 'users.password'\n",
            "ValidationError: \"password\" with value \"§\" fails to match\n",
            "{\"code\":\"custom\",\"path\":[\"password\"],\"received\":\"§\"}",
        ] {
            is_taken(text);
        }
    }

    #[test]
    fn errors_without_a_value_stay() {
        for text in [
            "password\n  Field required [type=missing, input_value={'user': 'Bob123x'}, input_type=dict]\n",
            "password\n  Input should be a valid string [type=string_type, input_value=None, input_type=NoneType]\n",
            "Key (user_id)=(b8x2Qw91z) already exists.\n",
            "Duplicate entry 'b8x2Qw91z' for key 'users.name'\n",
            "{\"code\":\"invalid_type\",\"expected\":\"string\",\"path\":[\"password\"],\"received\":\"undefined\"}",
        ] {
            assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
        }
    }
}
