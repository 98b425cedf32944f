//! What stands beside the bytes that are looked for: in front of them and behind them, by the keywords that hold them.
//!
//! Where bytes of a keyword stand it is mostly another word (`data` of `data:`). Two sets of bits for each hash tell that without a branch;
//! what is left is compared. The table in which four bytes of longer keywords are looked up has asked before, for all that share a bit of
//! it together; this is what the bytes themselves say.

use super::entries::Entry;
use super::grams::GRAM;
use super::{FOLD, hash};

/// Bytes that are looked at: a gram and one on each side.
const AROUND: usize = GRAM + 2;

/// The bytes that may stand beside the grams of a hash, a bit for each value of the lower six bits.
#[derive(Clone, Copy, Default)]
struct Beside {
    before: u64,
    behind: u64,
}

/// The neighbours of all grams.
pub(super) struct Neighbours {
    slots: Box<[Beside]>,
    shift: u32,
}

impl Neighbours {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let bits = (2 * entries.len()).max(2).next_power_of_two().trailing_zeros();
        let shift = u32::BITS - bits;
        let mut slots = vec![Beside::default(); 1 << bits].into_boxed_slice();
        for entry in entries {
            let beside = &mut slots[(hash(entry.gram) >> shift) as usize];
            let length = entry.gram.iter().take_while(|byte| **byte != 0).count();
            let before = entry.offset.checked_sub(1).map(|at| entry.word[at]);
            beside.before |= before.map_or(u64::MAX, bit);
            beside.behind |= entry.word.get(entry.offset + length).copied().map_or(u64::MAX, bit);
        }
        Self { slots, shift }
    }

    /// Whether a keyword that holds the `LENGTH` bytes at `at` may stand around them; so it may where the text begins or ends.
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

/// The bit of a byte in either case.
fn bit(byte: u8) -> u64 {
    let fold = if byte.is_ascii_alphabetic() { 0x20 } else { 0 };
    1 << (byte & 63) | 1 << ((byte ^ fold) & 63)
}
