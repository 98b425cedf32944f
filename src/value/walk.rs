//! The walk: one pass over the host's tree that scrubs every text and passes what is kept to a sink.

use super::MAX_DEPTH;
use super::budget::Room;
use super::deadline;
use super::frame::{Entry, Frame, Place};
use super::key::Cache;
use super::node::{Node, Shape, Text};
use super::number::MAX_DIGITS;
use super::replaced::Given;
use super::sink::{Container, Kind, Sink};
use super::text::Subject;
use crate::Scrubber;
use crate::cutoff::Cutoff;
use crate::scrub::{Tally, marker};

mod list;
mod map;

/// The budget of a walk: visiting a node costs [`NODE_COST`], a text its length in bytes. What exceeds the
/// budget is replaced by `[REDACTED:TRUNCATED]`: a small tree that holds the same container many times over
/// can be larger than any memory when written out.
pub(super) const BUDGET: u64 = 4 << 30;

/// The cost of visiting one node.
pub(super) const NODE_COST: u64 = 16;

/// The cost of an integer whose decimal digits must be computed: that of a text of [`MAX_DIGITS`] bytes.
pub(super) const HUGE_COST: u64 = MAX_DIGITS as u64;

/// A walk over one tree.
///
/// ```
/// use prestop::value::{Encoder, Json, Walk};
/// use prestop::{Preset, Scrubber};
///
/// let value = serde_json::json!({"name": "DB_PASSWORD", "value": "hunter2"});
/// let scrubber = Scrubber::new(Preset::Balanced);
/// let (encoder, tally) = Walk::new(&scrubber, Encoder::default()).run(&Json::Value(&value));
/// assert!(!String::from_utf8_lossy(&encoder.into_bytes()).contains("hunter2"));
/// assert_eq!(tally.redactions()["PASSWORD"], 1);
/// ```
pub struct Walk<'s, N, S> {
    pub(super) scrubber: &'s Scrubber,
    pub(super) tally: Tally,
    pub(super) sink: S,
    /// Reused buffer for the digits of one number.
    pub(super) digits: String,
    pub(super) keys: Cache,
    /// Entries of the open containers, those of the innermost one last. A visited entry is left empty until
    /// its container ends.
    pub(super) entries: Vec<Entry<N>>,
    /// Open containers. An explicit stack instead of recursion, so that no nesting can overflow the call
    /// stack.
    frames: Vec<Frame>,
    /// Identities of the open containers that have one, to detect cycles.
    path: Vec<usize>,
    pub(super) budget: u64,
    /// When to give up.
    pub(super) cutoff: Option<&'s Cutoff<'s>>,
    /// The budget at which `cutoff` is asked next.
    pub(super) ask_at: u64,
    /// How many entries were examined before they were visited.
    pub(super) looked_at: u64,
    /// How much may still be searched, if time is short; `None` means no limit.
    pub(super) room: Option<Room>,
    /// Whether the value being visited is the member `transcript_lines`; only set if `room` is limited.
    pub(super) is_lines: bool,
    /// How many containers were open where that list began, while the walk is inside it.
    pub(super) in_lines: Option<usize>,
    /// How many containers are open around the tree of a trial.
    above: usize,
    /// How many containers were open where an opaque item began that needs no redaction, while the walk is
    /// inside it. Set from the start in a trial, which has to visit nested opaque items as well.
    clean: Option<usize>,
    /// Replacements for fields of maps that are still to be visited, by the index of their entry.
    pub(super) given: Given,
    /// The index of the entry being visited.
    pub(super) at: usize,
}

impl<'s, N: Node, S: Sink<N>> Walk<'s, N, S> {
    /// Creates a walk that scrubs with `scrubber` and fills `sink`.
    pub fn new(scrubber: &'s Scrubber, sink: S) -> Self {
        Self {
            scrubber,
            tally: Tally::default(),
            sink,
            digits: String::new(),
            keys: Cache::new(),
            entries: Vec::new(),
            frames: Vec::new(),
            path: Vec::new(),
            budget: BUDGET,
            cutoff: None,
            ask_at: BUDGET,
            looked_at: 0,
            room: None,
            is_lines: false,
            in_lines: None,
            above: 0,
            clean: None,
            given: Given::default(),
            at: 0,
        }
    }

    /// Creates a walk over a part of this walk's tree, at the current depth, into another sink. If `list` is
    /// given, the part is an item of that list, which is not open yet.
    pub(super) fn trial<T: Sink<N>>(&self, sink: T, list: Option<&N>) -> Walk<'s, N, T> {
        Walk {
            path: self.path.iter().copied().chain(list.and_then(Node::identity)).collect(),
            budget: self.budget,
            cutoff: self.cutoff,
            ask_at: self.ask_at,
            room: self.room,
            // Never reset: a trial ends before the list does.
            in_lines: self.in_lines.map(|_| usize::MAX),
            above: self.above + self.frames.len() + usize::from(list.is_some()),
            clean: Some(0),
            ..Walk::new(self.scrubber, sink)
        }
    }

    /// Takes over the budget and the room that a trial has left.
    pub(super) fn limit(&mut self, (budget, room): (u64, Option<Room>)) {
        self.budget = budget;
        self.room = room;
    }

    /// The number of open containers.
    pub(super) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Whether the walk is inside an opaque item that needs no redaction, or is a trial.
    pub(super) fn is_clean(&self) -> bool {
        self.clean.is_some()
    }

    /// Records that nothing needs redaction in the container that is opened next.
    pub(super) fn clean_inside(&mut self) {
        self.clean = Some(self.frames.len());
    }

    /// Walks over the whole tree of `root`, and returns the filled sink and a tally of what was redacted.
    ///
    /// What is deeper than [`MAX_DEPTH`], a container inside itself, and what comes after 4 GiB of texts and
    /// nodes (16 bytes each) is replaced by a marker. So this ends whatever the tree, and no nesting overflows
    /// the call stack.
    pub fn run(mut self, root: &N) -> (S, Tally) {
        self.run_at(root, Place::ROOT);
        self.finish()
    }

    /// Walks over what is at `place`: the whole tree, or what is tried.
    pub(super) fn run_at(&mut self, root: &N, place: Place) {
        self.visit(root, place, None);
        while !self.has_given_up()
            && let Some(frame) = self.frames.last_mut()
        {
            if frame.next == frame.end {
                self.leave();
                continue;
            }
            self.at = frame.next;
            let entry = &mut self.entries[frame.next];
            frame.next += 1;
            let (text, place) = (entry.text.take(), entry.place);
            let Some(value) = entry.value.take() else { continue };
            if let Some(key) = entry.key.take() {
                match text {
                    Some(text) => self.sink.key(&key, &text, entry.changed),
                    None => self.sink.key(&key, key.key_text().bytes(), false),
                }
                self.is_lines = self.room.is_some() && key.key_text().bytes() == deadline::LINES;
                let given = self.given_text();
                self.visit(&value, place, given.as_deref());
            } else {
                self.is_lines = false;
                self.visit(&value, place, text.as_deref());
            }
        }
    }

    pub(super) fn finish(self) -> (S, Tally) {
        (self.sink, self.tally)
    }

    fn visit(&mut self, node: &N, place: Place, given: Option<&[u8]>) {
        if self.is_late() {
            return;
        }
        if !self.spend(NODE_COST) {
            return self.mark("TRUNCATED");
        }
        match node.shape() {
            shape @ (Shape::Null | Shape::Bool(_)) => self.sink.plain(node, &shape),
            shape @ (Shape::Int(_) | Shape::Huge | Shape::Float(_) | Shape::Digits(_)) => {
                self.number(node, &shape, place);
            }
            Shape::Text(text) => self.bounded_text(node, Subject::of(&text, given, Kind::Text, place)),
            Shape::Bytes(text) => self.bounded_text(node, Subject::of(&text, given, Kind::Bytes, place)),
            Shape::Other(text) => self.bounded_text(node, Subject::of(&text, given, Kind::Other, place)),
            Shape::List => self.enter_list(node, place, false),
            Shape::Fixed => self.enter_list(node, place, true),
            Shape::Set => self.enter_set(node, place),
            Shape::Map => self.enter_map(node, place),
        }
    }

    fn bounded_text(&mut self, node: &N, subject: Subject<'_>) {
        let whole = subject.text;
        match self.part_of(whole.len(), subject.place) {
            Some(length) if self.spend(length as u64) => {
                let part = (length < whole.len()).then(|| deadline::head(whole, length));
                self.text(node, subject, part);
            }
            _ => self.mark("TRUNCATED"),
        }
    }

    pub(super) fn spend(&mut self, cost: u64) -> bool {
        let left = self.budget.checked_sub(cost);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }

    /// Passes a marker to the sink in place of a value of any shape, and counts it.
    pub(super) fn mark(&mut self, label: &str) {
        self.tally.redacted(label);
        self.sink.marker(&marker(label));
    }

    /// Whether the container may be entered; if not, a marker has taken its place.
    fn may_enter(&mut self, node: &N) -> bool {
        if node.identity().is_some_and(|identity| self.path.contains(&identity)) {
            self.mark("CYCLE");
            return false;
        }
        if self.above + self.frames.len() >= MAX_DEPTH {
            self.mark("DEPTH");
            return false;
        }
        true
    }

    /// Whether containers inside the one that is about to be opened may be entered.
    pub(super) fn may_go_deeper(&self) -> bool {
        self.above + self.frames.len() + 1 < MAX_DEPTH
    }

    /// Opens a container whose entries are on the stack from `start` on.
    fn open(&mut self, node: &N, container: Container, start: usize) {
        let identity = node.identity();
        self.path.extend(identity);
        self.frames.push(Frame { start, next: start, end: self.entries.len(), on_path: identity.is_some() });
        self.sink.open(node, container);
    }

    /// Removes the entries from `start` on, with their replacements, since other entries will reuse their
    /// indices.
    fn drop_entries(&mut self, start: usize) {
        self.entries.truncate(start);
        self.given.forget(start);
    }

    fn leave(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.drop_entries(frame.start);
            if frame.on_path {
                self.path.pop();
            }
            if self.clean == Some(self.frames.len()) {
                self.clean = None;
            }
            if self.in_lines == Some(self.frames.len()) {
                self.in_lines = None;
            }
            self.sink.close();
        }
    }
}
