//! What was replaced in a text, and which parts of the text that came of it are as they were.

use std::ops::Range;

/// A part of a text that stands in the place of another in the text before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// Where it stands.
    pub start: usize,
    pub end: usize,
    /// What it stands for in the text before.
    pub from: usize,
    pub to: usize,
}

/// A part of an edited text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Something was replaced in it, or near it.
    Changed(Range<usize>),
    /// It stood in the text before, where the number says.
    Kept(Range<usize>, usize),
}

/// The parts of `range` of an edited text, in order: of each of `edits`, which are in order, what `around` says of its place has changed, which
/// holds the place and begins and ends no earlier than for the edit in front.
pub(super) fn parts(
    edits: &[Edit],
    range: &Range<usize>,
    around: impl Fn(Range<usize>) -> Range<usize>,
) -> Vec<Part> {
    let first = edits.partition_point(|edit| edit.end < range.start);
    let behind = edits.partition_point(|edit| edit.start <= range.end);
    let mut parts = Vec::with_capacity(2 * (behind - first) + 1);
    let mut at = range.start;
    // Behind so many edits.
    let keep = |parts: &mut Vec<Part>, kept: Range<usize>, edited: usize| {
        if !kept.is_empty() {
            let last = edited.checked_sub(1).map(|last| edits[last]);
            let origin = last.map_or(kept.start, |edit| kept.start - edit.end + edit.to);
            parts.push(Part::Kept(kept, origin));
        }
    };
    for (number, edit) in edits.iter().enumerate().take(behind).skip(first) {
        let changed = around(edit.start..edit.end);
        let start = changed.start.clamp(range.start, range.end);
        let end = changed.end.clamp(range.start, range.end);
        keep(&mut parts, at..start, number);
        match parts.last_mut() {
            Some(Part::Changed(last)) if start <= last.end => last.end = last.end.max(end),
            _ if start < end => parts.push(Part::Changed(start..end)),
            _ => {}
        }
        at = at.max(end);
    }
    keep(&mut parts, at..range.end, behind);
    parts
}

/// Whether so much of a text has changed that none of it is worth being taken over.
pub(super) fn is_mostly_changed(parts: &[Part]) -> bool {
    let (mut kept, mut changed) = (0, 0);
    for part in parts {
        match part {
            Part::Changed(range) => changed += range.len(),
            Part::Kept(range, _) => kept += range.len(),
        }
    }
    kept < changed
}

/// The text of `pieces`, what came of it, and its edits: of each piece the first part stayed, and of the second a text in the place of
/// another.
#[cfg(test)]
pub(super) fn edited(pieces: &[(String, Option<(String, String)>)]) -> (String, String, Vec<Edit>) {
    let (mut before, mut after, mut edits) = (String::new(), String::new(), Vec::new());
    for (kept, edit) in pieces {
        before += kept;
        after += kept;
        if let Some((gone, put)) = edit {
            let (from, start) = (before.len(), after.len());
            before += gone;
            after += put;
            edits.push(Edit { start, end: after.len(), from, to: before.len() });
        }
    }
    (before, after, edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_kept_stood_there_and_parts_are_all_of_a_range(
            pieces in prop::collection::vec(("[a-d]{0,9}", prop::option::of(("[e-h]{1,4}", "[i-m]{0,5}"))), 0..6),
            cut in any::<[prop::sample::Index; 2]>(),
            reach in 0_usize..5,
        ) {
            let (before, after, edits) = edited(&pieces);
            let ends = cut.map(|at| at.index(after.len() + 1));
            let range = ends[0].min(ends[1])..ends[0].max(ends[1]);
            let around = |place: Range<usize>| place.start.saturating_sub(reach)..place.end + reach;
            let mut at = range.start;
            for part in parts(&edits, &range, around) {
                let part = match part {
                    Part::Changed(part) => part,
                    Part::Kept(part, origin) => {
                        prop_assert_eq!(&after[part.clone()], &before[origin..origin + part.len()]);
                        let touches = |edit: &Edit| {
                            let near = around(edit.start..edit.end);
                            let counts = edit.start <= range.end && edit.end >= range.start;
                            counts && near.start < part.end && part.start < near.end
                        };
                        prop_assert!(!edits.iter().any(touches));
                        part
                    }
                };
                prop_assert!(part.start == at && !part.is_empty());
                at = part.end;
            }
            prop_assert_eq!(at, range.end);
        }
    }
}
