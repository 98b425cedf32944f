//! The serializer around the host's own: it passes on what is scrubbed.

use serde::ser::{self, Serialize, Serializer};

use super::container::{List, Map};
use super::context::Context;
use super::look::Look;
use crate::value::MAX_DEPTH;
use crate::value::frame::{Place, Spot};
use crate::value::lines::{self, Part};
use crate::value::names::Names;
use crate::value::sink::Kind;
use crate::value::walk::NODE_COST;

/// A value at its place, already examined.
pub(super) struct Placed<'a, 's, T: ?Sized> {
    pub value: &'a T,
    pub context: &'a Context<'s>,
    pub place: Place,
    pub look: Look,
    /// The replacement for its text.
    pub given: Option<&'a [u8]>,
    /// The parts of secrets that are split over this value and others, each with the keys that lead to its
    /// text.
    pub parts: Parts<'a>,
}

/// Keys that lead to a text, and the parts of it that are redacted.
pub(super) type Parts<'a> = Vec<(&'a [Vec<u8>], &'a [Part])>;

impl<T: Serialize + ?Sized> Serialize for Placed<'_, '_, T> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        let Self { context, place, .. } = *self;
        if !context.spend(NODE_COST) {
            return inner.serialize_str(&context.mark("TRUNCATED"));
        }
        if self.look.sandbox {
            context.drop_sandbox();
            return inner.serialize_str(&context.mark("SANDBOX"));
        }
        if let Some(marker) = &self.look.gone {
            return inner.serialize_str(marker);
        }
        let adapter =
            Adapter { inner, context, place, look: &self.look, given: self.given, parts: &self.parts };
        let Some(variant) = self.look.variant else { return self.value.serialize(adapter) };
        adapter.one_member(variant, self.value, true)
    }
}

/// Passes one value on to the host's serializer.
struct Adapter<'a, 's, S> {
    inner: S,
    context: &'a Context<'s>,
    place: Place,
    look: &'a Look,
    given: Option<&'a [u8]>,
    parts: &'a [(&'a [Vec<u8>], &'a [Part])],
}

impl<'a, 's, S: Serializer> Adapter<'a, 's, S> {
    fn text(self, text: &[u8], kind: Kind) -> Result<S::Ok, S::Error> {
        if !self.context.spend(text.len() as u64) {
            return self.inner.serialize_str(&self.context.mark("TRUNCATED"));
        }
        let parts = self.parts.iter().find(|(path, _)| path.is_empty());
        let given = parts
            .map(|(_, parts)| lines::replace(text, parts.to_vec(), &mut self.context.tally.borrow_mut()));
        let text = given.as_deref().or(self.given).unwrap_or(text);
        self.inner.serialize_str(&self.context.text(text, kind, self.place))
    }

    fn integer(self, number: i128) -> Result<S::Ok, S::Error> {
        match self.context.integer(number, self.place) {
            Some(text) => self.inner.serialize_str(&text),
            // Not every format has integers of 128 bits.
            None => match (i64::try_from(number), u64::try_from(number)) {
                (Ok(number), _) => self.inner.serialize_i64(number),
                (_, Ok(number)) => self.inner.serialize_u64(number),
                _ => self.inner.serialize_i128(number),
            },
        }
    }

    /// Serializes a map of one member; `bare` strips the variant from its value.
    fn one_member<T: Serialize + ?Sized>(
        self,
        key: &'static str,
        value: &T,
        bare: bool,
    ) -> Result<S::Ok, S::Error> {
        let mut map = self.map(Some(1))?;
        map.member(key.as_bytes(), value, bare)?;
        ser::SerializeMap::end(map)
    }

    fn list(self) -> Result<List<'a, 's, S>, S::Error> {
        if self.context.depth() >= MAX_DEPTH {
            return self.inner.serialize_str(&self.context.mark("DEPTH")).map(List::Closed);
        }
        self.context.descend();
        // Items may be dropped, so their number is not known.
        let seq = self.inner.serialize_seq(None)?;
        let items = self.look.items.as_deref().unwrap_or_default();
        let (context, below, parts) = (self.context, self.place.below(Spot::Item), self.parts);
        Ok(List::Open { seq, context, below, items, parts, at: 0 })
    }

    fn map(self, len: Option<usize>) -> Result<Map<'a, 's, S>, S::Error> {
        if self.context.depth() >= MAX_DEPTH {
            return self.inner.serialize_str(&self.context.mark("DEPTH")).map(Map::Closed);
        }
        self.context.descend();
        let map = self.inner.serialize_map(len)?;
        let (names, key) = (Names::default(), Vec::new());
        let (context, place, look, parts) = (self.context, self.place, self.look, self.parts);
        Ok(Map::Open { map, context, place, look, parts, names, key })
    }
}

macro_rules! integers {
    ($($name:ident: $type:ty),*) => {$(
        fn $name(self, number: $type) -> Result<S::Ok, S::Error> {
            self.integer(number.into())
        }
    )*};
}

impl<'a, 's, S: Serializer> Serializer for Adapter<'a, 's, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = List<'a, 's, S>;
    type SerializeTuple = List<'a, 's, S>;
    type SerializeTupleStruct = List<'a, 's, S>;
    type SerializeTupleVariant = List<'a, 's, S>;
    type SerializeMap = Map<'a, 's, S>;
    type SerializeStruct = Map<'a, 's, S>;
    type SerializeStructVariant = Map<'a, 's, S>;

    integers!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128);
    integers!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64);

    fn serialize_u128(self, number: u128) -> Result<S::Ok, S::Error> {
        match (i128::try_from(number), self.place.label_of_number()) {
            (Ok(number), _) => self.integer(number),
            (Err(_), Some(label)) => self.inner.serialize_str(&self.context.mark(label)),
            (Err(_), None) => self.inner.serialize_u128(number),
        }
    }

    fn serialize_bool(self, value: bool) -> Result<S::Ok, S::Error> {
        self.inner.serialize_bool(value)
    }

    fn serialize_f32(self, number: f32) -> Result<S::Ok, S::Error> {
        match self.place.label_of_number() {
            Some(label) => self.inner.serialize_str(&self.context.mark(label)),
            None => self.inner.serialize_f32(number),
        }
    }

    fn serialize_f64(self, number: f64) -> Result<S::Ok, S::Error> {
        match self.place.label_of_number() {
            Some(label) => self.inner.serialize_str(&self.context.mark(label)),
            None => self.inner.serialize_f64(number),
        }
    }

    fn serialize_char(self, character: char) -> Result<S::Ok, S::Error> {
        self.serialize_str(character.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<S::Ok, S::Error> {
        self.text(text.as_bytes(), Kind::Text)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<S::Ok, S::Error> {
        self.text(bytes, Kind::Bytes)
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<S::Ok, S::Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.one_member(variant, value, false)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.list()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.list()
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.list()
    }

    // The variant's name has already been written around it.
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.list()
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.map(len)
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.map(Some(len))
    }

    // The variant's name has already been written around it.
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.map(Some(len))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}
