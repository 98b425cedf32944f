//! Columns under a sensitive name, or the cell beside it, in tables drawn with box characters:
//! `│ user │ password │`.

use super::super::escape;
use super::super::placeholder::is_placeholder;
use super::super::sensitive::Strength;
use super::name::Name;
use super::{Assignment, table, verdict};

/// How far below the header row is searched, in bytes.
const BODY: usize = 8192;
/// The most rows that are read.
const ROWS: usize = 32;
/// The length of every box character, in bytes.
const WIDTH: usize = 3;
/// The byte that every box character begins with.
const FIRST: u8 = 0xE2;
/// The most spaces after the name in its cell.
const BLANKS: usize = 128;

/// Finds the values below the name, where it is a header cell of a table, and the one beside it.
pub(super) fn values(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    let blank = |byte: &&u8| **byte == b' ';
    let after = name.end + text[name.end..].iter().take(BLANKS).take_while(blank).count();
    let bar_behind = bar_at(text, after);
    if !bar_behind && escape::line_break(text, after) == 0 || name.sensitive.strength == Strength::Faint {
        return;
    }
    let Some(end) = table::line_end(text, after) else { return };
    let first = table::line_start(text, name.start);
    let column = bars(text, first, name.start).count();
    let columns = bars(text, first, end).count();
    if column == 0 && !bar_behind {
        return;
    }
    if bar_behind {
        let cell = cell(text, first, end, column + 1);
        let value = &text[cell.0..cell.1];
        if verdict::stands_out(name, value) && !is_placeholder(value) && verdict::is_plain(name, value) {
            out.push(Assignment { start: cell.0, end: cell.1, label: name.sensitive.label, quote: None });
        }
    }
    let limit = text.len().min(end + BODY);
    let mut at = end;
    for _ in 0..ROWS {
        let start = at + escape::line_break(text, at);
        if start == at || start >= limit {
            return;
        }
        let Some(end) = table::line_end(text, start) else { return };
        if !is_rule(&text[start..end]) {
            if bars(text, start, end).count() != columns {
                return;
            }
            let cell = cell(text, start, end, column);
            let value = &text[cell.0..cell.1];
            // The header of another table.
            if value.eq_ignore_ascii_case(&text[name.start..name.end]) {
                return;
            }
            if !value.is_empty() && table::is_secret(name, b'|', value) {
                let label = name.sensitive.label;
                out.push(Assignment { start: cell.0, end: cell.1, label, quote: None });
            }
        }
        at = end;
    }
}

/// Whether a bar that separates two cells is at `at`: `│`, `┃`, `║`, `┆`, `┊`.
fn bar_at(text: &[u8], at: usize) -> bool {
    matches!(text.get(at..at + WIDTH), Some([FIRST, 0x94, 0x82 | 0x83 | 0x86 | 0x8A] | [FIRST, 0x95, 0x91]))
}

/// Returns the offsets of the bars between `from` and `to`.
fn bars(text: &[u8], from: usize, to: usize) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr_iter(FIRST, &text[from..to]).map(move |at| from + at).filter(|&at| bar_at(text, at))
}

/// Whether the line is nothing but a rule, as drawn between the rows of a table.
fn is_rule(line: &[u8]) -> bool {
    let drawn = |part: &[u8]| matches!(part, [FIRST, 0x94 | 0x95, _]);
    let mut at = 0;
    let mut lines = 0;
    while at < line.len() {
        let is_drawn = line.get(at..at + WIDTH).is_some_and(drawn);
        // The bars of a row of empty cells make no rule.
        lines += usize::from(is_drawn && !bar_at(line, at) || line[at] == b'-');
        at += match line[at] {
            b' ' | b'-' => 1,
            _ if is_drawn => WIDTH,
            _ => return false,
        };
    }
    lines > 0
}

/// Returns the cell after `column` bars, without the spaces and quotes around its text.
fn cell(text: &[u8], start: usize, end: usize, column: usize) -> (usize, usize) {
    let mut bars = bars(text, start, end);
    let mut first = match column {
        0 => start,
        _ => bars.nth(column - 1).map_or(end, |bar| bar + WIDTH),
    };
    let mut last = bars.next().unwrap_or(end).max(first);
    let around = |byte: u8| matches!(byte, b' ' | b'`' | b'\'' | b'"');
    while first < last && around(text[first]) {
        first += 1;
    }
    while last > first && around(text[last - 1]) {
        last -= 1;
    }
    (first, last)
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cell_goes_and_its_neighbours_stay(
            secret in prop::sample::select(vec!["q8Z7wv5T4s3Kx9b2", "Wal!nut95", "Vt73JBNb9Mt_CG3x"]),
            line in prop::sample::select(vec!["\n", r"\n", r"\\n", "\r\n"]),
            table in prop::sample::select(vec![
                "│ user │ password │|├──────┼──────────┤|│ bob  │ § │|│ ann  │ §   │|└──────┴──────────┘",
                "┃ user ┃ password ┃|┡━━━━━━╇━━━━━━━━━━┩|│ bob  │ § │|└──────┴──────────┘",
                "│ # │ password │ user │|├───┼──────────┼──────┤|│ 0 │ § │ bob │|╰───┴──────────┴──────╯",
                "│  user   │     password     │|│ varchar │     varchar      │|├─────────┼──────────────────┤|│ bob     │ § │",
                "│ user ┆ password │|│ ---  ┆ ---      │|│ str  ┆ str      │|╞══════╪══════════╡|│ bob  ┆ § │",
                "║ password ║ user ║|╠══════════╬══════╣|║ § ║ bob ║",
                " user │ password |──────┼──────────| bob  │ §|",
                "│ DB_PASSWORD │ § │",
                "│ password │ § │ x │",
            ]),
        ) {
            let text = table.replace('|', line);
            let expected = text.replace('§', "[REDACTED:PASSWORD]");
            prop_assert_eq!(balanced(&text.replace('§', secret)), expected);
        }
    }

    #[test]
    fn what_else_is_drawn_stays() {
        for text in [
            "│ user │ password │\n├──────┼──────────┤\n│ bob  │ required │\n",
            "│ Forgot password │ Wal!nut │",
            "├── password.py\n│   ├── token2.rs\n│   └── b8x2Qw91z\n",
            "│ password │\n│ b8x2Qw91z │ x │\n",
            "│ token │ string │ the token of the session │\n│ user2 │ string │ x │\n",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
