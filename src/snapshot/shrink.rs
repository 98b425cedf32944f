//! Making a snapshot smaller that is too large or would come too late, instead of losing it.
//!
//! The longest strings are cut first, all to one length, so that no single line can evict others; only when every
//! string is short do the oldest transcript lines go, and the task's text last. Identifiers are short and stay.

use std::borrow::Cow;
use std::ops::Range;

use crate::json;
use crate::scrub::Tally;
use crate::{Error, ErrorKind, Result};

/// What stands in place of what went.
const MARKER: &[u8] = b"[REDACTED:TRUNCATED]";
const LABEL: &str = "TRUNCATED";
/// No string is cut shorter than this, in bytes as they stand in the file.
const SHORTEST: usize = 1024;
/// The fields whose items are the oldest first.
const LINES: &str = "transcript_lines";
/// The field that is cut last.
const TASK: &[u8] = b"current_task";

/// The document in at most `limit` bytes, and what went: strings cut as redactions `TRUNCATED`, lines as dropped.
///
/// # Errors
/// [`ErrorKind::TooLarge`] when nothing is left that may be cut; [`ErrorKind::InvalidInput`] when a document that is
/// too large is not JSON.
pub(super) fn shrink(document: &[u8], limit: usize) -> Result<(Cow<'_, [u8]>, Tally)> {
    let mut tally = Tally::default();
    if document.len() <= limit {
        return Ok((Cow::Borrowed(document), tally));
    }
    let mut document = cut_strings(document, limit, false, &mut tally)?;
    for path in [&["adapter", LINES][..], &[LINES]] {
        if document.len() > limit {
            document = drop_lines(document, path, limit, &mut tally)?;
        }
    }
    if document.len() > limit {
        document = cut_strings(&document, limit, true, &mut tally)?;
    }
    if document.len() > limit {
        let what = format!("the snapshot is larger than {limit} bytes, and nothing in it can be cut");
        return Err(Error::new(ErrorKind::TooLarge, what));
    }
    Ok((Cow::Owned(document), tally))
}

/// Cuts the longest strings, all to one length, the greatest that makes the document fit.
fn cut_strings(document: &[u8], limit: usize, task: bool, tally: &mut Tally) -> Result<Vec<u8>> {
    let spared = if task { None } else { find(document, &[std::str::from_utf8(TASK).unwrap_or_default()])? };
    let mut strings = json::strings(document)?;
    strings.retain(|string| spared.as_ref() != Some(string) && content(string) > SHORTEST + MARKER.len());
    let excess = document.len().saturating_sub(limit);
    let saved = |length: usize| -> usize {
        strings.iter().map(|string| content(string).saturating_sub(length + MARKER.len())).sum()
    };
    // The greatest length at which enough goes; the search is over lengths, of which there are few.
    let longest = strings.iter().map(content).max().unwrap_or(SHORTEST);
    let (mut low, mut high) = (SHORTEST, longest);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if saved(middle) >= excess { low = middle } else { high = middle - 1 }
    }
    let mut out = Vec::with_capacity(document.len());
    let mut copied = 0;
    for string in strings.into_iter().filter(|string| content(string) > low + MARKER.len()) {
        let end = whole_characters(document, string.start + 1, string.start + 1 + low);
        out.extend_from_slice(&document[copied..end]);
        out.extend_from_slice(MARKER);
        copied = string.end - 1;
        tally.redacted(LABEL);
    }
    out.extend_from_slice(&document[copied..]);
    Ok(out)
}

/// Removes as many of the first items of an array as is enough.
fn drop_lines(mut document: Vec<u8>, path: &[&str], limit: usize, tally: &mut Tally) -> Result<Vec<u8>> {
    let Some(array) = find(&document, path)? else { return Ok(document) };
    let Some(items) = json::items(&document[array.clone()])? else { return Ok(document) };
    let (Some(first), Some(last)) = (items.first(), items.last()) else { return Ok(document) };
    let excess = document.len().saturating_sub(limit);
    // What goes ends where the next item begins, so that the comma between them goes too.
    let ends = items.iter().skip(1).map(|item| item.start).chain([last.end]);
    let (gone, end) =
        ends.enumerate().find(|(_, end)| end - first.start >= excess).unwrap_or((items.len() - 1, last.end));
    document.drain(array.start + first.start..array.start + end);
    for _ in 0..=gone {
        tally.dropped_one();
    }
    Ok(document)
}

/// Where the value at a path of keys stands; of equal keys the last one counts.
fn find(document: &[u8], path: &[&str]) -> Result<Option<Range<usize>>> {
    let mut at = 0..document.len();
    for key in path {
        let Some(members) = json::members_of_any_size(&document[at.clone()])? else { return Ok(None) };
        let Some((_, found)) = members.into_iter().rev().find(|(name, _)| name == key.as_bytes()) else {
            return Ok(None);
        };
        at = at.start + found.start..at.start + found.end;
    }
    Ok(Some(at))
}

/// The length of a string without its quotes.
fn content(string: &Range<usize>) -> usize {
    string.len() - 2
}

/// The last place up to `end` at which a string's content can be cut: before a character or an escape sequence, and not
/// between the two halves of a surrogate pair.
fn whole_characters(document: &[u8], start: usize, end: usize) -> usize {
    let mut at = start;
    loop {
        let mut next = at + step(document, at);
        let pair = document[at..].starts_with(b"\\ud") || document[at..].starts_with(b"\\uD");
        if pair && document.get(next) == Some(&b'\\') {
            next += step(document, next);
        }
        if next > end {
            return at;
        }
        at = next;
    }
}

/// The bytes of the character or escape sequence at `at`.
fn step(document: &[u8], at: usize) -> usize {
    match document[at] {
        b'\\' if document.get(at + 1) == Some(&b'u') => 6,
        0xF0.. => 4,
        0xE0.. => 3,
        b'\\' | 0xC0.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn shrunk(document: &Value, limit: usize) -> (Value, Tally) {
        let text = serde_json::to_vec_pretty(document).unwrap();
        let (bytes, tally) = shrink(&text, limit).unwrap();
        assert!(bytes.len() <= limit, "{} > {limit}", bytes.len());
        (serde_json::from_slice(&bytes).unwrap(), tally)
    }

    #[test]
    fn what_fits_stays() {
        let text = br#"{"a": 1}"#;
        assert!(matches!(shrink(text, 8).unwrap(), (Cow::Borrowed(_), tally) if tally == Tally::default()));
    }

    #[test]
    fn the_longest_string_goes_and_no_line_is_evicted_by_it() {
        let lines: Vec<String> = (0..50).map(|n| format!("line {n}")).collect();
        let mut all = vec!["x".repeat(500_000)];
        all.extend(lines.clone());
        let document = json!({"workspace_id": "w", "current_task": "t".repeat(5000), "adapter":
            {"session_id": "s", "transcript_lines": all}});
        let (small, tally) = shrunk(&document, 20_000);
        assert_eq!(small["current_task"], document["current_task"]);
        assert_eq!(small["adapter"]["session_id"], "s");
        let kept = small["adapter"]["transcript_lines"].as_array().unwrap();
        assert_eq!(kept[1..], lines.iter().map(|line| json!(line)).collect::<Vec<_>>());
        let first = kept[0].as_str().unwrap();
        assert!(first.ends_with("x[REDACTED:TRUNCATED]") && first.len() > 5000);
        assert_eq!((tally.redactions()["TRUNCATED"], tally.dropped()), (1, 0));
    }

    #[test]
    fn the_oldest_lines_go_next_and_the_task_last() {
        let lines: Vec<String> = (0..100).map(|n| format!("{n} {}", "y".repeat(900))).collect();
        let document = json!({"current_task": "t".repeat(9000), "session_id": "s",
            "adapter": {"transcript_lines": lines.clone()}, "transcript_lines": []});
        let (small, tally) = shrunk(&document, 30_000);
        let kept = small["adapter"]["transcript_lines"].as_array().unwrap();
        assert_eq!(tally.dropped(), 100 - kept.len() as u64);
        assert!(kept.len() > 20);
        assert_eq!(kept.last().unwrap().as_str(), lines.last().map(String::as_str));
        assert_eq!(small["current_task"].as_str().unwrap().len(), 9000);
        let (small, tally) = shrunk(&document, 3000);
        assert_eq!(small["adapter"]["transcript_lines"], json!([]));
        assert_eq!((tally.dropped(), &small["session_id"]), (100, &json!("s")));
        assert!(small["current_task"].as_str().unwrap().ends_with("t[REDACTED:TRUNCATED]"));
    }

    #[test]
    fn where_nothing_can_be_cut_it_is_an_error() {
        let document = serde_json::to_vec(&json!({"a": vec![1; 5000]})).unwrap();
        assert_eq!(shrink(&document, 4000).unwrap_err().kind(), ErrorKind::TooLarge);
        assert_eq!(shrink(b"{nonsense", 4).unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    proptest! {
        /// Whatever the strings hold, what is cut is JSON, fits, and says what the whole said up to the cut.
        #[test]
        fn a_cut_string_is_a_beginning_of_it(
            text in prop::collection::vec(prop_oneof![
                Just("é".to_owned()), Just("😀".to_owned()), Just("\\ud83d\\ude00".to_owned()), Just("\\n".to_owned()),
                Just("\\\\".to_owned()), Just("\\u00e9".to_owned()), Just("\\\"".to_owned()), "[a-z]{1,3}",
            ], 700..1500),
            limit in 1100usize..2000,
        ) {
            let document = format!("{{\"t\": \"{}\"}}", text.concat());
            prop_assume!(document.len() > limit);
            let (bytes, _) = shrink(document.as_bytes(), limit).unwrap();
            prop_assert!(bytes.len() <= limit && bytes.len() + 14 > limit.min(document.len()));
            let whole: Value = serde_json::from_str(&document).unwrap();
            let cut: Value = serde_json::from_slice(&bytes).unwrap();
            let beginning = cut["t"].as_str().unwrap().strip_suffix("[REDACTED:TRUNCATED]").unwrap();
            prop_assert!(whole["t"].as_str().unwrap().starts_with(beginning));
        }
    }
}
