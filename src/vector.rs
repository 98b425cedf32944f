//! Vector instructions: which there are, and a text in blocks that they take.
//!
//! The same code is compiled for each level of the processor's instructions, and the best one is chosen where it runs
//! (`fearless_simd`); a processor without any runs it too, slowly.

use std::sync::LazyLock;

pub(crate) use fearless_simd::prelude::*;
pub(crate) use fearless_simd::{Level, Simd, dispatch, mask8x32, u8x32, u16x16};

/// Bytes that are looked at together.
pub(crate) const BLOCK: usize = 32;
/// A block and the bytes behind it that a look at its last byte reads.
pub(crate) const WINDOW: usize = BLOCK + 2;

/// The best instructions that this processor has.
pub(crate) fn level() -> Level {
    static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);
    *LEVEL
}

/// The best instructions, and those of older processors that this one has too.
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

/// So many bytes of `text` from `at` on, such as a block with what stands behind it; zeros behind the text's end.
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

/// A bit for each byte of a block.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "there are as many as a word has")]
pub(crate) fn bits<S: Simd>(mask: mask8x32<S>) -> u32 {
    mask.to_bitmask() as u32
}

/// A table of 16 bytes as a block is looked up in it, which is done in two parts.
pub(crate) const fn twice(half: [u8; BLOCK / 2]) -> [u8; BLOCK] {
    let mut table = [0; BLOCK];
    let mut at = 0;
    while at < BLOCK {
        table[at] = half[at % half.len()];
        at += 1;
    }
    table
}
