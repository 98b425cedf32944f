//! Columns of CSV rows under a sensitive name, as spreadsheets, browsers and libraries write them: only the
//! cells that need quotes have them, doubled inside. Rows without any quotes are found by `table.rs` first.

use super::super::escape;
use super::super::placeholder::is_placeholder;
use super::super::sensitive::Strength;
use super::super::validate::Validator;
use super::name::Name;
use super::non_secret::is_address;
use super::{Assignment, ends_line, table, verdict};

/// How far from the name the header row is searched, in bytes.
const HEAD: usize = 512;
/// How far below the header row is searched, in bytes.
const BODY: usize = 4096;
/// The most rows that are read.
const ROWS: usize = 32;
/// The most cells of a row.
const COLUMNS: usize = 64;
/// The longest part of a cell on either side of the sensitive word in it, in bytes.
const WORDS: usize = 48;

/// Finds the values below the name, where it is a header cell of such rows.
pub(super) fn values(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    if name.sensitive.strength == Strength::Faint {
        return;
    }
    named(text, name, out);
    let Some(head) = head(text, name) else { return };
    let limit = text.len().min(head.end + BODY);
    // A string that Python prints ends at its quote.
    let printed = head.printed.then(|| memchr::memchr(b'\'', &text[head.end..limit])).flatten();
    let limit = printed.map_or(limit, |at| head.end + at);
    let mut at = head.end;
    for _ in 0..ROWS {
        let start = at + escape::line_break(text, at);
        if start == at || start >= limit {
            return;
        }
        let Some((cells, end)) = row(text, start, limit, head.separator) else { return };
        if cells.len() != head.columns {
            return;
        }
        let cell = &cells[head.column];
        let value = &text[cell.start..cell.end];
        // The header of another table.
        if value.eq_ignore_ascii_case(&text[name.start..name.end]) {
            return;
        }
        let taken = out.iter().any(|found| found.start == cell.start);
        let chosen = || head.users && !text[start..end].contains(&b' ') && is_chosen(name, value);
        if !taken && (is_secret(name, value, cell.quoted) || chosen()) {
            let label = name.sensitive.label;
            let parts = parts(text, cell);
            out.extend(parts.map(|(start, end)| Assignment { start, end, label, quote: None }));
        }
        at = end;
    }
}

/// Whether a cell holds a secret. What is quoted because of a comma, a semicolon or a quote in it is no word.
fn is_secret(name: &Name, value: &[u8], quoted: bool) -> bool {
    let marked = || {
        quoted
            && name.sensitive.label == "PASSWORD"
            && value.len() >= 6
            && !value.contains(&b' ')
            && value.iter().any(|byte| matches!(byte, b'"' | b',' | b';'))
            && Validator::Mixed.accepts(value)
    };
    !value.is_empty() && !is_placeholder(value) && (table::is_secret(name, b',', value) || marked())
}

/// Whether a cell beside that of a user is a password that people chose, however weak: `hunter2`.
fn is_chosen(name: &Name, value: &[u8]) -> bool {
    const SHORTEST: usize = 6;
    name.sensitive.label == "PASSWORD"
        && value.len() >= SHORTEST
        && value.iter().all(u8::is_ascii_graphic)
        && Validator::Mixed.accepts(value)
        && !is_placeholder(value)
        && verdict::is_plain(name, value)
        && !verdict::is_version(value)
        && !is_address(value)
}

/// Finds the value in the cell after the name, in rows of names and values: `name,value` above
/// `DB_PASSWORD,...`.
fn named(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    /// The longest value, in bytes.
    const LONGEST: usize = 256;
    const NAMES: [&[u8]; 5] = [b"name", b"key", b"variable", b"setting", b"env"];
    let quote = name.quote.map_or(0, |quote| 1 + quote.backslashes());
    let Some(separator @ (b',' | b';')) = text.get(name.end + quote) else { return };
    let first = name.start - quote;
    if !escape::line_break_before(text, first) {
        return;
    }
    let limit = text.len().min(first + BODY);
    let Some((cell, after)) = cell(text, name.end + quote + 1, limit, *separator) else { return };
    let value = &text[cell.start..cell.end];
    let secret = is_secret(name, value, cell.quoted) || !value.contains(&b' ') && is_chosen(name, value);
    if !secret || value.len() > LONGEST || !ends_line(text, after) {
        return;
    }
    let heads = |line: &[u8]| {
        let word = line.strip_suffix(b"value").and_then(|line| line.strip_suffix(&[*separator]));
        word.is_some_and(|word| NAMES.iter().any(|known| word.ends_with(known)))
    };
    let before = text[first.saturating_sub(BODY)..first].to_ascii_lowercase();
    let head = memchr::memmem::find_iter(&before, b"value").any(|at| {
        let end = at + b"value".len();
        escape::line_break(&before, end) > 0 && heads(&before[..end])
    });
    if head {
        let label = name.sensitive.label;
        out.extend(parts(text, &cell).map(|(start, end)| Assignment { start, end, label, quote: None }));
    }
}

/// Returns the spans of the cell's text between its doubled quotes, which are left out.
fn parts<'t>(text: &'t [u8], cell: &Cell) -> impl Iterator<Item = (usize, usize)> + 't {
    let (start, end) = (cell.start, cell.end);
    let ends = memchr::memchr_iter(b'"', &text[start..end]).map(move |at| (start + at, start + at + 1));
    let mut from = start;
    ends.chain([(end, end)]).filter_map(move |(quote, after)| {
        let last = quote - escape::backslashes_before(text, from, quote);
        let part = (from, last);
        from = after;
        (part.1 > part.0).then_some(part)
    })
}

/// The header row: where it ends, the separator of its cells, their number, and which of them the name is.
struct Head {
    end: usize,
    separator: u8,
    column: usize,
    columns: usize,
    /// Whether another column has users or their addresses.
    users: bool,
    /// Whether the row begins a string in single quotes.
    printed: bool,
}

/// Whether a header cell is the word for a user or an address.
fn says_user(cell: &[u8]) -> bool {
    const USERS: [&[u8]; 7] = [b"user", b"username", b"login", b"email", b"url", b"user name", b"account"];
    USERS.iter().any(|known| cell.eq_ignore_ascii_case(known))
}

/// Reads the header row around the name.
fn head(text: &[u8], name: &Name) -> Option<Head> {
    // Most names are not cells: a cheap test comes first.
    let close = behind_cell(text, name.end);
    let open = before_cell(text, name.start);
    let before = |separator: u8| {
        let tab = separator == b'\t' && open > 0 && escape::is_escape_letter(text, open - 1);
        tab || text[..open].last() == Some(&separator)
    };
    let separator = [b',', b';', b'\t'].into_iter().find(|&separator| {
        parting(text, close, separator) > 0 || before(separator) && escape::line_break(text, close) > 0
    })?;
    let end = escape::find_break(text, close, text.len().min(close + HEAD))?;
    let begin = begin(text, name.start, end, separator)?;
    let (cells, after) = row(text, begin, end, separator)?;
    let column = cells.iter().position(|cell| cell.start <= name.start && name.end <= cell.end)?;
    // Too many words for a header: `from module import First, Second`.
    let is_name = |cell: &Cell| {
        let cell = &text[cell.start..cell.end];
        cell.iter().all(|byte| is_plain(*byte)) && memchr::memchr_iter(b' ', cell).count() <= 2
    };
    let last = cells.last()?;
    // A tab that indents a line of code separates nothing.
    let indented = separator == b'\t' && cells[0].end == cells[0].start;
    let named = cells.iter().all(is_name) && last.end > last.start && !indented;
    let whole = after == end && cells.len() > 1 && named;
    let users = cells.iter().any(|cell| says_user(&text[cell.start..cell.end]));
    let printed = begin > 0 && text[begin - 1] == b'\'';
    whole.then_some(Head { end, separator, column, columns: cells.len(), users, printed })
}

/// Returns where the cell ends whose name ends at `end`, its quote included.
fn behind_cell(text: &[u8], end: usize) -> usize {
    let end = end + text[end..].iter().take(WORDS).take_while(|byte| is_plain(**byte)).count();
    let width = escape::backslashes_at(text, end) + 1;
    if text.get(end + width - 1) == Some(&b'"') { end + width } else { end }
}

/// Returns where the cell begins whose name begins at `start`, its quote and a space before that included.
fn before_cell(text: &[u8], start: usize) -> usize {
    let before = text[..start].iter().rev().take(WORDS).take_while(|byte| is_plain(**byte)).count();
    let mut first = start - before;
    if before > 0 && escape::is_escape_letter(text, first) {
        first += 1;
    }
    match first.checked_sub(1) {
        Some(quote) if text[quote] == b'"' => {
            let lowest = quote.saturating_sub(WORDS);
            let open = quote - escape::backslashes_before(text, lowest, quote);
            open - usize::from(open > 0 && text[open - 1] == b' ')
        }
        _ => first,
    }
}

/// Whether `byte` may occur in a header of several words.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-. /#".contains(&byte)
}

/// Returns where the row around `from` begins, whose line ends at `end`: after the previous line, or in the
/// enclosing string.
fn begin(text: &[u8], from: usize, end: usize, separator: u8) -> Option<usize> {
    let breaks = escape::backslashes_at(text, end);
    let parts = |byte: Option<&u8>| byte == Some(&separator);
    let lowest = from.saturating_sub(HEAD);
    let mut at = from;
    while at > lowest {
        let byte = text[at - 1];
        if byte == b'\n' || byte == b'\'' {
            return Some(at);
        }
        if byte == b'"' {
            let first = at - 1 - escape::backslashes_before(text, lowest, at - 1);
            let tab = separator == b'\t' && first > 0 && escape::is_escape_letter(text, first - 1);
            let blank = usize::from(first > 0 && text[first - 1] == b' ');
            let opens = parts(text[..first - blank].last()) || tab;
            let closes = parts(text.get(at)) || separator == b'\t' && escape::tab(&text[at..]) > 0;
            if !opens && !closes {
                // The quote is that of the first cell, or that of the enclosing string.
                let own =
                    at - 1 - first == (2 * breaks).saturating_sub(1) || first > 0 && text[first - 1] == b'\'';
                return Some(if own { first } else { at });
            }
            at = first;
            continue;
        }
        if escape::is_escape_letter(text, at - 1) && (byte != b't' || separator != b'\t') {
            return (byte == b'n' || byte == b'r').then_some(at);
        }
        at -= 1;
    }
    (at == 0).then_some(0)
}

/// A cell without its quotes.
struct Cell {
    start: usize,
    end: usize,
    quoted: bool,
}

/// Returns the cells of the row at `start`, and where it ends.
fn row(text: &[u8], start: usize, limit: usize, separator: u8) -> Option<(Vec<Cell>, usize)> {
    let mut cells = Vec::new();
    let mut at = start;
    loop {
        let (cell, after) = cell(text, at, limit, separator)?;
        cells.push(cell);
        let length = parting(text, after, separator);
        if length == 0 || cells.len() == COLUMNS {
            return (length == 0).then_some((cells, after));
        }
        at = after + length;
    }
}

/// Returns the length of the separator at `at`, or zero.
fn parting(text: &[u8], at: usize, separator: u8) -> usize {
    match text.get(at) {
        Some(byte) if *byte == separator => 1,
        Some(b'\\') if separator == b'\t' => escape::tab(&text[at..]),
        _ => 0,
    }
}

/// Returns the cell at `start`, and the offset after it.
fn cell(text: &[u8], start: usize, limit: usize, separator: u8) -> Option<(Cell, usize)> {
    let blanks = text.get(start..limit)?.iter().take_while(|byte| **byte == b' ').count();
    let first = start + blanks;
    let width = escape::backslashes_at(text, first) + 1;
    if text.get(first + width - 1) == Some(&b'"')
        && let Some(found) = quoted(text, first + width, width, limit, separator)
    {
        return Some(found);
    }
    let mut at = first;
    while at < limit && !matches!(text[at], b'"' | b'\n' | b'\r') && text[at] != separator {
        if text[at] == b'\\' {
            let length = escape::backslashes_at(text, at);
            if escape::line_break(text, at) > 0
                || text.get(at + length) == Some(&b'"')
                || parting(text, at, separator) > 0
            {
                break;
            }
            at += length;
            continue;
        }
        at += 1;
    }
    let after = at.min(limit);
    let end = after - text[first..after].iter().rev().take_while(|byte| **byte == b' ').count();
    // A cell that reaches the limit may continue after it.
    (after < limit || limit == text.len() || text[limit] == b'\'' || escape::line_break(text, limit) > 0)
        .then_some((Cell { start: first.min(end), end, quoted: false }, after))
}

/// Returns the quoted cell whose opening quote, of `width` bytes with its backslashes, ends at `start`.
fn quoted(text: &[u8], start: usize, width: usize, limit: usize, separator: u8) -> Option<(Cell, usize)> {
    let mut at = start;
    while let Some(found) = memchr::memchr(b'"', text.get(at..limit)?) {
        let found = at + found;
        let slashes = escape::backslashes_before(text, start, found);
        if slashes + 1 < width {
            return None;
        }
        let after = found + 1;
        if slashes + 1 > width {
            at = after;
            continue;
        }
        let mark = &text[after - width..after];
        if text[after..].starts_with(mark) {
            at = after + width;
            continue;
        }
        let next = text.get(after);
        let ends = next.is_none_or(|byte| escape::is_quote(*byte))
            || parting(text, after, separator) > 0
            || escape::line_break(text, after) > 0
            || width > 1 && text[after..].starts_with(b"\\");
        return ends.then_some((Cell { start, end: after - width, quoted: true }, after));
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;
    use proptest::prelude::*;

    const LAYERS: [(&str, &str, &str, &str); 4] = [
        ("\n", "\t", "\"", ""),
        (r"\n", r"\t", r#"\""#, "\""),
        (r"\\n", r"\\t", r#"\\\""#, r#"\""#),
        (r"\n", r"\t", "\"", "'"),
    ];

    #[test]
    fn a_row_may_end_anywhere_around_what_is_looked_at() {
        for length in super::BODY - 16..super::BODY + 16 {
            for (open, close) in [("\"", ""), ("", ""), ("\"", "\""), (" ", " ")] {
                let text = format!("bio,password\n{open}{}{close}, hunter2,x", ")".repeat(length));
                assert!(balanced(&text).starts_with("bio,password\n"));
            }
        }
    }

    proptest! {
        #[test]
        fn a_cell_goes_and_its_neighbours_stay(
            password in "[a-z]{3}[A-Z]{3}[0-9]{4}",
            layer in prop::sample::select(LAYERS.to_vec()),
            marks in prop::collection::vec(any::<bool>(), 8),
            others in 1usize..4,
            column in 0usize..4,
            separator in prop::sample::select(vec![",", ";", "\t"]),
        ) {
            let (line, tab, quote, around) = layer;
            let column = column.min(others);
            let separator = if separator == "\t" { tab } else { separator };
            let cells = |from: usize, secret: &str, other: &str| {
                let cell = |at: usize| {
                    let text = if at == column { secret.to_owned() } else { format!("{other} {at}") };
                    if marks[from + at] { format!("{quote}{text}{quote}") } else { text }
                };
                (0..=others).map(cell).collect::<Vec<_>>().join(separator)
            };
            let table = |secret: &str| {
                let rows = [cells(0, "password", "name"), cells(4, secret, "a value"), cells(4, secret, "a value")];
                format!("{around}{}{line}{around}", rows.join(line))
            };
            prop_assert_eq!(balanced(&table(&password)), table("[REDACTED:PASSWORD]"));
        }

        #[test]
        fn any_bytes_are_read(text in prop::collection::vec(prop_oneof![
            Just("password"), Just(","), Just("\""), Just("\\\""), Just("\\n"), Just("\n"), Just("x"), Just("\t"), Just("\\t"), Just(" "), Just("'"),
        ], 0..60)) {
            balanced(&text.concat());
        }
    }

    #[test]
    fn quotes_inside_are_doubled() {
        for (text, secret) in [
            ("user,password\nbob,\"Wal\"\"nut,95\"\nann,Wal!nut95\n", "nut"),
            ("name,url,username,password,note\n\"My, bank\",https://x.example,bob,Wal!nut95,\n", "nut"),
            ("Url,Login name,Account password\n\"a, b\",bob,Wal!nut95\n", "nut"),
            ("user, password\nbob, \"Wal!nut95\"\n", "nut"),
            ("host,user,pass\n\"b, c\",bob,Wal!nut95\n", "nut"),
            (",user,password\n0,\"b, c\",Wal!nut95\n", "nut"),
            ("user,password\nbob,walnut5\n", "nut"),
            ("login;password\nbob;\"dry.walnut.5x\"\n", "nut"),
            ("name,value\nHOST,x\nDB_PASSWORD,Wal!nut95", "nut"),
            ("Key;Value\nDB_PASSWORD;\"walnut95\"\n", "nut"),
            ("{\"c\": \"name,value\\nDB_PASSWORD,Wal!nut95\\nX,y\"}", "nut"),
            ("{\"c\": \"{\\\"c\\\": \\\"name,value\\\\nDB_PASSWORD,Wal!nut95\\\"}\"}", "nut"),
        ] {
            let out = balanced(text);
            assert!(!out.contains(secret) && out.contains("[REDACTED:PASSWORD]"), "{out}");
        }
    }

    #[test]
    fn lists_of_words_are_no_rows() {
        for text in [
            "\"user\",\"password\"\n\"only one\"\n",
            "[\"user\",\"password\",\n\"host\",\"port\"]\n",
            "\"id\",\"password\"\n\"1\",\"required\"\n",
            "f(user, password,\n  \"b8x2Qw91z\")\n",
            "\tCHECK(the_key)\n\terase_entry(p_e->m_p_next2);\n",
            "equal(entry.sp_pwdp, entry.sp_pwd)\nequal(entry.sp_lstchg, entry[2])\n",
            "user,password\n\"b, c\",\"${PASSWORD}\"\n",
            "host,port\nDB_PASSWORD,Wal!nut95\n",
            "name,value\nDB_PASSWORD,required\n",
            "    user, password\n    host, port80\n",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
