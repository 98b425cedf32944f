//! The search for the exact values of the process's own secrets, in any place and any encoding.

mod broken;
mod cluster;
mod digits;
mod label;
mod priority;
mod reading;
mod spelling;
mod style;
mod window;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, OnceLock};

use broken::Broken;
use cluster::Clusters;
use digits::Digits;
use priority::{Priority, forget};
use reading::Text;
use window::Windows;

use super::{environment, escape, value_parts};
use crate::{Error, ErrorKind, Result};

use label::label_of;

/// The fewest characters a value may have: shorter ones would match everywhere.
pub(crate) const SHORTEST: usize = 4;

/// The longest value, in bytes.
pub(crate) const LONGEST: usize = 64 * 1024;

/// The width of the windows for strings that are shorter than [`style::WIDTH`].
const NARROW: usize = 4;

/// Known values, found raw, in base64 (every alignment, both alphabets), in hexadecimal, percent-encoded, and
/// in the escapes of JSON (up to three layers), XML and HTML, the shell and C, in any mix.
///
/// Cheap to clone; safe to share between threads. `Debug` shows the labels, never a value.
#[derive(Clone, Default)]
pub(crate) struct KnownValues {
    values: VecDeque<Arc<Known>>,
    search: Option<Arc<Search>>,
}

/// A value, its label, and why it is known.
struct Known {
    label: Arc<str>,
    value: Box<[u8]>,
    standing: Priority,
    /// The number of backslashes at the beginning of the value.
    slashes: usize,
    /// The border table for [`reading::read_all`], computed on first use.
    borders: OnceLock<Box<[u32]>>,
}

impl Known {
    fn new(label: Arc<str>, value: Box<[u8]>, standing: Priority) -> Self {
        let slashes = value.iter().take_while(|byte| **byte == b'\\').count();
        Self { label, value, standing, slashes, borders: OnceLock::new() }
    }
}

/// One occurrence of a known value, or several that overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownHit {
    /// The label of the marker: that of the occurrence that begins first, and of several that begin there, of
    /// the longest.
    pub label: Arc<str>,
    /// Offset of the first byte.
    pub start: usize,
    /// Offset one past the last byte.
    pub end: usize,
}

/// The indexes over the values.
struct Search {
    wide: Windows<{ style::WIDTH }>,
    narrow: Windows<NARROW>,
    beginnings: Vec<Beginning>,
    broken: Broken,
    /// The last bytes of the values; the owner is the index in [`KnownValues::values`].
    ends: Windows<{ style::WIDTH }>,
}

/// The value whose occurrence begins with a searched string, and how it is encoded.
struct Beginning {
    known: Arc<Known>,
    /// The digits and the index of the string's first digit, or `None` for text.
    digits: Option<(Digits, usize)>,
}

impl KnownValues {
    #[cfg(test)]
    pub(crate) fn new<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        Self::default().with(pairs)
    }

    /// Returns these values together with those of `pairs` of a name and a value, oldest first. A value that is
    /// a JSON object or array also adds those of its strings that look like secrets, under the same name. At
    /// most 1,024 values are held: beyond that, these parts are dropped first, then the values of
    /// [`Self::with_former`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidOption`] for a value of fewer than 4 characters or more than 64 KiB, for one that
    /// is only white space, and for more than 1,024 different values. The error names the label, never the
    /// value. Nothing is added then.
    pub(crate) fn with<N, V>(&self, pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        self.and(pairs, Priority::Current)
    }

    /// Returns these values together with those of `pairs`, which were secrets before they were rotated.
    /// Beyond 1,024 values the oldest of these are dropped.
    ///
    /// # Errors
    ///
    /// As [`Self::with`], except that their number is not limited; then nothing is added.
    pub(crate) fn with_former<N, V>(&self, pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        self.and(pairs, Priority::Former)
    }

    fn and<N, V>(&self, pairs: impl IntoIterator<Item = (N, V)>, standing: Priority) -> Result<Self>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let mut values = self.values.clone();
        for (name, value) in pairs {
            let (label, value) = (label_of(name.as_ref()), value.as_ref());
            check(&label, value)?;
            let label: Arc<str> = label.into();
            for part in parts_of(value) {
                let part = Known::new(label.clone(), part.into_bytes().into(), Priority::Part);
                values.push_back(Arc::new(part));
            }
            values.push_back(Arc::new(Known::new(label, value.into(), standing)));
        }
        forget(&mut values)?;
        let search = (!values.is_empty()).then(|| Arc::new(Search::new(&values)));
        Ok(Self { values, search })
    }

    /// The number of values, including the parts of JSON values.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.values.len()
    }

    /// The length of the longest value, in bytes.
    pub(crate) fn longest(&self) -> usize {
        self.values.iter().map(|known| known.value.len()).max().unwrap_or(0)
    }

    /// The labels, oldest value first. A label may occur more than once.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|known| &*known.label)
    }

    /// Appends every occurrence in `text` to `out`, in order. Occurrences that overlap are one hit. At the
    /// end of the text, or before an ellipsis, the first eight bytes of a value are enough.
    pub(crate) fn find(&self, text: &[u8], out: &mut Vec<KnownHit>) {
        let Some(search) = &self.search else { return };
        let mut found = Vec::new();
        let text = Text::new(text);
        let mut clusters = Clusters::default();
        search.wide.search(text.bytes, |at, owner| search.check(&text, at, owner, &mut clusters, &mut found));
        let mut clusters = Clusters::default();
        search
            .narrow
            .search(text.bytes, |at, owner| search.check(&text, at, owner, &mut clusters, &mut found));
        let (broken, mut clusters) = (&search.broken, Clusters::default());
        let value = |owner| search.beginning(owner).map_or(&[][..], |beginning| &*beginning.known.value);
        broken.at_breaks(text.bytes, value, |at, owner| {
            search.check(&text, at, owner, &mut clusters, &mut found);
        });
        let mut clusters = Clusters::default();
        broken.at_characters(text.bytes, value, |at, owner| {
            search.check(&text, at, owner, &mut clusters, &mut found);
        });
        found.sort_by_key(|hit: &KnownHit| (hit.start, std::cmp::Reverse(hit.end)));
        let first = out.len();
        for hit in found {
            match out.get_mut(first..).and_then(<[KnownHit]>::last_mut) {
                Some(last) if hit.start < last.end => last.end = last.end.max(hit.end),
                _ => out.push(hit),
            }
        }
    }

    /// The hit at the beginning of `text` if it begins with the end of a value, as in a log cut in the middle
    /// of one. The part must have at least eight bytes and must not read as words.
    pub(crate) fn cut_beginning(&self, text: &[u8]) -> Option<KnownHit> {
        let search = self.search.as_ref()?;
        let mut found: Option<KnownHit> = None;
        let first = &text[..text.len().min(self.longest())];
        search.ends.search(first, |at, owner| {
            let end = at + style::WIDTH;
            let known = usize::try_from(owner).ok().and_then(|owner| self.values.get(owner));
            let Some(known) = known.filter(|known| known.value.ends_with(&text[..end])) else { return };
            if spelling::is_no_word(&text[..end]) && found.as_ref().is_none_or(|hit| hit.end < end) {
                found = Some(KnownHit { label: known.label.clone(), start: 0, end });
            }
        });
        found
    }
}

impl fmt::Debug for KnownValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.labels()).finish()
    }
}

impl Search {
    fn new(values: &VecDeque<Arc<Known>>) -> Self {
        let (mut wide, mut narrow, mut beginnings) = (Vec::new(), Vec::new(), Vec::new());
        let mut plain = Vec::new();
        for known in values {
            plain.push((&*known.value, u32::try_from(beginnings.len()).unwrap_or(u32::MAX)));
            let mut add = |strings: &[Vec<u8>], digits: Option<(Digits, usize)>| {
                let owner = u32::try_from(beginnings.len()).unwrap_or(u32::MAX);
                beginnings.push(Beginning { known: known.clone(), digits });
                for string in strings {
                    match string.first_chunk::<{ style::WIDTH }>() {
                        Some(string) => wide.push((*string, owner)),
                        None => narrow.extend(string.first_chunk::<NARROW>().map(|string| (*string, owner))),
                    }
                }
            };
            add(&style::beginnings(&known.value), None);
            for digits in Digits::ALL {
                for (index, strings) in digits.strings(&known.value) {
                    add(&strings, Some((digits, index)));
                }
            }
        }
        let ends =
            values.iter().zip(0..).filter_map(|(known, owner)| Some((*known.value.last_chunk()?, owner)));
        let (wide, narrow, ends) = (Windows::new(wide), Windows::new(narrow), Windows::new(ends));
        Self { wide, narrow, beginnings, broken: Broken::new(plain), ends }
    }

    fn beginning(&self, owner: u32) -> Option<&Beginning> {
        usize::try_from(owner).ok().and_then(|owner| self.beginnings.get(owner))
    }

    /// Adds the hit of the value whose beginning is at `at`, if the rest of the value follows.
    fn check(
        &self,
        text: &Text<'_>,
        at: usize,
        owner: u32,
        clusters: &mut Clusters,
        found: &mut Vec<KnownHit>,
    ) {
        let Some(beginning) = self.beginning(owner) else { return };
        let known = &*beginning.known;
        // In some spelling many values begin with backslashes. What a run of backslashes escapes is checked
        // only once, at its beginning.
        if known.slashes == 0 && is_inside_run(text.bytes, at) {
            return;
        }
        let mut add = |start, end| found.push(KnownHit { label: known.label.clone(), start, end });
        let Some(cluster) = clusters.at(owner, at) else { return };
        match (beginning.digits, cluster.is_dear()) {
            (None, false) => {
                let outcome = reading::read(known, text, at);
                cluster.add(outcome.reach, outcome.steps);
                if let Some(end) = outcome.end {
                    let mut start = at;
                    for (from, to) in outcome.seams {
                        add(start, from);
                        start = to;
                    }
                    add(start, end);
                }
            }
            (None, true) => {
                let reach = reading::read_all(known, text, cluster.start(), add);
                cluster.close(reach);
            }
            (Some((digits, index)), false) => {
                let (span, reach) = digits.span(&known.value, text.bytes, at, index);
                cluster.add(reach, 1 + (reach - at) / reading::PLAIN_PER_STEP);
                if let Some((start, end)) = span {
                    add(start, end);
                }
            }
            (Some((digits, index)), true) => {
                // The same digits repeat: the whole sequence of digits is redacted.
                let (start, end) = digits.run(text.bytes, cluster.start(), index);
                add(start, end);
                cluster.close(end);
            }
        }
    }
}

/// Whether a backslash and [`style::WIDTH`] more of them occur from `at - 1` on.
fn is_inside_run(text: &[u8], at: usize) -> bool {
    let run = at.checked_sub(1).and_then(|before| text.get(before..at + style::WIDTH));
    run.is_some_and(|run| run.iter().all(|byte| *byte == b'\\'))
}

/// Rejects a value that is too short, too long or only white space: line breaks are kept where a secret is
/// redacted.
fn check(label: &str, value: &[u8]) -> Result<()> {
    // UTF-8 continuation bytes are not counted.
    let characters = value.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
    let wrong = if characters < SHORTEST {
        format!("has fewer than {SHORTEST} characters")
    } else if value.len() > LONGEST {
        format!("has more than {LONGEST} bytes")
    } else if is_blank(value) {
        "is nothing but white space".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidOption, format!("known_secrets: the value of {label} {wrong}")))
}

/// Whether a value is only white space and line breaks, literal or escaped.
pub(super) fn is_blank(value: &[u8]) -> bool {
    let mut at = 0;
    while let Some(byte) = value.get(at) {
        match escape::line_break(value, at) {
            0 if !byte.is_ascii_whitespace() => return false,
            length => at += length.max(1),
        }
    }
    true
}

/// The strings inside a JSON value that look like secrets on their own.
fn parts_of(value: &[u8]) -> Vec<String> {
    let mut parts = Vec::new();
    // A lone string or number has no parts.
    if matches!(value.trim_ascii_start().first(), Some(b'{' | b'[')) {
        let mut left = vec![serde_json::from_slice(value).unwrap_or_default()];
        while let Some(value) = left.pop() {
            match value {
                serde_json::Value::String(text) => {
                    parts.extend(
                        value_parts::password_in_base64(&text)
                            .filter(|password| environment::is_telling(password)),
                    );
                    parts.extend(environment::secrets_in(&text));
                }
                serde_json::Value::Array(items) => left.extend(items),
                serde_json::Value::Object(fields) => left.extend(fields.into_iter().map(|(_, value)| value)),
                _ => {}
            }
        }
    }
    parts
}
