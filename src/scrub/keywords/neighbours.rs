//! A filter on the bytes next to a gram: those before and after it in the keywords that contain it.
//!
//! Where the gram of a keyword occurs in text, it is mostly part of another word (`data` of `data:`). Two
//! bitsets for each hash reject most of these without a branch; only what is left is compared. For 4-grams
//! the table in `grams` has made a similar but coarser check, on groups of bytes that share a bit; this one
//! checks the bytes themselves.

use super::grams::GRAM;
use super::{FOLD, hash};

/// Bytes that are examined: a gram and one byte on each side.
const AROUND: usize = GRAM + 2;

/// The bytes that may be next to the grams of a hash, one bit for each value of the lower six bits.
#[derive(Clone, Copy, Default)]
struct Beside {
    before: u64,
    behind: u64,
}

/// The neighbours of all grams, by hash.
pub(super) struct Neighbours {
    slots: Box<[Beside]>,
    shift: u32,
}

impl Neighbours {
    /// Creates the neighbours of grams, each with its offset in its keyword.
    pub(super) fn new<'w>(grams: impl ExactSizeIterator<Item = ([u8; GRAM], usize, &'w [u8])>) -> Self {
        let bits = (2 * grams.len()).max(2).next_power_of_two().trailing_zeros();
        let shift = u32::BITS - bits;
        let mut slots = vec![Beside::default(); 1 << bits].into_boxed_slice();
        for (gram, offset, word) in grams {
            let beside = &mut slots[(hash(gram) >> shift) as usize];
            let length = gram.iter().take_while(|byte| **byte != 0).count();
            let before = offset.checked_sub(1).map(|at| word[at]);
            beside.before |= before.map_or(u64::MAX, bit);
            beside.behind |= word.get(offset + length).copied().map_or(u64::MAX, bit);
        }
        Self { slots, shift }
    }

    /// Whether the bytes around the gram of `LENGTH` bytes at `at` fit a keyword that contains it. True at
    /// the beginning and the end of the text.
    #[inline(always)]
    pub(super) fn fit<const LENGTH: usize>(&self, text: &[u8], at: usize) -> bool {
        let around = text.get(at.wrapping_sub(1)..).and_then(<[u8]>::first_chunk::<AROUND>);
        around.is_none_or(|around| {
            let [before, one, two, three, four, fifth] = *around;
            let (fourth, behind) = if LENGTH == GRAM { (four | FOLD, fifth) } else { (0, four) };
            let gram = [one | FOLD, two | FOLD, three | FOLD, fourth];
            let beside = self.slots[(hash(gram) >> self.shift) as usize];
            (beside.before >> (before & 63)) & (beside.behind >> (behind & 63)) & 1 != 0
        })
    }
}

/// The bits of a byte in both cases.
fn bit(byte: u8) -> u64 {
    let fold = if byte.is_ascii_alphabetic() { 0x20 } else { 0 };
    1 << (byte & 63) | 1 << ((byte ^ fold) & 63)
}
