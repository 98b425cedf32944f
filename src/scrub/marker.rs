//! The marker `[REDACTED:LABEL]`: how it is written, and where a text already has one.
//!
//! For a scrubber, only a marker with a label that it can write is one. Anything else in brackets is ordinary
//! text, which may contain a secret. Whoever cuts or shows scrubbed text, perhaps that of another scrubber,
//! knows markers by their form alone.
//!
//! ```
//! use prestop::scrub::marker;
//!
//! assert_eq!(marker("TRUNCATED"), marker::TRUNCATED);
//! ```

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use memchr::memmem;

use super::escape;
use crate::lazy::Lazy;

/// The beginning of every marker. Its label and `]` follow.
///
/// ```
/// use prestop::scrub::marker;
///
/// assert_eq!(marker("TOKEN"), format!("{}TOKEN]", marker::OPEN));
/// ```
pub const OPEN: &str = "[REDACTED:";
/// The longest label, in bytes. Names of known values are cut to this.
pub(crate) const MAX_LABEL: usize = 64;
/// The longest marker, in bytes.
const MAX_MARKER: usize = OPEN.len() + MAX_LABEL + 1;

/// [`TRUNCATED`] as a literal, for `concat!`.
macro_rules! truncated {
    () => {
        "[REDACTED:TRUNCATED]"
    };
}
pub(crate) use truncated;

/// The marker at the end of what was cut off.
///
/// ```
/// assert_eq!(prestop::scrub::marker::TRUNCATED, "[REDACTED:TRUNCATED]");
/// ```
pub const TRUNCATED: &str = truncated!();

/// Labels that are written for other reasons than a rule.
const FIXED: [&str; 4] = ["SANDBOX", "CYCLE", "DEPTH", "TRUNCATED"];

/// Returns the marker of `label`.
///
/// ```
/// assert_eq!(prestop::scrub::marker("TOKEN"), "[REDACTED:TOKEN]");
/// ```
pub fn marker(label: &str) -> String {
    format!("{OPEN}{label}]")
}

/// Returns the markers in `text` by their form: the range of each, and its label.
///
/// ```
/// use prestop::scrub::marker;
///
/// let text = "a [REDACTED:TOKEN] [REDACTED:no] [REDACTED:] [REDACTED:DB_1][REDACTED:TOKEN";
/// let found: Vec<_> = marker::in_text(text).map(|(range, label)| (&text[range], label)).collect();
/// assert_eq!(found, [("[REDACTED:TOKEN]", "TOKEN"), ("[REDACTED:DB_1]", "DB_1")]);
/// ```
pub fn in_text(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    text.match_indices(OPEN).filter_map(|(start, _)| {
        let label = start + OPEN.len()..end_at(text.as_bytes(), start)? - 1;
        Some((start..label.end + 1, &text[label]))
    })
}

/// Returns the marker that `at` is inside of, by its form: both of its ends are places at which `text` can be
/// cut. Outside of a marker, the range is empty and at `at`.
pub(crate) fn around(text: &[u8], at: usize) -> Range<usize> {
    let from = at.saturating_sub(MAX_MARKER);
    let reach = &text[from..(at + OPEN.len() - 1).min(text.len())];
    let start = memmem::rfind(reach, OPEN.as_bytes()).map(|start| from + start);
    let marker = start.and_then(|start| Some(start..end_at(text, start)?));
    marker.filter(|marker| at < marker.end).unwrap_or(at..at)
}

/// Returns the end of the marker that begins at `start`, where [`OPEN`] is; `None` if it has not the form of
/// one.
fn end_at(text: &[u8], start: usize) -> Option<usize> {
    let in_label = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let label = start + OPEN.len();
    let length = text[label..].iter().take(MAX_LABEL).take_while(|byte| in_label(byte)).count();
    (length > 0 && text.get(label + length) == Some(&b']')).then_some(label + length + 1)
}

/// Whether `text` is a marker that is written for another reason than a rule.
pub(crate) fn is_fixed(text: &[u8]) -> bool {
    let label = text.strip_prefix(OPEN.as_bytes()).and_then(|rest| rest.strip_suffix(b"]"));
    label.is_some_and(|label| FIXED.iter().any(|fixed| fixed.as_bytes() == label))
}

/// The labels of a scrubber, by which its markers are recognised.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels(HashSet<Arc<str>>);

impl Labels {
    pub(crate) fn new(labels: impl IntoIterator<Item = Arc<str>>) -> Self {
        Self(labels.into_iter().chain(FIXED.map(Arc::from)).collect())
    }

    /// Returns the spans of the markers in `text`, in order.
    pub(crate) fn spans(&self, text: &[u8]) -> Vec<(usize, usize)> {
        static FINDER: Lazy<memmem::Finder<'static>> = Lazy::new(|| memmem::Finder::new(OPEN.as_bytes()));
        let found = FINDER.find_iter(text);
        found.filter_map(|start| Some((start, start + self.length_at(&text[start..])?))).collect()
    }

    fn length_at(&self, text: &[u8]) -> Option<usize> {
        let rest = &text[OPEN.len()..];
        let close = rest.iter().take(MAX_LABEL + 1).position(|&byte| byte == b']')?;
        let label = std::str::from_utf8(&rest[..close]).ok()?;
        self.0.contains(label).then_some(OPEN.len() + close + 1)
    }
}

/// Trims `start..end` where it reaches into a marker. `None` if nothing is left but markers and delimiters.
pub(crate) fn outside(
    text: &[u8],
    markers: &[(usize, usize)],
    start: usize,
    end: usize,
) -> Option<(usize, usize)> {
    let first = markers.partition_point(|&(_, marker_end)| marker_end <= start);
    let (mut start, mut end) = (start, end);
    if start >= end {
        return None;
    }
    let mut bare = true;
    let mut at = start;
    for &(from, to) in &markers[first..] {
        if from >= end {
            break;
        }
        if from < start {
            start = to;
        } else if to > end {
            end = from;
        } else {
            bare &= is_delimiters(&text[at.max(start)..from]);
        }
        at = to;
    }
    if start >= end {
        return None;
    }
    let touched = markers.get(first).is_some_and(|&(from, _)| from < end);
    bare &= at >= end || is_delimiters(&text[at.max(start)..end]);
    (!touched || !bare).then_some((start, end))
}

/// Whether `text` consists of delimiters, including escaped line breaks.
fn is_delimiters(text: &[u8]) -> bool {
    let delimits = |byte: u8| {
        byte.is_ascii_whitespace()
            || matches!(
                byte,
                b'"' | b'\'' | b'`' | b'\\' | b',' | b';' | b':' | b'.' | b')' | b']' | b'}' | b'>' | b'='
            )
    };
    text.iter().enumerate().all(|(at, &byte)| delimits(byte) || escape::is_escape_letter(text, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_labels_make_a_marker() {
        let labels = Labels::new([Arc::from("TOKEN")]);
        let text = b"a [REDACTED:TOKEN] [REDACTED:hunter2] [REDACTED:CYCLE] [REDACTED:";
        assert_eq!(labels.spans(text), [(2, 18), (38, 54)]);
    }

    #[test]
    fn only_the_inside_of_a_marker_moves_a_cut() {
        let text = b"ab[REDACTED:DB_1]cd";
        for at in 0..=text.len() {
            let wanted = if (3..17).contains(&at) { 2..17 } else { at..at };
            assert_eq!(around(text, at), wanted, "{at}");
        }
        let longest = format!("{OPEN}{}]", "L".repeat(MAX_LABEL));
        assert_eq!(around(longest.as_bytes(), longest.len() - 1), 0..longest.len());
        assert_eq!(around(longest.as_bytes(), 1), 0..longest.len());
        let longer = format!("{OPEN}{}]", "L".repeat(MAX_LABEL + 1));
        for other in ["[REDACTED:]", "[REDACTED:a]", "[REDACTED:A", "[REDACTED:A\"]", &longer] {
            for at in 0..=other.len() {
                assert_eq!(around(other.as_bytes(), at), at..at, "{other} at {at}");
            }
        }
    }

    #[test]
    fn what_the_walk_writes_is_fixed() {
        assert!(is_fixed(TRUNCATED.as_bytes()) && is_fixed(b"[REDACTED:CYCLE]"));
        for other in
            ["", "CYCLE", "[REDACTED:CYCLE", "[REDACTED:TOKEN]", "[REDACTED:CYCLE]]", " [REDACTED:CYCLE]"]
        {
            assert!(!is_fixed(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_span_is_cut_at_markers_and_dropped_when_it_holds_nothing_else() {
        let text = b"ab[REDACTED:TOKEN]cd";
        let markers = [(2, 18)];
        assert_eq!(outside(text, &markers, 0, 20), Some((0, 20)));
        assert_eq!(outside(text, &markers, 5, 20), Some((18, 20)));
        assert_eq!(outside(text, &markers, 0, 10), Some((0, 2)));
        assert_eq!(outside(text, &markers, 2, 18), None);
        assert_eq!(outside(text, &markers, 0, 2), Some((0, 2)));
        assert_eq!(outside(b"'[REDACTED:TOKEN]',", &[(1, 17)], 0, 19), None);
        assert_eq!(outside(br"[REDACTED:TOKEN]\\n", &[(0, 16)], 0, 19), None, "a line break is no secret");
    }
}
