//! What is made when it is first needed, and then stays.

use std::ops::Deref;
use std::sync::OnceLock;

/// What `cell` holds, or else what `make` makes of it.
///
/// Nobody waits for another thread here, as `get_or_init` does: of what several make at once the first counts. In a process that is
/// forked meanwhile nobody would ever be done, and a regular expression takes long enough for that to happen.
pub(crate) fn ready<T>(cell: &OnceLock<T>, make: impl FnOnce() -> T) -> &T {
    cell.get().unwrap_or_else(|| {
        let value = make();
        cell.get_or_init(|| value)
    })
}

/// A static that is made so, when it is first looked at.
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
