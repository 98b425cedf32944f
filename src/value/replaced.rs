//! Replacements for texts that are still to be visited, because something was found in them together with
//! others.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::continuation::{Path, Split};
use super::fields::{ITEMS, item_name};
use super::frame::Entry;
use super::lines::{self, Part};
use super::node::{Node, Text};
use super::sink::Sink;
use super::walk::Walk;

/// Replacements for texts that are visited later, by the index of the entry that the text is in.
#[derive(Default)]
pub(super) struct Given(BTreeMap<usize, Vec<Replaced>>);

/// The replacement for the text of a field.
struct Replaced {
    /// The keys that lead from the entry to the field; empty if it is the entry itself.
    path: Path,
    text: Vec<u8>,
    /// The label of its first marker.
    label: Arc<str>,
}

impl Given {
    /// Whether there is a replacement for an entry, or below it.
    pub(super) fn is_for(&self, entry: usize) -> bool {
        self.0.contains_key(&entry)
    }

    fn add(&mut self, entry: usize, replaced: Replaced) {
        self.0.entry(entry).or_default().push(replaced);
    }

    /// Adds a replacement for the text of an entry, of which the given parts were replaced.
    pub(super) fn tell(&mut self, entry: usize, text: Vec<u8>, parts: &[Part]) {
        let label = parts.first().map_or_else(|| "SECRET".into(), |(_, label)| label.clone());
        self.add(entry, Replaced { path: Vec::new(), text, label });
    }

    /// Moves the replacements of one entry to another, whose own are discarded.
    pub(super) fn take(&mut self, from: usize, to: usize) {
        if let Some(replaced) = self.0.remove(&from) {
            self.0.insert(to, replaced);
        }
    }

    /// Discards the replacements of an entry.
    pub(super) fn forget_one(&mut self, entry: usize) {
        if !self.0.is_empty() {
            self.0.remove(&entry);
        }
    }

    /// Discards the replacements of the entries from `start` on, which are removed from the stack.
    pub(super) fn forget(&mut self, start: usize) {
        if !self.0.is_empty() {
            drop(self.0.split_off(&start));
        }
    }
}

impl<N: Node, S: Sink<N>> Walk<'_, N, S> {
    /// Stores replacements for fields of the maps among the items from `start` on.
    pub(super) fn give(&mut self, start: usize, found: Vec<Split<N::Text>>) {
        for split in found {
            let label = split.label();
            let text = lines::replace(split.text.bytes(), split.parts, &mut self.tally);
            let path = split.path.to_vec();
            self.given.add(start + split.item, Replaced { path, text, label });
        }
    }

    /// Passes the replacements for fields of the map being visited on to its members, the entries from
    /// `start` on.
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

    /// Passes the replacements for fields of the list being visited on to its items, the entries from `start`
    /// on.
    pub(super) fn hand_to_items(&mut self, start: usize) {
        for mut replaced in self.given.0.remove(&self.at).unwrap_or_default() {
            let named = |item: &usize| replaced.path.first().is_some_and(|name| *name == item_name(*item));
            if let Some(item) = (0..ITEMS.min(self.entries.len() - start)).find(named) {
                replaced.path.remove(0);
                self.given.add(start + item, replaced);
            }
        }
    }

    /// Returns the label of a replacement for a field of the map whose members are the entries from `start`
    /// on.
    pub(super) fn given_label(&self, start: usize) -> Option<Arc<str>> {
        let (_, replaced) = self.given.0.range(start..).next()?;
        replaced.first().map(|replaced| replaced.label.clone())
    }

    /// Takes the replacement for the text being visited.
    pub(super) fn given_text(&mut self) -> Option<Vec<u8>> {
        let of = self.given.0.get_mut(&self.at)?;
        let found = of.iter().position(|replaced| replaced.path.is_empty())?;
        Some(of.swap_remove(found).text)
    }
}
