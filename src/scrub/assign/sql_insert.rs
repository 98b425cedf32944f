//! Values that SQL stores in a column with a sensitive name, also those given as parameters:
//! `INSERT INTO users (name, password) VALUES ('...', '...')`.

use super::super::sensitive::Strength;
use super::super::{escape, extent};
use super::name::Name;
use super::operator::Operator;
use super::{Assignment, skip_blank, skip_spaces, verdict};

/// How far from the name the list of columns is read, in bytes.
const COLUMNS: usize = 512;
/// The most quotes and spaces between a name and the separator or bracket beside it.
const QUOTES: usize = 16;
/// How far values are read, in bytes, without those in quotes, which are skipped at once.
const VALUES: usize = 4096;
/// How far values are read, in bytes, with those in quotes.
const LONGEST: usize = 1 << 16;
/// The most rows that are read.
const ROWS: usize = 64;
/// How far after the placeholders for parameters these are searched for, in bytes.
const PARAMETERS: usize = 512;
/// The most brackets that are tried for them.
const OPENED: usize = 4;

/// Finds the values of the column, where the name is in a list of columns that values follow, or is set to a
/// parameter.
pub(super) fn values(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    if name.sensitive.strength == Strength::Faint {
        return;
    }
    let Some((column, mut at)) = column(text, name)
        .and_then(|(column, at)| match row_of_signs(text, at) {
            Some(end) => Some((column, tuple(text, end)?)),
            None => Some((column, at)),
        })
        .or_else(|| updated(text, name))
    else {
        return;
    };
    let farthest = text.len().min(at + LONGEST);
    let mut limit = text.len().min(at + VALUES);
    for _ in 0..ROWS {
        let mut place = 0;
        while at < limit {
            at = skip_blank(text, at);
            if let Some((quote, inside)) = escape::quote_at(text, at) {
                let (end, after) = extent::quoted(text, inside, quote, &[]);
                if place == column
                    && verdict::quoted(
                        text,
                        name,
                        Operator::Equals { spaced: true },
                        quote,
                        &text[inside..end],
                    )
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

/// Returns which column the name is, and where the values of the first row begin.
fn column(text: &[u8], name: &Name) -> Option<(usize, usize)> {
    // Most names are not in a list.
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

/// Returns where the row at `from` ends, if it has placeholders for the parameters of the statement:
/// `VALUES (?, ?)`.
fn row_of_signs(text: &[u8], from: usize) -> Option<usize> {
    let window = &text[from..text.len().min(from + PARAMETERS)];
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"?%$:@_, ".contains(byte);
    let mut depth = 0_usize;
    let length = window.iter().position(|byte| match byte {
        b'(' => {
            depth += 1;
            false
        }
        b')' if depth > 0 => {
            depth -= 1;
            false
        }
        byte => !inner(byte),
    })?;
    let row = &window[..length];
    let first = row.first()?;
    if window[length] != b')' || !matches!(first, b'?' | b'%' | b'$' | b':' | b'@') {
        return None;
    }
    Some(from + length + 1)
}

/// Returns where the first parameter begins of a statement that ends near `from`: in `('bob', '...')`, after
/// its string, as a program has it, or on the next line, as a library logs it.
fn tuple(text: &[u8], from: usize) -> Option<usize> {
    let behind = &text[from..text.len().min(from + PARAMETERS)];
    // The row begins with a string, or with a number or `None`.
    let opens = |at: &usize| {
        let inside = skip_blank(text, from + 1 + at);
        escape::quote_at(text, inside).is_some()
            || text.get(inside).is_some_and(u8::is_ascii_digit)
            || text[inside..].starts_with(b"None")
    };
    // A bracket after a comma holds the arguments of the call. If these are names, no other bracket is tried.
    let given = |at: &usize| behind[..*at].trim_ascii_end().ends_with(b",");
    let mut brackets = memchr::memchr_iter(b'(', behind).take(OPENED);
    let open = brackets.find(|at| opens(at) || given(at)).filter(opens)?;
    Some(from + 1 + open)
}

/// Returns which parameter is that of the column, in a statement that sets it
/// (`UPDATE users SET password=?`), and where the parameters begin.
fn updated(text: &[u8], name: &Name) -> Option<(usize, usize)> {
    let sign = skip_spaces(text, name.end);
    let at = skip_spaces(text, sign + 1);
    if text.get(sign) != Some(&b'=') || !matches!(text.get(at..)?, [b'?', ..] | [b'%', b's', ..]) {
        return None;
    }
    let before = &text[name.start.saturating_sub(COLUMNS)..name.start];
    let set = memchr::memmem::rfind(before, b"SET ").or_else(|| memchr::memmem::rfind(before, b"set "))?;
    let signs = |sign: &[u8]| memchr::memmem::find_iter(&before[set..], sign).count();
    Some((signs(b"?") + signs(b"%s"), tuple(text, at)?))
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;

    #[test]
    fn values_that_are_given_beside_the_statement_go() {
        for text in [
            "INFO sqlalchemy.engine.Engine INSERT INTO users (name, password) VALUES (?, ?)\nINFO sqlalchemy.engine.Engine [generated in 0.00011s] ('bob', '§')\n",
            "INSERT INTO users (password, name) VALUES (?, ?) RETURNING id\n[cached since 0.1s ago] ('§', 'bob')\n",
            "INSERT INTO users (id, password) VALUES (%s, %s); args=(1, '§')",
            "UPDATE users SET name=?, password=? WHERE users.id = ?\n[generated in 0.1s] ('bob', '§', 1)\n",
            "cur.execute('UPDATE users SET password = %s WHERE id = %s', ('§', 1))",
            "cur.execute(\"INSERT INTO users (name, password) VALUES (?, ?)\", (\"bob\", \"§\"))",
            "cur.executemany('INSERT INTO users (name, password) VALUES (%s, %s)',\n  [('bob', '§'), ('ann', '§')])",
            "INSERT INTO users (name, password) VALUES (?, ?)\n[generated in 0.00011s] [('bob', '§'), ('ann', '§')]\n",
        ] {
            for secret in ["q8Z7wv5T4s3Kx9b2", "Wal!nut95"] {
                for json in [false, true] {
                    let around = |text: &str| {
                        if json { serde_json::json!({ "out": text }).to_string() } else { text.to_owned() }
                    };
                    let out = balanced(&around(&text.replace('§', secret)));
                    assert_eq!(out, around(&text.replace('§', "[REDACTED:PASSWORD]")));
                }
            }
        }
        for text in [
            "UPDATE users SET password=? WHERE id=?\n",
            "INSERT INTO users (name, password) VALUES (?, ?)\n",
            "execute(\"INSERT INTO users (name, password) VALUES (?, ?)\", (name, password))\nprint('b8x2Qw91z', 'b8x2Qw91z')\n",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
