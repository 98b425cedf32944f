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

/// The offset of the `length` bytes of `word` that are the rarest in text, of several the first; 0 for a word
/// that is not longer.
pub(super) fn rarest(word: &[u8], length: usize) -> usize {
    let Some(first) = word.get(..length) else { return 0 };
    let mut share = frequency(first);
    let mut least = (share, 0);
    for at in 1..=word.len() - length {
        // One pair leaves on the left and one enters on the right, each with the byte that it shares with the
        // pair beside it.
        let (left, right) = (&word[at - 1..], &word[at + length - 3..]);
        share += pair(&right[1..]) - inner(right) - pair(left) + inner(left);
        least = least.min((share, at));
    }
    least.1
}

/// An estimate, from pairs of bytes, of the binary logarithm of the share of `part` in text, in any case: the
/// greater, the more frequent.
pub(super) fn frequency(part: &[u8]) -> i32 {
    part.windows(2).map(pair).sum::<i32>() - part.windows(3).map(inner).sum::<i32>()
}

/// The binary logarithm of the share of the pair that `part` begins with.
fn pair(part: &[u8]) -> i32 {
    i32::from(PAIRS[row(part[0])][row(part[1])])
}

/// The binary logarithm of the share of the byte that the first two pairs of `part` have in common.
fn inner(part: &[u8]) -> i32 {
    match part {
        // A line of repeated characters continues.
        [a, b, c, ..] if a == b && b == c => pair(part),
        _ => i32::from(SINGLES[row(part[1])]),
    }
}

/// The share of each byte, with bit 5 set, in ordinary text, as far as the pairs reveal it; a small one for
/// bytes that they do not cover.
pub(super) static SHARES: [f32; 256] = {
    const LITTLE: f32 = 1e-4;
    let mut shares = [LITTLE; 256];
    let mut byte = 0;
    while byte < 128 {
        if byte & 0x20 != 0 {
            let mut sum = 0.0;
            let mut at = 0;
            while at < BYTES {
                sum += power_of_two(PAIRS[row(byte)][at]);
                at += 1;
            }
            shares[byte as usize] += sum;
        }
        byte += 1;
    }
    shares
};

/// Two to the power of `exponent`, which is one of a normal number.
const fn power_of_two(exponent: i8) -> f32 {
    const BIAS: i32 = f32::MAX_EXP - 1;
    f32::from_bits((exponent as i32 + BIAS).cast_unsigned() << (f32::MANTISSA_DIGITS - 1))
}

/// The row of an ASCII byte in the tables.
const fn row(byte: u8) -> usize {
    let folded = byte | 0x20;
    (if folded < 0x60 { folded - 0x20 } else { folded - 0x40 }) as usize % BYTES
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
    fn the_rarest_part_is_the_first_of_those_with_the_least_share() {
        for word in ["the ghp_", "------begin", "aaaaaaab", "x-amz-security-token", "psk", "ab"] {
            for length in [3, 5] {
                let parts = word.as_bytes().windows(length).enumerate();
                let least = parts.min_by_key(|(_, part)| frequency(part)).map_or(0, |(at, _)| at);
                assert_eq!(rarest(word.as_bytes(), length), least, "{word} {length}");
            }
        }
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
