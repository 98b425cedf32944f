//! What is remembered of delegations beyond one list, and the settings of the host.

use std::collections::HashSet;

use super::delegations::{Delegations, push_bounded};
use super::record::{DelegationResult, shown_id};
use super::row::Row;
use super::text::valid_without_nul;
use super::wake_up::{self, Announcement};
use crate::value::Parsed;
use crate::{Scrubber, json};

impl Delegations {
    /// Remembers delegations whose results were delivered, oldest first, for example after a restart: their
    /// results are not returned again.
    ///
    /// ```
    /// let mut delegations = prestop::heartbeat::Delegations::new("ws-1");
    /// delegations.remember(["d-1", "d-2"]);
    /// assert!(delegations.is_seen("d-1"));
    /// ```
    pub fn remember<I: AsRef<str>>(&mut self, ids: impl IntoIterator<Item = I>) {
        for id in ids {
            self.seen.add(id.as_ref(), 0);
            self.seen.evict(self.listing.max(1));
        }
    }

    /// Forgets delegations: if a list contains them, their results are returned again.
    ///
    /// ```
    /// let mut delegations = prestop::heartbeat::Delegations::new("ws-1");
    /// delegations.remember(["d-1", "d-2"]);
    /// delegations.forget(["d-1"]);
    /// assert_eq!(delegations.seen().collect::<Vec<_>>(), ["d-2"]);
    /// ```
    pub fn forget<I: AsRef<str>>(&mut self, ids: impl IntoIterator<Item = I>) {
        for id in ids {
            self.seen.remove(id.as_ref());
            self.foreign.remove(id.as_ref());
        }
    }

    /// Whether the delegation was dealt with: confirmed, remembered, or rejected as another workspace's.
    ///
    /// ```
    /// assert!(!prestop::heartbeat::Delegations::new("ws-1").is_seen("d-1"));
    /// ```
    pub fn is_seen(&self, id: &str) -> bool {
        self.seen.contains(id) || self.foreign.contains(id)
    }

    /// Returns the ids that were confirmed or remembered, oldest first.
    ///
    /// ```
    /// assert_eq!(prestop::heartbeat::Delegations::new("ws-1").seen().count(), 0);
    /// ```
    pub fn seen(&self) -> impl Iterator<Item = &str> {
        self.seen.iter()
    }

    /// Sets how many ids are remembered; the default is 200. The oldest are forgotten first, but none of the
    /// latest list, up to 10,000 ids.
    ///
    /// ```
    /// let mut delegations = prestop::heartbeat::Delegations::new("ws-1");
    /// delegations.remember(["d-1", "d-2", "d-3"]);
    /// delegations.set_seen_limit(2);
    /// assert_eq!(delegations.seen().collect::<Vec<_>>(), ["d-2", "d-3"]);
    /// ```
    pub fn set_seen_limit(&mut self, limit: usize) {
        self.seen.set_limit(limit);
        self.seen.evict(self.listing.max(1));
    }

    /// Reads the results file after a restart. The results in it were delivered and are not returned again,
    /// but the agent is told of them once more, since it has not read the file yet. Lines that are not a
    /// result of this workspace are skipped. Returns how many results the agent will be told of by this.
    ///
    /// ```
    /// use prestop::{Preset, Scrubber, heartbeat::Delegations};
    ///
    /// let file = b"{\"delegation_id\": \"d-1\", \"source_id\": \"ws-1\", \"status\": \"completed\"}\n{\"torn";
    /// let mut delegations = Delegations::new("ws-1");
    /// assert_eq!(delegations.restore(file, &Scrubber::new(Preset::Strict)), 1);
    /// assert!(delegations.is_seen("d-1") && delegations.due(0.0).is_some());
    /// ```
    pub fn restore(&mut self, file: &[u8], scrubber: &Scrubber) -> usize {
        let mut known: HashSet<String> = self.untold.iter().map(|one| one.id.clone()).collect();
        let before = known.len();
        for line in file.split(|byte| *byte == b'\n') {
            // A crash may have left NUL bytes before the line.
            let start = line.iter().take_while(|byte| **byte == 0).count();
            let Ok(line) = json::parse(&line[start..]) else { continue };
            let Some(row) = Row::of(&Parsed::Value(&line)) else { continue };
            if row.status.is_none() || row.source.as_deref() != Some(&self.workspace) {
                continue;
            }
            let row = row.read(scrubber);
            let result =
                DelegationResult::new(&row, shown_id(&row.id, scrubber), &self.workspace, 0.0, scrubber);
            let announcement = Announcement::new(&result, scrubber);
            self.remember([&row.id]);
            if known.insert(result.delegation_id) {
                push_bounded(&mut self.untold, announcement);
            }
        }
        known.len() - before
    }

    /// Sets the name of the workspace to which the agent reports, for use in the message. Any bytes are
    /// accepted; an empty name means none.
    ///
    /// ```
    /// # use prestop::{Preset, Scrubber, heartbeat::Delegations};
    /// let mut delegations = Delegations::new("ws-1");
    /// delegations.set_parent("Head Office", &Scrubber::new(Preset::Strict));
    /// ```
    pub fn set_parent(&mut self, name: impl AsRef<[u8]>, scrubber: &Scrubber) {
        self.parent = wake_up::parent(&valid_without_nul(name.as_ref()), scrubber);
    }

    /// Sets the seconds between two messages; the default is 60. Anything but a number above 0 means no
    /// pause.
    ///
    /// ```
    /// prestop::heartbeat::Delegations::new("ws-1").set_cooldown(5.0);
    /// ```
    pub fn set_cooldown(&mut self, seconds: f64) {
        self.cooldown.period = seconds.max(0.0);
    }

    /// Returns when the latest message was returned, in Unix seconds.
    ///
    /// ```
    /// assert_eq!(prestop::heartbeat::Delegations::new("ws-1").last_wake_up(), None);
    /// ```
    pub fn last_wake_up(&self) -> Option<f64> {
        self.cooldown.last
    }

    /// Sets when the latest message was sent, in Unix seconds: the cooldown counts from then.
    ///
    /// ```
    /// let mut delegations = prestop::heartbeat::Delegations::new("ws-1");
    /// delegations.set_last_wake_up(Some(1_000.0));
    /// assert_eq!(delegations.last_wake_up(), Some(1_000.0));
    /// ```
    pub fn set_last_wake_up(&mut self, time: Option<f64>) {
        self.cooldown.last = time.filter(|time| time.is_finite());
    }
}
