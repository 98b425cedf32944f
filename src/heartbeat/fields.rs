//! Looking up the known fields of a map of the host.

use crate::value::{Node, Shape, Text};

/// Returns the values under these names, in the order of the names. Of equal keys the last one counts, and
/// null is the same as missing. If `map` is not a map, all are missing.
///
/// Only the keys are asked for their text, and no value is read, so that a strange value affects nothing but
/// itself.
pub(super) fn fields<const COUNT: usize, N: Node>(map: &N, names: [&str; COUNT]) -> [Option<N>; COUNT] {
    let mut found = [const { None }; COUNT];
    if !map.is_map() {
        return found;
    }
    map.entries(|key, value| {
        let Some(text) = key.text() else { return };
        if let Some(at) = names.iter().position(|name| name.as_bytes() == text.bytes()) {
            found[at] = Some(value);
        }
    });
    found.map(|value| value.filter(|value| !matches!(value.shape(), Shape::Null)))
}
