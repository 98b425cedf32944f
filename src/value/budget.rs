//! Limits on how much of a tree is visited if time is short, and which part that is.
//!
//! Each container is granted room for its entries before any of them is examined. A container that finds no
//! room is replaced by a marker as a whole. Containers that must be kept (the whole document, the value of
//! `adapter`, a list of transcript lines) lose only some entries: the members after those that fit, except
//! those whose name tells what the document is, and the oldest lines. The room thus bounds the work of a
//! walk, whatever the tree.

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

/// The cost of an entry of a container, for examining and visiting it.
pub(super) const ENTRY_COST: u64 = 2 * NODE_COST;
/// The cost of an entry that was only counted.
const COUNT_COST: u64 = NODE_COST / 4;
/// How many bytes before the first line that is kept are searched together with it.
const BEFORE: u64 = 16 << 10;
/// The most members that are kept without room because their name tells what the document is.
const NAMED: usize = 1 << 10;
/// A text or key of at most this many bytes is searched even without room: a marker is not much shorter.
pub(super) const SHORT: usize = 64;

/// How much may be searched, in the units of the walk's budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// The length in bytes that longer texts are cut to.
    pub longest: usize,
    /// The room for transcript lines.
    pub lines: u64,
    /// The room for everything else.
    pub others: u64,
}

/// Decides how often to ask whether to give up: once for every [`STRIDE`] of the cost of examined entries.
pub(super) struct Patience<'c> {
    cutoff: Option<&'c Cutoff<'c>>,
    spent: u64,
}

impl<'c> Patience<'c> {
    pub(super) fn new(cutoff: Option<&'c Cutoff<'c>>) -> Self {
        Self { cutoff, spent: 0 }
    }

    /// Counts bytes that were read of an entry.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.spent = self.spent.saturating_add(bytes as u64);
    }

    /// Whether time is up; to be called for each entry.
    pub(super) fn is_over(&mut self) -> bool {
        let Some(cutoff) = self.cutoff else { return false };
        self.spent = self.spent.saturating_add(NODE_COST);
        if self.spent < STRIDE {
            return cutoff.was_passed();
        }
        self.spent = 0;
        cutoff.is_passed()
    }

    /// Like [`Self::is_over`], but always asks: for an entry that is searched together with others, which
    /// costs more than asking.
    pub(super) fn is_over_now(&self) -> bool {
        self.cutoff.is_some_and(Cutoff::is_passed)
    }
}

/// Collects the items of a list or set, at most `most`, and returns them with the number of those left out.
///
/// If there are more, the oldest are left out if `oldest_go`; otherwise the error is how many were counted in
/// vain.
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
    /// The cost of the members that are kept, with their keys.
    pub cost: u64,
}

/// Collects the members of a map for which there is room.
///
/// If some find no room, a `top` map keeps those that fit and those whose name tells what the document is;
/// for any other map the error is how many members were counted in vain. A key costs at most `longest`.
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

/// The cost of searching a key, in bytes; none if it is short.
fn key_cost<N: Node>(key: &N, longest: usize) -> u64 {
    let length = key.key_text().bytes().len();
    if length > SHORT { length.min(longest) as u64 } else { 0 }
}

/// Whether a top-level member is kept because of its name.
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
            // It may name what another member holds.
            || Role::of(name) != Role::None)
}

impl<'s, N: Node, S: Sink<N>> Walk<'s, N, S> {
    /// The number of entries for which there is room. A larger map is not examined, since a marker will
    /// replace it.
    pub(super) fn entries_left(&self) -> usize {
        usize::try_from(self.room_left() / ENTRY_COST).unwrap_or(usize::MAX)
    }

    fn room_left(&self) -> u64 {
        let room = self.room.map(|room| if self.in_lines.is_some() { room.lines } else { room.others });
        room.unwrap_or(u64::MAX)
    }

    /// How much of a text or a key is searched.
    pub(super) fn bounds(&self) -> Bounds<'s> {
        Bounds { longest: self.room.map_or(usize::MAX, |room| room.longest), cutoff: self.cutoff }
    }

    /// Like [`Self::bounds`], for the keys of an item that has taken no room for them yet: if room is
    /// limited, keys of more than [`SHORT`] bytes are cut.
    pub(super) fn bounds_of_keys(&self) -> Bounds<'s> {
        Bounds { longest: self.room.map_or(usize::MAX, |_| SHORT), cutoff: self.cutoff }
    }

    /// Takes `cost` from the room, or what is left of it; returns whether that was enough.
    pub(super) fn take_room(&mut self, cost: u64) -> bool {
        let Some(room) = &mut self.room else { return true };
        let left = if self.in_lines.is_some() { &mut room.lines } else { &mut room.others };
        let after = left.checked_sub(cost);
        *left = after.unwrap_or(0);
        after.is_some()
    }

    /// Takes the room for the entries from `start` on.
    pub(super) fn take_room_from(&mut self, start: usize) {
        self.take_room((self.entries.len() - start) as u64 * ENTRY_COST);
    }

    /// Takes room for a text and returns how many bytes of it are searched; `None` if there is no room. Short
    /// texts, identity fields and the current task are searched without room too.
    pub(super) fn part_of(&mut self, length: usize, place: Place) -> Option<usize> {
        let Some(room) = self.room else { return Some(length) };
        let part = room.longest.min(length);
        if self.take_room(part as u64) {
            return Some(part);
        }
        let stays = length <= SHORT || place.hint == Hint::Identity || place.spot == Spot::Task;
        stays.then_some(part.min(SHORTEST))
    }

    /// Whether a list that begins here is one of transcript lines, of which the oldest are left out. A
    /// document that is a list itself counts as one.
    pub(super) fn begin_lines(&mut self, place: Place) -> bool {
        let named = std::mem::take(&mut self.is_lines);
        let are_lines = self.room.is_some()
            && self.in_lines.is_none()
            && (named || place.spot == Spot::Root)
            // Replacements for its items are numbered from the first item, so none may be left out.
            && !self.given.is_for(self.at);
        if are_lines {
            self.in_lines = Some(self.depth());
        }
        are_lines
    }

    /// Pushes the items of a list or set onto the stack and returns how many of the oldest were left out;
    /// `None` if there is no room, and a marker has taken the place of the container.
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

    /// Like [`Self::push_items`] for the members of a map, but also takes their room.
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

    /// Leaves out the first of the transcript lines, which are the entries from `start` on. The last of the
    /// lines without room are not removed yet, since a secret may begin in them and go on in the next;
    /// returns how many these are.
    pub(super) fn leave_out_lines(&mut self, start: usize) -> usize {
        let Some(Room { longest, lines: most, .. }) = self.room else { return 0 };
        let lines = &self.entries[start..];
        // How many of the lines before `end` find no room.
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
