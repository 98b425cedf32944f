//! Keywords of three and four bytes: three bytes of each, compared with 32 places at a time.
//!
//! The halves of each byte choose from tables the groups of keywords that may have it at that place; a group that all of the halves have
//! chosen may stand there. This is the search of Hyperscan called Teddy, with its masks for three bytes, in 24 groups (Wang et al.,
//! "Hyperscan", NSDI 2019, and the notes in the crate `aho-corasick`, which has it for at most 64 literals in one spelling).

use super::FOLD;
use crate::scrub::rarity;
use crate::vector::{self, BLOCK, Simd, SimdBase, u8x32};

/// Bytes that are looked for.
pub(super) const THREE: usize = 3;
/// Groups in one table, a bit each; and tables.
const GROUPS: usize = 8;
const HALVES: usize = 3;

/// For each value of four bits the groups that have it, twice, since a vector is looked up in two parts.
type Table = [u8; BLOCK];

/// A set of threes.
pub(super) struct Threes {
    /// By the place in the three.
    low: [[Table; HALVES]; THREE],
    high: [[Table; HALVES]; THREE],
    pub(super) is_empty: bool,
}

impl Threes {
    /// A set of `threes`, each folded.
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

    /// A bit for each place of a block where one of the threes may stand.
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

/// A group for each three, so that few others pass: each goes where it adds the least of what ordinary text holds.
fn grouped(threes: &[[u8; THREE]]) -> Vec<([u8; THREE], usize)> {
    let mut order = threes.to_vec();
    order.sort_by_cached_key(|three| (-rarity::frequency(three), *three));
    order.dedup();
    let shares = rarity::shares();
    let mut groups = vec![Group::default(); GROUPS * HALVES];
    let mut placed = Vec::with_capacity(order.len());
    for three in order {
        let with: Vec<Group> = groups.iter().map(|group| group.with(three, &shares)).collect();
        let added = |at: &usize| with[*at].cost - groups[*at].cost;
        let best = (0..groups.len()).min_by(|a, b| added(a).total_cmp(&added(b))).unwrap_or_default();
        groups[best] = with[best];
        placed.push((three, best));
    }
    placed
}

/// Which values the halves of the bytes of a group have.
#[derive(Clone, Copy, Default)]
struct Group {
    low: [u16; THREE],
    high: [u16; THREE],
    /// The share of threes in ordinary text that pass, as far as single bytes tell.
    cost: f32,
}

impl Group {
    fn with(mut self, three: [u8; THREE], shares: &[f32; 256]) -> Self {
        self.cost = 1.0;
        for (at, byte) in three.into_iter().enumerate() {
            self.low[at] |= 1 << (byte & 15);
            self.high[at] |= 1 << (byte >> 4);
            let bytes =
                bits(self.high[at]).flat_map(|high| bits(self.low[at]).map(move |low| high << 4 | low));
            self.cost *= bytes.map(|byte| shares[byte]).sum::<f32>();
        }
        self
    }
}

/// The places of the bits that are set.
fn bits(set: u16) -> impl Iterator<Item = usize> {
    (0..16).filter(move |bit| set >> bit & 1 != 0)
}
