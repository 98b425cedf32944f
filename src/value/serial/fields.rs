//! The string fields of an item of a list, of which only the parts near their ends are held.

use std::ops::Range;

use serde::ser::Serialize;

use super::watch::{Stop, Watch, watch, with_text};
use crate::value::command_output::holds_command;
use crate::value::continuation::{Ends, NEAR, whole};
use crate::value::fields::{DEEPEST, Fields, ITEMS, KEY, WORDS, item_name};

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

/// Adds the string fields of `item`; there are none if it is not a map.
pub(super) fn collect<T: Serialize + ?Sized>(item: &T, fields: &mut Fields<Kept>) -> Result<(), Stop> {
    Collector { path: Vec::new(), fields, variant: None, at: Vec::new() }.collect(item)
}

struct Collector<'f> {
    /// The keys that lead to the value being inspected.
    path: Vec<Kept>,
    fields: &'f mut Fields<Kept>,
    variant: Option<&'static str>,
    /// For each list around it, how many items were seen.
    at: Vec<usize>,
}

impl Collector<'_> {
    fn collect<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        self.at.push(0);
        watch(value, false, self)?;
        if let Some(variant) = self.variant.take() {
            // A map of one member, whose value is the same value without its variant.
            self.path.push(Kept::of(variant.as_bytes()));
            watch(value, true, self)?;
            self.path.pop();
        }
        self.at.pop();
        Ok(())
    }
}

impl Watch for Collector<'_> {
    fn text(&mut self, text: &[u8]) -> Result<(), Stop> {
        if !self.path.is_empty() && !text.is_empty() {
            self.fields.push(&self.path, Kept::of(text));
        }
        Ok(())
    }

    fn container(&mut self, is_map: bool) -> Result<(), Stop> {
        // Only a map has fields; an item that is a list has none.
        let deep = self.path.len() >= DEEPEST || self.path.is_empty() && !is_map;
        if let Some(at) = self.at.last_mut() {
            *at = 0;
        }
        if deep { Err(Stop::Enough) } else { Ok(()) }
    }

    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Stop> {
        let index = self.at.last().copied().unwrap_or_default();
        let is_command = self.path.last().is_some_and(|key| holds_command(whole(key)));
        if index >= if is_command { WORDS } else { ITEMS } || self.fields.is_full() {
            return Err(Stop::Enough);
        }
        let mut word = None;
        let is_map = with_text(item, |text| word = (is_command && !text.is_empty()).then(|| Kept::of(text)))?;
        if let Some(word) = word {
            self.path.push(Kept::of(&item_name(index)));
            self.fields.push(&self.path, word);
            self.path.pop();
        }
        if is_map && index < ITEMS {
            self.path.push(Kept::of(&item_name(index)));
            self.collect(item)?;
            self.path.pop();
        }
        if let Some(at) = self.at.last_mut() {
            *at = index + 1;
        }
        Ok(())
    }

    fn member<T: Serialize + ?Sized>(&mut self, key: &[u8], value: &T) -> Result<(), Stop> {
        if self.fields.is_full() {
            return Err(Stop::Enough);
        }
        if key.len() > KEY {
            return Ok(());
        }
        self.path.push(Kept::of(key));
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
