//! The marker `[REDACTED:LABEL]`: how it is written, and where a text already has one.
//!
//! Only a marker with a label that this scrubber can write is one. Anything else in brackets is ordinary
//! text, which may contain a secret.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use memchr::memmem;

use super::escape;

const OPEN: &[u8] = b"[REDACTED:";
/// The longest label. Names of known values are cut to this.
pub(crate) const MAX_LABEL: usize = 64;
/// Labels that are written for other reasons than a rule.
const FIXED: [&str; 4] = ["SANDBOX", "CYCLE", "DEPTH", "TRUNCATED"];

/// Returns the marker of `label`.
///
/// ```
/// assert_eq!(prestop::scrub::marker("TOKEN"), "[REDACTED:TOKEN]");
/// ```
pub fn marker(label: &str) -> String {
    format!("[REDACTED:{label}]")
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
        static FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(OPEN));
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
