//! Names and values that are fields of their own: `{"name": "API_KEY", "value": "..."}`,
//! `<add key="ApiKey" value="..."/>`, `<key>APIKey</key><string>...</string>`,
//! `variable "x" { default = ... }`.

use super::super::escape;
use super::{skip_blank, skip_spaces};

/// Keys of fields that hold a value.
const FIELDS: [&[u8]; 8] = [
    b"value",
    b"default_value",
    b"defaultvalue",
    b"default",
    b"content",
    b"val",
    b"parametervalue",
    b"received",
];
/// Further keys of such fields, which count only where the members of an object are known.
const ANSWERS: [&[u8]; 22] = [
    b"raw",
    b"current",
    b"v",
    b"values",
    b"text",
    b"data",
    b"answer",
    b"response",
    b"input",
    b"stringvalue",
    b"old",
    b"new",
    b"before",
    b"after",
    b"previous",
    b"newvalue",
    b"oldvalue",
    b"plaintext",
    b"literal",
    b"secret_string",
    b"secretstring",
    b"reply",
];
/// Elements that hold a value.
const ELEMENTS: [&[u8]; 5] = [b"<string>", b"<value>", b"<data>", b"<param-value>", b"<env-entry-value>"];

/// Whether a field with this key holds the value of the name in another field, in text too.
pub(crate) fn holds_value(key: &[u8]) -> bool {
    FIELDS.iter().any(|field| field.eq_ignore_ascii_case(key))
}

/// Whether a field with this key may hold the value of the name in another field, in an object whose members
/// are known.
pub(crate) fn holds_answer(key: &[u8]) -> bool {
    // `SettingValue` beside `SettingName`.
    let suffixed =
        [b"_value".as_slice(), b"-value", b"Value", b"_VALUE"].into_iter().any(|end| key.ends_with(end));
    suffixed || ANSWERS.iter().any(|field| field.eq_ignore_ascii_case(key))
}

/// Whether a field with this key holds the argument of an option, or a list of its arguments.
pub(crate) fn holds_argument(key: &[u8]) -> bool {
    const ARGUMENTS: [&[u8]; 4] = [b"arg", b"argument", b"args", b"arguments"];
    ARGUMENTS.contains(&key)
}

/// Returns where the value begins whose name ended before `at`, its closing quote included.
pub(super) fn value_after(text: &[u8], at: usize) -> Option<usize> {
    if text[at..].starts_with(b"</") {
        let end = at + memchr::memchr(b'>', &text[at..text.len().min(at + 32)])? + 1;
        let element = skip_blank(text, end);
        let found = ELEMENTS.into_iter().find(|name| text[element..].starts_with(name))?;
        return Some(skip_blank(text, element + found.len()));
    }
    let comma = skip_blank(text, at);
    let separated = matches!(text.get(comma), Some(b',' | b'{'));
    let from = skip_blank(text, comma + usize::from(separated));
    let from = match text.get(comma) {
        Some(b',') => switch(text, from).unwrap_or(from),
        Some(b'{') => typed(text, from),
        _ => from,
    };
    if from == at {
        return None;
    }
    let quote = escape::quote_at(text, from);
    let word = quote.map_or(from, |(_, inside)| inside);
    let field = FIELDS.into_iter().find(|field| {
        let found = text[word..].get(..field.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(field))
    })?;
    let end = word + field.len();
    let end = match quote {
        Some((quote, _)) => escape::quote_at(text, end).filter(|(closing, _)| *closing == quote)?.1,
        None => end,
    };
    let operator = skip_spaces(text, end);
    matches!(text.get(operator), Some(b':' | b'=')).then(|| skip_spaces(text, operator + 1))
}

/// Returns the offset after the field at `at`, if that is a boolean or null:
/// `"slotSetting": false, "value": ...`.
fn switch(text: &[u8], at: usize) -> Option<usize> {
    let (quote, inside) = escape::quote_at(text, at)?;
    let word = text[inside..].iter().take(32).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (closing, after) = escape::quote_at(text, inside + word)?;
    let colon = skip_spaces(text, after);
    if closing != quote || text.get(colon) != Some(&b':') {
        return None;
    }
    let value = skip_spaces(text, colon + 1);
    let word =
        [b"true".as_slice(), b"false", b"null"].into_iter().find(|word| text[value..].starts_with(word))?;
    let comma = skip_blank(text, value + word.len());
    (text.get(comma) == Some(&b',')).then(|| skip_blank(text, comma + 1))
}

/// Returns the offset after the type of a variable at `at`, and whether it is sensitive or nullable, each on
/// a line of its own: `type = string`.
fn typed(text: &[u8], at: usize) -> usize {
    const MOST: usize = 3;
    let mut at = at;
    for _ in 0..MOST {
        let known = [b"type ".as_slice(), b"sensitive ", b"nullable "];
        let Some(word) = known.into_iter().find(|word| text[at..].starts_with(word)) else { break };
        let sign = skip_spaces(text, at + word.len());
        if text.get(sign) != Some(&b'=') {
            break;
        }
        let value = skip_spaces(text, sign + 1);
        let length = text[value..].iter().take(32).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let next = skip_blank(text, value + length);
        if next == value + length {
            break;
        }
        at = next;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_fields_of_their_own() {
        for text in [
            r#", "value": HERE"#,
            ",\n  \"slotSetting\": false,\n  \"value\": HERE",
            r"\n  value: HERE",
            "\n    value: HERE",
            " value=HERE",
            "</key>\n<string>HERE",
            " {\n  default = HERE",
            " {\n  type      = string\n  sensitive = true\n  default   = HERE",
            ",ParameterValue=HERE",
        ] {
            let at = value_after(text.as_bytes(), 0);
            assert_eq!(at, text.find("HERE"), "{text}");
        }
        for text in ["value: x", ", \"values\": x", "</key>", "", "\nvalued: x"] {
            assert_eq!(value_after(text.as_bytes(), 0), None, "{text}");
        }
    }
}
