//! Views of a text in other spellings: percent-encoded, with entities or `\u` escapes, in base64, over
//! several lines, or around a marker. A secret is a secret in every spelling, so each view is searched as
//! well.
//!
//! No second copy of the whole text is made. A [`View`] holds one decoded stretch with a map back to the
//! source. In a text without such a spelling a view only costs the search for its first bytes.

pub(crate) mod across_seams;
pub(crate) mod around_markers;
pub(crate) mod base64;
pub(crate) mod char_escapes;
mod column;
pub(crate) mod command_words;
mod common_prefix;
mod cut_prefix;
pub(crate) mod deltas;
pub(crate) mod emphasis;
pub(crate) mod line_prefix;
pub(crate) mod line_wrapped;
mod seam;

use std::ops::Range;

use super::edit::{self, Edit};
use super::invisible::Gap;

/// How deeply views are nested: percent-encoding in base64 in base64, and one more.
pub(crate) const MAX_DEPTH: usize = 3;

/// A stretch of a text in another spelling, or without what a reader does not see, with the map back to its
/// source offsets.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub text: Vec<u8>,
    /// Source offset of the beginning.
    start: usize,
    /// The replacements, in order.
    edits: Vec<Edit>,
}

/// The places where a value that ends at `at` may continue: after a seam, or in the next row of its table
/// cell.
pub(crate) fn behind_seam(text: &[u8], at: usize) -> Vec<usize> {
    match seam::at(text, at) {
        Some(seam) => vec![seam.end],
        None if column::goes_on(text, at) => column::continuations(text, at),
        None => Vec::new(),
    }
}

impl View {
    fn new(start: usize) -> Self {
        Self { start, ..Self::default() }
    }

    /// Creates an empty view with capacity for `length` bytes and `edits` replacements.
    fn with_capacity(start: usize, length: usize, edits: usize) -> Self {
        Self { text: Vec::with_capacity(length), start, edits: Vec::with_capacity(edits) }
    }

    /// Returns the part of `text` in `range` without `gaps`, which are all inside it and in order.
    pub(crate) fn without_gaps(text: &[u8], range: Range<usize>, gaps: &[Gap]) -> Self {
        let mut view = Self::with_capacity(range.start, range.len(), gaps.len());
        for gap in gaps {
            view.replace(text, gap.start, gap.end, b"");
        }
        view.copy(text, range.end);
        view
    }

    /// Copies the source unchanged up to `end`.
    fn copy(&mut self, text: &[u8], end: usize) {
        let from = self.edits.last().map_or(self.start, |edit| edit.to);
        self.text.extend_from_slice(&text[from..end]);
    }

    /// Appends `decoded` in place of `from..to`.
    fn replace(&mut self, text: &[u8], from: usize, to: usize, decoded: &[u8]) {
        self.copy(text, from);
        let start = self.text.len();
        self.text.extend_from_slice(decoded);
        self.edits.push(Edit { start, end: self.text.len(), from, to });
    }

    /// The offset in the view of source offset `at`, which must precede all replacements.
    pub(crate) fn place(&self, at: usize) -> usize {
        at.saturating_sub(self.start)
    }

    /// Maps `start..end` of the view, which is not empty, to the source; see [`edit::origin`].
    pub(crate) fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        edit::origin(&self.edits, self.start, start, end)
    }

    /// Whether `start..end` crosses the beginning of a replacement, with bytes on both sides of it.
    pub(crate) fn spans_edit(&self, start: usize, end: usize) -> bool {
        let first = self.edits.partition_point(|edit| edit.start <= start);
        self.edits.get(first).is_some_and(|edit| edit.start < end)
    }

    /// Whether bytes were left out inside a word: with neither white space nor a quote beside them.
    pub(crate) fn joins_words(&self) -> bool {
        let parts = |at: Option<usize>| {
            let byte = at.and_then(|at| self.text.get(at));
            byte.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\''))
        };
        self.edits.iter().any(|edit| !parts(edit.start.checked_sub(1)) && !parts(Some(edit.end)))
    }

    /// Maps `start..end` of the view to spans of the source, without the bytes left out between them.
    pub(crate) fn parts(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        let mut parts = Vec::new();
        let mut from = start;
        let first = self.edits.partition_point(|edit| edit.start <= start);
        let inside = self.edits[first..].iter().map(|edit| edit.start).take_while(|at| *at < end);
        for at in inside.chain([end]) {
            if at > from {
                parts.push(self.origin(from, at));
                from = at;
            }
        }
        parts
    }

    /// The beginning of the last part of `start..end`, if the span ends where a part ends: at a replacement
    /// or at the end of the view.
    pub(crate) fn last_part(&self, start: usize, end: usize) -> Option<usize> {
        let ends = end == self.text.len() || self.edits.iter().any(|edit| edit.start == end);
        let last = self.edits.iter().map(|edit| edit.start).rfind(|at| start < *at && *at < end);
        last.filter(|_| ends)
    }
}
