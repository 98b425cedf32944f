//! Values that Markdown sets apart below their name, in code or in a fenced block: below a heading that ends
//! with the name, or below a line of its own that ends with it and a colon.

use super::super::escape;
use super::super::placeholder::is_placeholder;
use super::super::sensitive::Strength;
use super::super::validate::Validator;
use super::name::Name;
use super::non_secret::is_address;
use super::{Assignment, ends_line, next_line, table, verdict};

/// The longest value or name of a language, in bytes.
const LONGEST: usize = 256;
/// The most words before the name in its line.
const WORDS: usize = 4;

/// Finds the value below the name.
pub(super) fn value(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    let closes = |byte: &&u8| matches!(byte, b':' | b'*');
    let end = name.end + text[name.end..].iter().take(4).take_while(closes).count();
    let length = escape::line_break(text, end);
    if name.sensitive.strength == Strength::Faint || length == 0 {
        return;
    }
    let below = end + length;
    let below = below + escape::line_break(text, below);
    if text.get(below) != Some(&b'`') || !introduces(text, name, text[name.end..end].contains(&b':')) {
        return;
    }
    let Some((start, end)) = code(text, below) else { return };
    let value = &text[start..end];
    let chosen = name.sensitive.label == "PASSWORD" && Validator::HumanPassword.accepts(value);
    if (chosen || verdict::looks_secret(value))
        && !is_placeholder(value)
        && !is_address(value)
        && verdict::is_plain(name, value)
        && !verdict::is_version(value)
    {
        out.push(Assignment { start, end, label: name.sensitive.label, quote: None });
    }
}

/// Whether the line of the name is a heading, or a few words before a `colon`.
fn introduces(text: &[u8], name: &Name, colon: bool) -> bool {
    let line = &text[table::line_start(text, name.start)..name.start];
    let words =
        line.iter().position(|byte| !b" -*>".contains(byte)).map_or(&[][..], |at| line[at..].trim_ascii());
    let few = words.split(|byte| *byte == b' ').count() <= WORDS;
    let letters = words.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'\'' | b'-'));
    line.starts_with(b"#") || colon && few && letters
}

/// Returns the span of the code that begins at `at`: alone on its line, or the only line of a fenced block.
fn code(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let ticks = text[at..].iter().take(4).take_while(|byte| **byte == b'`').count();
    let start = at + ticks;
    match ticks {
        1 => {
            let window = &text[start..text.len().min(start + LONGEST)];
            let inner = |byte: &&u8| byte.is_ascii_graphic() && !matches!(byte, b'`' | b'"' | b'\\');
            let length = window.iter().take_while(inner).count();
            (window.get(length) == Some(&b'`') && length > 0 && ends_line(text, start + length + 1))
                .then_some((start, start + length))
        }
        3 => {
            let language = text[start..].iter().take(LONGEST).take_while(|byte| byte.is_ascii_alphanumeric());
            let fence = start + language.count();
            let start = fence + escape::line_break(text, fence);
            let end = next_line::alone(text, start).filter(|_| start > fence)?;
            let below = end + escape::line_break(text, end);
            text[below..].starts_with(b"```").then_some((start, end))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::is_taken;
    use crate::scrub::{Preset, Scrubber};

    #[test]
    fn what_is_set_apart_below_a_name_goes() {
        for text in [
            "### Password\n\n`§`",
            "## Database password\n`§`\n\nMore.",
            "Password:\n```\n§\n```",
            "**Password:**\n\n```text\n§\n```\n",
            "- The admin password:\n```\n§\n```\n",
        ] {
            is_taken(text);
        }
    }

    #[test]
    fn what_else_is_below_one_stays() {
        for text in [
            "### Password\n\n`required`",
            "Password:\n```\nmake setPassword2 now\n```",
            "password\n`Base64Encoded2`\n",
            "It is not known who has chosen the password:\n```\nBase64Encoded2\n```",
            "### Password\n\n`Walnut85Tree` is no good one",
            "Password:\n```\nWalnut85Tree\nCopper77Fish\n```",
        ] {
            assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
        }
    }
}
