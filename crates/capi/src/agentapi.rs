//! AgentAPI: the log snapshot, which a platform shows of a conversation.

use std::ffi::c_char;

use prestop_core::agentapi;

use crate::guard::guard;
use crate::output::Out;
use crate::prestop_status::{PRESTOP_NOT_FOUND, PRESTOP_OK};
use crate::{input, prestop_buf, prestop_error, prestop_scrubber, prestop_status};

/// Builds the log snapshot of a conversation: the body to send to a platform that shows it while the
/// workspace is off.
///
/// `messages_json` is the answer to AgentAPI's GET /messages, or only its array. `*out` is set to
/// {"messages": [{"id", "content", "role", "time"}]}: the last ten messages, scrubbed. The body is never
/// longer than 65,536 bytes as sent, whatever the text. Where the ten do not fit, the oldest are dropped; the
/// oldest message kept is cut at its start, between two characters, and then begins with "[...", a notice of
/// what was cut. Text is valid UTF-8 without NUL, "id" is a number, "role" is "user" or "agent", and a "time"
/// that is not a time is left out.
///
/// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is no message, which is not an error and sets none;
/// PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when there is no array of messages; PRESTOP_TOO_LARGE over 64
/// MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_log_snapshot(
    messages_json: *const c_char,
    len: usize,
    scrubber: *const prestop_scrubber,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `messages_json` and `scrubber` to be readable and the out-parameters to be
    // writable.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let prestop_scrubber(scrubber) = input::object("scrubber", scrubber)?;
            let messages = input::bytes("messages_json", messages_json, len)?;
            let Some(snapshot) = agentapi::log_snapshot(messages, scrubber)? else {
                return Ok(PRESTOP_NOT_FOUND);
            };
            out.set_bytes(snapshot.body);
            Ok(PRESTOP_OK)
        })
    }
}
