//! Continuations of a broken line: after the line break in any spelling, and after what a program prints
//! before every line.

use super::escape;

/// The deepest indentation, in bytes.
const INDENTATION: usize = 64;
/// The longest path before a line, in bytes.
const PATH: usize = 160;

/// How far from the beginning of a line its content may begin, in bytes.
const FAR: usize = PATH + INDENTATION;

/// Returns the length of what a program has printed before the line.
pub(crate) type Decoration = fn(&[u8]) -> Option<usize>;

/// What programs print before every line.
const DECORATIONS: [Decoration; 5] = [sign, marks, number, place, time];

/// Returns the places where the line that breaks at the beginning of `text` may continue: after the break,
/// after the indentation, and after each decoration that is there (a number, a diff sign, quote marks, the
/// place that grep prints, a time). They are in ascending order; there are none without a break.
pub(super) fn continuations(text: &[u8]) -> Vec<usize> {
    let begin = escape::line_end(text, 0);
    if begin == 0 {
        return Vec::new();
    }
    let line = &text[begin..];
    let mut ends = Vec::with_capacity(2 + 2 * DECORATIONS.len());
    ends.extend([0, blank(line)]);
    for decoration in DECORATIONS {
        if let Some(end) = decoration(line) {
            ends.extend([end, end + blank(&line[end..])]);
        }
    }
    ends.sort_unstable();
    ends.dedup();
    ends.into_iter().map(|end| begin + end).collect()
}

/// Returns where the line break begins after which the line continues at `at`, by [`continuations`]; `None`
/// if there is no such break.
pub(super) fn line_before(text: &[u8], at: usize) -> Option<usize> {
    let from = at.saturating_sub(FAR);
    let near = &text[from..at];
    let is_end =
        |end: &usize| near[*end] == b'\n' || *end > 0 && near[*end] == b'n' && near[*end - 1] == b'\\';
    let end = from + (0..near.len()).rev().find(is_end)?;
    let slashes = |end: usize| escape::backslashes_before(text, from, end);
    let start = if text[end] == b'\n' {
        end - usize::from(text[..end].ends_with(b"\r"))
    } else {
        let feed = end - slashes(end);
        let carriage = feed.checked_sub(1).filter(|at| *at > from && text[*at] == b'r');
        // `\r\n`
        carriage.map(|at| at - slashes(at)).filter(|start| text[*start] == b'\\').unwrap_or(feed)
    };
    continuations(text.get(start..=at)?).contains(&(at - start)).then_some(start)
}

/// Whether only a decoration, white space, `export` and the dash of a list precede `at` in its line.
pub(crate) fn begins_line(text: &[u8], at: usize) -> bool {
    let Some(line) = in_front(text, at) else { return false };
    is_margin(line)
        || DECORATIONS
            .into_iter()
            .chain([file as Decoration])
            .filter_map(|decoration| decoration(line))
            .any(|end| is_margin(&line[end..]))
}

/// Like [`begins_line`], but allows no decoration.
pub(crate) fn begins_bare_line(text: &[u8], at: usize) -> bool {
    in_front(text, at).is_some_and(is_margin)
}

/// The text before `at` in its line, or in the string that contains it, unless its beginning is too far away.
fn in_front(text: &[u8], at: usize) -> Option<&[u8]> {
    let printed = |at: usize| text[at - 1] == b'\'' && at > 1 && b" [({=b".contains(&text[at - 2]);
    let begins = |at: &usize| {
        *at == 0
            || matches!(text[at - 1], b'\n' | b'"')
            || printed(*at)
            || escape::is_escape_letter(text, at - 1)
    };
    (at.saturating_sub(FAR)..=at).rev().find(begins).map(|start| &text[start..at])
}

fn is_margin(line: &[u8]) -> bool {
    let margin = line.strip_suffix(b"export ").unwrap_or(line);
    margin.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'-'))
}

fn blank(text: &[u8]) -> usize {
    text.iter().take(INDENTATION).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

fn digits(text: &[u8]) -> usize {
    text.iter().take(8).take_while(|byte| byte.is_ascii_digit()).count()
}

/// `+`, `-` or a space, as in a diff.
fn sign(line: &[u8]) -> Option<usize> {
    matches!(line.first(), Some(b'+' | b'-' | b' ')).then_some(1)
}

/// `> `, once or repeated.
pub(crate) fn marks(line: &[u8]) -> Option<usize> {
    let mut end = blank(line);
    let mut count = 0;
    while count < INDENTATION && line.get(end) == Some(&b'>') {
        end += 1 + usize::from(line.get(end + 1) == Some(&b' '));
        count += 1;
    }
    (count > 0).then_some(end)
}

/// `  12 | `, `12:`, or `    12` before a tab or an arrow.
pub(crate) fn number(line: &[u8]) -> Option<usize> {
    let from = blank(line);
    let count = digits(&line[from..]);
    // Behind the tab stand the blanks of the line itself.
    let spaces = line[from + count..].iter().take(INDENTATION).take_while(|byte| **byte == b' ').count();
    let after = from + count + spaces;
    let separator = separator(&line[after..]).or(if after > from + count { Some(0) } else { None })?;
    (count > 0).then_some(after + separator)
}

/// The length of what separates a line number from the line.
fn separator(text: &[u8]) -> Option<usize> {
    let tab = text.iter().take_while(|byte| **byte == b'\\').count();
    match text {
        [b'|' | b':' | b'-' | b')' | b'\t', ..] => Some(1),
        [b'\\', ..] if text.get(tab) == Some(&b't') => Some(tab + 1),
        // An arrow or a bar in ASCII-only JSON.
        [b'\\', ..] if text.get(tab..tab + 5).is_some_and(|sign| matches!(sign, b"u2192" | b"u2502")) => {
            Some(tab + 5)
        }
        _ => ["→", "│", "┃"].iter().find(|sign| text.starts_with(sign.as_bytes())).map(|sign| sign.len()),
    }
}

/// `path/to/file.py:12:`, as grep prints it, or with dashes.
pub(crate) fn place(line: &[u8]) -> Option<usize> {
    let in_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"_./-@+".contains(byte);
    let run = line.iter().take(PATH).take_while(|byte| in_path(byte)).count();
    // With dashes the path seems to include the number.
    let path = &line[..run];
    let ends = (0..run).rev().filter(|at| path[*at] == b'-').chain(std::iter::once(run));
    let mut places = ends.filter_map(|end| {
        let mark = *line.get(end).filter(|byte| matches!(byte, b':' | b'-'))?;
        let count = digits(&line[end + 1..]);
        (end > 0 && count > 0 && line.get(end + 1 + count) == Some(&mark)).then_some(end + count + 2)
    });
    places.next()
}

/// `path/to/file.py:`, as grep prints it without line numbers.
fn file(line: &[u8]) -> Option<usize> {
    let in_path = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_./-@+".contains(byte);
    let run = line.iter().take(PATH).take_while(in_path).count();
    let is_path = line[..run].iter().any(|byte| matches!(byte, b'.' | b'/'));
    (is_path && line.get(run) == Some(&b':')).then_some(run + 1)
}

/// `2026-11-20T10:00:00.123Z ` or `[10:00:00] `, with the usual separators.
pub(crate) fn time(line: &[u8]) -> Option<usize> {
    let from = usize::from(line.first() == Some(&b'['));
    let stamp = &line[from..line.len().min(from + 40)];
    if !stamp.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    // A date and a time may be two words. A space or the bracket follows the time.
    let ends = stamp.iter().enumerate().filter(|(_, byte)| matches!(byte, b' ' | b']')).map(|(at, _)| at);
    let is_time = |end: &usize| {
        let stamp = &stamp[..*end];
        stamp.iter().all(|byte| byte.is_ascii_digit() || b"-:T.,+Z/ ".contains(byte))
            && memchr::memchr_iter(b':', stamp).count() >= 2
    };
    let end = from + ends.take(3).find(is_time)?;
    let close = usize::from(line.get(end) == Some(&b']'));
    (from == close && line.get(end + close) == Some(&b' ')).then_some(end + close)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_goes_on_behind_its_decoration() {
        for decoration in [
            "",
            "    ",
            "+",
            "-",
            "> ",
            ">> ",
            "  12 | ",
            "12:",
            "    12\t",
            "    12\\t",
            "    12→",
            r"    12\u2192",
            "src/a-b.py:12:",
            "a.py-13-",
            "2026-11-20T10:00:01Z ",
            "[10:00:01] ",
            "2026-11-20 10:00:00,123 ",
        ] {
            for line_break in ["\n", "\r\n", r"\n", r"\\r\\n", "\\\n"] {
                let text = format!("{line_break}{decoration}Tb4Zc6");
                let ends = continuations(text.as_bytes());
                assert!(ends.contains(&(line_break.len() + decoration.len())), "{text:?} {ends:?}");
                assert!(ends.is_sorted() && ends.iter().all(|end| *end <= text.len()));
            }
        }
        assert!(continuations(b"x\n").is_empty() && continuations(b"").is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text in prop::collection::vec(prop_oneof![
            Just(b'\n'), Just(b'\\'), Just(b' '), Just(b'1'), Just(b':'), Just(b'-'), Just(b'>'), Just(b'['), any::<u8>()
        ], 0..99)) {
            prop_assert!(continuations(&text).iter().all(|end| *end <= text.len()));
        }
    }
}
