//! Views of a streamed answer as one text: lines of JSON or of server-sent events, each with a piece of the
//! answer.

use crate::lazy::Lazy;

use memchr::memmem::{self, Finder};

use super::View;
use crate::scrub::escape::{self, Quote};

/// The name of the member that holds a piece, or is one.
static DELTA: Lazy<Finder<'static>> = Lazy::new(|| Finder::new("delta"));
/// The members inside it that are pieces.
const PIECES: [&[u8]; 5] = [b"content", b"text", b"partial_json", b"arguments", b"thinking"];
/// How far after the name such a member may be, and how far after a piece that of the next event, in bytes.
const NEAR: usize = 512;
const APART: usize = 2 << 10;
/// The longest piece, in bytes, and the most pieces of one view.
const LONGEST: usize = 1 << 10;
const MOST: usize = 4_096;

/// The string of a piece, without its quotes.
struct Piece {
    name: Option<&'static [u8]>,
    quote: Quote,
    start: usize,
    end: usize,
}

/// Calls `look` with each sequence of pieces in `text` as one view, and with the quote of their strings.
pub(crate) fn each(text: &[u8], mut look: impl FnMut(&View, Quote)) {
    let mut chain: Option<(View, Piece)> = None;
    let mut close = |chain: Option<(View, Piece)>| {
        if let Some((mut view, last)) = chain.filter(|(view, _)| !view.edits.is_empty()) {
            view.copy(text, last.end);
            look(&view, last.quote);
        }
    };
    let mut from = 0;
    while let Some(found) = DELTA.find(&text[from..]) {
        from += found + DELTA.needle().len();
        let Some(piece) = piece(text, from) else { continue };
        from = piece.end;
        let goes_on = chain.as_ref().is_some_and(|(view, last)| {
            (last.name, last.quote) == (piece.name, piece.quote)
                && piece.start - last.end <= APART
                && view.edits.len() < MOST
        });
        if !goes_on {
            close(chain.take());
        }
        if piece.end - piece.start > LONGEST {
            continue;
        }
        let (mut view, last) =
            chain.take().map_or_else(|| (View::new(piece.start), None), |(view, last)| (view, Some(last)));
        if let Some(last) = last {
            view.replace(text, last.end, piece.start, &[]);
        }
        chain = Some((view, piece));
    }
    close(chain);
}

/// Whether `text` has a member that may hold a piece.
pub(crate) fn is_event(text: &[u8]) -> bool {
    DELTA.find_iter(text).any(|at| {
        let after = text[at + DELTA.needle().len()..].iter().find(|byte| **byte != b'\\');
        after == Some(&b'"')
    })
}

/// The piece whose member's name ends at `at`.
fn piece(text: &[u8], at: usize) -> Option<Piece> {
    let (quote, after) = escape::quote_at(text, at).filter(|(quote, _)| quote.byte == b'"')?;
    let value = colon(text, after)?;
    if let Some(start) = opening(text, value, quote) {
        return Piece { name: None, quote, start, end: start }.closed(text);
    }
    let near = &text[value..text.len().min(value + NEAR)];
    let near = &near[..memchr::memchr(b'\n', near).unwrap_or(near.len())];
    let pieces = PIECES.into_iter().filter_map(|name| {
        let starts = memmem::find_iter(near, name).filter_map(|found| {
            let end = value + found + name.len();
            let (other, after) = escape::quote_at(text, end).filter(|(other, _)| *other == quote)?;
            opening(text, colon(text, after)?, other)
        });
        starts.into_iter().next().map(|start| Piece { name: Some(name), quote, start, end: start })
    });
    pieces.min_by_key(|piece| piece.start)?.closed(text)
}

/// The beginning of the value after a colon.
fn colon(text: &[u8], at: usize) -> Option<usize> {
    let blank = |at: usize| at + text[at..].iter().take(8).take_while(|byte| **byte == b' ').count();
    let colon = blank(at);
    (text.get(colon) == Some(&b':')).then(|| blank(colon + 1))
}

/// The beginning of the string whose quote is at `at`.
fn opening(text: &[u8], at: usize, quote: Quote) -> Option<usize> {
    escape::quote_at(text, at).filter(|(other, _)| *other == quote).map(|(_, start)| start)
}

impl Piece {
    /// Extends the piece to its closing quote.
    fn closed(self, text: &[u8]) -> Option<Self> {
        let (end, _) = escape::closing(text, self.start, self.quote)?;
        Some(Self { end, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn views(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        each(text.as_bytes(), |view, _| all.push(String::from_utf8_lossy(&view.text).into_owned()));
        all
    }

    #[test]
    fn the_pieces_of_an_answer_are_put_together() {
        let answer = "see a1B2c3D4";
        for (before, after, end) in [
            (r#"data: {"choices":[{"index":0,"delta":{"content":""#, r#""}}]}"#, "\n\n"),
            (r#"{"type": "content_block_delta", "delta": {"type": "text_delta", "text": ""#, r#""}}"#, "\n"),
            (r#"{"type":"response.output_text.delta","delta":""#, r#"","sequence_number":4}"#, "\n"),
            (r#"{\"delta\":{\"partial_json\":\""#, r#"\"}}"#, "\\n"),
        ] {
            let pieces = ["see ", "a1", "", "B2c3", "D4"].map(|piece| format!("{before}{piece}{after}{end}"));
            assert_eq!(views(&pieces.concat()), [answer], "{before}");
        }
        assert!(views(r#"{"delta": {"text": "one"}} {"content": "two"}"#).is_empty());
        assert!(views(r#"{"delta": {"text": "one"}} {"delta": {"content": "two"}}"#).is_empty());
        assert!(views("delta \"delta\": \"delta\":\" \"delta\":{\"text\":\"").is_empty());
    }

    #[test]
    fn what_stands_far_apart_or_is_long_is_none() {
        let piece = r#"{"delta":{"text":"x"}}"#;
        assert!(views(&format!("{piece}{}{piece}", " ".repeat(APART))).is_empty());
        let long = piece.replace('x', &"x".repeat(LONGEST + 1));
        assert!(views(&format!("{piece}{long}{piece}")).is_empty());
    }
}
