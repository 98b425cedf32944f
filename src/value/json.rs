//! Values of `serde_json` as nodes.

use serde_json::Value;

use super::node::{Node, Shape};
use crate::Scrubber;
use crate::scrub::Tally;

/// A JSON value, or a key of an object.
///
/// ```
/// use prestop::value::{Json, Node};
///
/// let value = serde_json::json!({"a": 1});
/// assert!(Json::Value(&value).is_map());
/// assert_eq!(Json::Key("a").key_text(), "a");
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Json<'v> {
    /// A value.
    Value(&'v Value),
    /// A key.
    Key(&'v str),
}

impl<'v> Node for Json<'v> {
    type Text = &'v str;

    fn shape(&self) -> Shape<&'v str> {
        match self {
            Self::Key(text) => Shape::Text(text),
            Self::Value(value) => match value {
                Value::Null => Shape::Null,
                Value::Bool(value) => Shape::Bool(*value),
                Value::Number(number) => match (number.as_i128(), number.as_f64()) {
                    (Some(integer), _) => Shape::Int(integer),
                    (None, Some(float)) => Shape::Float(float),
                    (None, None) => Shape::Null,
                },
                Value::String(text) => Shape::Text(text),
                Value::Array(_) => Shape::List,
                Value::Object(_) => Shape::Map,
            },
        }
    }

    fn text(&self) -> Option<&'v str> {
        match self {
            Self::Key(text) => Some(text),
            Self::Value(value) => value.as_str(),
        }
    }

    fn is_map(&self) -> bool {
        matches!(self, Self::Value(Value::Object(_)))
    }

    fn is_list(&self) -> bool {
        matches!(self, Self::Value(Value::Array(_)))
    }

    fn key_text(&self) -> &'v str {
        self.text().unwrap_or_default()
    }

    fn is_plain_key(&self) -> bool {
        true
    }

    fn size(&self) -> Option<usize> {
        match self {
            Self::Value(Value::Array(items)) => Some(items.len()),
            Self::Value(Value::Object(members)) => Some(members.len()),
            _ => None,
        }
    }

    fn items(&self, push: impl FnMut(Self)) {
        if let Self::Value(Value::Array(items)) = self {
            items.iter().map(Json::Value).for_each(push);
        }
    }

    fn entries(&self, mut push: impl FnMut(Self, Self)) {
        if let Self::Value(Value::Object(members)) = self {
            for (key, value) in members {
                push(Json::Key(key), Json::Value(value));
            }
        }
    }
}

/// Encodes `value` as scrubbed JSON, with a tally of what was redacted: [`super::encode`] for a value of
/// `serde_json`.
///
/// ```
/// let value = serde_json::json!({"token_count": 3, "password": "hunter2"});
/// let (json, tally) = prestop::value::encode_json(&value, &prestop::Scrubber::new(prestop::Preset::Strict));
/// assert_eq!(json, b"{\n  \"password\": \"[REDACTED:PASSWORD]\",\n  \"token_count\": 3\n}");
/// assert_eq!(tally.redactions()["PASSWORD"], 1);
/// ```
pub fn encode_json(value: &Value, scrubber: &Scrubber) -> (Vec<u8>, Tally) {
    super::encode(&Json::Value(value), scrubber)
}
