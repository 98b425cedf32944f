//! What it has cost to look for one value where its occurrences, or what begins like one, overlap.
//!
//! Each place at which a value may begin is compared with it by itself. Where a value is made of the same few characters, and a text too, each
//! comparison would go over what the one before has read. Such a stretch is called dear, and is read once.

use std::collections::HashMap;

/// How often, in steps, each byte of a stretch is read until it is dear.
const MOST: usize = 16;

/// The stretch of each owner that is looked at.
#[derive(Default)]
pub(super) struct Clusters(HashMap<u32, Cluster>);

/// Places that are compared with one value, and overlap as far as they were read.
pub(super) struct Cluster {
    start: usize,
    reach: usize,
    steps: usize,
    closed: bool,
}

impl Clusters {
    /// The stretch in which `at` stands; none where all that begins there is known. Places come in order.
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

    /// Takes in that a place was compared as far as `reach` in so many `steps`.
    pub(super) fn add(&mut self, reach: usize, steps: usize) {
        self.reach = self.reach.max(reach);
        self.steps += steps;
    }

    /// Everything that begins in front of `reach`, and of what was read, is known.
    pub(super) fn close(&mut self, reach: usize) {
        self.reach = self.reach.max(reach);
        self.closed = true;
    }
}
