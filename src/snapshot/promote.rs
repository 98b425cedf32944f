//! Promotion: session fields that are only under `adapter`, also at the top level.

use std::borrow::Cow;
use std::ops::Range;

use crate::json::{self, string};

/// The keys that adapters look for at the top level.
const PROMOTED: [&[u8]; 2] = [b"session_id", b"transcript_lines"];

/// Returns the document with `session_id` and `transcript_lines` also at the top level, if they are only
/// under `adapter`.
///
/// The file has them under `adapter` alone, but existing adapters read them from the top level. Everything
/// else, spelling and order included, is left alone; what is not an object with an `adapter` object is
/// returned unchanged.
///
/// ```
/// let promoted = prestop::snapshot::promote(br#"{"adapter": {"session_id": "s-1"}}"#);
/// let promoted: serde_json::Value = serde_json::from_slice(&promoted)?;
/// assert_eq!(promoted["session_id"], "s-1");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn promote(document: &[u8]) -> Cow<'_, [u8]> {
    let Ok(Some(top)) = json::members(document) else { return Cow::Borrowed(document) };
    let Some(adapter) = value(&top, b"adapter") else { return Cow::Borrowed(document) };
    let Ok(Some(inner)) = json::members(&document[adapter.clone()]) else { return Cow::Borrowed(document) };
    // There is an `adapter`, so there is a last member.
    let end = top.last().map_or(adapter.end, |(_, value)| value.end);
    let mut out = Vec::new();
    for key in PROMOTED {
        let Some(at) = value(&inner, key).filter(|_| value(&top, key).is_none()) else { continue };
        if out.is_empty() {
            out.extend_from_slice(&document[..end]);
        }
        out.extend_from_slice(b",\n  ");
        string::push(key, &mut out);
        out.extend_from_slice(b": ");
        out.extend_from_slice(&document[adapter.start + at.start..adapter.start + at.end]);
    }
    if out.is_empty() {
        return Cow::Borrowed(document);
    }
    out.extend_from_slice(&document[end..]);
    Cow::Owned(out)
}

/// Returns the range of the value of `key`; of equal keys the last one counts.
fn value(members: &json::Members, key: &[u8]) -> Option<Range<usize>> {
    members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.clone())
}
