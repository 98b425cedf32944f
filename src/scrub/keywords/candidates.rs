//! Where keywords may stand, before they are compared.

use crate::vector;

/// Places of a block that are written at once.
const FEW: usize = 3;
/// Places that may be added at once, and places in the buffer.
const MOST: usize = 2 * vector::BLOCK;
const ROOM: usize = 2 * MOST;

/// Places in a text, not in order.
pub(super) struct Candidates {
    places: [usize; ROOM],
    count: usize,
}

impl Candidates {
    pub(super) fn new() -> Self {
        Self { places: [0; ROOM], count: 0 }
    }

    /// Adds `at + STEP * bit` for each bit of `mask`.
    #[inline(always)]
    pub(super) fn add<const STEP: usize>(&mut self, at: usize, mask: u64) {
        // Mostly there are none or few of them: so many are written in any case, and no branch asks how many.
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

    /// Whether [`MOST`] more might not find room.
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.count >= ROOM - MOST
    }

    /// Leaves those of which `told` says so, without asking which.
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

    /// Takes all of them out.
    pub(super) fn drain(&mut self) -> &[usize] {
        let count = std::mem::take(&mut self.count);
        &self.places[..count]
    }
}
