//! The state that the serialization of one whole value shares.

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

/// The scrubber, and the state of its work on one value.
pub(super) struct Context<'s> {
    pub scrubber: &'s Scrubber,
    pub tally: RefCell<Tally>,
    keys: RefCell<Cache>,
    depth: Cell<usize>,
    budget: Cell<u64>,
    /// Whether this is inside an opaque item that was already checked as a whole.
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

    /// Returns a context for checking a whole item at the current depth; what that finds and spends is
    /// counted separately.
    pub(super) fn trial(&self) -> Self {
        let trial = Self::new(self.scrubber);
        trial.depth.set(self.depth());
        trial.budget.set(self.budget.get());
        trial.clean.set(true);
        trial
    }

    /// Takes over what a trial has spent and, if `found`, what it found.
    pub(super) fn after(&self, trial: Self, found: bool) {
        self.budget.set(trial.budget.get());
        if found {
            self.tally.borrow_mut().add(&trial.into_tally());
        }
    }

    /// Whether this is inside an opaque item that was already checked as a whole.
    pub(super) fn is_clean(&self) -> bool {
        self.clean.get()
    }

    /// Runs `something`; if `clean`, as inside an opaque item that was already checked as a whole.
    pub(super) fn inside_clean<R>(&self, clean: bool, something: impl FnOnce() -> R) -> R {
        let before = self.clean.replace(clean || self.clean.get());
        let done = something();
        self.clean.set(before);
        done
    }

    pub(super) fn into_tally(self) -> Tally {
        self.tally.into_inner()
    }

    /// The number of open containers.
    pub(super) fn depth(&self) -> usize {
        self.depth.get()
    }

    pub(super) fn descend(&self) {
        self.depth.set(self.depth.get() + 1);
    }

    pub(super) fn ascend(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// Spends `cost`, or what is left of the budget; returns whether that was enough.
    pub(super) fn spend(&self, cost: u64) -> bool {
        let left = self.budget.get().checked_sub(cost);
        self.budget.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Returns what follows from a key, and the text that replaces it if it holds a secret.
    pub(super) fn look_up(&self, key: &[u8], tally: &mut Tally) -> (Facts, Option<Vec<u8>>) {
        self.keys.borrow_mut().look(key, Bounds::NONE, self.scrubber, tally)
    }

    /// Returns the marker that replaces a value of any shape, and counts it.
    pub(super) fn mark(&self, label: &str) -> String {
        self.tally.borrow_mut().redacted(label);
        marker(label)
    }

    /// Counts sandbox content that is dropped or replaced by a marker.
    pub(super) fn drop_sandbox(&self) {
        self.tally.borrow_mut().dropped_one();
    }

    /// Returns a text as it is written: scrubbed, or replaced by a marker.
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
            // The output spells undecodable bytes as text, which a reader would scrub, so it is scrubbed
            // here.
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

    /// Returns the text that replaces an integer; `None` if the integer is kept.
    pub(super) fn integer(&self, number: i128, place: Place) -> Option<String> {
        if let Some(label) = place.label_of_number() {
            return Some(self.mark(label));
        }
        let digits = number.to_string();
        if !SECRET_NUMBERS.contains(&digits.len()) {
            return None;
        }
        // A number is not taken for a secret by its appearance, but it may be a known value.
        match self.scrubber.scrub_field(digits.as_bytes(), Field::Identity, &mut self.tally.borrow_mut()) {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some(as_text(&text).into_owned()),
        }
    }
}

/// Converts text that is UTF-8, unless a rule of the user's own cut a character in two: the halves are
/// replaced by U+FFFD.
pub(super) fn as_text(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}

/// Whether sandbox content is dropped here, rather than replaced by a marker.
pub(super) fn is_dropped(place: Place) -> bool {
    place.spot == Spot::Item
}
