//! What the walk keeps of a container while it is inside: the frame, and the entries that are still to be visited.

/// Where a value stands, as far as it decides what becomes of the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// What every text and number here becomes, if a sensitive key stands above.
    pub label: Option<&'static str>,
    pub hint: Hint,
    pub spot: Spot,
    /// Whether it is known already that this is not sandbox content.
    pub judged: bool,
    /// Whether it is known already that nothing in this has to go.
    pub tried: bool,
}

/// Whether the place exempts its text from rules that judge by looks alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hint {
    Ordinary,
    /// If the text has an identifier's shape.
    Identity,
    Opaque,
    /// The signature in a map here is a provider's.
    Signed,
    /// A number here says how many there are, or how long: it is none of the values of a name above.
    Count,
}

/// What happens to sandbox content here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// The whole: never dropped, and its entries are top ones.
    Root,
    /// What stands under `adapter` in the whole: likewise.
    Adapter,
    /// A text that is scrubbed but never dropped.
    Task,
    /// An item of a list, tuple or set: dropped.
    Item,
    /// A value of a map, or of a tuple with named fields: becomes a marker.
    Lone,
}

impl Place {
    pub(crate) const ROOT: Self =
        Self { label: None, hint: Hint::Ordinary, spot: Spot::Root, judged: false, tried: false };

    /// A place of its own kind below this one, under the same sensitive key.
    pub(crate) fn below(self, spot: Spot) -> Self {
        Self { label: self.label, hint: Hint::Ordinary, spot, judged: false, tried: false }
    }

    /// Makes it a provider's opaque field, which is not redacted for its own name but still for one above it.
    pub(crate) fn make_opaque(&mut self, label_above: Option<&'static str>) {
        self.label = label_above;
        self.hint = Hint::Opaque;
    }

    /// Whether sandbox content may still stand here.
    pub(crate) fn to_judge(self) -> bool {
        !self.judged && matches!(self.spot, Spot::Item | Spot::Lone)
    }

    /// Whether the entries of a map here are top ones.
    pub(crate) fn is_top(self) -> bool {
        matches!(self.spot, Spot::Root | Spot::Adapter)
    }
}

/// A value still to be visited, with its key in a map.
pub(crate) struct Entry<N> {
    pub key: Option<N>,
    pub value: Option<N>,
    pub place: Place,
    /// In a map the text of the key, if it is not simply the key; in a list the item's text with the parts replaced that
    /// belong to a finding over several lines.
    pub text: Option<Vec<u8>>,
    /// Whether `text` differs from what the key or item says itself.
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

/// A container that is open. Its entries lie on the walk's stack of entries, from `start` on.
pub(crate) struct Frame {
    pub start: usize,
    pub next: usize,
    pub end: usize,
    /// Whether the container stands on the path that cycles are looked for on.
    pub on_path: bool,
}
