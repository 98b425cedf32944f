//! The filter for keywords of five bytes and more: a hash filter over 4-grams sampled at every second offset.
//!
//! Of two adjacent 4-grams, one begins at an even offset. So two adjacent 4-grams of each keyword are in the
//! set, and half of the text's offsets need not be tested. A table maps the hash of a 4-gram to the groups of
//! bytes that may be next to it: of the 4-grams of the set that occur in ordinary text, two thirds are parts
//! of other words. The hashes of a block are computed together, and there is no branch on the result of a
//! lookup, which would be mispredicted at every twentieth offset. Hashes and results of several blocks go
//! through memory, because extracting single lanes from vectors would all use the same port of the processor.

use super::{CHUNK, FOLD, FRONT};
use crate::vector::{self, BLOCK, Bytes, Simd, SimdBase, SimdNarrow, u8x32, u16x16};

/// The number of bytes that are searched for.
pub(super) const GRAM: usize = 4;
/// The length of the shortest keyword with two 4-grams.
pub(super) const SHORTEST: usize = GRAM + 1;
/// Multipliers for the halves of a 4-gram: of a dozen pairs of odd numbers, the pair that lets the fewest
/// other 4-grams of transcripts pass.
const FIRST: u16 = 56_569;
const SECOND: u16 = 43_951;
/// The number of hash bits, depending on the number of grams: fewer than 1,500 grams use 15 bits, so that the
/// table for keywords searched for everywhere fits the L1 cache.
const FEW: (usize, u32) = (1_500, 15);
const MANY_BITS: u32 = 16;
/// The number of offsets tested in a block.
pub(super) const LANES: usize = BLOCK / 2;
/// The size of the table for the most bits, so that no hash is out of bounds; the part beyond fewer bits is
/// never touched.
const PLACES: usize = 1 << 16;

/// The number of groups into which the bytes next to a gram are divided, one bit each, before and after.
const GROUPS: usize = 4;
/// The group of a byte by its lower nibble, chosen so that each group has a quarter of ordinary text.
const GROUP: [u8; 16] = [0, 0, 2, 3, 2, 1, 0, 3, 1, 3, 2, 1, 1, 2, 3, 1];
/// The group bits of the byte before and of the byte after, as lookup tables for a block.
const BEFORE: [u8; BLOCK] = vector::twice(bits(0));
const AFTER: [u8; BLOCK] = vector::twice(bits(GROUPS));

const fn bits(shift: usize) -> [u8; 16] {
    let mut bits = [0; 16];
    let mut at = 0;
    while at < bits.len() {
        bits[at] = 1 << (GROUP[at] as usize + shift);
        at += 1;
    }
    bits
}

/// A set of 4-grams with the bytes next to them.
pub(super) struct Grams {
    /// For each hash the groups that may be before and after one of its grams.
    table: Box<[u8; PLACES]>,
    shift: u32,
}

/// A 4-gram, folded, and the bytes of its keyword before and after it.
pub(super) struct Gram {
    pub bytes: [u8; GRAM],
    pub before: Option<u8>,
    pub behind: Option<u8>,
}

impl Grams {
    pub(super) fn new(grams: &[Gram]) -> Self {
        let bits = if grams.len() < FEW.0 { FEW.1 } else { MANY_BITS };
        let shift = u16::BITS - bits;
        let mut table = super::zeros::<u8, PLACES>();
        for gram in grams {
            let of = |table: &[u8; BLOCK], byte: Option<u8>| byte.map(|byte| table[usize::from(byte & 15)]);
            let before = of(&BEFORE, gram.before).unwrap_or((1 << GROUPS) - 1);
            let behind = of(&AFTER, gram.behind).unwrap_or(!((1 << GROUPS) - 1));
            table[usize::from(hash(gram.bytes) >> shift)] |= before | behind;
        }
        Self { table, shift }
    }

    /// Computes the hashes of the grams at every second offset of these blocks.
    #[inline(always)]
    pub(super) fn hashes<S: Simd>(&self, simd: S, chunk: &[u8; CHUNK], hashes: &mut [[u16; LANES]]) {
        let fold = u8x32::splat(simd, FOLD);
        let blocks = chunk[FRONT..].windows(BLOCK + 2).step_by(BLOCK);
        for (hashes, block) in hashes.iter_mut().zip(blocks) {
            let first: u16x16<S> = (u8x32::from_slice(simd, &block[..BLOCK]) | fold).bitcast();
            let second: u16x16<S> = (u8x32::from_slice(simd, &block[2..]) | fold).bitcast();
            ((first * FIRST + second * SECOND) >> self.shift).store_slice(hashes);
        }
    }

    /// Looks up which groups may be next to a gram with each of these hashes.
    #[inline(always)]
    pub(super) fn look_up(&self, hashes: &[[u16; LANES]], told: &mut [[u8; LANES]]) {
        for (told, hashes) in told.iter_mut().zip(hashes) {
            for (told, hash) in told.iter_mut().zip(hashes) {
                *told = self.table[usize::from(*hash)];
            }
        }
    }
}

/// Returns a bitset over every second offset of two blocks: whether one of the grams may be there, according
/// to the lookup results `told` and the bytes next to it.
#[inline(always)]
pub(super) fn told<S: Simd>(simd: S, chunk: &[u8; CHUNK], pair: usize, told: &[u8]) -> u32 {
    let start = FRONT + pair * 2 * BLOCK;
    let before =
        u8x32::from_slice(simd, &BEFORE).swizzle_dyn_within_blocks(seconds(simd, &chunk[start - 1..]));
    let behind =
        u8x32::from_slice(simd, &AFTER).swizzle_dyn_within_blocks(seconds(simd, &chunk[start + GRAM..]));
    let beside = before | behind;
    vector::bits((u8x32::from_slice(simd, told) & beside).simd_eq(beside))
}

/// The lower nibbles of every second byte of two blocks, beginning with the first.
#[inline(always)]
fn seconds<S: Simd>(simd: S, bytes: &[u8]) -> u8x32<S> {
    let first: u16x16<S> = u8x32::from_slice(simd, &bytes[..BLOCK]).bitcast();
    let second: u16x16<S> = u8x32::from_slice(simd, &bytes[BLOCK..2 * BLOCK]).bitcast();
    if cfg!(target_endian = "little") {
        (first & 15).relaxed_narrow(second & 15)
    } else {
        (first >> 8 & 15).relaxed_narrow(second >> 8 & 15)
    }
}

/// The hash of a gram; its upper bits are the well-mixed ones.
fn hash(gram: [u8; GRAM]) -> u16 {
    let half = |at| u16::from_ne_bytes([gram[at], gram[at + 1]]);
    half(0).wrapping_mul(FIRST).wrapping_add(half(2).wrapping_mul(SECOND))
}
