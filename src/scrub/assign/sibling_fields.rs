//! Names and values in fields of one object, with another field between them or the value first:
//! `{"value": "...", "name": "DB_PASSWORD"}`, `- name: DB_PASSWORD`, `  description: ...`, `  value: ...`. A
//! value in the next field is found by `pair.rs`, unless only the name of its own field says that it is one:
//! `{"field": "api_key", "old_value": "...", "new_value": "..."}`.

use super::super::escape::{self, Quote};
use super::super::extent;
use super::name::Name;
use super::operator::Operator;
use super::{Assignment, pair, skip_blank, skip_spaces, verdict};

/// Keys of fields that hold a name.
const NAMES: [&[u8]; 12] = [
    b"name",
    b"key",
    b"label",
    b"variable",
    b"env",
    b"parameterkey",
    b"optionname",
    b"field",
    b"k",
    b"env_name",
    b"field_name",
    b"setting",
];
/// How far from the name the value may be, in bytes.
const FAR: usize = 512;
/// The most fields that are read.
const FIELDS: usize = 8;

/// Returns where the value begins in an object in which the name is the value of a name field, and how it is
/// judged.
pub(super) fn value(text: &[u8], name: &Name) -> Option<(Operator, usize)> {
    const EQUALS: Operator = Operator::Equals { spaced: true };
    let colon = before_colon(text, name)?;
    match name.quote.and_then(|quote| Some((quote, key_before(colon, quote)?))) {
        Some((quote, first)) => behind(text, name, quote)
            .or_else(|| before(text, first, quote))
            .map(|value| (EQUALS, value))
            .or_else(|| answers(text, name, quote).next().map(|value| (Operator::Beside, value))),
        None => in_lines(text, name, colon.len()).map(|value| (EQUALS, value)),
    }
}

/// Adds the further values of such an object, which an audit has: the old one and the new one.
pub(super) fn values(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    let Some(colon) = before_colon(text, name) else { return };
    let Some(quote) = name.quote.filter(|quote| key_before(colon, *quote).is_some()) else { return };
    for value in answers(text, name, quote).skip(1) {
        let Some((quote, start)) = escape::quote_at(text, value) else { continue };
        let (end, _) = extent::quoted(text, start, quote, &[]);
        if verdict::quoted(text, name, Operator::Beside, quote, &text[start..end]) {
            out.push(Assignment { start, end, label: name.sensitive.label, quote: None });
        }
    }
}

/// Returns the text before the colon that precedes the name, if there is one.
fn before_colon<'t>(text: &'t [u8], name: &Name) -> Option<&'t [u8]> {
    let outside = name.quote.map_or(name.start, |quote| name.start - 1 - quote.backslashes());
    text[..outside].trim_ascii_end().strip_suffix(b":")
}

fn holds_name(key: &[u8]) -> bool {
    NAMES.iter().any(|known| key.eq_ignore_ascii_case(known))
}

/// Returns where the quoted key that `before` ends in begins, its quote included, if it is one of [`NAMES`].
fn key_before(before: &[u8], quote: Quote) -> Option<usize> {
    let width = 1 + quote.backslashes();
    let end = before.trim_ascii_end().len().checked_sub(width)?;
    let inner = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let word = before[..end].iter().rev().take(16).take_while(inner).count();
    let first = (end - word).checked_sub(width)?;
    let opened =
        escape::quote_at(before, first).filter(|(opened, inside)| *opened == quote && *inside == end - word);
    let closed = escape::quote_at(before, end).filter(|(closed, _)| *closed == quote);
    (holds_name(&before[end - word..end]) && opened.is_some() && closed.is_some()).then_some(first)
}

/// A field of a flat object: its key, and where its value begins and ends.
struct Field<'t> {
    name: &'t [u8],
    value: usize,
    end: usize,
}

/// Reads the field that begins at `at`.
fn field(text: &[u8], at: usize, quote: Quote) -> Option<Field<'_>> {
    let string = |at: usize| {
        let (opened, inside) = escape::quote_at(text, at).filter(|(opened, _)| *opened == quote)?;
        let (end, after) = escape::closing(&text[..text.len().min(inside + FAR)], inside, opened)?;
        Some((inside, end, after))
    };
    let (inside, end, after) = string(at)?;
    let colon = skip_blank(text, after);
    let value = skip_blank(text, colon + 1);
    if text.get(colon) != Some(&b':') {
        return None;
    }
    let bare = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'_');
    let end_of_value = match string(value) {
        Some((_, _, after)) => after,
        None => value + text[value..].iter().take(32).take_while(bare).count(),
    };
    (end_of_value > value).then_some(Field { name: &text[inside..end], value, end: end_of_value })
}

/// Returns the fields after the name whose own names say that they may hold its value.
fn answers<'t>(text: &'t [u8], name: &Name, quote: Quote) -> impl Iterator<Item = usize> + 't {
    let mut at = skip_blank(text, name.end + 1 + quote.backslashes());
    let limit = name.end + FAR;
    let fields = std::iter::from_fn(move || {
        if text.get(at) != Some(&b',') || at > limit {
            return None;
        }
        let next = field(text, skip_blank(text, at + 1), quote)?;
        at = skip_blank(text, next.end);
        (!holds_name(next.name)).then_some(next)
    });
    fields.take(FIELDS).filter(|field| pair::holds_answer(field.name)).map(|field| field.value)
}

/// Returns the value after the name, with at least one other field between them.
fn behind(text: &[u8], name: &Name, quote: Quote) -> Option<usize> {
    let mut at = skip_blank(text, name.end + 1 + quote.backslashes());
    for count in 0..FIELDS {
        if text.get(at) != Some(&b',') || at > name.end + FAR {
            break;
        }
        let next = field(text, skip_blank(text, at + 1), quote)?;
        if pair::holds_value(next.name) {
            return (count > 0).then_some(next.value);
        }
        if holds_name(next.name) {
            break;
        }
        at = skip_blank(text, next.end);
    }
    None
}

/// Returns the value before the name field, reading the object from its opening brace.
fn before(text: &[u8], first: usize, quote: Quote) -> Option<usize> {
    // Most name fields are the first of their object.
    if escape::before(text, first).is_some_and(|last| text[last] != b',') {
        return None;
    }
    let from = first.saturating_sub(FAR);
    let open = from + memchr::memrchr(b'{', &text[from..first])?;
    let mut at = skip_blank(text, open + 1);
    let mut found = None;
    for _ in 0..FIELDS {
        if at == first {
            return found;
        }
        let next = field(text, at, quote)?;
        if pair::holds_value(next.name) {
            found = Some(next.value);
        }
        let comma = skip_blank(text, next.end);
        if text.get(comma) != Some(&b',') || comma > first {
            return None;
        }
        at = skip_blank(text, comma + 1);
    }
    None
}

/// Returns the value in a YAML map, in which the key of the name ends at `end`.
fn in_lines(text: &[u8], name: &Name, end: usize) -> Option<usize> {
    let quote = name.quote.map_or(0, |quote| 1 + quote.backslashes());
    let word = text[..end].iter().rev().take(16).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let key = end - word;
    let key = key + usize::from(escape::is_escape_letter(text, key));
    if !holds_name(&text[key..end]) {
        return None;
    }
    let (indent, line) = indent(text, key)?;
    below(text, name.end + quote, indent).or_else(|| above(text, line, indent))
}

/// Returns the indentation of the key at `key` and where its line begins, if nothing but spaces and the dash
/// of a list item precede it.
fn indent(text: &[u8], key: usize) -> Option<(usize, usize)> {
    let inner = |byte: &&u8| matches!(byte, b' ' | b'-');
    let width = text[..key].iter().rev().take(64).take_while(inner).count();
    let line = key - width;
    let begins = line == 0
        || matches!(text[line - 1], b'\n' | b'"')
        || text[line - 1] == b'n' && escape::is_escape_letter(text, line - 1);
    begins.then_some((width, line))
}

/// Reads the key on the line at `start`, if it has this indentation. Returns it, where its value begins, and
/// whether a list item begins with it.
fn key_of(text: &[u8], start: usize, indent: usize) -> Option<(&[u8], usize, bool)> {
    let first = start + indent;
    let margin = text.get(start..first)?;
    let key = text[first..]
        .iter()
        .take(32)
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let begins = margin.contains(&b'-');
    let blank = margin.iter().all(|byte| matches!(byte, b' ' | b'-'));
    let value = skip_spaces(text, first + key + 1);
    let joined = key > 0 && text[first + key..].starts_with(b": ");
    (blank && joined).then_some((&text[first..first + key], value, begins))
}

/// Returns the value on a line below the one that `from` is in, with at least one other field between them.
fn below(text: &[u8], from: usize, indent: usize) -> Option<usize> {
    let mut at = from;
    for count in 0..FIELDS {
        let end = line_end(text, at)?;
        let start = end + escape::line_break(text, end);
        let (key, value, begins) = key_of(text, start, indent)?;
        if begins || start > from + FAR {
            return None;
        }
        if pair::holds_value(key) {
            return (count > 0).then_some(value);
        }
        at = value;
    }
    None
}

/// Returns the value on the line directly above the one that begins at `line`.
fn above(text: &[u8], line: usize, indent: usize) -> Option<usize> {
    // The list item begins with the name: the line above belongs to another one.
    if text.get(line..line + indent)?.contains(&b'-') {
        return None;
    }
    let from = line.saturating_sub(FAR);
    let before = &text[from..line.checked_sub(1)?];
    let raw = memchr::memrchr(b'\n', before).map(|found| from + found + 1);
    let escaped = memchr::memmem::rfind(before.strip_suffix(b"\\").unwrap_or(before), br"\n")
        .map(|found| from + found + 2);
    // The line above may be the first one of the text, or of the string that holds it.
    let string = || {
        let mut quotes = memchr::memrchr_iter(b'"', before).map(|found| from + found);
        quotes.find(|quote| *quote == 0 || text[*quote - 1] != b'\\').map(|quote| quote + 1)
    };
    let first = || (from == 0).then_some(0).filter(|start| key_of(text, *start, indent).is_some());
    let start = raw.max(escaped).or_else(first).or_else(string)?;
    let (key, value, _) = key_of(text, start, indent)?;
    pair::holds_value(key).then_some(value)
}

/// Returns where the line that `from` is in ends, if another one follows.
fn line_end(text: &[u8], from: usize) -> Option<usize> {
    escape::find_break(text, from, text.len().min(from + FAR))
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::is_taken;
    use crate::scrub::{Preset, Scrubber};

    #[test]
    fn the_fields_of_one_object_belong_together() {
        for text in [
            r#"{"value":"§","name":"DB_PASSWORD"}"#,
            r#"{"value": "§", "type": "string", "name": "DB_PASSWORD"}"#,
            r#"{"name":"DB_PASSWORD","description":"what it is, and why","value":"§"}"#,
            r#"{"name": "DB_PASSWORD", "secure": true, "order": 3, "value": "§"}"#,
            "[\n  {\n    \"value\": \"§\",\n    \"name\": \"DB_PASSWORD\"\n  }\n]",
            r#"[{"value": "keepkeep1", "name": "HOST"}, {"value": "§", "name": "DB_PASSWORD"}]"#,
            r#"{"name": "DB_PASSWORD", "data": "§"}"#,
            r#"{"k": "DB_PASSWORD", "v": "§"}"#,
            r#"{"env_name": "DB_PASSWORD", "env_value": "§"}"#,
            r#"{"changes": [{"field": "db_password", "old_value": "§", "by": "bob", "new_value": "§"}]}"#,
            "- name: DB_PASSWORD\n  description: x\n  value: §\n",
            "env:\n  - name: \"DB_PASSWORD\"\n    type: text\n    value: \"§\"\n",
            "- value: §\n  name: DB_PASSWORD\n",
        ] {
            is_taken(text);
        }
    }

    #[test]
    fn the_fields_of_others_stay() {
        for text in [
            r#"[{"name": "DB_PASSWORD", "secret": true}, {"description": "x", "value": "keepkeep1"}]"#,
            r#"[{"value": "keepkeep1"}, {"name": "DB_PASSWORD"}]"#,
            r#"{"label": "Password", "text": "the new one of it, with 2 words"}"#,
            r#"{"field": "password", "old": true, "new": 3}"#,
            r#"[{"field": "password", "new": null}, {"field": "host", "new": "keepKeep17"}]"#,
            r#"{"name": "password", "in": "query", "description": "The password of it", "required": true}"#,
            "- name: DB_PASSWORD\n  description: x\n- name: HOST\n  value: keepkeep1\n",
            "- name: HOST\n  value: keepkeep1\n- name: DB_PASSWORD\n  x: y\n",
            "- name: DB_PASSWORD\n  valueFrom:\n    x: y\n    value: keepkeep1\n",
        ] {
            assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
        }
    }
}
