//! Tests that the work on any tree is bounded, and that the fields which tell what the document is are kept.

use super::*;
use crate::Preset;
use crate::value::{Json, Shape};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// A value for which each access to a node is a unit of work, and time is measured only in work.
#[derive(Clone)]
struct Worked<'v> {
    node: Json<'v>,
    work: &'v AtomicU64,
    /// Whether containers report how many entries they have.
    sized: bool,
}

impl<'v> Worked<'v> {
    fn with(&self, node: Json<'v>) -> Self {
        Self { node, ..self.clone() }
    }

    fn look(&self) -> &Json<'v> {
        self.work.fetch_add(1, Ordering::Relaxed);
        &self.node
    }
}

impl<'v> Node for Worked<'v> {
    type Text = &'v str;

    fn shape(&self) -> Shape<&'v str> {
        self.look().shape()
    }
    fn text(&self) -> Option<&'v str> {
        self.look().text()
    }
    fn is_map(&self) -> bool {
        self.node.is_map()
    }
    fn is_list(&self) -> bool {
        self.node.is_list()
    }
    fn key_text(&self) -> &'v str {
        self.look().key_text()
    }
    fn is_plain_key(&self) -> bool {
        true
    }
    fn size(&self) -> Option<usize> {
        self.node.size().filter(|_| self.sized)
    }
    fn items(&self, mut push: impl FnMut(Self)) {
        self.node.items(|item| push(self.with(item)));
    }
    fn entries(&self, mut push: impl FnMut(Self, Self)) {
        self.node.entries(|key, value| push(self.with(key), self.with(value)));
    }
}

/// Scrubs a value with `allowed` units of work; returns the document, the tally and the work that was done.
fn worked(value: &Value, allowed: u64, sized: bool) -> (Value, Tally, u64) {
    let work = AtomicU64::new(0);
    let left = || Duration::from_micros(allowed.saturating_sub(work.load(Ordering::Relaxed)));
    let node = Worked { node: Json::Value(value), work: &work, sized };
    let (json, tally) = encode_within(&node, Layout::Compact, &Scrubber::new(Preset::Balanced), &left);
    (serde_json::from_slice(&json).unwrap(), tally, work.load(Ordering::Relaxed))
}

#[test]
fn whatever_the_tree_the_work_ends_soon_and_ids_task_and_the_newest_lines_are_there() {
    const MANY: u64 = 20_000;
    let numbers: Vec<u64> = (0..MANY).collect();
    let members: serde_json::Map<_, _> = (0..MANY).map(|n| (n.to_string(), json!(n))).collect();
    let matrix = vec![vec![0.5; 200]; 100];
    let words: Vec<String> = numbers.iter().map(|n| format!("w {n}")).collect();
    let records: Vec<Value> = (0..MANY / 3).map(|n| json!({"n": n, "text": "hello"})).collect();
    let deep = (0..120).fold(json!(members), |inner, n| json!({"n": n, "inner": inner}));
    let others = [
        json!(numbers),
        json!(members),
        json!(matrix),
        json!(words),
        json!(records),
        deep,
        json!([numbers, members]),
    ];
    let lines: Vec<String> = (0..1_000).map(|number| format!("line {number}")).collect();
    let records: Vec<Value> = lines.iter().map(|line| json!({"role": "user", "content": line})).collect();
    for (other, lines) in others.iter().flat_map(|other| [(other, json!(lines)), (other, json!(records))]) {
        let mut root = json!({"workspace_id": "w-1", "current_task": "build it", "zz_id": "z-1",
            "adapter": {"a": other, "session_id": "s-1", "transcript_lines": lines}});
        root["0"] = other.clone();
        if let Some(members) = other.as_object() {
            root.as_object_mut().unwrap().extend(members.clone());
        }
        for (allowed, sized) in [(0, true), (1, false), (20_000, true), (20_000, false)] {
            let (document, tally, work) = worked(&root, allowed, sized);
            // Top-level members are examined for their names, twice in each of two walks.
            let top = root.as_object().unwrap().len() as u64;
            assert!(work < allowed + 4 * top + 48_000, "{work} of {allowed}");
            assert_eq!((&document["workspace_id"], &document["zz_id"]), (&json!("w-1"), &json!("z-1")));
            assert_eq!(
                (&document["current_task"], &document["adapter"]["session_id"]),
                (&json!("build it"), &json!("s-1"))
            );
            let kept = document["adapter"]["transcript_lines"].as_array().unwrap();
            assert!(kept.len() > 100, "{} lines", kept.len());
            assert_eq!(kept.last(), lines.as_array().unwrap().last());
            let went = tally.dropped() + tally.redactions().values().sum::<u64>();
            assert_eq!(went > 0, document != root);
        }
    }
}

#[test]
fn what_is_small_is_not_replaced_by_what_is_longer() {
    let members: serde_json::Map<_, _> = (0..50_000).map(|n| (n.to_string(), json!(n))).collect();
    let root = json!(members);
    let whole = root.to_string().len();
    let (document, tally, _) = worked(&root, 0, true);
    let kept = document.as_object().unwrap();
    assert!(kept.len() > 500 && kept.iter().all(|(name, value)| root[name] == *value));
    assert_eq!(tally.dropped(), 50_000 - kept.len() as u64);
    assert!(document.to_string().len() < whole);
}
