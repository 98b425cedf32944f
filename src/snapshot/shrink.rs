//! Making a snapshot smaller that is too large or would be written too late, instead of losing it.
//!
//! The longest strings are cut first, all to the same length, so that no single line can evict others. Only
//! when every string is short are the oldest transcript lines dropped. If both together cannot be enough,
//! something else is too large, and the largest other values are replaced first. `current_task` is the last
//! string to be cut. Identifiers are short and are left out only when nothing else is left; `workspace_id`
//! and `session_id` are always kept.

use std::borrow::Cow;
use std::ops::Range;

use super::members;
use crate::json;
use crate::scrub::{Tally, marker};
use crate::{Error, ErrorKind, Result};

/// The marker in place of what was cut.
const MARKER: &[u8] = marker::TRUNCATED.as_bytes();
pub(super) const LABEL: &str = "TRUNCATED";
/// The least length to which a string is cut, in bytes as encoded in the file.
const SHORTEST: usize = 1024;
/// The field whose items are ordered from oldest to newest.
pub(super) const LINES: &str = "transcript_lines";
/// The paths at which that field occurs.
const PATHS: [&[&str]; 2] = [&["adapter", LINES], &[LINES]];
/// The field whose text is cut after all other strings.
const TASK: &str = "current_task";

/// One way to make a document smaller, given the document and the limit in bytes.
type Step = fn(&[u8], usize, &mut Tally) -> Result<Vec<u8>>;

/// Returns the document in at most `limit` bytes, and what was removed. Strings and other values that were
/// cut count as redactions `TRUNCATED`; lines, and members too short for a marker, count as dropped.
///
/// # Errors
/// [`ErrorKind::TooLarge`] when nothing is left that may be cut; [`ErrorKind::InvalidInput`] when a document
/// that is too large is not JSON.
pub(super) fn shrink(document: &[u8], limit: usize) -> Result<(Cow<'_, [u8]>, Tally)> {
    let mut tally = Tally::default();
    if document.len() <= limit {
        return Ok((Cow::Borrowed(document), tally));
    }
    let mut small = Cow::Borrowed(document);
    let strings = Strings::of(document, false)?;
    let lines = PATHS.iter().map(|path| Ok(find(document, path)?.map_or(0, |lines| lines.len())));
    if document.len() > limit + strings.saved(SHORTEST) + lines.sum::<Result<usize>>()? {
        small = Cow::Owned(members::cut(document, limit, &mut tally)?);
    }
    let steps: [Step; 6] = [
        |document, limit, tally| Ok(Strings::of(document, false)?.cut(document, limit, tally)),
        |document, limit, tally| drop_lines(document, PATHS[0], limit, tally),
        |document, limit, tally| drop_lines(document, PATHS[1], limit, tally),
        members::cut,
        |document, limit, tally| Ok(Strings::of(document, true)?.cut(document, limit, tally)),
        members::leave_out,
    ];
    for step in steps {
        if small.len() > limit {
            small = Cow::Owned(step(&small, limit, &mut tally)?);
        }
    }
    if small.len() > limit {
        let what = format!("the snapshot is larger than {limit} bytes, and nothing in it can be cut");
        return Err(Error::new(ErrorKind::TooLarge, what));
    }
    Ok((small, tally))
}

/// The strings of a document that may be cut.
struct Strings(Vec<Range<usize>>);

impl Strings {
    /// Finds the strings that are long enough to be cut. The text of `current_task` is among them only if
    /// `task` is set.
    fn of(document: &[u8], task: bool) -> Result<Self> {
        let spared = if task { None } else { find(document, &[TASK])? };
        let mut strings = json::strings(document)?;
        strings.retain(|string| spared.as_ref() != Some(string) && content(string) > SHORTEST + MARKER.len());
        Ok(Self(strings))
    }

    /// How many bytes are saved if all of them are cut to this length.
    fn saved(&self, length: usize) -> usize {
        self.0.iter().map(|string| content(string).saturating_sub(length + MARKER.len())).sum()
    }

    /// Cuts the longest strings to one common length, the greatest at which the document fits.
    fn cut(self, document: &[u8], limit: usize, tally: &mut Tally) -> Vec<u8> {
        let excess = document.len().saturating_sub(limit);
        // A binary search for the greatest length that saves enough.
        let longest = self.0.iter().map(content).max().unwrap_or(SHORTEST);
        let (mut low, mut high) = (SHORTEST, longest);
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.saved(middle) >= excess { low = middle } else { high = middle - 1 }
        }
        let mut out = Vec::with_capacity(document.len());
        let mut copied = 0;
        for string in self.0.into_iter().filter(|string| content(string) > low + MARKER.len()) {
            let end = whole_characters(document, string.start + 1, string.start + 1 + low);
            let end = marker::around(document, end).start;
            out.extend_from_slice(&document[copied..end]);
            out.extend_from_slice(MARKER);
            copied = string.end - 1;
            tally.redacted(LABEL);
        }
        out.extend_from_slice(&document[copied..]);
        out
    }
}

/// Removes the first items of the array at `path`, as many as needed.
fn drop_lines(document: &[u8], path: &[&str], limit: usize, tally: &mut Tally) -> Result<Vec<u8>> {
    let mut document = document.to_vec();
    let Some(array) = find(&document, path)? else { return Ok(document) };
    let Some(items) = json::items(&document[array.clone()])? else { return Ok(document) };
    let (Some(first), Some(last)) = (items.first(), items.last()) else { return Ok(document) };
    let excess = document.len().saturating_sub(limit);
    // A removed part ends where the next item begins, so that the comma between them is removed too.
    let ends = items.iter().skip(1).map(|item| item.start).chain([last.end]);
    let (gone, end) =
        ends.enumerate().find(|(_, end)| end - first.start >= excess).unwrap_or((items.len() - 1, last.end));
    document.drain(array.start + first.start..array.start + end);
    for _ in 0..=gone {
        tally.dropped_one();
    }
    Ok(document)
}

/// Returns the range of the value at a path of keys; of equal keys the last one counts.
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

/// The length of the content of a string, without its quotes.
fn content(string: &Range<usize>) -> usize {
    string.len() - 2
}

/// Returns the last position up to `end` at which the content of a string can be cut: before a character or
/// an escape sequence, and not between the two halves of a surrogate pair.
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

/// The length in bytes of the character or escape sequence at `at`.
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
    fn no_marker_is_cut_in_two() {
        let document = json!({"a": "[REDACTED:GITHUB_TOKEN] ".repeat(200), "[REDACTED:A": "]"});
        for limit in 2_000..2_100 {
            let (small, _) = shrunk(&document, limit);
            let text = small["a"].as_str().unwrap();
            assert_eq!(marker::in_text(text).count(), text.matches(marker::OPEN).count(), "{text}");
            assert!(text.ends_with(marker::TRUNCATED));
        }
    }

    #[test]
    fn where_nothing_can_be_cut_it_is_an_error() {
        let document = serde_json::to_vec(&json!({"session_id": "s".repeat(120)})).unwrap();
        assert_eq!(shrink(&document, 100).unwrap_err().kind(), ErrorKind::TooLarge);
        assert_eq!(shrink(b"{nonsense", 4).unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn what_is_too_large_goes_and_not_the_lines_beside_it() {
        let lines: Vec<String> = (0..50).map(|n| format!("{n} {}", "y".repeat(1500))).collect();
        let numbers: Vec<usize> = (0..100_000).collect();
        let document = json!({"session_id": "s", "adapter": {"transcript_lines": lines, "seen": numbers, "few": [1, 2]}});
        let (small, tally) = shrunk(&document, 100_000);
        let mut wanted = document.clone();
        wanted["adapter"]["seen"] = json!("[REDACTED:TRUNCATED]");
        assert_eq!(small, wanted);
        assert_eq!((tally.redactions()["TRUNCATED"], tally.dropped()), (1, 0));
    }

    #[test]
    fn members_too_small_for_a_marker_are_left_out_and_the_ids_after_them() {
        let mut document =
            json!({"session_id": "s", "current_task": "t", "run_id": "r", "adapter": {"session_id": "a"}});
        for number in 0..500 {
            document[number.to_string()] = json!(number);
            document["adapter"][number.to_string()] = json!(null);
        }
        let (small, tally) = shrunk(&document, 3000);
        assert_eq!(small["run_id"], "r");
        let left = small.as_object().unwrap().len() + small["adapter"].as_object().unwrap().len();
        assert_eq!(left as u64 + tally.dropped(), 1005);
        let (small, _) = shrunk(&document, 100);
        assert_eq!(small, json!({"session_id": "s", "current_task": "t", "adapter": {"session_id": "a"}}));
    }

    #[test]
    fn a_document_that_is_a_list_loses_items() {
        let numbers = json!((0..1000).collect::<Vec<_>>());
        let (small, tally) = shrunk(&numbers, 1000);
        assert_eq!(small.as_array().unwrap().len() as u64 + tally.dropped(), 1000);
        let lists = json!([vec![1; 500], vec![2; 900], "text"]);
        assert_eq!(shrunk(&lists, 8000).0, json!([vec![1; 500], "[REDACTED:TRUNCATED]", "text"]));
    }

    /// Any JSON tree.
    fn tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            (0usize..5000).prop_map(|length| "é ".repeat(length / 2).into()),
            (0usize..3000).prop_map(|length| vec![1; length].into()),
            (0usize..3000).prop_map(|length| (0..length)
                .map(|n| (n.to_string(), json!(n)))
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ];
        leaf.prop_recursive(4, 24, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(
                    "[a-z\"\\\\,{]{0,9}|run_id|transcript_lines|adapter|current_task",
                    inner,
                    0..6
                )
                .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_the_tree_it_fits_and_says_what_went_and_ids_and_task_stay(
            root in prop::collection::hash_map("[a-z]{0,9}|b_id", tree(), 0..6),
            adapter in prop::collection::hash_map("[a-z]{0,9}|b_id", tree(), 0..6),
            lines in prop::collection::vec(tree(), 0..6),
            task in 0usize..3000,
            limit in 1500usize..20_000,
            pretty: bool,
        ) {
            let mut document = Value::Object(root.into_iter().collect());
            document["adapter"] = Value::Object(adapter.into_iter().collect());
            document["adapter"]["session_id"] = json!("a-1");
            document["adapter"]["transcript_lines"] = lines.into();
            document["workspace_id"] = json!("w-1");
            document["session_id"] = json!("s-1");
            document["current_task"] = "t".repeat(task).into();
            let text = if pretty { serde_json::to_vec_pretty(&document) } else { serde_json::to_vec(&document) }.unwrap();
            let (bytes, tally) = shrink(&text, limit).unwrap();
            prop_assert!(bytes.len() <= limit);
            let small: Value = serde_json::from_slice(&bytes).unwrap();
            prop_assert_eq!(&small["workspace_id"], "w-1");
            prop_assert_eq!(&small["session_id"], "s-1");
            prop_assert_eq!(&small["adapter"]["session_id"], "a-1");
            let beginning = "t".repeat(task.min(SHORTEST));
            prop_assert!(small["current_task"].as_str().unwrap().starts_with(&beginning));
            let markers = memchr::memmem::find_iter(&bytes, MARKER).count() as u64;
            let said = tally.redactions().get(LABEL).copied().unwrap_or(0);
            // A string that was cut may be part of a value or line that was removed later.
            prop_assert!(markers <= said);
            prop_assert_eq!(text.len() <= limit, said + tally.dropped() == 0);
        }
    }

    proptest! {
        /// Whatever a string contains, cutting it gives JSON that fits and decodes to a prefix of the
        /// original.
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
