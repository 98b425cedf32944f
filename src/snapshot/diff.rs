//! Which fields of two snapshots differ.

use std::collections::BTreeMap;

use crate::Result;
use crate::json::{self, Value, string};

/// The dotted names of the fields that differ between two documents, sorted; never their values.
///
/// Objects are looked into, lists are compared whole, and a field that only one of them has differs. An empty object
/// is a field like any other. Where a document is not an object, its name is `$`. A key that is empty or `$`, or holds a dot or a quote,
/// stands in quotes as JSON has it: `adapter."a.b"`.
///
/// ```
/// let before = br#"{"task": "a", "adapter": {"session_id": "1", "n": 1}}"#;
/// let after = br#"{"task": "a", "adapter": {"session_id": "2", "n": 1.0}}"#;
/// assert_eq!(prestop::snapshot::diff(before, after)?, ["adapter.session_id"]);
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) or [`TooLarge`](crate::ErrorKind::TooLarge) where one is
/// not JSON within the bounds of [`json::check`].
pub fn diff(a: &[u8], b: &[u8]) -> Result<Vec<String>> {
    let (a, b) = (json::parse(a)?, json::parse(b)?);
    let (mut left, mut right) = (BTreeMap::new(), BTreeMap::new());
    flatten(&a, None, &mut left);
    flatten(&b, None, &mut right);
    let changed =
        left.iter().filter(|(name, value)| !right.get(*name).is_some_and(|other| value.same(other)));
    let added = right.keys().filter(|name| !left.contains_key(*name));
    let mut names: Vec<String> = changed.map(|(name, _)| name).chain(added).cloned().collect();
    names.sort_unstable();
    Ok(names)
}

/// The fields by their dotted names; the document itself has none.
fn flatten<'v>(value: &'v Value, name: Option<String>, fields: &mut BTreeMap<String, &'v Value>) {
    match (value, name) {
        (Value::Object(members), name) if name.is_none() || !members.is_empty() => {
            for (key, value) in members {
                let key = segment(key);
                let name = name.as_ref().map_or_else(|| key.clone(), |name| format!("{name}.{key}"));
                flatten(value, Some(name), fields);
            }
        }
        (_, name) => drop(fields.insert(name.unwrap_or_else(|| "$".to_owned()), value)),
    }
}

/// A key as a part of a dotted name, so that no two names are alike.
fn segment(key: &[u8]) -> String {
    match std::str::from_utf8(key) {
        Ok(plain) if !plain.is_empty() && plain != "$" && !plain.contains(['.', '"']) => plain.to_owned(),
        // A lone surrogate is no text of its own.
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
