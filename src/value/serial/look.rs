//! What must be known of a value before it is written: whether it is sandbox content, and what its children say about each
//! other.

use serde::ser::Serialize;

use super::context::Context;
use super::fields::{Kept, collect};
use super::second::look_again;
use super::watch::{Stop, Watch, watch, with_text};
use crate::scrub::Tally;
use crate::value::MAX_DEPTH;
use crate::value::arguments::Command;
use crate::value::beside::Beside;
use crate::value::chain::Split;
use crate::value::deltas::Both;
use crate::value::frame::{Entry, Place, Spot};
use crate::value::key::{Holds, Role};
use crate::value::node::{Node, Shape};
use crate::value::room::Patience;
use crate::value::sandbox::{is_sandbox_text, says};
use crate::value::{arguments, lines};

/// What was seen of a value.
#[derive(Default)]
pub(super) struct Look {
    /// Whether it is sandbox content where it stands.
    pub sandbox: bool,
    /// Whether it is a text.
    pub is_text: bool,
    /// What the members of a map say about each other.
    pub beside: Beside,
    /// The name of the variant whose content is a container.
    pub variant: Option<&'static str>,
    /// Whether it is an item that a provider signed or encrypted.
    pub opaque: bool,
    /// The marker in place of such an item, because something in it must be redacted.
    pub gone: Option<String>,
    /// Of a list whose items say something about each other: what becomes of each.
    pub items: Option<Vec<Item>>,
}

/// What becomes of one item by what stands beside it.
#[derive(Default)]
pub(super) struct Item {
    pub dropped: bool,
    pub text: Option<Vec<u8>>,
    pub label: Option<&'static str>,
    /// Of a map, the fields that have parts of something that is split over several maps.
    pub parts: Vec<Split<Kept>>,
}

/// Looks at a value that stands at `place`; `bare` takes its variant off.
pub(super) fn look<T: Serialize + ?Sized>(
    value: &T,
    place: Place,
    bare: bool,
    context: &Context<'_>,
) -> Result<Look, Stop> {
    let deep = context.depth() >= MAX_DEPTH;
    let mut scan = Scan::new(place, context, deep);
    watch(value, bare, &mut scan)?;
    if scan.look.beside.is_open() && !scan.look.sandbox {
        look_again(value, bare, &mut scan.look.beside, context.scrubber)?;
    }
    let Scan { mut look, split, named, command, maps, roles, .. } = scan;
    look.opaque = roles.iter().any(|role| look.beside.makes_opaque(*role));
    // Deeper than that no map is looked into.
    let maps = maps && context.depth() + 1 < MAX_DEPTH;
    let command = command.is_one();
    if split || named || maps || command {
        let chains = maps.then(|| Both::new(context.scrubber));
        let mut items = Items { place, below: place.below(Spot::Item), context, found: Vec::new(), chains };
        watch(value, bare, &mut items)?;
        look.items = Some(items.decide(split, named, command));
    }
    Ok(look)
}

/// The look at a value and its direct children.
// Each is a fact of its own, and none a state that excludes another.
#[allow(clippy::struct_excessive_bools)]
struct Scan<'c, 's> {
    place: Place,
    context: &'c Context<'s>,
    /// Whether a container here will be a marker, whatever it holds.
    deep: bool,
    look: Look,
    /// Whether every item before was dropped.
    first: bool,
    /// Whether an item may be a part of something that spans items.
    split: bool,
    /// Whether an item names another.
    named: bool,
    /// Whether the items are the words of a command line.
    command: Command,
    /// Whether maps stand side by side, and whether the last item was one.
    maps: bool,
    after_map: bool,
    /// The parts that the members met so far play, of those which may make the map an opaque item.
    roles: Vec<Role>,
}

impl<'c, 's> Scan<'c, 's> {
    fn new(place: Place, context: &'c Context<'s>, deep: bool) -> Self {
        Self {
            place,
            context,
            deep,
            look: Look { beside: Beside::at(place), ..Look::default() },
            first: true,
            split: false,
            named: false,
            command: Command::default(),
            maps: false,
            after_map: false,
            roles: Vec::new(),
        }
    }
}

impl Watch for Scan<'_, '_> {
    fn text(&mut self, text: &[u8]) -> Result<(), Stop> {
        self.look.is_text = true;
        self.look.sandbox = self.place.to_judge() && is_sandbox_text(text);
        Ok(())
    }

    fn container(&mut self, _: bool) -> Result<(), Stop> {
        if self.deep { Err(Stop::Enough) } else { Ok(()) }
    }

    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Stop> {
        // Under a sensitive key every item becomes a marker by itself.
        if self.place.label.is_some() {
            return Err(Stop::Enough);
        }
        let mut dropped = false;
        let is_map = with_text(item, |text| {
            let split = !self.split && self.context.scrubber.may_span_lines(text);
            let named = !self.named && arguments::names_another(text, self.first, self.context.scrubber);
            dropped = is_sandbox_text(text);
            self.split |= split;
            self.named |= named && !dropped;
            if !dropped {
                self.command.see(text);
            }
        })?;
        self.first &= dropped;
        self.maps |= is_map && self.after_map;
        self.after_map = is_map || dropped && self.after_map;
        Ok(())
    }

    fn member<T: Serialize + ?Sized>(&mut self, key: &[u8], value: &T) -> Result<(), Stop> {
        let scrubber = self.context.scrubber;
        let facts = self.context.look_up(key, &mut Tally::default()).0;
        if matches!(facts.role, Role::Opaque | Role::Signature | Role::Data) {
            self.roles.push(facts.role);
        }
        let mut said = None;
        let type_of = self.place.label.is_some() && facts.role == Role::Type;
        if type_of || facts.holds != Holds::Other && self.place.label.is_none() {
            with_text(value, |text| said = Some(text.to_vec()))?;
        }
        self.look.beside.meet(facts, key, said.as_deref(), self.place);
        let judge = self.place.to_judge();
        let told = judge && matches!(facts.role, Role::Source | Role::Tool | Role::Name);
        let marked = judge && self.place.spot == Spot::Item;
        if !told && !marked && !Beside::listens_to(facts) {
            return Ok(());
        }
        with_text(value, |text| {
            self.look.sandbox |= told && says(facts.role, text) || marked && is_sandbox_text(text);
            if Beside::listens_to(facts) {
                self.look.beside.note(facts, text, scrubber);
            }
        })?;
        if self.look.sandbox { Err(Stop::Enough) } else { Ok(()) }
    }

    fn variant(&mut self, name: &'static str) -> Result<(), Stop> {
        self.look.variant = Some(name);
        Ok(())
    }
}

/// The texts of the direct items of one list, and which items are dropped: the only part of a value that is held, and only
/// where an item may begin a block that spans items, or names the one after it.
struct Items<'c, 's> {
    /// Where the list stands, and its items.
    place: Place,
    below: Place,
    context: &'c Context<'s>,
    found: Vec<(Option<Vec<u8>>, bool)>,
    /// The fields of maps side by side, if there are such.
    chains: Option<Both<'s, Kept>>,
}

impl Watch for Items<'_, '_> {
    fn text(&mut self, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }

    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Stop> {
        let mut scan = Scan::new(self.below, self.context, false);
        watch(item, false, &mut scan)?;
        let mut own = None;
        if scan.look.is_text {
            with_text(item, |text| own = Some(text.to_vec()))?;
        }
        if let Some(chains) = &mut self.chains {
            collect(item, chains.fields())?;
            chains.item(scan.look.sandbox);
        }
        self.found.push((own, scan.look.sandbox));
        Ok(())
    }

    fn member<T: Serialize + ?Sized>(&mut self, _: &[u8], _: &T) -> Result<(), Stop> {
        Err(Stop::Enough)
    }

    fn variant(&mut self, _: &'static str) -> Result<(), Stop> {
        Ok(())
    }
}

impl Items<'_, '_> {
    /// What becomes of each item, by what the walk over trees does with items side by side.
    fn decide(self, split: bool, named: bool, command: bool) -> Vec<Item> {
        let (scrubber, place, below) = (self.context.scrubber, self.place, self.below);
        let gone = self.found.iter().enumerate().filter(|(_, (_, dropped))| *dropped);
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
        for split in self.chains.map(Both::finish).unwrap_or_default() {
            parts[split.item].push(split);
        }
        let staying = entries.into_iter().zip(&self.found).filter(|(_, (_, dropped))| !dropped);
        let mut staying: Vec<Entry<Held>> = staying.map(|(entry, _)| entry).collect();
        if named {
            arguments::label_named_items(&mut staying, place, scrubber, Patience::new(None));
        }
        let mut staying = staying.into_iter();
        let decide = |(dropped, parts): (bool, Vec<Split<Kept>>)| {
            let entry = if dropped { None } else { staying.next() };
            let (text, label) = entry.map_or((None, None), |entry| (entry.text, entry.place.label));
            Item { dropped, text, label, parts }
        };
        self.found.iter().map(|(_, dropped)| *dropped).zip(parts).map(decide).collect()
    }
}

/// An item whose text is held.
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

    fn key_text(&self) -> &'t [u8] {
        self.text().unwrap_or_default()
    }

    fn is_plain_key(&self) -> bool {
        true
    }

    fn identity(&self) -> Option<usize> {
        None
    }

    fn items(&self, _: impl FnMut(Self)) {}

    fn entries(&self, _: impl FnMut(Self, Self)) {}

    fn hexadecimal(&self) -> Vec<u8> {
        Vec::new()
    }
}
