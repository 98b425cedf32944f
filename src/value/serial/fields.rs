//! The string fields of an item of a list, of which only what is near their ends is held.

use std::ops::Range;

use serde::ser::Serialize;

use super::watch::{Stop, Watch, watch};
use crate::value::deltas::{DEEPEST, Ends, FIELDS, Field, NEAR};

/// A text without its middle.
pub(super) struct Kept {
    length: usize,
    /// Its beginning, or all of it.
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Kept {
    fn of(text: &[u8]) -> Self {
        let (head, tail) = if text.len() <= 2 * NEAR {
            (text, [].as_slice())
        } else {
            (&text[..NEAR], &text[text.len() - NEAR..])
        };
        Self { length: text.len(), head: head.to_vec(), tail: tail.to_vec() }
    }
}

impl Ends for Kept {
    fn length(&self) -> usize {
        self.length
    }

    fn part(&self, range: Range<usize>) -> &[u8] {
        let before_tail = self.length - self.tail.len();
        let part = if range.end <= self.head.len() {
            self.head.get(range)
        } else {
            self.tail.get(range.start.saturating_sub(before_tail)..range.end.saturating_sub(before_tail))
        };
        part.unwrap_or_default()
    }
}

/// The string fields of `item`, none if it is no map.
pub(super) fn fields<T: Serialize + ?Sized>(item: &T) -> Result<Vec<Field<Kept, Kept>>, Stop> {
    let mut all = Fields { path: Vec::new(), found: Vec::new(), variant: None };
    all.collect(item)?;
    Ok(all.found)
}

struct Fields {
    path: Vec<Vec<u8>>,
    found: Vec<Field<Kept, Kept>>,
    variant: Option<&'static str>,
}

impl Fields {
    fn collect<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        watch(value, false, self)?;
        if let Some(variant) = self.variant.take() {
            // A map of one member, which is the value without its variant.
            self.path.push(variant.as_bytes().to_vec());
            watch(value, true, self)?;
            self.path.pop();
        }
        Ok(())
    }
}

impl Watch for Fields {
    fn text(&mut self, text: &[u8]) -> Result<(), Stop> {
        if !self.path.is_empty() && !text.is_empty() {
            let path = self.path.iter().map(|key| Kept::of(key)).collect();
            self.found.push(Field { path, text: Kept::of(text) });
        }
        Ok(())
    }

    fn container(&mut self, is_map: bool) -> Result<(), Stop> {
        if is_map && self.path.len() < DEEPEST { Ok(()) } else { Err(Stop::Enough) }
    }

    fn item<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Stop> {
        Err(Stop::Enough)
    }

    fn member<T: Serialize + ?Sized>(&mut self, key: &[u8], value: &T) -> Result<(), Stop> {
        if self.found.len() >= FIELDS {
            return Err(Stop::Enough);
        }
        self.path.push(key.to_vec());
        self.collect(value)?;
        self.path.pop();
        Ok(())
    }

    fn variant(&mut self, name: &'static str) -> Result<(), Stop> {
        if self.path.len() < DEEPEST {
            self.variant = Some(name);
        }
        Ok(())
    }
}
