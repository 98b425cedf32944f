//! Joins texts that continue each other, so that a secret which is split over several of them is found as
//! one.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::lines::{self, Part};
use super::node::Text;
use crate::Scrubber;
use crate::scrub::Span;

/// How many bytes at each end of a longer text are joined with its neighbours.
pub(super) const NEAR: usize = 1 << 10;
/// The most texts that are joined at once.
const LONGEST: usize = 4_096;
/// After this many texts a chain ends where a text holds a space or the next one does not continue it: no
/// token crosses that place, and no line of a key.
const ENOUGH: usize = 1_024;
/// Like [`ENOUGH`], in bytes of the texts.
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

/// A field that holds parts of findings over several fields.
#[derive(Clone)]
pub(super) struct Split<T> {
    /// The number of the item that the field is in.
    pub item: usize,
    pub path: Rc<Path>,
    pub text: T,
    /// In order; they may overlap.
    pub parts: Vec<Part>,
}

impl<T> Split<T> {
    /// Returns the label of the first part.
    pub(super) fn label(&self) -> Arc<str> {
        self.parts.first().map_or_else(|| "SPLIT".into(), |(_, label)| label.clone())
    }
}

/// A chain of texts that continue each other: the same field in one item after the other.
#[derive(Clone)]
pub(super) struct Chain<T> {
    path: Rc<Path>,
    /// Whether these are the events of a streamed answer. In other maps, such as messages, a text may begin
    /// with a word of its own.
    streamed: bool,
    /// Whether the name of the field, or another member beside it, says so.
    told: bool,
    links: Vec<Link<T>>,
    /// How many bytes of the texts may be joined.
    bytes: usize,
    /// Whether a marker will be at the end of the last text.
    ended: bool,
}

/// One text of a chain.
#[derive(Clone)]
struct Link<T> {
    /// The number of the item that the text is in.
    item: usize,
    text: T,
    /// Whether this text may continue a token that the text before has begun.
    goes_on: bool,
    /// Whether a marker separates this text from the one before.
    apart: bool,
}

impl<T: Ends> Chain<T> {
    /// Creates a chain for the field at `path`; `told` says whether the field is known to hold pieces of a
    /// streamed answer.
    pub(super) fn new(path: Rc<Path>, told: bool) -> Self {
        let streamed = told || path.iter().any(|key| says_delta(key));
        Self { path, streamed, told, links: Vec::new(), bytes: 0, ended: false }
    }

    /// Whether this is the chain for the field at `path`, with the same value of `told`.
    pub(super) fn is_of(&self, path: &Rc<Path>, told: bool) -> bool {
        self.told == told && (Rc::ptr_eq(&self.path, path) || self.path == *path)
    }

    /// Adds the next text, of which the `known` parts will be redacted.
    pub(super) fn push(&mut self, item: usize, text: T, known: &[Part]) {
        let length = text.length();
        self.bytes += length.min(2 * NEAR);
        let begins = known.iter().any(|(part, _)| part.start == 0);
        let apart = begins || self.ended;
        let goes_on = !apart && self.goes_on(&text);
        self.ended = known.iter().any(|(part, _)| part.end >= length);
        self.links.push(Link { item, text, goes_on, apart });
    }

    /// Whether this chain is so long that `next` begins another one.
    pub(super) fn is_full(&self, next: &T) -> bool {
        let enough = self.links.len() >= ENOUGH || self.bytes >= ENOUGH_BYTES;
        let ends = || {
            let last = self.links.last().map(|link| link.text.part(near_end(&link.text)));
            !self.goes_on(next) || last.is_some_and(|last| last.contains(&b' '))
        };
        self.links.len() >= LONGEST || enough && ends()
    }

    /// Whether `next` may continue a token. The events of a streamed answer continue each other whatever they
    /// hold.
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

    /// Searches the texts as one, and adds to `found` those that hold a part of a finding over several.
    pub(super) fn close(mut self, scrubber: &Scrubber, found: &mut Vec<Split<T>>) {
        if self.links.len() < 2 {
            return;
        }
        if !self.streamed && self.is_cut_small() {
            self.streamed = true;
            for at in 1..self.links.len() {
                self.links[at].goes_on = !self.links[at].apart;
            }
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

    /// Whether the texts are so short, for a field that holds text, that they are the pieces of one: nobody
    /// writes messages like these.
    fn is_cut_small(&self) -> bool {
        const FEWEST: usize = 4;
        const LONGEST: usize = 32;
        /// What the texts are long on average, at most.
        const SHORT: usize = 8;
        let is_text = |key: &Vec<u8>| {
            matches!(
                key.as_slice(),
                b"content" | b"text" | b"textDelta" | b"chunk" | b"response" | b"token" | b"log" | b"input"
            )
        };
        let lengths = self.links.iter().map(|link| link.text.length());
        self.links.len() >= FEWEST
            && self.path.last().is_some_and(is_text)
            && lengths.clone().all(|length| length <= LONGEST)
            && lengths.sum::<usize>() <= SHORT * self.links.len()
    }

    /// Adds, by text, the parts of tokens that span several texts which continue each other.
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
                    // After a marker another token may begin.
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

    /// Adds the parts of values whose name is in another text, as long as nothing is left out between them.
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

    /// Adds the parts of multi-line blocks (private keys), of which each text holds a line or less.
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

    /// Whether the joined texts may hold the beginning or the end of a block.
    fn may_hold_block_together(&self, scrubber: &Scrubber) -> bool {
        let mut joined = Vec::with_capacity(self.bytes);
        for Link { text, .. } in &self.links {
            let (head, tail) = (0..text.length().min(NEAR), near_end(text));
            joined.extend_from_slice(text.part(head.clone()));
            joined.extend_from_slice(text.part(tail.start.max(head.end)..tail.end));
        }
        scrubber.may_hold_block(&joined)
    }

    /// Whether there are many `pieces`, none with a lower-case letter: then each is a code from a table
    /// (`GQ-KN`, `GQ-LI`), since some pieces of a token cut into so many would have one. The texts of the
    /// pieces are numbered from `first` on.
    fn are_codes(&self, first: usize, pieces: &[&Piece]) -> bool {
        const MANY: usize = 12;
        let is_code = |piece: &&Piece| {
            let part = self.links[first + piece.text].text.part(piece.from..piece.from + piece.length);
            !part.iter().any(u8::is_ascii_lowercase)
        };
        pieces.len() > MANY && pieces.iter().all(is_code)
    }

    /// Adds the parts that the `spans` have in `pieces`, for spans that touch at least two of them. The texts
    /// of the pieces are numbered from `first` on.
    fn add_parts(&self, first: usize, pieces: &[Piece], spans: Vec<Span>, parts: &mut Vec<Vec<Part>>) {
        self.add(first, pieces, spans, 2, parts);
    }

    /// Like [`Self::add_parts`], for spans that touch at least `least` pieces.
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

/// Returns the spans, which are in order, without those inside one piece that are found in this piece alone
/// as well. A span inside the first piece is also removed if the beginning of its text was left out: without
/// it, it proves nothing.
fn without_what_is_alone(
    mut spans: Vec<Span>,
    joined: &[u8],
    pieces: &[Piece],
    scrubber: &Scrubber,
) -> Vec<Span> {
    // The piece that was searched last, and its findings.
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

/// Finds the pieces that hold, at their end, something that is found in the piece alone, followed by the
/// beginning of a token. Returns where the finding ends and where the piece ends.
fn ends_alone(joined: &[u8], pieces: &[Piece], scrubber: &Scrubber) -> Vec<(usize, usize)> {
    /// The shortest word that may be a secret followed by the beginning of another, in bytes.
    const SHORTEST: usize = 8;
    let token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-+/=.".contains(byte);
    let end = |piece: &Piece| {
        let end = piece.at + piece.length;
        let text = &joined[piece.at..end];
        let word = text.len() - text.iter().rev().take_while(token).count();
        // Inside a word a token is recognised only after a marker, and so it is at the beginning of the next
        // piece. Few tokens continue like this, so that is checked first.
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

/// Returns the range near the end of a text.
fn near_end(text: &impl Ends) -> Range<usize> {
    text.length().saturating_sub(NEAR)..text.length()
}

/// Whether a multi-line block may begin, end or be cut in a text. Cheap: false positives are possible, false
/// negatives are not.
fn hints_at_block(text: &impl Ends) -> bool {
    /// A shorter text may be a piece of the line that begins a block.
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

/// Calls `look` with the joined texts and the origin of each piece. Of a long text only what is near a
/// neighbour is used, and where its middle is left out, one joined text ends and another begins. `between` is
/// put between two texts and belongs to no piece.
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

/// Whether the name of a key or of an event says that it is a part of something streamed.
pub(super) fn says_delta(key: &[u8]) -> bool {
    const WORD: &[u8] = b"delta";
    let begins = |at: usize| key.get(at..at + WORD.len()).is_some_and(|part| part.eq_ignore_ascii_case(WORD));
    memchr::memchr2_iter(b'd', b'D', key).any(begins)
}

/// A part of one text in the joined one.
struct Piece {
    at: usize,
    length: usize,
    /// The number of the text.
    text: usize,
    /// Where the part begins in that text.
    from: usize,
}
