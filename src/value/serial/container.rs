//! Lists and maps as they are passed on: children are dropped, renamed, and labelled by their neighbours.

use serde::ser::{self, Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use super::adapter::{Parts, Placed};
use super::context::{Context, as_text, is_dropped};
use super::items::{Fate, Item};
use super::look::{Look, look};
use super::watch::{Stop, key_text, with_text};
use crate::scrub::{Tally, marker};
use crate::value::fields::item_name;
use crate::value::frame::Place;
use crate::value::key::label_by_text;
use crate::value::lines::{self, Part};
use crate::value::names::Names;
use crate::value::opaque;

/// A list that is being passed on.
pub(super) enum List<'a, 's, S: Serializer> {
    Open {
        seq: S::SerializeSeq,
        context: &'a Context<'s>,
        below: Place,
        /// What is known about the items, by index.
        items: &'a [Item],
        /// Parts in the items, of secrets that are split over other values too.
        parts: &'a [(&'a [Vec<u8>], &'a [Part])],
        at: usize,
    },
    /// A marker has taken its place.
    Closed(S::Ok),
}

impl<S: Serializer> List<'_, '_, S> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        let Self::Open { seq, context, below, items, parts, at } = self else { return Ok(()) };
        let known = items.get(*at);
        let name = if parts.is_empty() { Vec::new() } else { item_name(*at) };
        let own = known.into_iter().flat_map(|item| &item.parts);
        let parts: Parts<'_> = below_name(parts, &name)
            .chain(own.map(|split| (split.path.as_slice(), split.parts.as_slice())))
            .collect();
        *at += 1;
        let place = Place { label: known.and_then(|item| item.label).or(below.label), ..*below };
        let fate = known.map_or(&Fate::Stays, |item| &item.fate);
        if let Fate::Opaque(found) = fate {
            context.tally.borrow_mut().add(found);
            count(&parts, context);
            return Ok(());
        }
        let mut look = look(value, place, false, &parts, context).map_err(ser::Error::custom)?;
        if *fate == Fate::Sandbox || look.sandbox && is_dropped(place) {
            context.drop_sandbox();
            return Ok(());
        }
        look.sandbox = false;
        let clean = look.opaque;
        let tried = *fate == Fate::Clean && parts.is_empty();
        if !tried && take_out(value, place, &mut look, &parts, context)? {
            return Ok(());
        }
        let given = known.and_then(|item| item.text.as_deref()).filter(|_| look.is_text);
        let placed = Placed { value, context, place, look, given, parts };
        context.inside_clean(clean, || seq.serialize_element(&placed))
    }

    fn close(self) -> Result<S::Ok, S::Error> {
        match self {
            Self::Closed(done) => Ok(done),
            Self::Open { seq, context, .. } => {
                context.ascend();
                seq.end()
            }
        }
    }
}

/// Returns the parts in a container that are in its child `name`.
fn below_name<'p>(
    parts: &'p [(&'p [Vec<u8>], &'p [Part])],
    name: &[u8],
) -> impl Iterator<Item = (&'p [Vec<u8>], &'p [Part])> {
    parts.iter().filter_map(move |(path, parts)| {
        let (first, rest) = path.split_first()?;
        (first == name).then_some((rest, *parts))
    })
}

macro_rules! lists {
    ($($name:ident :: $method:ident),*) => {$(
        impl<S: Serializer> ser::$name for List<'_, '_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), S::Error> {
                self.item(item)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.close()
            }
        }
    )*};
}

lists!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

/// Determines whether an opaque item must be removed because something in it must be redacted. Returns true
/// if the item is dropped here; otherwise `look.gone` holds the marker that replaces it, if it must be
/// removed.
fn take_out<T: Serialize + ?Sized, E: ser::Error>(
    value: &T,
    place: Place,
    look: &mut Look,
    parts: &Parts<'_>,
    context: &Context<'_>,
) -> Result<bool, E> {
    if !look.opaque || look.sandbox || context.is_clean() || !opaque::may_go(place) {
        return Ok(false);
    }
    let label = if let Some((_, [(_, first), ..])) = parts.first() {
        count(parts, context);
        first.to_string()
    } else {
        let found = try_out(value, place, look, context)?;
        if found == Tally::default() {
            return Ok(false);
        }
        opaque::label(&found).to_owned()
    };
    if !is_dropped(place) {
        look.gone = Some(marker(&label));
    }
    Ok(is_dropped(place))
}

/// Counts the parts that are removed together with an item.
fn count(parts: &Parts<'_>, context: &Context<'_>) {
    for (_, parts) in parts {
        lines::count(parts, &mut context.tally.borrow_mut());
    }
}

/// Returns what would be redacted in an opaque item.
fn try_out<T: Serialize + ?Sized, E: ser::Error>(
    value: &T,
    place: Place,
    look: &mut Look,
    context: &Context<'_>,
) -> Result<Tally, E> {
    let trial = context.trial();
    let mut nowhere = serde_json::Serializer::new(std::io::sink());
    let look_at = std::mem::take(look);
    let placed = Placed { value, context: &trial, place, look: look_at, given: None, parts: Vec::new() };
    placed.serialize(&mut nowhere).map_err(|_| E::custom(Stop::Refused))?;
    *look = placed.look;
    let found = trial.tally.borrow().clone();
    context.after(trial, found != Tally::default());
    Ok(found)
}

/// A map that is being passed on.
pub(super) enum Map<'a, 's, S: Serializer> {
    Open {
        map: S::SerializeMap,
        context: &'a Context<'s>,
        place: Place,
        look: &'a Look,
        parts: &'a [(&'a [Vec<u8>], &'a [Part])],
        names: Names,
        /// The key of the next member.
        key: Vec<u8>,
    },
    /// A marker has taken its place.
    Closed(S::Ok),
}

impl<S: Serializer> Map<'_, '_, S> {
    /// Passes a member on; `bare` strips the variant from its value.
    pub(super) fn member<T: Serialize + ?Sized>(
        &mut self,
        key: &[u8],
        value: &T,
        bare: bool,
    ) -> Result<(), S::Error> {
        let Self::Open { map, context, place: above, look: of_map, parts, names, .. } = self else {
            return Ok(());
        };
        let (facts, changed) = context.look_up(key, &mut context.tally.borrow_mut());
        let changed = names.take(changed.as_deref().unwrap_or(key)).or(changed);
        let mut place = above.member(key, facts);
        if facts.by_text && above.label.is_none() {
            let label = |text: &[u8]| place.label = label_by_text(key, text, context.scrubber);
            with_text(value, label).map_err(ser::Error::custom)?;
        }
        of_map.beside.apply(&mut place, key, *above);
        let mut parts: Parts<'_> = below_name(parts, key).collect();
        let mut look = look(value, place, bare, &parts, context).map_err(ser::Error::custom)?;
        let clean = look.opaque;
        if let Some(own) = of_map.beside.parts_in(key)
            && parts.is_empty()
        {
            parts.push((&[], own));
        }
        take_out(value, place, &mut look, &parts, context)?;
        let placed = Placed { value, context, place, look, given: None, parts };
        let key = as_text(changed.as_deref().unwrap_or(key));
        context.inside_clean(clean, || map.serialize_entry(&key, &placed))
    }

    fn close(self) -> Result<S::Ok, S::Error> {
        match self {
            Self::Closed(done) => Ok(done),
            Self::Open { map, context, .. } => {
                context.ascend();
                map.end()
            }
        }
    }
}

impl<S: Serializer> ser::SerializeMap for Map<'_, '_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, own: &T) -> Result<(), S::Error> {
        if let Self::Open { key, .. } = self {
            *key = key_text(own).map_err(ser::Error::custom)?;
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        let key = match self {
            Self::Open { key, .. } => std::mem::take(key),
            Self::Closed(_) => return Ok(()),
        };
        self.member(&key, value, false)
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.close()
    }
}

macro_rules! structs {
    ($($name:ident),*) => {$(
        impl<S: Serializer> ser::$name for Map<'_, '_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), S::Error> {
                self.member(key.as_bytes(), value, false)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.close()
            }
        }
    )*};
}

structs!(SerializeStruct, SerializeStructVariant);
