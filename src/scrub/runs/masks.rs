//! Classifies the bytes of a text into bit masks: two nibble-table lookups for 32 bytes at a time.

use super::{BEYOND_ASCII, BLOCK, BRACKET, CARET, ESCAPE, ESCAPED, REFERENCE, SCRIPT, UNSEEN};
use crate::vector::{self, Simd, SimdBase, twice, u8x32};

/// The classes of the bytes of a block: one bit per byte, in two halves.
#[derive(Clone, Copy, Default)]
pub(super) struct Masks {
    /// Token characters, those of them that are digits, and those that are neither letters nor digits.
    tokens: [u32; 2],
    digits: [u32; 2],
    joints: [u32; 2],
}

/// Combines the halves of a mask. This is done only after the loop that computes them: next to those
/// instructions the compiler would split the halves again, byte by byte.
#[inline(always)]
fn whole([first, second]: [u32; 2]) -> u64 {
    u64::from(first) | u64::from(second) << u32::BITS
}

/// Kinds of token characters, one bit each. A byte is of a kind if both of its nibbles allow it.
const DIGIT: u8 = 1;
const TO_O: u8 = 1 << 1;
const FROM_P: u8 = 1 << 2;
const SIGN: u8 = 1 << 3;
const EQUALS: u8 = 1 << 4;
const UNDERSCORE: u8 = 1 << 5;
const TILDE: u8 = 1 << 6;

/// The kinds that each upper and each lower nibble allows.
const HIGH: [u8; vector::BLOCK] = twice([
    0,
    0,
    SIGN,
    DIGIT | EQUALS,
    TO_O,
    FROM_P | UNDERSCORE,
    TO_O,
    FROM_P | TILDE,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
]);
const LOW: [u8; vector::BLOCK] = {
    let any = DIGIT | TO_O | FROM_P;
    let (eleven, fifteen) = (TO_O | SIGN, TO_O | SIGN | UNDERSCORE);
    let (thirteen, fourteen) = (TO_O | SIGN | EQUALS, TO_O | SIGN | TILDE);
    let (zero, ten) = (DIGIT | FROM_P, TO_O | FROM_P);
    twice([zero, any, any, any, any, any, any, any, any, any, ten, eleven, TO_O, thirteen, fourteen, fifteen])
};

/// Like [`HIGH`] and [`LOW`], for the marks: the byte kinds that begin escapes and other encodings.
const HIGH_MARKS: [u8; vector::BLOCK] = {
    let beyond = BEYOND_ASCII;
    let five = ESCAPED | CARET | BRACKET;
    let below = [UNSEEN, ESCAPE | UNSEEN, REFERENCE, 0, 0, five, 0, 0];
    let [a, b, c, d, e, f, g, h] = below;
    let script = BEYOND_ASCII | SCRIPT;
    twice([a, b, c, d, e, f, g, h, beyond, beyond, beyond, beyond, script, script, script, beyond])
};
const LOW_MARKS: [u8; vector::BLOCK] = {
    let text = BEYOND_ASCII | SCRIPT;
    let any = text | UNSEEN;
    let two = BEYOND_ASCII | UNSEEN;
    let (five, eleven) = (any | REFERENCE, text | ESCAPE | BRACKET);
    let (twelve, fourteen) = (text | ESCAPED, any | CARET);
    twice([any, any, two, any, any, five, five, any, any, text, text, eleven, twelve, text, fourteen, any])
};

impl Masks {
    /// The masks of the block, one bit per byte: token characters, digits and joints.
    #[inline(always)]
    pub(super) fn whole(&self) -> [u64; 3] {
        [self.tokens, self.digits, self.joints].map(whole)
    }

    /// Classifies the bytes of a block and returns the marks in it.
    #[inline(always)]
    pub(super) fn set<S: Simd>(&mut self, simd: S, block: &[u8; BLOCK]) -> u8x32<S> {
        let table = |table: &[u8; vector::BLOCK]| u8x32::from_slice(simd, table);
        let mut seen = u8x32::splat(simd, 0);
        for half in 0..BLOCK / vector::BLOCK {
            let bytes = u8x32::from_slice(simd, &block[half * vector::BLOCK..][..vector::BLOCK]);
            let (high, low) = (bytes >> 4, bytes & 15);
            let of = |highs, lows| {
                table(highs).swizzle_dyn_within_blocks(high) & table(lows).swizzle_dyn_within_blocks(low)
            };
            let kinds = of(&HIGH, &LOW);
            let letters = kinds & (DIGIT | TO_O | FROM_P);
            let tokens = !vector::bits(kinds.simd_eq(0));
            self.tokens[half] = tokens;
            self.digits[half] = vector::bits(kinds.simd_eq(DIGIT));
            self.joints[half] = tokens & vector::bits(letters.simd_eq(0));
            seen |= of(&HIGH_MARKS, &LOW_MARKS);
        }
        seen
    }
}
