//! What stands in place of texts that are still to be visited: something was found in them together with others.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::continuation::{Path, Split};
use super::fields::{ITEMS, item_name};
use super::frame::Entry;
use super::lines::{self, Part};
use super::node::{Node, Text};
use super::sink::Sink;
use super::walk::Walk;

/// What stands in place of texts that are visited later, by the entry they stand in.
#[derive(Default)]
pub(super) struct Given(BTreeMap<usize, Vec<Replaced>>);

/// What stands in place of the text of a field.
struct Replaced {
    /// The keys that lead from the entry to the field; none where it is the entry's own.
    path: Path,
    text: Vec<u8>,
    /// What its first marker says.
    label: Arc<str>,
}

impl Given {
    /// Whether there is something for an entry.
    pub(super) fn is_for(&self, entry: usize) -> bool {
        self.0.contains_key(&entry)
    }

    fn add(&mut self, entry: usize, replaced: Replaced) {
        self.0.entry(entry).or_default().push(replaced);
    }

    /// Adds what stands in place of the text of an entry: the parts of it are told.
    pub(super) fn tell(&mut self, entry: usize, text: Vec<u8>, parts: &[Part]) {
        let label = parts.first().map_or_else(|| "SECRET".into(), |(_, label)| label.clone());
        self.add(entry, Replaced { path: Vec::new(), text, label });
    }

    /// Takes what was for one entry to another, whose own is forgotten.
    pub(super) fn take(&mut self, from: usize, to: usize) {
        if let Some(replaced) = self.0.remove(&from) {
            self.0.insert(to, replaced);
        }
    }

    /// Forgets what was for an entry.
    pub(super) fn forget_one(&mut self, entry: usize) {
        if !self.0.is_empty() {
            self.0.remove(&entry);
        }
    }

    /// Forgets what was for the entries from `start` on, which are taken off the stack.
    pub(super) fn forget(&mut self, start: usize) {
        if !self.0.is_empty() {
            drop(self.0.split_off(&start));
        }
    }
}

impl<N: Node, S: Sink<N>> Walk<'_, N, S> {
    /// Keeps what stands in place of fields of the maps among the items from `start` on.
    pub(super) fn give(&mut self, start: usize, found: Vec<Split<N::Text>>) {
        for split in found {
            let label = split.label();
            let text = lines::replace(split.text.bytes(), split.parts, &mut self.tally);
            let path = split.path.to_vec();
            self.given.add(start + split.item, Replaced { path, text, label });
        }
    }

    /// Hands what stands in place of fields of the map that is visited to its members, the entries from `start` on.
    pub(super) fn hand_down(&mut self, start: usize) {
        for mut replaced in self.given.0.remove(&self.at).unwrap_or_default() {
            let is_named = |member: &Entry<N>| {
                let key = member.key.as_ref().zip(replaced.path.first());
                key.is_some_and(|(key, name)| key.key_text().bytes() == name)
            };
            if let Some(member) = self.entries[start..].iter().position(is_named) {
                replaced.path.remove(0);
                self.given.add(start + member, replaced);
            }
        }
    }

    /// Hands what stands in place of fields of the list that is visited to its items, the entries from `start` on.
    pub(super) fn hand_to_items(&mut self, start: usize) {
        for mut replaced in self.given.0.remove(&self.at).unwrap_or_default() {
            let named = |item: &usize| replaced.path.first().is_some_and(|name| *name == item_name(*item));
            if let Some(item) = (0..ITEMS.min(self.entries.len() - start)).find(named) {
                replaced.path.remove(0);
                self.given.add(start + item, replaced);
            }
        }
    }

    /// The label of what stands in place of a field of the map whose members are the entries from `start` on.
    pub(super) fn given_label(&self, start: usize) -> Option<Arc<str>> {
        let (_, replaced) = self.given.0.range(start..).next()?;
        replaced.first().map(|replaced| replaced.label.clone())
    }

    /// What stands in place of the text that is visited.
    pub(super) fn given_text(&mut self) -> Option<Vec<u8>> {
        let of = self.given.0.get_mut(&self.at)?;
        let found = of.iter().position(|replaced| replaced.path.is_empty())?;
        Some(of.swap_remove(found).text)
    }
}
