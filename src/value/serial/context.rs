//! What the serialization of one whole value shares.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use crate::Scrubber;
use crate::scrub::{Field, Tally, marker};
use crate::value::frame::{Place, Spot};
use crate::value::key::{Cache, Facts};
use crate::value::lines::Bounds;
use crate::value::sink::Kind;
use crate::value::text::{SECRET_NUMBERS, stays_under};
use crate::value::walk::BUDGET;

/// The scrubber, and what is kept while it goes over one value.
pub(super) struct Context<'s> {
    pub scrubber: &'s Scrubber,
    pub tally: RefCell<Tally>,
    keys: RefCell<Cache>,
    depth: Cell<usize>,
    budget: Cell<u64>,
    /// Whether this is inside an opaque item that was looked at as a whole.
    clean: Cell<bool>,
}

impl<'s> Context<'s> {
    pub(super) fn new(scrubber: &'s Scrubber) -> Self {
        Self {
            scrubber,
            tally: RefCell::default(),
            keys: RefCell::new(Cache::new()),
            depth: Cell::new(0),
            budget: Cell::new(BUDGET),
            clean: Cell::new(false),
        }
    }

    /// For a look at a whole item, from where this one stands; what it finds and spends is its own.
    pub(super) fn trial(&self) -> Self {
        let trial = Self::new(self.scrubber);
        trial.depth.set(self.depth());
        trial.budget.set(self.budget.get());
        trial.clean.set(true);
        trial
    }

    /// Takes over what a trial spent, and what it found if `found`.
    pub(super) fn after(&self, trial: Self, found: bool) {
        self.budget.set(trial.budget.get());
        if found {
            self.tally.borrow_mut().add(&trial.into_tally());
        }
    }

    /// Whether this is inside an opaque item that was looked at as a whole.
    pub(super) fn is_clean(&self) -> bool {
        self.clean.get()
    }

    /// Does something inside such an item.
    pub(super) fn inside_clean<R>(&self, clean: bool, something: impl FnOnce() -> R) -> R {
        let before = self.clean.replace(clean || self.clean.get());
        let done = something();
        self.clean.set(before);
        done
    }

    pub(super) fn into_tally(self) -> Tally {
        self.tally.into_inner()
    }

    /// How many containers are open.
    pub(super) fn depth(&self) -> usize {
        self.depth.get()
    }

    pub(super) fn descend(&self) {
        self.depth.set(self.depth.get() + 1);
    }

    pub(super) fn ascend(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// Whether the budget still holds this cost.
    pub(super) fn spend(&self, cost: u64) -> bool {
        let left = self.budget.get().checked_sub(cost);
        self.budget.set(left.unwrap_or(0));
        left.is_some()
    }

    /// What follows from a key, and the text that stands in its place.
    pub(super) fn look_up(&self, key: &[u8], tally: &mut Tally) -> (Facts, Option<Vec<u8>>) {
        self.keys.borrow_mut().look(key, Bounds::NONE, self.scrubber, tally)
    }

    /// A marker that stands in place of a value of any shape.
    pub(super) fn mark(&self, label: &str) -> String {
        self.tally.borrow_mut().redacted(label);
        marker(label)
    }

    /// Sandbox content was dropped, or a marker stands in its place.
    pub(super) fn drop_sandbox(&self) {
        self.tally.borrow_mut().dropped_one();
    }

    /// What stands in place of a text.
    pub(super) fn text<'t>(&self, text: &'t [u8], kind: Kind, place: Place) -> Cow<'t, str> {
        let tally = &mut self.tally.borrow_mut();
        let clean = match place.label_of(text) {
            Some(label) if stays_under(label, text) => Cow::Borrowed(text),
            Some(label) => {
                tally.redacted(label);
                Cow::Owned(marker(label).into_bytes())
            }
            None => self.scrubber.scrub_field(text, place.field(text), tally),
        };
        if kind == Kind::Bytes && std::str::from_utf8(&clean).is_err() {
            // What is written spells undecodable bytes as text, and a reader scrubs that text.
            let spelled = crate::value::escape::bytes_as_text(&clean);
            let clean = self.scrubber.scrub_field(&spelled, place.field(text), tally);
            return Cow::Owned(as_text(&clean).into_owned());
        }
        match clean {
            Cow::Borrowed(text) => as_text(text),
            Cow::Owned(text) => Cow::Owned(
                String::from_utf8(text).unwrap_or_else(|error| as_text(error.as_bytes()).into_owned()),
            ),
        }
    }

    /// What stands in place of an integer; nothing if it stays.
    pub(super) fn integer(&self, number: i128, place: Place) -> Option<String> {
        if let Some(label) = place.label_of_number() {
            return Some(self.mark(label));
        }
        let digits = number.to_string();
        if !SECRET_NUMBERS.contains(&digits.len()) {
            return None;
        }
        // A number is not taken for a secret by its looks, but it may be a known one.
        match self.scrubber.scrub_field(digits.as_bytes(), Field::Identity, &mut self.tally.borrow_mut()) {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some(as_text(&text).into_owned()),
        }
    }
}

/// Text that is UTF-8, unless a rule of the user's own cut a character in two: the halves are not text.
pub(super) fn as_text(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}

/// Whether sandbox content is dropped here rather than marked.
pub(super) fn is_dropped(place: Place) -> bool {
    place.spot == Spot::Item
}
