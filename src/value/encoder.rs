//! The sink that writes JSON.

use super::escape::{push_bytes, push_text};
use super::node::{Node, Shape, Text};
use super::number;
use super::sink::{Container, Kind, Sink};

/// Where whitespace is put between the parts of JSON.
///
/// ```
/// use prestop::value::{Encoder, Json, Layout, Walk};
/// use prestop::{Preset, Scrubber};
///
/// let (value, scrubber) = (serde_json::json!([1, {}]), Scrubber::new(Preset::Strict));
/// let written = |layout| {
///     Walk::new(&scrubber, Encoder::new(layout)).run(&Json::Value(&value)).0.into_bytes()
/// };
/// assert_eq!(written(Layout::Compact), b"[1,{}]");
/// assert_eq!(written(Layout::Indented), b"[\n  1,\n  {}\n]");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// As in Python's `json.dump(indent=2)`, without a line break at the end: the layout of files.
    #[default]
    Indented,
    /// Nowhere: one line, for JSON lines and requests.
    Compact,
}

/// Writes what it receives as JSON: UTF-8 without unnecessary escapes, a lone surrogate as its escape, a
/// float that is not finite as null, an integer of more than 4,300 digits as the string `0x...`, a set as an
/// array sorted by its encoded items.
///
/// ```
/// use prestop::value::{Encoder, Json, Layout, Walk};
/// use prestop::{Preset, Scrubber};
///
/// let scrubber = Scrubber::new(Preset::Strict);
/// let (encoder, _) = Walk::new(&scrubber, Encoder::new(Layout::Compact)).run(&Json::Key("text"));
/// assert_eq!(encoder.into_bytes(), br#""text""#);
/// ```
#[derive(Debug, Default)]
pub struct Encoder {
    layout: Layout,
    out: Vec<u8>,
    levels: Vec<Level>,
    after_key: bool,
}

/// While the output is small, it grows by this multiple of its capacity.
const GROWTH: usize = 3;
/// From this capacity on, in bytes, the output only doubles.
const SMALL: usize = 1 << 20;

/// An open container.
#[derive(Debug)]
struct Level {
    container: Container,
    /// How many entries have begun.
    begun: usize,
    /// For a set, where each item begins, after its indentation.
    items: Vec<usize>,
}

impl Encoder {
    /// Creates an encoder that has written nothing.
    pub fn new(layout: Layout) -> Self {
        Self { layout, ..Self::default() }
    }

    /// Returns what was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Writes what precedes a value: nothing after a key, otherwise comma, line break and indentation.
    fn begin(&mut self) {
        if std::mem::take(&mut self.after_key) {
            return;
        }
        let depth = self.levels.len();
        let Some(level) = self.levels.last_mut() else { return };
        if level.begun > 0 {
            self.out.push(b',');
        }
        level.begun += 1;
        push_line(&mut self.out, self.layout, depth);
        if level.container == Container::Set {
            level.items.push(self.out.len());
        }
    }

    /// Makes room for a text, generously, so that the output is seldom moved: most of the surplus is memory
    /// that is never touched.
    fn make_room(&mut self, text: &[u8]) {
        let wanted = text.len() + text.len() / 16 + 64;
        if self.out.capacity() - self.out.len() < wanted {
            let more = if self.out.capacity() < SMALL { GROWTH * self.out.capacity() } else { 0 };
            self.out.reserve(wanted.max(more));
        }
    }

    fn string(&mut self, text: &[u8]) {
        self.make_room(text);
        self.begin();
        self.out.push(b'"');
        push_text(&mut self.out, text);
        self.out.push(b'"');
    }

    fn raw(&mut self, text: &[u8]) {
        self.begin();
        self.out.extend_from_slice(text);
    }

    /// Sorts the items of the set that ends by their encoded text.
    fn sort(&mut self, level: &Level) {
        let Some(&from) = level.items.first() else { return };
        let mut line = Vec::new();
        push_line(&mut line, self.layout, self.levels.len());
        let separator = ",".len() + line.len();
        let ends = level.items.iter().skip(1).map(|start| start - separator).chain([self.out.len()]);
        let mut items: Vec<&[u8]> =
            level.items.iter().zip(ends).map(|(start, end)| &self.out[*start..end]).collect();
        if items.is_sorted() {
            return;
        }
        items.sort_unstable();
        let mut sorted = Vec::with_capacity(self.out.len() - from);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                sorted.push(b',');
                sorted.extend_from_slice(&line);
            }
            sorted.extend_from_slice(item);
        }
        self.out.truncate(from);
        self.out.extend_from_slice(&sorted);
    }
}

fn push_line(out: &mut Vec<u8>, layout: Layout, depth: usize) {
    const SPACES: [u8; 64] = [b' '; 64];
    if layout == Layout::Compact {
        return;
    }
    out.push(b'\n');
    let mut left = depth * 2;
    while left > 0 {
        let some = left.min(SPACES.len());
        out.extend_from_slice(&SPACES[..some]);
        left -= some;
    }
}

impl<N: Node> Sink<N> for Encoder {
    const JSON: bool = true;

    fn plain(&mut self, node: &N, shape: &Shape<N::Text>) {
        match shape {
            Shape::Bool(true) => self.raw(b"true"),
            Shape::Bool(false) => self.raw(b"false"),
            Shape::Int(number) => self.raw(number.to_string().as_bytes()),
            Shape::Float(float) => self.raw(number::float(*float).as_deref().unwrap_or("null").as_bytes()),
            Shape::Digits(digits) => self.raw(digits.bytes()),
            Shape::Huge => {
                let hexadecimal = node.hexadecimal();
                match number::decimal(&hexadecimal) {
                    Some(digits) => self.raw(digits.as_bytes()),
                    None => self.string(&number::prefixed(&hexadecimal)),
                }
            }
            _ => self.raw(b"null"),
        }
    }

    fn kept(&mut self, _: &N, text: &[u8], kind: Kind) {
        self.make_room(text);
        self.begin();
        self.out.push(b'"');
        match kind {
            Kind::Bytes => push_bytes(&mut self.out, text),
            Kind::Text | Kind::Other => push_text(&mut self.out, text),
        }
        self.out.push(b'"');
    }

    fn replaced(&mut self, node: &N, text: &[u8], kind: Kind) {
        self.kept(node, text, kind);
    }

    fn marker(&mut self, marker: &str) {
        self.string(marker.as_bytes());
    }

    fn open(&mut self, _: &N, container: Container) {
        self.begin();
        self.out.push(if container == Container::Map { b'{' } else { b'[' });
        self.levels.push(Level { container, begun: 0, items: Vec::new() });
    }

    fn key(&mut self, _: &N, text: &[u8], _: bool) {
        self.string(text);
        self.out.extend_from_slice(if self.layout == Layout::Compact { b":" } else { b": " });
        self.after_key = true;
    }

    fn dropped(&mut self) {}

    fn close(&mut self) {
        let Some(level) = self.levels.last() else { return };
        if level.container == Container::Set
            && let Some(level) = self.levels.pop()
        {
            self.levels.push(Level { items: Vec::new(), ..level });
            self.sort(&level);
        }
        let Some(level) = self.levels.pop() else { return };
        if level.begun > 0 {
            push_line(&mut self.out, self.layout, self.levels.len());
        }
        self.out.push(if level.container == Container::Map { b'}' } else { b']' });
    }
}
