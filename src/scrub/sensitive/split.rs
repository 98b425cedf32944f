//! Splits a name into words.

use super::MAX_NAME;

/// The words of a name, in lower case, held without allocation.
#[derive(Default)]
pub(super) struct Words {
    letters: Letters,
    ends: [u8; MAX_WORDS],
    count: usize,
    used: usize,
}

struct Letters([u8; MAX_NAME]);

impl Default for Letters {
    fn default() -> Self {
        Self([0; MAX_NAME])
    }
}

/// The most words that are kept. The last ones decide, so the first ones are dropped.
const MAX_WORDS: usize = 24;

impl Words {
    pub(super) fn split(&mut self, name: &[u8]) {
        let mut open = false;
        for (at, &byte) in name.iter().enumerate() {
            if !byte.is_ascii_alphanumeric() {
                self.close(&mut open);
                continue;
            }
            let before = at.checked_sub(1).map(|index| name[index]);
            let lower_before = before.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            let after = name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            let acronym_ends = before.is_some_and(|byte| byte.is_ascii_uppercase()) && after;
            let digits_begin = byte.is_ascii_digit() && before.is_some_and(|byte| byte.is_ascii_alphabetic());
            if byte.is_ascii_uppercase() && (lower_before || acronym_ends) || digits_begin {
                self.close(&mut open);
            }
            self.letters.0[self.used] = byte.to_ascii_lowercase();
            self.used += 1;
            open = true;
        }
        self.close(&mut open);
    }

    fn close(&mut self, open: &mut bool) {
        if std::mem::take(open) {
            if self.count == MAX_WORDS {
                self.ends.copy_within(1.., 0);
                self.count -= 1;
            }
            // `used` is at most `MAX_NAME`, which fits in a byte.
            self.ends[self.count] = u8::try_from(self.used).unwrap_or(u8::MAX);
            self.count += 1;
        }
    }

    pub(super) fn to_vec(&self) -> Vec<&str> {
        let mut words = Vec::with_capacity(self.count);
        let mut start = 0;
        for &end in &self.ends[..self.count] {
            let word = &self.letters.0[start..usize::from(end)];
            words.push(std::str::from_utf8(word).expect("only ASCII letters and digits are kept"));
            start = usize::from(end);
        }
        words
    }
}
