//! The examples of all rules as lists of JSON strings, of which a match must leave each a string.

use serde_json::{Value, json};

use super::*;
use crate::scrub::example::expand;
use crate::scrub::{Preset, Scrubber};

/// What a text may be parted at into the items of a list, and the name of a member and its value.
const SEPARATORS: [&str; 3] = [", ", " ", "\n"];
const ASSIGNED: [&str; 2] = [": ", "="];

/// JSON values that hold the words of `text` in several strings.
fn lists(text: &str) -> Vec<Value> {
    let items = |text: &str, separator: &str| Value::from(text.split(separator).collect::<Vec<_>>());
    let mut all: Vec<Value> = SEPARATORS.iter().map(|separator| items(text, separator)).collect();
    for assigned in ASSIGNED {
        let Some((name, rest)) = text.split_once(assigned) else { continue };
        for separator in SEPARATORS {
            all.push(json!({ name: items(rest, separator) }));
            all.push(json!({ name.replace(' ', "_"): items(rest, separator) }));
        }
        all.push(json!({ name: [rest, rest] }));
    }
    all.dedup();
    all
}

/// A value with empty strings in the place of what its strings and keys say.
fn shape(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(members) => members.values().map(shape).collect(),
        Value::String(_) => Value::from(""),
        other => other.clone(),
    }
}

#[test]
fn no_match_goes_over_the_end_of_a_string_in_a_list() {
    let mut broken = Vec::new();
    for preset in [Preset::Balanced, Preset::Strict] {
        let scrubber = Scrubber::new(preset);
        for rule in builtin().iter().filter(|rule| rule.is_in(preset)) {
            for template in &rule.positive {
                for value in lists(&expand(template, 77).text) {
                    for text in [value.to_string(), value.to_string().replace("\",\"", "\", \"")] {
                        let out = scrubber.scrub_text(&text).into_owned();
                        let same = |out: &str, value: &Value| {
                            serde_json::from_str(out).is_ok_and(|out: Value| shape(&out) == shape(value))
                        };
                        let in_string = json!({ "c": text }).to_string();
                        let inner: Option<Value> =
                            serde_json::from_str(&scrubber.scrub_text(&in_string)).ok();
                        let inner = inner.and_then(|inner| Some(inner.get("c")?.as_str()?.to_owned()));
                        if !same(&out, &value) {
                            broken.push(format!("{} {preset:?}: {out} from {text}", rule.id));
                        } else if !inner.as_ref().is_some_and(|inner| same(inner, &value)) {
                            broken.push(format!("{} {preset:?}: {inner:?} from {in_string}", rule.id));
                        }
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}: {}", broken.len(), broken.join("\n"));
}

#[test]
fn codes_in_a_list_go_one_by_one() {
    for name in ["recovery_codes", "backup_codes", "recovery_code"] {
        let list = json!({ name: ["a1b2-c3d4", "e5f6-a7b8"], "keep": [1, "this"] });
        let gone = json!({ name: ["[REDACTED:SECRET]", "[REDACTED:SECRET]"], "keep": [1, "this"] });
        for preset in [Preset::Balanced, Preset::Strict] {
            let scrubber = Scrubber::new(preset);
            let text = list.to_string().replace("\",\"", "\", \"").replace("\":", "\": ");
            let out: Value = serde_json::from_str(&scrubber.scrub_text(&text)).expect("JSON stays JSON");
            assert_eq!(out, gone);
            let out: Value = serde_json::from_str(&scrubber.scrub_text(&json!([text]).to_string()))
                .expect("JSON stays JSON");
            let inner: Value =
                serde_json::from_str(out[0].as_str().unwrap_or_default()).expect("JSON stays JSON");
            assert_eq!(inner, gone);
        }
    }
}
