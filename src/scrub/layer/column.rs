//! Continuations of a broken line that has more around it than a decoration: in a table cell, or after a
//! prefix that all lines share.

use crate::scrub::{escape, line_continuation};

/// How much of a line is read, in bytes.
const LINE: usize = 512;
/// The widest cell, in bytes.
const CELL: usize = 256;
/// The separators of table cells.
const BARS: [&[u8]; 5] =
    [b"|", "\u{2502}".as_bytes(), "\u{2503}".as_bytes(), "\u{2551}".as_bytes(), "\u{a6}".as_bytes()];

/// What a byte may be before the end of a line or of a cell.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut list: &[u8] = b"\n\r\\| \xc2\xe2";
    while let [byte, rest @ ..] = list {
        kinds[*byte as usize] = match byte {
            b'\n' | b'\r' | b'\\' => BREAK,
            b' ' => BLANK,
            _ => BAR,
        };
        list = rest;
    }
    kinds
};
const BREAK: u8 = 1;
const BAR: u8 = 1 << 1;
const BLANK: u8 = 1 << 2;

/// Whether what ends at `end` may continue: a cheap test that may be wrong only when it returns `true`. It
/// has no branches, since the bytes after words are unpredictable.
#[inline]
pub(super) fn may_go_on(text: &[u8], end: usize) -> bool {
    let kind = |at: usize| text.get(at).map_or(0, |byte| KINDS[usize::from(*byte)]);
    let (first, second) = (kind(end), kind(end + 1));
    // After a space only a bar or another space counts.
    let behind = second & (BAR | BLANK) & 0_u8.wrapping_sub(first / BLANK);
    first & (BREAK | BAR) | behind != 0
}

/// Whether what ends at `end` may continue on the next line.
#[inline]
pub(super) fn goes_on(text: &[u8], end: usize) -> bool {
    match text.get(end) {
        Some(b'\n' | b'\r' | b'\\') => escape::line_end(text, end) > 0,
        Some(b' ') => {
            matches!(text.get(end + 1), Some(b' ' | b'|' | 0xc2 | 0xe2)) && bar(text, end).is_some()
        }
        Some(b'|' | 0xc2 | 0xe2) => bar(text, end).is_some(),
        _ => false,
    }
}

/// The places on the next line where what ends at `end` may continue, in ascending order.
pub(super) fn continuations(text: &[u8], end: usize) -> Vec<usize> {
    if escape::line_end(text, end) == 0 {
        return cell_below(text, end).into_iter().collect();
    }
    let mut places: Vec<usize> =
        line_continuation::continuations(&text[end..]).into_iter().map(|length| end + length).collect();
    if let Some(place) = behind_beginning(text, end)
        && let Err(at) = places.binary_search(&place)
    {
        places.insert(at, place);
    }
    places
}

/// Whether more than what a program prints before every line separates the parts, the first of which follows
/// `end`.
pub(super) fn is_apart(text: &[u8], end: usize, parts: &[(usize, usize)]) -> bool {
    let mut end = end;
    parts.iter().any(|&(from, to)| {
        let plain = line_continuation::continuations(&text[end..]).contains(&(from - end));
        end = to;
        !plain
    })
}

/// The length of the bar at `at`, or zero.
fn bar_at(text: &[u8], at: usize) -> usize {
    BARS.iter().find(|bar| text[at..].starts_with(bar)).map_or(0, |bar| bar.len())
}

/// The end of the bar after the spaces at `at`.
fn bar(text: &[u8], at: usize) -> Option<usize> {
    let from = at + text[at..].iter().take(CELL).take_while(|byte| **byte == b' ').count();
    let length = bar_at(text, from.min(text.len()));
    (length > 0).then_some(from + length)
}

/// The first line break at or after `from`, and its length.
fn break_behind(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let at = escape::find_break(text, from, text.len().min(from + LINE))?;
    Some((at, escape::line_break(text, at)))
}

/// The beginning of the line of `at`, which ends with `line_break`: after the previous such break, or where
/// reading stops.
fn line_begin(text: &[u8], at: usize, line_break: &[u8]) -> usize {
    let lowest = at.saturating_sub(LINE);
    let line = &text[lowest..at];
    let found = memchr::memmem::rfind(line, line_break).map(|found| found + line_break.len());
    // The first line in a string begins after the quote.
    let string =
        || memchr::memrchr(b'"', line).filter(|_| line_break.starts_with(b"\\")).map(|quote| quote + 1);
    lowest + found.or_else(string).unwrap_or(0)
}

/// The beginning of the cell in the next row, below the cell of `end`.
fn cell_below(text: &[u8], end: usize) -> Option<usize> {
    let after = bar(text, end)?;
    let (at, length) = break_behind(text, after)?;
    let begin = line_begin(text, end, &text[at..at + length]);
    let row = at + length;
    let (row_end, _) = break_behind(text, row).unwrap_or((text.len().min(row + LINE), 0));
    let mut place = row;
    for _ in 0..bars(text, begin, end).count() {
        place = bars(text, place, row_end).next()?;
    }
    place += text[place..row_end].iter().take_while(|byte| **byte == b' ').count();
    (place < row_end && bar_at(text, place) == 0).then_some(place)
}

/// The ends of the bars between `from` and `to`.
fn bars(text: &[u8], from: usize, to: usize) -> impl Iterator<Item = usize> + '_ {
    memchr::memchr3_iter(b'|', 0xc2, 0xe2, &text[from..to]).filter_map(move |at| {
        let length = bar_at(text, from + at);
        let end = from + at + length;
        (length > 0 && end <= to).then_some(end)
    })
}

/// Where the next line continues after the prefix that both lines share: the same bytes, with any digits in
/// place of digits.
fn behind_beginning(text: &[u8], end: usize) -> Option<usize> {
    // The backslash of a shell's line continuation is not part of the break.
    let whole = escape::line_end(text, end);
    let length = escape::line_break(text, end);
    let (at, length) = if whole > length { (end + 1, whole - 1) } else { (end, length) };
    let begin = line_begin(text, end, &text[at..at + length]);
    let next = at + length;
    let alike = |(one, other): &(&u8, &u8)| one == other || one.is_ascii_digit() && other.is_ascii_digit();
    let same = text[begin..end].iter().zip(&text[next..]).take_while(alike).count();
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-/=_.~".contains(byte);
    let last = text[next..next + same].iter().rposition(|byte| !is_token(byte))?;
    Some(next + last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cell_goes_on_in_the_next_row() {
        for (row, next) in [
            ("| key | ab12 |", "|     | cd34 |"),
            ("| ab12 | key |", "| cd34 | of  |"),
            ("│ key │ ab12     │", "│     │ cd34     │"),
            ("║ ab12 ║", "║ cd34 ║"),
            ("key | ab12 | x", "    | cd34 |"),
        ] {
            for line_break in ["\n", "\r\n", r"\n", r"\\n"] {
                let text = format!("name{line_break}{row}{line_break}{next}{line_break}");
                let end = text.find("ab12").map_or(0, |at| at + 4);
                assert!(goes_on(text.as_bytes(), end), "{text}");
                assert_eq!(continuations(text.as_bytes(), end), [text.find("cd34").unwrap_or(0)], "{text}");
                let from = text.find("cd34").unwrap_or(0);
                assert!(is_apart(text.as_bytes(), end, &[(from, from + 4)]));
            }
        }
        assert!(!goes_on(b"ab12 | ", 3) && cell_below(b"| ab12 | x", 6).is_none());
    }

    #[test]
    fn a_bar_may_stand_where_no_more_is_looked_at() {
        for bar in ["|", "\u{2502}", "\u{a6}"] {
            for length in LINE - 4..=LINE {
                let text = format!("{bar} ab12 {bar}\n{}{bar}{}", "x".repeat(length), "y".repeat(LINE));
                let end = text.find("ab12").map_or(0, |at| at + 4);
                let row = text.find('x').unwrap_or(0);
                let places = continuations(text.as_bytes(), end);
                assert!(places.iter().all(|place| (row..=row + LINE).contains(place)), "{text}: {places:?}");
            }
        }
    }

    #[test]
    fn a_line_goes_on_behind_what_all_lines_begin_with() {
        for beginning in [
            "web-1  | ",
            "[pod/web-7d9/app] ",
            "Nov 21 10:00:01 host app[123]: ",
            "2026-11-21 10:00:01,123 INFO app.x - ",
            "INFO:root:",
            "# ",
            " * ",
            "//! ",
            "-- ",
        ] {
            for line_break in ["\n", "\r\n", r"\n"] {
                let text = format!("x{line_break}{beginning}ab12{line_break}{beginning}cd34");
                let end = text.find("ab12").map_or(0, |at| at + 4);
                let places = continuations(text.as_bytes(), end);
                assert!(places.is_sorted() && places.contains(&(text.len() - 4)), "{text}: {places:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in prop::collection::vec(prop_oneof![
            Just(b'\n'), Just(b'\\'), Just(b' '), Just(b'|'), Just(0xe2), Just(b'1'), Just(b'n'), any::<u8>()
        ], 0..99)) {
            for end in 0..text.len() {
                let places = continuations(&text, end);
                prop_assert!(places.iter().all(|place| end <= *place && *place <= text.len()));
                prop_assert!(may_go_on(&text, end) || !goes_on(&text, end));
                if goes_on(&text, end) {
                    for place in places {
                        is_apart(&text, end, &[(place, place)]);
                    }
                }
            }
        }
    }
}
