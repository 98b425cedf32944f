//! Stretches of a long text around places in it: all of the text that what is at these places can matter to.
//!
//! A text is looked at again where something was replaced, and once more where something in it is not seen. In a long one these
//! places are few, and what is far from them was seen before. A stretch is of whole lines, because runs of characters and open strings
//! end with a line.

use std::ops::Range;

use super::escape::Quote;
use super::hit::Hit;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// What is looked at, in whole lines.
    pub range: Range<usize>,
    /// What hits must touch to count: of the others, what they depend on may stand outside.
    near: Range<usize>,
}

impl Stretch {
    /// Lines of which every hit counts.
    pub(super) fn whole(range: Range<usize>) -> Self {
        Self { near: range.clone(), range }
    }

    /// The strings open at its beginning, of those that are open where the text begins.
    pub(super) fn open<'o>(&self, open: &'o [Quote]) -> &'o [Quote] {
        if self.range.start == 0 { open } else { &[] }
    }

    /// Whether a hit, by the text's offsets, is near enough to a place.
    pub(super) fn counts(&self, hit: &Hit) -> bool {
        hit.start <= self.near.end && hit.end >= self.near.start
    }

    /// Those of `places`, all in order, that this stretch is around.
    pub(super) fn of<'p, T>(&self, places: &'p [T], start: impl Fn(&T) -> usize) -> &'p [T] {
        let first = places.partition_point(|place| start(place) < self.range.start);
        let behind = places.partition_point(|place| start(place) < self.range.end);
        &places[first..behind]
    }
}

/// The stretches around `places`, which are in order: hits count up to `reach` bytes from a place, and what they depend on may stand as far
/// from them. All of the text where that is most of it.
pub(super) fn around(text: &[u8], places: &[Range<usize>], reach: usize) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for place in places {
        let near = place.start.saturating_sub(reach)..place.end.saturating_add(reach).min(text.len());
        if let Some(last) = stretches.last_mut()
            && near.start.saturating_sub(reach) <= last.range.end
        {
            last.near.end = last.near.end.max(near.end);
            // The line in which the stretch ends is not read again for each place in it.
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
    let covered: usize = stretches.iter().map(|stretch| stretch.range.len()).sum();
    if covered > text.len() / 4 * 3 {
        return vec![Stretch { range: 0..text.len(), near: 0..text.len() }];
    }
    stretches
}

/// Where the line begins that `at` is in.
fn line_start(text: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &text[..at]).map_or(0, |found| found + 1)
}

/// Where the next line begins behind `at`.
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
            reach in 0usize..20,
        ) {
            let text = text.as_bytes();
            places.sort_unstable();
            let places: Vec<Range<usize>> =
                places.into_iter().map(|(at, length)| at.min(text.len())..(at + length).min(text.len())).collect();
            let stretches = around(text, &places, reach);
            for place in &places {
                let wanted = place.start.saturating_sub(2 * reach)..(place.end + 2 * reach).min(text.len());
                let holds = |stretch: &&Stretch| stretch.range.start <= wanted.start && wanted.end <= stretch.range.end;
                let stretch = stretches.iter().find(holds);
                prop_assert!(stretch.is_some_and(|stretch| stretch.counts(&Hit::new(place.start, place.end, Source::Blob))));
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
        let one = around(text.as_bytes(), std::slice::from_ref(&(400..402)), 8);
        assert_eq!(one, [Stretch { range: 384..424, near: 392..410 }]);
        assert!(
            !one[0].counts(&Hit::new(411, 412, Source::Blob))
                && one[0].counts(&Hit::new(380, 392, Source::Blob))
        );
        let places: Vec<Range<usize>> = (0..10).map(|place| place * 80..place * 80 + 1).collect();
        let many = around(text.as_bytes(), &places, 40);
        assert_eq!(many, [Stretch { range: 0..800, near: 0..800 }]);
        assert!(around(text.as_bytes(), &[], 8).is_empty());
    }
}
