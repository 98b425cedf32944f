//! Columns under a sensitive name in tables with a separator: Markdown, what database clients print, CSV.

use super::super::escape;
use super::super::placeholder::is_placeholder;
use super::super::sensitive::Strength;
use super::super::validate::Validator;
use super::name::Name;
use super::{Assignment, skip_spaces, spaces_before, verdict};

/// How far from the name the header row is searched, in bytes.
const HEAD: usize = 512;
/// The most columns of a table.
const COLUMNS: usize = 32;
/// How far below the header row is searched, in bytes.
const BODY: usize = 4096;
/// The most rows that are read.
const ROWS: usize = 32;

/// Finds the values below the name, where it is a header cell of a table.
pub(super) fn values(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    if name.sensitive.strength == Strength::Faint {
        return;
    }
    let Some(separator) = separator(text, name) else { return };
    let Some(end) = line_end(text, name.end) else { return };
    let first = indented(text, line_start(text, name.start), separator);
    let (before, head) = (&text[first..name.start], &text[first..end]);
    let column = count(before, separator);
    let columns = count(head, separator);
    let plain = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'-' | b'.' | b' ')
            || *byte == separator
            || separator == b'\t' && *byte == b'\\'
    };
    // Too many words for a header: `from module import First, Second`.
    let sentence = |cell: &[u8]| memchr::memchr_iter(b' ', cell.trim_ascii()).count() > 2;
    let code = |line: &[u8]| {
        !line.iter().all(plain)
            || line.ends_with(&[separator])
            || separator != b'\t' && line.split(|&byte| byte == separator).any(sentence)
    };
    if columns > COLUMNS || separator != b'|' && code(head) {
        return;
    }
    let limit = text.len().min(end + BODY);
    let mut at = end;
    // Bars are everywhere, so a rule must be drawn below the header, except in a table that programs read
    // again: `id|password`.
    let unaligned = separator == b'|' && !head.contains(&b' ') && !code(head) && !head.starts_with(b"|");
    let (mut ruled, mut filled) = (separator != b'|' || unaligned, false);
    // Gherkin draws none.
    let bare = separator == b'|' && !unaligned && is_gherkin(text, first, end);
    let judged = |ruled: bool| if unaligned || !ruled { b',' } else { separator };
    for _ in 0..ROWS {
        let start = at + escape::line_break(text, at);
        if start == at || start >= limit {
            return;
        }
        let Some(end) = line_end(text, start) else { return };
        let start = indented(text, start, separator).min(end);
        if is_rule(&text[start..end]) {
            // The rule below the last row ends the table.
            if filled {
                return;
            }
            ruled |= end > start + 2;
        } else {
            if !(ruled || bare) || end > limit || count(&text[start..end], separator) != columns {
                return;
            }
            let cell = cell(text, start, end, separator, column);
            // The header of another table.
            if text[cell.0..cell.1].eq_ignore_ascii_case(&text[name.start..name.end]) {
                return;
            }
            filled = true;
            if is_secret(name, judged(ruled), &text[cell.0..cell.1]) {
                let label = name.sensitive.label;
                out.push(Assignment { start: cell.0, end: cell.1, label, quote: None });
            }
        }
        at = end;
    }
}

/// Whether the line is the first of a table, in bars and of names alone.
fn is_gherkin(text: &[u8], first: usize, end: usize) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ' | b'|');
    let line = text[first..end].trim_ascii();
    let above = text[..line_start(text, first)].trim_ascii_end();
    matches!(line, [b'|', b' ', .., b' ', b'|']) && line.iter().all(plain) && !above.ends_with(b"|")
}

/// Returns what separates the cells, if the name is one.
fn separator(text: &[u8], name: &Name) -> Option<u8> {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'*');
    let before = name.start - text[..name.start].iter().rev().take(64).take_while(blank).count();
    let after = name.end + text[name.end..].iter().take(64).take_while(blank).count();
    let (left, right) = (text[..before].last(), text.get(after));
    let line = before - spaces_before(text, before);
    let begins = text[..line].last().is_none_or(|&byte| byte == b'\n' || escape::is_quote(byte))
        || line > 0 && escape::is_escape_letter(text, line - 1);
    let ends = escape::line_break(text, after) > 0;
    let tab_before = before > 0 && text[before - 1] == b't' && escape::is_escape_letter(text, before - 1);
    let tab_behind = escape::tab(&text[after..]) > 0;
    [b'|', b',', b'\t', b';'].into_iter().find(|separator| {
        let tab = *separator == b'\t';
        let opens = left == Some(separator) || tab && tab_before;
        let closes = right == Some(separator) || tab && tab_behind;
        opens && (closes || ends) || closes && begins
    })
}

/// Returns how many separators the line has.
fn count(line: &[u8], separator: u8) -> usize {
    bounds(line, separator).count()
}

/// Returns where the separators of a line begin and end. A tab may be written as an escape.
fn bounds(line: &[u8], separator: u8) -> impl Iterator<Item = (usize, usize)> + '_ {
    let second = if separator == b'\t' { b'\\' } else { separator };
    memchr::memchr2_iter(separator, second, line).filter_map(move |at| {
        let length = if line[at] == separator { 1 } else { escape::tab(&line[at..]) };
        let first = at == 0 || line[at - 1] != b'\\';
        (length > 0 && first).then_some((at, at + length))
    })
}

/// Returns where a line that begins at `start` begins after its indentation, which has no tab that separates
/// cells.
fn indented(text: &[u8], start: usize, separator: u8) -> usize {
    if separator == b'\t' { start } else { skip_spaces(text, start) }
}

/// Returns where the line around `at` begins, at any layer, or the string that holds it.
pub(super) fn line_start(text: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(HEAD);
    let mut end = at;
    // A string in single quotes, as Python has them.
    let quote = memchr::memrchr(b'\'', &text[from..at]).map(|found| from + found);
    let quote =
        quote.filter(|at| !at.checked_sub(1).is_some_and(|before| text[before].is_ascii_alphanumeric()));
    let from = quote.map_or(from, |quote| quote + 1);
    while let Some(found) = memchr::memrchr3(b'\n', b'"', b'\\', &text[from..end]) {
        let place = from + found;
        if text[place] != b'\\' {
            return place + 1;
        }
        let length = escape::line_break(text, place);
        if length > 0 && place + length <= at {
            return place + length;
        }
        end = place;
    }
    from
}

/// Returns where the line around `at` ends, at any layer, or the string that holds it; `None` if that is more
/// than [`HEAD`] bytes away.
pub(super) fn line_end(text: &[u8], at: usize) -> Option<usize> {
    let to = text.len().min(at + HEAD);
    let mut from = at;
    while let Some(found) = memchr::memchr3(b'\n', b'"', b'\\', &text[from..to]) {
        let place = from + found;
        if text[place] != b'\\' || escape::line_break(text, place) > 0 {
            let carriage = place > at && text[place] == b'\n' && text[place - 1] == b'\r';
            let escaped = if text[place] == b'"' { escape::backslashes_before(text, at, place) } else { 0 };
            return Some(place - usize::from(carriage) - escaped);
        }
        from = place + escape::backslashes_at(&text[..to], place);
    }
    (to == text.len()).then_some(to)
}

/// Whether the line is nothing but a rule, as drawn between the header of a table and its rows.
fn is_rule(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b'-' | b'+' | b'|' | b':' | b'=' | b' '))
}

/// Returns the cell of the column, without the spaces, emphasis and quotes around its text.
fn cell(text: &[u8], start: usize, end: usize, separator: u8, column: usize) -> (usize, usize) {
    let mut bounds = bounds(&text[start..end], separator).map(|(from, to)| (start + from, start + to));
    let mut first = match column {
        0 => start,
        _ => bounds.nth(column - 1).map_or(end, |(_, to)| to),
    };
    let mut last = bounds.next().map_or(end, |(from, _)| from);
    let around = |byte: u8| matches!(byte, b' ' | b'*' | b'`' | b'\'');
    while first < last && around(text[first]) {
        first += 1;
    }
    while last > first && around(text[last - 1]) {
        last -= 1;
    }
    (first, last)
}

/// Whether a cell holds a secret, judged by what separates the cells.
pub(super) fn is_secret(name: &Name, separator: u8, value: &[u8]) -> bool {
    if value.contains(&b' ') || is_placeholder(value) {
        return false;
    }
    // Any mixed value will do in a drawn table only: with commas, code has lists of names.
    let drawn = separator == b'|' && value.len() >= 6 && Validator::Mixed.accepts(value);
    // `timber274`: a name would have one digit, or an underscore.
    let digits = value.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let numbered =
        value.len() >= 8 && digits >= 2 && value[..value.len() - digits].iter().all(u8::is_ascii_lowercase);
    verdict::looks_secret(value)
        || name.sensitive.label == "PASSWORD"
            && (numbered
                || Validator::HumanPassword.accepts(value)
                || drawn && verdict::is_plain(name, value))
}
