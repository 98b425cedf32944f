//! Counts of what was redacted, by label.

use std::collections::BTreeMap;

/// Counts redactions by label, and entries that were dropped as a whole.
///
/// ```
/// use prestop::scrub::Tally;
///
/// let mut tally = Tally::default();
/// tally.redacted("TOKEN");
/// let mut sum = tally.clone();
/// sum.add(&tally);
/// assert_eq!(sum.redactions()["TOKEN"], 2);
/// assert_eq!(sum.dropped(), 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    redactions: BTreeMap<String, u64>,
    dropped: u64,
}

impl Tally {
    /// Counts one redaction.
    pub fn redacted(&mut self, label: &str) {
        if let Some(count) = self.redactions.get_mut(label) {
            *count += 1;
        } else {
            self.redactions.insert(label.to_owned(), 1);
        }
    }

    /// Counts one entry that was dropped as a whole (sandbox content).
    pub(crate) fn dropped_one(&mut self) {
        self.dropped += 1;
    }

    /// The number of redactions by label.
    pub fn redactions(&self) -> &BTreeMap<String, u64> {
        &self.redactions
    }

    /// The number of entries that were dropped as a whole.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Self) {
        for (label, count) in &other.redactions {
            *self.redactions.entry(label.clone()).or_default() += count;
        }
        self.dropped += other.dropped;
    }
}
