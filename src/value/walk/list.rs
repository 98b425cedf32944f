//! Lists, sets and tuples: which items are dropped, and what depends on neighbouring items.

use super::Walk;
use crate::scrub::Tally;
use crate::value::arguments::Command;
use crate::value::budget::Patience;
use crate::value::frame::{Place, Spot};
use crate::value::key::Role;
use crate::value::node::{Node, Text};
use crate::value::siblings::Beside;
use crate::value::sink::{Container, Sink};
use crate::value::{arguments, lines, sandbox};

/// What the texts among the items of one list say about the others.
#[derive(Default)]
struct Texts {
    /// The items that are dropped, as numbers in order.
    gone: Vec<usize>,
    /// Whether an item may hold a part of something that spans items.
    split: bool,
    /// Whether an item names another.
    named: bool,
    /// Whether the items are the words of a command line.
    command: bool,
}

impl<N: Node, S: Sink<N>> Walk<'_, N, S> {
    pub(super) fn enter_set(&mut self, node: &N, place: Place) {
        if self.may_enter(node) {
            let start = self.entries.len();
            if self.push_items(node, place.below(Spot::Item), false).is_some() {
                self.take_room_from(start);
                self.open(node, Container::Set, start);
            }
        }
    }

    pub(super) fn enter_list(&mut self, node: &N, place: Place, fixed: bool) {
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
        let taken_out = self.prepare_items(node, place, start, left_out);
        self.take_room_from(start);
        let dropped = older + before - self.entries.len();
        self.open(node, Container::List, start);
        for number in 0..dropped {
            // A dropped opaque item is counted by what was found in it.
            if number >= taken_out {
                self.tally.dropped_one();
            }
            self.sink.dropped();
        }
    }

    /// Labels the items of a named tuple by their names, as the members of a map are labelled by their keys.
    /// The names have no other effect: in a file, where the tuple is an array, nothing is known of them. The
    /// first `older` items are not among the entries.
    fn label_by_names(&mut self, node: &N, start: usize, older: usize, place: Place) {
        let mut names: Vec<Vec<u8>> = Vec::new();
        node.item_names(|name| names.push(name.to_vec()));
        let mut beside = Beside::default();
        let names = names.get(older..).unwrap_or_default();
        let bounds = self.bounds();
        for (entry, name) in self.entries[start..].iter_mut().zip(names) {
            let (facts, _) = self.keys.look(name, bounds, self.scrubber, &mut Tally::default());
            entry.place.label = facts.label.or(place.label);
            if Beside::listens_to(facts)
                && let Some(text) = entry.value.as_ref().and_then(Node::text)
            {
                beside.note(facts, text.bytes());
            }
        }
        for (entry, name) in self.entries[start..].iter_mut().zip(names) {
            beside.label_value(&mut entry.place, Role::of(name), place);
        }
    }

    /// Drops the first `left_out` items of a list and the items that are sandbox content by their text, and
    /// finds what depends on an item's neighbours. Returns how many of the dropped items were opaque ones.
    fn prepare_items(&mut self, list: &N, place: Place, start: usize, left_out: usize) -> usize {
        let mut patience = Patience::new(self.cutoff);
        let Some(texts) = self.look_at_texts(start, left_out, &mut patience) else { return 0 };
        let Texts { mut gone, split, named, command } = texts;
        let maps = self.has_neighbouring_maps(start, &gone[left_out..]);
        let (mut opaque, mut others) = (Vec::new(), gone.len());
        if split || named || maps || command {
            // What is dropped later must not separate neighbours now: a second pass would find them side by
            // side.
            self.add_sandbox_maps(start, &mut gone, &mut patience);
            others = gone.len();
            opaque = self.try_items(list, start, &mut gone);
        }
        let fields = if maps { self.split_fields_but(start, &mut gone, opaque) } else { Vec::new() };
        let taken_out = gone.len() - others;
        if split || command {
            self.replace_parts(start, &gone, split, command);
        }
        self.give(start, fields);
        self.drop_items(start, &gone);
        if named {
            arguments::label_named_items(&mut self.entries[start..], place, self.scrubber, patience);
        }
        taken_out
    }

    /// Looks at the texts of the items from `start` on, of which the first `left_out` are dropped; `None` if
    /// the walk is to give up.
    fn look_at_texts(&mut self, start: usize, left_out: usize, patience: &mut Patience<'_>) -> Option<Texts> {
        let scrubber = self.scrubber;
        let mut texts = Texts::default();
        let mut command = Command::default();
        // Whether all items before this one may be dropped, so that this one may become the first.
        let mut first = true;
        for (index, entry) in self.entries[start..].iter_mut().enumerate() {
            if patience.is_over() {
                return None;
            }
            self.looked_at += 1;
            if index < left_out {
                texts.gone.push(index);
            }
            let Some(text) = entry.value.as_ref().and_then(Node::text) else {
                first &= entry.value.as_ref().is_some_and(Node::is_map);
                continue;
            };
            let text = text.bytes();
            patience.spend(text.len());
            let is_gone =
                index >= left_out && entry.place.spot == Spot::Item && sandbox::is_sandbox_text(text);
            // Under a sensitive key every item is replaced by a marker of its own.
            if entry.place.label.is_none() {
                if !is_gone {
                    command.see(text);
                }
                texts.split = texts.split || lines::may_go_on(text, scrubber);
                texts.named |= !is_gone && arguments::names_another(text, first);
            }
            first &= is_gone || index < left_out;
            if is_gone {
                texts.gone.push(index);
            } else {
                entry.place.judged |= entry.place.spot == Spot::Item;
            }
        }
        texts.command = command.is_one();
        Some(texts)
    }

    /// Adds the items from `start` on that are maps of sandbox content to `gone`.
    fn add_sandbox_maps(&mut self, start: usize, gone: &mut Vec<usize>, patience: &mut Patience<'_>) {
        let (most, of_keys, scrubber) = (self.entries_left(), self.bounds_of_keys(), self.scrubber);
        let dropped = self.entries[start..].iter().enumerate().filter(|(_, entry)| {
            let item = entry.value.as_ref().filter(|item| {
                entry.place.spot == Spot::Item
                    && item.is_map()
                    && item.size().is_none_or(|size| size <= most)
                    && !patience.is_over_now()
            });
            item.is_some_and(|item| {
                sandbox::is_sandbox_map(item, &mut self.keys, of_keys, scrubber, patience)
            })
        });
        gone.extend(dropped.map(|(index, _)| index));
        gone.sort_unstable();
        gone.dedup();
    }

    /// Replaces the parts of the items from `start` on that belong to secrets which are `split` over items, or
    /// are secrets of the `command` that the items are.
    fn replace_parts(&mut self, start: usize, gone: &[usize], split: bool, command: bool) {
        let (items, bounds, scrubber) = (&self.entries[start..], self.bounds(), self.scrubber);
        // A dropped item may hold a part of a split secret, so the search is done with those items and
        // without.
        let mut parts = if split { lines::split_findings(items, gone, scrubber, bounds) } else { Vec::new() };
        if command {
            parts.extend(arguments::secrets_in_command(items, gone, scrubber));
            lines::merge(&mut parts);
        }
        for (index, parts) in parts {
            lines::replace_in(&mut self.entries[start + index], parts, bounds.longest, &mut self.tally);
        }
    }

    /// Removes the entries with the numbers in `gone`, which are in order and count from `start`.
    pub(in crate::value) fn drop_items(&mut self, start: usize, gone: &[usize]) {
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
}
