//! The fields of a map of the host that have a meaning here.

use crate::value::{Node, Shape, Text};

/// The values under these names, in the order of the names: of equal keys the last one counts, and null is as good as
/// missing. All missing where `map` is no map.
///
/// Asks only the keys for their text and none of the values, so that a strange value costs nothing but itself.
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
