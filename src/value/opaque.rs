//! Items that a provider signed or encrypted: it accepts them unchanged or not at all.
//!
//! Whether something in such an item must be redacted is known only after a walk over all of it. So it is
//! walked over twice, first without output, and removed as a whole if anything would change. In a list whose
//! items say something about each other this is decided for all of them beforehand: once an item is removed,
//! its neighbours are side by side.

use super::budget::Patience;
use super::continuation::Split;
use super::deltas::merge;
use super::frame::{Place, Spot};
use super::key::Cache;
use super::lines::{self, Bounds};
use super::node::{Node, Shape, Text};
use super::sink::{Container, Kind, Sink};
use super::walk::Walk;
use crate::Scrubber;
use crate::scrub::{Evidence, Tally, marker};

/// How often the items are searched again without what was found in them. After that, all opaque items are
/// removed if one of them holds a part of something that is split over several.
pub(super) const ROUNDS: usize = 4;

/// A sink that writes nothing. `JSON` is that of the sink it represents, since it decides what is scrubbed.
struct Nothing<const JSON: bool>;

impl<N: Node, const JSON: bool> Sink<N> for Nothing<JSON> {
    const JSON: bool = JSON;

    fn plain(&mut self, _: &N, _: &Shape<N::Text>) {}
    fn kept(&mut self, _: &N, _: &[u8], _: Kind) {}
    fn replaced(&mut self, _: &N, _: &[u8], _: Kind) {}
    fn marker(&mut self, _: &str) {}
    fn open(&mut self, _: &N, _: Container) {}
    fn key(&mut self, _: &N, _: &[u8], _: bool) {}
    fn dropped(&mut self) {}
    fn close(&mut self) {}
}

/// Whether an item at `place` can be removed, from a list or with a marker in its place.
pub(super) fn may_go(place: Place) -> bool {
    matches!(place.spot, Spot::Item | Spot::Lone) && place.label.is_none()
}

/// Returns the label of the marker that replaces an item, based on what was found in it.
pub(super) fn label(found: &Tally) -> &str {
    found.redactions().keys().next().map_or("SANDBOX", String::as_str)
}

impl<N: Node, S: Sink<N>> Walk<'_, N, S> {
    /// Removes an opaque map, whose members are the entries from `start` on, if something in it must be
    /// redacted; returns whether it did.
    pub(super) fn take_out(&mut self, node: &N, place: Place, start: usize) -> bool {
        // Inside an item that was already checked, nothing needs redaction.
        if !may_go(place) || self.is_clean() {
            return false;
        }
        // A part of a secret that is split over several items was counted when it was found.
        let given = self.given_label(start);
        let known = given.is_some() || place.tried;
        let found = if known { Tally::default() } else { self.try_out(node, place, None) };
        if found == Tally::default() && given.is_none() {
            self.clean_inside();
            return false;
        }
        self.tally.add(&found);
        if place.spot == Spot::Item {
            self.sink.dropped();
        } else {
            self.sink.marker(&marker(given.as_deref().unwrap_or(label(&found))));
        }
        true
    }

    /// Returns what would be redacted in an item: of `list`, if that is not open yet.
    fn try_out(&mut self, node: &N, place: Place, list: Option<&N>) -> Tally {
        if S::JSON {
            self.try_into(node, place, list, Nothing::<true>)
        } else {
            self.try_into(node, place, list, Nothing::<false>)
        }
    }

    fn try_into<T: Sink<N>>(&mut self, node: &N, place: Place, list: Option<&N>, sink: T) -> Tally {
        let mut trial = self.trial(sink, list);
        trial.run_at(node, place);
        let (left, (_, found)) = ((trial.budget, trial.room), trial.finish());
        self.limit(left);
        found
    }

    /// Finds the opaque items of `list`, whose items are the entries from `start` on. Adds those in which
    /// something must be redacted to `gone`, and returns the others. Both are numbers in order.
    pub(super) fn try_items(&mut self, list: &N, start: usize, gone: &mut Vec<usize>) -> Vec<usize> {
        let mut clean = Vec::new();
        if self.is_clean() || !self.may_go_deeper() {
            return clean;
        }
        let (most, bounds, scrubber) = (self.entries_left(), self.bounds_of_keys(), self.scrubber);
        let mut patience = Patience::new(self.cutoff);
        let mut dirty = Vec::new();
        for index in 0..self.entries.len() - start {
            let entry = &self.entries[start + index];
            let Some(item) = entry.value.as_ref().filter(|item| item.is_map()) else { continue };
            let small = item.size().is_none_or(|size| size <= most);
            if !may_go(entry.place) || !small || gone.binary_search(&index).is_ok() {
                continue;
            }
            if patience.is_over_now() {
                break;
            }
            if !is_opaque_item(item, &mut self.keys, bounds, scrubber, &mut patience) {
                continue;
            }
            let (item, place) = (item.clone(), entry.place);
            // A part of a secret that is split over several items was counted when it was found.
            if self.given.is_for(start + index) {
                dirty.push(index);
                continue;
            }
            let found = self.try_out(&item, place, Some(list));
            if found == Tally::default() {
                self.entries[start + index].place.tried = true;
                clean.push(index);
            } else {
                self.tally.add(&found);
                dirty.push(index);
            }
        }
        gone.extend(dirty);
        gone.sort_unstable();
        clean
    }

    /// Finds the fields of the items from `start` on that hold a part of a split secret, among all of them
    /// and without those in `gone`. Items in `opaque` that hold such a part are added to `gone`. Then the
    /// search is repeated, as what was found is no longer there.
    pub(super) fn split_fields_but(
        &mut self,
        start: usize,
        gone: &mut Vec<usize>,
        mut opaque: Vec<usize>,
    ) -> Vec<Split<N::Text>> {
        let mut found = self.split_fields(start, gone, &[]);
        let mut more = !found.is_empty();
        for round in 1.. {
            let hit = take_hit(&mut opaque, &found, round);
            if hit.is_empty() && (!more || round > ROUNDS) {
                break;
            }
            gone.extend(hit);
            gone.sort_unstable();
            let again = self.split_fields(start, gone, &found);
            more = merge(&mut found, again);
        }
        found.retain(|split| {
            let stays = gone.binary_search(&split.item).is_err();
            if !stays {
                lines::count(&split.parts, &mut self.tally);
            }
            stays
        });
        found
    }
}

/// Removes the items from `opaque` that hold a part of what was found, and returns them; after the last round
/// all, if any of them holds one.
pub(super) fn take_hit<T>(opaque: &mut Vec<usize>, found: &[Split<T>], round: usize) -> Vec<usize> {
    let has_part = |item: &usize| found.binary_search_by_key(item, |split| split.item).is_ok();
    if round <= ROUNDS {
        opaque.extract_if(.., |item| has_part(item)).collect()
    } else if opaque.iter().any(has_part) {
        std::mem::take(opaque)
    } else {
        Vec::new()
    }
}

/// Whether an item of a list is one that a provider signed or encrypted.
fn is_opaque_item<N: Node>(
    item: &N,
    keys: &mut Cache,
    bounds: Bounds<'_>,
    scrubber: &Scrubber,
    patience: &mut Patience<'_>,
) -> bool {
    let mut evidence = Evidence::default();
    item.entries(|key, value| {
        if patience.is_over() {
            return;
        }
        let key = key.key_text();
        let (facts, _) = keys.look(key.bytes(), bounds, scrubber, &mut Tally::default());
        evidence.add(facts.member(key.bytes()));
        if facts.is_type()
            && let Some(text) = value.text()
        {
            evidence.add_type(text.bytes());
        }
    });
    evidence.is_item()
}
