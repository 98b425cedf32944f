//! Scrubs JSON text to JSON text.

use super::encoder::{Encoder, Layout};
use super::node::{Node, Shape};
use super::walk::Walk;
use crate::json::{self, Value};
use crate::scrub::Tally;
use crate::{Result, Scrubber};

/// A value of a parsed document, or a key.
#[derive(Clone, Copy)]
pub(crate) enum Parsed<'v> {
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
                Value::Number(digits) if json::is_long(digits) => Shape::Huge,
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

    fn is_list(&self) -> bool {
        matches!(self, Self::Value(Value::Array(_)))
    }

    fn is_huge(&self) -> bool {
        matches!(self.shape(), Shape::Huge)
    }

    fn key_text(&self) -> &'v [u8] {
        self.text().unwrap_or_default()
    }

    fn is_plain_key(&self) -> bool {
        // The parser keeps only one of several equal keys.
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
        let Self::Value(Value::Number(digits)) = self else { return Vec::new() };
        json::hexadecimal(digits).unwrap_or_default().into_bytes()
    }
}

/// Returns a JSON document with every secret replaced, and a tally of what was redacted.
///
/// A value under a sensitive key is redacted whatever it looks like, and sandbox content is dropped. Members
/// keep their order, numbers their digits, and a lone surrogate stays an escape. Of equal keys the last one
/// counts, and `NaN` and the infinities become null.
///
/// ```
/// use prestop::value::{Layout, scrub_json};
/// use prestop::{Preset, Scrubber};
///
/// let scrubber = Scrubber::new(Preset::Balanced);
/// let (json, tally) = scrub_json(br#"{"n": 1.50, "password": "hunter2"}"#, Layout::Compact, &scrubber)?;
/// assert_eq!(json, br#"{"n":1.50,"password":"[REDACTED:PASSWORD]"}"#);
/// assert_eq!(tally.redactions()["PASSWORD"], 1);
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// Same as [`json::check`].
pub fn scrub_json(json: &[u8], layout: Layout, scrubber: &Scrubber) -> Result<(Vec<u8>, Tally)> {
    Ok(scrub_parsed(&json::parse(json)?, layout, scrubber))
}

/// Like [`scrub_json`], for a document that is already parsed.
pub(crate) fn scrub_parsed(document: &Value, layout: Layout, scrubber: &Scrubber) -> (Vec<u8>, Tally) {
    let (encoder, tally) = Walk::new(scrubber, Encoder::new(layout)).run(&Parsed::Value(document));
    (encoder.into_bytes(), tally)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Preset;
    use proptest::prelude::*;

    fn document() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "[a-z \n\"\\\\\u{e9}]{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::vec(("[a-c]{1,2}|password", inner), 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn both_layouts_say_the_same_and_compact_is_one_line(document in document()) {
            let text = serde_json::to_vec_pretty(&document).unwrap();
            let scrubber = Scrubber::new(Preset::Balanced);
            let (compact, tally) = scrub_json(&text, Layout::Compact, &scrubber).unwrap();
            let (indented, same) = scrub_json(&text, Layout::Indented, &scrubber).unwrap();
            prop_assert_eq!(tally.redactions(), same.redactions());
            let parsed: serde_json::Value = serde_json::from_slice(&compact).unwrap();
            prop_assert_eq!(&parsed, &serde_json::from_slice::<serde_json::Value>(&indented).unwrap());
            // Members keep their order, which `serde_json` does not.
            let again = scrub_json(&indented, Layout::Compact, &scrubber).unwrap().0;
            prop_assert_eq!(&again, &compact);
            prop_assert!(!compact.contains(&b'\n'));
            prop_assert!(compact.len() <= serde_json::to_vec(&parsed).unwrap().len());
        }
    }

    #[test]
    fn what_is_not_json_is_an_error_without_its_text() {
        let error =
            scrub_json(b"{\"a\": hunter2}", Layout::Compact, &Scrubber::new(Preset::Strict)).unwrap_err();
        assert_eq!(error.to_string(), "not JSON at offset 6");
    }
}
