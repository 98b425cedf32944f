//! Views of tokens in pieces that are divided by seams ([`seam`]), with the seams left out.
//!
//! A stretch is built only where a run ends or begins at a seam. It is followed in both directions, and no
//! byte is read again, except for the overlap in which the next stretch finds a token that crosses the end of
//! a long one.

use super::seam::{self, Seam};
use super::{View, line_wrapped};
use crate::scrub::escape;
use crate::scrub::runs::Runs;

/// The longest piece, the longest stretch, and how much of it the next one repeats, in bytes.
const PIECE: usize = 4 << 10;
const LONGEST: usize = 32 << 10;
const OVERLAP: usize = 4 << 10;
/// The most adjacent seams.
const BESIDE: usize = 8;
/// How much of the text around a stretch its view includes, in bytes.
const BEFORE: usize = 64;
const AFTER: usize = 256;

/// Calls `look` with every stretch of `text` that holds seams, without them, and with the places of those
/// seams after which another word may begin, in order. `runs` are the runs of `text`.
pub(crate) fn each(text: &[u8], runs: &Runs, mut look: impl FnMut(&View, &[usize])) {
    let mut done = 0;
    // At least one piece of a token is long or has a digit; the others are reached from there.
    for run in runs.likely().filter(|run| seam::may_touch(text, *run)) {
        if run.end <= done {
            continue;
        }
        let start = first(text, run.start);
        let before = if seam::may_end(text, start) { joint_before(text, start, done) } else { None };
        let may_begin = || seam::may_begin(text, run.end) || ends_softly(text, run.end);
        let found = before.or_else(|| if may_begin() { joint_after(text, run.end, done) } else { None });
        let Some(seam) = found else { continue };
        let mut seams = vec![seam];
        let mut begin = piece_begin(text, seam.start, done);
        while let Some(seam) = joint_before(text, begin, done)
            && seams[0].end - seam.start < LONGEST
        {
            seams.push(seam);
            begin = piece_begin(text, seam.start, done);
        }
        seams.reverse();
        let mut end = piece_end(text, seam.end);
        let mut more = joint_after(text, end, begin);
        while let Some(seam) = more.filter(|seam| seam.end - begin < LONGEST) {
            seams.push(seam);
            end = piece_end(text, seam.end);
            more = joint_after(text, end, begin);
        }
        look_at(text, begin, end, &seams, &mut look);
        // What was cut off continues after a seam of this stretch.
        let again = seams.iter().find(|seam| more.is_some() && seam.end + OVERLAP >= end);
        done = again.map_or(end, |seam| seam.end);
    }
}

/// The part of a line before a seam that continues on the next line, if the line ends with such a seam.
pub(crate) fn before_next(line: &[u8]) -> Option<&[u8]> {
    let is_joint = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`+.&|~\\=_".contains(byte);
    let end = line.len() - line.iter().rev().take(AFTER).take_while(|byte| is_joint(byte)).count();
    line[end..].iter().any(|byte| escape::is_quote(*byte) || *byte == b'=').then(|| &line[..end])
}

/// Whether a piece may be a word of its own, and not the last letters of a token.
pub(crate) fn may_be_word(piece: &[u8]) -> bool {
    piece.len() > 2 && reads_as_word(piece)
}

/// Whether a piece, however short, does not look like part of a token.
pub(crate) fn reads_as_word(piece: &[u8]) -> bool {
    let mixed = piece.iter().any(u8::is_ascii_digit) && piece.iter().any(u8::is_ascii_alphabetic);
    !mixed && !line_wrapped::is_random(piece)
}

/// Calls `look` with the view of the pieces from `begin` to `end`.
fn look_at(text: &[u8], begin: usize, end: usize, seams: &[Seam], look: &mut impl FnMut(&View, &[usize])) {
    let apart = |byte: &u8| byte.is_ascii_whitespace() || escape::is_quote(*byte) || *byte == b'<';
    let before = &text[begin.saturating_sub(BEFORE)..begin];
    let start = begin - (before.len() - before.iter().rposition(apart).map_or(0, |at| at + 1));
    let after = &text[end..text.len().min(end + AFTER)];
    let end = end + after.iter().position(|byte| apart(byte) || *byte == b'\\').unwrap_or(after.len());
    let mut view = View::with_capacity(start, end - start, seams.len());
    let mut guesses = Vec::new();
    for seam in seams {
        view.replace(text, seam.start, seam.end, &[]);
        if !seam.sure {
            guesses.push(view.text.len());
        }
    }
    view.copy(text, end);
    look(&view, &guesses);
}

/// Whether what ends at `end` ends with the `=` of a soft break, which is also a token character.
fn ends_softly(text: &[u8], end: usize) -> bool {
    end > 0 && text[end - 1] == b'=' && matches!(text.get(end), Some(b'\n' | b'\r' | b'\\'))
}

/// Where a run that seems to begin at `at` begins: the letter of an escape is not part of it.
fn first(text: &[u8], at: usize) -> usize {
    at + usize::from(at < text.len() && escape::is_escape_letter(text, at))
}

/// Whether `byte` may occur in a token or a value.
fn is_piece(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"'`\\<>&|(){}[],;".contains(&byte)
}

fn piece_begin(text: &[u8], end: usize, floor: usize) -> usize {
    let from = floor.max(end.saturating_sub(PIECE));
    let length = text[from..end].iter().rev().take_while(|byte| is_piece(**byte)).count();
    first(text, end - length).min(end)
}

fn piece_end(text: &[u8], start: usize) -> usize {
    start + text[start..].iter().take(PIECE).take_while(|byte| is_piece(**byte)).count()
}

/// The adjacent seams that end at `end` as one, if they are between two pieces.
fn joint_before(text: &[u8], end: usize, floor: usize) -> Option<Seam> {
    if !text.get(end).is_some_and(|byte| is_piece(*byte)) {
        return None;
    }
    let mut joint = seam::before(text, end, floor)?;
    for _ in 1..BESIDE {
        let Some(seam) = seam::before(text, joint.start, floor) else { break };
        joint = Seam { start: seam.start, sure: joint.sure && seam.sure, ..joint };
    }
    (joint.start > floor && is_piece(text[joint.start - 1])).then_some(joint)
}

/// The adjacent seams that begin at `at` as one, if they are between two pieces.
fn joint_after(text: &[u8], at: usize, floor: usize) -> Option<Seam> {
    let last = at.checked_sub(1).filter(|last| *last >= floor)?;
    // The `=` of a soft break is also a token character.
    let at =
        if text[last] == b'=' && matches!(text.get(at), Some(b'\n' | b'\r' | b'\\')) { last } else { at };
    let mut joint = seam::at(text, at)?;
    for _ in 1..BESIDE {
        let Some(seam) = seam::at(text, joint.end) else { break };
        joint = Seam { end: seam.end, sure: joint.sure && seam.sure, ..joint };
    }
    let between =
        at > floor && is_piece(text[at - 1]) && text.get(joint.end).is_some_and(|byte| is_piece(*byte));
    between.then_some(joint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::runs;
    use proptest::prelude::*;

    fn views(text: &str) -> Vec<(String, Vec<usize>)> {
        let mut all = Vec::new();
        each(text.as_bytes(), &runs::find(text.as_bytes()), |view, guesses| {
            for at in 0..view.text.len() {
                let (start, end) = view.origin(at, at + 1);
                assert_eq!(&text.as_bytes()[start..end], &view.text[at..=at]);
            }
            all.push((String::from_utf8_lossy(&view.text).into_owned(), guesses.to_vec()));
        });
        all
    }

    #[test]
    fn pieces_are_put_together_from_one_of_them_on() {
        for text in [
            r#"x = "ab" + "cdefghij0123" + "kl";"#,
            "x = (\n    \"ab\"\n    \"cdefghij0123\"\n    \"kl\"\n)",
            "echo ab'cdefghij0123'\"kl\"",
            "<p>ab<wbr>cdefghij0123</wbr><i>kl</i></p>",
            "ab=\ncdefghij0123=\r\nkl",
            r#"{"x": "\"ab\" . \"cdefghij0123\" . \"kl\""}"#,
        ] {
            let all = views(text);
            assert!(all.len() == 1 && all[0].0.contains("abcdefghij0123kl"), "{text}: {all:?}");
        }
        assert_eq!(views("\"ab\"\n\"cdefghij0123\"")[0].1, [2]);
        assert!(views(r#"{"abcdefghij": "klmnopqrst", "x": ["abcdefghij", "klmnopqrst"]}"#).is_empty());
    }

    #[test]
    fn a_line_may_end_in_front_of_a_seam() {
        for line in ["x = \"abc\"", "x = \"abc\" +", "x = 'abc' \\", "x = \\\"abc\\\" .", "x = abc="] {
            assert!(before_next(line.as_bytes()).is_some_and(|before| before.ends_with(b"abc")), "{line}");
        }
        assert!(before_next(b"abc + ").is_none() && before_next(b"\"abc\",").is_none());
    }

    #[test]
    fn long_stretches_are_bounded_and_overlap() {
        for between in ["\" + \"", "<b>", "=\n", "''", "\\"] {
            let text = format!("-abcdefghij01{between}").repeat(10_000);
            let all = views(&text);
            assert!(
                all.iter().all(|(view, _)| view.len() <= LONGEST + PIECE + BEFORE + AFTER),
                "{between:?}"
            );
            assert!(all.iter().map(|(view, _)| view.len()).sum::<usize>() <= 2 * text.len(), "{between:?}");
            assert!(all.len() > 2, "{between:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(pieces in prop::collection::vec(prop_oneof![
            Just("\"".to_owned()), Just("'".to_owned()), Just("\\".to_owned()), Just("=\n".to_owned()), Just(" + ".to_owned()),
            Just("<b>".to_owned()), Just("&shy;".to_owned()), "[a-z0-9]{1,14}", "\\PC{0,3}",
        ], 0..60)) {
            let text = pieces.concat();
            let shown: usize = views(&text).iter().map(|(view, _)| view.len()).sum();
            prop_assert!(shown <= (text.len() + BEFORE + AFTER) * (text.len() / 12 + 1));
        }
    }
}
