//! AgentAPI: what a platform shows of a conversation.

use std::ffi::c_char;

use prestop_core::agentapi;

use crate::guard::guard;
use crate::output::Out;
use crate::prestop_status::{PRESTOP_NOT_FOUND, PRESTOP_OK};
use crate::{input, prestop_buf, prestop_error, prestop_scrubber, prestop_status};

/// Build the log snapshot of a conversation: the body for a platform that shows it while the workspace is off.
///
/// `messages_json` is what AgentAPI gives for GET /messages, or only its array. `*out` is given {"messages": [{"id",
/// "content", "role", "time"}]}: the last ten messages, scrubbed, and never over 65,536 bytes as they are sent, whatever
/// the text. Where that is too little the oldest go; the oldest message that is left is cut at its head, between two
/// characters, and begins with "[...", a notice of what went. Text is valid UTF-8 without NUL, an id is a number, a role
/// is "user" or "agent", a time that is none is left out.
///
/// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is no message, which is no error and sets none; PRESTOP_NULL_ARGUMENT;
/// PRESTOP_INVALID_INPUT when there is no array of messages; PRESTOP_TOO_LARGE over 64 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_log_snapshot(
    messages_json: *const c_char,
    len: usize,
    scrubber: *const prestop_scrubber,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `messages_json` and `scrubber` and gives places for the results, as the header asks.
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
