//! How frequent parts of keywords are in ordinary text, so that a search can start from the rarest part.

/// A hexadecimal digit for each pair of bytes, rows by the first and columns by the second: the binary
/// logarithm of the pair's share of all pairs, plus 20. Counted in source code (Rust, Python), Markdown and
/// transcripts, 6 MB of each, with bit 5 of every byte set (`scripts/pair-frequencies.py`).
const TABLE: &[u8] = include_bytes!("pairs.txt");
/// The addend that makes all numbers in the table non-negative.
const ADDED: i8 = 20;
/// The number of distinct bytes: ASCII with bit 5 set.
const BYTES: usize = 64;
/// The length of a row of the table: a digit for each byte, and the line break.
const ROW: usize = BYTES + 1;

/// The binary logarithm of the share of each pair.
static PAIRS: [[i8; BYTES]; BYTES] = {
    let mut pairs = [[0; BYTES]; BYTES];
    let mut at = 0;
    while at < BYTES * BYTES {
        let digit = TABLE[at / BYTES * ROW + at % BYTES];
        let value = if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 };
        pairs[at / BYTES][at % BYTES] = value.cast_signed() - ADDED;
        at += 1;
    }
    pairs
};

/// The approximate binary logarithm of the share of each byte: that of the most frequent pair that begins
/// with it, plus 2.
static SINGLES: [i8; BYTES] = {
    let mut singles = [i8::MIN; BYTES];
    let mut at = 0;
    while at < BYTES * BYTES {
        let share = PAIRS[at / BYTES][at % BYTES] + 2;
        if share > singles[at / BYTES] {
            singles[at / BYTES] = share;
        }
        at += 1;
    }
    singles
};

/// An estimate, from pairs of bytes, of the binary logarithm of the share of `part` in text, in any case: the
/// greater, the more frequent.
pub(super) fn frequency(part: &[u8]) -> i32 {
    let pairs = part.windows(2).map(|two| i32::from(PAIRS[row(two[0])][row(two[1])]));
    let inner = part.windows(3).map(|three| match three {
        // A line of repeated characters continues.
        [a, b, c] if a == b && b == c => i32::from(PAIRS[row(*b)][row(*c)]),
        _ => i32::from(SINGLES[row(three[1])]),
    });
    pairs.sum::<i32>() - inner.sum::<i32>()
}

/// The share of each byte, with bit 5 set, in ordinary text, as far as the pairs reveal it; a small one for
/// bytes that they do not cover.
pub(super) fn shares() -> [f32; 256] {
    const LITTLE: f32 = 1e-4;
    let mut shares = [LITTLE; 256];
    for byte in (0..128_u8).filter(|byte| byte & 0x20 != 0) {
        shares[usize::from(byte)] +=
            PAIRS[row(byte)].iter().map(|pair| f32::exp2(f32::from(*pair))).sum::<f32>();
    }
    shares
}

/// The row of an ASCII byte in the tables.
fn row(byte: u8) -> usize {
    let folded = byte | 0x20;
    usize::from(if folded < 0x60 { folded - 0x20 } else { folded - 0x40 }) % BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_every_byte() {
        assert_eq!(TABLE.len(), BYTES * ROW);
        assert!(
            TABLE.chunks(ROW).all(|row| row.ends_with(b"\n") && row[..64].iter().all(u8::is_ascii_hexdigit))
        );
    }

    #[test]
    fn what_is_common_is_known_from_what_is_not() {
        for (common, rare) in [
            ("the ", "kqxz"),
            ("tion", "ghp_"),
            ("TION", "glpa"),
            ("    ", "x-am"),
            ("self", "akia"),
            ("----", "--en"),
        ] {
            assert!(frequency(common.as_bytes()) > frequency(rare.as_bytes()) + 4, "{common} {rare}");
        }
    }
}
