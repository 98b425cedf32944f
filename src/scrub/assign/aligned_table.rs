//! Columns under a sensitive name in tables whose cells are separated by spaces: those that programs print
//! (`USER  PASSWORD` above `bob   ...`), and those that databases print, with dashes below the names.

use super::super::escape;
use super::super::sensitive::Strength;
use super::super::validate::Validator;
use super::name::Name;
use super::non_secret::is_pattern;
use super::{Assignment, table};

/// How far below the header row is searched, in bytes.
const BODY: usize = 4096;
/// The most rows that are read.
const ROWS: usize = 32;

/// Finds the values below the name, where it is a header cell of such a table.
pub(super) fn values(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    let sensitive = name.sensitive;
    if name.quote.is_some()
        || sensitive.strength == Strength::Faint
        || sensitive.strength == Strength::Weak && sensitive.label == "KEY"
        || !is_cell(text, name)
    {
        return;
    }
    let Some(end) = table::line_end(text, name.end) else { return };
    let below = end + escape::line_break(text, end);
    if below == end || below >= text.len() {
        return;
    }
    // Most names occur in sentences.
    let wide = text[..name.start].ends_with(b"  ") || text[name.end..].starts_with(b"  ");
    let indexed = indexed(text, below);
    if !wide && !indexed && !matches!(text[below], b'-' | b' ') {
        return;
    }
    let first = table::line_start(text, name.start);
    let head = &text[first..end];
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" _-.()/#%".contains(byte);
    // A name with its value beside it is no header.
    let mut words = head.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    if !head.iter().all(plain) || words.clone().any(|word| is_secret(name, word)) {
        return;
    }
    let place = (name.start - first, name.end - first);
    let ruled = table::line_end(text, below)
        .and_then(|end| group(&text[below..end], place).map(|group| (group, end)));
    let (column, mut at) = match ruled {
        Some((group, end)) => (Column::Ruled(group), end),
        None if indexed && head.starts_with(b" ") => {
            let column = head[..place.0].split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count();
            (Column::Indexed(column + 1, words.count() + 1), end)
        }
        // A line of a listing is no header: `db-creds   Opaque   2   5d`.
        None if wide
            && !text[name.start..name.end].contains(&b'-')
            && words.all(|word| !word[0].is_ascii_digit())
            && head.trim_ascii().windows(2).any(|pair| pair == b"  ") =>
        {
            (Column::Below(place), end)
        }
        None => return,
    };
    let limit = text.len().min(end + BODY);
    for _ in 0..ROWS {
        let start = at + escape::line_break(text, at);
        if start == at || start >= limit {
            return;
        }
        let Some(end) = table::line_end(text, start) else { return };
        let row = &text[start..end];
        if row.trim_ascii().is_empty() {
            return;
        }
        let Some((from, to)) = column.cell(row) else {
            // A line with text across the columns is no row.
            if !column.is_empty(row) {
                return;
            }
            at = end;
            continue;
        };
        // The closing quote of the enclosing string is not part of the cell.
        let to = to - row[from..to].iter().rev().take_while(|byte| matches!(byte, b'\'' | b'`')).count();
        // The header of another table.
        if row[from..to].eq_ignore_ascii_case(&text[name.start..name.end]) {
            return;
        }
        if is_secret(name, &row[from..to]) {
            out.push(Assignment {
                start: start + from,
                end: start + to,
                label: sensitive.label,
                quote: None,
            });
        }
        at = end;
    }
}

/// Whether the name is set apart by spaces, or by the beginning or end of its line, and followed by a word if
/// by anything.
fn is_cell(text: &[u8], name: &Name) -> bool {
    let after = text[name.end..].iter().take(64).take_while(|byte| **byte == b' ').count();
    let ends = escape::line_break(text, name.end + after) > 0;
    let before = text[..name.start].iter().rev().take(64).take_while(|byte| **byte == b' ').count();
    let first = name.start - before;
    let begins = first == 0
        || matches!(text[first - 1], b'\n' | b'"' | b'\'')
        || escape::is_escape_letter(text, first - 1);
    (ends || after > 0)
        && (begins || before > 0)
        && (ends || text.get(name.end + after).is_some_and(u8::is_ascii_alphanumeric))
}

/// Whether the line at `from` begins with the number of the first row, as a data frame prints it.
fn indexed(text: &[u8], from: usize) -> bool {
    text[from..].starts_with(b"0 ")
}

fn is_secret(name: &Name, value: &[u8]) -> bool {
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.~+/=:$".contains(byte);
    // What programs print of tokens may also be their digests, so a token must look random.
    !value.contains(&b'\\')
        && table::is_secret(name, b' ', value)
        && !is_pattern(value)
        && (name.sensitive.label == "PASSWORD" || value.iter().all(token) && Validator::Random.accepts(value))
}

/// Returns where the dashes under the name at `place` begin in the `rule` line, and where those of the next
/// column do.
fn group(rule: &[u8], place: (usize, usize)) -> Option<(usize, usize)> {
    const SHORTEST: usize = 2;
    if !rule.iter().all(|byte| matches!(byte, b'-' | b' ')) {
        return None;
    }
    let last = rule[..place.1.min(rule.len())].iter().rposition(|byte| *byte == b'-')?;
    let start = rule[..last].iter().rposition(|byte| *byte == b' ').map_or(0, |blank| blank + 1);
    let end = last + rule[last..].iter().take_while(|byte| **byte == b'-').count();
    let next = end + rule[end..].iter().take_while(|byte| **byte == b' ').count();
    let next = if next < rule.len() { next } else { usize::MAX };
    (start <= place.0 && end >= start + SHORTEST).then_some((start, next))
}

/// Where the cells of a column are in their lines.
enum Column {
    /// From where its dashes begin to where those of the next column do.
    Ruled((usize, usize)),
    /// Under the name: the cells begin or end where it does.
    Below((usize, usize)),
    /// The word of this number in rows of so many words, the first of which is the number of the row.
    Indexed(usize, usize),
}

impl Column {
    /// Whether the column is empty in a row.
    fn is_empty(&self, row: &[u8]) -> bool {
        let (Self::Ruled((start, end)) | Self::Below((start, end))) = *self else { return false };
        row.iter().take(end).skip(start).all(|byte| *byte == b' ')
    }

    /// Returns the single word of the column in a row.
    fn cell(&self, row: &[u8]) -> Option<(usize, usize)> {
        let blank = |at: usize| row.get(at).is_none_or(|byte| *byte == b' ');
        let word = |at: usize| {
            let start = row[..at].iter().rposition(|byte| *byte == b' ').map_or(0, |blank| blank + 1);
            let end = at + row[at..].iter().take_while(|byte| **byte != b' ').count();
            (start, end)
        };
        match *self {
            Self::Indexed(column, columns) => {
                let begins = |at: &usize| !blank(*at) && (*at == 0 || blank(*at - 1));
                let starts: Vec<usize> = (0..row.len()).filter(begins).collect();
                let numbered = starts.first().is_some_and(|first| row[*first].is_ascii_digit());
                (starts.len() == columns && numbered).then(|| word(starts[column]))
            }
            Self::Ruled((start, next)) => {
                let end = next.min(row.len());
                let cell = row.get(start..end)?;
                let from = start + cell.iter().position(|byte| *byte != b' ')?;
                let to = start + cell.iter().rposition(|byte| *byte != b' ')? + 1;
                let apart = (start == 0 || blank(start - 1)) && (next > row.len() || blank(next - 1));
                (apart && !row[from..to].contains(&b' ')).then_some((from, to))
            }
            Self::Below((start, end)) => {
                let left = !blank(start) && (start == 0 || blank(start - 1));
                // The enclosing string may end here.
                let ends = || blank(end) || matches!(row[end], b'\'' | b'`');
                let right = end <= row.len() && !blank(end - 1) && ends();
                if left { Some(word(start)) } else { right.then(|| word(end - 1)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cell_goes_and_its_neighbours_stay(
            secret in prop::sample::select(vec!["q8Z7wv5T4s3Kx9b2", "Wal!nut951234567", "Vt73JBNb9Mt_CG3x"]),
            line in prop::sample::select(vec!["\n", r"\n", r"\\n", "\r\n"]),
            around in prop::sample::select(vec![("", ""), ("{\"out\": \"", "\"}"), ("x = '", "'"), ("$ show|", "|$ ")]),
            table in prop::sample::select(vec![
                "USER  PASSWORD|bob   §|ann   §",
                "USER  PASSWORD          HOST|bob   §  h",
                "PASSWORD           USER|§   bob",
                "user  password|----  ----------------|bob   §",
                "user password|---- --------|bob  §",
                "  user          password|0  bob  §|1  ann  §",
                " password |----------| §|(1 row)",
                "     password     |------------------| §|(1 row)|",
                "password|--------|§",
                "  user password|0  bob §|1  ann §",
                "   id  name  email    password    created|0   1   bob  a@b.c  §  2024-01-01",
            ]),
        ) {
            // In a string line breaks are escaped.
            if around.0.ends_with(['\"', '\'']) != line.starts_with('\\') && !around.0.is_empty() {
                return Ok(());
            }
            let text = format!("{}{table}{}", around.0, around.1).replace('|', line);
            prop_assert_eq!(balanced(&text.replace('§', secret)), text.replace('§', "[REDACTED:PASSWORD]"));
        }
    }

    #[test]
    fn what_else_stands_in_columns_stays() {
        for text in [
            "NAME         TYPE    DATA  AGE\ndb-password  Opaque  1     3d\n",
            "user  password\n----  --------\nbob   required\n",
            "Password\n--------\nIt has b8x2Qw91z in it.\n",
            "the user  password\nis b8x2Qw91z\n",
            "db-creds   Opaque   2   5d\ndefault-token-x7k2p   Opaque   3   5d\n",
            "#define SSL_MASTER_KEY   2\n#define SSL_CK_RC4_128_EXPORT40_MD5  3\n",
            "rule     the-token\npattern  ghp_[A-Za-z0-9]{20,}\n",
            "KEY       SIZE\nb8x2Qw91z 12\n",
            "password  host\n\nb8x2Qw91z\n",
            "user  password\nbob is the name\nann   b8x2Qw91z\n",
            "user password\nbob  b8x2Qw91z\n",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
