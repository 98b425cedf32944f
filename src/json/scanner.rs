//! Scans a JSON document event by event.

use std::ops::Range;

use super::{MAX_BYTES, MAX_DEPTH, MAX_DIGITS};
use crate::{Error, ErrorKind, Result};

/// An event in a document. Ranges are byte offsets; those of strings include the quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    Key(Range<usize>),
    String(Range<usize>),
    Number(Range<usize>),
    True,
    False,
    Null,
    NonFinite(Range<usize>),
}

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Expect {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    Key,
    CommaOrEnd,
}

/// Scans a document event by event.
pub(super) struct Scanner<'j> {
    bytes: &'j [u8],
    pub(super) at: usize,
    /// Open containers; true for an object. Never more than `max_depth`.
    open: Vec<bool>,
    expect: Expect,
    max_depth: usize,
    max_digits: usize,
}

impl<'j> Scanner<'j> {
    /// Creates a scanner for up to [`MAX_BYTES`]. Size and encoding are checked here; all other errors are
    /// found by scanning.
    pub(super) fn new(bytes: &'j [u8]) -> Result<Self> {
        Self::up_to(bytes, MAX_BYTES)
    }

    /// Like [`Self::new`], for up to `limit` bytes.
    pub(super) fn up_to(bytes: &'j [u8], limit: usize) -> Result<Self> {
        if bytes.len() > limit {
            return Err(Error::new(ErrorKind::TooLarge, format!("JSON longer than {limit} bytes")));
        }
        Self::of_any_size(bytes)
    }

    /// Sets how many digits an integer may have.
    pub(super) fn with_digits(self, max_digits: usize) -> Self {
        Self { max_digits, ..self }
    }

    /// Like [`Self::new`], without a bound on the size: for what is in memory anyway and is to be made
    /// smaller.
    pub(super) fn of_any_size(bytes: &'j [u8]) -> Result<Self> {
        if let Err(error) = std::str::from_utf8(bytes) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("not UTF-8 at offset {}", error.valid_up_to()),
            ));
        }
        Ok(Self {
            bytes,
            at: 0,
            open: Vec::new(),
            expect: Expect::Value,
            max_depth: MAX_DEPTH,
            max_digits: MAX_DIGITS,
        })
    }

    /// Like [`Self::new`], without bounds on depth and digits.
    pub(super) fn of_any_depth(bytes: &'j [u8]) -> Result<Self> {
        Ok(Self { max_depth: usize::MAX, max_digits: usize::MAX, ..Self::new(bytes)? })
    }

    /// Returns the next event; `None` after the end of the document.
    pub(super) fn next(&mut self) -> Result<Option<Event>> {
        self.skip_space();
        if self.expect == Expect::CommaOrEnd {
            let Some(&in_object) = self.open.last() else {
                return if self.at == self.bytes.len() { Ok(None) } else { Err(self.unexpected()) };
            };
            match (self.peek(), in_object) {
                (Some(b','), _) => {
                    self.at += 1;
                    self.expect = if in_object { Expect::Key } else { Expect::Value };
                    self.skip_space();
                }
                (Some(b'}'), true) | (Some(b']'), false) => return Ok(Some(self.close(in_object))),
                _ => return Err(self.unexpected()),
            }
        }
        match (self.expect, self.peek()) {
            (Expect::KeyOrEnd, Some(b'}')) => Ok(Some(self.close(true))),
            (Expect::ValueOrEnd, Some(b']')) => Ok(Some(self.close(false))),
            (Expect::Key | Expect::KeyOrEnd, Some(b'"')) => self.key().map(Some),
            (Expect::Value | Expect::ValueOrEnd, Some(byte)) => self.value(byte).map(Some),
            _ => Err(self.unexpected()),
        }
    }

    /// Skips whitespace and returns where the next value begins.
    pub(super) fn value_start(&mut self) -> usize {
        self.skip_space();
        self.at
    }

    /// Skips the next item of the innermost open array and returns its range; `None` at the end of the array.
    pub(super) fn next_item(&mut self) -> Result<Option<Range<usize>>> {
        let depth = self.open.len();
        let event = self.next()?;
        let end = self.at;
        Ok(match event {
            None | Some(Event::ArrayEnd) => None,
            Some(
                Event::String(range) | Event::Number(range) | Event::NonFinite(range) | Event::Key(range),
            ) => Some(range),
            Some(Event::True | Event::Null) => Some(end - 4..end),
            Some(Event::False) => Some(end - 5..end),
            Some(Event::ObjectStart | Event::ArrayStart | Event::ObjectEnd) => {
                while self.open.len() > depth && self.next()?.is_some() {}
                Some(end - 1..self.at)
            }
        })
    }

    /// Skips the next value, whatever it is.
    pub(super) fn skip_value(&mut self) -> Result<()> {
        let depth = self.open.len();
        loop {
            if self.next()?.is_none() || self.open.len() <= depth {
                return Ok(());
            }
        }
    }

    fn key(&mut self) -> Result<Event> {
        let range = self.string()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected());
        }
        self.at += 1;
        self.expect = Expect::Value;
        Ok(Event::Key(range))
    }

    fn value(&mut self, byte: u8) -> Result<Event> {
        let event = match byte {
            b'{' => return self.descend(true),
            b'[' => return self.descend(false),
            b'"' => Event::String(self.string()?),
            b't' => self.word(b"true", |_| Event::True)?,
            b'f' => self.word(b"false", |_| Event::False)?,
            b'n' => self.word(b"null", |_| Event::Null)?,
            b'N' => self.word(b"NaN", Event::NonFinite)?,
            b'I' => self.word(b"Infinity", Event::NonFinite)?,
            b'-' if self.bytes.get(self.at + 1) == Some(&b'I') => {
                self.word(b"-Infinity", Event::NonFinite)?
            }
            b'-' | b'0'..=b'9' => Event::Number(self.number()?),
            _ => return Err(self.unexpected()),
        };
        self.expect = Expect::CommaOrEnd;
        Ok(event)
    }

    fn descend(&mut self, object: bool) -> Result<Event> {
        if self.open.len() == self.max_depth {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("JSON nested deeper than {MAX_DEPTH} at offset {}", self.at),
            ));
        }
        self.at += 1;
        self.open.push(object);
        self.expect = if object { Expect::KeyOrEnd } else { Expect::ValueOrEnd };
        Ok(if object { Event::ObjectStart } else { Event::ArrayStart })
    }

    fn close(&mut self, object: bool) -> Event {
        self.at += 1;
        self.open.pop();
        self.expect = Expect::CommaOrEnd;
        if object { Event::ObjectEnd } else { Event::ArrayEnd }
    }

    fn word(&mut self, word: &[u8], event: impl FnOnce(Range<usize>) -> Event) -> Result<Event> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(self.unexpected());
        }
        let start = self.at;
        self.at += word.len();
        Ok(event(start..self.at))
    }

    fn string(&mut self) -> Result<Range<usize>> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(start..self.at);
                }
                Some(b'\\') => self.escape()?,
                Some(0x20..) => self.at += 1,
                _ => return Err(self.unexpected()),
            }
        }
    }

    fn escape(&mut self) -> Result<()> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.unexpected());
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.unexpected()),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Range<usize>> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let digits = match self.peek() {
            Some(b'0') => {
                self.at += 1;
                1
            }
            _ => self.digits()?,
        };
        let mut integer = true;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
            integer = false;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
            integer = false;
        }
        if integer && digits > self.max_digits {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("an integer of more than {} digits at offset {start}", self.max_digits),
            ));
        }
        Ok(start..self.at)
    }

    /// Skips digits, at least one, and returns how many there were.
    fn digits(&mut self) -> Result<usize> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected()) } else { Ok(self.at - start) }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn unexpected(&self) -> Error {
        let what = if self.at == self.bytes.len() {
            format!("not JSON: it ends early at offset {}", self.at)
        } else {
            format!("not JSON at offset {}", self.at)
        };
        Error::new(ErrorKind::InvalidInput, what)
    }
}
