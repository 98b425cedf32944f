//! Names and values that stand apart, each in a field of its own: `{"name": "API_KEY", "value": "..."}`,
//! `<add key="ApiKey" value="..."/>`, `<key>APIKey</key><string>...</string>`, `variable "x" { default = ... }`.

use super::super::escape;
use super::{skip_blank, skip_spaces};

/// What the field of a value is called.
const FIELDS: [&[u8]; 5] = [b"value", b"defaultvalue", b"default", b"content", b"val"];
/// What the element of a value is called.
const ELEMENTS: [&[u8]; 3] = [b"<string>", b"<value>", b"<data>"];

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
    let from = if separated { switch(text, from).unwrap_or(from) } else { from };
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
        ] {
            let at = value_after(text.as_bytes(), 0);
            assert_eq!(at, text.find("HERE"), "{text}");
        }
        for text in ["value: x", ", \"values\": x", "</key>", "", "\nvalued: x"] {
            assert_eq!(value_after(text.as_bytes(), 0), None, "{text}");
        }
    }
}
