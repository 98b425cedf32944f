//! Arguments: raw pointers become references for the duration of one call. Nothing else in the crate does
//! this.

use std::ffi::{CStr, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::error::Failure;
use crate::prestop_status::{PRESTOP_INVALID_OPTION, PRESTOP_NULL_ARGUMENT, PRESTOP_TOO_LARGE};

/// The longest path, in bytes: far more than any system accepts. A longer one is refused here, before it is
/// copied into names and messages. This is no protection against a path without a NUL: its end was searched
/// for by then.
const MAX_PATH: usize = 1 << 20;

/// Returns the `len` bytes at `data`; NULL with length 0 is the empty text.
///
/// # Safety
/// `data` is NULL, or valid for reads of `len` bytes that do not change during the call.
pub(crate) unsafe fn bytes<'a>(name: &str, data: *const c_char, len: usize) -> Result<&'a [u8], Failure> {
    if isize::try_from(len).is_err() {
        return Err(Failure::new(PRESTOP_TOO_LARGE, format!("{name} is longer than half the address space")));
    }
    if data.is_null() {
        return if len == 0 { Ok(&[]) } else { Err(null(name)) };
    }
    // SAFETY: not NULL, no longer than a slice may be, and valid for reads as the caller promises.
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), len) })
}

/// Returns the path at `data`.
///
/// # Safety
/// `data` is NULL or NUL-terminated, and does not change during the call.
pub(crate) unsafe fn path<'a>(name: &str, data: *const c_char) -> Result<&'a Path, Failure> {
    if data.is_null() {
        return Err(null(name));
    }
    // SAFETY: not NULL, and NUL-terminated as the caller promises.
    let bytes = unsafe { CStr::from_ptr(data) }.to_bytes();
    if bytes.is_empty() || bytes.len() > MAX_PATH {
        return Err(Failure::new(PRESTOP_INVALID_OPTION, format!("{name} is empty or too long")));
    }
    Ok(Path::new(OsStr::from_bytes(bytes)))
}

/// Returns the object at `data`.
///
/// # Safety
/// `data` is NULL or an object of this library that is not freed during the call.
pub(crate) unsafe fn object<'a, T>(name: &str, data: *const T) -> Result<&'a T, Failure> {
    // SAFETY: NULL or a live object, as the caller promises.
    unsafe { data.as_ref() }.ok_or_else(|| null(name))
}

pub(crate) fn null(name: &str) -> Failure {
    Failure::new(PRESTOP_NULL_ARGUMENT, format!("{name} is NULL"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    #[test]
    fn null_is_empty_only_without_a_length() {
        // SAFETY: nothing is read where the pointer is NULL or the length impossible; all others are valid
        // literals.
        unsafe {
            assert_eq!(bytes("text", ptr::null(), 0).ok(), Some(&b""[..]));
            assert_eq!(bytes("text", ptr::null(), 1).err().map(|f| f.status), Some(PRESTOP_NULL_ARGUMENT));
            let huge = bytes("text", c"x".as_ptr(), usize::MAX).err().map(|f| f.status);
            assert_eq!(huge, Some(PRESTOP_TOO_LARGE));
            assert_eq!(bytes("text", c"x\xff".as_ptr(), 2).ok(), Some(&b"x\xff"[..]));
            assert_eq!(path("path", ptr::null()).err().map(|f| f.status), Some(PRESTOP_NULL_ARGUMENT));
            assert_eq!(path("path", c"".as_ptr()).err().map(|f| f.status), Some(PRESTOP_INVALID_OPTION));
            assert_eq!(path("path", c"/a".as_ptr()).ok(), Some(Path::new("/a")));
            assert!(object::<u8>("object", ptr::null()).is_err());
        }
    }
}
