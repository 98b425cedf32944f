//! Runs of token characters: where a secret of some length can stand at all.
//!
//! Most secrets are long words without a space. To find such words first and to look for what introduces them only there costs a
//! fraction of looking for everything everywhere.

use super::{entropy, naming};

/// The shortest run that is told.
pub(super) const SHORTEST: usize = 10;
/// The shortest that may be a token without a digit, and the shortest that a rule may rely on.
pub(super) const LONG: usize = 16;

/// A longest run of letters, digits and `+ - . / = _ ~`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub start: usize,
    pub end: usize,
    /// Whether a digit stands in it.
    pub digit: bool,
}

impl Run {
    pub(super) fn is_long(self) -> bool {
        self.end - self.start >= LONG
    }

    /// Whether a part of it may pass for random: it holds a digit, or many letters in a row that read as no word, or it
    /// is of capitals in groups as license keys are.
    pub(super) fn may_be_random(self, text: &[u8]) -> bool {
        self.digit
            || self.is_long() && {
                let run = &text[self.start..self.end];
                has_odd_letters(run) || run.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-')
            }
    }

    /// Where in the run a token may begin that has at least `least` bytes in it: at its beginning, behind a character that is none of a word,
    /// and behind what is left of an escape.
    pub(super) fn beginnings(self, text: &[u8], least: usize) -> impl Iterator<Item = usize> + '_ {
        let escaped = self.start > 0 && matches!(text[self.start - 1], b'\\' | b'%');
        let odd = if escaped { self.start + LONGEST_ESCAPE } else { self.start };
        let farthest = self.end.saturating_sub(least);
        let inside =
            (odd + 1..=farthest).filter(|at| !(text[at - 1].is_ascii_alphanumeric() || text[at - 1] == b'_'));
        (self.start..=odd.min(farthest)).chain(inside)
    }
}

/// Characters of the longest escape behind its backslash: `u0020`.
const LONGEST_ESCAPE: usize = 5;

/// Whether `run` has at least [`LONG`] letters in a row that read as no word and no name.
fn has_odd_letters(run: &[u8]) -> bool {
    let mut from = 0;
    while let Some(window) = run.get(from..from + LONG) {
        // The last that is no letter lets the most be passed over.
        if let Some(last) = window.iter().rposition(|byte| !byte.is_ascii_alphabetic()) {
            from += last + 1;
            continue;
        }
        let more = run[from + LONG..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let letters = &run[from..from + LONG + more];
        if !entropy::is_wordy(letters) && !naming::is_name(letters) {
            return true;
        }
        from += LONG + more;
    }
    false
}

/// Bytes that are looked at together, each a bit of a word.
const BLOCK: usize = 64;

/// Every run of at least [`SHORTEST`] bytes in `text`.
pub(super) fn find(text: &[u8]) -> Vec<Run> {
    let mut runs = Vec::new();
    // Where the run began that is open, and whether it held a digit.
    let mut open: Option<(usize, bool)> = None;
    let mut at = 0;
    for block in text.chunks(BLOCK) {
        let (tokens, digits) = if let Some(block) = block.first_chunk::<BLOCK>() {
            masks(block)
        } else {
            let mut padded = [b' '; BLOCK];
            padded[..block.len()].copy_from_slice(block);
            masks(&padded)
        };
        let mut left = tokens;
        // The run that is open goes on at the block's first bit or ends there.
        if let Some((start, digit)) = open {
            let more = (!tokens).trailing_zeros() as usize;
            let digit = digit || digits & low(more) != 0;
            if more == BLOCK {
                open = Some((start, digit));
                at += BLOCK;
                continue;
            }
            open = None;
            push(&mut runs, start, at + more, digit);
            left &= !low(more);
        }
        // Of the runs inside the block only those that are long enough, or reach its end, are looked at.
        let last = BLOCK - left.leading_ones() as usize;
        let mut inside = long_enough(left & low(last));
        while inside != 0 {
            let from = inside.trailing_zeros() as usize;
            let length = (!(left >> from)).trailing_zeros() as usize;
            let span = low(from + length) & !low(from);
            push(&mut runs, at + from, at + from + length, digits & span != 0);
            inside &= !low(from + length);
        }
        if last < BLOCK {
            open = Some((at + last, digits & !low(last) != 0));
        }
        at += BLOCK;
    }
    if let Some((start, digit)) = open {
        push(&mut runs, start, text.len(), digit);
    }
    runs
}

fn push(runs: &mut Vec<Run>, start: usize, end: usize, digit: bool) {
    if end - start >= SHORTEST {
        runs.push(Run { start, end, digit });
    }
}

/// The bits below `count`.
fn low(count: usize) -> u64 {
    if count >= BLOCK { u64::MAX } else { (1 << count) - 1 }
}

/// The first bits of the runs of at least [`SHORTEST`] bits, and others inside them.
fn long_enough(mask: u64) -> u64 {
    let two = mask & mask >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    eight & two >> 8
}

/// Which bytes of a block are token characters, and which of these are digits.
#[allow(clippy::needless_bitwise_bool, reason = "so that it becomes vector instructions")]
fn masks(block: &[u8; BLOCK]) -> (u64, u64) {
    let mut tokens = [0_u8; BLOCK];
    let mut digits = [0_u8; BLOCK];
    for ((byte, token), digit) in block.iter().zip(&mut tokens).zip(&mut digits) {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        // `- . / 0 ... 9` stand side by side.
        let joined = byte.wrapping_sub(b'-') < 13;
        let other = (*byte == b'_') | (*byte == b'=') | (*byte == b'+') | (*byte == b'~');
        *token = u8::from(letter | joined | other);
        *digit = u8::from(byte.wrapping_sub(b'0') < 10);
    }
    (packed(&tokens), packed(&digits))
}

/// One bit for each byte, which is 0 or 1.
fn packed(bytes: &[u8; BLOCK]) -> u64 {
    bytes.chunks_exact(8).rev().fold(0, |bits, eight| {
        let word = eight.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
        // Moves bit 8k to bit 56 + k.
        bits << 8 | word.wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plainly(text: &[u8]) -> Vec<Run> {
        let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-./=_~".contains(byte);
        let mut runs = Vec::new();
        let mut at = 0;
        for part in text.split(|byte| !token(byte)) {
            if part.len() >= SHORTEST {
                runs.push(Run {
                    start: at,
                    end: at + part.len(),
                    digit: part.iter().any(u8::is_ascii_digit),
                });
            }
            at += part.len() + 1;
        }
        runs
    }

    proptest! {
        #[test]
        fn every_long_run_is_found(
            pieces in prop::collection::vec(("[a-zA-Z0-9+/=._~-]{0,90}", "[ \":,\u{e9}@\\[`{]{0,3}"), 0..12),
            from in 0usize..9,
        ) {
            let text: String = pieces.iter().flat_map(|(token, gap)| [token.as_str(), gap.as_str()]).collect();
            let text = text.as_bytes().get(from..).unwrap_or_default();
            prop_assert_eq!(find(text), plainly(text));
        }

        #[test]
        fn every_byte_is_told_right(text in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(find(&text), plainly(&text));
        }
    }

    #[test]
    fn a_name_is_not_random_and_a_token_is() {
        let random =
            |text: &str| Run { start: 0, end: text.len(), digit: false }.may_be_random(text.as_bytes());
        assert!(
            !random("internationalization")
                && !random("some-long-kebab-name")
                && !random("/usr/local/share/applications")
        );
        assert!(
            random("kqXvTpWnZbRmGcYd") && random("key-kqXvTpWnZbRmGcYd") && random("ABCDEFG-HIJKLMN-OPQRSTU")
        );
    }

    #[test]
    fn a_token_may_begin_where_no_word_goes_on() {
        let beginnings = |text: &str, start| -> Vec<usize> {
            Run { start, end: text.len(), digit: true }.beginnings(text.as_bytes(), LONG).collect()
        };
        assert_eq!(beginnings("one-two/three_456", 0), [0]);
        assert_eq!(beginnings("\\nghp_abcdefghijkl", 1), [1, 2]);
        assert_eq!(beginnings("%20ghp_abcdefghijklmnopq", 1), [1, 2, 3, 4, 5, 6]);
        assert_eq!(beginnings("a-b=cde/fghijklmnopqrstuvw", 0), [0, 2, 4, 8]);
    }
}
