//! The replacements in a text: the map between the offsets of the edited text and those of the original, and
//! which parts they leave unchanged.
//!
//! An [`Edited`](super::engine::Edited) text is a whole one with markers in it, a [`View`](super::layer::View)
//! a stretch of one in another spelling; both lead back by [`origin`].

use std::ops::Range;

/// A span of the edited text that replaces a span of the original; empty where something was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// The span in the edited text.
    pub start: usize,
    pub end: usize,
    /// The span in the original text.
    pub from: usize,
    pub to: usize,
}

/// Maps `start..end`, which is not empty, from an edited text to the original. A span that reaches into a
/// replacement covers all that it replaced; what was left out inside the span is covered too, but not what was
/// left out beside it. `edits` are in order, and the edited text begins at `begin` of the original.
pub(super) fn origin(edits: &[Edit], begin: usize, start: usize, end: usize) -> (usize, usize) {
    // Maps an offset outside the replacements and after the first `before` of them.
    let shifted = |before: usize, at: usize| match before.checked_sub(1).map(|index| &edits[index]) {
        Some(edit) => at - edit.end + edit.to,
        None => begin + at,
    };
    let first = edits.partition_point(|edit| edit.end <= start);
    let from = match edits.get(first) {
        Some(edit) if edit.start <= start => edit.from,
        _ => shifted(first, start),
    };
    let last = edits.partition_point(|edit| edit.start < end);
    let to = match last.checked_sub(1).map(|at| &edits[at]) {
        Some(edit) if edit.end >= end => edit.to,
        _ => shifted(last, end),
    };
    (from, to)
}

/// A part of an edited text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A part in or near which something was replaced.
    Changed(Range<usize>),
    /// An unchanged part, with its offset in the original text.
    Kept(Range<usize>, usize),
}

/// Divides `range` of an edited text into changed and unchanged parts, in order. `edits` are in order.
/// `around` returns the range that counts as changed for an edit: it contains the edit, and neither end may
/// precede that of the edit before.
pub(super) fn parts(
    edits: &[Edit],
    range: &Range<usize>,
    around: impl Fn(Range<usize>) -> Range<usize>,
) -> Vec<Part> {
    let first = edits.partition_point(|edit| edit.end < range.start);
    let behind = edits.partition_point(|edit| edit.start <= range.end);
    let mut parts = Vec::with_capacity(2 * (behind - first) + 1);
    let mut at = range.start;
    // `edited` is the number of edits before `kept`.
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

/// Whether so much of a text has changed that reuse is not worth its cost.
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

/// Builds the original text of `pieces`, the edited text, and its edits. Of each piece the first part is
/// kept, and in the second part one text is replaced by another.
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
