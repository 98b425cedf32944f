//! Runs of base64 characters: `[A-Za-z0-9+/]{33,}={0,2}`.

use crate::scrub::runs::Runs;
use crate::vector::{self, BLOCK, Level, Simd, SimdBase, dispatch, u8x32};

/// The shortest run that matches.
const SHORTEST: usize = 33;

/// A bit each for letters up to O, letters from P on, digits, and `+` or `/`. A byte belongs to a run if the
/// tables of both its nibbles share a bit.
const TO_O: u8 = 1;
const FROM_P: u8 = 1 << 1;
const DIGIT: u8 = 1 << 2;
const SIGN: u8 = 1 << 3;

const HIGH: [u8; BLOCK] =
    vector::twice([0, 0, SIGN, DIGIT, TO_O, FROM_P, TO_O, FROM_P, 0, 0, 0, 0, 0, 0, 0, 0]);
const LOW: [u8; BLOCK] = {
    let any = TO_O | FROM_P | DIGIT;
    let (zero, ten, sign) = (FROM_P | DIGIT, TO_O | FROM_P, TO_O | SIGN);
    vector::twice([zero, any, any, any, any, any, any, any, any, any, ten, sign, TO_O, TO_O, TO_O, sign])
};

/// The maximal runs of 33 base64 characters or more, each with up to two `=` after it.
pub(crate) fn blob_runs(text: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let (start, end) = next_run(text, from)?;
        from = end;
        Some((start, end))
    })
}

/// Like [`blob_runs`], but searches only `runs`, which are the runs of `text`.
pub(crate) fn blob_runs_in<'t>(text: &'t [u8], runs: &'t Runs) -> impl Iterator<Item = (usize, usize)> + 't {
    runs.of(SHORTEST).flat_map(move |run| {
        let mut from = run.start;
        std::iter::from_fn(move || {
            let (start, end) = next_run(&text[..run.end], from)?;
            from = end;
            Some((start, end))
        })
    })
}

/// The first run at or after `from`, where no run extends across `from`.
fn next_run(text: &[u8], from: usize) -> Option<(usize, usize)> {
    next_run_with(vector::level(), text, from)
}

fn next_run_with(level: Level, text: &[u8], from: usize) -> Option<(usize, usize)> {
    dispatch!(level, simd => next_run_by(simd, text, from))
}

#[inline(always)]
fn next_run_by<S: Simd>(simd: S, text: &[u8], from: usize) -> Option<(usize, usize)> {
    // A run is longer than a block, so it crosses the end of a block. Only the bytes there are counted.
    let mut start = from;
    let mut at = from;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let inside = in_run(simd, rest);
        if inside != u32::MAX {
            let end = at + inside.trailing_ones() as usize;
            if end - start >= SHORTEST {
                return Some((start, end + padding(text, end)));
            }
            start = at + BLOCK - inside.leading_ones() as usize;
        }
        at += BLOCK;
    }
    (start + SHORTEST <= text.len()).then_some((start, text.len()))
}

/// A mask of the bytes of a block that belong to a run; none after the end of the text.
#[inline(always)]
fn in_run<S: Simd>(simd: S, rest: &[u8]) -> u32 {
    let mut padded = [0; BLOCK];
    let bytes: &[u8; BLOCK] = rest.first_chunk().unwrap_or_else(|| {
        padded[..rest.len()].copy_from_slice(rest);
        &padded
    });
    let bytes = u8x32::from_slice(simd, bytes);
    let table = |table: &[u8; BLOCK]| u8x32::from_slice(simd, table);
    let kinds = table(&HIGH).swizzle_dyn_within_blocks(bytes >> 4)
        & table(&LOW).swizzle_dyn_within_blocks(bytes & 15);
    !vector::bits(kinds.simd_eq(0))
}

/// The number of `=` at `end`, two at most.
fn padding(text: &[u8], end: usize) -> usize {
    text[end..].iter().take(2).take_while(|byte| **byte == b'=').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_knows_which_bytes_stand_in_a_run() {
        for level in vector::levels() {
            for byte in 0..=u8::MAX {
                for place in [0, 16, 31, 32, 39] {
                    let mut text = [b'a'; 40];
                    text[place] = byte;
                    let whole = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
                    let expected = match place {
                        _ if whole => Some((0, 40)),
                        0 => Some((1, 40)),
                        39 => Some((0, if byte == b'=' { 40 } else { 39 })),
                        _ => None,
                    };
                    assert_eq!(next_run_with(level, &text, 0), expected, "{byte} at {place}");
                }
            }
        }
    }
}
