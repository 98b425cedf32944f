//! The heartbeat's core: the body of a beat, and the secret in its answer.

use std::ffi::c_char;

use prestop_core::heartbeat;

use crate::guard::guard;
use crate::output::Out;
use crate::prestop_status::{PRESTOP_NOT_FOUND, PRESTOP_OK};
use crate::strict::strict;
use crate::{input, prestop_buf, prestop_error, prestop_status};

/// Build the body of one beat, from the state of a host.
///
/// `state_json` is one JSON object. Each member may be left out:
///   "workspace_id"       string; else "unknown"
///   "error_rate"         number from 0 to 1; else "error_count" / "request_count", and 0 without requests
///   "sample_error", "current_task"      string; else empty
///   "active_tasks", "uptime_seconds"    whole number from 0 to 2,147,483,647
///   "wedged_reason"      string: the runtime is stuck, and why; null or false means that it is not
///   "runtime_metadata"   {"capabilities": {"name": true}, "idle_timeout_seconds": 600}
/// No value in it is an error: one that does not fit becomes the nearest that does, other members are left alone. `*out`
/// is given the JSON for POST /registry/heartbeat. Text in it is valid UTF-8 without NUL, at most 16 KiB each, and scrubbed
/// with the preset "strict"; what only a scrubber of yours knows is removed by prestop_scrub_json before.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is no JSON object; PRESTOP_TOO_LARGE over 64 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_heartbeat_payload(
    state_json: *const c_char,
    len: usize,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `state_json` and gives places for the results, as the header asks.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let state = input::bytes("state_json", state_json, len)?;
            out.set_bytes(heartbeat::payload_json(state, strict())?);
            Ok(PRESTOP_OK)
        })
    }
}

/// Take the inbound secret out of the answer to a beat: `*out` is given it. Keep it out of logs and write it to files of
/// mode 0600 only; prestop_buf_free wipes it.
///
/// `body` is the answer as it came, any bytes. The secret is the member "platform_inbound_secret" of a JSON object: a string
/// of 1 to 4,096 printable ASCII characters, white space around them left off. Anything else is not one.
///
/// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is none, which is no error and sets none; PRESTOP_NULL_ARGUMENT;
/// PRESTOP_TOO_LARGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_heartbeat_inbound_secret(
    body: *const c_char,
    len: usize,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `body` and gives places for the results, as the header asks.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let Some(secret) = heartbeat::inbound_secret(input::bytes("body", body, len)?) else {
                return Ok(PRESTOP_NOT_FOUND);
            };
            out.set(prestop_buf::of_secret(secret.expose().as_bytes()));
            Ok(PRESTOP_OK)
        })
    }
}
