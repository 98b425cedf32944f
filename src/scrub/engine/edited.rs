//! A text in which spans were replaced, with the map between its offsets and those of the original.

use std::borrow::Cow;
use std::ops::Range;

use crate::scrub::edit::{self, Edit};

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

    /// Maps the span `start..end`, which is not empty, to the original text; see [`edit::origin`].
    pub(super) fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        edit::origin(&self.edits, 0, start, end)
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
}
