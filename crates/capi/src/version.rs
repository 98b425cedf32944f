//! The versions of the interface and of the library.

use std::ffi::{CStr, c_char};

/// The version of the interface that this header describes. It changes, together with the soname, when a
/// program built for the previous one could not run with the library; additions do not change it.
pub const PRESTOP_ABI_VERSION: u32 = 1;

/// Returns the version of the interface that the loaded library has. A program that loads the library at run
/// time compares it with PRESTOP_ABI_VERSION and refuses any other.
#[unsafe(no_mangle)]
pub extern "C" fn prestop_abi_version() -> u32 {
    PRESTOP_ABI_VERSION
}

/// Returns the version of the library, such as "0.1.0". The string is static; do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn prestop_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    match CStr::from_bytes_with_nul(VERSION.as_bytes()) {
        Ok(version) => version.as_ptr(),
        Err(_) => c"".as_ptr(),
    }
}
