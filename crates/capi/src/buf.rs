//! The buffer in which results are returned, owned by the caller.

use std::ffi::c_char;
use std::mem::ManuallyDrop;

use zeroize::Zeroize;

/// Bytes returned by a call. They are yours until you pass them to prestop_buf_free, which is the only way to
/// free them. Start with a zeroed buffer (prestop_buf out = {0}): a call that succeeds overwrites all three
/// fields and frees nothing.
#[repr(C)]
#[derive(Debug)]
pub struct prestop_buf {
    /// The bytes, followed by a NUL that `len` does not count. The bytes themselves may contain further NULs.
    pub data: *mut c_char,
    /// The number of bytes, without the NUL that follows them.
    pub len: usize,
    /// The size of the allocation. Do not change it.
    pub cap: usize,
}

impl prestop_buf {
    pub(crate) fn new(mut bytes: Vec<u8>) -> Self {
        let len = bytes.len();
        bytes.push(0);
        let mut bytes = ManuallyDrop::new(bytes);
        Self { data: bytes.as_mut_ptr().cast(), len, cap: bytes.capacity() }
    }
}

/// Wipes the bytes, frees them and zeroes the buffer, so that freeing it again does nothing. Does nothing
/// with NULL or a zeroed buffer. Two threads must not free one buffer at the same time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_buf_free(buf: *mut prestop_buf) {
    // SAFETY: the caller passes NULL or a buffer of its own that no other thread uses.
    let Some(buf) = (unsafe { buf.as_mut() }) else { return };
    let prestop_buf { data, len, cap } =
        std::mem::replace(buf, prestop_buf { data: std::ptr::null_mut(), len: 0, cap: 0 });
    if !data.is_null() {
        // SAFETY: all three values come from `prestop_buf::new`, where the vector held `len` bytes and a NUL.
        let mut bytes = unsafe { Vec::from_raw_parts(data.cast::<u8>(), len + 1, cap) };
        bytes.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_whole_with_a_nul_behind_them() {
        for bytes in [&b""[..], b"a", b"a\0b", &[0xff; 1000]] {
            let mut buf = prestop_buf::new(bytes.to_vec());
            assert_eq!(buf.len, bytes.len());
            // SAFETY: the buffer holds `len` bytes and a NUL.
            let all = unsafe { std::slice::from_raw_parts(buf.data.cast::<u8>(), buf.len + 1) };
            assert_eq!((&all[..buf.len], all[buf.len]), (bytes, 0));
            // SAFETY: the buffer is ours. The first call frees it and zeroes it; a zeroed buffer and NULL may
            // be freed.
            unsafe {
                prestop_buf_free(&raw mut buf);
                prestop_buf_free(&raw mut buf);
                prestop_buf_free(std::ptr::null_mut());
            }
            assert!(buf.data.is_null() && buf.len == 0 && buf.cap == 0);
        }
    }
}
