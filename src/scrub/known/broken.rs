//! Finds values whose first bytes, which are otherwise searched for in one piece, are parted by a line break
//! or by a zero-width character.

use super::style::WIDTH;
use crate::scrub::invisible::widthless;
use crate::scrub::{escape, line_continuation};

/// A value shorter than this is not searched for across a break: its parts would match everywhere.
const SHORTEST: usize = 8;

/// The first bytes of values, parted at every place.
#[derive(Default)]
pub(super) struct Broken {
    /// For each byte, the index of the first part that ends in it; `None` if there are no parts.
    ends: Option<Box<[u32; 257]>>,
    /// Sorted by their last bytes before the break.
    parts: Vec<Part>,
    /// Whether one of the values has a character beyond ASCII in its first [`WIDTH`] bytes.
    beyond: bool,
}

/// A value parted after its first bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    /// The last byte before the break and the one before it; a single byte is repeated.
    last: [u8; 2],
    /// [`WIDTH`] minus the length of the part, so that the longest part, which begins first, is sorted first.
    before: usize,
    owner: u32,
}

impl Part {
    fn length(self) -> usize {
        WIDTH - self.before
    }
}

impl Broken {
    /// Indexes these values, each with the number of its owner.
    pub(super) fn new<'v>(values: impl IntoIterator<Item = (&'v [u8], u32)>) -> Self {
        let (mut parts, mut beyond) = (Vec::new(), false);
        for (value, owner) in values.into_iter().filter(|(value, _)| value.len() >= SHORTEST) {
            beyond |= !value[..WIDTH].is_ascii();
            for length in 1..WIDTH {
                parts.push(Part { last: last(&value[..length]), before: WIDTH - length, owner });
            }
        }
        parts.sort_unstable();
        let ends = (!parts.is_empty()).then(|| {
            let first = |byte: usize| parts.partition_point(|part| usize::from(part.last[0]) < byte);
            Box::new(std::array::from_fn(|byte| u32::try_from(first(byte)).unwrap_or(u32::MAX)))
        });
        Self { ends, parts, beyond }
    }

    /// Calls `found` with every place where a value parted by a line break may begin, and with its owner.
    pub(super) fn at_breaks<'v>(
        &self,
        text: &[u8],
        value: impl Fn(u32) -> &'v [u8],
        mut found: impl FnMut(usize, u32),
    ) {
        /// How many backslashes of one run are tried: each try measures the run.
        const RUN: usize = 64;
        let Some(ends) = &self.ends else { return };
        let mut behind = 0;
        for at in memchr::memchr2_iter(b'\n', b'\\', text) {
            // An escaped break begins at the first backslash of a run, and a carriage return belongs to the
            // line feed after it.
            let at = at - usize::from(at > behind && text[at] == b'\n' && text[at - 1] == b'\r');
            let Some(before) = at.checked_sub(1).filter(|_| at >= behind) else { continue };
            let byte = usize::from(text[before]);
            if ends[byte] == ends[byte + 1] {
                continue;
            }
            let inside = text[before] == b'\\' && at > RUN;
            if inside && text[at - RUN..at].iter().all(|byte| *byte == b'\\') {
                continue;
            }
            let length = escape::line_end(text, at);
            if length > 0 {
                behind = at + length;
                self.parted(text, at, || line_continuation::continuations(&text[at..]), &value, &mut found);
            }
        }
    }

    /// Like [`Self::at_breaks`], but for a zero-width character that follows a character beyond ASCII. After
    /// an ASCII character it is already left out of the searched text.
    pub(super) fn at_characters<'v>(
        &self,
        text: &[u8],
        value: impl Fn(u32) -> &'v [u8],
        mut found: impl FnMut(usize, u32),
    ) {
        if !self.beyond {
            return;
        }
        for at in memchr::memchr3_iter(0xc2, 0xe2, 0xef, text) {
            let length = widthless(&text[at..]).filter(|_| at > 0 && !text[at - 1].is_ascii());
            if let Some(length) = length {
                self.parted(text, at, || vec![length], &value, &mut found);
            }
        }
    }

    /// The parts whose last byte before the break is `byte`.
    fn ending_in(&self, byte: u8) -> &[Part] {
        let Some(ends) = &self.ends else { return &[] };
        let place = |byte: usize| usize::try_from(ends[byte]).unwrap_or(usize::MAX);
        self.parts.get(place(byte.into())..place(usize::from(byte) + 1)).unwrap_or_default()
    }

    /// Reports the values of which a part ends at `at` and may continue at one of the `places` after it.
    fn parted<'v>(
        &self,
        text: &[u8],
        at: usize,
        places: impl Fn() -> Vec<usize>,
        value: &impl Fn(u32) -> &'v [u8],
        found: &mut impl FnMut(usize, u32),
    ) {
        let mut known: Option<Vec<usize>> = None;
        let (two, one) = (last(&text[..at]), [text[at - 1]; 2]);
        for last in [two, one].into_iter().take(1 + usize::from(two != one)) {
            let parts = self.ending_in(last[0]);
            let first = parts.partition_point(|part| part.last < last);
            for part in parts[first..].iter().take_while(|part| part.last == last) {
                let (value, length) = (value(part.owner), part.length());
                let Some(start) = at.checked_sub(length).filter(|start| text[*start..at] == value[..length])
                else {
                    continue;
                };
                // Whether an escaped byte continues the value is decided by the reading.
                let goes_on = |place: &usize| {
                    let next = text.get(at + place);
                    next == value.get(length) || matches!(next, Some(b'\\' | b'%' | b'&' | b'\''))
                };
                if known.get_or_insert_with(&places).iter().any(goes_on) {
                    found(start, part.owner);
                }
            }
        }
    }
}

/// The last byte and the one before it; a single byte is repeated.
fn last(bytes: &[u8]) -> [u8; 2] {
    match bytes {
        [.., first, second] => [*second, *first],
        [only] => [*only; 2],
        [] => [0; 2],
    }
}
