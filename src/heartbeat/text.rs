//! Text that leaves for the platform or for the results file: scrubbed, valid, and not longer than it may be.

use std::borrow::Cow;

use crate::Scrubber;
use crate::scrub::{Field, Tally};
use crate::value::{Encoder, Layout, Node, Shape, Text, Walk, is_identifier};

/// The longest text in a beat or in a record of the results file, in bytes.
pub(super) const MAX_TEXT: usize = 16 * 1024;

/// Stands at the end of a text that was cut.
const ELLIPSIS: char = '…';

/// No marker is longer.
const MAX_MARKER: usize = 80;

/// What a field's text is made fit for.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    /// What kind of field it is; an identity field only as far as its text has an identifier's shape.
    pub field: Field,
    /// Bytes it may take.
    pub limit: usize,
}

impl Fit {
    /// Any text, as long as a text may be.
    pub(super) const TEXT: Self = Self { field: Field::Ordinary, limit: MAX_TEXT };
    /// The id of something.
    pub(super) const ID: Self = Self { field: Field::Identity, limit: 256 };
}

/// The text of a value, scrubbed, valid UTF-8 without NUL; empty for what is missing.
///
/// Strings are their text, numbers and other objects what they are spelled as, containers their JSON.
pub(super) fn text<N: Node>(value: Option<&N>, fit: Fit, scrubber: &Scrubber) -> String {
    let Some(value) = value else { return String::new() };
    match value.shape() {
        Shape::Text(text) | Shape::Bytes(text) | Shape::Other(text) | Shape::Digits(text) => {
            let bytes = text.bytes();
            value.aside(bytes.len(), || scrubbed(bytes, fit, scrubber))
        }
        Shape::Null => String::new(),
        _ => {
            let mut walk = Walk::new(scrubber, Encoder::new(Layout::Compact));
            walk.run(value);
            scrubbed(&walk.finish().0.into_bytes(), fit, scrubber)
        }
    }
}

/// `bytes` scrubbed, as valid UTF-8 without NUL, not longer than it may be.
pub(super) fn scrubbed(bytes: &[u8], fit: Fit, scrubber: &Scrubber) -> String {
    let field = if is_identifier(bytes) { fit.field } else { Field::Ordinary };
    cut(scrub_and(bytes, field, scrubber, valid), fit.limit)
}

/// Scrubs before and after `change`: before, since a known value may hold what is changed, and after, since a change may
/// put the two halves of a secret together.
pub(super) fn scrub_and(
    bytes: &[u8],
    field: Field,
    scrubber: &Scrubber,
    change: fn(&[u8]) -> Cow<'_, str>,
) -> String {
    let first = scrubber.scrub_field(bytes, field, &mut Tally::default());
    let changed = change(&first);
    if changed.as_bytes() == &*first {
        return changed.into_owned();
    }
    let again = scrubber.scrub_field(changed.as_bytes(), field, &mut Tally::default());
    change(&again).into_owned()
}

/// Any bytes as text that every database takes: UTF-8 with U+FFFD in place of what is not valid, and without NUL, which only
/// keeps the halves of a word apart.
pub(super) fn valid(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if memchr::memchr(0, text.as_bytes()).is_none() {
        return text;
    }
    Cow::Owned(text.replace('\0', ""))
}

/// `text` in at most `limit` bytes, with an ellipsis where something went; a marker stays whole or goes.
pub(super) fn cut(mut text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit.saturating_sub(ELLIPSIS.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if let Some(open) = text[..end].rfind("[REDACTED:")
        && end - open <= MAX_MARKER
        && !text[open..end].contains(']')
    {
        end = open;
    }
    text.truncate(end);
    text.push(ELLIPSIS);
    text
}
