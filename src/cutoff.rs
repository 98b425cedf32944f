//! The cut-off of an operation: the core has no clock, so a caller that has one says when to give up.

use std::sync::atomic::{AtomicBool, Ordering};

/// Says whether to give up the current operation. Once passed, it stays passed.
pub(crate) struct Cutoff<'a> {
    is_passed: &'a (dyn Fn() -> bool + Sync),
    said: AtomicBool,
}

impl std::fmt::Debug for Cutoff<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cutoff").field("said", &self.said).finish_non_exhaustive()
    }
}

impl<'a> Cutoff<'a> {
    /// Creates a cut-off that asks `is_passed`.
    pub(crate) fn new(is_passed: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { is_passed, said: AtomicBool::new(false) }
    }

    /// Whether the cut-off has passed; asks the caller if it has not passed before.
    pub(crate) fn is_passed(&self) -> bool {
        if !self.was_passed() && (self.is_passed)() {
            self.said.store(true, Ordering::Relaxed);
        }
        self.was_passed()
    }

    /// Whether [`Self::is_passed`] has ever been true, without asking again. If so, results may be
    /// incomplete.
    pub(crate) fn was_passed(&self) -> bool {
        self.said.load(Ordering::Relaxed)
    }
}
