//! The string fields of an item of a list, of which only what is near their ends is held.

use std::ops::Range;

use serde::ser::Serialize;

use super::watch::{Stop, Watch, watch, with_text};
use crate::value::chain::{Ends, NEAR};
use crate::value::deltas::{DEEPEST, FIELDS, Field, ITEMS, item_name};

/// A text without its middle.
#[derive(Clone)]
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
    let mut all = Fields { path: Vec::new(), found: Vec::new(), variant: None, at: Vec::new() };
    all.collect(item)?;
    Ok(all.found)
}

struct Fields {
    path: Vec<Vec<u8>>,
    found: Vec<Field<Kept, Kept>>,
    variant: Option<&'static str>,
    /// How many items of each list around were met.
    at: Vec<usize>,
}

impl Fields {
    fn collect<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        self.at.push(0);
        watch(value, false, self)?;
        if let Some(variant) = self.variant.take() {
            // A map of one member, which is the value without its variant.
            self.path.push(variant.as_bytes().to_vec());
            watch(value, true, self)?;
            self.path.pop();
        }
        self.at.pop();
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
        // The item itself is a map, or has no fields.
        let deep = self.path.len() >= DEEPEST || self.path.is_empty() && !is_map;
        if let Some(at) = self.at.last_mut() {
            *at = 0;
        }
        if deep { Err(Stop::Enough) } else { Ok(()) }
    }

    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Stop> {
        let index = self.at.last().copied().unwrap_or_default();
        if index >= ITEMS || self.found.len() >= FIELDS {
            return Err(Stop::Enough);
        }
        if with_text(item, |_| ())? {
            self.path.push(item_name(index));
            self.collect(item)?;
            self.path.pop();
        }
        if let Some(at) = self.at.last_mut() {
            *at = index + 1;
        }
        Ok(())
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
