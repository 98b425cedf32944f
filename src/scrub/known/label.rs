//! The label of a named value.

use crate::scrub::marker::MAX_LABEL;

/// The marker label of a value called `name`: the name in upper case, with `_` for every character but ASCII
/// letters, digits and `_`, at most 64 characters. An empty name gives `SECRET`.
pub(super) fn label_of(name: &str) -> String {
    let upper = name.chars().flat_map(char::to_uppercase);
    let label: String =
        upper.map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).take(MAX_LABEL).collect();
    if label.is_empty() { "SECRET".to_owned() } else { label }
}
