//! Strict JSON: a scanner without recursion, bounded in size, depth and digits, and a tree of values.
//!
//! Within its bounds it accepts what Python's `json.load` accepts of UTF-8 text: lone surrogates as `\udXXX`
//! escapes, duplicate keys (the last one counts), and the three words `NaN`, `Infinity` and `-Infinity`. The
//! words are reported, since files of the replaced module may hold them.
//!
//! ```
//! use prestop::json;
//!
//! assert!(json::check(br#"{"a": [1, NaN]}"#)?.non_finite);
//! assert_eq!(json::strict(br#"{"a": [1, NaN]}"#)?, br#"{"a": [1, null]}"#.as_slice());
//! assert!(json::check(b"{} {}").is_err());
//! # Ok::<(), prestop::Error>(())
//! ```

mod integer;
mod scanner;
pub(crate) mod string;
mod tree;

use std::borrow::Cow;
use std::ops::Range;

use scanner::{Event, Scanner};
use string::unescape;

use crate::Result;

pub(crate) use integer::{hexadecimal, is_long};
pub use tree::{Value, parse};
pub(crate) use tree::{parse_input, parse_of_others};

/// The largest document, in bytes (64 MiB).
///
/// ```
/// assert_eq!(prestop::json::MAX_BYTES, 67_108_864);
/// ```
pub const MAX_BYTES: usize = 64 << 20;
/// The largest document that is accepted in order to be made smaller, in bytes (1 GiB): a snapshot that is
/// about to be written.
///
/// ```
/// assert_eq!(prestop::json::MAX_INPUT, 1_073_741_824);
/// ```
pub const MAX_INPUT: usize = 1 << 30;
/// The deepest nesting of arrays and objects.
///
/// ```
/// use prestop::json::{MAX_DEPTH, check};
///
/// let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
/// assert!(check(nested(MAX_DEPTH).as_bytes()).is_ok());
/// assert!(check(nested(MAX_DEPTH + 1).as_bytes()).is_err());
/// ```
pub const MAX_DEPTH: usize = 300;
/// The longest integer, in digits: the default limit of Python.
///
/// ```
/// use prestop::json::{MAX_DIGITS, check};
///
/// assert!(check("7".repeat(MAX_DIGITS).as_bytes()).is_ok());
/// assert!(check("7".repeat(MAX_DIGITS + 1).as_bytes()).is_err());
/// ```
pub const MAX_DIGITS: usize = 4300;

/// What [`check`] found out about a document.
///
/// ```
/// let summary = prestop::json::check(b"[-Infinity]")?;
/// assert!(summary.non_finite && !summary.object);
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Whether it contains `NaN`, `Infinity` or `-Infinity`.
    pub non_finite: bool,
    /// Whether the document is an object.
    pub object: bool,
}

/// Checks that `bytes` is one JSON document.
///
/// ```
/// use prestop::json;
///
/// assert!(json::check(b"{}")?.object);
/// let error = json::check(b"[1, 2").unwrap_err();
/// assert_eq!(error.to_string(), "not JSON: it ends early at offset 5");
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) over [`MAX_BYTES`]; otherwise
/// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) with the offset of the first byte that is not
/// allowed there.
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

/// Returns the document with `null` for every `NaN`, `Infinity` and `-Infinity`.
///
/// ```
/// assert_eq!(prestop::json::strict(b"[NaN, 1]")?, b"[null, 1]".as_slice());
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// Same as [`check`].
pub fn strict(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    without_words(bytes, Scanner::new(bytes)?)
}

/// Like [`strict`], but for what a host hands over to be written, within the bounds of [`parse_input`].
pub(crate) fn strict_input(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    without_words(bytes, Scanner::up_to(bytes, MAX_INPUT)?.with_digits(integer::MAX_CONVERTED))
}

fn without_words<'b>(bytes: &'b [u8], mut scanner: Scanner<'_>) -> Result<Cow<'b, [u8]>> {
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

/// Returns the document without what [`check`] refuses in some of its values, so that the other values are
/// not lost: U+FFFD replaces bytes that are not UTF-8, a string of its digits replaces an integer of more
/// than [`MAX_DIGITS`] digits, `null` replaces an array or object that is nested deeper than [`MAX_DEPTH`].
///
/// ```
/// use prestop::json::{MAX_DEPTH, check, tolerable};
///
/// assert_eq!(tolerable(b"[\"caf\xe9\"]")?, "[\"caf\u{fffd}\"]".as_bytes());
/// let deep = format!("[5, {}{}]", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
/// assert!(check(deep.as_bytes()).is_err());
/// assert!(check(&tolerable(deep.as_bytes())?).is_ok());
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) over [`MAX_BYTES`];
/// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if it is not JSON even then.
pub fn tolerable(bytes: &[u8]) -> Result<Vec<u8>> {
    let text = String::from_utf8_lossy(bytes);
    let bytes = text.as_bytes();
    let mut scanner = Scanner::of_any_depth(bytes)?;
    let mut out = Vec::with_capacity(bytes.len());
    let (mut copied, mut depth) = (0, 0);
    while let Some(event) = scanner.next()? {
        match event {
            Event::ObjectStart | Event::ArrayStart => {
                depth += 1;
                if depth == MAX_DEPTH + 1 {
                    out.extend_from_slice(&bytes[copied..scanner.at - 1]);
                }
            }
            Event::ObjectEnd | Event::ArrayEnd => {
                if depth == MAX_DEPTH + 1 {
                    out.extend_from_slice(b"null");
                    copied = scanner.at;
                }
                depth -= 1;
            }
            Event::Number(range) if depth <= MAX_DEPTH && is_long_integer(&bytes[range.clone()]) => {
                out.extend_from_slice(&bytes[copied..range.start]);
                string::push(&bytes[range.clone()], &mut out);
                copied = range.end;
            }
            _ => {}
        }
    }
    out.extend_from_slice(&bytes[copied..]);
    Ok(out)
}

fn is_long_integer(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    digits.len() > MAX_DIGITS && digits.iter().all(u8::is_ascii_digit)
}

/// The members of an object: each key, unescaped, and the range of its value.
pub(crate) type Members = Vec<(Vec<u8>, Range<usize>)>;

/// Returns the members of the object in `bytes`, equal keys included. `None` if `bytes` is a document of
/// another kind.
pub(crate) fn members(bytes: &[u8]) -> Result<Option<Members>> {
    members_of(Scanner::new(bytes)?, bytes)
}

/// Like [`members`], for a document of up to `limit` bytes.
pub(crate) fn members_up_to(bytes: &[u8], limit: usize) -> Result<Option<Members>> {
    members_of(Scanner::up_to(bytes, limit)?, bytes)
}

/// Like [`members`], for a document of any size.
pub(crate) fn members_of_any_size(bytes: &[u8]) -> Result<Option<Members>> {
    members_of(Scanner::of_any_size(bytes)?, bytes)
}

fn members_of(mut scanner: Scanner<'_>, bytes: &[u8]) -> Result<Option<Members>> {
    if scanner.next()? != Some(Event::ObjectStart) {
        return Ok(None);
    }
    let mut members = Vec::new();
    while let Some(Event::Key(key)) = scanner.next()? {
        let start = scanner.value_start();
        scanner.skip_value()?;
        members.push((unescape(&bytes[key]), start..scanner.at));
    }
    // What follows the object is scanned too: a document is valid as a whole or not at all.
    while scanner.next()?.is_some() {}
    Ok(Some(members))
}

/// Returns the object that `bytes` begins with, whatever follows it; `None` if it begins with something else.
pub(crate) fn first_object(bytes: &[u8]) -> Result<Option<&[u8]>> {
    let text = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid()).as_bytes();
    let mut scanner = Scanner::new(text)?;
    if scanner.value_start() == text.len() || text[scanner.at] != b'{' {
        return Ok(None);
    }
    scanner.skip_value()?;
    Ok(Some(&text[..scanner.at]))
}

/// Returns the ranges of the items of the array in `bytes`; `None` if it is something else. The size is not
/// bounded.
pub(crate) fn items(bytes: &[u8]) -> Result<Option<Vec<Range<usize>>>> {
    let mut scanner = Scanner::of_any_size(bytes)?;
    if scanner.next()? != Some(Event::ArrayStart) {
        return Ok(None);
    }
    let mut items = Vec::new();
    while let Some(item) = scanner.next_item()? {
        items.push(item);
    }
    Ok(Some(items))
}

/// Returns the ranges of all strings in a document of any size, keys included, with their quotes.
pub(crate) fn texts(bytes: &[u8]) -> Result<Vec<Range<usize>>> {
    let mut scanner = Scanner::of_any_size(bytes)?;
    let mut texts = Vec::new();
    while let Some(event) = scanner.next()? {
        if let Event::String(range) | Event::Key(range) = event {
            texts.push(range);
        }
    }
    Ok(texts)
}

/// Returns the ranges of the strings in a document of any size that are values, not keys, with their quotes.
pub(crate) fn strings(bytes: &[u8]) -> Result<Vec<Range<usize>>> {
    let mut scanner = Scanner::of_any_size(bytes)?;
    let mut strings = Vec::new();
    while let Some(event) = scanner.next()? {
        if let Event::String(range) = event {
            strings.push(range);
        }
    }
    Ok(strings)
}
