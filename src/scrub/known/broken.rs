//! Where a value may begin whose first bytes, which are searched for in one piece, a line break parts.

use super::style::WIDTH;
use crate::scrub::{escape, wrap};

/// A value shorter than this is not looked for on two lines: its parts would stand everywhere.
const SHORTEST: usize = 8;

/// The first bytes of values, by where a line may break in them.
#[derive(Default)]
pub(super) struct Broken {
    /// For each byte, whether one of the parts in front of a break ends in it.
    ends: Option<Box<[bool; 256]>>,
    /// By the last bytes in front of the break, in order.
    parts: Vec<Part>,
}

/// A value parted behind its first `length` bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    /// The last two bytes in front of the break, or the only one twice.
    last: [u8; 2],
    /// The longest first: it begins first.
    before: usize,
    owner: u32,
}

impl Part {
    fn length(self) -> usize {
        WIDTH - self.before
    }
}

impl Broken {
    /// Of these values, each with the number that says whose it is.
    pub(super) fn new<'v>(values: impl IntoIterator<Item = (&'v [u8], u32)>) -> Self {
        let mut parts = Vec::new();
        for (value, owner) in values.into_iter().filter(|(value, _)| value.len() >= SHORTEST) {
            for length in 1..WIDTH {
                parts.push(Part { last: last(&value[..length]), before: WIDTH - length, owner });
            }
        }
        parts.sort_unstable();
        let ends = (!parts.is_empty()).then(|| {
            let mut ends = Box::new([false; 256]);
            parts.iter().for_each(|part| ends[usize::from(part.last[1])] = true);
            ends
        });
        Self { ends, parts }
    }

    /// Calls `found` with every place at which a value may begin that goes on in the next line, and whose it is.
    pub(super) fn search<'v>(
        &self,
        text: &[u8],
        value: impl Fn(u32) -> &'v [u8],
        mut found: impl FnMut(usize, u32),
    ) {
        let Some(ends) = &self.ends else { return };
        let mut behind = 0;
        for at in memchr::memchr2_iter(b'\n', b'\\', text) {
            // What is escaped is asked at the first backslash of a run; a carriage return belongs to the break behind it.
            let at = at - usize::from(at > behind && text[at] == b'\n' && text[at - 1] == b'\r');
            let Some(before) = at.checked_sub(1).filter(|_| at >= behind) else { continue };
            if !ends[usize::from(text[before])] {
                continue;
            }
            let length = escape::line_end(text, at);
            if length == 0 {
                continue;
            }
            behind = at + length;
            let mut places: Option<Vec<usize>> = None;
            let only = [text[before]; 2];
            for last in [last(&text[..at]), only] {
                let first = self.parts.partition_point(|part| part.last < last);
                for part in self.parts[first..].iter().take_while(|part| part.last == last) {
                    let (value, length) = (value(part.owner), part.length());
                    let Some(start) = at.checked_sub(length) else { continue };
                    if text[start..at] != value[..length] {
                        continue;
                    }
                    // The line goes on at one of these places, as the value does; where the next byte is escaped a reading tells.
                    let places = places.get_or_insert_with(|| wrap::continuations(&text[at..]));
                    let goes_on = |place: &usize| {
                        let next = text.get(at + place);
                        next == value.get(length) || matches!(next, Some(b'\\' | b'%' | b'&' | b'\''))
                    };
                    if places.iter().any(goes_on) {
                        found(start, part.owner);
                    }
                }
                if last == only {
                    break;
                }
            }
        }
    }
}

/// The last two bytes, or the only one twice.
fn last(bytes: &[u8]) -> [u8; 2] {
    match bytes {
        [.., first, second] => [*first, *second],
        [only] => [*only; 2],
        [] => [0; 2],
    }
}
