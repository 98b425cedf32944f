//! Examines a value before it is written: whether it is sandbox content, and what its children say about each
//! other.

use serde::ser::Serialize;

use super::adapter::Parts;
use super::context::Context;
use super::items::{Item, Items};
use super::second::look_again;
use super::watch::{Stop, Watch, watch, with_text};
use crate::scrub::Tally;
use crate::value::MAX_DEPTH;
use crate::value::arguments::{self, Command};
use crate::value::frame::{Place, Spot};
use crate::value::key::{Holds, Role};
use crate::value::lines;
use crate::value::sandbox::{is_sandbox_text, says};
use crate::value::siblings::Beside;

/// What is known about a value.
#[derive(Default)]
pub(super) struct Look {
    /// Whether it is sandbox content at its place.
    pub sandbox: bool,
    /// Whether it is a text.
    pub is_text: bool,
    /// What the members of a map say about each other.
    pub beside: Beside,
    /// The name of the variant whose content is a container.
    pub variant: Option<&'static str>,
    /// Whether it is an item that a provider signed or encrypted.
    pub opaque: bool,
    /// The marker that replaces such an item because something in it must be redacted.
    pub gone: Option<String>,
    /// For a list whose items say something about each other: what happens to each.
    pub items: Option<Vec<Item>>,
}

/// Examines a value at `place`. `bare` strips its variant; `handed` are the parts in it of secrets that are
/// split over it and others.
pub(super) fn look<T: Serialize + ?Sized>(
    value: &T,
    place: Place,
    bare: bool,
    handed: &Parts<'_>,
    context: &Context<'_>,
) -> Result<Look, Stop> {
    let deep = context.depth() >= MAX_DEPTH;
    let mut scan = Scan::new(place, context, deep);
    watch(value, bare, &mut scan)?;
    if scan.look.beside.is_open() && !scan.look.sandbox {
        look_again(value, bare, &mut scan.look.beside, context.scrubber)?;
    }
    let Scan { mut look, split, named, command, maps, .. } = scan;
    look.opaque = look.beside.is_opaque_item();
    // Below the maximum depth no map is examined.
    let maps = maps && context.depth() + 1 < MAX_DEPTH;
    let command = command.is_one();
    if split || named || maps || command {
        look.items =
            Some(Items::of(value, place, bare, maps, handed, context)?.decide(split, named, command));
    }
    Ok(look)
}

/// Examines a value and its direct children.
// Independent facts: none is a state that excludes another.
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Scan<'c, 's> {
    place: Place,
    context: &'c Context<'s>,
    /// Whether a marker will replace a container here, whatever it holds.
    deep: bool,
    pub look: Look,
    /// Whether all items before may be dropped, so that the next one may become the first.
    first: bool,
    /// Whether an item may hold a part of something that spans items.
    split: bool,
    /// Whether an item names another.
    named: bool,
    /// Determines whether the items are the words of a command line.
    command: Command,
    /// Whether two neighbouring items are maps.
    maps: bool,
    /// Whether the last item was a map, apart from dropped ones.
    after_map: bool,
}

impl<'c, 's> Scan<'c, 's> {
    pub(super) fn new(place: Place, context: &'c Context<'s>, deep: bool) -> Self {
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
        // Under a sensitive key every item is replaced by a marker of its own.
        if self.place.label.is_some() {
            return Err(Stop::Enough);
        }
        let mut dropped = false;
        let is_map = with_text(item, |text| {
            let split = !self.split && lines::may_go_on(text, self.context.scrubber);
            let named = !self.named && arguments::names_another(text, self.first);
            dropped = is_sandbox_text(text);
            self.split |= split;
            self.named |= named && !dropped;
            if !dropped {
                self.command.see(text);
            }
        })?;
        self.first &= dropped || is_map;
        self.maps |= is_map && self.after_map;
        self.after_map = is_map || dropped && self.after_map;
        Ok(())
    }

    fn member<T: Serialize + ?Sized>(&mut self, key: &[u8], value: &T) -> Result<(), Stop> {
        let facts = self.context.look_up(key, &mut Tally::default()).0;
        let mut said = None;
        let type_of = self.place.label.is_some() && facts.is_type();
        if type_of || facts.holds != Holds::Other && self.place.label.is_none() {
            with_text(value, |text| said = Some(text.to_vec()))?;
        }
        self.look.beside.add(facts, key, said.as_deref(), self.place);
        let judge = self.place.to_judge();
        let told = judge && matches!(facts.role, Role::Source | Role::Tool | Role::Name);
        let marked = judge && self.place.spot == Spot::Item;
        if !told && !marked && !Beside::listens_to(facts) {
            return Ok(());
        }
        with_text(value, |text| {
            self.look.sandbox |= told && says(facts.role, text) || marked && is_sandbox_text(text);
            if Beside::listens_to(facts) {
                self.look.beside.note(facts, text);
            }
        })?;
        if self.look.sandbox { Err(Stop::Enough) } else { Ok(()) }
    }

    fn variant(&mut self, name: &'static str) -> Result<(), Stop> {
        self.look.variant = Some(name);
        Ok(())
    }
}
