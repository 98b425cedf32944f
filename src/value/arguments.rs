//! Names and values side by side in a list: `[K, V]` pairs and argument lists (`["--password", V]`).

use super::frame::Entry;
use super::key;
use super::node::{Node, Text};
use crate::Scrubber;

/// Whether an item, perhaps the first of its list, names one beside it.
pub(crate) fn names_another(text: &[u8], first: bool, scrubber: &Scrubber) -> bool {
    first && key::label_of_name(text, scrubber).is_some() || label_after_option(text, scrubber).is_some()
}

/// Gives the items that a name stands before its label.
pub(crate) fn label_named_items<N: Node>(items: &mut [Entry<N>], scrubber: &Scrubber) {
    if let [name, value] = items
        && let Some(text) = name.value.as_ref().and_then(Node::text)
    {
        value.place.label = key::label_of_name(text.bytes(), scrubber).or(value.place.label);
    }
    for at in 1..items.len() {
        let option = items[at - 1].value.as_ref().and_then(Node::text);
        let Some(label) = option.and_then(|text| label_after_option(text.bytes(), scrubber)) else {
            continue;
        };
        let value = &mut items[at];
        if !value.value.as_ref().and_then(Node::text).is_some_and(|text| is_option(text.bytes())) {
            value.place.label = Some(label);
        }
    }
}

/// The label for the item after `text` in a list, if `text` is an option with a sensitive name.
pub(crate) fn label_after_option(text: &[u8], scrubber: &Scrubber) -> Option<&'static str> {
    let name = text.strip_prefix(b"--").or_else(|| text.strip_prefix(b"-"))?;
    key::label_of_name(name, scrubber)
}

/// Whether `text` is itself an option, so that the option before it stands without a value.
fn is_option(text: &[u8]) -> bool {
    matches!(text, [b'-', b'-', b'a'..=b'z', ..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;

    #[test]
    fn only_options_name_the_item_after_them() {
        let scrubber = Scrubber::new(Preset::Strict);
        assert!(label_after_option(b"--password", &scrubber).is_some());
        assert!(label_after_option(b"-password", &scrubber).is_some());
        for text in ["password", "--verbose", "--", "-", "", "--the password"] {
            assert!(label_after_option(text.as_bytes(), &scrubber).is_none(), "{text}");
        }
        assert!(is_option(b"--user") && !is_option(b"-x") && !is_option(b"--") && !is_option(b"--1"));
    }
}
