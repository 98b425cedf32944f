//! What becomes of one text or number.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::escape::bytes_as_text;
use super::frame::{Hint, Place, Spot};
use super::key::is_identifier;
use super::node::{Node, Shape, Text};
use super::sandbox::is_sandbox_text;
use super::schema_text::is_complaint;
use super::sink::{Kind, Sink};
use super::walk::{HUGE_COST, Walk};
use crate::scrub::{Field, marker};

/// The markers that the walk sets itself, which stand under a sensitive key too.
const OWN_MARKERS: [&[u8]; 4] =
    [b"[REDACTED:SANDBOX]", b"[REDACTED:CYCLE]", b"[REDACTED:DEPTH]", b"[REDACTED:TRUNCATED]"];

/// Numbers with so many digits are looked for among the known values: shorter ones are too common, and longer ones would
/// be taken for encoded data, which a number is not.
pub(super) const SECRET_NUMBERS: std::ops::RangeInclusive<usize> = 8..=32;

impl Place {
    /// What every text here becomes, unless `text` says what is wrong with another.
    pub(super) fn label_of(self, text: &[u8]) -> Option<&'static str> {
        self.label.filter(|_| !is_complaint(text))
    }

    /// What every number here becomes.
    pub(super) fn label_of_number(self) -> Option<&'static str> {
        self.label.filter(|_| self.hint != Hint::Count)
    }

    /// What kind of field `text` stands in here.
    pub(super) fn field(self, text: &[u8]) -> Field {
        match self.hint {
            Hint::Identity if is_identifier(text) => Field::Identity,
            Hint::Opaque => Field::Opaque,
            Hint::Identity | Hint::Ordinary | Hint::Count | Hint::Signed => Field::Ordinary,
        }
    }
}

/// Whether a text under a sensitive key of this label stays: it says nothing, or is the marker itself.
pub(super) fn stays_under(label: &str, text: &[u8]) -> bool {
    text.is_empty() || OWN_MARKERS.contains(&text) || text == marker(label).as_bytes()
}

impl<N: Node, S: Sink<N>> Walk<'_, N, S> {
    /// A text of `node`; `given` stands in place of the node's own text. Only the `part` of it is searched, and the rest goes, where there is
    /// one; what the text is, all of it says.
    pub(super) fn text(
        &mut self,
        node: &N,
        own: &N::Text,
        kind: Kind,
        place: Place,
        given: Option<&[u8]>,
        part: Option<&[u8]>,
    ) {
        let text = given.unwrap_or(own.bytes());
        if place.to_judge() && is_sandbox_text(text) {
            return self.sandbox(place);
        }
        if let Some(label) = place.label_of(text) {
            return self.redact(node, text, given.is_some(), kind, label);
        }
        let field = place.field(text);
        let (scrubber, cutoff, tally) = (self.scrubber, self.cutoff, &mut self.tally);
        let searched = part.unwrap_or(text);
        let clean = node.aside(searched.len(), || scrubber.scrub_field_until(searched, field, cutoff, tally));
        let clean = if part.is_some() {
            tally.redacted("TRUNCATED");
            Cow::Owned([&*clean, marker("TRUNCATED").as_bytes()].concat())
        } else {
            clean
        };
        if S::JSON && kind == Kind::Bytes && std::str::from_utf8(&clean).is_err() {
            // What is written spells undecodable bytes as text, and a reader scrubs that text.
            let spelled = bytes_as_text(&clean);
            let search = || scrubber.scrub_field_until(&spelled, field, cutoff, tally);
            let spelled = node.aside(spelled.len(), search);
            return self.sink.replaced(node, &spelled, Kind::Text);
        }
        match clean {
            Cow::Borrowed(text) if given.is_none() => self.sink.kept(node, text, kind),
            clean => self.sink.replaced(node, &clean, kind),
        }
    }

    /// A number of `node`.
    pub(super) fn number(&mut self, node: &N, shape: &Shape<N::Text>, place: Place) {
        if let Some(label) = place.label_of_number() {
            return self.redact(node, b"0", false, Kind::Other, label);
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
        // A number is not taken for a secret by its looks, but it may be a known one.
        match self.scrubber.scrub_field(digits, Field::Identity, &mut self.tally) {
            Cow::Borrowed(_) => self.sink.plain(node, shape),
            Cow::Owned(text) => self.sink.replaced(node, &text, Kind::Other),
        }
    }

    /// A text or number under a sensitive key. What says nothing stays, and so does the marker itself, which may have been `given`
    /// in place of what the node says.
    fn redact(&mut self, node: &N, text: &[u8], given: bool, kind: Kind, label: &str) {
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

    /// Sandbox content stands here.
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
