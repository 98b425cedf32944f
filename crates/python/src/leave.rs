//! Work with the interpreter released, and what happens to it when the interpreter ends first.
//!
//! When a daemon thread asks for the interpreter during its shutdown, CPython up to 3.13 ends the thread by
//! unwinding its stack. If that meets Rust code, the process aborts and its exit status is lost. So a thread
//! that was left behind does not ask: when its work is done, it waits for the process to end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pyo3::prelude::*;

use crate::fault::caught;

/// How often work was left behind. A thread whose work began before the latest time must not return.
static LEFT: AtomicUsize = AtomicUsize::new(0);

/// Runs `work` with the interpreter released.
///
/// # Errors
/// As [`caught`].
pub fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    released(py, || caught(work))
}

/// Runs `work`, a part of what is run by [`caught`], with the interpreter released.
pub fn released<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    py.detach(|| {
        let began = LEFT.load(Ordering::SeqCst);
        let done = work();
        while LEFT.load(Ordering::SeqCst) != began {
            thread::park();
        }
        done
    })
}

/// Make threads that work with the interpreter released never ask for it again.
///
/// Only for the end of the interpreter.
#[pyfunction]
pub fn leave_behind() {
    LEFT.fetch_add(1, Ordering::SeqCst);
}
