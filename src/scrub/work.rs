//! Counters of the work that a text causes, such as the bytes that patterns read. A clock cannot measure this
//! on a machine with other load.

use std::cell::Cell;

thread_local! {
    static READ: Cell<usize> = const { Cell::new(0) };
    static SEARCHED: Cell<usize> = const { Cell::new(0) };
    static GIVEN: Cell<usize> = const { Cell::new(0) };
    static COMPARED: Cell<usize> = const { Cell::new(0) };
}

/// Counts bytes that a pattern reads or is given in vain, that are searched for a line break, or that are
/// judged as a value. Also counts steps of comparing them with a known value, and of finding the digits of a
/// number.
pub(crate) fn count(bytes: usize) {
    READ.set(READ.get() + bytes);
}

/// Counts bytes that are searched for the words of prefixed tokens alone.
pub(super) fn count_searched(bytes: usize) {
    SEARCHED.set(SEARCHED.get() + bytes);
}

/// The number of bytes that `work` searches for the words of prefixed tokens alone.
pub(super) fn searched(work: impl FnOnce()) -> usize {
    SEARCHED.set(0);
    work();
    SEARCHED.get()
}

/// Counts bytes of texts that are scanned, whatever the scan takes.
pub(super) fn count_given(bytes: usize) {
    GIVEN.set(GIVEN.get() + bytes);
}

/// The number of bytes scanned since the last [`given`] began.
pub(crate) fn given_so_far() -> usize {
    GIVEN.get()
}

/// The number of bytes of texts that `work` scans.
pub(crate) fn given(work: impl FnOnce()) -> usize {
    GIVEN.set(0);
    work();
    GIVEN.get()
}

/// Counts a place in a text, or a name, that is compared with another.
pub(crate) fn count_compared() {
    COMPARED.set(COMPARED.get() + 1);
}

/// The number of comparisons that `work` makes.
pub(crate) fn compared(work: impl FnOnce()) -> usize {
    COMPARED.set(0);
    work();
    COMPARED.get()
}

/// The number of bytes and steps that `work` counts with [`count`].
pub(crate) fn counted(work: impl FnOnce()) -> usize {
    READ.set(0);
    work();
    READ.get()
}
