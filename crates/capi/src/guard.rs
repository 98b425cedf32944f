//! The wrapper of every fallible function: no panic unwinds into C, and a failure becomes a status and an
//! error.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, MutexGuard, Once};

use crate::error::Failure;
use crate::{prestop_error, prestop_status};

thread_local! {
    /// Whether this thread is inside `guard`, where a panic is caught and must not be printed.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` and returns its status; a failure is also stored in `*error`, unless `error` is NULL.
///
/// # Safety
/// `error` is NULL or valid for writes.
pub(crate) unsafe fn guard(
    error: *mut *mut prestop_error,
    work: impl FnOnce() -> Result<prestop_status, Failure>,
) -> prestop_status {
    silence();
    let outer = INSIDE.replace(true);
    // Unwind-safe: nothing reads state that a panic left half-changed. Shared objects are immutable, inside a
    // mutex that `lock` refuses afterwards, or a tracker, which a panic leaves whole.
    let result = panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        discard(payload);
        Err(Failure::new(prestop_status::PRESTOP_INTERNAL, "a fault of this library"))
    });
    INSIDE.set(outer);
    let failure = match result {
        Ok(status) => return status,
        Err(failure) => failure,
    };
    let status = failure.status;
    if !error.is_null() {
        let object = Box::into_raw(Box::new(failure.into_object()));
        // SAFETY: `error` is not NULL, so it is valid for writes.
        unsafe { error.write(object) };
    }
    status
}

/// Locks the state of an object. What a panic left half-changed is refused: it could return text that was not
/// scrubbed.
pub(crate) fn lock<'a, T>(name: &str, state: &'a Mutex<T>) -> Result<MutexGuard<'a, T>, Failure> {
    let refused = || format!("a fault of this library: {name} cannot be used any more, only freed");
    state.lock().map_err(|_| Failure::new(prestop_status::PRESTOP_INTERNAL, refused()))
}

/// Drops the payload of a panic. Dropping it may panic again, with another payload.
fn discard(mut payload: Box<dyn Any + Send>) {
    for _ in 0..4 {
        match panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            Ok(()) => return,
            Err(again) => payload = again,
        }
    }
    // No payload of this library does that; leaking it is safe.
    std::mem::forget(payload);
}

/// Keeps a caught panic off standard error: its message may contain the text that was being handled.
///
/// The hook belongs to this library's own copy of the standard library. A Rust program that links the static
/// library keeps its own hook for its own panics.
fn silence() {
    static SILENCE: Once = Once::new();
    SILENCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    fn fails(status: prestop_status, work: impl FnOnce() -> Result<prestop_status, Failure>) {
        let mut error = ptr::null_mut();
        // SAFETY: `error` is valid for writes; the error stored there is freed below.
        unsafe {
            assert_eq!(guard(&raw mut error, work), status);
            assert_eq!(crate::error::prestop_error_status(error), status);
            assert!(!std::ffi::CStr::from_ptr(crate::error::prestop_error_message(error)).is_empty());
            crate::error::prestop_error_free(error);
        }
    }

    #[test]
    fn a_panic_is_a_status() {
        fails(prestop_status::PRESTOP_INTERNAL, || panic!("on purpose"));
    }

    #[test]
    fn a_panic_whose_payload_panics_is_one_too() {
        struct Payload;
        impl Drop for Payload {
            fn drop(&mut self) {
                panic!("once more");
            }
        }
        fails(prestop_status::PRESTOP_INTERNAL, || panic::panic_any(Payload));
    }

    #[test]
    fn a_failure_is_a_status_and_an_error_and_a_nul_cuts_its_text() {
        fails(prestop_status::PRESTOP_IO, || Err(Failure::new(prestop_status::PRESTOP_IO, "a\0b")));
    }

    #[test]
    fn without_a_place_for_the_error_there_is_only_the_status() {
        // SAFETY: NULL is allowed.
        let status = unsafe { guard(ptr::null_mut(), || panic!("on purpose")) };
        assert_eq!(status, prestop_status::PRESTOP_INTERNAL);
    }

    #[test]
    fn success_leaves_the_error_alone() {
        let mut error = ptr::dangling_mut();
        // SAFETY: `error` is valid for writes.
        let status = unsafe { guard(&raw mut error, || Ok(prestop_status::PRESTOP_NOT_FOUND)) };
        assert_eq!((status, error), (prestop_status::PRESTOP_NOT_FOUND, ptr::dangling_mut()));
    }
}
