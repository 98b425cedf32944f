//! What a call gives: out-parameters are checked before the work and written after it.

use std::ptr::NonNull;

use crate::error::Failure;
use crate::input::null;
use crate::prestop_buf;

/// A place of the caller's for a result.
#[derive(Debug)]
pub(crate) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// The place at `pointer`.
    ///
    /// # Safety
    /// `pointer` is NULL or may be written to until the call returns.
    pub(crate) unsafe fn new(name: &str, pointer: *mut T) -> Result<Self, Failure> {
        NonNull::new(pointer).map(Self).ok_or_else(|| null(name))
    }

    /// Puts the result there. What was there is overwritten and not dropped.
    pub(crate) fn set(self, value: T) {
        // SAFETY: `new` was promised that it may be written to.
        unsafe { self.0.write(value) };
    }
}

impl Out<prestop_buf> {
    /// Puts bytes there.
    pub(crate) fn set_bytes(self, bytes: impl Into<Vec<u8>>) {
        self.set(prestop_buf::new(bytes.into()));
    }
}

impl<T> Out<*mut T> {
    /// Puts an object there, which the caller frees.
    pub(crate) fn set_object(self, object: T) {
        self.set(Box::into_raw(Box::new(object)));
    }
}
