//! Text of others, made safe to look at: control and bidirectional characters become visible.

use std::fmt::Write;

/// The text on one line: a line break becomes `\n`, a tab `\t`.
pub fn line(text: &[u8]) -> String {
    written(text, false)
}

/// The text with its lines and tabs; everything else that a terminal would act on becomes visible.
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
    // A string takes everything.
    let _ = out.write_fmt(what);
}

/// Whether a character is not seen, yet changes what is: direction marks and overrides, breaks that are none of ours,
/// and those without width or look. Joiners stay, since scripts and emoji need them.
fn is_deceiving(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// JSON text in which such characters stand as escapes: the same document.
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

/// At most this many characters of a line; what is cut off ends in `...`.
pub fn cut(text: &str, width: usize) -> String {
    let mut ends = text.char_indices().map(|(at, _)| at);
    let Some(over) = ends.clone().nth(width) else { return text.to_owned() };
    let end = ends.nth(width.saturating_sub(3)).unwrap_or(over);
    format!("{}...", &text[..end])
}

/// The lines of an enumeration, each of at most this many characters where its parts are no longer.
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
