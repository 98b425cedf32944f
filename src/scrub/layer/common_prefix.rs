//! The prefix that two lines share: what a program prints before every line, whatever it is. Numbers count as
//! equal, and so do the spaces that pad them to one width.

use crate::scrub::escape;

/// How much of a line is read, in bytes.
const LONGEST: usize = 96;

/// The margin of lines: the bytes of one of them, up to the content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Alike<'t> {
    /// The margin with the white space after it that both lines have.
    whole: &'t [u8],
    /// Its length without that white space.
    bare: usize,
}

impl<'t> Alike<'t> {
    /// The common margin of `line`, up to `end`, and `other`, up to punctuation and the white space after it.
    /// Words alone are no margin, nor is the dash of a list.
    pub(super) fn of(line: &'t [u8], end: usize, other: &[u8]) -> Self {
        let (alike, _) = common(&line[..end.min(line.len()).min(LONGEST)], other);
        let mut bare = 0;
        let mut at = 0;
        while at < alike {
            let byte = line[at];
            at += match byte {
                // What begins a value, a name or an element is no margin.
                b'"' | b'\'' | b'`' | b'{' | b'}' | b'<' | b'=' => break,
                b'\\' => match escape::tab(&line[at..alike]) {
                    0 => break,
                    length => length,
                },
                _ => 1,
            };
            if !matches!(byte, b' ' | b'\t' | b'\\') && ends(&line[..at], line.get(at)) {
                bare = at;
            }
        }
        if matches!(line[..bare].trim_ascii_start(), b"-" | b"|") {
            bare = 0;
        }
        Self { whole: &line[..bare + blank(&line[bare..alike])], bare }
    }

    /// Whether there is more than white space.
    pub(super) fn is_told(&self) -> bool {
        self.bare > 0
    }

    /// The length of the margin of another line, if it has one. Less white space may follow it there.
    pub(super) fn length(&self, line: &[u8]) -> Option<usize> {
        let (alike, length) = common(self.whole, line);
        (alike >= self.bare).then_some(length)
    }
}

/// Whether a margin ends here, with `next` after it: between punctuation, a number, a time or a log level and
/// white space, after the colon that grep writes, or after the sign of a comment.
fn ends(margin: &[u8], next: Option<&u8>) -> bool {
    const MEANT: [&[u8]; 7] = [b"INFO", b"WARN", b"WARNING", b"ERROR", b"DEBUG", b"stdout F", b"stderr F"];
    let is_time = || matches!(margin, [.., before, b'Z'] if before.is_ascii_digit());
    match next {
        None | Some(b' ' | b'\t' | b'\\') => {
            let is_word =
                margin.last().is_some_and(|byte| byte.is_ascii_alphabetic() || b"[(.,_".contains(byte));
            !is_word || is_time() || MEANT.iter().any(|word| margin.ends_with(word))
        }
        Some(next) if margin.ends_with(b":") => !next.is_ascii_digit(),
        _ => margin.iter().all(|byte| b" \t#/;+>".contains(byte) || !byte.is_ascii()),
    }
}

/// The length of the white space at the beginning of `text`, in bytes; a tab may be escaped.
fn blank(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += match byte {
            b' ' | b'\t' => 1,
            _ => match escape::tab(&text[at..]) {
                0 => break,
                length => length,
            },
        };
    }
    at
}

/// The length of the common prefix, in each of the two lines.
fn common(line: &[u8], other: &[u8]) -> (usize, usize) {
    let (mut at, mut there) = (0, 0);
    loop {
        let (one, two) = (number(&line[at..]), number(&other[there..]));
        if one > 0 && two > 0 {
            (at, there) = (at + one, there + two);
        } else if at < line.len() && line.get(at) == other.get(there) {
            (at, there) = (at + 1, there + 1);
        } else {
            return (at, there);
        }
    }
}

/// The length of the number at the beginning of `text`, with the spaces before it, or zero.
fn number(text: &[u8]) -> usize {
    let spaces = text.iter().take_while(|byte| **byte == b' ').count();
    let digits = text[spaces..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 { spaces + digits } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_alike_in_what_a_program_puts_there() {
        for (line, other, margin) in [
            ("# name: X", "#   value: y", "# "),
            ("#a,password", "#1,x", "#"),
            ("// - name: X", "//   value: y", "// "),
            ("web-1 | - name: X", "web-12 |   value: y", "web-1 | "),
            ("[pod/web-1/app]   \"a\": {", "[pod/web-1/app]     \"b\"", "[pod/web-1/app]   "),
            (
                "Nov  9 10:00:00 host app[12]: a:",
                "Nov 10 10:00:01 host app[12]: b",
                "Nov  9 10:00:00 host app[12]: ",
            ),
            ("conf/a.tf:  \"a\": {", "conf/a.tf:    b", "conf/a.tf:  "),
            (r"  9\t\t| a:", r" 10\t\t|  b", r"  9\t\t| "),
            (
                "build\tDeploy\t2026-11-20T10:00:00.12Z a:",
                "build\tDeploy\t2026-11-20T10:00:00.13Z  b",
                "build\tDeploy\t2026-11-20T10:00:00.12Z ",
            ),
            (" INFO  - name: X", " INFO    value: y", " INFO  "),
        ] {
            let alike = Alike::of(line.as_bytes(), line.len(), other.as_bytes());
            assert_eq!(alike.whole, margin.as_bytes(), "{line}");
            assert!(alike.length(other.as_bytes()).is_some(), "{other}");
        }
        for (line, other) in [
            ("- X", "- Y"),
            ("| a | password |", "| b | c |"),
            ("let password", "let user"),
            ("    password", "    user"),
            ("\"password\": {", "\"value\": {"),
            ("self.password", "self.user"),
            ("", "# a"),
        ] {
            let alike = Alike::of(line.as_bytes(), line.len(), other.as_bytes());
            assert!(!alike.is_told(), "{line}");
        }
    }

    #[test]
    fn an_empty_line_has_the_margin_without_its_blanks() {
        let alike = Alike::of(b"#   a", 5, b"#   b");
        assert_eq!(
            [&b"#"[..], b"# c", b"//", b""].map(|line| alike.length(line)),
            [Some(1), Some(2), None, None]
        );
    }

    proptest! {
        #[test]
        fn any_lines_are_compared(line in "[ \t#/|:a0-9\\\\tn\"é]{0,120}", other in "[ \t#/|:a0-9\\\\tn\"é]{0,120}") {
            let alike = Alike::of(line.as_bytes(), line.len(), other.as_bytes());
            prop_assert!(alike.length(other.as_bytes()).is_some_and(|length| length <= other.len()));
            prop_assert!(alike.length(line.as_bytes()).is_some_and(|length| length <= line.len()));
        }
    }
}
