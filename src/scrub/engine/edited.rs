//! A text in which spans were replaced, with the map between its offsets and those of the original.

use std::borrow::Cow;
use std::ops::Range;

use crate::scrub::edit::Edit;

/// A text with markers in it, and the replacements that led to it.
pub(crate) struct Edited<'t> {
    pub text: Cow<'t, [u8]>,
    pub(super) edits: Vec<Edit>,
}

impl Edited<'_> {
    /// The spans of the replacements in this text.
    pub(super) fn markers(&self) -> Vec<Range<usize>> {
        self.edits.iter().map(|edit| edit.start..edit.end).collect()
    }

    /// Maps the span `start..end` to the original text. A span that touches a replacement covers all that it
    /// replaced.
    pub(super) fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        let first = self.edits.partition_point(|edit| edit.end <= start);
        let from = match self.edits.get(first) {
            Some(edit) if edit.start <= start => edit.from,
            _ => self.shifted(first, start),
        };
        let last = self.edits.partition_point(|edit| edit.start < end);
        let to = match last.checked_sub(1).map(|at| &self.edits[at]) {
            Some(edit) if edit.end >= end => edit.to,
            _ => self.shifted(last, end),
        };
        (from, to)
    }

    /// Maps an offset of the original to this text; an offset inside a replaced span maps to the start of its
    /// marker.
    pub(super) fn place(&self, at: usize) -> usize {
        let behind = self.edits.partition_point(|edit| edit.from <= at);
        match behind.checked_sub(1).map(|index| &self.edits[index]) {
            Some(edit) if at < edit.to => edit.start,
            Some(edit) => at - edit.to + edit.end,
            None => at,
        }
    }

    /// Maps `at`, an offset outside the replacements and after the first `before` of them, to the original
    /// text.
    fn shifted(&self, before: usize, at: usize) -> usize {
        match before.checked_sub(1).map(|index| &self.edits[index]) {
            Some(edit) => at - edit.end + edit.to,
            None => at,
        }
    }
}
