//! Searches a long text window by window, so that a stream finds exactly what one call finds.
//!
//! Both cut a text at the same places, because the end of a window depends only on the bytes from its
//! beginning on: it is the last line break outside all hits that leaves a margin, or, in a line too long for
//! that, a place between two words. Rules, names and known values reach less far than the margin, so a cut
//! hides nothing: a hit that begins after it was found before it too, and is carried over.

use super::Field;
use super::engine::Engine;
use super::escape::{self, Quote};
use super::hit::{self, Hit};
use super::marker;
use super::open_strings::Nesting;
use crate::cutoff::Cutoff;

/// The size of a window of text and of the margin at its end, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) size: usize,
    pub(crate) margin: usize,
    /// How far a change matters in a text without long blocks.
    pub(crate) near: usize,
}

/// A hit that ends less than this before the end of the window may be incomplete, in bytes.
const SLACK: usize = 64;
/// How far back from the margin a place between words is searched for, in bytes.
const BACK: usize = 1 << 12;
/// The longest match of a rule, in bytes, except for blocks and for matches within one line of any length.
/// Hits count up to this distance from a change, and what they depend on may be as far again.
pub(super) const NEAR: usize = 4 << 10;

impl Window {
    /// The size is twice the farthest that a search reads (1 MiB). The margin is enough for every rule and
    /// for every spelling of known values of at most `longest` bytes.
    pub(crate) fn new(longest: usize) -> Self {
        let size = 2 << 20;
        // The longest rule reaches 64 KiB, and as far back; the longest spelling (`\U00000041`) needs ten bytes
        // for one.
        let spelled = longest.saturating_mul(10).min(size / 2);
        Self { size, margin: spelled.max(128 << 10), near: spelled.max(NEAR) }
    }
}

/// What one window passes on to the next.
#[derive(Debug, Default)]
pub(crate) struct Carry {
    /// The strings open where the next window begins.
    open: Vec<Quote>,
    /// Hits in the next window, by its offsets.
    hits: Vec<Hit>,
    /// A value that continues in the next window.
    value: Option<Value>,
    /// Whether this is not the first window.
    begun: bool,
}

/// A value that crosses the end of a window, and what ends it.
#[derive(Debug)]
struct Value {
    /// The strings it is in, the innermost last.
    open: Vec<Quote>,
    /// Whether it may contain white space, and goes on to the end of the string or of the line.
    spaced: bool,
}

/// The result of searching a window.
#[derive(Debug)]
pub(crate) struct WindowScan {
    /// How much of the beginning belongs to the last hit of the previous window.
    pub(crate) continued: usize,
    /// The hits after that, in order, not overlapping.
    pub(crate) hits: Vec<Hit>,
    /// Where the next window begins.
    pub(crate) cut: usize,
}

/// Searches one window of a text that goes on after it. `None` if the cut-off has passed meanwhile.
pub(crate) fn search(
    engine: &Engine,
    text: &[u8],
    field: Field,
    carry: &mut Carry,
    cutoff: Option<&Cutoff<'_>>,
) -> Option<WindowScan> {
    let mut found = last(engine, text, field, carry, cutoff)?;
    let size = text.len();
    // Where a value is cut: an escape there begins the next window whole, since it may end the value.
    let border = size - torn(&text[size.saturating_sub(SLACK)..]);
    if found.continued == size {
        if border > 0 {
            (found.continued, found.cut) = (border, border);
        }
        return Some(found);
    }
    let limit = size - engine.window().margin.min(size);
    if limit <= found.continued {
        found.hits.clear();
        found.cut = found.continued;
        carry.value = None;
        return Some(found);
    }
    let open = carry.open.clone();
    let nesting = |place| Nesting::from(found.continued, &open).open_at(text, place).to_vec();
    let from = found.continued;
    let margin = engine.window().margin;
    // What started the last hit may be before every possible cut.
    if let Some(hit) =
        found.hits.last_mut().filter(|hit| hit.start < limit + margin / 2 && hit.end + SLACK > size)
    {
        let open = nesting(hit.start);
        let value = Value::at(text, hit, &open);
        if value.is_cut(text, hit, border) {
            let border = if border > hit.start { border } else { size };
            (hit.end, found.cut) = (border, border);
            // The line breaks of a hit are written with its marker, before the ones that follow are known.
            (hit.block, hit.depth) = (false, 0);
            (carry.open, carry.value) = (open, Some(value));
            return Some(found);
        }
    }
    let cut = line_end(text, from, limit, &found.hits)
        .unwrap_or_else(|| between_words(text, from, limit, &found.hits));
    carry.open = nesting(cut);
    let behind = found.hits.partition_point(|hit| hit.start < cut);
    carry.hits = found.hits.split_off(behind);
    let near = cut + margin / 2;
    carry.hits.retain_mut(|hit| {
        // The last one was asked about above, if it began early enough.
        let asked = hit.start < limit + margin / 2;
        let whole = hit.start < near && (asked || hit.end + SLACK < size);
        (hit.start, hit.end) = (hit.start - cut, hit.end - cut);
        whole
    });
    found.cut = cut;
    Some(found)
}

/// Searches the last window of a text, or all of a short one. `None` if the cut-off has passed meanwhile.
pub(crate) fn last(
    engine: &Engine,
    text: &[u8],
    field: Field,
    carry: &mut Carry,
    cutoff: Option<&Cutoff<'_>>,
) -> Option<WindowScan> {
    let continued = carry.value.as_ref().map_or(0, |value| value.length(text));
    // Nothing is carried where a value goes on: it extended to the end of the window.
    let mut carried = std::mem::take(&mut carry.hits);
    if !std::mem::replace(&mut carry.begun, true) {
        carried.extend(engine.cut_beginning(text));
    }
    if continued < text.len() {
        carry.value = None;
    }
    let mut hits = engine.fixed_point(&text[continued..], field, &carry.open, carried, cutoff)?;
    hit::shift(&mut hits, continued);
    Some(WindowScan { continued, hits, cut: text.len() })
}

/// Returns the place after the last line break in the second half of `..limit` that is inside no hit.
fn line_end(text: &[u8], from: usize, limit: usize, hits: &[Hit]) -> Option<usize> {
    let from = from.max(limit / 2);
    let mut before = limit;
    loop {
        let cut = from + memchr::memrchr(b'\n', &text[from..before])? + 1;
        match over(hits, cut) {
            None => return Some(cut),
            Some(at) => before = hits[at].start.max(from),
        }
    }
}

/// A place near `limit` between two words that is inside no hit.
fn between_words(text: &[u8], from: usize, limit: usize, hits: &[Hit]) -> usize {
    let near = &text[limit.saturating_sub(BACK).max(from)..limit];
    let between = near.iter().rposition(|byte| matches!(byte, b' ' | b'\t' | b',' | b';'));
    let back = between.map_or_else(|| torn(near), |at| near.len() - at - 1);
    // Even without room to go back, no character is cut.
    let rest = text[limit..].iter().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count();
    let cut = if limit - back > from { limit - back } else { limit + rest };
    over(hits, cut).map_or(cut, |at| hits[at].end)
}

/// How many of the last bytes belong to a character, an escape or a marker that must not be cut.
fn torn(text: &[u8]) -> usize {
    if let Some(open) = memchr::memmem::rfind(text, marker::OPEN.as_bytes())
        && !text[open..].contains(&b']')
    {
        return text.len() - open;
    }
    // A character has at most three continuation bytes; `\u0041` and `%41` are cut before their first byte.
    let tail = text.iter().rev().take(3).take_while(|byte| **byte & 0xC0 == 0x80).count();
    let tail = if text.iter().rev().nth(tail).is_some_and(|byte| *byte >= 0xC0) { tail + 1 } else { 0 };
    let last = &text[text.len().saturating_sub(12)..];
    let mark = memchr::memrchr2(b'\\', b'%', last).map(|at| text.len() - last.len() + at);
    let escape = mark.map_or(0, |at| text.len() - at + escape::backslashes_before(text, 0, at));
    tail.max(escape)
}

/// The index of the hit that `cut` is inside of.
fn over(hits: &[Hit], cut: usize) -> Option<usize> {
    let at = hits.partition_point(|hit| hit.end <= cut);
    hits.get(at).is_some_and(|hit| hit.start < cut).then_some(at)
}

impl Value {
    /// The value that `hit` covers, where the strings `open` are open in front of it.
    fn at(text: &[u8], hit: &Hit, open: &[Quote]) -> Self {
        let own = escape::quote_before(text, hit.start);
        let spaced = own.is_some() || hit.block || text[hit.start..hit.end].contains(&b' ');
        // Its own quote may have been read as a closing one.
        let own = own.filter(|own| !open.contains(own));
        Self { open: open.iter().copied().chain(own).collect(), spaced }
    }

    /// Whether the end of the window ended `hit`, and nothing in the text did. From `border` on, a character or
    /// an escape is incomplete. Punctuation may have been left out only because nothing followed it.
    fn is_cut(&self, text: &[u8], hit: &Hit, border: usize) -> bool {
        let rest = &text[hit.end..];
        let trimmed = text.get(hit.end..border).unwrap_or_default().iter().all(u8::is_ascii_punctuation);
        trimmed && self.length(rest) == rest.len()
    }

    /// How much of `text`, the next window, still belongs to the value.
    fn length(&self, text: &[u8]) -> usize {
        let closed =
            self.open.iter().filter_map(|quote| escape::closing(text, 0, *quote)).map(|(end, _)| end).min();
        let mut end = closed.unwrap_or(text.len());
        end = memchr::memchr2(b'\n', b'\r', &text[..end]).unwrap_or(end);
        if !self.spaced {
            let delimits = |at: &usize| match text[*at] {
                b'"' | b'\'' | b'`' | b'<' | b'>' => true,
                b'\\' => !self.open.is_empty() && escape::line_break(text, *at) > 0,
                byte => byte.is_ascii_whitespace(),
            };
            end = (0..end).find(delimits).unwrap_or(end);
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_is_cut_through_where_there_is_no_room_to_go_back() {
        let text = "a\u{1f600}\u{1f600}b";
        for limit in 1..text.len() {
            for from in (0..limit).filter(|from| text.is_char_boundary(*from)) {
                let cut = between_words(text.as_bytes(), from, limit, &[]);
                assert!(cut > from && text.is_char_boundary(cut), "{from} {limit} {cut}");
            }
        }
    }
}
