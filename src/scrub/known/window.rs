//! A search for many short strings of one width at once. As in the algorithm of Wu and Manber, a table
//! indexed by the last three bytes of a window tells how far the window may move.

/// The size of the table of moves: 32 KiB, which fits a first-level cache.
const TABLE_BITS: u32 = 15;

/// Strings of `W` bytes, each with the number of its owner. `W` is 4 to 8.
#[derive(Clone)]
pub(super) struct Windows<const W: usize> {
    /// How far the window may move, by a hash of its last three bytes; 0 if a string may end there.
    moves: Box<[u8]>,
    /// The strings as big-endian numbers with their owners, ascending.
    keys: Vec<(u64, u32)>,
}

impl<const W: usize> Windows<W> {
    /// Creates a search for these strings.
    pub(super) fn new(strings: impl IntoIterator<Item = ([u8; W], u32)>) -> Self {
        let mut keys = Vec::new();
        let mut moves = Vec::new();
        for (string, owner) in strings {
            if moves.is_empty() {
                moves = vec![u8::try_from(W - 2).unwrap_or(1); 1 << TABLE_BITS];
            }
            for (block, left) in string.windows(3).zip((0..=W - 3).rev()) {
                let block = block.iter().rev().fold(0, |block, &byte| block << 8 | u32::from(byte));
                if let Some(move_by) = moves.get_mut(hash(block)) {
                    *move_by = (*move_by).min(u8::try_from(left).unwrap_or(0));
                }
            }
            keys.push((key(&string), owner));
        }
        keys.sort_unstable();
        keys.dedup();
        Self { moves: moves.into(), keys }
    }

    /// Calls `found` with the position and the owner of every occurrence, in order.
    pub(super) fn search(&self, text: &[u8], mut found: impl FnMut(usize, u32)) {
        if self.keys.is_empty() {
            return;
        }
        let mut at = 0;
        while let Some(window) = text.get(at..).and_then(<[u8]>::first_chunk::<W>) {
            // One load of four bytes; the byte before the last three is shifted out.
            let last = window.last_chunk().map_or(0, |last| u32::from_le_bytes(*last) >> 8);
            let move_by = self.moves.get(hash(last)).copied().unwrap_or(0);
            if move_by > 0 {
                at += usize::from(move_by);
                continue;
            }
            let key = key(window);
            let first = self.keys.partition_point(|&(other, _)| other < key);
            for &(_, owner) in self.keys.iter().skip(first).take_while(|&&(other, _)| other == key) {
                found(at, owner);
            }
            at += 1;
        }
    }
}

/// Up to eight bytes as a big-endian number.
fn key(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |key, &byte| key << 8 | u64::from(byte))
}

/// The index of three bytes in the table.
fn hash(block: u32) -> usize {
    (block.wrapping_mul(0x9e37_79b1) >> (u32::BITS - TABLE_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_place_of_every_string_is_found(
            strings in prop::collection::vec(prop::array::uniform4(b'a'..b'd'), 0..5),
            text in prop::collection::vec(b'a'..b'd', 0..200),
        ) {
            let windows = Windows::<4>::new(strings.iter().copied().zip(0..));
            let mut found = Vec::new();
            windows.search(&text, |at, owner| found.push((at, owner)));
            let stands = |at: usize| {
                let window = text.get(at..at + 4);
                let owners = strings.iter().zip(0..).filter(move |(string, _)| window == Some(&string[..]));
                owners.map(move |(_, owner)| (at, owner))
            };
            let expected: Vec<(usize, u32)> = (0..text.len()).flat_map(stands).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
