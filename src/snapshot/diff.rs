//! The names of the fields in which two snapshots differ.

use std::collections::BTreeMap;

use crate::json::{self, Value, string};
use crate::{Error, ErrorKind, Result};

/// Returns the dotted names of the fields that differ between two documents, sorted; never their values.
///
/// Objects are compared member by member, lists as a whole. A field that only one document has differs. An
/// empty object is a field like any other. A document that is not an object has the name `$`. A key that is
/// empty or `$`, or contains a dot or a quote, is written as a JSON string: `adapter."a.b"`.
///
/// ```
/// let before = br#"{"task": "a", "adapter": {"session_id": "1", "n": 1}}"#;
/// let after = br#"{"task": "a", "adapter": {"session_id": "2", "n": 1.0}}"#;
/// assert_eq!(prestop::snapshot::diff(before, after)?, ["adapter.session_id"]);
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidInput`] or [`TooLarge`](crate::ErrorKind::TooLarge)
/// when a document is not JSON within the bounds of [`json::check`]; also
/// [`TooLarge`](crate::ErrorKind::TooLarge) when the names of all fields that differ have more than 16 MiB
/// together.
pub fn diff(a: &[u8], b: &[u8]) -> Result<Vec<String>> {
    let (a, b) = (json::parse(a)?, json::parse(b)?);
    let mut found = Found::default();
    found.compare(Some(&a), Some(&b))?;
    found.names.sort_unstable();
    Ok(found.names)
}

/// The most bytes of all names together: a long key is repeated in the name of each field below it.
const NAMES: usize = 16 << 20;

/// The names found so far.
#[derive(Default)]
struct Found {
    names: Vec<String>,
    bytes: usize,
    /// The keys that lead to the values being compared.
    path: Vec<String>,
}

impl Found {
    /// Compares the values that both documents have under one name.
    fn compare(&mut self, a: Option<&Value>, b: Option<&Value>) -> Result<()> {
        let top = self.path.is_empty();
        let (left, right) = (members(a, top), members(b, top));
        if left.is_none() && right.is_none() {
            let same = a.zip(b).is_some_and(|(a, b)| a.same(b));
            return if same { Ok(()) } else { self.add() };
        }
        // One document has a value here, the other an object with members.
        if left.is_none() && a.is_some() || right.is_none() && b.is_some() {
            self.add()?;
        }
        let mut both: BTreeMap<&[u8], [Option<&Value>; 2]> = BTreeMap::new();
        for (side, members) in [left, right].into_iter().enumerate() {
            for (key, value) in members.into_iter().flatten() {
                both.entry(key).or_default()[side] = Some(value);
            }
        }
        for (key, [a, b]) in both {
            self.path.push(segment(key));
            self.compare(a, b)?;
            self.path.pop();
        }
        Ok(())
    }

    fn add(&mut self) -> Result<()> {
        let length: usize = self.path.iter().map(|key| key.len() + 1).sum();
        self.bytes += length;
        if self.bytes > NAMES {
            return Err(Error::new(ErrorKind::TooLarge, "more fields differ than can be named"));
        }
        self.names.push(if self.path.is_empty() { "$".to_owned() } else { self.path.join(".") });
        Ok(())
    }
}

/// Returns the members of a non-empty object, or of the document itself even if it is empty; `None` for what
/// is compared as one field.
fn members(value: Option<&Value>, top: bool) -> Option<&[(Vec<u8>, Value)]> {
    match value {
        Some(Value::Object(members)) if top || !members.is_empty() => Some(members),
        _ => None,
    }
}

/// Formats a key as a segment of a dotted name, so that different keys give different names.
fn segment(key: &[u8]) -> String {
    match std::str::from_utf8(key) {
        Ok(plain) if !plain.is_empty() && plain != "$" && !plain.contains(['.', '"']) => plain.to_owned(),
        // A lone surrogate is not UTF-8; the JSON string has its escape.
        _ => {
            let mut quoted = Vec::new();
            string::push(key, &mut quoted);
            String::from_utf8_lossy(&quoted).into_owned()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn names(before: &Value, after: &Value) -> Vec<String> {
        diff(before.to_string().as_bytes(), after.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_name_says_which_field_it_is() {
        assert_eq!(names(&json!({"a.b": 1}), &json!({"a": {"b": 1}})), ["\"a.b\"", "a.b"]);
        assert_eq!(names(&json!({"": 1}), &json!({})), ["\"\""]);
        assert_eq!(names(&json!({"$": 1}), &json!(1)), ["\"$\"", "$"]);
        assert_eq!(names(&json!({"a": {"say \"x\"": 1}}), &json!({"a": 1})), ["a", "a.\"say \\\"x\\\"\""]);
        assert_eq!(names(&json!({"a": {}}), &json!({"a": {"b": 1}})), ["a", "a.b"]);
        assert!(names(&json!({}), &json!({})).is_empty());
        let surrogates = diff(br#"{"\ud800": 1, "\ud801": 1}"#, b"{}").unwrap();
        assert_eq!(surrogates, [r#""\ud800""#, r#""\ud801""#]);
    }

    #[test]
    fn a_long_key_costs_what_it_is_long() {
        let members = |changed: usize| -> serde_json::Map<String, Value> {
            (0..8_000).map(|n| (n.to_string(), json!(i32::from(n == changed)))).collect()
        };
        let key = "k".repeat(80_000);
        let document = |changed: usize| json!({ key.as_str(): members(changed) });
        assert_eq!(names(&document(3), &document(9_000)), [format!("{key}.3")]);
        let all = diff(document(3).to_string().as_bytes(), b"{}");
        assert_eq!(all.unwrap_err().kind(), ErrorKind::TooLarge);
    }

    fn tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(json!(1)), Just(json!({}))];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop::collection::hash_map("[a.$\"\\\\]{0,2}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect()))
        })
    }

    proptest! {
        #[test]
        fn nothing_differs_only_where_all_is_the_same(before in tree(), after in tree()) {
            prop_assert_eq!(names(&before, &after).is_empty(), before == after);
        }
    }
}
