//! The error object that a caller receives, and the failure inside a call from which it is made.

use std::ffi::{CString, c_char};

use crate::prestop_status;

/// Why a call failed. A failing call creates it if you asked for it; you free it. It never changes, so any
/// number of threads may read it.
#[derive(Debug)]
pub struct prestop_error {
    status: prestop_status,
    message: CString,
}

/// Why a call failed, before it leaves the library.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: prestop_status,
    message: String,
}

impl Failure {
    pub(crate) fn new(status: prestop_status, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub(crate) fn into_object(self) -> prestop_error {
        // A C string ends at the first NUL. A path cannot contain one; anything else that does is cut there.
        let bytes = self.message.into_bytes().into_iter().take_while(|byte| *byte != 0).collect::<Vec<u8>>();
        prestop_error { status: self.status, message: CString::new(bytes).unwrap_or_default() }
    }
}

impl From<prestop_core::Error> for Failure {
    fn from(error: prestop_core::Error) -> Self {
        Self::new(error.kind().into(), error.to_string())
    }
}

/// Returns the status that the failing call returned; PRESTOP_OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_error_status(error: *const prestop_error) -> prestop_status {
    // SAFETY: the caller passes NULL or an error that it has not freed.
    unsafe { error.as_ref() }.map_or(prestop_status::PRESTOP_OK, |error| error.status)
}

/// Returns what went wrong: English, NUL-terminated, without a line break at its end; "" for NULL. It names
/// options, paths and positions, and never contains the text that was being handled. Valid until the error is
/// freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_error_message(error: *const prestop_error) -> *const c_char {
    // SAFETY: the caller passes NULL or an error that it has not freed.
    unsafe { error.as_ref() }.map_or(c"".as_ptr(), |error| error.message.as_ptr())
}

/// Frees an error. Does nothing with NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_error_free(error: *mut prestop_error) {
    if !error.is_null() {
        // SAFETY: the pointer comes from `Box::into_raw` in a failing call, and the caller frees it once.
        drop(unsafe { Box::from_raw(error) });
    }
}
