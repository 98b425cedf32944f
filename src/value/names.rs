//! Keeps the keys of one map distinct: a repeated name gets `#2`, `#3`.

use std::collections::BTreeMap;

/// The names used in one map, each with the number for its next repetition.
#[derive(Default)]
pub(crate) struct Names {
    taken: BTreeMap<Vec<u8>, u32>,
}

impl Names {
    /// Registers `name` or, if it is taken, the first free one of `name#2`, `name#3`, ..., which is then
    /// returned.
    pub(crate) fn take(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        let Some(next) = self.taken.get(name).copied() else {
            self.taken.insert(name.to_vec(), 2);
            return None;
        };
        // Each number is tried once for a name, so that many repetitions take linear time.
        let mut number = next;
        let numbered = loop {
            let numbered = [name, format!("#{number}").as_bytes()].concat();
            number += 1;
            if !self.taken.contains_key(&numbered) {
                break numbered;
            }
        };
        self.taken.insert(name.to_vec(), number);
        self.taken.insert(numbered.clone(), 2);
        Some(numbered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_double_gets_the_first_free_number() {
        let mut names = Names::default();
        let mut take =
            |name: &str| names.take(name.as_bytes()).map(|name| String::from_utf8_lossy(&name).into_owned());
        assert_eq!(take("a"), None);
        assert_eq!(take("a#2"), None);
        assert_eq!(take("a").as_deref(), Some("a#3"));
        assert_eq!(take("a").as_deref(), Some("a#4"));
        assert_eq!(take("a#3").as_deref(), Some("a#3#2"));
        assert_eq!(take(""), None);
    }
}
