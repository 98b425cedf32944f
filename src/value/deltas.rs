//! Secrets split over the same string field of consecutive maps of a list, as the pieces of an answer that was streamed.

use super::frame::Entry;
use super::lines::{self, Part};
use super::node::{Node, Text};
use super::sink::Sink;
use super::walk::Walk;
use crate::Scrubber;
use crate::scrub::Tally;

/// How deep below the item the field may stand: `{"delta": {"text": ...}}` is two.
const DEEPEST: usize = 2;
/// The most fields of one item: the pieces of an answer have few, and each is compared with each of the item before.
const FIELDS: usize = 64;
/// How much of a longer text is joined with its neighbour's, in bytes.
const NEAR: usize = 1 << 10;
/// The most texts that are joined at once.
const LONGEST: usize = 4_096;

/// What stands in place of the text of a field.
pub(crate) struct Given {
    /// The item, by its place among the entries it was looked for in.
    pub item: usize,
    /// The keys that lead to the field.
    pub path: Vec<Vec<u8>>,
    pub text: Vec<u8>,
}

/// A string field of a map.
struct Field<T> {
    path: Vec<T>,
    text: T,
}

/// Texts that go on in each other.
struct Chain<T> {
    path: Vec<T>,
    /// The texts and the items they stand in.
    texts: Vec<(usize, T)>,
}

/// What stands in place of the fields of `items` that have a part of a split secret.
pub(crate) fn split_fields<N: Node>(
    items: &[Entry<N>],
    scrubber: &Scrubber,
    tally: &mut Tally,
) -> Vec<Given> {
    let mut found = Vec::new();
    let mut chains: Vec<Chain<N::Text>> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let mut fields = Vec::new();
        if let Some(node) = item.value.as_ref().filter(|node| node.is_map()) {
            collect(node, &mut Vec::new(), &mut fields);
        }
        let mut going_on = Vec::new();
        for Field { path, text } in fields {
            let same = |chain: &Chain<N::Text>| {
                chain.path.len() == path.len()
                    && chain.path.iter().zip(&path).all(|(a, b)| a.bytes() == b.bytes())
            };
            let before = chains.iter().position(same).map(|at| chains.swap_remove(at));
            let mut chain = match before {
                Some(chain) if chain.goes_on(text.bytes()) => chain,
                Some(chain) => {
                    chain.close(scrubber, tally, &mut found);
                    Chain { path, texts: Vec::new() }
                }
                None => Chain { path, texts: Vec::new() },
            };
            chain.texts.push((index, text));
            going_on.push(chain);
        }
        for chain in std::mem::replace(&mut chains, going_on) {
            chain.close(scrubber, tally, &mut found);
        }
    }
    for chain in chains {
        chain.close(scrubber, tally, &mut found);
    }
    found
}

/// Adds the string fields of a map.
fn collect<N: Node>(node: &N, path: &mut Vec<N>, fields: &mut Vec<Field<N::Text>>) {
    node.entries(|key, value| {
        if fields.len() >= FIELDS {
            return;
        }
        path.push(key);
        if let Some(text) = value.text() {
            if !text.bytes().is_empty() {
                fields.push(Field { path: path.iter().map(Node::key_text).collect(), text });
            }
        } else if path.len() < DEEPEST && value.is_map() {
            collect(&value, path, fields);
        }
        path.pop();
    });
}

impl<T: Text> Chain<T> {
    /// Whether a token may go on in `next`.
    fn goes_on(&self, next: &[u8]) -> bool {
        let token = |byte: Option<&u8>| {
            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-+/=".contains(byte))
        };
        let last = self.texts.last();
        self.texts.len() < LONGEST
            && token(last.and_then(|(_, text)| text.bytes().last()))
            && token(next.first())
    }

    /// Searches the texts as one, and adds what stands in place of those that have a part of something found in several.
    fn close(self, scrubber: &Scrubber, tally: &mut Tally, found: &mut Vec<Given>) {
        if self.texts.len() < 2 {
            return;
        }
        let (joined, pieces) = self.joined();
        let mut parts: Vec<Vec<Part>> = self.texts.iter().map(|_| Vec::new()).collect();
        for (start, end, label) in scrubber.whole_tokens(&joined) {
            let touched =
                pieces.iter().skip(pieces.partition_point(|piece| piece.at + piece.length <= start));
            let touched: Vec<&Piece> = touched.take_while(|piece| piece.at < end).collect();
            if touched.len() < 2 {
                continue;
            }
            for piece in touched {
                let in_text = |at: usize| at.clamp(piece.at, piece.at + piece.length) - piece.at + piece.from;
                parts[piece.text].push((in_text(start)..in_text(end), label.clone()));
            }
        }
        for ((item, text), parts) in self.texts.iter().zip(parts).filter(|(_, parts)| !parts.is_empty()) {
            found.push(Given {
                item: *item,
                path: self.path.iter().map(|key| key.bytes().to_vec()).collect(),
                text: lines::replace(text.bytes(), parts, tally),
            });
        }
    }

    /// The texts side by side, of long ones only what is near a neighbour, and where each piece came from.
    fn joined(&self) -> (Vec<u8>, Vec<Piece>) {
        let (mut joined, mut pieces) = (Vec::new(), Vec::new());
        let last = self.texts.len() - 1;
        for (index, (_, text)) in self.texts.iter().enumerate() {
            let text = text.bytes();
            let head = 0..text.len().min(NEAR);
            let tail = text.len().saturating_sub(NEAR)..text.len();
            let (one, other) = match index {
                0 => (tail, None),
                _ if index == last => (head, None),
                _ if head.end >= tail.start => (0..text.len(), None),
                _ => (head, Some(tail)),
            };
            for (number, range) in std::iter::once(one).chain(other).enumerate() {
                if number > 0 {
                    // What is left out between them parts them.
                    joined.push(b'\n');
                }
                pieces.push(Piece { at: joined.len(), length: range.len(), text: index, from: range.start });
                joined.extend_from_slice(&text[range]);
            }
        }
        (joined, pieces)
    }
}

/// A part of one text in the joined one.
struct Piece {
    at: usize,
    length: usize,
    /// Which text, and where in it the part begins.
    text: usize,
    from: usize,
}

impl<N: Node, S: Sink<N>> Walk<'_, N, S> {
    /// Whether maps stand side by side among the items from `start` on.
    pub(super) fn has_neighbouring_maps(&self, start: usize) -> bool {
        let is_map =
            |entry: &Entry<N>| entry.place.label.is_none() && entry.value.as_ref().is_some_and(Node::is_map);
        // Deeper than that no map is looked into.
        self.may_go_deeper() && self.entries[start..].windows(2).any(|pair| pair.iter().all(is_map))
    }

    /// Finds what is split over the fields of the maps among the items from `start` on.
    pub(super) fn prepare_maps(&mut self, start: usize) {
        let found = split_fields(&self.entries[start..], self.scrubber, &mut self.tally);
        self.given.extend(found.into_iter().map(|given| Given { item: start + given.item, ..given }));
    }

    /// Hands what stands in place of fields of the map that is visited to its members, the entries from `start` on.
    pub(super) fn hand_down(&mut self, start: usize) {
        if self.given.is_empty() {
            return;
        }
        let at = self.at;
        let members = &self.entries[start..];
        for given in self.given.iter_mut().filter(|given| given.item == at) {
            let member = members.iter().position(|member| {
                member
                    .key
                    .as_ref()
                    .zip(given.path.first())
                    .is_some_and(|(key, name)| key.key_text().bytes() == name)
            });
            if let Some(member) = member {
                given.item = start + member;
                given.path.remove(0);
            }
        }
    }

    /// What stands in place of the text that is visited.
    pub(super) fn given_text(&mut self) -> Option<Vec<u8>> {
        let at = self.at;
        let found = self.given.iter().position(|given| given.item == at && given.path.is_empty())?;
        Some(self.given.swap_remove(found).text)
    }
}
