//! Items that a provider signed or encrypted: it takes them back unchanged or not at all.
//!
//! Whether something in such an item must be redacted shows only when all of it was walked over. So it is walked over twice,
//! first without writing, and goes as a whole where anything would change.

use super::frame::{Place, Spot};
use super::node::{Node, Shape};
use super::sink::{Container, Kind, Sink};
use super::walk::Walk;
use crate::scrub::{Tally, marker};

/// Where nothing is written. `JSON` is that of the sink it stands for, since it decides what is scrubbed.
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

/// Whether an item that stands here can be taken out: from a list, or with a marker in its place.
pub(super) fn may_go(place: Place) -> bool {
    matches!(place.spot, Spot::Item | Spot::Lone) && place.label.is_none()
}

/// The label for the marker in place of an item, from what was found in it.
pub(super) fn label(found: &Tally) -> &str {
    found.redactions().keys().next().map_or("SANDBOX", String::as_str)
}

impl<N: Node, S: Sink<N>> Walk<'_, N, S> {
    /// Takes out an opaque map, whose members are the entries from `start` on, where something in it must be redacted; says
    /// whether it did.
    pub(super) fn take_out(&mut self, node: &N, place: Place, start: usize) -> bool {
        // Inside an item that was looked at before, nothing has to go.
        if !may_go(place) || self.is_clean() {
            return false;
        }
        // A part of what is split over several items was counted when it was found.
        let given = self.given_label(start);
        let found = if given.is_some() {
            Tally::default()
        } else if S::JSON {
            self.try_out(node, place, Nothing::<true>)
        } else {
            self.try_out(node, place, Nothing::<false>)
        };
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

    fn try_out<T: Sink<N>>(&mut self, node: &N, place: Place, sink: T) -> Tally {
        let mut trial = self.trial(sink);
        trial.run_at(node, place);
        let (left, (_, found)) = ((trial.budget, trial.room), trial.finish());
        self.limit(left);
        found
    }
}
