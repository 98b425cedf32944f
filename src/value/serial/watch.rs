//! Inspects a value without writing it: its own kind and its direct children, no deeper.

use std::fmt;

use serde::ser::{self, Serialize};

use crate::value::node::Shape;

/// Why an inspection ended before the value did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// What was looked for is known.
    Enough,
    /// The value refuses to be serialized.
    Refused,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value refuses to be serialized")
    }
}

impl std::error::Error for Stop {}

impl ser::Error for Stop {
    // The value's own message may hold what must not be shown.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Refused
    }
}

/// Receives what a value is. A container is reported by its beginning and its direct children, none of which
/// was inspected. By default nothing is done about what is received, and the first child is enough.
pub(super) trait Watch {
    /// A string, or bytes.
    fn text(&mut self, text: &[u8]) -> Result<(), Stop> {
        let _ = text;
        Ok(())
    }

    /// A null, boolean or number.
    fn scalar(&mut self, shape: Shape<&'static [u8]>) -> Result<(), Stop> {
        let _ = shape;
        Ok(())
    }

    /// The beginning of a container, a map or a list. [`Stop::Enough`] skips its children.
    fn container(&mut self, is_map: bool) -> Result<(), Stop> {
        let _ = is_map;
        Ok(())
    }

    /// A child of a list.
    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Stop> {
        let _ = item;
        Err(Stop::Enough)
    }

    /// A child of a map, with the text of its key.
    fn member<T: Serialize + ?Sized>(&mut self, key: &[u8], value: &T) -> Result<(), Stop> {
        let _ = (key, value);
        Err(Stop::Enough)
    }

    /// The value is a map of one member, which is named after the variant and holds the same value without
    /// it.
    fn variant(&mut self, name: &'static str) -> Result<(), Stop> {
        let _ = name;
        Ok(())
    }
}

/// Reports what a value is to a watch; `bare` strips its variant.
pub(super) fn watch<T: Serialize + ?Sized, W: Watch>(
    value: &T,
    bare: bool,
    watch: &mut W,
) -> Result<(), Stop> {
    match value.serialize(Reader { watch, bare, key: Vec::new() }) {
        Err(Stop::Enough) => Ok(()),
        done => done,
    }
}

/// Calls `see` with the text of a value, if it is one; returns whether the value is a map.
pub(super) fn with_text<T: Serialize + ?Sized>(value: &T, see: impl FnMut(&[u8])) -> Result<bool, Stop> {
    struct Text<F>(F, bool);
    impl<F: FnMut(&[u8])> Watch for Text<F> {
        fn text(&mut self, text: &[u8]) -> Result<(), Stop> {
            (self.0)(text);
            Ok(())
        }
        fn container(&mut self, is_map: bool) -> Result<(), Stop> {
            self.1 = is_map;
            Err(Stop::Enough)
        }
        fn variant(&mut self, _: &'static str) -> Result<(), Stop> {
            self.1 = true;
            Ok(())
        }
    }
    let mut text = Text(see, false);
    watch(value, false, &mut text)?;
    Ok(text.1)
}

/// Returns the text of a map's key, as JSON has it.
pub(super) fn key_text<T: Serialize + ?Sized>(key: &T) -> Result<Vec<u8>, Stop> {
    struct Key(Vec<u8>);
    impl Watch for Key {
        fn text(&mut self, text: &[u8]) -> Result<(), Stop> {
            self.0.extend_from_slice(text);
            Ok(())
        }
        fn scalar(&mut self, shape: Shape<&'static [u8]>) -> Result<(), Stop> {
            let text = match shape {
                Shape::Bool(value) => value.to_string(),
                Shape::Int(number) => number.to_string(),
                Shape::Float(number) => crate::value::float_as_key(number),
                _ => return Err(Stop::Refused),
            };
            self.text(text.as_bytes())
        }
        fn container(&mut self, _: bool) -> Result<(), Stop> {
            Err(Stop::Refused)
        }
        fn variant(&mut self, _: &'static str) -> Result<(), Stop> {
            Err(Stop::Refused)
        }
    }
    let mut text = Key(Vec::new());
    watch(key, false, &mut text)?;
    Ok(text.0)
}

/// The serializer that reports to a watch.
struct Reader<'w, W> {
    watch: &'w mut W,
    bare: bool,
    /// The key of the next member.
    key: Vec<u8>,
}

impl<W: Watch> Reader<'_, W> {
    fn begin(self, is_map: bool) -> Result<Self, Stop> {
        self.watch.container(is_map)?;
        Ok(self)
    }

    /// Begins the container that a variant holds.
    fn begin_variant(self, name: &'static str, is_map: bool) -> Result<Self, Stop> {
        if self.bare {
            return self.begin(is_map);
        }
        self.watch.variant(name)?;
        // Its content is reported for the value without its variant.
        Err(Stop::Enough)
    }
}

macro_rules! integers {
    ($($name:ident: $type:ty),*) => {$(
        fn $name(self, number: $type) -> Result<(), Stop> {
            self.watch.scalar(Shape::Int(number.into()))
        }
    )*};
}

impl<W: Watch> ser::Serializer for Reader<'_, W> {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    integers!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128);
    integers!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64);

    fn serialize_u128(self, number: u128) -> Result<(), Stop> {
        match i128::try_from(number) {
            Ok(number) => self.watch.scalar(Shape::Int(number)),
            // Needed only for keys: as a value it matters to no watch.
            Err(_) => self.watch.text(number.to_string().as_bytes()),
        }
    }

    fn serialize_bool(self, value: bool) -> Result<(), Stop> {
        self.watch.scalar(Shape::Bool(value))
    }

    fn serialize_f32(self, number: f32) -> Result<(), Stop> {
        self.watch.scalar(Shape::Float(number.into()))
    }

    fn serialize_f64(self, number: f64) -> Result<(), Stop> {
        self.watch.scalar(Shape::Float(number))
    }

    fn serialize_char(self, character: char) -> Result<(), Stop> {
        self.watch.text(character.encode_utf8(&mut [0; 4]).as_bytes())
    }

    fn serialize_str(self, text: &str) -> Result<(), Stop> {
        self.watch.text(text.as_bytes())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Stop> {
        self.watch.text(bytes)
    }

    fn serialize_none(self) -> Result<(), Stop> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        self.watch.scalar(Shape::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Stop> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Stop> {
        self.watch.text(variant.as_bytes())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        self.watch.container(true)?;
        self.watch.member(variant.as_bytes(), value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Stop> {
        self.begin(false)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Stop> {
        self.begin(false)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Stop> {
        self.begin(false)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, Stop> {
        self.begin_variant(variant, false)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Stop> {
        self.begin(true)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Stop> {
        self.begin(true)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, Stop> {
        self.begin_variant(variant, true)
    }
}

macro_rules! lists {
    ($($name:ident :: $method:ident),*) => {$(
        impl<W: Watch> ser::$name for Reader<'_, W> {
            type Ok = ();
            type Error = Stop;

            fn $method<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Stop> {
                self.watch.item(item)
            }

            fn end(self) -> Result<(), Stop> {
                Ok(())
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

macro_rules! structs {
    ($($name:ident),*) => {$(
        impl<W: Watch> ser::$name for Reader<'_, W> {
            type Ok = ();
            type Error = Stop;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Stop> {
                self.watch.member(key.as_bytes(), value)
            }

            fn end(self) -> Result<(), Stop> {
                Ok(())
            }
        }
    )*};
}

structs!(SerializeStruct, SerializeStructVariant);

impl<W: Watch> ser::SerializeMap for Reader<'_, W> {
    type Ok = ();
    type Error = Stop;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Stop> {
        self.key = key_text(key)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        self.watch.member(&std::mem::take(&mut self.key), value)
    }

    fn end(self) -> Result<(), Stop> {
        Ok(())
    }
}
