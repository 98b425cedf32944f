//! Tests how often a value is serialized until it is written: more often than once, since what is around it is
//! looked at first, but no more often the larger or deeper the whole is.

use std::cell::RefCell;
use std::collections::HashMap;

use proptest::prelude::*;
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::{Value, json};

use crate::value::encode_serialize;
use crate::value::fields::DEEPEST;
use crate::value::opaque::ROUNDS;
use crate::{Preset, Scrubber};

/// How often the container around a value may look at it and write it.
const OWN: usize = 12;
/// How many lists around a value may look at it together with what is beside them: each level of lists takes
/// two names of the path.
const LISTS: usize = DEEPEST.div_ceil(2);
/// The most often that any value may be serialized: each of the lists looks for split secrets, and again in
/// each round and in the last. All that is done once more, without output, in an item that a provider signed.
const MOST: usize = 2 * (OWN + LISTS * (ROUNDS + 2));

/// A value that counts how often it and each value in it is serialized.
#[derive(Clone, Copy)]
struct Counted<'v> {
    value: &'v Value,
    times: &'v RefCell<HashMap<*const Value, usize>>,
}

impl Serialize for Counted<'_> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        *self.times.borrow_mut().entry(std::ptr::from_ref(self.value)).or_default() += 1;
        let child = |value| Counted { value, ..*self };
        match self.value {
            Value::Array(items) => {
                let mut list = inner.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(&child(item)))?;
                list.end()
            }
            Value::Object(members) => {
                let mut map = inner.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(key, value)| map.serialize_entry(key, &child(value)))?;
                map.end()
            }
            other => other.serialize(inner),
        }
    }
}

/// Returns how often the value that is serialized most often is.
fn times(value: &Value) -> usize {
    let times = RefCell::default();
    let counted = Counted { value, times: &times };
    encode_serialize(&counted, &Scrubber::new(Preset::Balanced)).expect("it can be serialized");
    times.into_inner().into_values().max().unwrap_or_default()
}

/// A list of maps around `inner`, which say much about each other.
fn around(inner: &Value) -> Value {
    let begin = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIq7Rk2mXw9Tb4Zc6Vn8";
    json!([
        {"command": ["cat", "db_password"], "label": "Password", "text": begin, "value": inner},
        {"output": "x9Kq2Lw7ZtB4", "text": "Ls3Yd5Hf1Jg0Pa8Ue3q7Rk2mXw9", "type": "thinking", "signature": "x"},
        {"text": "-----END EC PRIVATE KEY-----", "thoughtSignature": "x", "token_str": "--password"},
    ])
}

fn tree() -> impl Strategy<Value = Value> {
    let texts = [
        "thinking",
        "hunter2",
        "--password",
        "Password",
        "x9Kq2Lw7ZtB4vN8r",
        "cat db_password",
        "-----BEGIN EC PRIVATE KEY-----",
        "MHcCAQEEIq7Rk2mXw9Tb4Zc6Vn8",
        "-----END EC PRIVATE KEY-----",
    ];
    let keys = [
        "type",
        "signature",
        "thoughtSignature",
        "command",
        "output",
        "name",
        "value",
        "values",
        "text",
        "label",
        "args",
        "token_value",
    ];
    let leaf = proptest::sample::select(texts.to_vec()).prop_map(|text| json!(text));
    leaf.prop_recursive(8, 64, 4, move |inner| {
        let key = proptest::sample::select(keys.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Value::Array),
            proptest::collection::hash_map(key, inner, 1..5).prop_map(|map| json!(map)),
        ]
    })
}

#[test]
fn a_value_inside_many_is_serialized_as_often_as_one_inside_a_few() {
    let nested = |depth: usize| times(&(0..depth).fold(json!("x9Kq2Lw7ZtB4"), |inner, _| around(&inner)));
    let (one, few, many) = (nested(1), nested(8), nested(40));
    // Only what is a few levels around it counts, and that it is more often than once is no accident.
    assert!(1 < one && one < few && few == many && many <= MOST, "{one} {few} {many}");
}

proptest! {
    #[test]
    fn no_value_is_serialized_more_often_than_that(value in tree()) {
        let most = times(&value);
        prop_assert!(most <= MOST, "{} times: {}", most, value);
    }
}
