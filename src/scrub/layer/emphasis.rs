//! Views of words between underscores, as Markdown emphasises them: to every pattern an underscore is part of
//! the word.

use super::View;
use crate::scrub::runs::Runs;

/// The longest word that is read, in bytes.
const LONGEST: usize = 4 << 10;

/// Calls `look` with every word of `text` that begins with underscores, without them: once up to the closing
/// underscores, and once up to its end. `runs` are the runs of `text`.
pub(crate) fn each(text: &[u8], runs: &Runs, mut look: impl FnMut(&View)) {
    let mut done = 0;
    for run in runs.picked(|run| text[run.start] == b'_') {
        let start = run.start + text[run.start..run.end].iter().take_while(|byte| **byte == b'_').count();
        if start < done {
            continue;
        }
        let parts = |byte: &u8| {
            byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\')
        };
        let rest = &text[start..text.len().min(start + LONGEST)];
        let word = &rest[..rest.iter().position(parts).unwrap_or(rest.len())];
        done = start + word.len();
        let close = word.iter().rposition(|byte| *byte == b'_').unwrap_or(word.len());
        let inner = word[..close].iter().rposition(|byte| *byte != b'_').map_or(0, |last| last + 1);
        // What seems to close the word may be part of it, if its end was cut off.
        let open = word[close..].iter().any(u8::is_ascii_alphanumeric);
        for length in [inner, if open { word.len() } else { 0 }] {
            if length > 0 {
                let mut view = View::new(start);
                view.copy(text, start + length);
                look(&view);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::runs;

    #[test]
    fn what_stands_between_underscores_is_seen_without_them() {
        let views = |text: &str| -> Vec<String> {
            let mut all = Vec::new();
            each(text.as_bytes(), &runs::find(text.as_bytes()), |view| {
                assert_eq!(
                    &text.as_bytes()[view.origin(0, view.text.len()).0..][..view.text.len()],
                    &view.text
                );
                all.push(String::from_utf8_lossy(&view.text).into_owned());
            });
            all
        };
        assert_eq!(
            views("the key _a1B2c3D4e5:F6g7H8_, and __b1B2c3D4e5__"),
            ["a1B2c3D4e5:F6g7H8", "b1B2c3D4e5"]
        );
        assert_eq!(views("a_long_identifier_ and _private_name \"__________\""), ["private", "private_name"]);
        assert_eq!(views("_a1B2c3D4e5F6g7H8 cut"), ["a1B2c3D4e5F6g7H8"]);
    }
}
