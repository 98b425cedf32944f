//! Hits inside numbers and other unquoted JSON scalars: the marker replaces the whole scalar and needs
//! quotes.

use crate::scrub::escape::{self, Quote, before, behind};
use crate::scrub::hit::{self, Form, Hit};
use crate::scrub::open_strings::Nesting;

/// The longest scalar considered, in bytes.
const LONGEST: usize = 1 << 10;
/// How far back the beginning of an array is searched for, in bytes.
const FAR: usize = 1 << 12;

/// Extends each of `hits`, which are in order, to the whole JSON scalar that it is in, and sets the quotes of
/// its marker. `open` are the strings that are open at the beginning of the text. A text that consists of a
/// scalar only is left alone: it is text, not JSON.
pub(super) fn quote(text: &[u8], open: &[Quote], hits: &mut Vec<Hit>) {
    let mut lists = Lists { nesting: Nesting::from(0, open), known: 0, is_list: false };
    let mut floor = 0;
    let mut overlap = false;
    for hit in hits.iter_mut() {
        // The previous hit was extended over this one.
        if hit.start < floor {
            overlap = true;
            floor = floor.max(hit.end);
            continue;
        }
        let bare = hit.quote.is_none() && hit.form == Form::Plain && !hit.block;
        if let Some((start, end)) = bare.then(|| around(text, floor, hit)).flatten()
            && let Some(quote) = member(text, start, end).or_else(|| lists.element(text, start, end))
        {
            (hit.start, hit.end, hit.quote) = (start, end, Some(quote));
        }
        floor = hit.end;
    }
    if overlap {
        hit::merge(hits);
    }
}

/// The span of the scalar that contains a hit, if it does not begin before `floor`.
fn around(text: &[u8], floor: usize, hit: &Hit) -> Option<(usize, usize)> {
    let inside = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if hit.end - hit.start > LONGEST || !text[hit.start..hit.end].iter().all(|byte| inside(&byte)) {
        return None;
    }
    let before = text[floor..hit.start].iter().rev().take(LONGEST).take_while(inside).count();
    let behind = text[hit.end..].iter().take(LONGEST).take_while(inside).count();
    // The letter of an escaped line break before the scalar is not part of it.
    let start = hit.start - before;
    let start = start + usize::from(escape::is_escape_letter(text, start));
    let end = hit.end + behind;
    (start <= hit.start && is_scalar(&text[start..end])).then_some((start, end))
}

/// Whether `text` is a JSON number, `true`, `false` or `null`.
fn is_scalar(text: &[u8]) -> bool {
    fn digits(text: &[u8]) -> Option<&[u8]> {
        let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then(|| &text[count..])
    }
    fn number(text: &[u8]) -> Option<&[u8]> {
        let mut rest = digits(text.strip_prefix(b"-").unwrap_or(text))?;
        if let Some(fraction) = rest.strip_prefix(b".") {
            rest = digits(fraction)?;
        }
        match rest {
            [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => digits(exponent),
            _ => Some(rest),
        }
    }
    matches!(text, b"true" | b"false" | b"null") || number(text).is_some_and(<[u8]>::is_empty)
}

/// The quotes of the object in which the scalar `start..end` is a member's value.
fn member(text: &[u8], start: usize, end: usize) -> Option<Quote> {
    let colon = before(text, start)?;
    if text[colon] != b':' || !matches!(text.get(behind(text, end)), Some(b',' | b'}')) {
        return None;
    }
    let quote = before(text, colon).filter(|at| text[*at] == b'"')?;
    let backslashes = escape::backslashes_before(text, quote.saturating_sub(LONGEST), quote);
    Some(Quote { byte: b'"', layer: escape::layer(backslashes) })
}

/// The JSON arrays of a text, and what is known of the last one that was examined.
struct Lists {
    nesting: Nesting,
    /// `is_list` holds for the scalars up to this offset.
    known: usize,
    is_list: bool,
}

impl Lists {
    /// The quotes to use in the array that contains the scalar `start..end` as an element.
    fn element(&mut self, text: &[u8], start: usize, end: usize) -> Option<Quote> {
        if !matches!(text.get(behind(text, end)), Some(b',' | b']')) {
            return None;
        }
        self.is_list = self.begins(text, start);
        self.known = end;
        if !self.is_list {
            return None;
        }
        let strings = self.nesting.open_at(text, start).iter().rfind(|quote| quote.byte == b'"');
        Some(Quote { byte: b'"', layer: strings.map_or(0, |string| string.layer + 1) })
    }

    /// Whether an array opens before the element at `start`, or continues with it after another element.
    fn begins(&self, text: &[u8], start: usize) -> bool {
        let Some(mut at) = before(text, start) else { return false };
        let farthest = at.saturating_sub(FAR);
        loop {
            match text[at] {
                // An index is not an array: `names[83726150]`.
                b'[' => {
                    let in_front = at.checked_sub(1).map(|last| text[last]);
                    return !in_front.is_some_and(|byte| {
                        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b')' | b']')
                    });
                }
                b',' => {}
                _ => return false,
            }
            // The element before the comma: a string, an array, an object or a scalar.
            let Some(last) = before(text, at) else { return false };
            if matches!(text[last], b'"' | b']' | b'}') || last < farthest {
                return true;
            }
            if last < self.known {
                return self.is_list;
            }
            let inside = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
            let length = text[..=last].iter().rev().take(LONGEST).take_while(inside).count();
            let first = last + 1 - length;
            let first = first + usize::from(length > 0 && escape::is_escape_letter(text, first));
            if !is_scalar(&text[first..=last]) {
                return false;
            }
            match before(text, first) {
                Some(next) => at = next,
                None => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use crate::scrub::ScrubberBuilder;
    use crate::{Preset, Scrubber};

    fn scrubber(preset: Preset) -> Scrubber {
        let known = [("PIN", "83726150"), ("WORD", "true")];
        Scrubber::builder(preset)
            .with_known_secrets(known)
            .and_then(ScrubberBuilder::build)
            .expect("they are long enough")
    }

    #[test]
    fn a_marker_in_the_place_of_a_number_has_quotes_where_it_needs_them() {
        for (text, scrubbed) in [
            (r#"{"a": 83726150}"#, r#"{"a": "[REDACTED:PIN]"}"#),
            (r#"{"a": -12.83726150e5, "b": 1}"#, r#"{"a": "[REDACTED:PIN]", "b": 1}"#),
            ("[1, 83726150, 83726150]", r#"[1, "[REDACTED:PIN]", "[REDACTED:PIN]"]"#),
            (r#"["x", 83726150]"#, r#"["x", "[REDACTED:PIN]"]"#),
            (r#"{"a": true}"#, r#"{"a": "[REDACTED:WORD]"}"#),
            ("83726150", "[REDACTED:PIN]"),
            ("5, 83726150, and 7", "5, [REDACTED:PIN], and 7"),
            ("pins[83726150]", "pins[[REDACTED:PIN]]"),
            ("call(1, 83726150, 2)", "call(1, [REDACTED:PIN], 2)"),
            ("\"note: 83726150, and\"", "\"note: [REDACTED:PIN], and\""),
        ] {
            assert_eq!(scrubber(Preset::Balanced).scrub_text(text), scrubbed);
        }
        let twice = |form: &str| form.replace('§', "8372615083726150");
        for preset in [Preset::Strict, Preset::Balanced] {
            let scrubber = scrubber(preset);
            assert_eq!(scrubber.scrub_text(&twice(r#"{"a": §}"#)), r#"{"a": "[REDACTED:PIN]"}"#);
            assert_eq!(
                scrubber.scrub_text(&twice("[1, -§.§e5, §]")),
                r#"[1, "[REDACTED:PIN]", "[REDACTED:PIN]"]"#
            );
        }
        let blobs = format!("[{}.{}]", "1".repeat(33), "1".repeat(33));
        assert_eq!(scrubber(Preset::Strict).scrub_text(&blobs), r#"["[REDACTED:BASE64_BLOB]"]"#);
        let digits = "1".repeat(33);
        let text = format!(r#"{{"a": {digits}}}"#);
        assert_eq!(scrubber(Preset::Strict).scrub_text(&text), r#"{"a": "[REDACTED:BASE64_BLOB]"}"#);
    }

    fn trees() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(83_726_150)),
            Just(json!(-83_726_150)),
            Just(json!(1_283_726_150_u64)),
            Just(json!(0.837_261_50)),
            Just(json!(true)),
            Just(json!(7)),
            Just(json!("a 83726150 b")),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec(inner, 0..5).prop_map(|values| {
                    values.into_iter().enumerate().map(|(at, value)| (format!("k{at}"), value)).collect()
                }),
            ]
        })
    }

    /// The number of members of each container, in order.
    fn shape(value: &Value) -> Vec<usize> {
        match value {
            Value::Array(items) => [vec![items.len()], items.iter().flat_map(shape).collect()].concat(),
            Value::Object(members) => {
                [vec![members.len()], members.values().flat_map(shape).collect()].concat()
            }
            _ => Vec::new(),
        }
    }

    proptest! {
        #[test]
        fn json_with_secret_numbers_stays_json_at_every_layer(tree in trees(), pretty: bool, depth in 0usize..3) {
            let print = |value: &Value| if pretty { format!("{value:#}") } else { value.to_string() };
            // A number alone is text, so it is put into an array.
            let tree = json!([tree]);
            let mut text = print(&tree);
            for _ in 0..depth {
                text = print(&json!({ "content": text }));
            }
            for preset in [Preset::Strict, Preset::Balanced] {
                let scrubber = scrubber(preset);
                let once = scrubber.scrub_text(&text).into_owned();
                prop_assert!(!once.contains("83726150"), "{once}");
                prop_assert_eq!(scrubber.scrub_text(&once), &*once);
                let mut layer = once;
                for _ in 0..depth {
                    let outside: Value = serde_json::from_str(&layer).expect("it stays JSON");
                    layer = outside["content"].as_str().expect("a string stays one").to_owned();
                }
                let inside: Value = serde_json::from_str(&layer)
                    .map_err(|error| TestCaseError::fail(format!("{error}: {layer}")))?;
                prop_assert_eq!(shape(&inside), shape(&tree));
            }
        }
    }
}
