//! SIMD: the available instruction sets, and texts as blocks of vector size.
//!
//! The same code is compiled for each level of instructions, and the best level that the processor has is
//! chosen at run time (`fearless_simd`). A processor without any runs the same code slowly.

use crate::lazy::Lazy;

pub(crate) use fearless_simd::prelude::*;
pub(crate) use fearless_simd::{Level, Simd, dispatch, mask8x32, u8x32, u16x16};

/// The length of a block, in bytes: one vector.
pub(crate) const BLOCK: usize = 32;
/// The length of a block and of the bytes after it that the last bytes of the block are tested with.
pub(crate) const WINDOW: usize = BLOCK + 2;

/// The best instruction level that this processor has.
pub(crate) fn level() -> Level {
    static LEVEL: Lazy<Level> = Lazy::new(Level::new);
    *LEVEL
}

/// The best level, and the levels of older processors that this one has too.
#[cfg(test)]
pub(crate) fn levels() -> Vec<Level> {
    let mut levels = vec![level(), Level::baseline()];
    #[cfg(target_arch = "x86_64")]
    {
        levels.extend(level().as_sse4_2().map(Simd::level));
        levels.extend(level().as_avx2().map(Simd::level));
    }
    levels
}

/// Returns `LENGTH` bytes of `text` from `at` on, such as a block with the bytes after it, with zeros after
/// the end of the text.
#[inline(always)]
pub(crate) fn window<'t, const LENGTH: usize>(
    text: &'t [u8],
    at: usize,
    padded: &'t mut [u8; LENGTH],
) -> &'t [u8; LENGTH] {
    let rest = text.get(at..).unwrap_or_default();
    if let Some(window) = rest.first_chunk() {
        return window;
    }
    padded.fill(0);
    padded[..rest.len()].copy_from_slice(rest);
    padded
}

/// A bitset of the lanes in a mask, one bit per byte of a block.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "there are as many as a word has")]
pub(crate) fn bits<S: Simd>(mask: mask8x32<S>) -> u32 {
    mask.to_bitmask() as u32
}

/// Repeats a table of 16 bytes for a lookup by block, which is done in two halves.
pub(crate) const fn twice(half: [u8; BLOCK / 2]) -> [u8; BLOCK] {
    let mut table = [0; BLOCK];
    let mut at = 0;
    while at < BLOCK {
        table[at] = half[at % half.len()];
        at += 1;
    }
    table
}
