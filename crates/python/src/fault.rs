//! What becomes of a panic, which is a fault of this package: an exception that says where it happened.
//!
//! Left to `PyO3` it would be a `PanicException`, which is no `Exception` (so it would end a heartbeat, and cost a
//! snapshot), and whose message may contain the text that was being searched. So may what Rust prints.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

thread_local! {
    /// Whether this thread is inside [`caught`], where a panic must not be printed.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// The line of the source at which the latest panic in there happened.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work`, which handles texts.
///
/// # Errors
/// `RuntimeError` where it panicked. What it has changed until then must be whole, or refused from then on.
pub fn caught<T>(work: impl FnOnce() -> T) -> PyResult<T> {
    hide_messages();
    let outer = INSIDE.replace(true);
    // Unwind-safe: a scrubber is immutable, the core leaves a tracker whole, and a stream is refused afterwards.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(outer);
    result.map_err(|payload| {
        // Its drop may panic again.
        std::mem::forget(payload);
        let place = PLACE.take().map(|place| format!(" at {place}")).unwrap_or_default();
        PyRuntimeError::new_err(format!("a fault of prestop{place}"))
    })
}

/// Keeps the messages of caught panics off standard error. The hook belongs to this module's own copy of the
/// standard library: other modules in Rust keep theirs.
fn hide_messages() {
    static HIDE: Once = Once::new();
    HIDE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            if INSIDE.get() {
                PLACE.set(info.location().map(|place| format!("{}:{}", place.file(), place.line())));
            } else {
                before(info);
            }
        }));
    });
}
