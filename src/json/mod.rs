//! A strict JSON scanner: no tree, no recursion, bounded in size, depth and digits.
//!
//! It accepts what Python's `json.load` accepts of UTF-8 text within its bounds: lone surrogates as
//! `\udXXX` escapes, duplicate keys (the last one counts), and the three words `NaN`, `Infinity` and
//! `-Infinity`, which are reported, since files of the replaced module may hold them.

mod scanner;
pub(crate) mod string;
mod tree;

use std::borrow::Cow;
use std::ops::Range;

use scanner::{Event, Scanner};
use string::unescape;

use crate::Result;

pub use tree::{Value, parse};

/// The largest document, in bytes (64 MiB).
pub const MAX_BYTES: usize = 64 << 20;
/// The deepest nesting of arrays and objects.
pub const MAX_DEPTH: usize = 300;
/// The longest integer, in digits: what Python reads without being told to.
pub const MAX_DIGITS: usize = 4300;

/// What [`check`] saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Whether `NaN`, `Infinity` or `-Infinity` stands in it.
    pub non_finite: bool,
    /// Whether the document is an object.
    pub object: bool,
}

/// Says whether `bytes` is one JSON document.
///
/// # Errors
/// [`ErrorKind::TooLarge`] over [`MAX_BYTES`]; else [`ErrorKind::InvalidInput`] with the offset of the first byte
/// that cannot stand there.
pub fn check(bytes: &[u8]) -> Result<Summary> {
    let mut scanner = Scanner::new(bytes)?;
    let mut summary = Summary::default();
    let mut first = true;
    while let Some(event) = scanner.next()? {
        summary.object |= first && event == Event::ObjectStart;
        summary.non_finite |= matches!(event, Event::NonFinite(_));
        first = false;
    }
    Ok(summary)
}

/// The same document with `null` for every `NaN`, `Infinity` and `-Infinity`.
///
/// # Errors
/// As [`check`].
pub fn strict(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    let mut scanner = Scanner::new(bytes)?;
    let mut out = Vec::new();
    let mut copied = 0;
    while let Some(event) = scanner.next()? {
        if let Event::NonFinite(range) = event {
            out.extend_from_slice(&bytes[copied..range.start]);
            out.extend_from_slice(b"null");
            copied = range.end;
        }
    }
    if copied == 0 {
        return Ok(Cow::Borrowed(bytes));
    }
    out.extend_from_slice(&bytes[copied..]);
    Ok(Cow::Owned(out))
}

/// The members of an object: each key, unescaped, and where its value stands.
pub(crate) type Members = Vec<(Vec<u8>, Range<usize>)>;

/// The members of the object that `bytes` is, equal keys included.
/// `None` when `bytes` is a document of another kind.
pub(crate) fn members(bytes: &[u8]) -> Result<Option<Members>> {
    let mut scanner = Scanner::new(bytes)?;
    if scanner.next()? != Some(Event::ObjectStart) {
        return Ok(None);
    }
    let mut members = Vec::new();
    while let Some(Event::Key(key)) = scanner.next()? {
        let start = scanner.value_start();
        scanner.skip_value()?;
        members.push((unescape(&bytes[key]), start..scanner.at));
    }
    // What follows the object is looked at too: a document is valid as a whole or not at all.
    while scanner.next()?.is_some() {}
    Ok(Some(members))
}
