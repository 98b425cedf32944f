//! Views with character escapes decoded: percent-encoding, entities of XML and HTML, `\u` and `\x` escapes.

use std::ops::Range;

use aho_corasick::Span;
use aho_corasick::packed::{Config, MatchKind, Searcher};
use memchr::memmem;

use super::View;
use crate::lazy::Lazy;
use crate::scrub::entity;
use crate::scrub::escape::{self, Quote};
use crate::scrub::invisible::has_no_width;
use crate::scrub::open_strings::Nesting;
use crate::scrub::runs::{ESCAPED, Parts, REFERENCE, Runs};

/// How much of the text around an escape its view includes, in bytes: a name before it, a value after it.
const BEFORE: usize = 256;
const AFTER: usize = 256;
/// How much further a word is followed to its end, in bytes.
const WORD: usize = 4 << 10;
/// The longest stretch, and how much of it the next one repeats, in bytes.
const LONGEST: usize = 64 << 10;
const OVERLAP: usize = 8 << 10;
/// The depth to which nested strings are followed.
const MAX_LAYERS: u32 = 4;

/// The number of separate searches for escapes.
const KINDS: usize = 4;
/// What begins the colours of a terminal.
const ESCAPE: u8 = 0x1b;

/// An escape and the character that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Escape {
    start: usize,
    end: usize,
    character: char,
}

/// Calls `look` with every stretch of `text` that holds an escape, decoded by one layer, and with the strings
/// open at its beginning. `open` are the strings open at the beginning of `text`, and `runs` its runs.
pub(crate) fn each(text: &[u8], runs: &Runs, open: &[Quote], mut look: impl FnMut(&View, &[Quote])) {
    if !runs.holds(REFERENCE | ESCAPED) {
        return;
    }
    let mut escapes = Escapes::new(text, runs);
    let mut nesting = Nesting::from(0, open);
    let mut decoded = Vec::new();
    let mut next = escapes.next(0);
    let mut behind = 0;
    while let Some(first) = next {
        if !is_telling(first.character) {
            next = escapes.next(first.end);
            continue;
        }
        let mut view = View::new(begin(text, first.start, behind));
        let open = nesting.open_at(text, view.start).to_vec();
        let mut last = first;
        let mut escape = Some(first);
        while let Some(one) = escape
            && is_near(text, last.end, one.start)
            && one.end - view.start < LONGEST
        {
            put(one.character, nesting.open_at(text, one.start), &mut decoded);
            view.replace(text, one.start, one.end, &decoded);
            last = one;
            next = escapes.next(last.end);
            escape = next;
        }
        let goes_on = next.is_some_and(|escape| is_near(text, last.end, escape.start));
        let end = if goes_on { last.end } else { word_end(text, text.len().min(last.end + AFTER)) };
        view.copy(text, end);
        look(&view, &open);
        behind = last.end;
        if goes_on && last.end - view.start > 2 * OVERLAP {
            // A value that began in this stretch is read in the next one together with its name.
            behind = last.end - OVERLAP;
            escapes.back_to(behind);
            next = escapes.next(behind);
        }
    }
}

/// The character as the strings around it would write it: a quote that was spelled out closes none of them.
/// What has no width is left out.
fn put(character: char, open: &[Quote], decoded: &mut Vec<u8>) {
    let layers = open.iter().filter(|quote| quote.byte == b'"').map(|quote| quote.layer + 1).max();
    let layers = layers.unwrap_or(0).min(MAX_LAYERS);
    let (backslashes, character) = match character {
        '"' | '\\' => ((1 << layers) - 1, character),
        '\n' if layers > 0 => (1 << (layers - 1), 'n'),
        '\r' if layers > 0 => (1 << (layers - 1), 'r'),
        _ => (0, character),
    };
    decoded.clear();
    if has_no_width(character.into()) {
        return;
    }
    decoded.resize(backslashes, b'\\');
    decoded.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The beginning of the stretch around an escape at `at`: before a word, at most [`BEFORE`] bytes back.
fn begin(text: &[u8], at: usize, behind: usize) -> usize {
    let from = at.saturating_sub(BEFORE).max(behind);
    // The name may be on the line above.
    let first = memchr::memchr2(b'\n', b'\r', &text[from..at]).filter(|_| from > 0);
    let line = first.map_or(from, |line| from + line + 1);
    if line == 0 || line > from {
        return line;
    }
    // Inside a word nothing may seem to begin, nor a string at a quote whose backslashes are out of sight.
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-%\\\"'".contains(byte);
    from + text[from..at].iter().take_while(|byte| word(byte)).count()
}

/// Whether the escape at `next` is in the same stretch as the one that ends at `end`: it is near, or in the
/// same word. The parts of a token may be long (`eyJ...\u002eeyJ...`).
fn is_near(text: &[u8], end: usize, next: usize) -> bool {
    next <= end + AFTER || next <= end + AFTER + WORD && next <= word_end(text, end + AFTER)
}

/// The end of the word around `at`.
fn word_end(text: &[u8], at: usize) -> usize {
    let rest = &text[at..text.len().min(at + WORD)];
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`');
    at + rest.iter().position(ends).unwrap_or(rest.len())
}

static UNICODE: Lazy<memmem::Finder<'static>> = Lazy::new(|| memmem::Finder::new(br"\u"));
/// The rarer ones: `\U00000067` and `\u{67}`, as some languages write them; `\147`, in which letters begin with
/// a one, digits and punctuation with a zero; `\/`, as JSON may write it.
static RARER: Lazy<Option<Searcher>> = Lazy::new(|| {
    let beginnings = [br"\U0".as_slice(), br"\u{", br"\1", br"\0", br"\/"];
    Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(beginnings).build()
});
static BYTE: Lazy<memmem::Finder<'static>> = Lazy::new(|| memmem::Finder::new(br"\x"));

/// The escapes of a text, in order. Each kind is searched for once.
struct Escapes<'t> {
    text: &'t [u8],
    /// The parts of the text that may hold the first bytes of each kind.
    references: Parts,
    backslashes: Parts,
    next: [Option<Escape>; KINDS],
}

impl<'t> Escapes<'t> {
    fn new(text: &'t [u8], runs: &Runs) -> Self {
        let (references, backslashes) = (runs.parts(REFERENCE, 0), runs.parts(ESCAPED, 0));
        let mut escapes = Self { text, references, backslashes, next: [None; KINDS] };
        escapes.back_to(0);
        escapes
    }

    fn back_to(&mut self, from: usize) {
        self.next = [None; KINDS];
        for kind in 0..KINDS {
            self.next[kind] = self.search(kind, from);
        }
    }

    /// The first escape at or after `from`, which must not decrease.
    fn next(&mut self, from: usize) -> Option<Escape> {
        for kind in 0..KINDS {
            if self.next[kind].is_some_and(|escape| escape.start < from) {
                self.next[kind] = self.search(kind, from);
            }
        }
        self.next.iter().flatten().min_by_key(|escape| escape.start).copied()
    }

    /// The first escape of a kind at or after `from`.
    fn search(&self, kind: usize, from: usize) -> Option<Escape> {
        match kind {
            0 if !self.references.is_empty() => self.reference(from),
            1 => self.backslashed(from, &UNICODE, utf16),
            2 => self.backslashed(from, &BYTE, |text| octets(text, br"\x")),
            3 => self.rarer(from),
            _ => None,
        }
    }

    /// Finds `%41`, `&quot;`, `&#34;`, and `+` for a space beside percent-encoding.
    fn reference(&self, from: usize) -> Option<Escape> {
        let rest = self.text.get(from..)?;
        if rest.first() == Some(&b'+') && from >= 3 && parts_words(&self.text[from - 3..from]) {
            let blanks = rest.iter().take_while(|byte| **byte == b'+').count();
            return Some(Escape { start: from, end: from + blanks, character: ' ' });
        }
        self.references.search(from, |part| {
            let signs = memchr::memchr2_iter(b'%', b'&', &self.text[part.clone()]);
            signs.map(|sign| part.start + sign).find_map(|at| {
                let (character, length) = reference(&self.text[at..])?;
                let blanks = self.text[from..at].iter().rev().take_while(|byte| **byte == b'+').count();
                Some(if blanks > 0 && parts_words(&self.text[at..at + length]) {
                    Escape { start: at - blanks, end: at, character: ' ' }
                } else {
                    Escape { start: at, end: at + length, character }
                })
            })
        })
    }

    /// Finds `\147` and the others of [`RARER`].
    fn rarer(&self, from: usize) -> Option<Escape> {
        self.backslashes.search(from, |part| {
            let mut at = part.start;
            loop {
                let rest = Span::from(at..self.behind(&part));
                at = match RARER.as_ref().filter(|searcher| rest.len() >= searcher.minimum_len()) {
                    Some(searcher) => searcher.find_in(self.text, rest)?.start(),
                    // The vector search is not available here, or the text is too short for it.
                    None => at + memchr::memchr(b'\\', self.text.get(rest.range())?)?,
                };
                if let Some(escape) = self.escape(from, at, rarer(&self.text[at..])) {
                    return Some(escape);
                }
                at += 1;
            }
        })
    }

    /// Finds `\u0041` or `\x41`, with the extra backslashes of deeper layers. `read` returns the character
    /// written after the backslash of the mark, and the length of the escape.
    fn backslashed(
        &self,
        from: usize,
        mark: &memmem::Finder<'_>,
        read: impl Fn(&[u8]) -> Option<(char, usize)>,
    ) -> Option<Escape> {
        self.backslashes.search(from, |part| {
            let marks = mark.find_iter(&self.text[part.start..self.behind(&part)]);
            marks.map(|found| part.start + found).find_map(|at| self.escape(from, at, read(&self.text[at..])))
        })
    }

    /// The end of a search for marks that begin in `part`; the longest mark (`\u00`) has four bytes.
    fn behind(&self, part: &Range<usize>) -> usize {
        const LONGEST: usize = 4;
        self.text.len().min(part.end + LONGEST - 1)
    }

    /// The escape at `at` with the backslashes before it, but none before `from`; `None` unless its character
    /// is decoded.
    fn escape(&self, from: usize, at: usize, read: Option<(char, usize)>) -> Option<Escape> {
        let (character, length) = read.filter(|(character, _)| is_told(*character))?;
        let start = at - escape::backslashes_before(self.text, from, at);
        Some(Escape { start, end: at + length, character })
    }
}

/// An escape of the rarer kinds at the beginning of `text`: the character, and the escape's length.
fn rarer(text: &[u8]) -> Option<(char, usize)> {
    match text.get(1)? {
        b'U' => Some((char::from_u32(hex(text.get(2..10)?)?)?, 10)),
        b'u' => braced(text),
        b'0' | b'1' => octal(text),
        b'/' => Some(('/', 2)),
        _ => None,
    }
}

/// Whether `escape` is percent-encoding of a character that occurs in no token. Beside it a plus sign is a
/// space, as forms write it.
fn parts_words(escape: &[u8]) -> bool {
    let byte = escape.strip_prefix(b"%").and_then(|digits| hex(digits.get(..2)?));
    byte.and_then(|byte| u8::try_from(byte).ok()).is_some_and(|byte| {
        (!byte.is_ascii() || is_told(char::from(byte)) || byte == ESCAPE)
            && !byte.is_ascii_alphanumeric()
            && !b"+/=-_.~".contains(&byte)
    })
}

/// The character of one or two UTF-16 units (`\u0041`, `\ud83d\ude00`), and the length of the escape.
/// Half a pair is no character.
fn utf16(text: &[u8]) -> Option<(char, usize)> {
    /// The most backslashes in front of the second unit.
    const MOST: usize = 64;
    let unit = hex(text.get(2..6)?)?;
    if let Some(character) = char::from_u32(unit) {
        return Some((character, 6));
    }
    let rest = text.get(6..)?;
    let backslashes = rest.iter().take(MOST).take_while(|byte| **byte == b'\\').count();
    let low = rest.get(backslashes..)?.strip_prefix(b"u").filter(|_| backslashes > 0)?;
    let units = [u16::try_from(unit).ok()?, u16::try_from(hex(low.get(..4)?)?).ok()?];
    let character = char::decode_utf16(units).next()?.ok()?;
    Some((character, 6 + backslashes + 5))
}

/// The character whose UTF-8 octets are written one by one, each after `mark` (`%41`, `\xc3\xa9`), and the
/// length of that.
fn octets(text: &[u8], mark: &[u8]) -> Option<(char, usize)> {
    let octet = |at: usize| {
        let digits = text.get(at..)?.strip_prefix(mark)?.get(..2)?;
        u8::try_from(hex(digits)?).ok()
    };
    let first = octet(0)?;
    let count = match first {
        0..0x80 => 1,
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => return None,
    };
    let mut utf8 = [first, 0, 0, 0];
    let each = mark.len() + 2;
    for (number, byte) in utf8.iter_mut().enumerate().take(count).skip(1) {
        *byte = octet(number * each)?;
    }
    let character = std::str::from_utf8(&utf8[..count]).ok()?.chars().next()?;
    Some((character, count * each))
}

/// `\u{67}`
fn braced(text: &[u8]) -> Option<(char, usize)> {
    let digits = text.strip_prefix(br"\u{")?;
    let digits = &digits[..digits.len().min(7)];
    let digits = &digits[..memchr::memchr(b'}', digits)?];
    Some((char::from_u32(hex(digits)?)?, 3 + digits.len() + 1))
}

/// `\147`
fn octal(text: &[u8]) -> Option<(char, usize)> {
    let digits = text.get(1..4).filter(|digits| digits.iter().all(|digit| matches!(digit, b'0'..=b'7')))?;
    let number = digits.iter().fold(0, |number, digit| number << 3 | u32::from(digit - b'0'));
    Some((char::from_u32(number).filter(char::is_ascii)?, 4))
}

/// The character that an escape at the beginning of `text` writes, and the escape's length.
fn reference(text: &[u8]) -> Option<(char, usize)> {
    match text {
        // The escape character of a terminal's colours is decoded too.
        [b'%', ..] => {
            octets(text, b"%").filter(|(character, _)| is_told(*character) || *character == '\u{1b}')
        }
        [b'&', b'#', ..] => {
            let (code, length) = entity::number(text)?;
            Some((char::from_u32(code).filter(|character| is_told(*character))?, length))
        }
        [b'&', rest @ ..] => {
            let (byte, length) = entity::named(rest)?;
            Some((char::from(byte), length + 1))
        }
        _ => None,
    }
}

/// The number that these hexadecimal digits write, of which there is at least one and at most eight.
fn hex(digits: &[u8]) -> Option<u32> {
    let add = |number: u32, byte: &u8| Some(number << 4 | char::from(*byte).to_digit(16)?);
    (1..=8).contains(&digits.len()).then(|| digits.iter().try_fold(0, add))?
}

/// Whether `character` is decoded: printable ASCII, white space, and all characters beyond ASCII. Control
/// characters separate words however they are written.
fn is_told(character: char) -> bool {
    matches!(character, ' '..='~' | '\t' | '\n' | '\r' | '\u{a0}'..)
}

/// Whether a stretch is decoded because it holds this character: ASCII, a letter of any script, characters
/// without width, and characters that separate a name from a value or enclose a cell (bars of tables,
/// full-width punctuation). Dashes, quotes, arrows and pictures, which the prose of many programs is full of,
/// are decoded only beside those.
fn is_telling(character: char) -> bool {
    character.is_ascii()
        || has_no_width(character.into())
        || character.is_alphabetic()
        || matches!(character, '│' | '┃' | '║' | '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff65}')
}

#[cfg(test)]
mod tests;
