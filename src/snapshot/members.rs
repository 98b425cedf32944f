//! Removal of whole members of a snapshot and of its `adapter`, where neither strings nor transcript lines
//! make it too large.

use std::ops::Range;

use super::shrink::{LABEL, LINES};
use crate::Result;
use crate::json;
use crate::scrub::Tally;
use crate::scrub::marker::truncated;
use crate::value::names_identity;

/// The marker that replaces the value of a member.
const CUT: &[u8] = concat!("\"", truncated!(), "\"").as_bytes();
/// The fields that are kept, unless their value is an object or an array.
const FIELDS: [&[u8]; 6] =
    [b"workspace_id", b"session_id", b"timestamp", b"current_task", b"active_tasks", b"uptime_seconds"];
/// The longest value that counts as an identifier, in bytes with its quotes.
const LONGEST_ID: usize = 130;

/// When a member may be removed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    First,
    /// After all others, since it is an identifier.
    Last,
    Never,
}

/// A member of an object, or an item of an array.
struct Member {
    /// The end of what comes before it.
    from: usize,
    value: Range<usize>,
    turn: Turn,
}

/// Replaces the largest values that are not strings by a marker, until the document fits or none is left.
pub(super) fn cut(document: &[u8], limit: usize, tally: &mut Tally) -> Result<Vec<u8>> {
    let groups = groups(document)?;
    let may_go = |member: &&Member| {
        member.turn == Turn::First && member.value.len() > CUT.len() && document[member.value.start] != b'"'
    };
    let mut values: Vec<_> =
        groups.iter().flatten().filter(may_go).map(|member| member.value.clone()).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    let mut excess = document.len().saturating_sub(limit);
    let enough = values.iter().take_while(|value| {
        let is_needed = excess > 0;
        excess = excess.saturating_sub(value.len() - CUT.len());
        is_needed
    });
    let count = enough.count();
    values.truncate(count);
    for _ in &values {
        tally.redacted(LABEL);
    }
    Ok(edited(document, values.into_iter().map(|value| (value, CUT)).collect()))
}

/// Removes the largest members, identifiers last, until the document fits or only what must be kept is left.
pub(super) fn leave_out(document: &[u8], limit: usize, tally: &mut Tally) -> Result<Vec<u8>> {
    let groups = groups(document)?;
    let mut members: Vec<&Member> =
        groups.iter().flatten().filter(|member| member.turn != Turn::Never).collect();
    members.sort_by_key(|member| (member.turn, std::cmp::Reverse(member.value.end - member.from)));
    let mut excess = document.len().saturating_sub(limit);
    let mut gone = Vec::new();
    for member in members {
        if excess == 0 {
            break;
        }
        excess = excess.saturating_sub(member.value.end - member.from);
        gone.push(member.from);
        tally.dropped_one();
    }
    gone.sort_unstable();
    let mut edits = Vec::new();
    for group in &groups {
        let mut is_first = true;
        for (index, member) in group.iter().enumerate() {
            if gone.binary_search(&member.from).is_ok() {
                edits.push((member.from..member.value.end, &b""[..]));
            } else if std::mem::take(&mut is_first) && index > 0 {
                // Everything before it is removed, and so must be the comma that separated it.
                let comma = memchr::memchr(b',', &document[member.from..]).map_or(0, |at| at + 1);
                edits.push((member.from..member.from + comma, &b""[..]));
            }
        }
    }
    Ok(edited(document, edits))
}

/// Returns the members of the document and those of its `adapter`.
fn groups(document: &[u8]) -> Result<Vec<Vec<Member>>> {
    let mut whole = group(document, 0..document.len())?;
    let adapter = whole
        .iter_mut()
        .rev()
        .find(|(name, member)| name == b"adapter" && document[member.value.start] == b'{');
    let mut groups = Vec::new();
    if let Some((_, member)) = adapter {
        member.turn = Turn::Never;
        let at = member.value.clone();
        groups.push(group(document, at)?);
    }
    groups.push(whole);
    Ok(groups.into_iter().map(|group| group.into_iter().map(|(_, member)| member).collect()).collect())
}

/// Returns the members of the object, or the items of the array, at `at`, with their names; none for any
/// other value.
fn group(document: &[u8], at: Range<usize>) -> Result<Vec<(Vec<u8>, Member)>> {
    let bytes = &document[at.clone()];
    let named = match json::members_of_any_size(bytes)? {
        Some(members) => members,
        None => json::items(bytes)?.into_iter().flatten().map(|item| (Vec::new(), item)).collect(),
    };
    let mut from = at.start + 1 + bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let mut group: Vec<_> = named
        .into_iter()
        .map(|(name, value)| {
            let value = at.start + value.start..at.start + value.end;
            let member = Member { from, turn: turn(&name, &document[value.clone()]), value };
            from = member.value.end;
            (name, member)
        })
        .collect();
    // Of equal names the last one counts, so the others may be removed.
    let mut seen = Vec::new();
    for (name, member) in group.iter_mut().rev().filter(|(_, member)| member.turn == Turn::Never) {
        if seen.contains(name) {
            member.turn = Turn::First;
        } else {
            seen.push(name.clone());
        }
    }
    Ok(group)
}

/// Decides when a member of this name and value may be removed.
fn turn(name: &[u8], value: &[u8]) -> Turn {
    let is_container = matches!(value.first(), Some(b'{' | b'['));
    let stays = if name == LINES.as_bytes() {
        value.first() == Some(&b'[')
    } else {
        FIELDS.contains(&name) && !is_container
    };
    if stays {
        Turn::Never
    } else if names_identity(name) && !is_container && value.len() <= LONGEST_ID {
        Turn::Last
    } else {
        Turn::First
    }
}

/// Returns the document with some parts replaced; the parts must not overlap.
fn edited(document: &[u8], mut edits: Vec<(Range<usize>, &[u8])>) -> Vec<u8> {
    edits.sort_unstable_by_key(|(part, _)| part.start);
    let mut out = Vec::with_capacity(document.len());
    let mut copied = 0;
    for (part, instead) in edits {
        out.extend_from_slice(&document[copied..part.start]);
        out.extend_from_slice(instead);
        copied = part.end;
    }
    out.extend_from_slice(&document[copied..]);
    out
}
