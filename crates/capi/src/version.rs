//! Which library this is.

use std::ffi::{CStr, c_char};

/// The version of this header. It changes when a program that was built for the one before could not run with the
/// library, and so does the soname; additions do not change it.
pub const PRESTOP_ABI_VERSION: u32 = 1;

/// The version of the interface that the library has. A program that loads it at run time compares it with
/// PRESTOP_ABI_VERSION and refuses another.
#[unsafe(no_mangle)]
pub extern "C" fn prestop_abi_version() -> u32 {
    PRESTOP_ABI_VERSION
}

/// The version of the library, as "0.1.0". Static; do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn prestop_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    match CStr::from_bytes_with_nul(VERSION.as_bytes()) {
        Ok(version) => version.as_ptr(),
        Err(_) => c"".as_ptr(),
    }
}
