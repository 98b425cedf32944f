//! The error object, and the failure inside a call that becomes one.

use std::ffi::{CString, c_char};

use crate::prestop_status;

/// Why a call failed. Made by the failing call, where the caller asked for it; yours to free. It does not change, so any
/// number of threads may read it.
#[derive(Debug)]
pub struct prestop_error {
    status: prestop_status,
    message: CString,
}

/// Why a call failed, on its way out.
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
        // A path may hold anything but NUL; what else could bring one is cut off.
        let bytes = self.message.into_bytes().into_iter().take_while(|byte| *byte != 0).collect::<Vec<u8>>();
        prestop_error { status: self.status, message: CString::new(bytes).unwrap_or_default() }
    }
}

impl From<prestop_core::Error> for Failure {
    fn from(error: prestop_core::Error) -> Self {
        Self::new(error.kind().into(), error.to_string())
    }
}

/// The status that the failing call returned. PRESTOP_OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_error_status(error: *const prestop_error) -> prestop_status {
    // SAFETY: the caller hands in NULL or an error that it has not freed.
    unsafe { error.as_ref() }.map_or(prestop_status::PRESTOP_OK, |error| error.status)
}

/// What went wrong, in English, NUL-terminated, without a line break at its end; "" for NULL. It names options, paths and
/// positions, and never holds the text that was being handled. Valid until the error is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_error_message(error: *const prestop_error) -> *const c_char {
    // SAFETY: as above.
    unsafe { error.as_ref() }.map_or(c"".as_ptr(), |error| error.message.as_ptr())
}

/// Free an error. Does nothing with NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_error_free(error: *mut prestop_error) {
    if !error.is_null() {
        // SAFETY: it came out of a failing call as a box, and the caller frees it once.
        drop(unsafe { Box::from_raw(error) });
    }
}
