//! Ids that were dealt with, in the order in which they came. The oldest are forgotten first.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The most ids that are remembered, whatever the limit is and however many the platform lists.
pub(super) const MOST: usize = 10_000;

/// A set of ids in insertion order.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    order: VecDeque<Arc<str>>,
    /// For each id, the last listing that contained it.
    listed: HashMap<Arc<str>, u64>,
    limit: usize,
}

impl Seen {
    pub(super) fn new(limit: usize) -> Self {
        Self { order: VecDeque::new(), listed: HashMap::new(), limit }
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.listed.contains_key(id)
    }

    /// Whether the id is in the set; if so, this listing is noted as the last that contained it.
    pub(super) fn note(&mut self, id: &str, listing: u64) -> bool {
        match self.listed.get_mut(id) {
            Some(last) => {
                *last = listing;
                true
            }
            None => false,
        }
    }

    /// Adds an id as the youngest; an id that is already there keeps its place.
    pub(super) fn add(&mut self, id: &str, listing: u64) {
        if !self.contains(id) {
            let id: Arc<str> = id.into();
            self.listed.insert(Arc::clone(&id), listing);
            self.order.push_back(id);
        }
    }

    pub(super) fn remove(&mut self, id: &str) {
        if self.listed.remove(id).is_some() {
            self.order.retain(|other| &**other != id);
        }
    }

    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Forgets the oldest ids beyond the limit, but none that the latest listing contains: it would look new
    /// when it is listed again.
    pub(super) fn evict(&mut self, listing: u64) {
        let mut surplus = self.order.len().saturating_sub(self.limit);
        if surplus == 0 {
            return;
        }
        let listed = &mut self.listed;
        self.order.retain(|id| {
            if surplus == 0 || listed.get(id) == Some(&listing) {
                return true;
            }
            surplus -= 1;
            listed.remove(id);
            false
        });
        while self.order.len() > MOST
            && let Some(id) = self.order.pop_front()
        {
            self.listed.remove(&id);
        }
    }

    /// Returns the ids, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(|id| &**id)
    }
}
