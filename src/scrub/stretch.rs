//! Stretches: the parts of a long text around some places that a change at these places can affect.
//!
//! A text is searched again where something was replaced, and once more where it has gaps. In a long text
//! these places are few, and what is far from them has been searched before. A stretch consists of whole
//! lines, since runs and open strings end with a line.

use std::ops::Range;

use super::escape::Quote;
use super::hit::Hit;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// What is searched, in whole lines.
    pub range: Range<usize>,
    /// A hit must touch this range to count; any other hit may depend on bytes outside the stretch.
    near: Range<usize>,
}

/// The places in a text where blocks may begin or end. Near one of them more is searched.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    /// In order, with [`Blocks::new`]'s minimum distance between them.
    places: Vec<usize>,
    anywhere: bool,
}

impl Blocks {
    /// Takes places in any order; `anywhere` says that there may be others.
    pub(super) fn new(mut places: Vec<usize>, anywhere: bool) -> Self {
        /// Of two places closer together than this, in bytes, one is enough.
        const CLOSE: usize = 1 << 10;
        places.sort_unstable();
        places.dedup_by(|other, one| *other - *one < CLOSE);
        Self { places, anywhere }
    }

    /// Returns the blocks with each place mapped by `to`.
    pub(super) fn moved(&self, to: impl Fn(usize) -> usize) -> Self {
        Self::new(self.places.iter().map(|place| to(*place)).collect(), self.anywhere)
    }

    pub(super) fn add(&mut self, mut more: Self) {
        if more.places.is_empty() {
            self.anywhere |= more.anywhere;
            return;
        }
        more.places.extend_from_slice(&self.places);
        *self = Self::new(more.places, self.anywhere || more.anywhere);
    }

    /// Whether a block may begin or end within `reach` bytes of a place.
    fn is_near(&self, place: &Range<usize>, reach: usize) -> bool {
        let first = self.places.partition_point(|at| at.saturating_add(reach) < place.start);
        self.anywhere || self.places.get(first).is_some_and(|at| *at <= place.end.saturating_add(reach))
    }
}

/// How far a change at a place in a text matters, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// The reach if a block may begin or end that near.
    pub long: usize,
    pub short: usize,
}

impl Stretch {
    /// A stretch of lines in which every hit counts.
    pub(super) fn whole(range: Range<usize>) -> Self {
        Self { near: range.clone(), range }
    }

    /// The strings open at its beginning, given those open at the beginning of the text.
    pub(super) fn open<'o>(&self, open: &'o [Quote]) -> &'o [Quote] {
        if self.range.start == 0 { open } else { &[] }
    }

    /// Whether a hit, by the text's offsets, is near enough to a place.
    pub(super) fn counts(&self, hit: &Hit) -> bool {
        hit.start <= self.near.end && hit.end >= self.near.start
    }

    /// The `places`, which are in order, that are inside this stretch.
    pub(super) fn of<'p, T>(&self, places: &'p [T], start: impl Fn(&T) -> usize) -> &'p [T] {
        let first = places.partition_point(|place| start(place) < self.range.start);
        let behind = places.partition_point(|place| start(place) < self.range.end);
        &places[first..behind]
    }
}

/// For each of `places`, whether a block may begin or end near it.
pub(super) fn near_blocks(places: &[Range<usize>], blocks: &Blocks, reach: Reach) -> Vec<bool> {
    places.iter().map(|place| blocks.is_near(place, reach.long)).collect()
}

/// Returns the stretches around `places`, which are in order; `long` says for each whether it has the long
/// reach. Hits count up to one reach from a place, and what they depend on may be as far again. Returns the
/// whole text if the stretches are most of it.
pub(super) fn around(text: &[u8], places: &[Range<usize>], long: &[bool], reach: Reach) -> Vec<Stretch> {
    let of = |wanted: bool| {
        let places = places.iter().zip(long).filter(move |(_, long)| **long == wanted);
        places.map(|(place, _)| place.clone())
    };
    let mut stretches = around_each(text, of(true), reach.long);
    let short = around_each(text, of(false), reach.short);
    if !stretches.is_empty() && !short.is_empty() {
        stretches.extend(short);
        stretches.sort_unstable_by_key(|stretch| stretch.range.start);
        stretches.dedup_by(|next, last| {
            let touch = next.range.start <= last.range.end;
            if touch {
                last.range.end = last.range.end.max(next.range.end);
                last.near = last.near.start.min(next.near.start)..last.near.end.max(next.near.end);
            }
            touch
        });
    } else if stretches.is_empty() {
        stretches = short;
    }
    let covered: usize = stretches.iter().map(|stretch| stretch.range.len()).sum();
    if covered > text.len() / 4 * 3 {
        return vec![Stretch { range: 0..text.len(), near: 0..text.len() }];
    }
    stretches
}

/// The stretches around places that all have the same reach.
fn around_each(text: &[u8], places: impl Iterator<Item = Range<usize>>, reach: usize) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for place in places {
        let near = place.start.saturating_sub(reach)..place.end.saturating_add(reach).min(text.len());
        if let Some(last) = stretches.last_mut()
            && near.start.saturating_sub(reach) <= last.range.end
        {
            last.near.end = last.near.end.max(near.end);
            // The last line of the stretch is not read again for each place in it.
            let wanted = near.end.saturating_add(reach);
            if wanted >= last.range.end {
                last.range.end = line_end(text, wanted);
            }
            continue;
        }
        let range = line_start(text, near.start.saturating_sub(reach))
            ..line_end(text, near.end.saturating_add(reach));
        match stretches.last_mut() {
            Some(last) if range.start <= last.range.end => {
                (last.range.end, last.near.end) = (range.end.max(last.range.end), near.end);
            }
            _ => stretches.push(Stretch { range, near }),
        }
    }
    stretches
}

/// The beginning of the line of `at`.
fn line_start(text: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &text[..at]).map_or(0, |found| found + 1)
}

/// The beginning of the line after `at`.
fn line_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let end = memchr::memchr(b'\n', rest).map_or(text.len(), |found| at + found + 1);
    #[cfg(test)]
    super::work::count(end.saturating_sub(at));
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::hit::Source;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_near_a_place_is_in_a_stretch_of_whole_lines(
            text in "[a\n]{0,300}",
            mut places in prop::collection::vec((0usize..300, 0usize..20), 0..5),
            blocks in prop::collection::vec(0usize..300, 0..3),
            short in 0usize..20,
            more in 0usize..20,
        ) {
            let text = text.as_bytes();
            places.sort_unstable();
            let places: Vec<Range<usize>> =
                places.into_iter().map(|(at, length)| at.min(text.len())..(at + length).min(text.len())).collect();
            let reach = Reach { short, long: short + more };
            let long = near_blocks(&places, &Blocks::new(blocks.clone(), false), reach);
            let stretches = around(text, &places, &long, reach);
            for (place, long) in places.iter().zip(long) {
                // The first of those that are close to each other stands for all.
                let first = blocks.iter().min();
                let is_near = |at: &usize| *at + reach.long >= place.start && *at <= place.end + reach.long;
                prop_assert_eq!(long, first.is_some_and(is_near));
                let reach = if long { reach.long } else { reach.short };
                let wanted = place.start.saturating_sub(2 * reach)..(place.end + 2 * reach).min(text.len());
                let holds = |stretch: &&Stretch| stretch.range.start <= wanted.start && wanted.end <= stretch.range.end;
                let stretch = stretches.iter().find(holds);
                prop_assert!(stretch.is_some_and(|stretch| stretch.counts(&Hit::new(place.start, place.end, Source::Entropy))));
            }
            for (index, stretch) in stretches.iter().enumerate() {
                let Range { start, end } = stretch.range;
                prop_assert!(start == 0 || text[start - 1] == b'\n');
                prop_assert!(end == text.len() || text[end - 1] == b'\n');
                prop_assert!(index == 0 || stretches[index - 1].range.end < start);
            }
        }
    }

    #[test]
    fn few_places_are_a_small_part_and_many_are_all() {
        let text = "0123456\n".repeat(100);
        let around = |places: &[Range<usize>], reach| {
            around(text.as_bytes(), places, &vec![false; places.len()], Reach { long: 1 << 10, short: reach })
        };
        let one = around(std::slice::from_ref(&(400..402)), 8);
        assert_eq!(one, [Stretch { range: 384..424, near: 392..410 }]);
        assert!(
            !one[0].counts(&Hit::new(411, 412, Source::Entropy))
                && one[0].counts(&Hit::new(380, 392, Source::Entropy))
        );
        let places: Vec<Range<usize>> = (0..10).map(|place| place * 80..place * 80 + 1).collect();
        let many = around(&places, 40);
        assert_eq!(many, [Stretch { range: 0..800, near: 0..800 }]);
        assert!(around(&[], 8).is_empty());
    }
}
