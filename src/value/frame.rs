//! State of the walk inside a container: its frame, and the entries that are still to be visited.

/// The position of a value, as far as it decides what happens to the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The label of the marker for every text and number here, if there is a sensitive key above.
    pub label: Option<&'static str>,
    pub hint: Hint,
    pub spot: Spot,
    /// Whether this is known not to be sandbox content.
    pub judged: bool,
    /// Whether this is known to need no redaction.
    pub tried: bool,
}

/// Whether the place exempts its text from rules that judge by appearance alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    Ordinary,
    /// Exempt if the text has the shape of an identifier.
    Identity,
    Opaque,
    /// Not exempt itself, but the signature in a map here is a provider's.
    Signed,
    /// Not exempt, but a number here is a count or a length, and not a value of the sensitive name above.
    Count,
}

/// What happens to sandbox content at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// The whole document: never dropped, and its entries are top-level entries.
    Root,
    /// The value of `adapter` in the whole document: never dropped, and its entries are top-level entries
    /// too.
    Adapter,
    /// A text that is scrubbed but never dropped.
    Task,
    /// An item of a list, tuple or set: dropped.
    Item,
    /// A value of a map, or of a tuple with named fields: replaced by a marker.
    Lone,
}

impl Place {
    pub(crate) const ROOT: Self =
        Self { label: None, hint: Hint::Ordinary, spot: Spot::Root, judged: false, tried: false };

    /// Returns the place of a child, at `spot` and under the same sensitive key.
    pub(crate) fn below(self, spot: Spot) -> Self {
        Self { label: self.label, hint: Hint::Ordinary, spot, judged: false, tried: false }
    }

    /// Makes this a provider's opaque field, which is not redacted for its own name but still for one above
    /// it.
    pub(crate) fn make_opaque(&mut self, label_above: Option<&'static str>) {
        self.label = label_above;
        self.hint = Hint::Opaque;
    }

    /// Whether a value here must still be checked for sandbox content.
    pub(crate) fn to_judge(self) -> bool {
        !self.judged && matches!(self.spot, Spot::Item | Spot::Lone)
    }

    /// Whether the entries of a map here are top-level entries.
    pub(crate) fn is_top(self) -> bool {
        matches!(self.spot, Spot::Root | Spot::Adapter)
    }
}

/// A value that is still to be visited, with its key if it is a member of a map.
pub(crate) struct Entry<N> {
    pub key: Option<N>,
    pub value: Option<N>,
    pub place: Place,
    /// In a map the text of the key, unless that is the key's own text; in a list the item's text with
    /// markers in place of its parts of findings that span items.
    pub text: Option<Vec<u8>>,
    /// Whether `text` differs from the own text of the key or item.
    pub changed: bool,
}

impl<N> Entry<N> {
    pub(crate) fn item(value: N, place: Place) -> Self {
        Self { key: None, value: Some(value), place, text: None, changed: false }
    }

    pub(crate) fn member(key: N, value: N, place: Place) -> Self {
        Self { key: Some(key), value: Some(value), place, text: None, changed: false }
    }
}

/// An open container. Its entries are those from `start` to `end` on the walk's stack of entries.
pub(crate) struct Frame {
    pub start: usize,
    pub next: usize,
    pub end: usize,
    /// Whether the container is on the path that is checked for cycles.
    pub on_path: bool,
}
