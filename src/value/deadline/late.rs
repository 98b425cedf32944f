//! Tests that a walk that is to give up does so soon, whatever it is doing.

use super::*;
use crate::Preset;
use crate::scrub::work;
use crate::value::{Json, Shape};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// Represents an integer whose decimal digits must be computed.
const HUGE: u64 = u64::MAX;
/// The cost of computing them, in these tests.
const DIGITS: u64 = 4 << 10;

/// A value for which time is measured only in bytes that are read and searched.
#[derive(Clone)]
struct Slow<'v> {
    node: Json<'v>,
    read: &'v AtomicU64,
    /// What null represents: bytes that are not UTF-8.
    bytes: &'v [u8],
}

impl<'v> Slow<'v> {
    fn with(&self, node: Json<'v>) -> Self {
        Self { node, ..self.clone() }
    }

    fn read(&self, cost: u64) {
        self.read.fetch_add(cost, Ordering::Relaxed);
    }
}

impl<'v> Node for Slow<'v> {
    type Text = &'v [u8];

    fn shape(&self) -> Shape<&'v [u8]> {
        match self.node {
            Json::Value(Value::String(text)) => Shape::Text(text.as_bytes()),
            Json::Value(Value::Number(number)) if number.as_u64() == Some(HUGE) => Shape::Huge,
            Json::Value(Value::Null) => Shape::Bytes(self.bytes),
            _ if self.node.is_map() => Shape::Map,
            _ => Shape::List,
        }
    }
    fn text(&self) -> Option<&'v [u8]> {
        let text = self.node.text()?.as_bytes();
        self.read(text.len() as u64);
        Some(text)
    }
    fn is_map(&self) -> bool {
        self.node.is_map()
    }
    fn is_list(&self) -> bool {
        matches!(self.shape(), Shape::List)
    }
    fn is_huge(&self) -> bool {
        matches!(self.shape(), Shape::Huge)
    }
    fn key_text(&self) -> &'v [u8] {
        self.node.key_text().as_bytes()
    }
    fn is_plain_key(&self) -> bool {
        true
    }
    fn items(&self, mut push: impl FnMut(Self)) {
        self.node.items(|item| push(self.with(item)));
    }
    fn entries(&self, mut push: impl FnMut(Self, Self)) {
        self.node.entries(|key, value| push(self.with(key), self.with(value)));
    }
    fn hexadecimal(&self) -> Vec<u8> {
        self.read(DIGITS);
        b"f".repeat(3_500)
    }
}

/// Returns how much of a value is read and searched if the walk is to give up at `allowed`.
fn done(value: &Value, bytes: &[u8], allowed: u64) -> u64 {
    let (scrubber, read) = (Scrubber::new(Preset::Strict), AtomicU64::new(0));
    let clock = || read.load(Ordering::Relaxed) + work::given_so_far() as u64;
    work::given(|| {
        let is_passed = || clock() >= allowed;
        let cutoff = Cutoff::new(&is_passed);
        let root = Slow { node: Json::Value(value), read: &read, bytes };
        Walk::new(&scrubber, Encoder::new(Layout::Compact)).until(&cutoff).run(&root);
    });
    clock()
}

/// Values, each with how much may be read and searched after the cutoff, which is checked after each window
/// of a text.
fn values() -> Vec<(&'static str, Value, u64)> {
    const MANY: usize = 300;
    const LITTLE: u64 = 64 << 10;
    const WINDOW: u64 = 5 << 20;
    let text = "some words ".repeat(800);
    let members = |key: &dyn Fn(usize) -> String, value: &Value| -> Value {
        let members: serde_json::Map<_, _> = (0..MANY).map(|n| (key(n), value.clone())).collect();
        json!(members)
    };
    let texts = members(&|n| n.to_string(), &json!(text));
    let options: Vec<Value> =
        (0..MANY).flat_map(|_| [json!("x-api-key"), json!("x9Kq2Lw7ZtB4".repeat(100))]).collect();
    let output = json!({"output": "x9Kq2Lw7ZtB4 ".repeat(300)});
    let outputs: serde_json::Map<_, _> = (0..60).map(|n| (n.to_string(), output.clone())).collect();
    let commands = json!({"command": "cat db_password", "then": {"command": "ls"}, "z": outputs});
    vec![
        ("texts of a list", json!(vec![&text; MANY]), LITTLE),
        ("texts of a map", json!([texts]), LITTLE),
        ("long keys", members(&|n| format!("{n} {text}"), &json!("x")), LITTLE),
        ("one key", json!({ text.repeat(1_300): "x" }), WINDOW),
        ("huge integers", json!(vec![HUGE; MANY]), LITTLE),
        ("what is no text", json!([null]), WINDOW),
        ("items that may be of a sandbox", json!(["--password", "x", [], texts]), LITTLE),
        ("headers", json!(options), LITTLE),
        ("commands and outputs", json!(vec![&commands; 24]), WINDOW),
    ]
}

#[test]
fn whatever_it_is_at_it_ends_soon() {
    let bytes = b"some words \xff ".repeat(1 << 19);
    for (name, value, soon) in values() {
        let whole = done(&value, &bytes, u64::MAX);
        assert!(whole > 2 * soon, "{name}: {whole} shows nothing");
        for allowed in [1, whole / 8] {
            let done = done(&value, &bytes, allowed);
            assert!(done < allowed + soon, "{name}: {done} of {whole}, allowed {allowed}");
        }
    }
}

#[test]
fn few_huge_integers_are_written_without_time_and_the_newest_line_stays() {
    let mut lines = vec![json!([HUGE, HUGE]); 1_000];
    lines.push(json!("newest"));
    let value = json!({"a": vec![HUGE; 1_000], "transcript_lines": lines});
    let read = AtomicU64::new(0);
    let root = Slow { node: Json::Value(&value), read: &read, bytes: b"" };
    let (json, tally) =
        encode_within(&root, Layout::Compact, &Scrubber::new(Preset::Strict), &|| Duration::ZERO);
    let document = String::from_utf8(json).unwrap();
    assert!(read.into_inner() < 2 * LEAST && document.ends_with("\"newest\"]}"), "{document}");
    assert!(tally.redactions()["TRUNCATED"] > 900 && tally.dropped() > 900, "{tally:?}");
}
