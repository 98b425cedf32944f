//! A test whether a seam may be adjacent to a run at all, by two bytes on each side of it.

use crate::scrub::runs::Run;

/// What a byte may be next to a run, as a set of bits.
static KIND: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0_u8;
    while byte.is_ascii() {
        kinds[byte as usize] = match byte {
            b'"' | b'\'' | b'`' | b'\\' => FIRST | LAST,
            b'<' | b'&' => FIRST,
            b'>' => LAST | BEFORE_BREAK,
            b';' => LAST,
            b'=' => BEFORE_BREAK | SOFT,
            b'\n' => BREAK,
            b'\r' => BREAK | BEFORE_BREAK,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};
/// The first byte of a seam, and the last.
const FIRST: u8 = 1;
const LAST: u8 = 1 << 1;
/// A line break, which ends a seam if a byte of `BEFORE_BREAK` precedes it, and begins one if it follows the
/// `=` of a soft break.
const BREAK: u8 = 1 << 2;
const BEFORE_BREAK: u8 = 1 << 3;
const SOFT: u8 = 1 << 4;

/// Whether a seam may touch a run, by the adjacent bytes alone. The test has no branches, since the bytes
/// next to words are unpredictable, and holds wherever [`super::may_begin`] or [`super::may_end`] does.
#[inline]
pub(crate) fn may_touch(text: &[u8], run: Run) -> bool {
    let kind = |at: usize| text.get(at).map_or(0, |byte| KIND[usize::from(*byte)]);
    // There is no byte before the beginning of the text.
    let (last, before) = (kind(run.start.wrapping_sub(1)), kind(run.start.wrapping_sub(2)));
    let (mark, first) = (kind(run.end - 1), kind(run.end));
    let ends = (last & LAST) | (last / BREAK) & (before / BEFORE_BREAK) & 1;
    let begins = (first & FIRST) | (first / BREAK) & (mark / SOFT) & 1;
    ends | begins != 0
}

#[cfg(test)]
mod tests {
    use super::super::{may_begin, may_end};
    use super::*;
    use crate::scrub::{escape, runs};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_seam_touches_a_run_where_it_begins_or_ends(
            pieces in prop::collection::vec(("[a-z0-9=]{0,14}", "(\\\\n|\\\\)?[\"'<>&;=\n\r ]{0,3}"), 0..12),
        ) {
            let text: String = pieces.iter().flat_map(|(word, gap)| [word.as_str(), gap.as_str()]).collect();
            let text = text.as_bytes();
            for run in runs::find(text).iter() {
                let start = run.start + usize::from(escape::is_escape_letter(text, run.start));
                let softly = text[run.end - 1] == b'=' && matches!(text.get(run.end), Some(b'\n' | b'\r' | b'\\'));
                let touched = may_end(text, start) || may_begin(text, run.end) || softly;
                prop_assert!(may_touch(text, run) || !touched, "{:?}", run);
            }
        }
    }
}
