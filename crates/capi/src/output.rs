//! Out-parameters: checked before the work, written after it.

use std::ptr::NonNull;

use crate::error::Failure;
use crate::input::null;
use crate::prestop_buf;

/// An out-parameter that is not NULL.
#[derive(Debug)]
pub(crate) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// Wraps `pointer`, an out-parameter called `name`.
    ///
    /// # Safety
    /// `pointer` is NULL or valid for writes until the call returns.
    pub(crate) unsafe fn new(name: &str, pointer: *mut T) -> Result<Self, Failure> {
        NonNull::new(pointer).map(Self).ok_or_else(|| null(name))
    }

    /// Stores the result. The previous content is overwritten and not dropped.
    pub(crate) fn set(self, value: T) {
        // SAFETY: the caller of `new` promised that the pointer is valid for writes.
        unsafe { self.0.write(value) };
    }
}

impl Out<prestop_buf> {
    /// Stores bytes as a new buffer.
    pub(crate) fn set_bytes(self, bytes: impl Into<Vec<u8>>) {
        self.set(prestop_buf::new(bytes.into()));
    }
}

impl<T> Out<*mut T> {
    /// Stores a pointer to an object that the caller of the library frees.
    pub(crate) fn set_object(self, object: T) {
        self.set(Box::into_raw(Box::new(object)));
    }
}
