//! How much of a tree is visited where time is short, and which part of it.
//!
//! Each container is given room for its entries before any of them is looked at closely. What finds none goes as a whole, with a marker in
//! its place; of what has to stay (the whole, what stands under `adapter`, a list of transcript lines) the members behind the others go, but
//! not those that say what it is, and the oldest lines. So what a walk does is bounded by the room, whatever the tree.

use std::collections::VecDeque;

use super::deadline::{LINES, SHORTEST, STRIDE};
use super::frame::{Entry, Hint, Place, Spot};
use super::key::{Role, names_identity};
use super::lengths::Lengths;
use super::lines::Bounds;
use super::node::{Node, Text};
use super::sink::Sink;
use super::walk::{NODE_COST, Walk};
use crate::cutoff::Cutoff;

/// What an entry of a container costs, to be looked at and to be visited.
pub(super) const ENTRY_COST: u64 = 2 * NODE_COST;
/// What an entry costs that was only counted.
const COUNT_COST: u64 = NODE_COST / 4;
/// So much in front of the first line that stays is looked at with it.
const BEFORE: u64 = 16 << 10;
/// So many members are looked at, whatever the room, which say what the whole is.
const NAMED: usize = 1 << 10;
/// A text or key of so many bytes is searched, whatever the room: a marker is not much shorter.
pub(super) const SHORT: usize = 64;

/// How much is searched, as the walk counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// A longer text is cut, in bytes.
    pub longest: usize,
    /// Of transcript lines.
    pub lines: u64,
    /// Of everything else.
    pub others: u64,
}

/// Asks whether to give up, as often as the walk does: after so much of what entries cost that are looked at.
pub(super) struct Patience<'c> {
    cutoff: Option<&'c Cutoff<'c>>,
    spent: u64,
}

impl<'c> Patience<'c> {
    pub(super) fn new(cutoff: Option<&'c Cutoff<'c>>) -> Self {
        Self { cutoff, spent: 0 }
    }

    /// Counts what is read of an entry, in bytes.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.spent = self.spent.saturating_add(bytes as u64);
    }

    /// Whether it is over, asked for each entry.
    pub(super) fn is_over(&mut self) -> bool {
        let Some(cutoff) = self.cutoff else { return false };
        self.spent = self.spent.saturating_add(NODE_COST);
        if self.spent < STRIDE {
            return cutoff.was_passed();
        }
        self.spent = 0;
        cutoff.is_passed()
    }

    /// The same for an entry that is searched together with others, which costs more than to ask.
    pub(super) fn is_over_now(&self) -> bool {
        self.cutoff.is_some_and(Cutoff::is_passed)
    }
}

/// The items of a list or set and how many were left out, or how many were counted in vain of more than `most`. Where the `oldest_go` it
/// is never too many.
pub(super) fn items<N: Node>(node: &N, most: usize, oldest_go: bool) -> Result<(VecDeque<N>, usize), usize> {
    let too_many = node.size().map_or(0, |size| size.saturating_sub(most));
    if too_many > 0 && !oldest_go {
        return Err(0);
    }
    let (mut kept, mut seen) = (VecDeque::new(), 0);
    node.items(|item| {
        seen += 1;
        if seen <= too_many || most == 0 || !oldest_go && seen > most {
            return;
        }
        if kept.len() == most {
            kept.pop_front();
        }
        kept.push_back(item);
    });
    if oldest_go || seen <= most {
        let left_out = seen - kept.len();
        Ok((kept, left_out))
    } else {
        Err(seen)
    }
}

/// The members of a map for which there is room.
pub(super) struct Members<N> {
    pub kept: Vec<(N, N)>,
    pub left_out: usize,
    /// What those cost that stay, with their keys.
    pub cost: u64,
}

/// The members of a map, or how many were counted in vain where there is too little room. Of a `top` one it is never too little: those
/// that say what it is stay. Keys are cut to the `longest`.
pub(super) fn members<N: Node>(node: &N, room: u64, longest: usize, top: bool) -> Result<Members<N>, usize> {
    if !top && node.size().is_some_and(|size| size as u64 > room / ENTRY_COST) {
        return Err(0);
    }
    let (mut kept, mut seen, mut named, mut cost, mut full) = (Vec::new(), 0, 0, 0, false);
    node.entries(|key, value| {
        seen += 1;
        let more = if full { 0 } else { ENTRY_COST + key_cost(&key, longest) };
        full |= cost + more > room;
        if full {
            if !top || named == NAMED || !says_what_it_is(&key) {
                return;
            }
            named += 1;
        }
        cost += if full { ENTRY_COST } else { more };
        kept.push((key, value));
    });
    if full && !top {
        return Err(seen);
    }
    let left_out = seen - kept.len();
    Ok(Members { kept, left_out, cost })
}

/// What is searched of a key that is not short, in bytes.
fn key_cost<N: Node>(key: &N, longest: usize) -> u64 {
    let length = key.key_text().bytes().len();
    if length > SHORT { length.min(longest) as u64 } else { 0 }
}

/// Whether a member at the top stays because of its name.
fn says_what_it_is<N: Node>(key: &N) -> bool {
    if !key.is_plain_key() {
        return false;
    }
    let text = key.key_text();
    let name = text.bytes();
    name.len() <= SHORT
        && (matches!(name, b"active_tasks" | b"uptime_seconds")
            || name == LINES
            || names_identity(name)
            // It may say what another is.
            || Role::of(name) != Role::None)
}

impl<'s, N: Node, S: Sink<N>> Walk<'s, N, S> {
    /// How many entries find room; of a larger map nothing is looked at, as a marker will stand in its place.
    pub(super) fn entries_left(&self) -> usize {
        usize::try_from(self.room_left() / ENTRY_COST).unwrap_or(usize::MAX)
    }

    fn room_left(&self) -> u64 {
        let room = self.room.map(|room| if self.in_lines.is_some() { room.lines } else { room.others });
        room.unwrap_or(u64::MAX)
    }

    /// How much is looked at of a text or a key.
    pub(super) fn bounds(&self) -> Bounds<'s> {
        Bounds { longest: self.room.map_or(usize::MAX, |room| room.longest), cutoff: self.cutoff }
    }

    /// The same of the keys of an item that takes no room for them yet: of a longer one nothing follows.
    pub(super) fn bounds_of_keys(&self) -> Bounds<'s> {
        Bounds { longest: self.room.map_or(usize::MAX, |_| SHORT), cutoff: self.cutoff }
    }

    /// Takes as much of the room as there is; whether it was enough.
    pub(super) fn take_room(&mut self, cost: u64) -> bool {
        let Some(room) = &mut self.room else { return true };
        let left = if self.in_lines.is_some() { &mut room.lines } else { &mut room.others };
        let after = left.checked_sub(cost);
        *left = after.unwrap_or(0);
        after.is_some()
    }

    /// Takes the room of the entries from `start` on.
    pub(super) fn take_room_from(&mut self, start: usize) {
        self.take_room((self.entries.len() - start) as u64 * ENTRY_COST);
    }

    /// How much of a text is searched; none of it where there is no room. What says what the whole is has some of its own.
    pub(super) fn part_of(&mut self, length: usize, place: Place) -> Option<usize> {
        let Some(room) = self.room else { return Some(length) };
        let part = room.longest.min(length);
        if self.take_room(part as u64) {
            return Some(part);
        }
        let stays = length <= SHORT || place.hint == Hint::Identity || place.spot == Spot::Task;
        stays.then_some(part.min(SHORTEST))
    }

    /// Whether a list that begins here is one of transcript lines, of which the oldest go. A whole that is a list counts as one.
    pub(super) fn begin_lines(&mut self, place: Place) -> bool {
        let named = std::mem::take(&mut self.is_lines);
        let are_lines = self.room.is_some()
            && self.in_lines.is_none()
            && (named || place.spot == Spot::Root)
            // What is handed to items counts from the first.
            && !self.given.is_for(self.at);
        if are_lines {
            self.in_lines = Some(self.depth());
        }
        are_lines
    }

    /// Puts the items of a list or set on the stack, and says how many of the oldest were left out; nothing where they find no room.
    pub(super) fn push_items(&mut self, node: &N, below: Place, oldest_go: bool) -> Option<usize> {
        if self.room.is_none() {
            let mut patience = Patience::new(self.cutoff);
            node.items(|item| {
                if !patience.is_over() {
                    self.entries.push(Entry::item(item, below));
                }
            });
            return Some(0);
        }
        let before = if oldest_go { usize::try_from(BEFORE / ENTRY_COST).unwrap_or_default() } else { 0 };
        match items(node, self.entries_left() + before, oldest_go) {
            Ok((items, left_out)) => {
                self.entries.extend(items.into_iter().map(|item| Entry::item(item, below)));
                Some(left_out)
            }
            Err(counted) => self.no_room(counted),
        }
    }

    /// The same for the members of a map, and takes their room.
    pub(super) fn push_members(&mut self, node: &N, place: Place) -> Option<usize> {
        let below = place.below(Spot::Lone);
        if self.room.is_none() {
            let mut patience = Patience::new(self.cutoff);
            node.entries(|key, value| {
                if !patience.is_over() {
                    self.entries.push(Entry::member(key, value, below));
                }
            });
            return Some(0);
        }
        let longest = self.bounds().longest;
        match members(node, self.room_left(), longest, place.is_top()) {
            Ok(Members { kept, left_out, cost }) => {
                self.entries.extend(kept.into_iter().map(|(key, value)| Entry::member(key, value, below)));
                self.take_room(cost);
                Some(left_out)
            }
            Err(counted) => self.no_room(counted),
        }
    }

    fn no_room(&mut self, counted: usize) -> Option<usize> {
        self.take_room(counted as u64 * COUNT_COST);
        self.mark("TRUNCATED");
        None
    }

    /// Leaves out the first of the transcript lines that are the entries from `start` on. The last of these stay for now, since a secret may
    /// begin in them that goes on in the next: says how many.
    pub(super) fn leave_out_lines(&mut self, start: usize) -> usize {
        let Some(Room { longest, lines: most, .. }) = self.room else { return 0 };
        let lines = &self.entries[start..];
        // How many lines in front of `end` do not find room.
        let without = |end: usize, mut room: u64| {
            let last = lines[..end].iter().rposition(|entry| {
                let cost = entry.value.as_ref().map_or(0, |line| Lengths::of_line(line, most).cut(longest));
                let left = room.checked_sub(cost);
                room = left.unwrap_or(0);
                left.is_none()
            });
            last.map_or(0, |last| last + 1)
        };
        let left_out = without(lines.len(), most);
        let far = without(left_out, BEFORE);
        self.drop_items(start, &(0..far).collect::<Vec<_>>());
        left_out - far
    }
}
