//! Detects characters written as escapes: `\u0041`, `\x41`, `\101`, `\U00000041`, `\e`, `\/` or, in Markdown,
//! `\_`.
//!
//! JSON in JSON is full of backslashes, and nearly all of them escape a line break or a quote.

use crate::vector::{self, BLOCK, Simd, SimdBase, WINDOW, twice, u8x32};

/// Kinds of the byte after a backslash, by its upper nibble. A byte is of a kind if both of its nibbles allow
/// it.
const NUMBER: u8 = 1;
const CAPITAL: u8 = 1 << 1;
const EARLY: u8 = 1 << 2;
const LATE: u8 = 1 << 3;
const SLASH: u8 = 1 << 4;

const HIGH: [u8; BLOCK] = twice([0, 0, SLASH, NUMBER, 0, CAPITAL, EARLY, LATE, 0, 0, 0, 0, 0, 0, 0, 0]);
/// `0` and `1`; `U`, `e` and `u`; `x`; `_` and `/`.
const LOW: [u8; BLOCK] =
    twice([NUMBER, NUMBER, 0, 0, 0, CAPITAL | EARLY | LATE, 0, 0, LATE, 0, 0, 0, 0, 0, 0, CAPITAL | SLASH]);

/// Whether a backslash in `text` begins one of these escapes.
#[inline(always)]
pub(super) fn any<S: Simd>(simd: S, text: &[u8]) -> bool {
    let mut padded = [0; WINDOW];
    let table = |table: &[u8; BLOCK]| u8x32::from_slice(simd, table);
    for at in (0..text.len()).step_by(BLOCK) {
        let window = vector::window(text, at, &mut padded);
        let next = u8x32::from_slice(simd, &window[1..=BLOCK]);
        let kinds = table(&HIGH).swizzle_dyn_within_blocks(next >> 4)
            & table(&LOW).swizzle_dyn_within_blocks(next & 15);
        let backslash = u8x32::from_slice(simd, &window[..BLOCK]).simd_eq(b'\\');
        if vector::bits(backslash) & !vector::bits(kinds.simd_eq(0)) != 0 {
            return true;
        }
    }
    false
}
