//! Keywords of five bytes and more: four bytes of each, looked for at every second place only.
//!
//! Of two fours that begin side by side one begins at a second place, so both are in the set and half of the text's fours need not be
//! asked for. A table says by a hash which fours there are. The hashes of a block are computed together, and no branch asks what the
//! table says: it would be guessed wrong at every twentieth place. Hashes go through memory, and so does what the table says, of several
//! blocks at once: taken out of a vector one by one they all would go through the same port of the processor.

use super::FOLD;
use crate::vector::{BLOCK, Bytes, Simd, SimdBase, WINDOW, u8x32, u16x16};

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

/// A set of grams.
pub(super) struct Grams {
    /// By their hash, 1 or nothing.
    table: Box<[u8; PLACES]>,
    shift: u32,
}

impl Grams {
    /// A set of `grams`, each folded.
    pub(super) fn new(grams: &[[u8; GRAM]]) -> Self {
        let bits = if grams.len() < FEW.0 { FEW.1 } else { MANY_BITS };
        let shift = u16::BITS - bits;
        let mut table = super::zeros::<u8, PLACES>();
        for gram in grams {
            table[usize::from(hash(*gram) >> shift)] = 1;
        }
        Self { table, shift }
    }

    /// The hashes of the grams at every second place of a block.
    #[inline(always)]
    pub(super) fn hashes<S: Simd>(&self, simd: S, window: &[u8; WINDOW], hashes: &mut [u16; LANES]) {
        let fold = u8x32::splat(simd, FOLD);
        let first: u16x16<S> = (u8x32::from_slice(simd, &window[..BLOCK]) | fold).bitcast();
        let second: u16x16<S> = (u8x32::from_slice(simd, &window[2..]) | fold).bitcast();
        ((first * FIRST + second * SECOND) >> self.shift).store_slice(hashes);
    }

    /// Says of each of these hashes whether one of the grams has it, with 1 or 0.
    #[inline(always)]
    pub(super) fn look_up(&self, hashes: &[[u16; LANES]], told: &mut [[u8; LANES]]) {
        for (told, hashes) in told.iter_mut().zip(hashes) {
            for (told, hash) in told.iter_mut().zip(hashes) {
                *told = self.table[usize::from(*hash)];
            }
        }
    }
}

/// The hash of a gram; its upper bits are the well-mixed ones.
fn hash(gram: [u8; GRAM]) -> u16 {
    let half = |at| u16::from_ne_bytes([gram[at], gram[at + 1]]);
    half(0).wrapping_mul(FIRST).wrapping_add(half(2).wrapping_mul(SECOND))
}
