//! Texts that go on in each other, put together: what stands in several of them is found as one.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::lines::{self, Part};
use super::node::Text;
use crate::Scrubber;
use crate::scrub::Span;

/// How much of a longer text is joined with its neighbour's, in bytes.
pub(super) const NEAR: usize = 1 << 10;
/// The most texts that are joined at once, and how many, or how many bytes of them, are enough where one ends that holds a blank: no token goes
/// on there, and no line of a key.
const LONGEST: usize = 4_096;
const ENOUGH: usize = 1_024;
const ENOUGH_BYTES: usize = 1 << 17;

/// A text of which the parts near its ends can be read: at least [`NEAR`] bytes of each, or all of it.
pub(super) trait Ends {
    fn length(&self) -> usize;
    fn part(&self, range: Range<usize>) -> &[u8];
}

pub(super) fn whole(key: &impl Ends) -> &[u8] {
    key.part(0..key.length())
}

impl<T: Text> Ends for T {
    fn length(&self) -> usize {
        self.bytes().len()
    }

    fn part(&self, range: Range<usize>) -> &[u8] {
        self.bytes().get(range).unwrap_or_default()
    }
}

/// The keys that lead to a field.
pub(super) type Path = Vec<Vec<u8>>;

/// A field that has parts of something found in several.
#[derive(Clone)]
pub(super) struct Split<T> {
    /// The item it stands in, by its number among those taken in.
    pub item: usize,
    pub path: Rc<Path>,
    pub text: T,
    /// In order; they may overlap.
    pub parts: Vec<Part>,
}

impl<T> Split<T> {
    /// The label of its first part.
    pub(super) fn label(&self) -> Arc<str> {
        self.parts.first().map_or_else(|| "SPLIT".into(), |(_, label)| label.clone())
    }
}

/// Texts that go on in each other: of one field, in one item after the other.
#[derive(Clone)]
pub(super) struct Chain<T> {
    path: Rc<Path>,
    /// Whether these are the events of an answer. Other maps, such as messages, may begin with a word.
    streamed: bool,
    /// Whether what stands beside the field says so.
    told: bool,
    links: Vec<Link<T>>,
    /// How many bytes of them may be joined.
    bytes: usize,
    /// Whether a marker will stand at the end of the last.
    ended: bool,
}

/// One of these texts.
#[derive(Clone)]
struct Link<T> {
    /// The item it stands in.
    item: usize,
    text: T,
    /// Whether a token may go on in it that the text before has begun.
    goes_on: bool,
}

impl<T: Ends> Chain<T> {
    /// A chain of the field at `path`; whether it is `told` that it holds pieces.
    pub(super) fn new(path: Rc<Path>, told: bool) -> Self {
        let streamed = told || path.iter().any(|key| says_delta(key));
        Self { path, streamed, told, links: Vec::new(), bytes: 0, ended: false }
    }

    /// Whether its texts are those of the field at `path`, of which it is as much `told`.
    pub(super) fn is_of(&self, path: &Rc<Path>, told: bool) -> bool {
        self.told == told && (Rc::ptr_eq(&self.path, path) || self.path == *path)
    }

    /// Takes in the next text, of which some parts are known to go.
    pub(super) fn push(&mut self, item: usize, text: T, known: &[Part]) {
        let length = text.length();
        self.bytes += length.min(2 * NEAR);
        let begins = known.iter().any(|(part, _)| part.start == 0);
        let goes_on = !begins && !self.ended && self.goes_on(&text);
        self.ended = known.iter().any(|(part, _)| part.end >= length);
        self.links.push(Link { item, text, goes_on });
    }

    /// Whether `next` begins another chain, since this one is long.
    pub(super) fn is_full(&self, next: &T) -> bool {
        let enough = self.links.len() >= ENOUGH || self.bytes >= ENOUGH_BYTES;
        let ends = || {
            let last = self.links.last().map(|link| link.text.part(near_end(&link.text)));
            !self.goes_on(next) || last.is_some_and(|last| last.contains(&b' '))
        };
        self.links.len() >= LONGEST || enough && ends()
    }

    /// Whether a token may go on in `next`. The events of an answer go on in each other whatever they hold.
    fn goes_on(&self, next: &T) -> bool {
        let token = |bytes: &[u8]| {
            bytes.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-+/=.".contains(byte))
        };
        let last = self.links.last().map(|link| (&link.text, link.text.length()));
        last.is_some_and(|(text, length)| {
            self.streamed
                || token(text.part(length.saturating_sub(1)..length))
                    && token(next.part(0..next.length().min(1)))
        })
    }

    /// Searches the texts as one, and adds those that have a part of something found in several.
    pub(super) fn close(self, scrubber: &Scrubber, found: &mut Vec<Split<T>>) {
        if self.links.len() < 2 {
            return;
        }
        let mut parts: Vec<Vec<Part>> = Vec::new();
        self.find_tokens(scrubber, &mut parts);
        if self.streamed {
            self.find_named(scrubber, &mut parts);
        }
        self.find_blocks(scrubber, &mut parts);
        if parts.is_empty() {
            return;
        }
        let Self { path, links, .. } = self;
        for (link, mut parts) in links.into_iter().zip(parts).filter(|(_, parts)| !parts.is_empty()) {
            lines::sort(&mut parts);
            found.push(Split { item: link.item, path: path.clone(), text: link.text, parts });
        }
    }

    /// Adds the parts of tokens, by text: of those that stand in texts which go on in each other.
    fn find_tokens(&self, scrubber: &Scrubber, parts: &mut Vec<Vec<Part>>) {
        let mut first = 0;
        for links in self.links.chunk_by(|_, next| next.goes_on) {
            if links.len() > 1 {
                each_joined(links, b"", |joined, pieces| {
                    let mut find = |from: usize, to: usize| {
                        let inside = |piece: &&Piece| (from + 1..to).contains(&piece.at);
                        let joints: Vec<usize> =
                            pieces.iter().filter(inside).map(|piece| piece.at - from).collect();
                        let tokens =
                            scrubber.tokens_over(&joined[from..to], &joints, !self.streamed).into_iter();
                        let tokens = tokens.map(|(start, end, label)| (from + start, from + end, label));
                        self.add_parts(first, pieces, tokens.collect(), parts);
                    };
                    find(0, joined.len());
                    // Where a marker will stand, another token may begin.
                    let ends = ends_alone(joined, pieces, scrubber);
                    for (index, (end, _)) in ends.iter().enumerate() {
                        let to = ends.get(index + 1).map_or(joined.len(), |(_, to)| *to);
                        find(*end, to);
                    }
                });
            }
            first += links.len();
        }
    }

    /// Adds those of values whose name stands in another text, as far as nothing is left out between them.
    fn find_named(&self, scrubber: &Scrubber, parts: &mut Vec<Vec<Part>>) {
        let mut first = 0;
        for links in self.links.chunk_by(|_, next| next.goes_on) {
            if links.len() > 1 {
                each_joined(links, b"", |joined, pieces| {
                    let said = without_what_is_alone(scrubber.scan_joined(joined), joined, pieces, scrubber);
                    self.add(first, pieces, said, 1, parts);
                });
            }
            first += links.len();
        }
    }

    /// Adds those of blocks of lines (a private key), each line of which, or less, stands in a text.
    fn find_blocks(&self, scrubber: &Scrubber, parts: &mut Vec<Vec<Part>>) {
        if !self.links.iter().any(|link| hints_at_block(&link.text))
            || !self.may_hold_block_together(scrubber)
        {
            return;
        }
        for between in [b"".as_slice(), b"\n"] {
            each_joined(&self.links, between, |joined, pieces| {
                self.add_parts(0, pieces, scrubber.blocks(joined), parts);
            });
        }
    }

    /// Whether what begins or ends a block of lines may stand in the texts put together.
    fn may_hold_block_together(&self, scrubber: &Scrubber) -> bool {
        let mut joined = Vec::with_capacity(self.bytes);
        for Link { text, .. } in &self.links {
            let (head, tail) = (0..text.length().min(NEAR), near_end(text));
            joined.extend_from_slice(text.part(head.clone()));
            joined.extend_from_slice(text.part(tail.start.max(head.end)..tail.end));
        }
        scrubber.may_hold_block(&joined)
    }

    /// Whether many `pieces`, whose texts are those from the number `first` on, have no small letter: each is the code of something in a
    /// table (`GQ-KN`, `GQ-LI`), and of a token that is cut into so many some would have one.
    fn are_codes(&self, first: usize, pieces: &[&Piece]) -> bool {
        const MANY: usize = 12;
        let is_code = |piece: &&Piece| {
            let part = self.links[first + piece.text].text.part(piece.from..piece.from + piece.length);
            !part.iter().any(u8::is_ascii_lowercase)
        };
        pieces.len() > MANY && pieces.iter().all(is_code)
    }

    /// Adds the parts that `spans` have in several of the `pieces`, whose texts are those from the number `first` on.
    fn add_parts(&self, first: usize, pieces: &[Piece], spans: Vec<Span>, parts: &mut Vec<Vec<Part>>) {
        self.add(first, pieces, spans, 2, parts);
    }

    /// The same of those that have a part in so many of them at least.
    fn add(
        &self,
        first: usize,
        pieces: &[Piece],
        spans: Vec<Span>,
        least: usize,
        parts: &mut Vec<Vec<Part>>,
    ) {
        for (start, end, label) in spans {
            let touched =
                pieces.iter().skip(pieces.partition_point(|piece| piece.at + piece.length <= start));
            let touched: Vec<&Piece> = touched.take_while(|piece| piece.at < end).collect();
            if touched.len() < least || !self.streamed && self.are_codes(first, &touched) {
                continue;
            }
            parts.resize_with(self.links.len(), Vec::new);
            for piece in touched {
                let in_text = |at: usize| at.clamp(piece.at, piece.at + piece.length) - piece.at + piece.from;
                let part = in_text(start)..in_text(end);
                if !part.is_empty() {
                    parts[first + piece.text].push((part, label.clone()));
                }
            }
        }
    }
}

/// Spans of a text, in order, without those in one piece that says as much by itself, or in the first one where the beginning of that is left
/// out, which says nothing.
fn without_what_is_alone(
    mut spans: Vec<Span>,
    joined: &[u8],
    pieces: &[Piece],
    scrubber: &Scrubber,
) -> Vec<Span> {
    // What the piece of the last span says.
    let mut alone = (usize::MAX, Vec::new());
    spans.retain(|(start, end, _)| {
        let at = pieces.partition_point(|piece| piece.at + piece.length <= *start);
        let Some(piece) = pieces.get(at).filter(|piece| *end <= piece.at + piece.length) else { return true };
        if at == 0 && piece.from > 0 {
            return false;
        }
        if alone.0 != at {
            alone = (at, scrubber.findings(&joined[piece.at..piece.at + piece.length]));
        }
        !alone.1.iter().any(|found| piece.at + found.start <= *start && *end <= piece.at + found.end)
    });
    spans
}

/// Where something ends in a piece that is found in it alone, with the beginning of a token behind it, and where that piece ends.
fn ends_alone(joined: &[u8], pieces: &[Piece], scrubber: &Scrubber) -> Vec<(usize, usize)> {
    /// No shorter word is a secret with the beginning of another behind it.
    const SHORTEST: usize = 8;
    let token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-+/=.".contains(byte);
    let end = |piece: &Piece| {
        let end = piece.at + piece.length;
        let text = &joined[piece.at..end];
        let word = text.len() - text.iter().rev().take_while(token).count();
        // Inside a word a token is found only behind a marker, and so it is at the next piece's beginning. Hardly any goes on so.
        let places = piece.at + word + 1..joined.len().min(end + 1);
        if text.len() - word < SHORTEST || !scrubber.begins_over(joined, places) {
            return None;
        }
        let found = scrubber.findings(text);
        let last = found.last().filter(|last| last.end > word)?;
        Some((piece.at + last.end, end))
    };
    pieces[..pieces.len().saturating_sub(1)].iter().filter_map(end).collect()
}

/// The part near the end of a text.
fn near_end(text: &impl Ends) -> Range<usize> {
    text.length().saturating_sub(NEAR)..text.length()
}

/// Whether a block of lines may begin or end in a text, or be cut there: cheap, true too often rather than too seldom.
fn hints_at_block(text: &impl Ends) -> bool {
    /// A shorter text may be a piece of the line that begins one.
    const PIECE: usize = 64;
    let length = text.length();
    if length < PIECE {
        return memchr::memchr(b'-', text.part(0..length)).is_some();
    }
    let holds = |part: &[u8]| {
        part.first() == Some(&b'-')
            || part.last() == Some(&b'-')
            || [b"-----".as_slice(), b"rivate-"].iter().any(|sign| memchr::memmem::find(part, sign).is_some())
    };
    if length <= 2 * NEAR {
        return holds(text.part(0..length));
    }
    holds(text.part(0..NEAR)) || holds(text.part(near_end(text)))
}

/// Calls `look` with the texts side by side, and where each piece came from: of a long one only what is near a neighbour, where what is
/// left out parts one of these from the next. What stands `between` them is a part of none.
fn each_joined<T: Ends>(links: &[Link<T>], between: &[u8], mut look: impl FnMut(&[u8], &[Piece])) {
    let bytes = |link: &Link<T>| link.text.length().min(2 * NEAR) + between.len();
    let mut joined = Vec::with_capacity(links.iter().map(bytes).sum());
    let mut pieces = Vec::with_capacity(links.len());
    let last = links.len() - 1;
    for (index, Link { text, .. }) in links.iter().enumerate() {
        let length = text.length();
        let head = 0..length.min(NEAR);
        let tail = near_end(text);
        let (one, other) = match index {
            0 => (tail, None),
            _ if index == last => (head, None),
            _ if head.end >= tail.start => (0..length, None),
            _ => (head, Some(tail)),
        };
        for (number, range) in std::iter::once(one).chain(other).enumerate() {
            if number > 0 {
                look(&joined, &pieces);
                joined.clear();
                pieces.clear();
            } else if index > 0 {
                joined.extend_from_slice(between);
            }
            pieces.push(Piece { at: joined.len(), length: range.len(), text: index, from: range.start });
            joined.extend_from_slice(text.part(range));
        }
    }
    look(&joined, &pieces);
}

/// Whether the name of a key or of an event says that it is a part of something that is streamed.
pub(super) fn says_delta(key: &[u8]) -> bool {
    const WORD: &[u8] = b"delta";
    key.windows(WORD.len()).any(|part| part.eq_ignore_ascii_case(WORD))
}

/// A part of one text in the joined one.
struct Piece {
    at: usize,
    length: usize,
    /// Which text, and where in it the part begins.
    text: usize,
    from: usize,
}
