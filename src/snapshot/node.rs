//! Parsed documents as nodes of the walk, so that an old file can be scrubbed again.

use super::json::Value;
use crate::Scrubber;
use crate::value::{Node, Shape, encode};

/// A value of a parsed document, or a key.
#[derive(Clone, Copy)]
enum Parsed<'v> {
    Value(&'v Value),
    Key(&'v [u8]),
}

impl<'v> Node for Parsed<'v> {
    type Text = &'v [u8];

    fn shape(&self) -> Shape<&'v [u8]> {
        match self {
            Self::Key(text) => Shape::Text(text),
            Self::Value(value) => match value {
                Value::Null => Shape::Null,
                Value::Bool(value) => Shape::Bool(*value),
                Value::Number(word) if word.ends_with(['N', 'y']) => Shape::Null,
                Value::Number(digits) => Shape::Digits(digits.as_bytes()),
                Value::Text(text) => Shape::Text(text),
                Value::Array(_) => Shape::List,
                Value::Object(_) => Shape::Map,
            },
        }
    }

    fn text(&self) -> Option<&'v [u8]> {
        match self {
            Self::Key(text) => Some(text),
            Self::Value(Value::Text(text)) => Some(text),
            Self::Value(_) => None,
        }
    }

    fn is_map(&self) -> bool {
        matches!(self, Self::Value(Value::Object(_)))
    }

    fn key_text(&self) -> &'v [u8] {
        self.text().unwrap_or_default()
    }

    fn is_plain_key(&self) -> bool {
        // The parser has kept one of equal keys.
        true
    }

    fn identity(&self) -> Option<usize> {
        None
    }

    fn items(&self, push: impl FnMut(Self)) {
        if let Self::Value(Value::Array(items)) = self {
            items.iter().map(Parsed::Value).for_each(push);
        }
    }

    fn entries(&self, mut push: impl FnMut(Self, Self)) {
        if let Self::Value(Value::Object(members)) = self {
            for (key, value) in members {
                push(Parsed::Key(key), Parsed::Value(value));
            }
        }
    }

    fn hexadecimal(&self) -> Vec<u8> {
        Vec::new()
    }
}

/// `document` scrubbed and written anew; its members keep their order.
pub(super) fn encoded(document: &Value, scrubber: &Scrubber) -> Vec<u8> {
    encode(&Parsed::Value(document), scrubber).0
}
