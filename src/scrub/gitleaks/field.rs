//! The fields of a gitleaks file, whose names may be written in any case.

use toml::{Table, Value};

/// Returns the value of a field; `name` is in lower case.
pub(super) fn get<'t>(table: &'t Table, name: &str) -> Option<&'t Value> {
    table.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Returns a list of at most `most` texts, none of them empty. A missing field gives the empty list.
pub(super) fn texts(table: &Table, name: &str, most: usize) -> Option<Vec<String>> {
    let Some(value) = get(table, name) else { return Some(Vec::new()) };
    let items = value.as_array().filter(|items| items.len() <= most)?;
    let text = |item: &Value| item.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    items.iter().map(text).collect()
}

/// Returns the text of a field in lower case.
pub(super) fn word(table: &Table, name: &str) -> Option<String> {
    get(table, name).map(|value| value.as_str().unwrap_or("?").to_ascii_lowercase())
}

/// Returns the tables of a list, or the single table in its place.
pub(super) fn tables<'t>(table: &'t Table, name: &str) -> Vec<&'t Table> {
    match get(table, name) {
        Some(Value::Table(one)) => vec![one],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_table).collect(),
        _ => Vec::new(),
    }
}
