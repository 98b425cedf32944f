//! Columns of JSON rows under a sensitive name: rows beside a list of their columns' names
//! (`{"columns": ["user", "password"], "rows": [["bob", "..."]]}`), and rows of which the first one has the
//! names.

use super::super::placeholder::is_placeholder;
use super::super::sensitive::Strength;
use super::super::{escape, extent};
use super::name::Name;
use super::operator::Operator;
use super::{Assignment, skip_blank, table, verdict};

/// The longest list of names, in bytes.
const HEAD: usize = 512;
/// How far after the names the rows may begin, in bytes.
const BETWEEN: usize = 256;
/// How far the rows are read, in bytes.
const BODY: usize = 4096;
/// The most rows that are read.
const ROWS: usize = 32;
/// The most cells of a row.
const CELLS: usize = 64;

/// Finds the values of the column, where the name is in a list of names that rows follow.
pub(super) fn values(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    let Some(quote) = name.quote else { return };
    if name.sensitive.strength == Strength::Faint {
        return;
    }
    // Most quoted names are keys.
    let next = text.get(name.end + quote.backslashes() + 1);
    if !matches!(next, Some(b',' | b']' | b'\n' | b'\r' | b' ' | b'\\')) {
        return;
    }
    let Some(open) = list_begin(text, name.start) else { return };
    let limit = text.len().min(open + HEAD);
    let Some((names, end)) = cells(text, open, limit) else { return };
    let Some(column) = names.iter().position(|cell| *cell == Some((name.start, name.end))) else { return };
    if names.iter().any(Option::is_none) || names.len() < 2 {
        return;
    }
    let Some((mut at, declared)) = rows_begin(text, end) else { return };
    let limit = text.len().min(at + BODY);
    for _ in 0..ROWS {
        let Some((row, end)) = cells(text, at, limit) else { return };
        if row.len() != names.len() {
            return;
        }
        // The header of another table.
        if row[column].is_some_and(|(start, end)| text[start..end] == text[name.start..name.end]) {
            return;
        }
        if let Some((start, end)) = row[column]
            && is_secret(text, name, declared, &text[start..end])
        {
            out.push(Assignment { start, end, label: name.sensitive.label, quote: None });
        }
        let comma = skip_blank(text, end);
        let open = skip_blank(text, comma + 1);
        if text.get(comma) != Some(&b',') || text.get(open) != Some(&b'[') {
            return;
        }
        at = open + 1;
    }
}

/// Whether a cell holds a secret. Where the rows are `declared`, the name leaves no doubt, as a key would.
fn is_secret(text: &[u8], name: &Name, declared: bool, value: &[u8]) -> bool {
    let operator = Operator::Equals { spaced: true };
    let sure = || name.quote.is_some_and(|quote| verdict::quoted(text, name, operator, quote, value));
    !value.is_empty() && !is_placeholder(value) && (table::is_secret(name, b',', value) || declared && sure())
}

/// Returns where the list begins, after its bracket, in which the name at `at` is a string.
fn list_begin(text: &[u8], at: usize) -> Option<usize> {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-. ,\"\\\n\r\t/()#".contains(byte);
    let lowest = at.saturating_sub(HEAD);
    let open = lowest + text[lowest..at].iter().rposition(|byte| !inner(byte))?;
    (text[open] == b'[').then_some(open + 1)
}

/// Returns where the cells of the first row begin after the names, which end before `from`, and whether a key
/// declares the rows (`"rows": [[`).
fn rows_begin(text: &[u8], from: usize) -> Option<(usize, bool)> {
    let comma = skip_blank(text, from);
    if text.get(comma) != Some(&b',') {
        return None;
    }
    let next = skip_blank(text, comma + 1);
    if text.get(next) == Some(&b'[') {
        return Some((next + 1, false));
    }
    let window = &text[next..text.len().min(next + BETWEEN)];
    memchr::memchr_iter(b':', window).find_map(|colon| {
        let list = skip_blank(text, next + colon + 1);
        let row = skip_blank(text, list + 1);
        let begins = text.get(list) == Some(&b'[') && text.get(row) == Some(&b'[');
        begins.then_some((row + 1, true))
    })
}

/// Returns the spans of the strings in the list whose cells begin at `from`, and the offset after its
/// bracket. Other scalars have no span.
#[allow(clippy::type_complexity, reason = "spans, and where they end")]
fn cells(text: &[u8], from: usize, limit: usize) -> Option<(Vec<Option<(usize, usize)>>, usize)> {
    let mut cells = Vec::new();
    let mut at = from;
    while cells.len() < CELLS {
        at = skip_blank(text, at);
        if at >= limit {
            return None;
        }
        if let Some((quote, inside)) = escape::quote_at(text, at).filter(|(quote, _)| quote.byte == b'"') {
            let (end, after) = extent::quoted(&text[..limit], inside.min(limit), quote, &[]);
            if after == end {
                return None;
            }
            cells.push(Some((inside, end)));
            at = after;
        } else {
            let plain = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
            let length = text[at..limit].iter().take_while(plain).count();
            if length == 0 {
                return None;
            }
            cells.push(None);
            at += length;
        }
        at = skip_blank(text, at);
        match text.get(at)? {
            b',' => at += 1,
            b']' => return Some((cells, at + 1)),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cell_goes_and_its_neighbours_stay(
            secret in prop::sample::select(vec!["q8Z7wv5T4s3Kx9b2", "Wal!nut95", "Vt73JBNb9Mt_CG3x"]),
            table in prop::sample::select(vec![
                "{\"columns\":[\"user\",\"password\"],\"rows\":[[\"bob\",\"§\"],[\"ann\",\"§\"]]}",
                "{\"columns\": [\"password\", \"user\"], \"index\": [0, 1], \"data\": [[\"§\", \"bob\"], [null, 1]]}",
                "{\n  \"fields\": [\n    \"id\",\n    \"password\"\n  ],\n  \"values\": [\n    [\n      1,\n      \"§\"\n    ]\n  ]\n}",
                "[[\"user\",\"password\"],[\"bob\",\"§\"],[\"ann\",\"§\"]]",
            ]),
            depth in 0usize..3,
        ) {
            let around = |text: &str| (0..depth).fold(text.to_owned(), |text, _| serde_json::json!({ "out": text }).to_string());
            prop_assert_eq!(balanced(&around(&table.replace('§', secret))), around(&table.replace('§', "[REDACTED:PASSWORD]")));
        }
    }

    #[test]
    fn a_password_under_its_column_may_be_a_word() {
        let text = "{\"columns\":[\"user\",\"password\"],\"rows\":[[\"bob\",\"letmein\"]]}";
        assert_eq!(balanced(text), text.replace("letmein", "[REDACTED:PASSWORD]"));
    }

    #[test]
    fn what_else_stands_in_lists_stays() {
        for text in [
            "{\"required\":[\"user\",\"password\"],\"rows\":[[\"bob\"]]}",
            "[[\"user\",\"password\"],[\"bob\",\"required\"]]",
            "{\"required\":[\"user\",\"password\"],\"properties\":{\"user\":{\"type\":\"string\"}}}",
            "{\"columns\":[\"id\",\"token_count\"],\"rows\":[[\"b8x2Qw91z\",\"b8x2Qw91z\"]]}",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
