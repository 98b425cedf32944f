//! Secrets split over the same string field of consecutive maps of a list, such as the pieces of a streamed
//! answer.

use super::arguments::label_after_option;
use super::budget::Patience;
use super::continuation::{Chain, Ends, Path, Split, says_delta, whole};
use super::fields::{Field, Fields, MISSING, collect};
use super::frame::Entry;
use super::lines;
use super::node::{Node, Text};
use super::replies::Replies;
use super::sink::Sink;
use super::walk::Walk;
use crate::Scrubber;

/// The fields of consecutive items. Those that the next item may continue are held.
#[derive(Clone)]
struct Chains<'s, T> {
    scrubber: &'s Scrubber,
    open: Vec<Open<T>>,
    /// How many items there were.
    items: usize,
    /// How many of these were added.
    turns: usize,
    found: Vec<Split<T>>,
}

/// A chain that may still be continued.
#[derive(Clone)]
struct Open<T> {
    chain: Chain<T>,
    /// The value of `turns` at the last item that had the field.
    turn: usize,
}

impl<T: Ends + Clone> Chains<'_, T> {
    /// Adds the next item with its fields; there are none if it is not a map. Parts of some are `known`.
    fn item(&mut self, fields: &[Field<T>], known: &[Split<T>]) {
        let (item, turn) = (self.items, self.turns);
        for (index, field) in fields.iter().enumerate() {
            if field.is_word() {
                continue;
            }
            let Field { path, text } = field;
            let told = holds_piece(fields, path);
            let same = |open: &Open<T>| open.turn < turn && open.chain.is_of(path, told);
            // Most often it is the field at the same index as in the last item.
            let likely = self.open.get(index).is_some_and(same).then_some(index);
            let before = likely.or_else(|| self.open.iter().position(same));
            let at = before.unwrap_or(self.open.len());
            if before.is_none() {
                self.open.push(Open { chain: Chain::new(path.clone(), told), turn });
            }
            let open = &mut self.open[at];
            if open.chain.is_full(text) {
                let full = std::mem::replace(&mut open.chain, Chain::new(path.clone(), told));
                full.close(self.scrubber, &mut self.found);
            }
            let known = known.iter().find(|split| split.path == *path);
            open.chain.push(item, text.clone(), known.map_or(&[], |split| &split.parts));
            open.turn = turn;
        }
        for over in self.open.extract_if(.., |open| open.turn + MISSING < turn) {
            over.chain.close(self.scrubber, &mut self.found);
        }
        self.items += 1;
        self.turns += 1;
    }

    /// Returns the fields that hold a part of a split secret.
    fn finish(mut self) -> Vec<Split<T>> {
        for open in self.open {
            open.chain.close(self.scrubber, &mut self.found);
        }
        self.found
    }
}

/// Whether the field at `path` holds a piece of a streamed answer, by its name or by the kind of event that
/// another member of its map gives.
pub(super) fn holds_piece<T: Ends>(fields: &[Field<T>], path: &Path) -> bool {
    /// The longest name of a kind, in bytes.
    const KIND: usize = 64;
    let Some((key, above)) = path.split_last() else { return false };
    let is_kind = |field: &Field<T>| {
        let [beside @ .., b] = field.path.as_slice() else { return false };
        matches!(b.as_slice(), b"type" | b"event" | b"kind")
            && beside == above
            && field.text.length() <= KIND
            && says_delta(whole(&field.text))
    };
    match key.as_slice() {
        b"partial_json" => true,
        b"text" | b"content" | b"arguments" | b"data" | b"thinking" | b"chunk" => fields.iter().any(is_kind),
        _ => false,
    }
}

/// The fields of consecutive items, among all items and among those that are kept.
pub(super) struct Both<'s, T> {
    all: Chains<'s, T>,
    /// The chains of the items that are kept, if some are not.
    staying: Option<Chains<'s, T>>,
    /// The numbers of the items that are not kept.
    gone: Vec<usize>,
    /// What the items that are kept say about later ones.
    replies: Replies<T>,
    fields: Fields<T>,
    /// Whether the last item that is kept is an option, so that a marker will replace each field of a map
    /// after it.
    named: bool,
    /// What was found before, by item. Its markers separate what is beside them.
    known: &'s [Split<T>],
}

impl<'s, T: Ends + Clone> Both<'s, T> {
    pub(super) fn new(scrubber: &'s Scrubber, known: &'s [Split<T>]) -> Self {
        let all = Chains { scrubber, open: Vec::new(), items: 0, turns: 0, found: Vec::new() };
        let (replies, fields) = (Replies::default(), Fields::default());
        Self { all, staying: None, gone: Vec::new(), replies, fields, named: false, known }
    }

    /// Returns where the fields of the next item are collected; there are none if it is not a map.
    pub(super) fn fields(&mut self) -> &mut Fields<T> {
        &mut self.fields
    }

    /// Adds the item whose fields were collected, or whose `text` is given. It may be `gone`.
    pub(super) fn item(&mut self, gone: bool, text: Option<&[u8]>) {
        let fields = self.fields.list();
        let at = self.all.items;
        self.known = &self.known[self.known.partition_point(|split| split.item < at)..];
        let known = &self.known[..self.known.partition_point(|split| split.item == at)];
        let mut whole = Vec::new();
        if !gone {
            let named = text.is_some_and(|text| label_after_option(text).is_some());
            if std::mem::replace(&mut self.named, named) {
                whole.extend(fields.iter().map(|field| marked(at, field)));
            }
        }
        let known = if whole.is_empty() { known } else { &whole };
        if !gone {
            self.replies.item(self.all.items, fields, self.all.scrubber);
        }
        if gone {
            self.gone.push(self.all.items);
            self.staying.get_or_insert_with(|| self.all.clone()).items += 1;
        } else if let Some(staying) = &mut self.staying {
            staying.item(fields, known);
        }
        self.all.item(fields, known);
        self.fields.clear();
    }

    /// Returns the fields of the items that are kept which hold a part of a split secret.
    pub(super) fn finish(self) -> Vec<Split<T>> {
        let mut found = self.all.finish();
        found.retain(|split| self.gone.binary_search(&split.item).is_err());
        let replies = self.replies.finish();
        found.extend(self.staying.map(Chains::finish).unwrap_or_default());
        merge(&mut found, replies);
        found
    }
}

/// Returns a field as one that is redacted as a whole.
fn marked<T: Ends + Clone>(item: usize, field: &Field<T>) -> Split<T> {
    let parts = vec![(0..field.text.length(), "NAMED".into())];
    Split { item, path: field.path.clone(), text: field.text.clone(), parts }
}

/// Adds `more` to what was found, sorted by item and field; returns whether there is anything new.
pub(super) fn merge<T>(found: &mut Vec<Split<T>>, more: Vec<Split<T>>) -> bool {
    let count = |found: &[Split<T>]| found.iter().map(|split| split.parts.len()).sum::<usize>();
    let before = count(found);
    found.extend(more);
    found.sort_by(|one, other| (one.item, &one.path).cmp(&(other.item, &other.path)));
    found.dedup_by(|other, one| {
        let same = (one.item, &one.path) == (other.item, &other.path);
        if same {
            one.parts.append(&mut other.parts);
            lines::sort(&mut one.parts);
            one.parts.dedup();
        }
        same
    });
    count(found) > before
}

impl<N: Node, S: Sink<N>> Walk<'_, N, S> {
    /// Whether maps are neighbours among the items from `start` on without those in `gone`, which are numbers
    /// in order.
    pub(super) fn has_neighbouring_maps(&self, start: usize, gone: &[usize]) -> bool {
        let is_map =
            |entry: &Entry<N>| entry.place.label.is_none() && entry.value.as_ref().is_some_and(Node::is_map);
        let items = &self.entries[start..];
        let are_maps = |one: usize, other: usize| is_map(&items[one]) && is_map(&items[other]);
        // Below the maximum depth no map is examined.
        self.may_go_deeper()
            && if gone.is_empty() {
                (1..items.len()).any(|at| are_maps(at - 1, at))
            } else {
                let staying = (0..items.len()).filter(|at| gone.binary_search(at).is_err());
                let staying: Vec<usize> = staying.collect();
                staying.windows(2).any(|pair| are_maps(pair[0], pair[1]))
            }
    }

    /// Returns the fields of the items from `start` on that hold a part of a split secret, among all of them
    /// or without those in `gone`, which are numbers in order. Some are `known`.
    pub(super) fn split_fields(
        &self,
        start: usize,
        gone: &[usize],
        known: &[Split<N::Text>],
    ) -> Vec<Split<N::Text>> {
        let mut chains = Both::new(self.scrubber, known);
        let (patience, most) = (Patience::new(self.cutoff), self.entries_left());
        for (index, item) in self.entries[start..].iter().enumerate() {
            if patience.is_over_now() {
                return Vec::new();
            }
            let small = |node: &&N| node.is_map() && node.size().is_none_or(|size| size <= most);
            if let Some(node) = item.value.as_ref().filter(small) {
                collect(node, chains.fields());
            }
            let text = item.value.as_ref().and_then(Node::text);
            chains.item(gone.binary_search(&index).is_ok(), text.as_ref().map(Text::bytes));
        }
        chains.finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::scrub::work;
    use crate::value::encode_json;
    use crate::{Preset, Scrubber};
    use serde_json::{Value, json};

    #[test]
    fn an_answer_is_searched_twice_however_long_it_is() {
        let searched = |count: usize| {
            let events: Value = (0..count).map(|_| json!({"delta": {"text": "password: "}})).collect();
            work::given(|| drop(encode_json(&events, &Scrubber::new(Preset::Balanced))))
        };
        let (some, more) = (searched(1 << 12), searched(1 << 14));
        assert!(some >= 10 << 12 && more < 5 * some, "{some} {more}");
    }
}
