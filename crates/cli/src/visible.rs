//! Text from outside, made safe to display: control and bidirectional characters become visible.

use std::fmt::Write;

/// Returns the text on one line: a line break becomes `\n`, a tab `\t`.
pub fn line(text: &[u8]) -> String {
    written(text, false)
}

/// Returns the text with its line breaks and tabs; every other control character becomes visible.
pub fn lines(text: &[u8]) -> String {
    written(text, true)
}

fn written(text: &[u8], keep_lines: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\n' | '\t' if keep_lines => out.push(letter),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\0'..=' ' if letter != ' ' => push(&mut out, format_args!("\\x{:02x}", letter as u32)),
                '\x7f'..='\u{9f}' => push(&mut out, format_args!("\\x{:02x}", letter as u32)),
                _ if is_deceiving(letter) => push(&mut out, format_args!("\\u{{{:04x}}}", letter as u32)),
                _ => out.push(letter),
            }
        }
        for byte in chunk.invalid() {
            push(&mut out, format_args!("\\x{byte:02x}"));
        }
    }
    out
}

fn push(out: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = out.write_fmt(what);
}

/// Whether a character is invisible but changes what is seen: direction marks and overrides, unusual line
/// breaks, and characters without width or glyph. Joiners are not among them, since scripts and emoji need
/// them.
fn is_deceiving(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Returns JSON text in which such characters are escaped: the same document.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_deceiving(letter) || matches!(letter, '\x7f'..='\u{9f}') {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                push(&mut out, format_args!("\\u{unit:04x}"));
            }
        } else {
            out.push(letter);
        }
    }
    out
}

/// Cuts a line to at most this many characters; a line that was cut ends in `...`.
pub fn cut(text: &str, width: usize) -> String {
    let mut ends = text.char_indices().map(|(at, _)| at);
    let Some(over) = ends.clone().nth(width) else { return text.to_owned() };
    let end = ends.nth(width.saturating_sub(3)).unwrap_or(over);
    format!("{}...", &text[..end])
}

/// Wraps an enumeration into lines of at most this many characters; a longer part gets a line of its own.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for part in text.split_inclusive(", ") {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + part.trim_end().chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(part);
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_that_a_terminal_acts_on_is_left(text in prop::collection::vec(any::<u8>(), 0..80)) {
            let shown = line(&text);
            prop_assert!(!shown.chars().any(|letter| letter.is_control() || is_deceiving(letter)));
            let shown = lines(&text);
            let harmless = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\t');
            prop_assert!(shown.chars().all(|letter| harmless(letter) && !is_deceiving(letter)));
        }

        #[test]
        fn json_stays_the_same_document(text in any::<String>()) {
            let document = serde_json::Value::from(text);
            let shown = json(&document.to_string());
            prop_assert!(!shown.chars().any(|letter| letter.is_control() || is_deceiving(letter)));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), document);
        }

        #[test]
        fn wrapping_loses_nothing(parts in prop::collection::vec("[a-z]{1,9} [0-9]", 1..12), width in 12usize..60) {
            let text = parts.join(", ");
            let lines = wrapped(&text, width);
            prop_assert!(lines.iter().all(|line| line.chars().count() <= width));
            prop_assert_eq!(lines.join(" "), text);
        }

        #[test]
        fn what_is_plain_stays(text in "[ -~\u{e9}\u{4e2d}]{0,40}") {
            prop_assert_eq!(line(text.as_bytes()), text);
        }

        #[test]
        fn a_cut_line_is_no_wider(text in "[a-z\u{e9}\u{4e2d}]{0,40}", width in 3usize..30) {
            let cut = cut(&text, width);
            prop_assert!(cut.chars().count() <= width);
            prop_assert_eq!(cut == text, text.chars().count() <= width);
        }
    }

    #[test]
    fn escapes_say_what_stood_there() {
        assert_eq!(line(b"a\x1b[31mb\r\n\xff"), "a\\x1b[31mb\\r\\n\\xff");
        assert_eq!(lines("a\n\u{202e}b".as_bytes()), "a\n\\u{202e}b");
    }
}
