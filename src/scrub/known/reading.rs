//! Finds where a value that begins at a given place ends. A text may be read in several ways, which are
//! followed side by side.

use std::cell::Cell;

use super::Known;
use super::spelling::{self, SHORTEST_CUT, interruptions, is_cut, is_cut_escape, spellings};
use super::style::WIDTH;
use crate::lazy::ready;
use crate::scrub::invisible::widthless;
use crate::scrub::layer;

/// How many readings of a text are followed at once; few texts have more than two.
const MOST_READINGS: usize = 32;

/// The most seams inside a value, over all readings from one place.
const MOST_SEAMS: usize = 64;

/// The steps that one search for a seam counts as: a row of a table is read up to 512 bytes.
const SEAM: usize = 512 / PLAIN_PER_STEP;

/// The most backslashes before a quote at which a seam may begin.
const SLASHES: usize = 16;

/// How many bytes that can only mean themselves are compared in the time of one step.
pub(super) const PLAIN_PER_STEP: usize = 16;

/// A text that measures each sequence of backslashes only once, whichever place in it is asked for.
pub(super) struct Text<'t> {
    pub bytes: &'t [u8],
    /// The sequence measured last, as start and end.
    measured: Cell<(usize, usize)>,
}

impl<'t> Text<'t> {
    pub(super) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, measured: Cell::default() }
    }

    /// The number of backslashes from `at` on.
    pub(super) fn slashes(&self, at: usize) -> usize {
        if self.bytes.get(at) != Some(&b'\\') {
            return 0;
        }
        let (start, end) = self.measured.get();
        if (start..end).contains(&at) {
            return end - at;
        }
        let slashes = spelling::leading(&self.bytes[at..], b'\\');
        #[cfg(test)]
        crate::scrub::work::count(slashes);
        self.measured.set((at, at + slashes));
        slashes
    }
}

/// A place in the text, and how many bytes of the value are still to be matched there. Of readings at the
/// same place, the one with the fewest bytes left goes on first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Reading {
    at: usize,
    left: usize,
    /// Where the occurrence began.
    from: usize,
    /// The number of the last seam it passed over, counted from one; zero for none.
    seam: usize,
}

/// Bytes inside a value that are no part of it: the quotes and the operator between two strings, tags, the
/// bars of a table.
struct Seam {
    start: usize,
    end: usize,
    /// The number of the seam before it, or zero.
    before: usize,
}

/// The result of comparing a text with a value from one place on.
pub(super) struct Outcome {
    /// Where the value ends, if it begins there.
    pub end: Option<usize>,
    /// The seams inside the value, in order.
    pub seams: Vec<(usize, usize)>,
    /// How far the text was read.
    pub reach: usize,
    /// How many steps that took.
    pub steps: usize,
}

/// Finds the end of the value that begins at `at`, whole or cut by the end of the text or an ellipsis. Where
/// the text can be read in several ways (`\u005c` is the last character of a value that ends in a backslash,
/// or one backslash), the longest reading counts.
pub(super) fn read(known: &Known, text: &Text<'_>, at: usize) -> Outcome {
    let (mut end, mut within) = (None, Vec::new());
    let (reach, steps) = follow(known, None, text, at, |_, found, seams| {
        if end < Some(found) {
            end = Some(found);
            within.clear();
            within.extend(seams);
        }
    });
    within.reverse();
    Outcome { end, seams: within, reach, steps }
}

/// Like [`read`], but for every occurrence that begins at `at` or inside what is read from there on. Nothing
/// is compared twice: what an occurrence shares with a later one is known from the borders of the value.
/// Calls `found` with the start and the end of each. In escaped text an occurrence may be reported with too
/// early a start. Returns how far the text was read.
pub(super) fn read_all(
    known: &Known,
    text: &Text<'_>,
    at: usize,
    mut found: impl FnMut(usize, usize),
) -> usize {
    let borders = ready(&known.borders, || borders(&known.value));
    follow(known, Some(borders), text, at, |from, to, _| found(from, to)).0
}

/// Follows the readings of `text` from `at` on. With `borders` it also follows those that begin inside them;
/// without `borders` it also passes over seams, which `found` receives in reverse order. Returns how far the
/// text was read and in how many steps.
fn follow(
    known: &Known,
    borders: Option<&[u32]>,
    text: &Text<'_>,
    at: usize,
    mut found: impl FnMut(usize, usize, &mut dyn Iterator<Item = (usize, usize)>),
) -> (usize, usize) {
    let value = &*known.value;
    let mut readings = vec![Reading { at, left: value.len(), from: at, seam: 0 }];
    let mut seams: Vec<Seam> = Vec::new();
    let mut next = Vec::new();
    let (mut reach, mut steps) = (at, 0);
    // The least advanced reading goes on first, so that two readings that meet are recognised as one.
    while let Some(reading) = readings.pop() {
        let begun = reading.at;
        let reading = skip_plain(value, text.bytes, reading);
        let Reading { at, left, from, seam } = reading;
        let done = value.len() - left;
        steps += 1 + (at - begun) / PLAIN_PER_STEP;
        reach = reach.max(at);
        let (Some(want), Some(rest)) = (value.get(done..), text.bytes.get(at..)) else { continue };
        next.clear();
        if want.is_empty() {
            found(from, at, &mut over(&seams, seam));
        } else {
            if done >= SHORTEST_CUT {
                let slashes = text.slashes(at);
                if is_cut_escape(rest, slashes) {
                    found(from, text.bytes.len(), &mut over(&seams, seam));
                } else if is_cut(&value[..done], rest, slashes) {
                    found(from, at, &mut over(&seams, seam));
                }
            }
            spellings(known, done, text, at, &mut next);
            if next.is_empty() && done > 0 {
                next.extend(interruptions(rest).into_iter().map(|length| (length, 0)));
            } else if done > 0 {
                // The value's own next character may begin with the same byte.
                next.extend(widthless(rest).map(|length| (length, 0)));
            }
        }
        let later =
            next.iter().map(|&(read, matched)| Reading { at: at + read, left: left - matched, from, seam });
        let border = borders.filter(|_| done > 0).map(|borders| shorter(reading, done, borders[done]));
        later.chain(border).for_each(|reading| add(&mut readings, reading));
        let may_part = match rest.first() {
            Some(b'<' | b'&' | b'=') => true,
            Some(b'\\') => next.is_empty() && text.slashes(at) <= SLASHES,
            _ => next.is_empty(),
        };
        if borders.is_none() && done >= WIDTH && !want.is_empty() && may_part && seams.len() < MOST_SEAMS {
            steps += SEAM;
            for end in layer::behind_seam(text.bytes, at) {
                seams.push(Seam { start: at, end, before: seam });
                add(&mut readings, Reading { at: end, seam: seams.len(), ..reading });
            }
        }
    }
    #[cfg(test)]
    crate::scrub::work::count(steps);
    (reach, steps)
}

/// The seams from number `seam` backwards.
fn over(seams: &[Seam], seam: usize) -> impl Iterator<Item = (usize, usize)> {
    let at = |number: usize| number.checked_sub(1).and_then(|index| seams.get(index));
    std::iter::successors(at(seam), move |seam| at(seam.before)).map(|seam| (seam.start, seam.end))
}

/// Inserts a reading; the last in the list goes on first. If there are too many, the one that has matched
/// least of the value is dropped.
fn add(readings: &mut Vec<Reading>, reading: Reading) {
    let key = |reading: &Reading| (reading.at, reading.left);
    let mut place = match readings.binary_search_by(|other| key(&reading).cmp(&key(other))) {
        // Of two readings that meet, the one without seams is preferred.
        Ok(same) if reading.seam == 0 => return readings[same] = reading,
        Ok(_) => return,
        Err(place) => place,
    };
    if readings.len() == MOST_READINGS {
        let least = (0..readings.len()).max_by_key(|at| readings[*at].left).unwrap_or(0);
        if readings[least].left <= reading.left {
            return;
        }
        readings.remove(least);
        place -= usize::from(least < place);
    }
    readings.insert(place, reading);
}

/// The next shorter reading at the same place: the longest occurrence that begins later and agrees with what
/// was read. `done` bytes of the value were matched, and `border` of them are the beginning of that
/// occurrence.
fn shorter(reading: Reading, done: usize, border: u32) -> Reading {
    let border = border as usize;
    let Reading { at, left, from, seam } = reading;
    let from = if border == 0 || at - from == done { at - border } else { from };
    Reading { at, left: left + done - border, from, seam }
}

/// The border table of the value: for each prefix, by its length, the length of the longest proper prefix
/// that it also ends in (as in Knuth-Morris-Pratt).
fn borders(value: &[u8]) -> Box<[u32]> {
    let mut borders = vec![0_u32; value.len() + 1];
    for end in 1..value.len() {
        let mut border = borders[end] as usize;
        while border > 0 && value[border] != value[end] {
            border = borders[border] as usize;
        }
        // A value has at most 64 KiB.
        borders[end + 1] = u32::try_from(border + usize::from(value[border] == value[end])).unwrap_or(0);
    }
    borders.into()
}

/// Advances a reading over bytes that equal the value's and cannot mean anything else.
fn skip_plain(value: &[u8], text: &[u8], reading: Reading) -> Reading {
    let Reading { at, left, from, seam } = reading;
    let pairs =
        value.get(value.len() - left..).unwrap_or_default().iter().zip(text.get(at..).unwrap_or_default());
    let means_itself = |byte: &u8| {
        !matches!(
            byte,
            b'\\'
                | b'%'
                | b'&'
                | b'\''
                | b'"'
                | b'.'
                | b'\n'
                | b'<'
                | b'='
                | b'$'
                | b'`'
                | 0xc2
                | 0xe2
                | 0xef
        )
    };
    let length = pairs.take_while(|(wanted, byte)| wanted == byte && means_itself(byte)).count();
    Reading { at: at + length, left: left - length, from, seam }
}
