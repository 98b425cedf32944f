//! Keywords of five bytes and more: four bytes of each, looked for at every second place only.
//!
//! Of two fours that begin side by side one begins at a second place, so both are in the set and half of the text's fours need not be
//! asked for. A table says by a hash which fours there are, and which bytes may stand beside them: of the fours that stand in ordinary text
//! two thirds are parts of other words. The hashes of a block are computed together, and no branch asks what the table says: it would be
//! guessed wrong at every twentieth place. Hashes go through memory, and so does what the table says, of several blocks at once: taken out
//! of a vector one by one they all would go through the same port of the processor.

use super::{CHUNK, FOLD, FRONT};
use crate::vector::{self, BLOCK, Bytes, Simd, SimdBase, SimdNarrow, u8x32, u16x16};

/// Bytes that are looked for.
pub(super) const GRAM: usize = 4;
/// The shortest keyword that two fours stand in.
pub(super) const SHORTEST: usize = GRAM + 1;
/// Multipliers of the halves of a gram: of a dozen pairs of odd numbers the one that lets the fewest others pass in transcripts.
const FIRST: u16 = 56_569;
const SECOND: u16 = 43_951;
/// Bits of a hash, by how many grams there are: what fits the first cache for those that are looked for everywhere.
const FEW: (usize, u32) = (1_500, 15);
const MANY_BITS: u32 = 16;
/// Places of a block that are looked at.
pub(super) const LANES: usize = BLOCK / 2;
/// So many places has the table, so that no hash is beyond it; those beyond `bits` are never touched.
const PLACES: usize = 1 << 16;

/// Groups of bytes that are told apart beside a gram, a bit each, in front of it and behind it.
const GROUPS: usize = 4;
/// By the lower half of a byte its group: so that each has a fourth of ordinary text.
const GROUP: [u8; 16] = [0, 0, 2, 3, 2, 1, 0, 3, 1, 3, 2, 1, 1, 2, 3, 1];
/// The bits of these groups in front and behind, as a block looks them up.
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

/// A set of grams, and of what stands beside them.
pub(super) struct Grams {
    /// By their hash which groups may stand in front of one of them, and behind.
    table: Box<[u8; PLACES]>,
    shift: u32,
}

/// A gram, folded, and the bytes of its keyword in front of it and behind it.
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

    /// The hashes of the grams at every second place of these blocks.
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

    /// Says of each of these hashes what may stand beside a gram that has it.
    #[inline(always)]
    pub(super) fn look_up(&self, hashes: &[[u16; LANES]], told: &mut [[u8; LANES]]) {
        for (told, hashes) in told.iter_mut().zip(hashes) {
            for (told, hash) in told.iter_mut().zip(hashes) {
                *told = self.table[usize::from(*hash)];
            }
        }
    }
}

/// A bit for each second place of two blocks: whether one of the grams may stand there, by what was `told` of it and what stands beside it.
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

/// The lower halves of every second byte of two blocks, from the first on.
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
