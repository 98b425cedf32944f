//! Finds where a token that is a long run may begin, without computing anything else about runs.
//!
//! A full scan needs much about the runs of a text ([`runs`]). A later check of text that was
//! scanned before searches for prefixed tokens only, and the places found here are all it needs.

use super::runs::{self, LONG};
use crate::vector::{self, BLOCK, Level, Simd, SimdBase, WINDOW, dispatch, u8x32};

/// Two nibble tables that classify token characters: `LOW` has for each lower nibble a bit for each upper
/// nibble that forms a token character with it, and `HIGH` has the bit of each upper nibble. Each table is
/// repeated, since a vector is looked up in two halves.
const LOW: [u8; BLOCK] = tables().0;
const HIGH: [u8; BLOCK] = tables().1;

const fn tables() -> ([u8; BLOCK], [u8; BLOCK]) {
    const HALF: usize = BLOCK / 2;
    let (mut low, mut high) = ([0; BLOCK], [0; BLOCK]);
    let mut byte = 0_u8;
    while byte.is_ascii() {
        if runs::is_token(byte) {
            let (upper, lower) = ((byte >> 4) as usize, (byte & 15) as usize);
            let mut part = 0;
            while part < BLOCK {
                low[part + lower] |= 1 << upper;
                high[part + upper] |= 1 << upper;
                part += HALF;
            }
        }
        byte += 1;
    }
    (low, high)
}

/// Calls `meet` with each place before `to` where a token of at least [`LONG`] bytes may begin in a run of
/// `text`, in order: those of [`Runs::beginnings`](runs::Runs::beginnings), and some at which there is no
/// letter or digit.
pub(super) fn each_beginning(text: &[u8], to: usize, meet: impl FnMut(usize)) {
    each_with(vector::level(), text, to, meet);
}

fn each_with(level: Level, text: &[u8], to: usize, meet: impl FnMut(usize)) {
    let Some(last) = to.checked_sub(1) else { return };
    // Any token that begins before `to` reaches its minimum length within this prefix.
    let text = &text[..text.len().min(to.saturating_add(LONG))];
    let finder = Finder { text, last, meet };
    dispatch!(level, simd => finder.find_by(simd));
}

struct Finder<'t, M> {
    text: &'t [u8],
    /// The last place to report.
    last: usize,
    meet: M,
}

impl<M: FnMut(usize)> Finder<'_, M> {
    #[inline(always)]
    fn find_by<S: Simd>(mut self, simd: S) {
        let (blocks, rest) = self.text.as_chunks::<BLOCK>();
        // The start of the run that is open.
        let mut open = 0;
        for (number, block) in blocks.iter().enumerate() {
            open = self.block_by(simd, block, number * BLOCK, open);
        }
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        // The zeros after the text are not token characters, so the last run ends there.
        self.block_by(simd, &last, blocks.len() * BLOCK, open);
    }

    /// Processes the block at `at`. Returns the start of the run that is open at its end.
    #[inline(always)]
    fn block_by<S: Simd>(&mut self, simd: S, block: &[u8; BLOCK], at: usize, open: usize) -> usize {
        let bytes = u8x32::from_slice(simd, block);
        let low = u8x32::from_slice(simd, &LOW).swizzle_dyn_within_blocks(bytes & 15);
        let high = u8x32::from_slice(simd, &HIGH).swizzle_dyn_within_blocks(bytes >> 4);
        let others = vector::bits((low & high).simd_eq(0));
        if others == 0 {
            return open;
        }
        // The open run ends at the first byte that is not a token character.
        let ended = others.trailing_zeros();
        if at + ended as usize - open >= LONG {
            self.run_by(simd, open, at + ended as usize);
        }
        // A block has room for at most one more long run that ends in it.
        let inside = sixteen(!others) & (u32::MAX << ended);
        if inside != 0 {
            let from = inside.trailing_zeros();
            let length = (others >> from).trailing_zeros();
            if length < u32::BITS {
                self.run_by(simd, at + from as usize, at + (from + length) as usize);
            }
        }
        at + BLOCK - others.leading_zeros() as usize
    }

    /// Reports the places in one run.
    #[inline(always)]
    fn run_by<S: Simd>(&mut self, simd: S, start: usize, end: usize) {
        let escaped = start > 0 && matches!(self.text[start - 1], b'\\' | b'%');
        let odd = if escaped { start + runs::LONGEST_ESCAPE } else { start };
        let farthest = (end - LONG).min(self.last);
        for at in start..=odd.min(farthest) {
            (self.meet)(at);
        }
        // After each byte that is neither a letter, a digit nor `_`.
        let mut padded = [0; WINDOW];
        for from in (odd..farthest).step_by(BLOCK) {
            let window = vector::window(self.text, from, &mut padded);
            let bytes = u8x32::from_slice(simd, &window[..BLOCK]);
            let signs = bytes.simd_eq(b'-') | bytes.simd_eq(b'.') | bytes.simd_eq(b'/');
            let signs = signs | bytes.simd_eq(b'=') | bytes.simd_eq(b'+') | bytes.simd_eq(b'~');
            let mut left = vector::bits(signs);
            while left != 0 {
                let at = from + left.trailing_zeros() as usize;
                if at >= farthest {
                    return;
                }
                (self.meet)(at + 1);
                left &= left - 1;
            }
        }
    }
}

/// A bitset of the places where [`LONG`] consecutive set bits begin.
#[inline(always)]
fn sixteen(mask: u32) -> u32 {
    let two = mask & mask >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    eight & eight >> 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_places_are_those_of_the_runs(
            pieces in prop::collection::vec(("[a-zA-Z0-9+/=._~-]{0,50}", "[ \":,\u{e9}@\\[`{%\\\\]{0,3}"), 0..12),
            from in 0usize..9,
            to in any::<prop::sample::Index>(),
        ) {
            let text: String = pieces.iter().flat_map(|(token, gap)| [token.as_str(), gap.as_str()]).collect();
            let text = text.as_bytes().get(from..).unwrap_or_default();
            let runs = runs::find(text);
            let plainly: Vec<usize> = runs.of(LONG).flat_map(|run| runs.beginnings(run, text, LONG)).collect();
            let at_letter = |at: &usize| text[*at].is_ascii_alphanumeric();
            for to in [text.len(), to.index(text.len() + 1)] {
                let wanted: Vec<usize> = plainly.iter().copied().filter(|at| *at < to && at_letter(at)).collect();
                for level in vector::levels() {
                    let mut places = Vec::new();
                    each_with(level, text, to, |at| places.push(at));
                    places.retain(at_letter);
                    prop_assert_eq!(&places, &wanted, "{:?}", level);
                }
            }
        }
    }
}
