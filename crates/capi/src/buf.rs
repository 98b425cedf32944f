//! The buffer in which results are returned, owned by the caller.

use std::ffi::c_char;
use std::mem::ManuallyDrop;

use zeroize::Zeroize;

/// Bytes returned by a call. They are yours until you pass them to prestop_buf_free, which is the only way to
/// free them. Start with a zeroed buffer (prestop_buf out = {0}): a call that succeeds overwrites all three
/// fields and frees nothing. You may change the bytes, but none of the fields: prestop_buf_free needs all
/// three as the call stored them. To use fewer bytes, keep a length of your own.
#[repr(C)]
#[derive(Debug)]
pub struct prestop_buf {
    /// The bytes, followed by a NUL that `len` does not count. The bytes themselves may contain further NULs.
    pub data: *mut c_char,
    /// The number of bytes, without the NUL that follows them.
    pub len: usize,
    /// The size of the allocation.
    pub cap: usize,
}

impl prestop_buf {
    /// A copy of a secret. It has room for the NUL from the beginning: a vector that grew would leave
    /// its bytes where they were.
    pub(crate) fn of_secret(secret: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(secret.len() + 1);
        bytes.extend_from_slice(secret);
        Self::new(bytes)
    }

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
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A secret of this test as no memory holds it: each byte turned over.
    const TURNED: [u8; 24] = [!b'k'; 24];
    /// How often memory was given back with the secret still in it.
    static LEFT: AtomicUsize = AtomicUsize::new(0);

    struct Watching;

    /// Counts the memory that is given back with the secret in it.
    unsafe fn look(pointer: *const u8, layout: Layout) {
        // SAFETY: the memory is still the caller's, and of this size.
        let bytes = unsafe { std::slice::from_raw_parts(pointer, layout.size()) };
        let is = |window: &[u8]| window.iter().zip(TURNED).all(|(byte, turned)| *byte == !turned);
        if bytes.windows(TURNED.len()).any(is) {
            LEFT.fetch_add(1, Ordering::Relaxed);
        }
    }

    // SAFETY: the system's allocator does the work.
    unsafe impl GlobalAlloc for Watching {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // So that all of it may be read when it is given back.
            // SAFETY: as the caller promises.
            unsafe { System.alloc_zeroed(layout) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            // SAFETY: as the caller promises.
            unsafe {
                look(pointer, layout);
                System.dealloc(pointer, layout);
            }
        }
        // `realloc` is the default one: other memory, a copy, and the old memory given back.
    }

    #[global_allocator]
    static ALLOCATOR: Watching = Watching;

    #[test]
    fn of_an_inbound_secret_no_copy_stays_in_memory() {
        let secret: String = TURNED.iter().map(|turned| char::from(!turned)).collect();
        let body = std::mem::ManuallyDrop::new(format!("{{\"platform_inbound_secret\":\"{secret}\"}}"));
        let wanted = std::mem::ManuallyDrop::new(secret);
        let before = LEFT.load(Ordering::Relaxed);
        let mut buf = prestop_buf { data: std::ptr::null_mut(), len: 0, cap: 0 };
        // SAFETY: the body is lent, the buffer ours.
        unsafe {
            let status = crate::heartbeat::prestop_heartbeat_inbound_secret(
                body.as_ptr().cast(),
                body.len(),
                &raw mut buf,
                std::ptr::null_mut(),
            );
            assert_eq!(status, crate::prestop_status::PRESTOP_OK);
            assert_eq!(std::slice::from_raw_parts(buf.data.cast::<u8>(), buf.len), wanted.as_bytes());
            prestop_buf_free(&raw mut buf);
        }
        assert_eq!(LEFT.load(Ordering::Relaxed) - before, 0);
    }

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
