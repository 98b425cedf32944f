//! The parts of a text that contain bytes of some kind: what begins with such bytes is searched for only
//! there.

use std::ops::Range;

use super::{CHUNK, Runs};

/// Parts of a text, in order and not adjacent.
pub(crate) struct Parts(Vec<Range<usize>>);

impl Parts {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.0.iter().cloned()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the first result of `find` on the parts after `from`; a part that contains `from` begins
    /// there.
    pub(crate) fn search<T>(
        &self,
        from: usize,
        mut find: impl FnMut(Range<usize>) -> Option<T>,
    ) -> Option<T> {
        let first = self.0.partition_point(|part| part.end <= from);
        self.0[first..].iter().find_map(|part| find(part.start.max(from)..part.end))
    }
}

impl Runs {
    /// The parts of the text that contain bytes of these kinds, in whole chunks, with `reach` bytes on both
    /// sides. There are none of these bytes outside.
    pub(crate) fn parts(&self, marks: u8, reach: usize) -> Parts {
        if self.chunks.is_empty() {
            return Parts(self.holds(marks).then_some(0..self.length).into_iter().collect());
        }
        let mut parts: Vec<Range<usize>> = Vec::new();
        for (number, _) in self.chunks.iter().enumerate().filter(|(_, chunk)| **chunk & marks != 0) {
            let start = (number * CHUNK).saturating_sub(reach);
            let end = self.length.min((number + 1) * CHUNK + reach);
            match parts.last_mut() {
                Some(last) if start <= last.end => last.end = end,
                _ => parts.push(start..end),
            }
        }
        Parts(parts)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::find;
    use super::*;

    proptest! {
        #[test]
        fn what_stands_outside_of_the_parts_has_none_of_the_marks(
            pieces in prop::collection::vec(
                (0_usize..2 * CHUNK, prop::sample::select(vec!["%41", "^", "\u{e9}", r"\x41", r"\n", "\u{7}", "[", "\u{1b}["])), 0..6,
            ),
            cut in 0_usize..3,
            marks: u8,
            reach in 0_usize..9,
        ) {
            let text: String = pieces.iter().map(|(gap, sign)| "a".repeat(*gap) + sign).collect();
            let text = &text.as_bytes()[cut.min(text.len())..];
            let runs = find(text);
            let parts: Vec<Range<usize>> = runs.parts(marks, reach).iter().collect();
            let holds = |at: usize| find(&text[at..text.len().min(at + 2)]).marks & marks != 0
                && find(&text[at + 1..text.len().min(at + 2)]).marks & marks == 0;
            for at in (0..text.len()).filter(|at| holds(*at)) {
                let near = at.saturating_sub(reach)..=(at + reach).min(text.len() - 1);
                prop_assert!(parts.iter().any(|part| part.contains(near.start()) && part.contains(near.end())), "{}", at);
            }
            prop_assert!(parts.windows(2).all(|pair| pair[0].end < pair[1].start));
            prop_assert_eq!(parts.is_empty(), !runs.holds(marks));
            let met = runs.parts(marks, reach).search(0, |part| Some(part.start));
            prop_assert_eq!(met, parts.first().map(|part| part.start));
        }
    }
}
