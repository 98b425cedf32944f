//! Secrets split over the same string field of consecutive maps of a list, as the pieces of an answer that was streamed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::chain::{Chain, Ends, Path, Split, whole};
use super::frame::Entry;
use super::lines::{self, Part};
use super::node::{Node, Text};
use super::replies::Replies;
use super::room::Patience;
use super::sink::Sink;
use super::walk::Walk;
use crate::Scrubber;

/// How deep below the item the field may stand: `{"delta": {"text": ...}}` is two, and
/// `{"choices": [{"delta": {"tool_calls": [{"function": {"arguments": ...}}]}}]}` is seven.
pub(super) const DEEPEST: usize = 7;
/// How many items of a list in the item are looked into, from the first on.
pub(super) const ITEMS: usize = 4;
/// How many items without the field may stand between two that have it.
const MISSING: usize = 2;
/// The most fields of one item: the pieces of an answer have few, and each is compared with each of the item before.
pub(super) const FIELDS: usize = 64;

/// What stands in place of texts that are visited later, by the entry they stand in.
#[derive(Default)]
pub(super) struct Given(BTreeMap<usize, Vec<Replaced>>);

/// What stands in place of the text of a field.
struct Replaced {
    /// The keys that lead from the entry to the field; none where it is the entry's own.
    path: Path,
    text: Vec<u8>,
    /// What its first marker says.
    label: Arc<str>,
}

impl Given {
    /// Whether there is something for an entry.
    pub(super) fn is_for(&self, entry: usize) -> bool {
        self.0.contains_key(&entry)
    }

    fn add(&mut self, entry: usize, replaced: Replaced) {
        self.0.entry(entry).or_default().push(replaced);
    }

    /// Adds what stands in place of the text of an entry: the parts of it are told.
    pub(super) fn tell(&mut self, entry: usize, text: Vec<u8>, parts: &[Part]) {
        let label = parts.first().map_or_else(|| "SECRET".into(), |(_, label)| label.clone());
        self.add(entry, Replaced { path: Vec::new(), text, label });
    }

    /// Takes what was for one entry to another, whose own is forgotten.
    pub(super) fn take(&mut self, from: usize, to: usize) {
        if let Some(replaced) = self.0.remove(&from) {
            self.0.insert(to, replaced);
        }
    }

    /// Forgets what was for an entry.
    pub(super) fn forget_one(&mut self, entry: usize) {
        if !self.0.is_empty() {
            self.0.remove(&entry);
        }
    }

    /// Forgets what was for the entries from `start` on, which are taken off the stack.
    pub(super) fn forget(&mut self, start: usize) {
        if !self.0.is_empty() {
            drop(self.0.split_off(&start));
        }
    }
}

/// What stands for the item of a list on the way to a field, as a key does for a member.
pub(super) fn item_name(index: usize) -> Vec<u8> {
    format!("\0{index}").into_bytes()
}

/// A string field of a map.
#[derive(Clone)]
pub(super) struct Field<T> {
    pub path: Rc<Path>,
    pub text: T,
}

/// The string fields of an item, and how those of the items before were reached: mostly in the same ways.
pub(super) struct Fields<T> {
    list: Vec<Field<T>>,
    ways: Vec<Way>,
    /// The way that is likely next.
    next: usize,
    item: usize,
}

struct Way {
    path: Rc<Path>,
    /// The last item that had it.
    item: usize,
}

impl<T> Fields<T> {
    /// Whether an item may have no more.
    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= FIELDS
    }

    /// Takes in the next field, and the names that lead to it.
    pub(super) fn push<N: Ends>(&mut self, names: &[N], text: T) {
        let path = self.path(names);
        self.list.push(Field { path, text });
    }

    fn path<N: Ends>(&mut self, names: &[N]) -> Rc<Path> {
        let leads = |at: &usize| {
            let path = &self.ways[*at].path;
            path.len() == names.len() && path.iter().zip(names).all(|(one, name)| one == whole(name))
        };
        let likely = self.next.min(self.ways.len());
        let at = (likely..self.ways.len()).chain(0..likely).find(leads).unwrap_or_else(|| {
            let path = names.iter().map(|name| whole(name).to_vec()).collect::<Path>().into();
            self.ways.push(Way { path, item: self.item });
            self.ways.len() - 1
        });
        self.next = at + 1;
        let way = &mut self.ways[at];
        way.item = self.item;
        way.path.clone()
    }

    /// Forgets the fields, and the ways that were not gone for long.
    fn clear(&mut self) {
        self.list.clear();
        self.next = 0;
        self.item += 1;
        if self.ways.len() > FIELDS {
            let item = self.item;
            self.ways.retain(|way| way.item + MISSING + 1 >= item);
        }
    }
}

/// The fields of consecutive items, of which those are held that may go on in the next.
#[derive(Clone)]
struct Chains<'s, T> {
    scrubber: &'s Scrubber,
    open: Vec<Open<T>>,
    /// How many items there were, and how many of them were taken in.
    items: usize,
    turns: usize,
    found: Vec<Split<T>>,
}

/// A chain that may go on.
#[derive(Clone)]
struct Open<T> {
    chain: Chain<T>,
    /// When the last item was taken in that had the field.
    turn: usize,
}

impl<T: Ends + Clone> Chains<'_, T> {
    /// Takes in the next item with its fields: none if it is no map.
    fn item(&mut self, fields: &[Field<T>]) {
        let (item, turn) = (self.items, self.turns);
        for (index, Field { path, text }) in fields.iter().enumerate() {
            let same = |open: &Open<T>| open.turn < turn && open.chain.is_of(path);
            // Most often it is the field that stood there in the last item.
            let likely = self.open.get(index).is_some_and(same).then_some(index);
            let before = likely.or_else(|| self.open.iter().position(same));
            let at = before.unwrap_or(self.open.len());
            if before.is_none() {
                self.open.push(Open { chain: Chain::new(path.clone()), turn });
            }
            let open = &mut self.open[at];
            if open.chain.is_full(text) {
                let full = std::mem::replace(&mut open.chain, Chain::new(path.clone()));
                full.close(self.scrubber, &mut self.found);
            }
            open.chain.push(item, text.clone());
            open.turn = turn;
        }
        for over in self.open.extract_if(.., |open| open.turn + MISSING < turn) {
            over.chain.close(self.scrubber, &mut self.found);
        }
        self.items += 1;
        self.turns += 1;
    }

    /// The fields that have a part of a split secret.
    fn finish(mut self) -> Vec<Split<T>> {
        for open in self.open {
            open.chain.close(self.scrubber, &mut self.found);
        }
        self.found
    }
}

/// The fields of consecutive items, of all and of those that stay.
pub(super) struct Both<'s, T> {
    all: Chains<'s, T>,
    /// Of those that stay, if some do not.
    staying: Option<Chains<'s, T>>,
    /// The numbers of those that do not.
    gone: Vec<usize>,
    /// What those that stay say about the ones behind them.
    replies: Replies<T>,
    fields: Fields<T>,
}

impl<'s, T: Ends + Clone> Both<'s, T> {
    pub(super) fn new(scrubber: &'s Scrubber) -> Self {
        let all = Chains { scrubber, open: Vec::new(), items: 0, turns: 0, found: Vec::new() };
        let fields = Fields { list: Vec::new(), ways: Vec::new(), next: 0, item: 0 };
        Self { all, staying: None, gone: Vec::new(), replies: Replies::default(), fields }
    }

    /// Where the fields of the next item go: none if it is no map.
    pub(super) fn fields(&mut self) -> &mut Fields<T> {
        &mut self.fields
    }

    /// Takes in the item whose fields are known. It may be `gone`.
    pub(super) fn item(&mut self, gone: bool) {
        let fields = &self.fields.list;
        if !gone {
            self.replies.item(self.all.items, fields, self.all.scrubber);
        }
        if gone {
            self.gone.push(self.all.items);
            self.staying.get_or_insert_with(|| self.all.clone()).items += 1;
        } else if let Some(staying) = &mut self.staying {
            staying.item(fields);
        }
        self.all.item(fields);
        self.fields.clear();
    }

    /// The fields of items that stay which have a part of a split secret.
    pub(super) fn finish(self) -> Vec<Split<T>> {
        let mut found = self.all.finish();
        found.retain(|split| self.gone.binary_search(&split.item).is_err());
        let replies = self.replies.finish();
        if self.staying.is_none() && replies.is_empty() {
            return found;
        }
        found.extend(self.staying.map(Chains::finish).unwrap_or_default());
        found.extend(replies);
        found.sort_by(|one, other| (one.item, &one.path).cmp(&(other.item, &other.path)));
        found.dedup_by(|other, one| {
            let same = (one.item, &one.path) == (other.item, &other.path);
            if same {
                one.parts.append(&mut other.parts);
                lines::sort(&mut one.parts);
            }
            same
        });
        found
    }
}

/// A step on the way to a field.
enum Step<T> {
    Key(T),
    Item(Vec<u8>),
}

impl<T: Text> Ends for Step<T> {
    fn length(&self) -> usize {
        match self {
            Self::Key(key) => key.length(),
            Self::Item(name) => name.len(),
        }
    }

    fn part(&self, range: Range<usize>) -> &[u8] {
        match self {
            Self::Key(key) => key.part(range),
            Self::Item(name) => name.get(range).unwrap_or_default(),
        }
    }
}

/// Adds the string fields of a map, or of the maps in a list.
fn collect<N: Node>(node: &N, path: &mut Vec<Step<N::Text>>, fields: &mut Fields<N::Text>) {
    if node.is_map() {
        return node.entries(|key, value| {
            let text = value.text();
            let deeper = text.is_none() && path.len() + 1 < DEEPEST && (value.is_map() || value.is_list());
            let is_empty = text.as_ref().is_some_and(|text| text.bytes().is_empty());
            if fields.is_full() || is_empty || text.is_none() && !deeper {
                return;
            }
            path.push(Step::Key(key.key_text()));
            match text {
                Some(text) => fields.push(path, text),
                None => collect(&value, path, fields),
            }
            path.pop();
        });
    }
    let mut index = 0;
    node.items(|item| {
        if index < ITEMS && !fields.is_full() && path.len() + 1 < DEEPEST && item.is_map() {
            path.push(Step::Item(item_name(index)));
            collect(&item, path, fields);
            path.pop();
        }
        index += 1;
    });
}

impl<N: Node, S: Sink<N>> Walk<'_, N, S> {
    /// Whether maps stand side by side among the items from `start` on, without those that are `gone`: their numbers in order.
    pub(super) fn has_neighbouring_maps(&self, start: usize, gone: &[usize]) -> bool {
        let is_map =
            |entry: &Entry<N>| entry.place.label.is_none() && entry.value.as_ref().is_some_and(Node::is_map);
        let items = &self.entries[start..];
        let are_maps = |one: usize, other: usize| is_map(&items[one]) && is_map(&items[other]);
        // Deeper than that no map is looked into.
        self.may_go_deeper()
            && if gone.is_empty() {
                (1..items.len()).any(|at| are_maps(at - 1, at))
            } else {
                let staying = (0..items.len()).filter(|at| gone.binary_search(at).is_err());
                let staying: Vec<usize> = staying.collect();
                staying.windows(2).any(|pair| are_maps(pair[0], pair[1]))
            }
    }

    /// The fields of the items from `start` on that have a part of a split secret, among all of them or without those that are `gone`: their
    /// numbers in order.
    pub(super) fn split_fields(&self, start: usize, gone: &[usize]) -> Vec<Split<N::Text>> {
        let mut chains = Both::new(self.scrubber);
        let (mut patience, most) = (Patience::new(self.cutoff), self.entries_left());
        let mut path = Vec::new();
        for (index, item) in self.entries[start..].iter().enumerate() {
            if patience.is_over() {
                return Vec::new();
            }
            let small = |node: &&N| node.is_map() && node.size().is_none_or(|size| size <= most);
            if let Some(node) = item.value.as_ref().filter(small) {
                collect(node, &mut path, chains.fields());
            }
            chains.item(gone.binary_search(&index).is_ok());
        }
        chains.finish()
    }

    /// Keeps what stands in place of fields of the maps among the items from `start` on.
    pub(super) fn give(&mut self, start: usize, found: Vec<Split<N::Text>>) {
        for split in found {
            let label = split.label();
            let text = lines::replace(split.text.bytes(), split.parts, &mut self.tally);
            let path = split.path.to_vec();
            self.given.add(start + split.item, Replaced { path, text, label });
        }
    }

    /// Hands what stands in place of fields of the map that is visited to its members, the entries from `start` on.
    pub(super) fn hand_down(&mut self, start: usize) {
        for mut replaced in self.given.0.remove(&self.at).unwrap_or_default() {
            let is_named = |member: &Entry<N>| {
                let key = member.key.as_ref().zip(replaced.path.first());
                key.is_some_and(|(key, name)| key.key_text().bytes() == name)
            };
            if let Some(member) = self.entries[start..].iter().position(is_named) {
                replaced.path.remove(0);
                self.given.add(start + member, replaced);
            }
        }
    }

    /// Hands what stands in place of fields of the list that is visited to its items, the entries from `start` on.
    pub(super) fn hand_to_items(&mut self, start: usize) {
        for mut replaced in self.given.0.remove(&self.at).unwrap_or_default() {
            let named = |item: &usize| replaced.path.first().is_some_and(|name| *name == item_name(*item));
            if let Some(item) = (0..ITEMS.min(self.entries.len() - start)).find(named) {
                replaced.path.remove(0);
                self.given.add(start + item, replaced);
            }
        }
    }

    /// The label of what stands in place of a field of the map whose members are the entries from `start` on.
    pub(super) fn given_label(&self, start: usize) -> Option<Arc<str>> {
        let (_, replaced) = self.given.0.range(start..).next()?;
        replaced.first().map(|replaced| replaced.label.clone())
    }

    /// What stands in place of the text that is visited.
    pub(super) fn given_text(&mut self) -> Option<Vec<u8>> {
        let of = self.given.0.get_mut(&self.at)?;
        let found = of.iter().position(|replaced| replaced.path.is_empty())?;
        Some(of.swap_remove(found).text)
    }
}
