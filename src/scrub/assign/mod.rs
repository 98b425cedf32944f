//! Assignments: a sensitive name, an operator and a value, in the syntax of shells, JSON, YAML, TOML, INI,
//! XML, headers, URL queries, command lines and a dozen languages, at any layer of escaping. Also values that
//! belong to a name by their place: in tables, rows and the output of commands.
//!
//! Only the value is redacted; the name and the delimiters are kept.

mod aligned_table;
mod argument;
mod box_table;
mod code;
mod command_output;
mod copy_rows;
mod csv;
mod debug_wrapper;
mod default_value;
mod echo;
mod echoed;
mod expression;
mod form_fill;
mod generated;
mod groups_of_four;
mod header;
mod items;
mod json_rows;
mod kubernetes_secret;
mod listed;
mod markdown;
mod markup;
mod member;
mod name;
mod nested_quotes;
mod next_line;
mod non_secret;
mod operator;
pub(crate) mod other_scripts;
pub(crate) mod pair;
mod prompt_output;
mod prose;
mod returned;
mod scheme;
mod sibling_fields;
mod sql_insert;
mod table;
mod ui_text;
mod unquoted;
mod value;
mod value_wrapper;
mod verdict;
mod word_password;
mod written;
mod yaml_explicit_key;

use super::escape::{self, Quote};
use super::open_strings::Nesting;
use super::sensitive::Strength;
use operator::Operator;

pub(crate) use scheme::LABELS;

/// A value found by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub start: usize,
    pub end: usize,
    pub label: &'static str,
    /// The quotes to write around the marker, where it replaces a bare JSON number.
    pub quote: Option<Quote>,
}

/// What is redacted under a name that is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// Only what may be a secret: words that stand in for one are left alone.
    Secrets,
    /// Those words too: people choose them as passwords.
    Words,
}

/// The most white space between a name, its operator and its value, in bytes.
const MAX_SPACE: usize = 64;

/// Finds the values that belong to the name around the trigger `text[at..end]`. Returns where the caller goes
/// on: after the value that an operator assigns, so that it is not searched again, or at `end`.
pub(crate) fn find(
    text: &[u8],
    at: usize,
    end: usize,
    values: Values,
    nesting: &mut Nesting,
    out: &mut Vec<Assignment>,
) -> usize {
    let Some(name) = name::around(text, at, end, values) else { return end };
    table::values(text, &name, out);
    csv::values(text, &name, out);
    box_table::values(text, &name, out);
    aligned_table::values(text, &name, out);
    prompt_output::value(text, &name, out);
    copy_rows::values(text, &name, out);
    sql_insert::values(text, &name, out);
    json_rows::values(text, &name, out);
    command_output::value(text, &name, out);
    kubernetes_secret::values(text, &name, out);
    sibling_fields::values(text, &name, out);
    markdown::value(text, &name, out);
    echoed::value(text, &name, out);
    prose::given(text, &name, out);
    written::value(text, &name, out);
    let item = || argument::next_item(text, &name).map(|at| (operator::Operator::Beside, at));
    let joined = nested_quotes::operator(text, &name)
        .or_else(|| form_fill::operator(text, &name))
        .or_else(|| sibling_fields::value(text, &name))
        .or_else(item)
        .or_else(|| yaml_explicit_key::operator(text, &name))
        .or_else(|| returned::operator(text, &name))
        .or_else(|| operator::after(text, &name));
    let Some((operator, from)) = joined else { return end };
    let sure = name.sensitive.strength == Strength::Strong;
    let follows = !matches!(operator, Operator::Beside | Operator::Comma | Operator::Compared);
    let read = sure && follows || may_be_random(text, from);
    if !read {
        return end;
    }
    let open = nesting.open_at(text, from);
    let after = value::Reader { text, name: &name, operator, open, out }.read(from);
    after.filter(|after| *after > end).unwrap_or(end)
}

/// Whether something that may look like a secret begins at `from`. A cheap test for names and operators that
/// are weak evidence, whose values must look like secrets: where it fails, neither the value nor the text
/// before it, for its open strings, is read.
fn may_be_random(text: &[u8], from: usize) -> bool {
    const NEAR: usize = 48;
    let from = skip_spaces(text, from);
    let from = from + value::literal_prefix(&text[from..]);
    let window = &text[from..text.len().min(from + NEAR)];
    let opens =
        |byte: &&u8| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'@' | b'[' | b'(' | b' ' | b'\n' | b'\r');
    let before = window.iter().take_while(opens).count();
    let run = window[before..].iter().take_while(|byte| !matches!(byte, 0..=b' ' | b'"' | b'\'' | b'`'));
    let (length, digits) =
        run.fold((0, 0), |(length, digits), byte| (length + 1, digits + usize::from(byte.is_ascii_digit())));
    // The value may be inside of an expression: `prod ? "..." : ""`, `Some("...")`.
    let inside = || {
        [b" ? ".as_slice(), b"(\"", b"(\\"].iter().any(|sign| memchr::memmem::find(window, sign).is_some())
    };
    // A list is always read, and so is a value after a scheme.
    let list = matches!(window.first(), Some(b'[' | b'('));
    list || before + length == NEAR
        || length >= 6 && digits > 0
        || length >= 10
        || scheme::length_at(text, from + before) > 0
        || groups_of_four::may_begin(text, from + before)
        || inside()
}

/// Returns the offset after the spaces and tabs at `from`, tabs written as escapes included. Stops once
/// [`MAX_SPACE`] bytes are skipped.
fn skip_spaces(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at - from < MAX_SPACE {
        at += match text.get(at) {
            Some(b' ' | b'\t') => 1,
            Some(b'\\') => match escape::tab(&text[at..]) {
                0 => break,
                length => length,
            },
            _ => break,
        };
    }
    at
}

/// Whether the line, or the string that holds it, ends at `at`, at any layer. A string in single quotes is one
/// that Python prints, which a comma or a bracket follows.
fn ends_line(text: &[u8], at: usize) -> bool {
    let quote = || text.get(at + escape::backslashes_at(text, at)) == Some(&b'"');
    let printed = || matches!(text[at..], [b'\'', b',' | b'}' | b']' | b')', ..]);
    at == text.len() || escape::line_break(text, at) > 0 || quote() || printed()
}

/// Returns how many bytes before `at` [`skip_spaces`] would skip.
fn spaces_before(text: &[u8], at: usize) -> usize {
    let lowest = at.saturating_sub(MAX_SPACE);
    let mut start = at;
    while start > lowest {
        start -= match text[start - 1] {
            b' ' | b'\t' => 1,
            b't' if start > 1 && text[start - 2] == b'\\' => {
                1 + escape::backslashes_before(text, 0, start - 1)
            }
            _ => break,
        };
    }
    at - start
}

/// Like [`skip_spaces`], but skips line breaks of any layer as well.
fn skip_blank(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at - from < MAX_SPACE {
        let length = match text.get(at) {
            Some(b' ' | b'\t') => 1,
            Some(b'\\') => escape::line_break(text, at).max(escape::tab(&text[at..])),
            _ => escape::line_break(text, at),
        };
        if length == 0 {
            break;
        }
        at += length;
    }
    at
}

#[cfg(test)]
mod tests;
