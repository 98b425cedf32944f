//! Text that is sent to the platform or written to the results file: scrubbed, valid, and of bounded length.

use std::borrow::Cow;

use crate::Scrubber;
use crate::scrub::{Field, Tally, marker};
use crate::value::{Encoder, Layout, Node, Shape, Text, Walk, is_identifier};

/// The longest text in a heartbeat or in a record of the results file, in bytes.
pub(super) const MAX_TEXT: usize = 16 * 1024;

/// The longest text that is scrubbed as a whole; of a longer one only a beginning of this length is.
const MAX_SCRUBBED: usize = 64 * 1024;

/// The end of a text that was cut.
const ELLIPSIS: char = '…';

/// The kind and the length that the text of a field may have.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    /// The kind of field. A text without the shape of an identifier is always treated as ordinary.
    pub field: Field,
    /// The most bytes of the text.
    pub limit: usize,
}

impl Fit {
    /// Any text, up to [`MAX_TEXT`] bytes.
    pub(super) const TEXT: Self = Self { field: Field::Ordinary, limit: MAX_TEXT };
    /// An id of up to 256 bytes.
    pub(super) const ID: Self = Self { field: Field::Identity, limit: 256 };
}

/// Returns the text of a value as [`text`] reads it, not scrubbed unless it is that of a container: as much of it as
/// [`scrubbed`] searches.
pub(super) fn given<N: Node>(value: Option<&N>, scrubber: &Scrubber) -> Vec<u8> {
    let Some(value) = value else { return Vec::new() };
    match value.shape() {
        Shape::Text(text) | Shape::Bytes(text) | Shape::Other(text) | Shape::Digits(text) => {
            let bytes = text.bytes();
            bytes[..bytes.len().min(MAX_SCRUBBED + scrubber.reach())].to_vec()
        }
        Shape::Null => Vec::new(),
        _ => spelled(value, scrubber),
    }
}

/// Returns a container, or a value without a text of its own, as scrubbed JSON.
fn spelled<N: Node>(value: &N, scrubber: &Scrubber) -> Vec<u8> {
    Walk::new(scrubber, Encoder::new(Layout::Compact)).run(value).0.into_bytes()
}

/// Returns the text of a value, scrubbed, as valid UTF-8 without NUL; empty if the value is missing.
///
/// Strings give their text, numbers and other objects their spelling, containers their JSON.
pub(super) fn text<N: Node>(value: Option<&N>, fit: Fit, scrubber: &Scrubber) -> String {
    let Some(value) = value else { return String::new() };
    match value.shape() {
        Shape::Text(text) | Shape::Bytes(text) | Shape::Other(text) | Shape::Digits(text) => {
            let bytes = text.bytes();
            value.aside(bytes.len(), || scrubbed(bytes, fit, scrubber))
        }
        Shape::Null => String::new(),
        _ => scrubbed(&spelled(value, scrubber), fit, scrubber),
    }
}

/// Returns `bytes` scrubbed, as valid UTF-8 without NUL, within the length limit.
pub(super) fn scrubbed(bytes: &[u8], fit: Fit, scrubber: &Scrubber) -> String {
    let field = if is_identifier(bytes) { fit.field } else { Field::Ordinary };
    cut(scrub_and(bytes, field, scrubber, valid_without_nul), fit.limit)
}

/// Scrubs before and after `change`: before, since a known value may contain what is changed, and after,
/// since the change may join the two halves of a secret.
pub(super) fn scrub_and(
    bytes: &[u8],
    field: Field,
    scrubber: &Scrubber,
    change: fn(&[u8]) -> Cow<'_, str>,
) -> String {
    let first = head(bytes, field, scrubber);
    let changed = change(&first);
    if changed.as_bytes() == &*first {
        return changed.into_owned();
    }
    let again = scrubber.scrub_field(changed.as_bytes(), field, &mut Tally::default());
    change(&again).into_owned()
}

/// Returns the bytes scrubbed; of more than [`MAX_SCRUBBED`], the beginning and an ellipsis.
fn head<'t>(bytes: &'t [u8], field: Field, scrubber: &Scrubber) -> Cow<'t, [u8]> {
    if bytes.len() <= MAX_SCRUBBED {
        return scrubber.scrub_field(bytes, field, &mut Tally::default());
    }
    let mut end = MAX_SCRUBBED;
    // Not between the bytes of a character.
    while end > 0 && bytes[end] & 0xC0 == 0x80 {
        end -= 1;
    }
    let mut head = scrubber.scrub_head(bytes, end, field);
    head.extend_from_slice(ELLIPSIS.encode_utf8(&mut [0; 4]).as_bytes());
    Cow::Owned(head)
}

/// Converts any bytes to text that every database accepts: UTF-8 with U+FFFD in place of invalid bytes. NUL
/// is removed, since it may separate the halves of a word.
pub(super) fn valid_without_nul(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if memchr::memchr(0, text.as_bytes()).is_none() {
        return text;
    }
    Cow::Owned(text.replace('\0', ""))
}

/// Cuts `text` to at most `limit` bytes, with an ellipsis in place of what was removed. A marker is kept or
/// removed as a whole.
pub(super) fn cut(mut text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit.saturating_sub(ELLIPSIS.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(marker::around(text.as_bytes(), end).start);
    text.push(ELLIPSIS);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_marker_is_cut_in_two() {
        let text = "caf\u{e9} [REDACTED:GITHUB_TOKEN] and more";
        for limit in 3..text.len() {
            let short = cut(text.to_owned(), limit);
            let kept = short.strip_suffix(ELLIPSIS).expect("it was cut");
            assert!(short.len() <= limit && text.starts_with(kept), "{short}");
            assert_eq!(marker::in_text(kept).count(), kept.matches('[').count(), "{short}");
        }
    }
}
