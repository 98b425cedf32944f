//! The pure part of the heartbeat: the body of a beat, and the secret in the answer to it.

use std::ffi::c_char;

use prestop_core::heartbeat;

use crate::guard::guard;
use crate::output::Out;
use crate::prestop_status::{PRESTOP_NOT_FOUND, PRESTOP_OK};
use crate::strict::strict;
use crate::{input, prestop_buf, prestop_error, prestop_status};

/// Builds the body of one beat from the state of a host.
///
/// `state_json` is one JSON object. Each member may be left out:
///   "workspace_id"       string; default "unknown"
///   "error_rate"         number from 0 to 1; default "error_count" / "request_count", and 0 without requests
///   "sample_error", "current_task"      string; default empty
///   "active_tasks", "uptime_seconds"    whole number from 0 to 2,147,483,647
///   "wedged_reason"      string: the runtime is stuck, and why; null or false: it is not stuck
///   "runtime_metadata"   {"capabilities": {"name": true}, "idle_timeout_seconds": 600}
/// No value of a member is an error: a value that does not fit is replaced by the nearest one that does.
/// Other members are ignored.
///
/// `*out` is set to the JSON for POST /registry/heartbeat. Each text in it is valid UTF-8 without NUL, at
/// most 16 KiB long, and scrubbed with the preset "strict"; to remove what only your own scrubber knows, pass
/// `state_json` through prestop_scrub_json first.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when the state is not a JSON object;
/// PRESTOP_TOO_LARGE over 64 MiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_heartbeat_payload(
    state_json: *const c_char,
    len: usize,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `state_json` to be readable and the out-parameters to be writable.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let state = input::bytes("state_json", state_json, len)?;
            out.set_bytes(heartbeat::payload_json(state, strict())?);
            Ok(PRESTOP_OK)
        })
    }
}

/// Extracts the inbound secret from the answer to a beat; `*out` is set to it. Keep it out of logs and write
/// it only to files of mode 0600; prestop_buf_free wipes it.
///
/// `body` is the answer as received, any bytes. The secret is the member "platform_inbound_secret" of a JSON
/// object: a string of 1 to 4,096 printable ASCII characters, after white space around them is removed. Any
/// other value counts as no secret.
///
/// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is none, which is not an error and sets none;
/// PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_heartbeat_inbound_secret(
    body: *const c_char,
    len: usize,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `body` to be readable and the out-parameters to be writable.
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
