//! Maps: what happens to each member because of its key and of the other members.

use super::Walk;
use crate::scrub::Tally;
use crate::value::budget::Patience;
use crate::value::command_output::{Words, holds_command};
use crate::value::frame::{Place, Spot};
use crate::value::key::{Holds, label_by_text};
use crate::value::lines::Bounds;
use crate::value::names::Names;
use crate::value::node::{Node, Text};
use crate::value::siblings::{Beside, holds_list};
use crate::value::sink::{Container, Sink};
use crate::value::{lines, sandbox};

/// What the members of a map reveal about the map as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Members {
    Ordinary,
    Sandbox,
    /// Signed or encrypted by a provider.
    Opaque,
}

impl<N: Node, S: Sink<N>> Walk<'_, N, S> {
    pub(super) fn enter_map(&mut self, node: &N, place: Place) {
        if !self.may_enter(node) {
            return;
        }
        let start = self.entries.len();
        let Some(left_out) = self.push_members(node, place) else { return };
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

    /// Determines what happens to each member because of its key and of the other members.
    fn prepare_members(&mut self, start: usize, place: Place, tally: &mut Tally) -> Members {
        let mut beside = Beside::at(place);
        let mut odd_keys = false;
        let mut patience = Patience::new(self.cutoff);
        for at in start..self.entries.len() {
            if patience.is_over() {
                return Members::Ordinary;
            }
            self.looked_at += 1;
            let Some(key_text) = self.entries[at].key.as_ref().map(Node::key_text) else { continue };
            let length = key_text.bytes().len();
            patience.spend(length);
            let bounds = if self.spend(length as u64) { self.bounds() } else { Bounds::NOTHING };
            let entry = &mut self.entries[at];
            let (Some(key), Some(value)) = (&entry.key, &entry.value) else { continue };
            let (facts, changed) = self.keys.look(key_text.bytes(), bounds, self.scrubber, tally);
            entry.changed = changed.is_some();
            if entry.changed || !key.is_plain_key() {
                odd_keys = true;
                entry.text = Some(changed.unwrap_or_else(|| key_text.bytes().to_vec()));
            }
            let by_text = place.to_judge() && place.spot == Spot::Item;
            let reads = by_text
                || place.label.is_some()
                || facts.by_text
                || facts.holds != Holds::Other
                || Beside::listens_to(facts);
            let text = if reads { value.text() } else { None };
            patience.spend(text.as_ref().map_or(0, |text| text.bytes().len()));
            if place.to_judge() {
                if sandbox::member_says(facts, value) {
                    return Members::Sandbox;
                }
                if by_text && let Some(text) = &text {
                    if sandbox::is_sandbox_text(text.bytes()) {
                        return Members::Sandbox;
                    }
                    entry.place.judged = true;
                }
            }
            let text = text.as_ref().map(Text::bytes);
            beside.add(facts, key_text.bytes(), text, place);
            let judged = entry.place.judged;
            entry.place = Place { judged, ..place.member(key_text.bytes(), facts) };
            if facts.by_text && place.label.is_none() {
                entry.place.label =
                    text.and_then(|text| label_by_text(key_text.bytes(), text, self.scrubber));
            }
            if Beside::listens_to(facts)
                && let Some(text) = text
            {
                beside.note(facts, text);
            }
        }
        if beside.is_open() {
            self.ask(start, &mut beside);
        }
        if beside.says_something() {
            self.apply_beside(start, place, &beside);
        }
        if odd_keys {
            self.keep_keys_apart(start);
        }
        if beside.is_opaque_item() { Members::Opaque } else { Members::Ordinary }
    }

    /// Finds what the members ask for, and the answer among them.
    fn ask(&mut self, start: usize, beside: &mut Beside) {
        let patience = Patience::new(self.cutoff);
        let most = self.entries_left();
        for entry in &self.entries[start..] {
            let (Some(key), Some(value)) = (&entry.key, &entry.value) else { continue };
            if patience.is_over_now() {
                continue;
            }
            let key = key.key_text();
            if let Some(text) = value.text() {
                beside.ask(key.bytes(), text.bytes());
            } else if holds_command(key.bytes())
                && value.is_list()
                && value.size().is_none_or(|size| size <= most)
            {
                let mut words = Words::default();
                value.items(|item| words.push(item.text().as_ref().map(Text::bytes)));
                beside.ask(key.bytes(), &words.0);
            }
        }
        if !beside.asks() {
            return;
        }
        for at in start..self.entries.len() {
            let entry = &self.entries[at];
            let (Some(key), Some(value)) = (&entry.key, &entry.value) else { continue };
            if patience.is_over_now() {
                return;
            }
            let key = key.key_text();
            if let Some(text) = value.text() {
                if let Some(parts) = beside.answer(key.bytes(), text.bytes(), self.scrubber)
                    && !self.given.is_for(at)
                {
                    let replaced = lines::replace(text.bytes(), parts.to_vec(), &mut self.tally);
                    self.given.tell(at, replaced, parts);
                }
            } else if holds_list(key.bytes())
                && value.is_list()
                && value.size().is_none_or(|size| size <= most)
            {
                let mut first = None;
                value.items(|item| first = first.take().or_else(|| item.text()));
                if let Some(text) = first {
                    beside.answer(key.bytes(), text.bytes(), self.scrubber);
                }
            }
        }
        beside.have_answered();
    }

    /// Updates the places of members that depend on other members.
    fn apply_beside(&mut self, start: usize, place: Place, beside: &Beside) {
        for entry in &mut self.entries[start..] {
            let Some(key) = &entry.key else { continue };
            beside.apply(&mut entry.place, key.key_text().bytes(), place);
        }
    }

    /// Adds a number to keys that would otherwise be equal in the sink.
    fn keep_keys_apart(&mut self, start: usize) {
        let mut names = Names::default();
        let mut patience = Patience::new(self.cutoff);
        for entry in &mut self.entries[start..] {
            if patience.is_over() {
                return;
            }
            let Some(key) = &entry.key else { continue };
            // A host's map keeps the number 1 and the string "1" apart by itself.
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
