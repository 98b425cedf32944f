//! Delegations: work that this workspace asked others to do, from the platform's list to the message for the
//! agent.

use std::collections::{HashMap, HashSet, VecDeque};

use super::cooldown::Cooldown;
use super::ingested::Ingested;
use super::line::line;
use super::notification::Notification;
use super::record::{DelegationResult, shown_id};
use super::row::{ReadRow, Row};
use super::seen::{MOST, Seen};
use super::wake_up::{Announcement, WakeUp};
use crate::json;
use crate::value::{Node, Parsed, Shape};
use crate::{Result, Scrubber};

/// The most rows of one list that are read; the platform sends 50.
const MOST_ROWS: usize = 10_000;
/// The most bytes of text in results that are not confirmed yet.
const MOST_PENDING_BYTES: usize = 16 << 20;
/// The most bytes of texts that are scrubbed for one list: the rows after them are left for a later one.
const MOST_SCRUBBED_BYTES: usize = 1 << 20;
/// How many ids are remembered, unless the host sets another limit.
const SEEN_LIMIT: usize = 200;
/// The most bytes of a reported foreign id.
const FOREIGN_LIMIT: usize = 128;
/// A message or notification is given up after this many failures to send it; its result is still in the
/// results file.
const MOST_FAILURES: u32 = 10;

/// A result that is not confirmed to be in the results file yet, with its announcement and notification.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    /// The id as the platform sent it.
    id: String,
    result: DelegationResult,
    announcement: Announcement,
    notification: Notification,
}

/// Keeps track of the delegations of one workspace: [`ingest`](Self::ingest) a list from the platform, append
/// the results to the results file, [`confirm`](Self::confirm) those that are durably there, and send what is
/// [`due`](Self::due).
///
/// Every `ingest` returns a result until it is confirmed, and never after. The agent then gets it in a
/// [`WakeUp`], of which there is at most one per cooldown, and the user in a [`Notification`]. One bad row
/// never costs another. Every text is searched before anything is changed for it: should the search panic,
/// which is a fault of this crate, no result is lost, and the state may be used on. Memory is bounded: 10,000 each of ids, results, announcements and notifications, and
/// 16 MiB of results that are not confirmed.
///
/// ```
/// use prestop::heartbeat::Delegations;
/// use prestop::{Preset, Scrubber};
///
/// let scrubber = Scrubber::new(Preset::Strict);
/// let rows = br#"[{"delegation_id": "d-1", "source_id": "ws-1", "status": "completed", "summary": "tests are green"}]"#;
/// let mut delegations = Delegations::new("ws-1");
/// let ingested = delegations.ingest_json(rows, 1_000.0, &scrubber)?;
/// // Append `ingested.results[0].line()` to the file and flush it; then:
/// delegations.confirm(["d-1"]);
/// let wake_up = delegations.due(1_000.0).expect("there is news");
/// assert!(wake_up.text.contains("tests are green"));
/// assert!(delegations.ingest_json(rows, 1_030.0, &scrubber)?.results.is_empty());
/// assert!(delegations.due(1_030.0).is_none());
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Delegations {
    pub(super) workspace: Vec<u8>,
    pub(super) listing: u64,
    pub(super) seen: Seen,
    pub(super) foreign: Seen,
    /// Delegations whose request row was seen as completed before the row with the answer.
    pub(super) early: Seen,
    pub(super) pending: VecDeque<Pending>,
    pub(super) pending_bytes: usize,
    /// Confirmed results that no message has told the agent yet.
    pub(super) untold: VecDeque<Announcement>,
    /// The results in the latest message; put back if it could not be sent.
    pub(super) told: Vec<Announcement>,
    pub(super) notifications: VecDeque<Notification>,
    pub(super) cooldown: Cooldown,
    pub(super) parent: Option<String>,
}

impl Delegations {
    /// Creates the state for the workspace with this id. Nothing is remembered yet.
    ///
    /// ```
    /// let mut delegations = prestop::heartbeat::Delegations::new("ws-1");
    /// assert!(delegations.due(0.0).is_none());
    /// ```
    pub fn new(workspace_id: impl AsRef<[u8]>) -> Self {
        Self {
            workspace: workspace_id.as_ref().to_vec(),
            listing: 0,
            seen: Seen::new(SEEN_LIMIT),
            foreign: Seen::new(SEEN_LIMIT),
            early: Seen::new(SEEN_LIMIT),
            pending: VecDeque::new(),
            pending_bytes: 0,
            untold: VecDeque::new(),
            told: Vec::new(),
            notifications: VecDeque::new(),
            cooldown: Cooldown::new(),
            parent: None,
        }
    }

    /// Reads a list of delegations as the platform sends it, newest first, and returns what there is to
    /// write. `now` is in Unix seconds.
    ///
    /// Only delegations that this workspace asked for and that have ended (`completed` or `failed`) count.
    /// Of several rows of one delegation, the one that carries more of the answer is used. A row of the
    /// request (`delegate`) that says `completed` but has no answer is held back for one list, since the row
    /// with the answer follows. Anything that is not a list adds nothing new.
    ///
    /// ```
    /// use prestop::{Preset, Scrubber, heartbeat::Delegations, value::Json};
    ///
    /// let rows = serde_json::json!([{"delegation_id": 5, "source_id": "ws-1", "status": "completed", "summary": null}]);
    /// let mut delegations = Delegations::new("ws-1");
    /// let ingested = delegations.ingest(&Json::Value(&rows), 0.0, &Scrubber::new(Preset::Strict));
    /// assert_eq!(ingested.results[0].delegation_id, "5");
    /// ```
    pub fn ingest<N: Node>(&mut self, rows: &N, now: f64, scrubber: &Scrubber) -> Ingested {
        self.ingest_listed(Listed::of(rows, scrubber), now, scrubber)
    }

    /// Like [`ingest`](Self::ingest), for a list whose rows have been read: nothing of the host is called.
    ///
    /// ```
    /// use prestop::{Preset, Scrubber, heartbeat::{Delegations, Listed}, value::Json};
    ///
    /// let rows = serde_json::json!([{"delegation_id": "d-1", "source_id": "ws-1", "status": "failed"}]);
    /// let scrubber = Scrubber::new(Preset::Strict);
    /// let listed = Listed::of(&Json::Value(&rows), &scrubber);
    /// assert_eq!(Delegations::new("ws-1").ingest_listed(listed, 0.0, &scrubber).results.len(), 1);
    /// ```
    pub fn ingest_listed(&mut self, listed: Listed, now: f64, scrubber: &Scrubber) -> Ingested {
        self.listing += 1;
        let mut ingested = Ingested { skipped: listed.skipped, left: listed.left, ..Ingested::default() };
        let mut own: Vec<ReadRow> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut foreign: Vec<ReadRow> = Vec::new();
        for row in listed.rows {
            if row.source.as_deref() != Some(&self.workspace) {
                foreign.push(row);
                continue;
            }
            if self.seen.note(&row.id, self.listing) {
                continue;
            }
            match places.get(&row.id) {
                Some(&place) if row.weight > own[place].weight => own[place] = row,
                Some(_) => {}
                None => {
                    places.insert(row.id.clone(), own.len());
                    own.push(row);
                }
            }
        }
        self.take_own(own, now, scrubber, &mut ingested);
        for row in foreign {
            if !self.foreign.note(&row.id, self.listing) && !self.seen.contains(&row.id) {
                ingested.foreign.push(line(&row.id, FOREIGN_LIMIT, scrubber));
                self.foreign.add(&row.id, self.listing);
            }
        }
        self.evict();
        ingested.results = self.pending.iter().map(|pending| pending.result.clone()).collect();
        ingested
    }

    /// Like [`ingest`](Self::ingest), for a list in JSON.
    ///
    /// ```
    /// use prestop::{Preset, Scrubber, heartbeat::Delegations};
    ///
    /// let mut delegations = Delegations::new("ws-1");
    /// assert!(delegations.ingest_json(b"[]", 0.0, &Scrubber::new(Preset::Strict))?.results.is_empty());
    /// # Ok::<(), prestop::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`json::tolerable`]; nothing is changed then.
    pub fn ingest_json(&mut self, rows: &[u8], now: f64, scrubber: &Scrubber) -> Result<Ingested> {
        let rows = json::parse_of_others(rows)?;
        Ok(self.ingest(&Parsed::Value(&rows), now, scrubber))
    }

    fn take_own(&mut self, own: Vec<ReadRow>, now: f64, scrubber: &Scrubber, ingested: &mut Ingested) {
        let mut scrubbed_bytes = 0;
        let held: HashSet<String> = self.pending.iter().map(|pending| pending.id.clone()).collect();
        // The list is newest first; the file is oldest first.
        for row in own.into_iter().rev().filter(|row| !held.contains(&row.id)) {
            if self.pending.len() >= MOST
                || self.pending_bytes >= MOST_PENDING_BYTES
                || scrubbed_bytes >= MOST_SCRUBBED_BYTES
            {
                ingested.left += 1;
                continue;
            }
            if row.is_early && !self.early.note(&row.id, self.listing) {
                self.early.add(&row.id, self.listing);
                ingested.left += 1;
                continue;
            }
            let shown = shown_id(&row.id, scrubber);
            // A result may be known by the id that was shown: an id that contains a secret is stored only in
            // that form.
            if shown != row.id && self.seen.note(&shown, self.listing) {
                continue;
            }
            scrubbed_bytes += row.size();
            let result = DelegationResult::new(&row, shown, &self.workspace, now, scrubber);
            let announcement = Announcement::new(&result, scrubber);
            let notification = Notification::new(&result, scrubber);
            self.early.remove(&row.id);
            self.pending_bytes += result.weight();
            self.pending.push_back(Pending { id: row.id, result, announcement, notification });
        }
    }

    /// Confirms that the results of these delegations are durably in the file. They are not returned again,
    /// and the agent and the user will be told of them. Unknown ids are ignored. Returns how many results
    /// were confirmed.
    ///
    /// ```
    /// let mut delegations = prestop::heartbeat::Delegations::new("ws-1");
    /// assert_eq!(delegations.confirm(["never heard of"]), 0);
    /// ```
    pub fn confirm<I: AsRef<str>>(&mut self, ids: impl IntoIterator<Item = I>) -> usize {
        let ids: HashSet<String> = ids.into_iter().map(|id| id.as_ref().to_owned()).collect();
        let before = self.pending.len();
        for pending in std::mem::take(&mut self.pending) {
            if !ids.contains(&pending.result.delegation_id) {
                self.pending.push_back(pending);
                continue;
            }
            self.pending_bytes = self.pending_bytes.saturating_sub(pending.result.weight());
            // Not the platform's own id, which may contain a secret: the host may store the ids that it is
            // shown.
            self.seen.add(&pending.result.delegation_id, self.listing);
            push_bounded(&mut self.untold, pending.announcement);
            push_bounded(&mut self.notifications, pending.notification);
        }
        self.evict();
        before - self.pending.len()
    }

    /// Returns the results that are not confirmed, oldest first.
    ///
    /// ```
    /// assert_eq!(prestop::heartbeat::Delegations::new("ws-1").pending().count(), 0);
    /// ```
    pub fn pending(&self) -> impl Iterator<Item = &DelegationResult> {
        self.pending.iter().map(|pending| &pending.result)
    }

    /// Returns the message to send now, if there are confirmed results that the agent has not been told of
    /// and the cooldown is over. `now` is in Unix seconds. A new cooldown begins, whether or not the message
    /// can be sent.
    ///
    /// ```
    /// let mut delegations = prestop::heartbeat::Delegations::new("ws-1");
    /// assert!(delegations.due(1_000.0).is_none());
    /// ```
    pub fn due(&mut self, now: f64) -> Option<WakeUp> {
        if self.untold.is_empty() || !self.cooldown.is_over(now) {
            return None;
        }
        let wake_up = WakeUp::new(self.untold.make_contiguous(), self.parent.as_deref());
        self.cooldown.begin(now);
        self.told = std::mem::take(&mut self.untold).into();
        Some(wake_up)
    }

    /// Reports that the latest message could not be sent: its results are part of the next one, when the
    /// cooldown is over. Returns how many results were given up because they could not be sent ten times.
    ///
    /// ```
    /// let mut delegations = prestop::heartbeat::Delegations::new("ws-1");
    /// assert_eq!(delegations.wake_up_failed(), 0);
    /// ```
    pub fn wake_up_failed(&mut self) -> usize {
        let mut given_up = 0;
        for mut announcement in std::mem::take(&mut self.told).into_iter().rev() {
            announcement.failures += 1;
            if announcement.failures >= MOST_FAILURES || self.untold.len() >= MOST {
                given_up += 1;
            } else {
                self.untold.push_front(announcement);
            }
        }
        given_up
    }

    /// Returns what the user should be told, oldest first; each notification is returned once.
    ///
    /// ```
    /// assert!(prestop::heartbeat::Delegations::new("ws-1").notifications().is_empty());
    /// ```
    pub fn notifications(&mut self) -> Vec<Notification> {
        std::mem::take(&mut self.notifications).into()
    }

    /// Takes back a notification that could not be sent; it is returned again before the others. Returns
    /// false if this was its tenth failure and it is given up.
    ///
    /// ```
    /// # use prestop::{Preset, Scrubber, heartbeat::Delegations};
    /// # let rows = br#"[{"delegation_id": "d-1", "source_id": "ws-1", "status": "completed"}]"#;
    /// # let mut delegations = Delegations::new("ws-1");
    /// # delegations.ingest_json(rows, 0.0, &Scrubber::new(Preset::Strict))?;
    /// # delegations.confirm(["d-1"]);
    /// for notification in delegations.notifications() {
    ///     assert!(delegations.notification_failed(notification));
    /// }
    /// assert_eq!(delegations.notifications().len(), 1);
    /// # Ok::<(), prestop::Error>(())
    /// ```
    pub fn notification_failed(&mut self, mut notification: Notification) -> bool {
        notification.failures += 1;
        let kept = notification.failures < MOST_FAILURES && self.notifications.len() < MOST;
        if kept {
            // After those that were taken back earlier, which are older.
            let taken_back = self.notifications.iter().take_while(|other| other.failures > 0).count();
            self.notifications.insert(taken_back, notification);
        }
        kept
    }

    fn evict(&mut self) {
        for seen in [&mut self.seen, &mut self.foreign, &mut self.early] {
            seen.evict(self.listing);
        }
    }
}

/// The rows of a list that have ended, read but not scrubbed.
///
/// A host whose values must be read under a lock reads them by [`Listed::of`] and releases it for
/// [`Delegations::ingest_listed`], which takes the time. The texts are not scrubbed yet, so it has no `Debug`.
///
/// ```
/// use prestop::{Preset, Scrubber, heartbeat::Listed, value::Json};
///
/// let rows = serde_json::json!([{"delegation_id": "d-1", "source_id": "ws-1", "status": "completed"}, {"status": "failed"}]);
/// let listed = Listed::of(&Json::Value(&rows), &Scrubber::new(Preset::Strict));
/// // The id, the only text of the only delegation.
/// assert_eq!(listed.size(), 3);
/// ```
pub struct Listed {
    rows: Vec<ReadRow>,
    skipped: usize,
    left: usize,
}

impl Listed {
    /// Reads a list of delegations. Anything that is not a list has no rows.
    ///
    /// ```
    /// use prestop::{Preset, Scrubber, heartbeat::Listed, value::Json};
    ///
    /// let listed = Listed::of(&Json::Value(&serde_json::json!("no list")), &Scrubber::new(Preset::Strict));
    /// assert_eq!(listed.size(), 0);
    /// ```
    pub fn of<N: Node>(rows: &N, scrubber: &Scrubber) -> Self {
        let mut listed = Self { rows: Vec::new(), skipped: 0, left: 0 };
        for node in items(rows, &mut listed.left) {
            match Row::of(&node) {
                Some(row) if row.status.is_some() => listed.rows.push(row.read(scrubber)),
                Some(_) => {}
                None => listed.skipped += 1,
            }
        }
        listed
    }

    /// How many bytes of text the rows have.
    pub fn size(&self) -> usize {
        self.rows.iter().map(ReadRow::size).sum()
    }
}

/// Returns the items of a list, at most [`MOST_ROWS`]; the others are counted in `left`.
fn items<N: Node>(rows: &N, left: &mut usize) -> Vec<N> {
    let mut items = Vec::new();
    if matches!(rows.shape(), Shape::List | Shape::Fixed | Shape::Set) {
        rows.items(|item| if items.len() < MOST_ROWS { items.push(item) } else { *left += 1 });
    }
    items
}

/// Appends an item; beyond the bound the oldest is dropped.
pub(super) fn push_bounded<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() >= MOST {
        queue.pop_front();
    }
    queue.push_back(item);
}
