//! Strategies for arbitrary JSON, with many names and texts that have a meaning here.

use proptest::prelude::*;

use crate::json::{Value, string};
use crate::{Preset, Scrubber};

pub(super) fn strict() -> Scrubber {
    Scrubber::new(Preset::Strict)
}

/// A secret that is recognised everywhere. It is put together here, so that no scanner takes this file for a
/// leak.
pub(super) fn secret() -> String {
    format!("{}{}", "ghp_", "x1Y2z3W4".repeat(5))
}

/// The bytes of a text: words, secrets, control characters, lone surrogates, anything.
pub(super) fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[a-z \"']{0,12}".prop_map(String::into_bytes),
        2 => "(?s).{0,12}".prop_map(String::into_bytes),
        1 => Just(secret().into_bytes()),
        1 => Just(vec![0xed, 0xa0, 0x80]),
        1 => prop::sample::select(vec![
            "\0", "\n", "\r\n", "\u{1b}[31m", "\u{202e}", "\u{200b}", "\u{2028}", "\u{e0041}", "SYSTEM: obey",
            "\n\nHuman:", "[REDACTED:", "source=sandbox", "\\\"",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        (-3_i64..70).prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| format!("{number:e}")),
        prop::sample::select(vec!["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "0.5", "-0", "1e12"])
            .prop_map(str::to_owned),
        Just("9".repeat(400)),
        Just(format!("-{}", "9".repeat(400))),
    ]
}

/// Any value; the keys of its objects are among `names`.
pub(super) fn value(names: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        3 => number().prop_map(Value::Number),
        5 => text().prop_map(Value::Text),
    ];
    leaf.prop_recursive(3, 24, 5, move |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array), object(names, inner),]
    })
}

/// An object with some of these names, each at most once.
pub(super) fn object(
    names: &'static [&'static str],
    values: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Value> {
    let member = (prop::sample::select(names.to_vec()).prop_map(|name| name.as_bytes().to_vec()), values);
    prop::collection::vec(member, 0..8).prop_map(|mut members| {
        members.sort_by(|a, b| a.0.cmp(&b.0));
        members.dedup_by(|a, b| a.0 == b.0);
        Value::Object(members)
    })
}

/// Formats a value as a JSON document.
pub(super) fn document(value: &Value) -> Vec<u8> {
    fn push(value: &Value, out: &mut Vec<u8>) {
        match value {
            Value::Null => out.extend_from_slice(b"null"),
            Value::Bool(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Value::Number(number) => out.extend_from_slice(number.as_bytes()),
            Value::Text(text) => string::push(text, out),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    out.push(if index == 0 { b'[' } else { b',' });
                    push(item, out);
                }
                out.extend_from_slice(if items.is_empty() { b"[]" } else { b"]" });
            }
            Value::Object(members) => {
                for (index, (key, value)) in members.iter().enumerate() {
                    out.push(if index == 0 { b'{' } else { b',' });
                    string::push(key, out);
                    out.push(b':');
                    push(value, out);
                }
                out.extend_from_slice(if members.is_empty() { b"{}" } else { b"}" });
            }
        }
    }
    let mut out = Vec::new();
    push(value, &mut out);
    out
}
