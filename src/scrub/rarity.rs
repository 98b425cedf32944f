//! How often parts of keywords stand in ordinary text, so that a search starts from the rarest.

/// For each byte of a pair a row and a column of hexadecimal digits: the binary logarithm of the pair's share of all pairs, plus
/// 20. Counted in source code (Rust, Python), Markdown and transcripts, 6 MB of each, with bit 5 of every byte set
/// (`scripts/pair-frequencies.py`).
const PAIRS: &[u8] = include_bytes!("pairs.txt");
/// Bytes in a row: 64 digits and the line's end.
const ROW: usize = 65;

/// A number that is the greater, the more often `part` stands in text, in any case: the binary logarithm of its share, as far as
/// pairs of bytes tell.
pub(super) fn frequency(part: &[u8]) -> i32 {
    let row = |byte: u8| (byte | 0x20) - if byte | 0x20 < 0x60 { 0x20 } else { 0x40 };
    let pair = |first: u8, second: u8| {
        let at = usize::from(row(first) & 63) * ROW + usize::from(row(second) & 63);
        PAIRS
            .get(at)
            .and_then(|digit| char::from(*digit).to_digit(16))
            .map_or(0, |digit| digit.cast_signed() - 20)
    };
    // A byte's own share is about that of the pairs it is the first of.
    let single = |byte: u8| {
        (0..64)
            .map(|second| pair(byte, second + 0x20 + if second < 32 { 0 } else { 0x20 }))
            .max()
            .unwrap_or(0)
            + 2
    };
    let pairs: i32 = part.windows(2).map(|two| pair(two[0], two[1])).sum();
    let inner: i32 =
        part.get(1..part.len().saturating_sub(1)).unwrap_or_default().iter().map(|byte| single(*byte)).sum();
    pairs - inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_every_byte() {
        assert_eq!(PAIRS.len(), 64 * ROW);
        assert!(
            PAIRS.chunks(ROW).all(|row| row.ends_with(b"\n") && row[..64].iter().all(u8::is_ascii_hexdigit))
        );
    }

    #[test]
    fn what_is_common_is_known_from_what_is_not() {
        for (common, rare) in
            [("the ", "kqxz"), ("tion", "ghp_"), ("TION", "glpa"), ("    ", "x-am"), ("self", "akia")]
        {
            assert!(frequency(common.as_bytes()) > frequency(rare.as_bytes()) + 4, "{common} {rare}");
        }
    }
}
