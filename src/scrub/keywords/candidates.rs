//! A buffer of offsets where keywords may be, before they are compared.

use crate::vector;

/// The number of offsets of a block that are always written.
const FEW: usize = 3;
/// The most offsets that are added at once, and the capacity of the buffer.
const MOST: usize = 2 * vector::BLOCK;
const ROOM: usize = 2 * MOST;

/// Offsets in a text, in no order.
pub(super) struct Candidates {
    places: [usize; ROOM],
    count: usize,
}

impl Candidates {
    pub(super) fn new() -> Self {
        Self { places: [0; ROOM], count: 0 }
    }

    /// Adds `at + STEP * bit` for each set bit of `mask`.
    #[inline(always)]
    pub(super) fn add<const STEP: usize>(&mut self, at: usize, mask: u64) {
        // Mostly none or few bits are set, so the first few are written unconditionally instead of branching
        // on their number.
        let mut left = mask;
        let count = self.count;
        for more in 0..FEW {
            self.places[(count + more) % ROOM] = at + STEP * left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
        }
        self.count += mask.count_ones() as usize;
        let mut place = count + FEW;
        while left != 0 {
            self.places[place % ROOM] = at + STEP * left.trailing_zeros() as usize;
            left &= left - 1;
            place += 1;
        }
    }

    /// Whether [`MOST`] further offsets might not fit.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.count >= ROOM - MOST
    }

    /// Retains the offsets for which `told` is true, without a branch on it.
    #[inline(always)]
    pub(super) fn retain(&mut self, told: impl Fn(usize) -> bool) {
        let mut kept = 0;
        for index in 0..self.count.min(ROOM) {
            let at = self.places[index];
            self.places[kept] = at;
            kept += usize::from(told(at));
        }
        self.count = kept;
    }

    /// Removes and returns all offsets.
    pub(super) fn drain(&mut self) -> &[usize] {
        let count = std::mem::take(&mut self.count);
        &self.places[..count]
    }
}
