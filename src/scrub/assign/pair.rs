//! Names and values that stand apart, each in a field of its own: `{"name": "API_KEY", "value": "..."}`,
//! `<add key="ApiKey" value="..."/>`, `<key>APIKey</key><string>...</string>`, `variable "x" { default = ... }`.

use super::super::escape;
use super::{skip_blank, skip_spaces};

/// What the field of a value is called.
const FIELDS: [&[u8]; 7] =
    [b"value", b"default_value", b"defaultvalue", b"default", b"content", b"val", b"parametervalue"];
/// What it is called where nothing but the names of an object's members tells.
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
/// What the element of a value is called.
const ELEMENTS: [&[u8]; 5] = [b"<string>", b"<value>", b"<data>", b"<param-value>", b"<env-entry-value>"];

/// Whether the member of this name holds the value of what another member names, in text too.
pub(crate) fn holds_value(key: &[u8]) -> bool {
    FIELDS.iter().any(|field| field.eq_ignore_ascii_case(key))
}

/// Whether a member of this name may.
pub(crate) fn holds_answer(key: &[u8]) -> bool {
    // `SettingValue` beside `SettingName`.
    let suffixed =
        [b"_value".as_slice(), b"-value", b"Value", b"_VALUE"].into_iter().any(|end| key.ends_with(end));
    suffixed || ANSWERS.iter().any(|field| field.eq_ignore_ascii_case(key))
}

/// Whether a member of this name holds what an option is given, or a list of it.
pub(crate) fn holds_argument(key: &[u8]) -> bool {
    const ARGUMENTS: [&[u8]; 4] = [b"arg", b"argument", b"args", b"arguments"];
    ARGUMENTS.contains(&key)
}

/// Where the value begins whose name ended before `at`, its closing quote included.
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
    let joint = skip_spaces(text, end);
    matches!(text.get(joint), Some(b':' | b'=')).then(|| skip_spaces(text, joint + 1))
}

/// What stands behind a field at `at` that is on or off: `"slotSetting": false, "value": ...`.
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

/// What stands behind the type of a variable at `at`, and whether it is sensitive: `type = string`, each on a line of its own.
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
