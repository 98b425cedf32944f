//! When to give up: the core has no clock, so somebody who has one says when it is time.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether what is under way is to be given up; once it is said, it stays so.
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
    /// What `is_passed` says.
    pub(crate) fn new(is_passed: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { is_passed, said: AtomicBool::new(false) }
    }

    /// Asks.
    pub(crate) fn is_passed(&self) -> bool {
        if !self.was_passed() && (self.is_passed)() {
            self.said.store(true, Ordering::Relaxed);
        }
        self.was_passed()
    }

    /// Whether it was said, without asking: something may have been left out then.
    pub(crate) fn was_passed(&self) -> bool {
        self.said.load(Ordering::Relaxed)
    }
}
