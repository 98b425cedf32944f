//! Items in the JSON of a text that a provider signed or encrypted: it accepts them back unchanged or not at
//! all.
//!
//! The walk over values does not see a transcript that is held as text or nested in a string of another. So
//! where something is found in a text that names such items, its objects are parsed, in nested strings too.
//! An item in which something must be redacted is dropped as a whole: from a list together with a comma,
//! elsewhere with a marker in its place. Random looks alone are no reason to redact an opaque field. An item
//! that does not end in the text (it is cut, or longer than a window) is treated as any other text.

use crate::lazy::Lazy;

use memchr::memmem::Finder;

use super::escape::{self, Quote};
use super::hit::{Form, Hit, Source};
use super::molecule::Pattern;
use super::payload;

mod evidence;

pub(crate) use evidence::{Evidence, Member, ends_in_opaque};

/// The most strings and brackets that are open at once. Beyond it all of them are forgotten.
const DEEPEST: usize = 1_024;

/// The most bytes of a key or a type that are compared.
const LONGEST: usize = 32;

/// Without one of these words in a key or a type there is no such item.
static WORDS: Lazy<[Finder<'static>; 3]> =
    Lazy::new(|| ["ignature", "ncrypted", "redacted"].map(Finder::new));

/// The last element for which `before` holds; those come first. A binary search compares only few of them.
fn last<T>(all: &[T], before: impl Fn(&T) -> bool) -> Option<&T> {
    let end = all.partition_point(|one| {
        #[cfg(test)]
        super::work::count_compared();
        before(one)
    });
    all[..end].last()
}

/// Merges all hits in an item into one, and drops hits in its opaque fields that may be chance. `hits` are in
/// order and do not overlap, and `open` are the strings open at the beginning of the text.
pub(crate) fn settle(text: &[u8], open: &[Quote], hits: &mut Vec<Hit>) {
    if hits.is_empty() || !may_hold(text) {
        return;
    }
    let items = Reader::new(text, open).read();
    hits.retain(|hit| {
        // The items are in order, and none contains another.
        let around = || last(&items, |item| item.start <= hit.start);
        !is_chance(text, hit) || !around().is_some_and(|item| item.is_opaque(hit))
    });
    let mut taken: Vec<Hit> = Vec::new();
    let mut last: Option<&Item> = None;
    for item in &items {
        let from = hits.partition_point(|hit| hit.end <= item.start);
        let inside = hits[from..].iter().take_while(|hit| hit.start < item.end);
        let inside: Vec<&Hit> = inside.collect();
        // A hit that covers more than the item redacts it anyway.
        if inside.is_empty() || inside.iter().any(|hit| hit.start < item.start || hit.end > item.end) {
            continue;
        }
        let beside = last.filter(|last| item.list && last.after.is_some() && last.after == item.before);
        match taken.last_mut().filter(|_| beside.is_some()) {
            // Of adjacent items that are dropped, one comma is kept, or none.
            Some(hit) if hit.end == item.before.map_or(0, |comma| comma + 1) => {
                hit.end = item.after.map_or(item.end, |comma| comma + 1);
            }
            Some(hit) => hit.end = item.end,
            None => taken.push(item.hit(&inside)),
        }
        last = Some(item);
    }
    if !taken.is_empty() {
        hits.append(&mut taken);
        super::hit::merge(hits);
    }
}

/// Whether a hit is justified by its looks alone, or is the prefix of a token that occurs by chance in so
/// much random data.
pub(crate) fn is_chance(text: &[u8], hit: &Hit) -> bool {
    match hit.source {
        Source::Entropy => true,
        // If it is joined with what surrounds it, the letters are inside.
        Source::Molecule(Pattern::SkToken) => memchr::memmem::find_iter(&text[hit.start..hit.end], "sk-")
            .all(|at| payload::goes_on(text, hit.start + at)),
        Source::Rule(_) => !hit.block && payload::goes_on(text, hit.start),
        _ => false,
    }
}

/// Appends what replaces an item besides the marker: the line breaks between its members.
pub(crate) fn write_breaks(gone: &[u8], layer: u32, out: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(found) = memchr::memchr3(b'\n', b'\r', b'\\', &gone[at..]) {
        at += found;
        let length = escape::line_break(gone, at);
        let backslashes = gone[at..].iter().take_while(|byte| **byte == b'\\').count();
        // Line breaks in its strings are a layer deeper.
        if length > 0 && (backslashes == 0 || layer > 0 && backslashes == 1 << (layer - 1)) {
            out.extend_from_slice(&gone[at..at + length]);
        }
        at += length.max(backslashes).max(1);
    }
}

fn may_hold(text: &[u8]) -> bool {
    // The words end these names, or a part of the name follows. In prose it is nearly always something else.
    let ends_name = |end: usize| matches!(text.get(end), Some(b'"' | b'\\' | b'_' | b'C' | b'D'));
    WORDS.iter().any(|word| word.find_iter(text).any(|at| ends_name(at + word.needle().len())))
}

/// A signed or encrypted item and its place.
#[derive(Debug)]
struct Item {
    start: usize,
    end: usize,
    /// The layer of its quotes.
    layer: u32,
    /// Whether it is in a list.
    list: bool,
    /// The commas before and after it in that list.
    before: Option<usize>,
    after: Option<usize>,
    /// Its opaque values, in order.
    opaque: Vec<(usize, usize)>,
}

impl Item {
    fn is_opaque(&self, hit: &Hit) -> bool {
        last(&self.opaque, |(start, _)| *start <= hit.start).is_some_and(|(_, end)| hit.end <= *end)
    }

    /// Returns the hit that redacts the item, made from the hits in it.
    fn hit(&self, inside: &[&Hit]) -> Hit {
        let surest =
            inside.iter().copied().reduce(|one, other| if other.is_surer(one) { other } else { one });
        let source = surest.map_or(Source::Entropy, |hit| hit.source.clone());
        let (start, end) = match (self.list, self.before, self.after) {
            (true, Some(comma), _) => (comma, self.end),
            (true, None, Some(comma)) => (self.start, comma + 1),
            _ => (self.start, self.end),
        };
        let quote = (!self.list).then_some(Quote { byte: b'"', layer: self.layer });
        let form = Form::Item { layer: self.layer, marked: !self.list };
        Hit { quote, form, ..Hit::new(start, end, source) }
    }
}

/// A string or bracket that is open at the current place.
enum Open {
    Text { start: usize },
    Bracket(Bracket),
}

/// An array or an object that is open.
#[derive(Default)]
struct Bracket {
    start: usize,
    object: bool,
    layer: u32,
    /// Its last comma.
    comma: Option<usize>,
    /// The index of the last entry, if that is an item.
    item: Option<usize>,
    /// The last string directly in it.
    string: Option<(usize, usize)>,
    key: Member,
    evidence: Evidence,
    /// The strings that are opaque, or are if the object turns out to be signed or encrypted; in order.
    values: Vec<(Member, usize, usize)>,
}

impl Bracket {
    fn key(&mut self, key: Member) {
        self.key = key;
        self.evidence.add(key);
    }

    /// Records a string directly in it.
    fn string(&mut self, text: &[u8], start: usize, end: usize, layer: u32) {
        self.string = Some((start, end));
        self.layer = layer;
        match self.key {
            Member::Type => {
                self.evidence.add_type(text.get(start..end.min(start + LONGEST)).unwrap_or_default());
            }
            Member::Opaque | Member::Signature | Member::Data => {
                self.values.push((self.key, start, end));
            }
            Member::Around | Member::Other => {}
        }
    }

    /// Its opaque values, if it is an item with some.
    fn into_opaque(self) -> Option<Vec<(usize, usize)>> {
        let Self { evidence, values, .. } = self;
        let opaque = values.into_iter().filter(|(key, ..)| evidence.is_opaque(*key));
        evidence.is_item().then(|| opaque.map(|(_, start, end)| (start, end)).collect())
    }
}

/// A parser that reads a text once.
struct Reader<'t> {
    text: &'t [u8],
    open: Vec<Open>,
    /// The open strings, as their layers and indexes in `open`. The layers increase, so there are few.
    strings: Vec<(u32, usize)>,
    items: Vec<Item>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t [u8], open: &[Quote]) -> Self {
        let mut reader = Self { text, open: Vec::new(), strings: Vec::new(), items: Vec::new() };
        for quote in open.iter().filter(|quote| quote.byte == b'"') {
            reader.open_string(quote.layer, 0);
        }
        reader
    }

    /// Returns the outermost items, in order.
    fn read(mut self) -> Vec<Item> {
        let mut at = 0;
        while let Some(skip) = self.text[at..].iter().position(|byte| TELLS[usize::from(*byte)]) {
            at += skip;
            at = self.step(at);
            if self.open.len() > DEEPEST {
                self.open.clear();
                self.strings.clear();
            }
        }
        self.items
    }

    /// Reads the byte at `at`, and returns where to continue.
    fn step(&mut self, at: usize) -> usize {
        match self.text[at] {
            b'\\' => return self.escape(at),
            b'"' => self.quote(at, 0),
            b'\n' => self.close_strings(0),
            byte @ (b'{' | b'[') => {
                let around =
                    |open: &Open| matches!(open, Open::Bracket(around) if around.key == Member::Around);
                let signed = byte == b'{' && self.open.last().is_some_and(around);
                self.open.push(Open::Bracket(Bracket {
                    evidence: Evidence::new(signed),
                    start: at,
                    object: byte == b'{',
                    ..Bracket::default()
                }));
            }
            byte @ (b'}' | b']') => self.close(at, byte == b'}'),
            byte => {
                if let Some(Open::Bracket(bracket)) = self.open.last_mut() {
                    if byte == b',' {
                        bracket.comma = Some(at);
                        bracket.string = None;
                        bracket.key = Member::Other;
                        let item = bracket.item.take();
                        if let Some(item) = item.and_then(|item| self.items.get_mut(item)) {
                            item.after = Some(at);
                        }
                    } else if let Some((start, end)) = bracket.string.take() {
                        bracket.key(Member::of(
                            self.text.get(start..end.min(start + LONGEST)).unwrap_or_default(),
                        ));
                    }
                }
            }
        }
        at + 1
    }

    /// Reads backslashes and what they escape, and returns where to continue.
    fn escape(&mut self, at: usize) -> usize {
        let backslashes = self.text[at..].iter().take_while(|byte| **byte == b'\\').count();
        let end = at + backslashes;
        match self.text.get(end) {
            Some(b'"') => {
                self.quote(end, backslashes);
                end + 1
            }
            // To the strings inside so many layers this is a raw line break.
            Some(b'n' | b'r') if backslashes.is_power_of_two() => {
                self.close_strings(backslashes.trailing_zeros() + 1);
                end + 1
            }
            Some(_) => end + usize::from(backslashes % 2 == 1),
            None => end,
        }
    }

    /// Closes the strings from a layer on at the end of a line.
    fn close_strings(&mut self, from: u32) {
        let kept = self.strings.partition_point(|(layer, _)| *layer < from);
        self.open.truncate(self.strings.get(kept).map_or(self.open.len(), |(_, index)| *index));
        self.strings.truncate(kept);
    }

    /// Opens a string, which closes those of its layer and of the layers inside it.
    fn open_string(&mut self, layer: u32, start: usize) {
        self.close_strings(layer);
        self.strings.push((layer, self.open.len()));
        self.open.push(Open::Text { start });
    }

    fn quote(&mut self, at: usize, backslashes: usize) {
        let layer = escape::layer(backslashes);
        let opened = self.strings.partition_point(|(open, _)| *open < layer);
        let Some(&(_, index)) = self.strings.get(opened).filter(|(open, _)| *open == layer) else {
            return self.open_string(layer, at + 1);
        };
        self.strings.truncate(opened);
        self.open.truncate(index + 1);
        let Some(Open::Text { start }) = self.open.pop() else { return };
        let end = at.saturating_sub(backslashes.min((1 << layer) - 1));
        if let Some(Open::Bracket(bracket)) = self.open.last_mut() {
            bracket.string(self.text, start, end, layer);
        }
    }

    fn close(&mut self, at: usize, object: bool) {
        if !matches!(self.open.last(), Some(Open::Bracket(_))) {
            return;
        }
        let Some(Open::Bracket(bracket)) = self.open.pop() else { return };
        let (start, layer) = (bracket.start, bracket.layer);
        let Some(opaque) = (bracket.object && object).then(|| bracket.into_opaque()).flatten() else {
            return;
        };
        while self.items.last().is_some_and(|inner| inner.start > start) {
            self.items.pop();
        }
        let mut item = Item { start, end: at + 1, layer, list: false, before: None, after: None, opaque };
        if let Some(Open::Bracket(around)) = self.open.last_mut()
            && !around.object
        {
            (item.list, item.before) = (true, around.comma);
            around.item = Some(self.items.len());
        }
        self.items.push(item);
    }
}

/// The bytes that matter to the parser.
static TELLS: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = b"\"\\\n{}[],:";
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests;
