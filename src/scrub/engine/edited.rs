//! A text in which something was replaced, and the way back.

use std::borrow::Cow;
use std::ops::Range;

use crate::scrub::edit::Edit;

/// A text with markers in it, and where each came from.
pub(crate) struct Edited<'t> {
    pub text: Cow<'t, [u8]>,
    pub(super) edits: Vec<Edit>,
}

impl Edited<'_> {
    /// Where something was replaced.
    pub(super) fn markers(&self) -> Vec<Range<usize>> {
        self.edits.iter().map(|edit| edit.start..edit.end).collect()
    }

    /// The span of the original text that `start..end` stands for; what touches a replacement takes
    /// all that it replaced.
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

    /// Where in this text what stands at `at` in the original stands, or its marker begins.
    pub(super) fn place(&self, at: usize) -> usize {
        let behind = self.edits.partition_point(|edit| edit.from <= at);
        match behind.checked_sub(1).map(|index| &self.edits[index]) {
            Some(edit) if at < edit.to => edit.start,
            Some(edit) => at - edit.to + edit.end,
            None => at,
        }
    }

    /// An offset outside the replacements, `before` of which stand in front of it.
    fn shifted(&self, before: usize, at: usize) -> usize {
        match before.checked_sub(1).map(|index| &self.edits[index]) {
            Some(edit) => at - edit.end + edit.to,
            None => at,
        }
    }
}
