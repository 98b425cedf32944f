//! The filter for keywords of three and four bytes: three bytes of each, tested at 32 offsets at a time.
//!
//! The nibbles of each byte select, from tables, the groups of keywords that may have this byte at this
//! position. A group that all nibbles select may match. This is the Teddy algorithm of Hyperscan, with masks
//! for three bytes and 24 groups (Wang et al., "Hyperscan", NSDI 2019, and the notes in the crate
//! `aho-corasick`, which has it for at most 64 literals and case-sensitive).

use super::FOLD;
use crate::scrub::rarity;
use crate::vector::{self, BLOCK, Simd, SimdBase, u8x32};

/// The number of bytes that are searched for.
pub(super) const THREE: usize = 3;
/// The number of groups in one table, one bit each, and the number of tables.
const GROUPS: usize = 8;
const HALVES: usize = 3;

/// For each nibble the groups that have it, repeated, since a vector is looked up in two halves.
type Table = [u8; BLOCK];

/// A set of three-byte strings, as nibble masks.
pub(super) struct Threes {
    /// The masks by position in the string and by table, for low and high nibbles.
    low: [[Table; HALVES]; THREE],
    high: [[Table; HALVES]; THREE],
    pub(super) is_empty: bool,
}

impl Threes {
    /// Creates a set of `threes`, each folded.
    pub(super) fn new(threes: &[[u8; THREE]]) -> Self {
        let mut set = Self {
            low: [[[0; BLOCK]; HALVES]; THREE],
            high: [[[0; BLOCK]; HALVES]; THREE],
            is_empty: threes.is_empty(),
        };
        for (three, group) in grouped(threes) {
            let (half, bit) = (group / GROUPS, 1 << (group % GROUPS));
            for (at, byte) in three.into_iter().enumerate() {
                for part in [0, BLOCK / 2] {
                    set.low[at][half][part + usize::from(byte & 15)] |= bit;
                    set.high[at][half][part + usize::from(byte >> 4)] |= bit;
                }
            }
        }
        set
    }

    /// Returns a bitset of the offsets in a block at which one of the strings may begin.
    #[inline(always)]
    pub(super) fn find<S: Simd>(&self, simd: S, window: &[u8]) -> u32 {
        let mut chosen = [u8x32::splat(simd, u8::MAX); HALVES];
        for place in 0..THREE {
            let bytes = u8x32::from_slice(simd, &window[place..place + BLOCK]) | FOLD;
            let (low, high) = (bytes & 15, bytes >> 4);
            for (half, chosen) in chosen.iter_mut().enumerate() {
                let table = |table: &Table| u8x32::from_slice(simd, table);
                *chosen &= table(&self.low[place][half]).swizzle_dyn_within_blocks(low);
                *chosen &= table(&self.high[place][half]).swizzle_dyn_within_blocks(high);
            }
        }
        !vector::bits((chosen[0] | chosen[1] | chosen[2]).simd_eq(0))
    }
}

/// Assigns a group to each string so that few others pass: each is put where it adds the least share of
/// ordinary text.
fn grouped(threes: &[[u8; THREE]]) -> Vec<([u8; THREE], usize)> {
    let mut order = threes.to_vec();
    order.sort_by_cached_key(|three| (-rarity::frequency(three), *three));
    order.dedup();
    let mut groups = [Group::default(); GROUPS * HALVES];
    let mut placed = Vec::with_capacity(order.len());
    for three in order {
        let with = groups.map(|group| group.with(three));
        let added = |at: &usize| with[*at].cost - groups[*at].cost;
        let best = (0..groups.len()).min_by(|a, b| added(a).total_cmp(&added(b))).unwrap_or_default();
        groups[best] = with[best];
        placed.push((three, best));
    }
    placed
}

/// The nibbles of the bytes in a group, by position.
#[derive(Clone, Copy, Default)]
struct Group {
    low: [u16; THREE],
    high: [u16; THREE],
    /// The share of the bytes in ordinary text that pass, by position.
    shares: [f32; THREE],
    /// The estimated share of three-byte strings in ordinary text that pass, based on single bytes.
    cost: f32,
}

impl Group {
    fn with(mut self, three: [u8; THREE]) -> Self {
        for (at, byte) in three.into_iter().enumerate() {
            let low = self.low[at] | 1 << (byte & 15);
            let high = self.high[at] | 1 << (byte >> 4);
            if (low, high) != (self.low[at], self.high[at]) {
                (self.low[at], self.high[at]) = (low, high);
                let bytes = bits(high).flat_map(|high| bits(low).map(move |low| high << 4 | low));
                self.shares[at] = bytes.map(|byte| rarity::SHARES[byte]).sum();
            }
        }
        self.cost = self.shares.iter().product();
        self
    }
}

/// The positions of the set bits.
fn bits(mut set: u16) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (set != 0).then(|| set.trailing_zeros() as usize);
        set &= set.wrapping_sub(1);
        bit
    })
}
