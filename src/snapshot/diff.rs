//! Which fields of two snapshots differ.

use std::collections::BTreeMap;

use crate::Result;
use crate::json::{self, Value};

/// The dotted names of the fields that differ between two documents, sorted; never their values.
///
/// Objects are looked into, lists are compared whole, and a field that only one of them has differs. An empty object
/// is a field like any other. Where a document is not an object, its name is `$`.
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
    flatten(&a, String::new(), &mut left);
    flatten(&b, String::new(), &mut right);
    let changed =
        left.iter().filter(|(name, value)| !right.get(*name).is_some_and(|other| value.same(other)));
    let added = right.keys().filter(|name| !left.contains_key(*name));
    let mut names: Vec<String> = changed.map(|(name, _)| name).chain(added).cloned().collect();
    names.sort_unstable();
    Ok(names)
}

/// The fields by their dotted names.
fn flatten<'v>(value: &'v Value, name: String, fields: &mut BTreeMap<String, &'v Value>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                let key = String::from_utf8_lossy(key);
                let name = if name.is_empty() { key.into_owned() } else { format!("{name}.{key}") };
                flatten(value, name, fields);
            }
        }
        // An empty document has no fields, where an empty field is one.
        Value::Object(_) if name.is_empty() => {}
        _ => drop(fields.insert(if name.is_empty() { "$".to_owned() } else { name }, value)),
    }
}
