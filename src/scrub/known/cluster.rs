//! The cost of comparing one value at candidate places that overlap.
//!
//! Each place where a value may begin is compared by itself. If a value and a text consist of the same few
//! characters, each comparison reads again what the one before has read, which would be quadratic. Such a
//! cluster is called dear, and is read once for all its places.

use std::collections::HashMap;

/// A cluster is dear once it has cost more than this many steps per byte.
const MOST: usize = 16;

/// The current cluster of each owner.
#[derive(Default)]
pub(super) struct Clusters(HashMap<u32, Cluster>);

/// Candidate places of one value whose comparisons overlap.
pub(super) struct Cluster {
    start: usize,
    reach: usize,
    steps: usize,
    closed: bool,
}

impl Clusters {
    /// Returns the cluster that `at` belongs to, or `None` if it is closed, so that everything beginning
    /// there is known. Places must come in ascending order.
    pub(super) fn at(&mut self, owner: u32, at: usize) -> Option<&mut Cluster> {
        let new = Cluster { start: at, reach: at, steps: 0, closed: false };
        let cluster = self.0.entry(owner).or_insert_with(|| Cluster { ..new });
        if at >= cluster.reach {
            *cluster = new;
        }
        (!cluster.closed).then_some(cluster)
    }
}

impl Cluster {
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Whether its bytes were read too often.
    pub(super) fn is_dear(&self) -> bool {
        self.steps > MOST * (self.reach - self.start)
    }

    /// Records a comparison that read up to `reach` in so many `steps`.
    pub(super) fn add(&mut self, reach: usize, steps: usize) {
        self.reach = self.reach.max(reach);
        self.steps += steps;
    }

    /// Marks everything that begins before `reach`, or inside what was read, as known.
    pub(super) fn close(&mut self, reach: usize) {
        self.reach = self.reach.max(reach);
        self.closed = true;
    }
}
