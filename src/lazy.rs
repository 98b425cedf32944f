//! Lazily initialised values that never block.

use std::ops::Deref;
use std::sync::OnceLock;

/// Returns the value in `cell`, which `make` computes if there is none yet.
///
/// Threads may race to compute the value; the first result wins and the others are dropped.
/// `OnceLock::get_or_init` blocks instead while another thread computes. In a child that was forked meanwhile
/// that thread does not exist, so the call would hang for good, and compiling a regular expression takes long
/// enough for this to happen.
pub(crate) fn ready<T>(cell: &OnceLock<T>, make: impl FnOnce() -> T) -> &T {
    cell.get().unwrap_or_else(|| {
        let value = make();
        cell.get_or_init(|| value)
    })
}

/// A lazily initialised static that never blocks; see [`ready`].
pub(crate) struct Lazy<T> {
    cell: OnceLock<T>,
    make: fn() -> T,
}

impl<T> Lazy<T> {
    pub(crate) const fn new(make: fn() -> T) -> Self {
        Self { cell: OnceLock::new(), make }
    }
}

impl<T> Deref for Lazy<T> {
    type Target = T;

    fn deref(&self) -> &T {
        ready(&self.cell, self.make)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_while_it_is_made_does_not_wait_and_the_first_counts() {
        let cell = OnceLock::new();
        let mut inner = None;
        let held = *ready(&cell, || {
            inner = Some(*ready(&cell, || 1));
            2
        });
        assert_eq!((inner, held, cell.get()), (Some(1), 1, Some(&1)));
        assert_eq!(*ready(&cell, || 3), 1);
    }
}
