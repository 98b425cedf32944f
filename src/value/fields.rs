//! The string fields of the items of a list, and the keys that lead to them.

use std::ops::Range;
use std::rc::Rc;

use super::command_output::holds_command;
use super::continuation::{Ends, NEAR, Path, whole};
use super::node::{Node, Text};

/// The maximum depth of a field below the item: `{"delta": {"text": ...}}` is two, and `{"choices":
/// [{"delta": {"tool_calls": [{"function": {"arguments": ...}}]}}]}` is seven.
pub(super) const DEEPEST: usize = 7;
/// How many items of a list inside the item are examined, from the first on.
pub(super) const ITEMS: usize = 4;
/// How many items of a list are examined if they are the words of a command.
pub(super) const WORDS: usize = 16;
/// How many items without a field may lie between two that have it.
pub(super) const MISSING: usize = 2;
/// The longest key on the path to a field, in bytes: each is compared with those of other fields.
pub(super) const KEY: usize = 256;
/// The most fields of one item: the pieces of a streamed answer have few, and each is compared with each of
/// the item before.
const FIELDS: usize = 64;

/// Returns what represents an item of a list in the path to a field, as a key represents a member.
pub(super) fn item_name(index: usize) -> Vec<u8> {
    format!("\0{index}").into_bytes()
}

/// A string field of a map.
#[derive(Clone)]
pub(super) struct Field<T> {
    pub path: Rc<Path>,
    pub text: T,
}

impl<T: Ends> Field<T> {
    /// Whether this is a word of a command that is a list.
    pub(super) fn is_word(&self) -> bool {
        self.path.last().is_some_and(|name| name.starts_with(b"\0"))
    }

    /// Returns the key and the words of the command that begins with this field, one of `fields`; `None` if
    /// this is no word or not the first one.
    pub(super) fn words<'f>(&'f self, fields: &'f [Self]) -> Option<(&'f [u8], Vec<u8>)> {
        let (first, list) = self.path.split_last()?;
        if *first != item_name(0) {
            return None;
        }
        let of_list = |field: &&Self| field.is_word() && field.path[..field.path.len() - 1] == *list;
        let words = fields.iter().filter(of_list);
        let words = words.map(|word| word.text.part(0..word.text.length().min(NEAR)));
        Some((list.last()?, words.collect::<Vec<_>>().join(&b' ')))
    }
}

/// The string fields of an item, and the paths to those of earlier items, which are mostly the same.
pub(super) struct Fields<T> {
    list: Vec<Field<T>>,
    ways: Vec<Way>,
    /// The index of the path that is likely next.
    next: usize,
    item: usize,
}

struct Way {
    path: Rc<Path>,
    /// The last item that had it.
    item: usize,
}

impl<T> Default for Fields<T> {
    fn default() -> Self {
        Self { list: Vec::new(), ways: Vec::new(), next: 0, item: 0 }
    }
}

impl<T> Fields<T> {
    pub(super) fn list(&self) -> &[Field<T>] {
        &self.list
    }

    /// Whether the item has as many fields as it may have.
    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= FIELDS
    }

    /// Adds the next field, and the names that lead to it.
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

    /// Removes the fields and, if there are many paths, those that no recent item had.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.next = 0;
        self.item += 1;
        if self.ways.len() > FIELDS {
            let item = self.item;
            self.ways.retain(|way| way.item + MISSING + 1 >= item);
        }
    }
}

/// A step on the path to a field.
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

/// Adds the string fields of a map.
pub(super) fn collect<N: Node>(map: &N, fields: &mut Fields<N::Text>) {
    descend(map, &mut Vec::new(), fields);
}

/// Like [`collect`], for what `path` leads to: a map, or the maps in a list.
fn descend<N: Node>(node: &N, path: &mut Vec<Step<N::Text>>, fields: &mut Fields<N::Text>) {
    if node.is_map() {
        return node.entries(|key, value| {
            let text = value.text();
            let deeper = text.is_none() && path.len() + 1 < DEEPEST && (value.is_map() || value.is_list());
            let is_empty = text.as_ref().is_some_and(|text| text.bytes().is_empty());
            if fields.is_full() || is_empty || text.is_none() && !deeper {
                return;
            }
            let key = key.key_text();
            if key.bytes().len() > KEY {
                return;
            }
            path.push(Step::Key(key));
            match text {
                Some(text) => fields.push(path, text),
                None => descend(&value, path, fields),
            }
            path.pop();
        });
    }
    let is_command = path.last().is_some_and(|key| holds_command(whole(key)));
    let mut index = 0;
    node.items(|item| {
        if is_command
            && index < WORDS
            && !fields.is_full()
            && let Some(text) = item.text().filter(|text| !text.bytes().is_empty())
        {
            path.push(Step::Item(item_name(index)));
            fields.push(path, text);
            path.pop();
        }
        if index < ITEMS && !fields.is_full() && path.len() + 1 < DEEPEST && item.is_map() {
            path.push(Step::Item(item_name(index)));
            descend(&item, path, fields);
            path.pop();
        }
        index += 1;
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::value::Json;

    #[test]
    fn a_field_has_the_keys_that_lead_to_it_and_none_behind_a_long_one() {
        let long = "k".repeat(KEY + 1);
        let map = json!({
            "a": "x", "b": {"c": "y", "d": ""}, "e": [{"f": "z"}, 1],
            long.as_str(): "x", "g": {long.as_str(): {"h": "x"}},
        });
        let mut fields = Fields::default();
        for _ in 0..3 {
            collect(&Json::Value(&map), &mut fields);
            let paths: Vec<Path> = fields.list().iter().map(|field| field.path.to_vec()).collect();
            let wanted: [&[&[u8]]; 3] = [&[b"a"], &[b"b", b"c"], &[b"e", b"\x000", b"f"]];
            assert_eq!(paths, wanted.map(|path| path.iter().map(|key| key.to_vec()).collect::<Path>()));
            fields.clear();
        }
        assert_eq!(fields.ways.len(), 3, "each way is kept once");
    }
}
