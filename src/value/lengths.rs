//! Measures the texts of a tree, as far as it is visited if time is short.

use super::MAX_DEPTH;
use super::budget::{ENTRY_COST, SHORT, items, members};
use super::deadline::{LINES, SHORTEST};
use super::node::{Node, Text};
use super::walk::HUGE_COST;

/// The lengths of the texts of a tree.
#[derive(Default)]
pub(super) struct Lengths {
    /// In transcript lines.
    pub(super) lines: Histogram,
    /// Everywhere else.
    pub(super) others: Histogram,
}

/// A node that is still to be examined.
struct Open<N> {
    node: N,
    depth: usize,
    in_lines: bool,
    /// Whether it is a list of transcript lines, if it is a list.
    are_lines: bool,
    /// Whether it is the whole document, or its `adapter`.
    top: bool,
}

impl Lengths {
    /// Measures a whole tree, in which as many entries of lines and of others are examined as `room` allows.
    /// A key that is not short counts as a text.
    pub(super) fn of<N: Node>(whole: &N, room: u64) -> Self {
        Self::from(Open { node: whole.clone(), depth: 0, in_lines: false, are_lines: true, top: true }, room)
    }

    /// Measures one transcript line.
    pub(super) fn of_line<N: Node>(line: &N, room: u64) -> Self {
        Self::from(Open { node: line.clone(), depth: 0, in_lines: true, are_lines: false, top: false }, room)
    }

    fn from<N: Node>(first: Open<N>, room: u64) -> Self {
        let mut lengths = Self::default();
        let (mut left_of_lines, mut left_of_others) = (room, room);
        let mut open = vec![first];
        while let Some(Open { node, depth, in_lines, are_lines, top }) = open.pop() {
            let text = node.text();
            let histogram = if in_lines { &mut lengths.lines } else { &mut lengths.others };
            histogram.add(text.as_ref().map_or(0, |text| text.bytes().len()));
            if text.is_none() && node.is_huge() {
                histogram.whole += HUGE_COST;
                continue;
            }
            if text.is_some() || depth > MAX_DEPTH {
                continue;
            }
            let begun = open.len();
            if node.is_map() {
                let left = if in_lines { &mut left_of_lines } else { &mut left_of_others };
                let Ok(found) = members(&node, *left, SHORTEST, top) else { continue };
                *left = left.saturating_sub(found.cost);
                open.extend(found.kept.into_iter().map(|(key, value)| {
                    let name = key.key_text();
                    if name.bytes().len() > SHORT {
                        histogram.add(name.bytes().len());
                    }
                    let top = top && depth == 0 && name.bytes() == b"adapter";
                    Open { node: value, depth: depth + 1, in_lines, are_lines: name.bytes() == LINES, top }
                }));
            } else if node.is_list() {
                let in_lines = in_lines || are_lines;
                let left = if in_lines { &mut left_of_lines } else { &mut left_of_others };
                let most = usize::try_from(*left / ENTRY_COST).unwrap_or(usize::MAX);
                let Ok((found, _)) = items(&node, most, are_lines) else { continue };
                *left = left.saturating_sub(found.len() as u64 * ENTRY_COST);
                let one = |node| Open { node, depth: depth + 1, in_lines, are_lines: false, top: false };
                open.extend(found.into_iter().map(one));
            }
            // The first entry is examined first, as in the walk.
            open[begun..].reverse();
        }
        lengths
    }

    /// The cost for the walk of all these texts, if they are cut to `longest`, which is a power of two.
    pub(super) fn cut(&self, longest: usize) -> u64 {
        self.lines.cut(longest).saturating_add(self.others.cut(longest))
    }
}

/// The number of texts by length, and the cost of everything else.
pub(super) struct Histogram {
    /// By the number of bits of the length: how many texts there are, and their bytes.
    texts: [(u64, u64); usize::BITS as usize + 1],
    /// The cost of numbers, which are not cut.
    whole: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { texts: [(0, 0); usize::BITS as usize + 1], whole: 0 }
    }
}

impl Histogram {
    fn add(&mut self, length: usize) {
        let (number, bytes) = &mut self.texts[(usize::BITS - length.leading_zeros()) as usize];
        *number += 1;
        *bytes += length as u64;
    }

    /// The cost for the walk of all these texts, if they are cut to `longest`, which is a power of two.
    pub(super) fn cut(&self, longest: usize) -> u64 {
        let short = longest.ilog2() as usize + 1;
        let cut = |(bits, (number, bytes)): (usize, &(u64, u64))| {
            let text = if bits < short { *bytes } else { number.saturating_mul(longest as u64).min(*bytes) };
            text.saturating_add(number.saturating_mul(ENTRY_COST))
        };
        self.texts.iter().enumerate().map(cut).fold(self.whole, u64::saturating_add)
    }
}
