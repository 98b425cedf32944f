//! JSON documents as trees of values, for callers without a parser of their own.

use std::collections::BTreeMap;

use super::integer;
use super::scanner::{Event, Scanner};
use super::string::unescape;
use super::{MAX_INPUT, tolerable};
use crate::Result;

/// A JSON value that loses nothing: numbers keep their digits, strings their lone surrogates.
///
/// ```
/// use prestop::json::{Value, parse};
///
/// let value = parse(br#"{"n": 1.50, "t": "\ud800"}"#)?;
/// assert_eq!(value.get("n"), Some(&Value::Number("1.50".to_owned())));
/// assert_eq!(value.get("t"), Some(&Value::Text(b"\xed\xa0\x80".to_vec())));
/// assert!(value.same(&parse(br#"{"t": "\ud800", "n": 1.5}"#)?));
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as written; also `NaN`, `Infinity` and `-Infinity`.
    Number(String),
    /// A string as WTF-8: UTF-8 in which lone surrogates are allowed.
    Text(Vec<u8>),
    /// An array.
    Array(Vec<Value>),
    /// An object, in the order of its keys' first appearance; of equal keys the last value counts.
    Object(Vec<(Vec<u8>, Value)>),
}

impl Value {
    /// Returns the value of a key, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Object(members) => {
                members.iter().find(|(name, _)| name == key.as_bytes()).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Whether both have the same meaning: `1` is the same as `1.0`, and the order of an object's members
    /// does not matter.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a == b || same_number(a, b),
            (Self::Array(a), Self::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            (Self::Object(a), Self::Object(b)) => {
                let other: BTreeMap<_, _> = b.iter().map(|(key, value)| (key, value)).collect();
                a.len() == b.len()
                    && a.iter().all(|(key, value)| other.get(key).is_some_and(|other| value.same(other)))
            }
            (a, b) => a == b,
        }
    }
}

/// Parses a document within the bounds of [`check`](super::check).
///
/// ```
/// use prestop::json::{Value, parse};
///
/// let value = parse(br#"{"a": 1, "b": [], "a": 2}"#)?;
/// let wanted = [("a", Value::Number("2".to_owned())), ("b", Value::Array(Vec::new()))];
/// assert_eq!(value, Value::Object(wanted.map(|(key, value)| (key.into(), value)).into()));
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// Same as [`check`](super::check).
pub fn parse(bytes: &[u8]) -> Result<Value> {
    tree(bytes, Scanner::new(bytes)?)
}

/// Like [`parse`], for what others sent: if it is refused because of some of its values, [`tolerable`]
/// replaces them.
pub(crate) fn parse_of_others(bytes: &[u8]) -> Result<Value> {
    parse(bytes).or_else(|_| parse(&tolerable(bytes)?))
}

/// Parses what a host provides to be written: up to [`MAX_INPUT`] bytes, and with integers that are too long
/// for other JSON readers, which become strings in the file.
pub(crate) fn parse_input(bytes: &[u8]) -> Result<Value> {
    tree(bytes, Scanner::up_to(bytes, MAX_INPUT)?.with_digits(integer::MAX_CONVERTED))
}

fn tree(bytes: &[u8], mut scanner: Scanner<'_>) -> Result<Value> {
    let mut open: Vec<Value> = Vec::new();
    let mut keys: Vec<Vec<u8>> = Vec::new();
    let mut root = Value::Null;
    while let Some(event) = scanner.next()? {
        let value = match event {
            Event::ObjectStart => {
                open.push(Value::Object(Vec::new()));
                continue;
            }
            Event::ArrayStart => {
                open.push(Value::Array(Vec::new()));
                continue;
            }
            Event::Key(key) => {
                keys.push(unescape(&bytes[key]));
                continue;
            }
            Event::ObjectEnd | Event::ArrayEnd => closed(open.pop().unwrap_or(Value::Null)),
            Event::String(token) => Value::Text(unescape(&bytes[token])),
            Event::Number(token) | Event::NonFinite(token) => {
                Value::Number(String::from_utf8_lossy(&bytes[token]).into_owned())
            }
            Event::True => Value::Bool(true),
            Event::False => Value::Bool(false),
            Event::Null => Value::Null,
        };
        match open.last_mut() {
            Some(Value::Array(items)) => items.push(value),
            Some(Value::Object(members)) => members.push((keys.pop().unwrap_or_default(), value)),
            _ => root = value,
        }
    }
    Ok(root)
}

/// Returns the container without the members that a later equal key replaces.
fn closed(container: Value) -> Value {
    let Value::Object(members) = container else { return container };
    let mut first: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut last: Vec<usize> = Vec::with_capacity(members.len());
    for (index, (key, _)) in members.iter().enumerate() {
        let place = *first.entry(key).or_insert(last.len());
        if place == last.len() { last.push(index) } else { last[place] = index }
    }
    if last.len() == members.len() {
        return Value::Object(members);
    }
    let mut members: Vec<Option<_>> = members.into_iter().map(Some).collect();
    Value::Object(last.into_iter().filter_map(|index| members[index].take()).collect())
}

/// Whether two spellings are the same number. Integers are compared by their digits, everything else as
/// `f64`.
fn same_number(a: &str, b: &str) -> bool {
    let integer = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if integer(a) && integer(b) {
        // Without leading zeros, these are the only two spellings of one integer.
        return matches!((a, b), ("0", "-0") | ("-0", "0"));
    }
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b).is_eq() || (a - b).abs() == 0.0,
        _ => false,
    }
}
