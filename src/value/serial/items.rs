//! The items of a list that say something about each other: what happens to each.

use serde::ser::Serialize;

use super::adapter::{Parts, Placed};
use super::context::Context;
use super::fields::{Kept, collect};
use super::look::{Scan, look};
use super::watch::{Stop, Watch, watch, with_text};
use crate::scrub::Tally;
use crate::value::budget::Patience;
use crate::value::continuation::Split;
use crate::value::deltas::{Both, merge};
use crate::value::fields::item_name;
use crate::value::frame::{Entry, Place, Spot};
use crate::value::node::{Node, Shape};
use crate::value::{MAX_DEPTH, arguments, lines, opaque};

/// What happens to one item because of its neighbours.
#[derive(Default)]
pub(super) struct Item {
    pub fate: Fate,
    pub text: Option<Vec<u8>>,
    pub label: Option<&'static str>,
    /// For a map, the fields that hold parts of a secret which is split over several maps.
    pub parts: Vec<Split<Kept>>,
}

/// Whether an item is kept.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) enum Fate {
    #[default]
    Stays,
    /// Kept: opaque, and nothing in it needs redaction.
    Clean,
    /// Dropped as sandbox content.
    Sandbox,
    /// Dropped: opaque, because of what was found in it.
    Opaque(Tally),
}

impl Fate {
    pub(super) fn is_gone(&self) -> bool {
        matches!(self, Self::Sandbox | Self::Opaque(_))
    }
}

/// The texts of the direct items of one list, and which of the items are dropped. Apart from the ends of some
/// fields, this is the only part of a value that is held, and only if its items may say something about each
/// other.
pub(super) struct Items<'c, 's> {
    /// The place of the list.
    place: Place,
    /// The place of its items.
    below: Place,
    context: &'c Context<'s>,
    /// The parts in the list of secrets that are split over it and others.
    handed: &'c Parts<'c>,
    found: Vec<(Option<Vec<u8>>, Fate)>,
    /// The fields of the items, if maps are neighbours.
    chains: Option<Both<'s, Kept>>,
    /// The fields that hold a part of a split secret.
    split: Vec<Split<Kept>>,
}

impl Watch for Items<'_, '_> {
    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Stop> {
        let mut scan = Scan::new(self.below, self.context, false);
        watch(item, false, &mut scan)?;
        let mut own = None;
        if scan.look.is_text {
            with_text(item, |text| own = Some(text.to_vec()))?;
        }
        let fate = if scan.look.sandbox {
            Fate::Sandbox
        } else if scan.look.beside.is_opaque_item()
            && !self.context.is_clean()
            && opaque::may_go(self.below)
            && self.context.depth() + 1 < MAX_DEPTH
        {
            self.try_out(item)?
        } else {
            Fate::Stays
        };
        if let Some(chains) = &mut self.chains {
            collect(item, chains.fields())?;
            chains.item(fate.is_gone(), own.as_deref());
        }
        self.found.push((own, fate));
        Ok(())
    }
}

impl<'c, 's> Items<'c, 's> {
    /// Examines the items of a list at `place`; if `maps`, also the fields of neighbouring maps together.
    pub(super) fn of<T: Serialize + ?Sized>(
        list: &T,
        place: Place,
        bare: bool,
        maps: bool,
        handed: &'c Parts<'c>,
        context: &'c Context<'s>,
    ) -> Result<Self, Stop> {
        let chains = maps.then(|| Both::new(context.scrubber, &[]));
        let (found, split, below) = (Vec::new(), Vec::new(), place.below(Spot::Item));
        let mut items = Self { place, below, context, handed, found, chains, split };
        watch(list, bare, &mut items)?;
        let Some(chains) = items.chains.take() else { return Ok(items) };
        items.split = chains.finish();
        let is_clean = |index: &usize| items.found[*index].1 == Fate::Clean;
        let mut clean: Vec<usize> = (0..items.found.len()).filter(is_clean).collect();
        let mut more = !items.split.is_empty();
        for round in 1.. {
            let hit = opaque::take_hit(&mut clean, &items.split, round);
            if hit.is_empty() && (!more || round > opaque::ROUNDS) {
                break;
            }
            for index in hit {
                items.found[index].1 = Fate::Opaque(Tally::default());
            }
            let chains = Both::new(context.scrubber, &items.split);
            let mut again = Again { found: &items.found, at: 0, chains };
            watch(list, bare, &mut again)?;
            let again = again.chains.finish();
            more = merge(&mut items.split, again);
        }
        Ok(items)
    }

    /// Determines whether something in an opaque item must be redacted.
    fn try_out<T: Serialize + ?Sized>(&self, item: &T) -> Result<Fate, Stop> {
        let name = item_name(self.found.len());
        if self.handed.iter().any(|(path, _)| path.first() == Some(&name)) {
            return Ok(Fate::Opaque(Tally::default()));
        }
        let trial = self.context.trial();
        trial.descend();
        let look = look(item, self.below, false, &Parts::new(), &trial)?;
        let (place, parts) = (self.below, Parts::new());
        let mut nowhere = serde_json::Serializer::new(std::io::sink());
        let placed = Placed { value: item, context: &trial, place, look, given: None, parts };
        placed.serialize(&mut nowhere).map_err(|_| Stop::Refused)?;
        let found = trial.tally.borrow().clone();
        self.context.after(trial, false);
        Ok(if found == Tally::default() { Fate::Clean } else { Fate::Opaque(found) })
    }

    /// Decides what happens to each item, with the functions that the walk over trees uses for neighbouring
    /// items.
    pub(super) fn decide(self, split: bool, named: bool, command: bool) -> Vec<Item> {
        let (scrubber, place, below) = (self.context.scrubber, self.place, self.below);
        let gone = self.found.iter().enumerate().filter(|(_, (_, fate))| fate.is_gone());
        let gone: Vec<usize> = gone.map(|(index, _)| index).collect();
        let held = self.found.iter().map(|(text, _)| text.as_deref().map_or(Held::Other, Held::Text));
        let mut entries: Vec<Entry<Held>> = held.map(|held| Entry::item(held, below)).collect();
        let bounds = lines::Bounds::NONE;
        let mut found =
            if split { lines::split_findings(&entries, &gone, scrubber, bounds) } else { Vec::new() };
        if command {
            found.extend(arguments::secrets_in_command(&entries, &gone, scrubber));
            lines::merge(&mut found);
        }
        for (index, parts) in found {
            lines::replace_in(&mut entries[index], parts, usize::MAX, &mut self.context.tally.borrow_mut());
        }
        let mut parts: Vec<Vec<Split<Kept>>> = entries.iter().map(|_| Vec::new()).collect();
        for split in self.split {
            // A value that is shared and grows may have more items now than when it was looked at first.
            if let Some(parts) = parts.get_mut(split.item) {
                parts.push(split);
            }
        }
        let staying = entries.into_iter().zip(&self.found).filter(|(_, (_, fate))| !fate.is_gone());
        let mut staying: Vec<Entry<Held>> = staying.map(|(entry, _)| entry).collect();
        if named {
            arguments::label_named_items(&mut staying, place, scrubber, Patience::new(None));
        }
        let mut staying = staying.into_iter();
        let decide = |(fate, parts): (Fate, Vec<Split<Kept>>)| {
            let entry = if fate.is_gone() { None } else { staying.next() };
            let (text, label) = entry.map_or((None, None), |entry| (entry.text, entry.place.label));
            Item { fate, text, label, parts }
        };
        self.found.iter().map(|(_, fate)| fate.clone()).zip(parts).map(decide).collect()
    }
}

/// Collects the fields of the items once more, apart from those that are dropped.
struct Again<'i, 's> {
    found: &'i [(Option<Vec<u8>>, Fate)],
    at: usize,
    chains: Both<'s, Kept>,
}

impl Watch for Again<'_, '_> {
    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Stop> {
        collect(item, self.chains.fields())?;
        let found = self.found.get(self.at);
        let text = found.and_then(|(text, _)| text.as_deref());
        self.chains.item(found.is_some_and(|(_, fate)| fate.is_gone()), text);
        self.at += 1;
        Ok(())
    }
}

/// An item of which at most the text is held.
#[derive(Clone, Copy)]
enum Held<'t> {
    Text(&'t [u8]),
    Other,
}

impl<'t> Node for Held<'t> {
    type Text = &'t [u8];

    fn shape(&self) -> Shape<&'t [u8]> {
        self.text().map_or(Shape::Null, Shape::Text)
    }

    fn text(&self) -> Option<&'t [u8]> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other => None,
        }
    }

    fn is_map(&self) -> bool {
        false
    }

    fn is_list(&self) -> bool {
        false
    }

    fn key_text(&self) -> &'t [u8] {
        self.text().unwrap_or_default()
    }

    fn is_plain_key(&self) -> bool {
        true
    }

    fn items(&self, _: impl FnMut(Self)) {}

    fn entries(&self, _: impl FnMut(Self, Self)) {}
}
