//! Further passes over the members of a map in which one may be the answer to what another asks.

use serde::ser::Serialize;

use super::watch::{Stop, Watch, watch, with_text};
use crate::Scrubber;
use crate::value::command_output::{Words, holds_command};
use crate::value::siblings::{Beside, holds_list};

/// Finds what the members of `value` ask for, and then the answer.
pub(super) fn look_again<T: Serialize + ?Sized>(
    value: &T,
    bare: bool,
    beside: &mut Beside,
    scrubber: &Scrubber,
) -> Result<(), Stop> {
    let mut members = Members { beside, scrubber, answers: false };
    watch(value, bare, &mut members)?;
    if members.beside.asks() {
        members.answers = true;
        watch(value, bare, &mut members)?;
        members.beside.have_answered();
    }
    Ok(())
}

struct Members<'b> {
    beside: &'b mut Beside,
    scrubber: &'b Scrubber,
    /// Whether this pass looks for answers, and not for what is asked.
    answers: bool,
}

impl Watch for Members<'_> {
    fn member<T: Serialize + ?Sized>(&mut self, key: &[u8], value: &T) -> Result<(), Stop> {
        let (beside, scrubber) = (&mut *self.beside, self.scrubber);
        if !self.answers {
            if holds_command(key) {
                let mut joined = Joined::default();
                watch(value, false, &mut joined)?;
                if joined.is_list {
                    beside.ask(key, &joined.words.0);
                    return Ok(());
                }
            }
            return with_text(value, |text| beside.ask(key, text)).map(|_| ());
        }
        let mut answer = |text: &[u8]| {
            beside.answer(key, text, scrubber);
        };
        with_text(value, &mut answer)?;
        if holds_list(key) {
            watch(value, false, &mut First(answer))?;
        }
        Ok(())
    }
}

/// Joins the texts of a list.
#[derive(Default)]
struct Joined {
    is_list: bool,
    words: Words,
}

impl Watch for Joined {
    fn text(&mut self, _: &[u8]) -> Result<(), Stop> {
        Err(Stop::Enough)
    }

    fn container(&mut self, is_map: bool) -> Result<(), Stop> {
        self.is_list = !is_map;
        if is_map { Err(Stop::Enough) } else { Ok(()) }
    }

    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Stop> {
        with_text(item, |text| self.words.push(Some(text))).map(|_| ())
    }

    fn variant(&mut self, _: &'static str) -> Result<(), Stop> {
        Err(Stop::Enough)
    }
}

/// Calls a function with the first text of a list.
struct First<F>(F);

impl<F: FnMut(&[u8])> Watch for First<F> {
    fn text(&mut self, _: &[u8]) -> Result<(), Stop> {
        Err(Stop::Enough)
    }

    fn container(&mut self, is_map: bool) -> Result<(), Stop> {
        if is_map { Err(Stop::Enough) } else { Ok(()) }
    }

    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Stop> {
        let mut found = false;
        with_text(item, |text| {
            found = true;
            (self.0)(text);
        })?;
        if found { Err(Stop::Enough) } else { Ok(()) }
    }
}
