//! Secrets split over consecutive string items of a list, such as a private key line by line.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::budget::Patience;
use super::deadline::head;
use super::events;
use super::frame::Entry;
use super::key::without_markers;
use super::node::{Node, Text};
use crate::cutoff::Cutoff;
use crate::scrub::{Continuation, Finding, Tally, marker};
use crate::{Preset, Scrubber};

/// How many bytes of consecutive items are searched as one text, from an item on that may begin a block.
const WINDOW: usize = 1 << 20;

/// How many bytes before that item are searched with it, for a block whose beginning is not in the list.
const BEFORE: usize = 1 << 16;

/// How many items after the one that it begins in are searched for a token: four times as many as the lines
/// that a token is joined from, since some hold nothing of it.
const ITEMS: usize = 64;

/// The longest item that is taken for a line, in bytes.
const LINE: usize = 1 << 10;

/// How many items after one that holds a name are searched with it: the rows of a table that a text is
/// searched for.
const BELOW: usize = 32;

/// How much of the items, or of the keys, is searched.
#[derive(Clone, Copy)]
pub(super) struct Bounds<'c> {
    /// The most bytes of each; of a longer one only the beginning is searched.
    pub longest: usize,
    /// After this nothing is searched.
    pub cutoff: Option<&'c Cutoff<'c>>,
}

impl Bounds<'_> {
    pub(super) const NONE: Self = Self { longest: usize::MAX, cutoff: None };
    pub(super) const NOTHING: Self = Self { longest: 0, cutoff: None };
}

/// The beginning of an item, up to this length.
#[derive(Clone)]
struct Head<T>(T, usize);

impl<T: Text> Text for Head<T> {
    fn bytes(&self) -> &[u8] {
        let text = self.0.bytes();
        if text.len() <= self.1 { text } else { head(text, self.1) }
    }
}

/// Replaces the parts of an item's text that belong to findings over several items. An item that is longer
/// than `longest` is cut.
pub(super) fn replace_in<N: Node>(item: &mut Entry<N>, parts: Vec<Part>, longest: usize, tally: &mut Tally) {
    if let Some(text) = item.value.as_ref().and_then(Node::text) {
        let is_cut = text.bytes().len() > longest;
        let mut replaced = replace(Head(text, longest).bytes(), parts, tally);
        if is_cut {
            tally.redacted("TRUNCATED");
            replaced.extend_from_slice(marker::TRUNCATED.as_bytes());
        }
        item.text = Some(replaced);
        item.changed = true;
    }
}

/// Returns the parts of findings over several items, in the items that are kept, by number and in order:
/// found among all items and, if some are `gone` (numbers in order), without those as well.
pub(crate) fn split_findings<N: Node>(
    items: &[Entry<N>],
    gone: &[usize],
    scrubber: &Scrubber,
    bounds: Bounds<'_>,
) -> Vec<(usize, Vec<Part>)> {
    let mut found = split_in(items, 0..items.len(), scrubber, bounds);
    if !gone.is_empty() {
        let is_gone = |index: &usize| gone.binary_search(index).is_ok();
        found.retain(|(index, _)| !is_gone(index));
        found.extend(split_in(items, (0..items.len()).filter(|index| !is_gone(index)), scrubber, bounds));
        merge(&mut found);
    }
    found
}

/// Whether an item may say something about what is in the items after it: it holds a part of a secret that
/// continues there, a name whose value is there, or what a command in an earlier one may have printed. Cheap,
/// and may be true without need.
pub(crate) fn may_go_on(text: &[u8], scrubber: &Scrubber) -> bool {
    scrubber.continuation(text).is_some()
        || may_name_next(text, scrubber)
        || events::holds_answer(text) && scrubber.preset() != Preset::Molecule
}

/// The stems of names that are searched for with the lines after them.
const STEMS: [&str; 10] = ["pass", "pwd", "psk", "secret", "token", "key", "cred", "auth", "cookie", "jwt"];
static NAMES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(STEMS).ok());

/// For the first three letters of the stems: of each byte, the stems that have it there.
static LETTERS: [[u16; 256]; 3] = [letters(0), letters(1), letters(2)];

const fn letters(at: usize) -> [u16; 256] {
    let mut of = [0; 256];
    let mut stem = 0;
    while stem < STEMS.len() {
        let letter = STEMS[stem].as_bytes()[at];
        of[letter as usize] |= 1 << stem;
        of[letter.to_ascii_uppercase() as usize] |= 1 << stem;
        stem += 1;
    }
    of
}

/// Whether an item is a line that may name a value in a line after it.
fn may_name_next(text: &[u8], scrubber: &Scrubber) -> bool {
    if text.len() > LINE || scrubber.preset() == Preset::Molecule {
        return false;
    }
    // This is asked of every item of every list: a loop without branches is several times as fast as the
    // automaton.
    let [first, second, third] = &LETTERS;
    let any = text.windows(3).fold(0, |any, at| {
        any | first[usize::from(at[0])] & second[usize::from(at[1])] & third[usize::from(at[2])]
    });
    let Some(names) = NAMES.as_ref().filter(|_| any != 0) else { return false };
    names.is_match(text) && is_line(text) && names.is_match(without_markers(text).as_ref())
}

/// Whether an item may be a line of a text. The JSON text of an object is one of its own.
fn is_line(text: &[u8]) -> bool {
    text.len() <= LINE && !text.starts_with(b"{")
}

/// Sorts the parts of an item.
pub(super) fn sort(parts: &mut [Part]) {
    parts.sort_by_key(|(part, _)| (part.start, part.end));
}

/// Counts what [`replace`] would count.
pub(super) fn count(parts: &[Part], tally: &mut Tally) {
    let mut to = 0;
    for (part, label) in parts {
        if part.start >= to {
            tally.redacted(label);
        }
        to = to.max(part.end);
    }
}

/// Merges and sorts the parts of each item, and sorts the items.
pub(crate) fn merge(found: &mut Vec<(usize, Vec<Part>)>) {
    found.sort_by_key(|(index, _)| *index);
    found.dedup_by(|(other, more), (one, parts)| {
        if one == other {
            parts.append(more);
            sort(parts);
        }
        one == other
    });
}

/// Like [`split_findings`], among the items with these numbers only.
fn split_in<N: Node>(
    items: &[Entry<N>],
    numbers: impl Iterator<Item = usize>,
    scrubber: &Scrubber,
    bounds: Bounds<'_>,
) -> Vec<(usize, Vec<Part>)> {
    let mut found = Vec::new();
    let mut run: (Vec<usize>, Vec<Head<N::Text>>) = Default::default();
    let mut close = |(numbers, texts): (Vec<usize>, Vec<Head<N::Text>>)| {
        let mut split = split_parts(&texts, scrubber, bounds.cutoff);
        split.extend(named_parts(&texts, scrubber, bounds.cutoff));
        split.extend(events::printed_parts(&texts, scrubber, bounds.cutoff));
        merge(&mut split);
        found.extend(split.into_iter().map(|(index, parts)| (numbers[index], parts)));
    };
    for number in numbers {
        match items[number].value.as_ref().and_then(Node::text) {
            Some(text) => {
                run.0.push(number);
                run.1.push(Head(text, bounds.longest));
            }
            None => close(std::mem::take(&mut run)),
        }
    }
    close(run);
    found
}

/// A part of one item, and the label of the finding it belongs to.
pub(crate) type Part = (Range<usize>, std::sync::Arc<str>);

/// Returns the parts of findings over several items, by item.
fn split_parts<T: Text>(
    texts: &[T],
    scrubber: &Scrubber,
    cutoff: Option<&Cutoff<'_>>,
) -> Vec<(usize, Vec<Part>)> {
    let mut found: Vec<(usize, Part)> = Vec::new();
    let mut look_from = 0;
    let mut patience = Patience::new(cutoff);
    let mut begins = |index: usize| {
        patience.spend(texts[index].bytes().len());
        let begun = if patience.is_over() { None } else { scrubber.continuation(texts[index].bytes()) };
        begun.map(|begun| (index, begun))
    };
    while let Some((opener, begun)) = (look_from..texts.len()).find_map(&mut begins) {
        let (window, next) = match begun {
            Continuation::Token => Window::of_tokens(texts, opener, scrubber),
            Continuation::Long => Window::around(texts, opener),
        };
        window.add_split_parts(scrubber, &mut found);
        if window.end() == texts.len() || cutoff.is_some_and(Cutoff::is_passed) {
            break;
        }
        look_from = next;
    }
    by_item(found)
}

/// Returns the parts of the items that are found when the lines around a name are read as one text, by item.
fn named_parts<T: Text>(
    texts: &[T],
    scrubber: &Scrubber,
    cutoff: Option<&Cutoff<'_>>,
) -> Vec<(usize, Vec<Part>)> {
    let mut found: Vec<(usize, Part)> = Vec::new();
    let mut patience = Patience::new(cutoff);
    let mut from = 0;
    while let Some(opener) = (from..texts.len()).find(|index| {
        patience.spend(texts[*index].bytes().len());
        !patience.is_over() && may_name_next(texts[*index].bytes(), scrubber)
    }) {
        let window = Window::of_lines(texts, opener, scrubber);
        window.add_parts_by_neighbours(scrubber, &mut found);
        from = window.end();
    }
    by_item(found)
}

/// Sorts parts of items, and puts those of each item together.
fn by_item(mut found: Vec<(usize, Part)>) -> Vec<(usize, Vec<Part>)> {
    found.sort_by(|(index, (part, _)), (other, (other_part, _))| {
        (index, part.start, part.end).cmp(&(other, other_part.start, other_part.end))
    });
    let mut by_item: Vec<(usize, Vec<Part>)> = Vec::new();
    for (index, part) in found {
        match by_item.last_mut() {
            Some((last, parts)) if *last == index => parts.push(part),
            _ => by_item.push((index, vec![part])),
        }
    }
    by_item
}

/// Consecutive items joined to one text.
struct Window {
    joined: Vec<u8>,
    /// The index of the first item.
    first: usize,
    /// The range of each item in the text.
    places: Vec<Range<usize>>,
    /// Where the item begins that the window was made for.
    opener_at: usize,
}

impl Window {
    fn beginning_at(first: usize) -> Self {
        Self { joined: Vec::new(), first, places: Vec::new(), opener_at: 0 }
    }

    /// Returns a window of the items around `opener`, and the index where the search goes on.
    fn around<T: Text>(texts: &[T], opener: usize) -> (Self, usize) {
        let mut first = opener;
        let mut before = 0;
        while first > 0 && before + texts[first - 1].bytes().len() < BEFORE {
            first -= 1;
            before += texts[first].bytes().len() + 1;
        }
        let mut window = Self::beginning_at(first);
        for (index, text) in texts.iter().enumerate().skip(first) {
            if index > opener && window.joined.len() - window.opener_at > WINDOW {
                break;
            }
            let start = window.push(text.bytes());
            if index == opener {
                window.opener_at = start;
            }
        }
        let next = window.middle();
        (window, next)
    }

    /// Returns a window from the item `opener` on, in which a token may begin, as far as that may reach, and
    /// the index where the search goes on. A token that begins in the window is followed too, so that no item
    /// is searched once for each item before it.
    fn of_tokens<T: Text>(texts: &[T], opener: usize, scrubber: &Scrubber) -> (Self, usize) {
        let mut window = Self::beginning_at(opener);
        let mut to = opener + 1;
        for (index, text) in texts.iter().enumerate().skip(opener) {
            let begun = scrubber.continuation(text.bytes());
            if index >= to + ITEMS || begun == Some(Continuation::Long) {
                return (window, index);
            }
            if window.joined.len() > WINDOW {
                let next = window.middle();
                return (window, next);
            }
            window.push(text.bytes());
            if begun.is_some() {
                to = index + 1;
            }
        }
        (window, texts.len())
    }

    /// Returns a window from the line `opener` on, which holds a name, as far as a value of that name or of
    /// one after it may be.
    fn of_lines<T: Text>(texts: &[T], opener: usize, scrubber: &Scrubber) -> Self {
        let mut window = Self::beginning_at(opener);
        let mut to = opener + 1;
        for (index, text) in texts.iter().enumerate().skip(opener) {
            let text = text.bytes();
            if index >= to + BELOW || !is_line(text) || window.joined.len() > WINDOW {
                break;
            }
            // An empty line separates what is before it from what is after it.
            if window.joined.last() != Some(&b'\n') || window.places.last().is_some_and(Range::is_empty) {
                window.joined.extend((!window.places.is_empty()).then_some(b'\n'));
            }
            window.push_as_it_is(text);
            if may_name_next(text, scrubber) {
                to = index + 1;
            }
        }
        window
    }

    /// Returns the index of the middle. The second half is searched again, since a block may begin in it and
    /// end after it.
    fn middle(&self) -> usize {
        self.index_at(WINDOW / 2)
    }

    /// Adds an item and returns where it begins.
    fn push(&mut self, text: &[u8]) -> usize {
        // Lines that were read with their line breaks get no second one.
        if !self.joined.is_empty() && self.joined.last() != Some(&b'\n') {
            self.joined.push(b'\n');
        }
        self.push_as_it_is(text)
    }

    fn push_as_it_is(&mut self, text: &[u8]) -> usize {
        let start = self.joined.len();
        self.joined.extend_from_slice(text);
        self.places.push(start..self.joined.len());
        start
    }

    /// Returns one past the index of the last item.
    fn end(&self) -> usize {
        self.first + self.places.len()
    }

    /// Returns the index of the first item that begins at least `distance` bytes after the one the window was
    /// made for.
    fn index_at(&self, distance: usize) -> usize {
        self.first + self.places.partition_point(|place| place.start < self.opener_at + distance)
    }

    /// Adds what is found in the items only because of those around them.
    fn add_parts_by_neighbours(&self, scrubber: &Scrubber, found: &mut Vec<(usize, Part)>) {
        if self.places.len() < 2 {
            return;
        }
        // The item that was searched last by itself, and its findings.
        let mut alone = (usize::MAX, Vec::new());
        for finding in scrubber.findings(&self.joined) {
            let from = self.places.partition_point(|place| place.end <= finding.start);
            let covered = self.places.iter().enumerate().skip(from);
            for (index, place) in covered.take_while(|(_, place)| place.start < finding.end) {
                let part =
                    finding.start.max(place.start) - place.start..finding.end.min(place.end) - place.start;
                if alone.0 != index {
                    alone = (index, scrubber.findings(&self.joined[place.clone()]));
                }
                let is_alone = |found: &Finding| found.start <= part.start && part.end <= found.end;
                if !part.is_empty() && !alone.1.iter().any(is_alone) {
                    found.push((self.first + index, (part, finding.label.clone())));
                }
            }
        }
    }

    fn add_split_parts(&self, scrubber: &Scrubber, found: &mut Vec<(usize, Part)>) {
        for (finding, part) in scrubber.findings_and_parts(&self.joined) {
            let from = self.places.partition_point(|place| place.end <= finding.start);
            let covered = self.places[from..].iter().take_while(|place| place.start < finding.end);
            if covered.clone().nth(1).is_none() && !part {
                continue;
            }
            for (index, place) in covered.enumerate() {
                let part =
                    finding.start.max(place.start) - place.start..finding.end.min(place.end) - place.start;
                if !part.is_empty() {
                    found.push((self.first + from + index, (part, finding.label.clone())));
                }
            }
        }
    }
}

/// Returns `text` with markers in place of `parts`, which are in order and may overlap or reach beyond the
/// end of the text.
pub(super) fn replace(text: &[u8], parts: Vec<Part>, tally: &mut Tally) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut copied_to = 0;
    for (part, label) in parts {
        let part = part.start.min(text.len())..part.end.min(text.len());
        if part.start >= copied_to {
            out.extend_from_slice(&text[copied_to..part.start]);
            out.extend_from_slice(marker(&label).as_bytes());
            tally.redacted(&label);
        }
        copied_to = copied_to.max(part.end);
    }
    out.extend_from_slice(&text[copied_to..]);
    out
}

#[cfg(test)]
mod tests;
