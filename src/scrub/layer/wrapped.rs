//! Tokens that a line's end parts: put together again, without what stands in front of the next line.

use super::View;
use crate::scrub::runs::{Run, Runs};
use crate::scrub::{entropy, naming, wrap};

/// The most lines that a token goes over.
const LINES: usize = 16;
/// The most lines that are put to a run on a guess, and the longest part in one, in bytes.
const GUESSES: usize = 4;
const GUESSED: usize = 128;
/// The longest part on a line of its own, in bytes.
const LONGEST: usize = 4 << 10;
/// The shortest that is sure to be one, in bytes.
const SHORTEST: usize = 4;

/// Calls `look` with every run of `text` that goes on in the next line, put together; `runs` are those of the text, and `may_begin`
/// says whether a token begins in one. Where `look` finds nothing it is called again, with a second word that this is a guess: then the
/// next lines are put to it one by one, whatever they look like, as the last part of a token may be a letter and a token may stand behind it.
pub(crate) fn each(
    text: &[u8],
    runs: &Runs,
    may_begin: impl Fn(Run) -> bool,
    mut look: impl FnMut(&View, bool) -> bool,
) {
    for run in runs.iter() {
        let breaks = matches!(text.get(run.end), Some(b'\n' | b'\r' | b'\\'));
        if !breaks || !may_begin(run) {
            continue;
        }
        // A part that begins a token is hardly one of this one's: else each line would be read with all in front of it.
        let goes_on = |start, end| !may_begin(Run { start, end, digit: false });
        let sure = joined(text, run, LINES, false, |lines, from, to| {
            is_random(&text[from..to]) && (lines < GUESSES || goes_on(from, to))
        });
        if sure.is_some_and(|view| look(&view, false)) {
            continue;
        }
        for lines in 1..=GUESSES {
            let is_part = |_, from, to| to - from <= GUESSED && goes_on(from, to);
            let guess = |plain| joined(text, run, lines, plain, is_part);
            let Some(decorated) = guess(false).filter(|view| view.edits.len() == lines) else { break };
            // A hyphen in front of a line is a sign of a diff, or the token's.
            let plain = guess(true).filter(|view| view.text != decorated.text);
            if look(&decorated, true) || plain.is_some_and(|view| look(&view, true)) {
                break;
            }
        }
    }
}

/// The run with its parts in the next lines, as long as `is_part` says so, which is told how many there are; `plain` takes as little as
/// possible for a decoration.
fn joined(
    text: &[u8],
    run: Run,
    lines: usize,
    plain: bool,
    is_part: impl Fn(usize, usize, usize) -> bool,
) -> Option<View> {
    let mut view = View::new(run.start);
    let mut end = run.end;
    while view.edits.len() < lines
        && let Some((from, to)) = next(text, end, plain, |from, to| is_part(view.edits.len(), from, to))
    {
        view.replace(text, end, from, &[]);
        end = to;
    }
    view.copy(text, end);
    (!view.edits.is_empty()).then_some(view)
}

/// The part of a token in the next line, behind the end of the one before it.
fn next(
    text: &[u8],
    end: usize,
    plain: bool,
    is_part: impl Fn(usize, usize) -> bool,
) -> Option<(usize, usize)> {
    let mut ends = wrap::continuations(&text[end..]);
    if !plain {
        ends.reverse();
    }
    let parts = ends.into_iter().map(|length| {
        let from = end + length;
        let token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-./=_~".contains(byte);
        (from, from + text[from..].iter().take(LONGEST).take_while(token).count())
    });
    parts.into_iter().find(|&(from, to)| from < to && is_part(from, to))
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
            |view, guess| {
                if guess {
                    return false;
                }
                for at in 0..view.text.len() {
                    let (start, end) = view.origin(at, at + 1);
                    assert_eq!(&text.as_bytes()[start..end], &view.text[at..=at]);
                }
                all.push(String::from_utf8_lossy(&view.text).into_owned());
                true
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
        // Here each line may begin a token.
        assert_eq!(views(&"a1B2c3D4e5F6\n".repeat(99))[0].len(), 12 * (GUESSES + 1));
    }
}
