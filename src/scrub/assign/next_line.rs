//! Values on the line below their name: in a block scalar of YAML, by themselves, as the items of a list.

use std::ops::Range;

use super::super::escape;
use super::super::line_continuation::begins_bare_line;
use super::name::Name;
use super::{ends_line, skip_blank, skip_spaces};

/// The longest such value, in bytes.
const LONGEST: usize = 512;

/// Returns where the value begins that is on the line below its name, in a block scalar of YAML (`|`, `>-`)
/// or by itself; else `from`.
pub(super) fn begin(text: &[u8], name: &Name, from: usize) -> usize {
    let sign = sign(text, from);
    let end = skip_spaces(text, from + sign);
    // The name must begin its line. The margin of the next line is skipped with the line break.
    if escape::line_break(text, end) == 0 || !begins_bare_line(text, name.start) {
        return from;
    }
    let value = ruled(text, skip_blank(text, end));
    // Without the indicator of a block scalar it may be a map, or a name.
    let alone = || {
        let word = word(text, value).map_or(b"".as_slice(), |end| &text[value..end]);
        word.len() >= 8 && word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic)
    };
    if sign > 0 || alone() { value } else { from }
}

/// Returns the offset after the dashes on the line at `from`, as `kubectl describe` draws them below a name;
/// `from` if there are none.
fn ruled(text: &[u8], from: usize) -> usize {
    const MOST: usize = 64;
    let dashes = text[from..].iter().take(MOST).take_while(|byte| **byte == b'-').count();
    let below = skip_blank(text, from + dashes);
    if dashes >= 3 && escape::line_break(text, from + dashes) > 0 { below } else { from }
}

/// Returns the length of a block scalar's indicator at `from`, or zero.
fn sign(text: &[u8], from: usize) -> usize {
    match text.get(from) {
        Some(b'|' | b'>') => {
            1 + text[from + 1..].iter().take(2).take_while(|byte| b"+-123456789".contains(byte)).count()
        }
        _ => 0,
    }
}

/// Returns where the value begins on the line below a block scalar's indicator at `from`, or below nothing;
/// else `from`.
pub(super) fn behind_sign(text: &[u8], from: usize) -> usize {
    let end = skip_spaces(text, from + sign(text, from));
    if escape::line_break(text, end) > 0 { skip_blank(text, end) } else { from }
}

/// Returns the margin before the prompt of a shell or an interpreter in `line`, if the line below, at `from`,
/// has the same one: indentation, quote marks, or what a program prints before each line, whose digits may
/// differ.
pub(super) fn margin(text: &[u8], line: &[u8], from: usize) -> Range<usize> {
    const DEEPEST: usize = 64;
    const PROMPTS: [&[u8]; 4] = [b"$ ", b">>> ", b"In [", b"irb("];
    let place = |prompt: &&[u8]| memchr::memmem::find(&line[..line.len().min(DEEPEST)], prompt);
    let Some(end) = PROMPTS.iter().filter_map(place).min() else { return 0..0 };
    // The first line of a string begins after its quote.
    let start =
        line[..end].iter().rposition(|byte| matches!(byte, b'"' | b'\'')).map_or(0, |quote| quote + 1);
    let own = &line[start..end];
    let alike = |(own, other): (&u8, &u8)| own == other || own.is_ascii_digit() && other.is_ascii_digit();
    let below = text.get(from..from + own.len()).unwrap_or_default();
    if below.len() == own.len() && own.iter().zip(below).all(alike) { start..end } else { 0..0 }
}

/// Returns where the line at `from` ends, if it holds nothing but one value without spaces, quotes,
/// backslashes, `<`, `>` and `|`.
pub(super) fn alone(text: &[u8], from: usize) -> Option<usize> {
    let inner = |byte: &&u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'<' | b'>' | b'|')
    };
    let end = from + text[from..].iter().take(LONGEST).take_while(inner).count();
    (ends_line(text, end) && end > from).then_some(end)
}

/// Returns where the single word of the line at `from` ends. A YAML key does not count as one.
pub(super) fn word(text: &[u8], from: usize) -> Option<usize> {
    let inner = |byte: &&u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\' | b'#');
    let end = from + text[from..].iter().take(LONGEST).take_while(inner).count();
    (ends_line(text, end) && end > from && text[end - 1] != b':').then_some(end)
}
