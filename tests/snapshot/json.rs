//! The JSON reader: it agrees with another reader on the grammar, and has bounds of its own.

use prestop::ErrorKind;
use prestop::json::{self, MAX_DEPTH, MAX_DIGITS, Value};
use prestop::snapshot::{diff, promote};
use proptest::prelude::*;
use serde::de::IgnoredAny;

use crate::hostile::any_json;

/// Whether another reader accepts the grammar of `text`.
fn valid(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

proptest! {
    #[test]
    fn documents_are_accepted(text in any_json()) {
        prop_assert!(valid(&text));
        prop_assert!(json::check(text.as_bytes()).is_ok());
        prop_assert_eq!(json::strict(text.as_bytes()).unwrap(), text.as_bytes());
        prop_assert_eq!(json::tolerable(text.as_bytes()).unwrap(), text.as_bytes());
    }

    #[test]
    fn mutated_documents_are_judged_alike(
        text in any_json(),
        at in any::<prop::sample::Index>(),
        change in prop_oneof![Just(String::new()), "[\\[\\]{}:,\"\\\\0-9eE.+tfnu \\-]{1,3}", "\\PC"],
        cut in 0_usize..3,
    ) {
        let mut characters: Vec<char> = text.chars().collect();
        let at = at.index(characters.len());
        let end = (at + cut).min(characters.len());
        characters.splice(at..end, change.chars());
        let text: String = characters.into_iter().collect();
        prop_assert_eq!(json::check(text.as_bytes()).is_ok(), valid(&text), "{}", text);
        prop_assert_eq!(json::parse(text.as_bytes()).is_ok(), valid(&text), "{}", text);
    }

    #[test]
    fn any_bytes_are_judged_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let good = std::str::from_utf8(&bytes).is_ok_and(valid);
        prop_assert_eq!(json::check(&bytes).is_ok(), good);
        let _ = promote(&bytes);
        let _ = diff(&bytes, &bytes);
    }

    #[test]
    fn values_are_those_of_another_reader(text in any_json()) {
        if let Ok(other) = serde_json::from_str::<serde_json::Value>(&text) {
            prop_assert!(alike(&json::parse(text.as_bytes()).unwrap(), &other), "{}", text);
        }
    }

    #[test]
    fn a_document_does_not_differ_from_itself(text in any_json()) {
        prop_assert!(diff(text.as_bytes(), text.as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn promotion_keeps_the_rest(text in any_json(), session in any::<bool>()) {
        let before = format!("{{\"adapter\": {{\"session_id\": {text}}}{}}}", if session { ", \"session_id\": 1" } else { "" });
        let after = promote(before.as_bytes());
        let names = diff(before.as_bytes(), &after).unwrap();
        prop_assert_eq!(names.iter().all(|name| name.starts_with("session_id")), true, "{:?}", names);
        let promoted = json::parse(&after).unwrap();
        let expected = if session { Value::Number("1".to_owned()) } else { json::parse(text.as_bytes()).unwrap() };
        prop_assert_eq!(promoted.get("session_id"), Some(&expected));
        let twice = promote(&after).into_owned();
        prop_assert_eq!(twice, after.into_owned());
    }
}

fn alike(ours: &Value, other: &serde_json::Value) -> bool {
    match (ours, other) {
        (Value::Null, serde_json::Value::Null) => true,
        (Value::Bool(a), serde_json::Value::Bool(b)) => a == b,
        (Value::Number(a), serde_json::Value::Number(b)) => {
            let (a, b): (f64, f64) = (a.parse().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= a.abs() * 1e-15
        }
        (Value::Text(a), serde_json::Value::String(b)) => a == b.as_bytes(),
        (Value::Array(a), serde_json::Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
        }
        (Value::Object(a), serde_json::Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| {
                    b.get(std::str::from_utf8(key).unwrap()).is_some_and(|other| alike(value, other))
                })
        }
        _ => false,
    }
}

#[test]
fn the_bounds_are_what_they_say() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(json::check(&nested(MAX_DEPTH)).is_ok());
    assert!(json::parse(&nested(MAX_DEPTH)).is_ok());
    assert!(json::check(&nested(MAX_DEPTH + 1)).is_err());
    // Far deeper than any stack, and never closed.
    assert!(json::check(&vec![b'['; 10_000_000]).is_err());
    assert!(json::check("{\"a\":".repeat(1_000_000).as_bytes()).is_err());
    let digits = |count: usize| "9".repeat(count);
    assert!(json::check(digits(MAX_DIGITS).as_bytes()).is_ok());
    assert!(json::check(format!("-{}", digits(MAX_DIGITS)).as_bytes()).is_ok());
    assert!(json::check(digits(MAX_DIGITS + 1).as_bytes()).is_err());
    assert!(json::check(format!("{}.5", digits(MAX_DIGITS + 1)).as_bytes()).is_ok());
    let error = json::check(&vec![b' '; json::MAX_BYTES + 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

#[test]
fn what_is_beyond_the_bounds_costs_no_other_value() {
    let digits = "7".repeat(MAX_DIGITS + 1);
    let nested = |depth, inner: &str| format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth));
    let object = |value: &str| format!("{{\"a\": {value}, \"b\": [1, {{}}], \"c\": \"x\"}}");
    for (value, wanted) in [
        (digits.clone(), format!("\"{digits}\"")),
        (format!("-{digits}"), format!("\"-{digits}\"")),
        (format!("{digits}.5"), format!("{digits}.5")),
        (nested(MAX_DEPTH - 1, "1"), nested(MAX_DEPTH - 1, "1")),
        (nested(MAX_DEPTH + 500, &digits), nested(MAX_DEPTH - 1, "null")),
        (nested(MAX_DEPTH, "1,[]"), nested(MAX_DEPTH - 1, "null")),
        (
            nested(MAX_DEPTH - 1, &format!("{{\"k\": {{}}}}, 5, {digits}, []")),
            nested(MAX_DEPTH - 1, &format!("null, 5, \"{digits}\", null")),
        ),
    ] {
        let better = json::tolerable(object(&value).as_bytes()).unwrap();
        assert_eq!(String::from_utf8_lossy(&better), object(&wanted));
        assert!(json::check(&better).is_ok());
    }
    assert_eq!(json::tolerable(b"\"a\xff\"").unwrap(), "\"a\u{fffd}\"".as_bytes());
    for text in ["", "[", "[1,]", "{\"a\"}", "[\"a\nb\"]", "[[]"] {
        assert!(json::tolerable(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn what_python_reads_is_read() {
    for text in [
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\ud83d\ude00""#,
        r#"{"a": 1, "a": 2}"#,
        "NaN",
        "[-Infinity, Infinity]",
        "1e999",
        " \t\r\n0 ",
        "\"\u{7f}\u{2028}\"",
    ] {
        assert!(json::check(text.as_bytes()).is_ok(), "{text}");
    }
    for bytes in [
        &b""[..],
        b"\0",
        b"{}\0",
        b"{} {}",
        b"\xef\xbb\xbf{}",
        b"\"\xed\xa0\x80\"",
        b"\"\xff\"",
        b"\"a\nb\"",
        b"\"\0\"",
        b"'a'",
        b"{a: 1}",
        b"[1,]",
        b"{\"a\":1,}",
        b"01",
        b"1.",
        b".5",
        b"+1",
        b"-",
        b"nan",
        b"-NaN",
        b"Infinit",
        b"\"\\x41\"",
        b"\"\\u12g4\"",
        b"// note\n1",
        b"\x0b1",
        b"tru",
        b"nulll",
    ] {
        let error = json::check(bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bytes:?}");
        assert!(json::parse(bytes).is_err());
    }
}

#[test]
fn nothing_of_a_text_is_in_its_error() {
    let error = json::check(b"{\"password\": s3cret}").unwrap_err();
    assert_eq!(error.to_string(), "not JSON at offset 13");
}

#[test]
fn strings_lose_nothing() {
    let text = |token: &str| match json::parse(token.as_bytes()).unwrap() {
        Value::Text(text) => text,
        _ => panic!("not a string"),
    };
    assert_eq!(text(r#""a\"\\\/\b\f\n\r\té""#), "a\"\\/\u{8}\u{c}\n\r\té".as_bytes());
    assert_eq!(text(r#""\ud83d\ude00\u00e9""#), "😀é".as_bytes());
    assert_eq!(
        text(r#""\ud800x\udfff\ud83d\ud83d\ude00""#),
        b"\xed\xa0\x80x\xed\xbf\xbf\xed\xa0\xbd\xf0\x9f\x98\x80"
    );
}

#[test]
fn of_equal_keys_the_last_value_counts() {
    let value = json::parse(br#"{"a": 1, "b": 2, "\u0061": 3}"#).unwrap();
    let number = |digits: &str| Value::Number(digits.to_owned());
    assert_eq!(value, Value::Object(vec![(b"a".to_vec(), number("3")), (b"b".to_vec(), number("2"))]));
    let promoted =
        promote(br#"{"adapter": {"session_id": 1}, "adapter": {"session_id": 2, "session_id": 3}}"#);
    assert_eq!(json::parse(&promoted).unwrap().get("session_id"), Some(&number("3")));
}

#[test]
fn what_is_not_an_object_with_an_adapter_is_not_promoted() {
    for text in ["[]", "1", "{}", r#"{"adapter": null}"#, r#"{"adapter": []}"#, r#"{"adapter": {}}"#, "{"] {
        assert_eq!(promote(text.as_bytes()), text.as_bytes());
    }
    let both =
        br#"{"adapter": {"session_id": "s", "transcript_lines": ["\ud800", 12345678901234567890123]}}"#;
    let text = String::from_utf8(promote(both).into_owned()).unwrap();
    assert_eq!(
        text,
        "{\"adapter\": {\"session_id\": \"s\", \"transcript_lines\": [\"\\ud800\", 12345678901234567890123]},\n  \
         \"session_id\": \"s\",\n  \"transcript_lines\": [\"\\ud800\", 12345678901234567890123]}"
    );
}

#[test]
fn differing_fields_are_named_and_sorted() {
    let names = |a: &str, b: &str| diff(a.as_bytes(), b.as_bytes()).unwrap();
    assert_eq!(
        names(r#"{"b": 1, "a": {"x": [1], "y": 2}}"#, r#"{"a": {"x": [2], "y": 2}, "c": 1}"#),
        ["a.x", "b", "c"]
    );
    assert!(names(r#"{"a": 1, "b": 10.0}"#, r#"{"b": 1e1, "a": 1.0}"#).is_empty());
    assert_eq!(names(r#"{"a": 12345678901234567890}"#, r#"{"a": 12345678901234567891}"#), ["a"]);
    assert_eq!(names(r#"{"a": {}}"#, "{}"), ["a"]);
    assert_eq!(names(r#"{"a": {"b": 1}}"#, r#"{"a": 1}"#), ["a", "a.b"]);
    assert_eq!(names(r#"{"a": "1"}"#, r#"{"a": 1}"#), ["a"]);
    assert_eq!(names("1", "2"), ["$"]);
    // An empty document has no fields, but an empty field is one.
    assert!(names("{}", "{}").is_empty());
    assert_eq!(names("{}", r#"{"a": 1}"#), ["a"]);
    assert_eq!(names("[]", "{}"), ["$"]);
    assert!(diff(b"{", b"{}").is_err());
}
