//! Values that SQL inserts into a column with a sensitive name: `INSERT INTO users (name, password) VALUES ('...', '...')`.

use super::super::sensitive::Strength;
use super::super::{escape, extent};
use super::joint::Joint;
use super::name::Name;
use super::{Assignment, judge, skip_blank};

/// So far from the name the list of columns is looked at, in bytes.
const COLUMNS: usize = 512;
/// Between a name and what parts it from the next there are at most so many quotes and spaces.
const QUOTES: usize = 16;
/// So many bytes of values and rows are looked at, and so many with what stands between quotes, which is passed over at once.
const VALUES: usize = 4096;
const LONGEST: usize = 1 << 16;
const ROWS: usize = 64;

/// Finds the values of the column, where the name is one of a list of columns that values follow.
pub(super) fn values(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    if name.sensitive.strength == Strength::Faint {
        return;
    }
    let Some((column, mut at)) = column(text, name) else { return };
    let farthest = text.len().min(at + LONGEST);
    let mut limit = text.len().min(at + VALUES);
    for _ in 0..ROWS {
        let mut place = 0;
        while at < limit {
            at = skip_blank(text, at);
            if let Some((quote, inside)) = escape::quote_at(text, at) {
                let (end, after) = extent::quoted(text, inside, quote, &[]);
                if place == column
                    && judge::quoted(text, name, Joint::Equals { spaced: true }, quote, &text[inside..end])
                {
                    let label = name.sensitive.label;
                    out.push(Assignment { start: inside, end, label, quote: None });
                }
                limit = farthest.min(limit + (after - at));
                at = after;
            }
            if at >= limit {
                return;
            }
            let rest = &text[at..limit];
            let Some(end) = rest.iter().position(|byte| matches!(byte, b',' | b')' | b'\n' | b'"' | b'\''))
            else {
                return;
            };
            at += end;
            if text[at] != b',' {
                break;
            }
            at += 1;
            place += 1;
        }
        if at >= limit || text[at] != b')' {
            return;
        }
        let comma = skip_blank(text, at + 1);
        if text.get(comma) != Some(&b',') {
            return;
        }
        let open = skip_blank(text, comma + 1);
        if text.get(open) != Some(&b'(') {
            return;
        }
        at = open + 1;
    }
}

/// Which column the name is, and where the first row's values begin.
fn column(text: &[u8], name: &Name) -> Option<(usize, usize)> {
    // Most names are none of a list.
    let around = |byte: &&u8| !matches!(byte, b' ' | b'`' | b'"' | b'[' | b']' | b'\\');
    if !matches!(text[..name.start].iter().rev().take(QUOTES).find(around), Some(b'(' | b','))
        || !matches!(text[name.end..].iter().take(QUOTES).find(around), Some(b')' | b','))
    {
        return None;
    }
    let inner = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b',' | b' ' | b'`' | b'"' | b'[' | b']' | b'\\')
    };
    let before = &text[name.start.saturating_sub(COLUMNS)..name.start];
    let first = before.iter().rposition(|&byte| !inner(byte))?;
    let column = memchr::memchr_iter(b',', &before[first..]).count();
    let after = &text[name.end..text.len().min(name.end + COLUMNS)];
    let last = after.iter().position(|&byte| !inner(byte))?;
    if before[first] != b'(' || after[last] != b')' {
        return None;
    }
    let word = skip_blank(text, name.end + last + 1);
    if !text.get(word..word + 6)?.eq_ignore_ascii_case(b"values") {
        return None;
    }
    let open = skip_blank(text, word + 6);
    (text.get(open) == Some(&b'(')).then_some((column, open + 1))
}
