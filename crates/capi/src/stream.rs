//! Streams: scrubbing a text that arrives in pieces.

use std::ffi::c_char;
use std::sync::Mutex;

use prestop_core::scrub::ScrubStream;

use crate::error::Failure;
use crate::guard::{guard, lock};
use crate::output::Out;
use crate::prestop_status::{PRESTOP_INVALID_INPUT, PRESTOP_OK};
use crate::{input, prestop_buf, prestop_error, prestop_scrubber, prestop_status};

/// Scrubs a text that arrives in pieces: the outputs, joined, equal what prestop_scrub_text returns for the
/// whole text, however it was cut. A stream holds at most 2 MiB and 64 KiB of the text and returns nothing
/// before it has more than 2 MiB; with the preset "molecule", which is defined on whole texts, it holds
/// everything. Threads may share one, but the order of their pieces is then undefined.
#[derive(Debug)]
pub struct prestop_stream(Mutex<Option<ScrubStream>>);

fn finished() -> Failure {
    Failure::new(PRESTOP_INVALID_INPUT, "the stream is finished")
}

/// Creates a stream. `*out` is set to it; free it with prestop_stream_free. The scrubber may be freed first.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_stream_new(
    scrubber: *const prestop_scrubber,
    out: *mut *mut prestop_stream,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `scrubber` to be readable and the out-parameters to be writable.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let prestop_scrubber(scrubber) = input::object("scrubber", scrubber)?;
            out.set_object(prestop_stream(Mutex::new(Some(scrubber.stream()))));
            Ok(PRESTOP_OK)
        })
    }
}

/// Appends the next piece of the text. `*out` is set to the output that is final by now, which may be empty.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE; PRESTOP_INVALID_INPUT when the stream is
/// finished.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_stream_feed(
    stream: *mut prestop_stream,
    text: *const c_char,
    len: usize,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `stream` and `text` to be readable and the out-parameters to be writable.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let prestop_stream(stream) = input::object("stream", stream)?;
            let text = input::bytes("text", text, len)?;
            let mut stream = lock("stream", stream)?;
            out.set_bytes(stream.as_mut().ok_or_else(finished)?.feed(text));
            Ok(PRESTOP_OK)
        })
    }
}

/// Ends the text. `*out` is set to the rest of the output. After that the stream can only be freed.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is already finished.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_stream_finish(
    stream: *mut prestop_stream,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `stream` to be readable and the out-parameters to be writable.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let prestop_stream(stream) = input::object("stream", stream)?;
            let mut stream = lock("stream", stream)?;
            out.set_bytes(stream.take().ok_or_else(finished)?.finish().0);
            Ok(PRESTOP_OK)
        })
    }
}

/// Frees a stream, finished or not. Does nothing with NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_stream_free(stream: *mut prestop_stream) {
    if !stream.is_null() {
        // SAFETY: the pointer comes from `Box::into_raw` in `prestop_stream_new`, and the caller frees it
        // once.
        drop(unsafe { Box::from_raw(stream) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::ptr;

    use crate::prestop_status::PRESTOP_INTERNAL;

    #[test]
    fn after_a_panic_a_stream_is_only_freed() {
        let scrubber = prestop_core::Scrubber::new(prestop_core::Preset::Balanced);
        let stream = Box::into_raw(Box::new(prestop_stream(Mutex::new(Some(scrubber.stream())))));
        let panics = AssertUnwindSafe(|| {
            // SAFETY: the stream is freed below.
            let prestop_stream(stream) = unsafe { &*stream };
            let _held = stream.lock();
            panic!("on purpose");
        });
        assert!(catch_unwind(panics).is_err());
        let mut out = prestop_buf { data: ptr::null_mut(), len: 0, cap: 0 };
        // SAFETY: the stream is freed last, and nothing is returned in the buffer.
        unsafe {
            let fed = prestop_stream_feed(stream, c"a".as_ptr(), 1, &raw mut out, ptr::null_mut());
            assert_eq!(fed, PRESTOP_INTERNAL);
            assert_eq!(prestop_stream_finish(stream, &raw mut out, ptr::null_mut()), PRESTOP_INTERNAL);
            assert!(out.data.is_null());
            prestop_stream_free(stream);
        }
    }
}
