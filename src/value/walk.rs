//! The walk: one pass over the host's tree that scrubs every text and hands what stays to a sink.

use super::arguments::Command;
use super::beside::Beside;
use super::deltas::Given;
use super::frame::{Entry, Frame, Hint, Place, Spot};
use super::hurry;
use super::key::{Cache, Role};
use super::names::Names;
use super::node::{Node, Shape, Text};
use super::room::{Patience, Room};
use super::sink::{Container, Kind, Sink};
use super::{MAX_DEPTH, arguments, lines, sandbox};
use crate::Scrubber;
use crate::cutoff::Cutoff;
use crate::scrub::{Tally, marker};

/// What a walk may visit: a node costs [`NODE_COST`], a text its length. Beyond it stands `[REDACTED:TRUNCATED]`, since a
/// small tree that holds the same container many times over can be larger than any memory when written out.
pub(super) const BUDGET: u64 = 4 << 30;

/// What visiting one node costs of the budget.
pub(super) const NODE_COST: u64 = 16;

/// A walk over one tree.
///
/// ```
/// use prestop::value::{Encoder, Json, Walk};
/// use prestop::{Preset, Scrubber};
///
/// let value = serde_json::json!({"name": "DB_PASSWORD", "value": "hunter2"});
/// let scrubber = Scrubber::new(Preset::Balanced);
/// let mut walk = Walk::new(&scrubber, Encoder::default());
/// walk.run(&Json::Value(&value));
/// let (encoder, tally) = walk.finish();
/// assert!(!String::from_utf8_lossy(&encoder.into_bytes()).contains("hunter2"));
/// assert_eq!(tally.redactions()["PASSWORD"], 1);
/// ```
pub struct Walk<'s, N, S> {
    pub(super) scrubber: &'s Scrubber,
    pub(super) tally: Tally,
    pub(super) sink: S,
    /// Room for the digits of one number.
    pub(super) digits: String,
    keys: Cache,
    /// Entries of the open containers that are still to be visited, the innermost container's last.
    pub(super) entries: Vec<Entry<N>>,
    /// Open containers; there is no recursion, so that no depth can overflow the stack.
    frames: Vec<Frame>,
    /// Identities of the open containers that have one.
    path: Vec<usize>,
    pub(super) budget: u64,
    /// When to give up, and at how much of the budget it is asked next.
    pub(super) cutoff: Option<&'s Cutoff<'s>>,
    pub(super) ask_at: u64,
    /// How many entries were looked at before they were visited.
    pub(super) looked_at: u64,
    /// How much is still searched, where time is short.
    pub(super) room: Option<Room>,
    /// Whether the value that is visited is the list of transcript lines.
    pub(super) is_lines: bool,
    /// How many containers were open where that list began.
    pub(super) in_lines: Option<usize>,
    /// How many containers are open around the tree of a trial.
    above: usize,
    /// How many were open where an opaque item began in which nothing has to go; in a trial, everything is to be seen.
    clean: Option<usize>,
    /// What stands in place of fields of the maps that are still to be visited, by the place of their entry.
    pub(super) given: Given,
    /// The entry that is visited.
    pub(super) at: usize,
}

/// What the members of a map say about the whole of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Members {
    Ordinary,
    Sandbox,
    /// A provider signed or encrypted it.
    Opaque,
}

impl<'s, N: Node, S: Sink<N>> Walk<'s, N, S> {
    /// A walk that scrubs with `scrubber` and fills `sink`.
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

    /// A walk over a part of the tree of this one, from where it stands, into another sink.
    pub(super) fn trial<T: Sink<N>>(&self, sink: T) -> Walk<'s, N, T> {
        Walk {
            path: self.path.clone(),
            budget: self.budget,
            cutoff: self.cutoff,
            ask_at: self.ask_at,
            room: self.room,
            // It ends within the list.
            in_lines: self.in_lines.map(|_| usize::MAX),
            above: self.above + self.frames.len(),
            clean: Some(0),
            ..Walk::new(self.scrubber, sink)
        }
    }

    /// Goes on with what a trial has left.
    pub(super) fn limit(&mut self, (budget, room): (u64, Option<Room>)) {
        self.budget = budget;
        self.room = room;
    }

    /// How many containers are open.
    pub(super) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Whether this is inside an item in which nothing has to go.
    pub(super) fn is_clean(&self) -> bool {
        self.clean.is_some()
    }

    /// Nothing has to go in the container that is opened next.
    pub(super) fn clean_inside(&mut self) {
        self.clean = Some(self.frames.len());
    }

    /// Walks over `root`.
    pub fn run(&mut self, root: &N) {
        self.run_at(root, Place::ROOT);
    }

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
                self.is_lines = self.room.is_some() && key.key_text().bytes() == hurry::LINES;
                let given = self.given_text();
                self.visit(&value, place, given.as_deref());
            } else {
                self.is_lines = false;
                self.visit(&value, place, text.as_deref());
            }
        }
    }

    /// The filled sink, and what was redacted.
    pub fn finish(self) -> (S, Tally) {
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
            Shape::Text(text) => self.bounded_text(node, &text, Kind::Text, place, given),
            Shape::Bytes(text) => self.bounded_text(node, &text, Kind::Bytes, place, given),
            Shape::Other(text) => self.bounded_text(node, &text, Kind::Other, place, given),
            Shape::List => self.enter_list(node, place, false),
            Shape::Fixed => self.enter_list(node, place, true),
            Shape::Set => self.enter_set(node, place),
            Shape::Map => self.enter_map(node, place),
        }
    }

    fn bounded_text(&mut self, node: &N, text: &N::Text, kind: Kind, place: Place, given: Option<&[u8]>) {
        let whole = given.unwrap_or(text.bytes());
        match self.part_of(whole.len(), place) {
            Some(length) if self.spend(length as u64) => {
                let part = (length < whole.len()).then(|| hurry::head(whole, length));
                self.text(node, text, kind, place, given, part);
            }
            _ => self.mark("TRUNCATED"),
        }
    }

    fn spend(&mut self, cost: u64) -> bool {
        let left = self.budget.checked_sub(cost);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }

    /// A marker that stands in place of a value of any shape.
    pub(super) fn mark(&mut self, label: &str) {
        self.tally.redacted(label);
        self.sink.marker(&marker(label));
    }

    /// Whether the container may be entered; else a marker stands in its place.
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

    /// Whether the containers in the one that is about to be opened may be entered.
    pub(super) fn may_go_deeper(&self) -> bool {
        self.above + self.frames.len() + 1 < MAX_DEPTH
    }

    /// Opens a container whose entries lie on the stack from `start` on.
    fn open(&mut self, node: &N, container: Container, start: usize) {
        let identity = node.identity();
        self.path.extend(identity);
        self.frames.push(Frame { start, next: start, end: self.entries.len(), on_path: identity.is_some() });
        self.sink.open(node, container);
    }

    /// Takes the entries from `start` on off the stack, with what stands in place of theirs: others take their places.
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

    fn enter_set(&mut self, node: &N, place: Place) {
        if self.may_enter(node) {
            let start = self.entries.len();
            if self.push_items(node, place.below(Spot::Item), false).is_some() {
                self.take_room_from(start);
                self.open(node, Container::Set, start);
            }
        }
    }

    fn enter_list(&mut self, node: &N, place: Place, fixed: bool) {
        if !self.may_enter(node) {
            return;
        }
        let start = self.entries.len();
        let are_lines = self.begin_lines(place);
        let below = place.below(if fixed { Spot::Lone } else { Spot::Item });
        let Some(older) = self.push_items(node, below, are_lines) else { return };
        if fixed {
            self.label_by_names(node, start, older, below);
        }
        self.hand_to_items(start);
        let before = self.entries.len();
        let left_out = if are_lines { self.leave_out_lines(start) } else { 0 };
        self.prepare_items(start, left_out);
        self.take_room_from(start);
        let dropped = older + before - self.entries.len();
        self.open(node, Container::List, start);
        for _ in 0..dropped {
            self.tally.dropped_one();
            self.sink.dropped();
        }
    }

    /// Labels items that have names as a map's members are for their keys. No more follows from the names, since in a file, where they
    /// are an array's, nothing is known of them. The first `older` items are not among the entries.
    fn label_by_names(&mut self, node: &N, start: usize, older: usize, place: Place) {
        let mut names: Vec<Vec<u8>> = Vec::new();
        node.item_names(|name| names.push(name.to_vec()));
        let mut beside = Beside::default();
        let names = names.get(older..).unwrap_or_default();
        for (entry, name) in self.entries[start..].iter_mut().zip(names) {
            let (facts, _) = self.keys.look(name, self.scrubber, &mut Tally::default());
            entry.place.label = facts.label.or(place.label);
            if Beside::listens_to(facts)
                && let Some(text) = entry.value.as_ref().and_then(Node::text)
            {
                beside.note(facts, text.bytes(), self.scrubber);
            }
        }
        for (entry, name) in self.entries[start..].iter_mut().zip(names) {
            beside.label_value(&mut entry.place, Role::of(name), place);
        }
    }

    /// Drops the first items, so many as are `left_out`, and what can be judged by its text; finds what depends on an item's neighbours.
    fn prepare_items(&mut self, start: usize, left_out: usize) {
        let scrubber = self.scrubber;
        let (mut split, mut named) = (false, false);
        let mut command = Command::default();
        let mut gone = Vec::new();
        let mut patience = Patience::new(self.cutoff);
        for (index, entry) in self.entries[start..].iter_mut().enumerate() {
            if patience.is_over() {
                return;
            }
            self.looked_at += 1;
            if index < left_out {
                gone.push(index);
            }
            let Some(text) = entry.value.as_ref().and_then(Node::text) else { continue };
            let text = text.bytes();
            let is_gone =
                index >= left_out && entry.place.spot == Spot::Item && sandbox::is_sandbox_text(text);
            // Under a sensitive key every item becomes a marker by itself.
            if entry.place.label.is_none() {
                if !is_gone {
                    command.see(text);
                }
                split |= scrubber.may_span_lines(text);
                named |= !is_gone && arguments::names_another(text, index == gone.len(), scrubber);
            }
            if is_gone {
                gone.push(index);
            } else {
                entry.place.judged |= entry.place.spot == Spot::Item;
            }
        }
        let maps = self.has_neighbouring_maps(start, &gone[left_out..]);
        if split || named || maps || command.is_one() {
            // What is dropped later must not stand between neighbours now: a second pass would find them side by side.
            let most = self.entries_left();
            let dropped = self.entries[start..].iter().enumerate().filter(|(_, entry)| {
                let item = entry.value.as_ref().filter(|item| {
                    entry.place.spot == Spot::Item
                        && item.is_map()
                        && item.size().is_none_or(|size| size <= most)
                        && !patience.is_over()
                });
                item.is_some_and(|item| sandbox::is_sandbox_item(item, &mut self.keys, scrubber))
            });
            gone.extend(dropped.map(|(index, _)| index));
            gone.sort_unstable();
            gone.dedup();
        }
        // A part of what is split may stand in an item that is dropped: it is looked for with them, and without.
        let items = &self.entries[start..];
        let longest = self.room.map_or(usize::MAX, |room| room.longest);
        let bounds = lines::Bounds { longest, cutoff: self.cutoff };
        let mut lines =
            if split { lines::split_findings(items, &gone, scrubber, bounds) } else { Vec::new() };
        if command.is_one() {
            lines.extend(arguments::secrets_in_command(items, &gone, scrubber));
            lines::merge(&mut lines);
        }
        let fields = if maps { self.split_fields(start, &gone) } else { Vec::new() };
        for (index, parts) in lines {
            lines::replace_in(&mut self.entries[start + index], parts, longest, &mut self.tally);
        }
        self.give(start, fields);
        self.drop_items(start, &gone);
        if named {
            arguments::label_named_items(&mut self.entries[start..], scrubber);
        }
    }

    /// Removes the entries from `start` on that are `gone`: their numbers in order.
    pub(super) fn drop_items(&mut self, start: usize, gone: &[usize]) {
        let Some(first) = gone.first() else { return };
        let first = start + first;
        let (mut kept, mut gone) = (first, gone.iter().peekable());
        for index in first..self.entries.len() {
            if gone.next_if(|gone| start + **gone == index).is_some() {
                self.given.forget_one(index);
            } else {
                self.entries.swap(kept, index);
                self.given.take(index, kept);
                kept += 1;
            }
        }
        self.entries.truncate(kept);
    }

    fn enter_map(&mut self, node: &N, place: Place) {
        if !self.may_enter(node) {
            return;
        }
        let start = self.entries.len();
        let Some(left_out) = self.push_members(node, place) else { return };
        self.take_room_from(start);
        let mut tally = Tally::default();
        (0..left_out).for_each(|_| tally.dropped_one());
        self.hand_down(start);
        let kind = self.prepare_members(start, place, &mut tally);
        match kind {
            Members::Sandbox => {
                self.drop_entries(start);
                return self.sandbox(place);
            }
            Members::Opaque if self.take_out(node, place, start) => return self.drop_entries(start),
            _ => {}
        }
        self.tally.add(&tally);
        self.open(node, Container::Map, start);
    }

    /// Finds what becomes of each member by its key and by the members beside it.
    fn prepare_members(&mut self, start: usize, place: Place, tally: &mut Tally) -> Members {
        let mut beside = Beside::default();
        let mut odd_keys = false;
        let mut members = Members::Ordinary;
        let mut patience = Patience::new(self.cutoff);
        for entry in &mut self.entries[start..] {
            if patience.is_over() {
                return members;
            }
            self.looked_at += 1;
            let (Some(key), Some(value)) = (&entry.key, &entry.value) else { continue };
            let key_text = key.key_text();
            let (facts, changed) = self.keys.look(key_text.bytes(), self.scrubber, tally);
            entry.changed = changed.is_some();
            if entry.changed || !key.is_plain_key() {
                odd_keys = true;
                entry.text = Some(changed.unwrap_or_else(|| key_text.bytes().to_vec()));
            }
            if place.to_judge() {
                if sandbox::member_says(facts, value) {
                    return Members::Sandbox;
                }
                if place.spot == Spot::Item
                    && let Some(text) = value.text()
                {
                    if sandbox::is_sandbox_text(text.bytes()) {
                        return Members::Sandbox;
                    }
                    entry.place.judged = true;
                }
            }
            if facts.role == Role::Opaque {
                members = Members::Opaque;
            }
            let judged = entry.place.judged;
            entry.place = Place { judged, ..place.member(facts) };
            if Beside::listens_to(facts)
                && let Some(text) = value.text()
            {
                beside.note(facts, text.bytes(), self.scrubber);
            }
        }
        if beside.says_something() {
            self.apply_beside(start, place, &beside);
            if self.entries[start..].iter().any(|entry| entry.place.hint == Hint::Opaque) {
                members = Members::Opaque;
            }
        }
        if odd_keys {
            self.keep_keys_apart(start);
        }
        members
    }

    /// Second look at the members whose meaning depends on others.
    fn apply_beside(&mut self, start: usize, place: Place, beside: &Beside) {
        for entry in &mut self.entries[start..] {
            let Some(key) = &entry.key else { continue };
            beside.apply(&mut entry.place, key.key_text().bytes(), place);
        }
    }

    /// Gives keys that would be equal in the sink a number.
    fn keep_keys_apart(&mut self, start: usize) {
        let mut names = Names::default();
        let mut patience = Patience::new(self.cutoff);
        for entry in &mut self.entries[start..] {
            if patience.is_over() {
                return;
            }
            let Some(key) = &entry.key else { continue };
            // A host's map keeps the number 1 and the string apart by itself.
            if !S::JSON && !entry.changed && !key.is_plain_key() {
                continue;
            }
            let numbered = match &entry.text {
                Some(text) => names.take(text),
                None => names.take(key.key_text().bytes()),
            };
            if numbered.is_some() {
                entry.text = numbered;
                entry.changed = true;
            }
        }
    }
}
