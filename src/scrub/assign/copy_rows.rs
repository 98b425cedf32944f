//! Columns under a sensitive name in the rows of a `COPY` statement of `PostgreSQL`.

use super::super::escape;
use super::super::placeholder::is_placeholder;
use super::super::sensitive::Strength;
use super::Assignment;
use super::name::Name;

/// How far from the name the statement is read, in bytes.
const HEAD: usize = 512;
/// How far the rows below it are read, in bytes.
const BODY: usize = 4096;
/// The most rows that are read.
const ROWS: usize = 32;

/// Finds the values below the name, where it is in the list of columns of such a statement.
pub(super) fn values(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    if name.sensitive.strength == Strength::Faint {
        return;
    }
    let Some(rows) = copied(text, name) else { return };
    let limit = text.len().min(rows.from + BODY);
    let mut at = rows.from;
    for _ in 0..ROWS {
        let start = at + escape::line_break(text, at);
        if start == at || start >= limit {
            return;
        }
        let end = line_end(text, start, limit);
        let Some((from, to)) = rows.cell(&text[start..end]).map(|(from, to)| (start + from, start + to))
        else {
            return;
        };
        let value = &text[from..to];
        if !is_placeholder(value) && value != br"\N" {
            out.push(Assignment { start: from, end: to, label: name.sensitive.label, quote: None });
        }
        at = end;
    }
}

/// How the rows are written, and which of their cells is read.
struct Rows {
    /// Where the statement ends.
    from: usize,
    /// The separator of the cells.
    between: Vec<u8>,
    column: usize,
    columns: usize,
}

impl Rows {
    /// Returns the cell of the column in a row.
    fn cell(&self, row: &[u8]) -> Option<(usize, usize)> {
        let mut first = 0;
        let mut cells = Vec::new();
        for at in memchr::memmem::find_iter(row, &self.between) {
            cells.push((first, at));
            first = at + self.between.len();
        }
        cells.push((first, row.len()));
        let cell = *cells.get(self.column)?;
        (cells.len() == self.columns && cell.1 > cell.0).then_some(cell)
    }
}

/// Matches `COPY users (id, password) FROM stdin;`.
fn copied(text: &[u8], name: &Name) -> Option<Rows> {
    let head = &text[name.start.saturating_sub(HEAD)..name.start];
    let open = memchr::memrchr(b'(', head)?;
    let table = head[..open].trim_ascii_end();
    let word = table.iter().rev().take_while(|byte| !byte.is_ascii_whitespace()).count();
    if !table[..table.len() - word].to_ascii_lowercase().ends_with(b"copy ") {
        return None;
    }
    let rest = &text[name.end..text.len().min(name.end + HEAD)];
    let close = memchr::memchr(b')', rest)?;
    let behind = &rest[close..];
    let stdin = b") from stdin;";
    if !behind.get(..stdin.len())?.eq_ignore_ascii_case(stdin) {
        return None;
    }
    let commas = |part: &[u8]| memchr::memchr_iter(b',', part).count();
    let column = commas(&head[open..]);
    let from = name.end + close + stdin.len();
    // The tab may be escaped, as the text around it is.
    let next = from + escape::line_break(text, from);
    let row = &text[next..line_end(text, next, text.len().min(next + BODY))];
    let tab = row.iter().position(|&byte| byte == b'\t').map(|at| &row[at..=at]).or_else(|| {
        let at = memchr::memmem::find(row, br"\t")?;
        let first = row[..at].iter().rposition(|&byte| byte != b'\\').map_or(0, |last| last + 1);
        row.get(first..at + 2)
    });
    let columns = 1 + column + commas(&rest[..close]);
    Some(Rows { from, between: tab.unwrap_or(b"\t").to_vec(), column, columns })
}

/// Returns where the line around `at` ends, at any layer, no later than `to`.
fn line_end(text: &[u8], at: usize, to: usize) -> usize {
    escape::find_break(text, at, to).unwrap_or(to)
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cell_goes_and_its_neighbours_stay(
            password in "[a-z]{3}[A-Z]{3}[0-9]{4}",
            layer in prop::sample::select(vec![("\n", "\t"), (r"\n", r"\t"), (r"\\n", r"\\t")]),
            others in 1usize..4,
            column in 0usize..4,
        ) {
            let (line, tab) = layer;
            let column = column.min(others);
            let cells = |of: &dyn Fn(usize) -> String| (0..=others).map(of).collect::<Vec<_>>();
            let names = cells(&|at| if at == column { "password".to_owned() } else { format!("name{at}") });
            let row = cells(&|at| if at == column { password.clone() } else { format!("value {at}") });
            let marked = cells(&|at| if at == column { "[REDACTED:PASSWORD]".to_owned() } else { format!("value {at}") });
            let copy = |cells: &[String]| {
                format!("COPY public.users ({}) FROM stdin;{line}{}{line}", names.join(", "), cells.join(tab))
            };
            prop_assert_eq!(balanced(&copy(&row)), copy(&marked));
        }
    }

    #[test]
    fn lists_of_words_are_no_rows() {
        for text in
            ["COPY users (id, password) FROM stdin;\n1\t\\N\n", "COPY users (id, password) FROM stdin;\n1\n"]
        {
            assert_eq!(balanced(text), text);
        }
    }
}
