//! Derives the runs of an edited text from those of the original.

use std::ops::Range;

use super::{BLOCK, CHUNK, ESCAPED, Run, Runs, find, is_token, low};
use crate::scrub::edit::{self, Edit, Part};

/// Extends a place in `range` of a text by the adjacent token characters.
pub(crate) fn around(text: &[u8], range: &Range<usize>, place: &Range<usize>) -> Range<usize> {
    let before = text[range.start..place.start.max(range.start)].iter().rev();
    let behind = text[place.end.min(range.end)..range.end].iter();
    let before = before.take_while(|byte| is_token(**byte)).count();
    let behind = behind.take_while(|byte| is_token(**byte)).count();
    place.start - before..place.end + behind
}

impl Runs {
    /// The runs that touch or overlap the span between two offsets, in order.
    pub(crate) fn between(&self, from: usize, to: usize) -> impl Iterator<Item = Run> + '_ {
        let first = self.list.partition_point(|run| run.end < from);
        self.list[first..].iter().copied().take_while(move |run| run.start <= to)
    }

    /// The runs of `range` of the edited `text`, derived from these runs of the original. `None` if a search
    /// costs no more. The range begins and ends at line boundaries or those of the text. Its marks may
    /// include kinds of bytes that do not occur in it.
    pub(crate) fn reuse(&self, text: &[u8], edits: &[Edit], range: &Range<usize>) -> Option<Self> {
        // A run next to a change continues into it, or did before.
        let parts = edit::parts(edits, range, |place| around(text, range, &place));
        if edit::is_mostly_changed(&parts) {
            return None;
        }
        let length = range.len();
        let chunks = if length > CHUNK { vec![0; length.div_ceil(CHUNK)] } else { Vec::new() };
        let joints = vec![0; length.div_ceil(BLOCK)];
        let list = Vec::with_capacity(self.list.len());
        let mut taken = Self { list, joints, marks: 0, chunks, length };
        for part in parts {
            match part {
                Part::Changed(part) => {
                    let found = find(&text[part.clone()]);
                    let mut marks = found.marks;
                    if part.start > range.start && text[part.start - 1] == b'\\' {
                        marks |= ESCAPED;
                    }
                    taken.add(part.start - range.start, part.len(), marks, &found, 0);
                }
                Part::Kept(part, origin) => {
                    let marks = self.marks_between(origin, origin + part.len());
                    taken.add(part.start - range.start, part.len(), marks, self, origin);
                }
            }
        }
        Some(taken)
    }

    /// The marks that may occur in a part of the text.
    fn marks_between(&self, from: usize, to: usize) -> u8 {
        let chunks = self.chunks.get(from / CHUNK..to.div_ceil(CHUNK));
        chunks
            .filter(|chunks| !chunks.is_empty())
            .map_or(self.marks, |chunks| chunks.iter().fold(0, |all, one| all | one))
    }

    /// Adds what is known of `length` bytes, at `origin` in another text and at `start` in this one.
    fn add(&mut self, start: usize, length: usize, marks: u8, other: &Self, origin: usize) {
        let first = other.list.partition_point(|run| run.start < origin);
        let behind = other.list.partition_point(|run| run.end <= origin + length);
        // A replaced span may directly follow this part, inside a run.
        let kept = other.list.get(first..behind).unwrap_or_default();
        if start == origin {
            // Before the first edit offsets are unchanged.
            self.list.extend_from_slice(kept);
        } else {
            self.list.extend(kept.iter().map(|run| Run {
                start: run.start - origin + start,
                end: run.end - origin + start,
                ..*run
            }));
        }
        // In words of this text, the first and last of which also have bits of other parts.
        let mut at = start;
        while at < start + length {
            let shift = at % BLOCK;
            let count = (BLOCK - shift).min(start + length - at);
            self.joints[at / BLOCK] |= (other.joints_from(origin + at - start) & low(count)) << shift;
            at += count;
        }
        self.marks |= marks;
        if length > 0 && !self.chunks.is_empty() {
            for chunk in &mut self.chunks[start / CHUNK..(start + length).div_ceil(CHUNK)] {
                *chunk |= marks;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_taken_over_are_those_of_the_text(
            lines in prop::collection::vec(prop::collection::vec((
                "[a-z0-9./_=-]{0,12}[ :\"\\\\%\u{e9}\\^]{0,2}[a-z]{0,4}",
                prop::option::of(("[a-z0-9 ]{1,9}", "(\\[REDACTED:X\\])?(\n|n)?|\\\\\"x\\\\\"")),
            ), 0..20), 1..12),
            long in 0_usize..3000,
        ) {
            let filler = format!("{}\n", " a%".repeat(long / 3));
            let filled = |line: Vec<_>| line.into_iter().chain([(filler.clone(), None)]);
            let pieces: Vec<_> = lines.into_iter().flat_map(filled).collect();
            let (before, after, edits) = edit::edited(&pieces);
            let (before, after) = (before.as_bytes(), after.as_bytes());
            let lines = memchr::memchr_iter(b'\n', after).map(|at| at + 1);
            let begin: Vec<usize> = [0].into_iter().chain(lines).collect();
            let runs = find(before);
            for start in 0..begin.len() {
                for end in start..begin.len() {
                    let range = begin[start]..begin[end];
                    let Some(taken) = runs.reuse(after, &edits, &range) else { continue };
                    let found = find(&after[range]);
                    prop_assert_eq!(&taken.list, &found.list);
                    prop_assert_eq!(&taken.joints, &found.joints);
                    prop_assert_eq!((taken.length, taken.chunks.len()), (found.length, found.chunks.len()));
                    prop_assert_eq!(taken.marks | found.marks, taken.marks);
                    for (taken, found) in taken.chunks.iter().zip(&found.chunks) {
                        prop_assert_eq!(*taken | *found, *taken);
                    }
                }
            }
        }
    }
}
