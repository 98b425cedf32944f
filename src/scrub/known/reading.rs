//! Where a value that begins at a place ends: the readings of a text are followed side by side.

use std::cell::Cell;

use super::Known;
use super::spelling::{self, SHORTEST_CUT, interruptions, is_cut, is_cut_escape, spellings, widthless};
use super::style::WIDTH;
use crate::scrub::layer;
use crate::scrub::lazy::ready;

/// How many readings of a text are followed at once: few texts have more than two.
const MOST_READINGS: usize = 32;

/// So many times what is no part of a value may stand in it, in all readings from one place.
const MOST_GAPS: usize = 64;

/// So many steps it takes to look for one, as far as a row of a table is read.
const GAP: usize = 512 / PLAIN_PER_STEP;

/// The most backslashes in front of the quote that it begins with.
const SLASHES: usize = 16;

/// So many bytes that can mean only themselves are compared in the time of one step that is thought about.
pub(super) const PLAIN_PER_STEP: usize = 16;

/// A text, of which every run of backslashes is measured once, from wherever in it that is asked.
pub(super) struct Text<'t> {
    pub bytes: &'t [u8],
    /// The run that was measured last.
    run: Cell<(usize, usize)>,
}

impl<'t> Text<'t> {
    pub(super) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, run: Cell::default() }
    }

    /// How many backslashes stand from `at` on.
    pub(super) fn slashes(&self, at: usize) -> usize {
        if self.bytes.get(at) != Some(&b'\\') {
            return 0;
        }
        let (start, end) = self.run.get();
        if (start..end).contains(&at) {
            return end - at;
        }
        let run = spelling::leading(&self.bytes[at..], b'\\');
        #[cfg(test)]
        crate::scrub::work::count(run);
        self.run.set((at, at + run));
        run
    }
}

/// A place in the text, and how much of the value is left there: of readings that come to one place the one that has most of it goes on first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Reading {
    at: usize,
    left: usize,
    /// Where it began.
    from: usize,
    /// The number of the last gap it went over, from one on.
    gap: usize,
}

/// What stands inside a value and is no part of it: the quotes and the sign between two strings, tags, the bars of a table.
struct Gap {
    start: usize,
    end: usize,
    /// The number of the gap in front of it.
    before: usize,
}

/// What came of comparing a text with a value from one place on.
pub(super) struct Outcome {
    /// Where the value ends, if it began there.
    pub end: Option<usize>,
    /// What stands in it and is no part of it, in order.
    pub gaps: Vec<(usize, usize)>,
    /// How far the text was read.
    pub reach: usize,
    /// How many steps that took.
    pub steps: usize,
}

/// Where the value that begins at `at` ends, if it does begin there: whole, or cut by the end of the text
/// or by an ellipsis. Where the text can be read in several ways (`\u005c` is the end of a value that ends
/// in a backslash, or one backslash) the longest counts.
pub(super) fn read(known: &Known, text: &Text<'_>, at: usize) -> Outcome {
    let (mut end, mut within) = (None, Vec::new());
    let (reach, steps) = follow(known, None, text, at, |_, found, gaps| {
        if end < Some(found) {
            end = Some(found);
            within.clear();
            within.extend(gaps);
        }
    });
    within.reverse();
    Outcome { end, gaps: within, reach, steps }
}

/// The same for every occurrence that begins at `at` or inside what is read from there on: what has been compared is not compared again, as
/// what an occurrence has in common with a later one is known from the value. Hands where each begins and ends to `found`; where the text is
/// escaped, one may seem to begin earlier than it does. Says how far it came.
pub(super) fn read_all(
    known: &Known,
    text: &Text<'_>,
    at: usize,
    mut found: impl FnMut(usize, usize),
) -> usize {
    let borders = ready(&known.borders, || borders(&known.value));
    follow(known, Some(borders), text, at, |from, to, _| found(from, to)).0
}

/// Follows the readings of `text` from `at` on, and with `borders` those that begin inside them; without, also over gaps, of which `found` is
/// told, the last one first. Says how far they came, and in how many steps.
fn follow(
    known: &Known,
    borders: Option<&[u32]>,
    text: &Text<'_>,
    at: usize,
    mut found: impl FnMut(usize, usize, &mut dyn Iterator<Item = (usize, usize)>),
) -> (usize, usize) {
    let value = &*known.value;
    let mut readings = vec![Reading { at, left: value.len(), from: at, gap: 0 }];
    let mut gaps: Vec<Gap> = Vec::new();
    let mut next = Vec::new();
    let (mut reach, mut steps) = (at, 0);
    // The reading that has come least far goes on, so that two that meet are seen to be one.
    while let Some(reading) = readings.pop() {
        let begun = reading.at;
        let reading = skip_plain(value, text.bytes, reading);
        let Reading { at, left, from, gap } = reading;
        let done = value.len() - left;
        steps += 1 + (at - begun) / PLAIN_PER_STEP;
        reach = reach.max(at);
        let (Some(want), Some(rest)) = (value.get(done..), text.bytes.get(at..)) else { continue };
        next.clear();
        if want.is_empty() {
            found(from, at, &mut over(&gaps, gap));
        } else {
            if done >= SHORTEST_CUT {
                let run = text.slashes(at);
                if is_cut_escape(rest, run) {
                    found(from, text.bytes.len(), &mut over(&gaps, gap));
                } else if is_cut(&value[..done], rest, run) {
                    found(from, at, &mut over(&gaps, gap));
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
            next.iter().map(|&(read, matched)| Reading { at: at + read, left: left - matched, from, gap });
        let border = borders.filter(|_| done > 0).map(|borders| shorter(reading, done, borders[done]));
        later.chain(border).for_each(|reading| add(&mut readings, reading));
        let may_part = match rest.first() {
            Some(b'<' | b'&' | b'=') => true,
            Some(b'\\') => next.is_empty() && text.slashes(at) <= SLASHES,
            _ => next.is_empty(),
        };
        if borders.is_none() && done >= WIDTH && !want.is_empty() && may_part && gaps.len() < MOST_GAPS {
            steps += GAP;
            for end in layer::behind_seam(text.bytes, at) {
                gaps.push(Gap { start: at, end, before: gap });
                add(&mut readings, Reading { at: end, gap: gaps.len(), ..reading });
            }
        }
    }
    #[cfg(test)]
    crate::scrub::work::count(steps);
    (reach, steps)
}

/// The gaps from the one of this number on, the last one first.
fn over(gaps: &[Gap], gap: usize) -> impl Iterator<Item = (usize, usize)> {
    let at = |number: usize| number.checked_sub(1).and_then(|index| gaps.get(index));
    std::iter::successors(at(gap), move |gap| at(gap.before)).map(|gap| (gap.start, gap.end))
}

/// Adds a reading to those that are followed, the last of which goes on first. Of too many the one leaves that has least of the value.
fn add(readings: &mut Vec<Reading>, reading: Reading) {
    let key = |reading: &Reading| (reading.at, reading.left);
    let mut place = match readings.binary_search_by(|other| key(&reading).cmp(&key(other))) {
        // Where both come, nothing was left out.
        Ok(same) if reading.gap == 0 => return readings[same] = reading,
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

/// The reading at the place of one that has `done` of the value, of the longest occurrence that begins behind it and agrees with it so far:
/// it has `border`.
fn shorter(reading: Reading, done: usize, border: u32) -> Reading {
    let border = border as usize;
    let Reading { at, left, from, gap } = reading;
    let from = if border == 0 || at - from == done { at - border } else { from };
    Reading { at, left: left + done - border, from, gap }
}

/// For each beginning of the value, by its length, the length of the longest shorter one that it ends in.
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

/// Goes on as long as the text is the value's as it is and can mean nothing else.
fn skip_plain(value: &[u8], text: &[u8], reading: Reading) -> Reading {
    let Reading { at, left, from, gap } = reading;
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
    Reading { at: at + length, left: left - length, from, gap }
}
