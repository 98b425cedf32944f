//! What the walk of `value` asks about texts that continue in each other: the lines of a list, the
//! strings of a streamed answer.

use std::ops::Range;
use std::sync::Arc;

use super::{Field, Finding, Scrubber, info, layer};

/// The offsets of the first byte of a secret and after its last, and the label of its marker.
pub(crate) type Span = (usize, usize, Arc<str>);

/// What may begin in a line and continue in the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Continuation {
    /// A token at the end of the line, which continues for a few lines.
    Token,
    /// A multi-line block, a known value or an event of a streamed answer: of no known length.
    Long,
}

impl Scrubber {
    /// Like [`Self::findings`], with whether each one is only a part of a secret that is split over several
    /// places.
    pub(crate) fn findings_and_parts(&self, text: &[u8]) -> impl Iterator<Item = (Finding, bool)> {
        let hits = self.engine.redactions(text, Field::Ordinary).into_iter();
        hits.map(|hit| {
            let rule = info::id(self.engine.rules(), &hit.source);
            let label = self.engine.label(&hit.source).into();
            (Finding { rule, label, start: hit.start, end: hit.end }, hit.part)
        })
    }

    /// What in `text` may continue in further lines, if anything: it holds a part of a multi-line block (a
    /// private key), ends in what may be the beginning of a token or a known value, or is an event of a
    /// streamed answer. Cheap; may be something without need.
    pub(crate) fn continuation(&self, text: &[u8]) -> Option<Continuation> {
        if layer::deltas::is_event(text) || self.may_hold_block(text) {
            return Some(Continuation::Long);
        }
        self.engine.goes_on(text)
    }

    /// The spans and labels of known values and prefixed tokens, which are certain without context. In order
    /// and without overlaps. At each of `guesses` another word may begin: a token that is complete before one
    /// of them ends there.
    #[cfg(test)]
    pub(crate) fn whole_tokens(&self, text: &[u8], guesses: &[usize]) -> Vec<Span> {
        self.engine.whole_tokens(text, guesses)
    }

    /// The spans and labels of known values and prefixed tokens, if any of them spans one of `joints`, which
    /// are in order; otherwise empty. If `may_begin`, another word may begin at each joint: a token that is
    /// complete before one of them ends there.
    pub(crate) fn tokens_over(&self, text: &[u8], joints: &[usize], may_begin: bool) -> Vec<Span> {
        if !self.engine.goes_over(text, joints) {
            return Vec::new();
        }
        self.engine.whole_tokens(text, if may_begin { joints } else { &[] })
    }

    /// Whether a token that begins at one of `places` continues past the last of them, regardless of what
    /// precedes it.
    pub(crate) fn begins_over(&self, text: &[u8], places: Range<usize>) -> bool {
        self.engine.rules().begins_over(text, places)
    }

    /// The spans and labels of hits in a text that was joined from pieces, without those by randomness alone.
    /// In order; they may overlap.
    pub(crate) fn scan_joined(&self, text: &[u8]) -> Vec<Span> {
        let mut hits = self.engine.scan_joined(text, &[]);
        hits.sort_by_key(|hit| (hit.start, hit.end));
        hits.iter().map(|hit| (hit.start, hit.end, self.engine.label(&hit.source).into())).collect()
    }

    /// Whether [`Self::blocks`] may find something in a text that holds `text`. Cheap; may be true without
    /// need.
    pub(crate) fn may_hold_block(&self, text: &[u8]) -> bool {
        self.engine.may_hold_block(text)
    }

    /// The spans and labels of multi-line blocks (private keys), including those that lack their beginning or
    /// end. In order and without overlaps.
    pub(crate) fn blocks(&self, text: &[u8]) -> Vec<Span> {
        let hits = self.engine.blocks(text).into_iter();
        hits.map(|hit| (hit.start, hit.end, self.engine.label(&hit.source).into())).collect()
    }
}
