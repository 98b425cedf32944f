//! Values that SQL inserts into a column with a sensitive name: `INSERT INTO users (name, password) VALUES ('...', '...')`.

use super::super::sensitive::Strength;
use super::super::{escape, extent};
use super::name::Name;
use super::operator::Operator;
use super::{Assignment, skip_blank, skip_spaces, verdict};

/// So far from the name the list of columns is looked at, in bytes.
const COLUMNS: usize = 512;
/// Between a name and what parts it from the next there are at most so many quotes and spaces.
const QUOTES: usize = 16;
/// So many bytes of values and rows are looked at, and so many with what stands between quotes, which is passed over at once.
const VALUES: usize = 4096;
const LONGEST: usize = 1 << 16;
const ROWS: usize = 64;
/// So far behind the signs that stand for values these are looked for, and in so many brackets.
const PARAMETERS: usize = 512;
const OPENED: usize = 4;

/// Finds the values of the column, where the name is one of a list of columns that values follow.
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

/// Where the row at `from` ends, if signs stand in it in the places of values that the statement is given: `VALUES (?, ?)`.
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

/// Where the first of the values stands that a statement is given which ends near `from`: of `('bob', '...')` behind its string or on the next
/// line, as a program has it and a library logs it.
fn tuple(text: &[u8], from: usize) -> Option<usize> {
    let behind = &text[from..text.len().min(from + PARAMETERS)];
    // The row has a string, or what has no quotes.
    let opens = |at: &usize| {
        let inside = skip_blank(text, from + 1 + at);
        escape::quote_at(text, inside).is_some()
            || text.get(inside).is_some_and(u8::is_ascii_digit)
            || text[inside..].starts_with(b"None")
    };
    // The arguments of a call, if they are names, are the values.
    let given = |at: &usize| behind[..*at].trim_ascii_end().ends_with(b",");
    let mut brackets = memchr::memchr_iter(b'(', behind).take(OPENED);
    let open = brackets.find(|at| opens(at) || given(at)).filter(opens)?;
    Some(from + 1 + open)
}

/// Which of the values that a statement is given is that of the column, which it sets (`UPDATE users SET password=?`), and where they begin.
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
