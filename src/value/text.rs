//! What happens to one text or number.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::escape::bytes_as_text;
use super::frame::{Hint, Place, Spot};
use super::key::is_identifier;
use super::node::{Node, Shape, Text};
use super::sandbox::is_sandbox_text;
use super::schema_text::{is_complaint, is_setting};
use super::sink::{Kind, Sink};
use super::walk::{HUGE_COST, Walk};
use crate::scrub::{Field, marker};

/// Numbers of this many digits are compared with the known values: shorter ones are too common, and longer
/// ones would be mistaken for encoded data, which a number is not.
pub(super) const SECRET_NUMBERS: std::ops::RangeInclusive<usize> = 8..=32;

impl Place {
    /// Returns the label of the marker for every text here, unless `text` says what is wrong with a value or is
    /// a setting.
    pub(super) fn label_of(self, text: &[u8]) -> Option<&'static str> {
        self.label.filter(|label| !is_complaint(text) && !is_setting(label, text))
    }

    /// Returns the label of the marker for every number here.
    pub(super) fn label_of_number(self) -> Option<&'static str> {
        self.label.filter(|_| self.hint != Hint::Count)
    }

    /// Returns the kind of field that `text` is in here.
    pub(super) fn field(self, text: &[u8]) -> Field {
        match self.hint {
            Hint::Identity if is_identifier(text) => Field::Identity,
            Hint::Opaque => Field::Opaque,
            Hint::Identity | Hint::Ordinary | Hint::Count | Hint::Signed => Field::Ordinary,
        }
    }
}

/// Whether a text under a sensitive key with this label is kept: it is empty, or already a marker, also one
/// that the walk itself writes.
pub(super) fn stays_under(label: &str, text: &[u8]) -> bool {
    text.is_empty() || marker::is_fixed(text) || text == marker(label).as_bytes()
}

/// A text that is visited.
#[derive(Clone, Copy)]
pub(super) struct Subject<'t> {
    pub text: &'t [u8],
    /// Whether the text was given in place of the node's own.
    given: bool,
    kind: Kind,
    pub place: Place,
}

impl<'t> Subject<'t> {
    /// A text of a node at `place`: its `own`, or the one that is `given` in its place.
    pub(super) fn of(own: &'t impl Text, given: Option<&'t [u8]>, kind: Kind, place: Place) -> Self {
        Self { text: given.unwrap_or(own.bytes()), given: given.is_some(), kind, place }
    }
}

impl<N: Node, S: Sink<N>> Walk<'_, N, S> {
    /// Scrubs a text of `node`. If there is a `part`, only that is searched and the rest is cut off, but the
    /// kind of the text is judged by all of it.
    pub(super) fn text(&mut self, node: &N, subject: Subject<'_>, part: Option<&[u8]>) {
        let Subject { text, given, kind, place } = subject;
        if place.to_judge() && is_sandbox_text(text) {
            return self.sandbox(place);
        }
        if let Some(label) = place.label_of(text) {
            return self.redact(node, subject, label);
        }
        let field = place.field(text);
        let (scrubber, cutoff, tally) = (self.scrubber, self.cutoff, &mut self.tally);
        let searched = part.unwrap_or(text);
        let clean = node.aside(searched.len(), || scrubber.scrub_field_until(searched, field, cutoff, tally));
        // What was not searched is not written. The walk has been given up.
        let Some(clean) = clean else { return self.mark("TRUNCATED") };
        let clean = if part.is_some() {
            tally.redacted("TRUNCATED");
            Cow::Owned([&*clean, marker::TRUNCATED.as_bytes()].concat())
        } else {
            clean
        };
        if S::JSON && kind == Kind::Bytes && std::str::from_utf8(&clean).is_err() {
            // The output spells undecodable bytes as text, which a reader would scrub, so it is scrubbed
            // here.
            let spelled = bytes_as_text(&clean);
            let search = || scrubber.scrub_field_until(&spelled, field, cutoff, tally);
            let Some(spelled) = node.aside(spelled.len(), search) else { return self.mark("TRUNCATED") };
            return self.sink.replaced(node, &spelled, Kind::Text);
        }
        match clean {
            Cow::Borrowed(text) if !given => self.sink.kept(node, text, kind),
            clean => self.sink.replaced(node, &clean, kind),
        }
    }

    /// Scrubs a number of `node`.
    pub(super) fn number(&mut self, node: &N, shape: &Shape<N::Text>, place: Place) {
        if let Some(label) = place.label_of_number() {
            // Any number stands for one that is neither empty nor a marker.
            let subject = Subject { text: b"0", given: false, kind: Kind::Other, place };
            return self.redact(node, subject, label);
        }
        let digits = match shape {
            Shape::Int(number) => {
                self.digits.clear();
                let _ = write!(self.digits, "{number}");
                self.digits.as_bytes()
            }
            Shape::Digits(digits) => digits.bytes(),
            Shape::Huge if !self.take_room(HUGE_COST) || !self.spend(HUGE_COST) => {
                return self.mark("TRUNCATED");
            }
            _ => return self.sink.plain(node, shape),
        };
        if !SECRET_NUMBERS.contains(&digits.len()) {
            return self.sink.plain(node, shape);
        }
        // A number is not taken for a secret by its appearance, but it may be a known value.
        match self.scrubber.scrub_field(digits, Field::Identity, &mut self.tally) {
            Cow::Borrowed(_) => self.sink.plain(node, shape),
            Cow::Owned(text) => self.sink.replaced(node, &text, Kind::Other),
        }
    }

    /// Redacts a text or number under a sensitive key. Empty text is kept, and so is a marker; both may have
    /// been given in place of the node's own text.
    fn redact(&mut self, node: &N, subject: Subject<'_>, label: &str) {
        let Subject { text, given, kind, .. } = subject;
        if stays_under(label, text) {
            if given {
                self.sink.replaced(node, text, kind);
            } else {
                self.sink.kept(node, text, kind);
            }
            return;
        }
        self.tally.redacted(label);
        self.sink.replaced(node, marker(label).as_bytes(), kind);
    }

    /// Drops sandbox content at `place`, or replaces it by a marker.
    pub(super) fn sandbox(&mut self, place: Place) {
        self.tally.dropped_one();
        if place.spot == Spot::Item {
            self.sink.dropped();
        } else {
            self.tally.redacted("SANDBOX");
            self.sink.marker(&marker("SANDBOX"));
        }
    }
}
