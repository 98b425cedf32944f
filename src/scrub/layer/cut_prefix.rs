//! Short words before a line break that may begin a token whose rest is on the next line.

use crate::scrub::escape;
use crate::scrub::runs::{Run, SHORTEST, is_token};

/// The longest prefix of a line, in bytes.
const DECORATION: usize = 24;

/// Whether [`before`] may find a word: a cheap test without branches that never misses one.
#[inline]
pub(super) fn may_stand_before(text: &[u8], run: Run) -> bool {
    let last = if run.start > 0 { text[run.start - 1] } else { 0 };
    run.digit & FRONT[usize::from(last)]
}

/// The word at the end of the previous line, if `run` begins its line and the word is too short for a run.
pub(super) fn before(text: &[u8], run: Run) -> Option<Run> {
    if !run.digit {
        return None;
    }
    let mut at = run.start + usize::from(escape::is_escape_letter(text, run.start));
    let lowest = at.saturating_sub(DECORATION);
    while at > lowest && is_decoration(text[at - 1]) {
        at -= 1;
    }
    let begin = break_before(text, at)?;
    let length = text[..begin].iter().rev().take(SHORTEST).take_while(|byte| is_token(**byte)).count();
    let start = begin - length;
    let start = start + usize::from(length > 0 && escape::is_escape_letter(text, start));
    (start < begin && length < SHORTEST).then_some(Run { start, end: begin, digit: false })
}

/// Where a word continues after a line break at `end` and the usual prefix of a line.
pub(super) fn next(text: &[u8], end: usize) -> Option<usize> {
    let is_word = |at: &usize| text[*at].is_ascii_alphanumeric() || b"_-".contains(&text[*at]);
    line(text, end).filter(is_word)
}

/// Where the next line continues after a line break at `end` and the usual prefix of a line, whatever
/// follows.
pub(super) fn line(text: &[u8], end: usize) -> Option<usize> {
    let length = escape::line_end(text, end);
    let begin = end + length;
    let rest = &text[begin..text.len().min(begin + DECORATION)];
    let at = begin + rest.iter().take_while(|byte| is_decoration(**byte)).count();
    (length > 0 && at < text.len()).then_some(at)
}

/// Bytes that may directly precede a run at the beginning of its line, or after the prefix of the line.
static FRONT: [bool; 256] = {
    let mut front = [false; 256];
    let mut byte = u8::MIN;
    loop {
        front[byte as usize] = is_decoration(byte) || matches!(byte, b'\n' | b'\\');
        if byte == u8::MAX {
            break front;
        }
        byte += 1;
    }
};

const fn is_decoration(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'>' | b'|' | b':' | b'#' | b'*' | b'0'..=b'9') || !byte.is_ascii()
}

/// The beginning of the line break that ends at `end`.
pub(super) fn break_before(text: &[u8], end: usize) -> Option<usize> {
    let written = |end: usize, letter: u8| {
        let slash = end.checked_sub(2).filter(|_| text[end - 1] == letter)?;
        let backslashes = escape::backslashes_before(text, 0, slash + 1);
        (backslashes > 0).then_some(slash + 1 - backslashes)
    };
    let last = end.checked_sub(1)?;
    if text[last] == b'\n' {
        let at = last - usize::from(last > 0 && text[last - 1] == b'\r');
        return Some(at - usize::from(at > 0 && text[at - 1] == b'\\'));
    }
    let at = written(end, b'n')?;
    Some(written(at, b'r').unwrap_or(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::runs;
    use proptest::prelude::*;

    #[test]
    fn a_short_word_at_the_end_of_the_line_before_is_told() {
        for line_break in ["\n", "\r\n", "\\\n", r"\n", r"\\r\\n", "\n  ", "\n  12 | ", "\n> "] {
            let text = format!("see ab_c{line_break}d1e2f3g4h5i6");
            let start = text.len() - 12;
            let run = Run { start, end: text.len(), digit: true };
            let word = Run { start: 4, end: 8, digit: false };
            assert_eq!(before(text.as_bytes(), run), Some(word), "{text:?}");
            assert_eq!(next(text.as_bytes(), 8), Some(start));
        }
        for text in ["see ab_c d1e2f3g4h5i6", "see ab_c;\nd1e2f3g4h5i6", "d1e2f3g4h5i6", "\nd1e2f3g4h5i6"] {
            let run = Run { start: text.len() - 12, end: text.len(), digit: true };
            assert_eq!(before(text.as_bytes(), run), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_word_is_told_where_none_may_stand(
            pieces in prop::collection::vec(("[a-z0-9]{0,12}", "(\\n|\r\n|\\\\n|\\\\\\\\r\\\\\\\\n|\\\\)?[ \\t>|:#*;\"\u{e9}]{0,2}"), 0..12),
        ) {
            let text: String = pieces.iter().flat_map(|(word, gap)| [word.as_str(), gap.as_str()]).collect();
            for run in runs::find(text.as_bytes()).iter() {
                let told = before(text.as_bytes(), run).is_some();
                prop_assert!(may_stand_before(text.as_bytes(), run) || !told, "{:?}", run);
            }
        }
    }
}
