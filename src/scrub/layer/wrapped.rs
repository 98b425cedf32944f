//! Tokens that a line's end parts: put together again, without what stands in front of the next line.

use super::View;
use crate::scrub::runs::Run;
use crate::scrub::{entropy, naming, wrap};

/// The most lines that a token goes over.
const LINES: usize = 16;
/// The shortest part on a line of its own, in bytes.
const SHORTEST: usize = 4;

/// Calls `look` with every run of `text` that goes on in the next line, put together; `runs` are those of the text, and `may_begin`
/// says whether a token begins in one.
pub(crate) fn each(text: &[u8], runs: &[Run], may_begin: impl Fn(&Run) -> bool, mut look: impl FnMut(&View)) {
    for run in runs {
        let breaks = matches!(text.get(run.end), Some(b'\n' | b'\r' | b'\\'));
        if !breaks || !may_begin(run) {
            continue;
        }
        let mut view = View::new(run.start);
        let mut end = run.end;
        while view.edits.len() < LINES
            && let Some((from, to)) = next(text, end)
        {
            view.replace(text, end, from, &[]);
            end = to;
        }
        if !view.edits.is_empty() {
            view.copy(text, end);
            look(&view);
        }
    }
}

/// The part of a token in the next line, behind the end of the one before it.
fn next(text: &[u8], end: usize) -> Option<(usize, usize)> {
    let parts = wrap::continuations(&text[end..]).into_iter().rev().map(|length| {
        let from = end + length;
        let token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-./=_~".contains(byte);
        (from, from + text[from..].iter().take_while(token).count())
    });
    parts.into_iter().find(|&(from, to)| is_random(&text[from..to]))
}

/// Whether a part reads as no word: the next line may be one of its own.
fn is_random(part: &[u8]) -> bool {
    let digits = part.iter().filter(|byte| byte.is_ascii_digit()).count();
    part.len() >= SHORTEST
        && (digits >= 2 || part.len() >= 8 && !entropy::is_wordy(part))
        && !naming::is_name(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::runs;

    fn views(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        each(
            text.as_bytes(),
            &runs::find(text.as_bytes()),
            |_| true,
            |view| {
                for at in 0..view.text.len() {
                    let (start, end) = view.origin(at, at + 1);
                    assert_eq!(&text.as_bytes()[start..end], &view.text[at..=at]);
                }
                all.push(String::from_utf8_lossy(&view.text).into_owned());
            },
        );
        all
    }

    #[test]
    fn a_token_is_put_together_over_its_lines() {
        for between in ["\n", "\n    ", "\\n", "\r\n  13 | ", "\n+", "\n> ", "\na.py:13:"] {
            let text = format!("x a1B2c3D4e5F6{between}g7H8i9J0k1L2{between}m3N4 y");
            assert_eq!(views(&text)[0], "a1B2c3D4e5F6g7H8i9J0k1L2m3N4", "{text:?}");
        }
        assert!(views("a_long_identifier\nreturn something").is_empty());
        assert!(views("a1B2c3D4e5F6 g7H8i9J0k1L2").is_empty());
    }

    #[test]
    fn it_ends_behind_a_bound_of_lines() {
        assert_eq!(views(&"a1B2c3D4e5F6\n".repeat(99))[0].len(), 12 * (LINES + 1));
    }
}
