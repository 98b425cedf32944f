//! Work with the interpreter released, and what becomes of it when the interpreter ends before it does.
//!
//! Up to 3.13, CPython ends a daemon thread that asks for the interpreter while it shuts down, by unwinding its stack;
//! where that meets Rust code the process aborts, and its exit status with it. So a thread that was left behind does not
//! ask: its work is done, and it waits for the process to end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pyo3::prelude::*;

/// How often work was left behind. Only work that began before the last time is concerned.
static LEFT: AtomicUsize = AtomicUsize::new(0);

/// Runs `work` with the interpreter released.
pub fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
    py.detach(|| {
        let began = LEFT.load(Ordering::SeqCst);
        let done = work();
        while LEFT.load(Ordering::SeqCst) != began {
            thread::park();
        }
        done
    })
}

/// Leave behind what other threads are doing with the interpreter released: they never ask for it again.
///
/// For the end of the interpreter only.
#[pyfunction]
pub fn leave_behind() {
    LEFT.fetch_add(1, Ordering::SeqCst);
}
