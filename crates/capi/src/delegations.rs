//! The tracker of delegations: their results, and the messages about them to the agent and the user.

use std::collections::HashSet;
use std::ffi::c_char;
use std::sync::{Mutex, MutexGuard, PoisonError};

use prestop_core::heartbeat::{Delegations, Notification};
use prestop_core::json;
use serde_json::json;

use crate::error::Failure;
use crate::guard::guard;
use crate::output::Out;
use crate::prestop_status::{PRESTOP_INVALID_INPUT, PRESTOP_NOT_FOUND, PRESTOP_OK};
use crate::strict::strict;
use crate::{input, prestop_buf, prestop_error, prestop_status};

/// Tracks the delegations of one workspace, so that every result is delivered and none twice. On each beat:
///
///   1. Call prestop_delegations_ingest with the list from GET /workspaces/{id}/delegations.
///   2. Append each of its results to the results file as one line, flush the file, and call
///      prestop_delegations_confirm.
///   3. Call prestop_delegations_due and send its message to the agent. If that fails, call
///      prestop_delegations_wake_up_failed.
///   4. Call prestop_delegations_notifications and send its messages to the user. Pass the ids of those that
///      could not be sent to prestop_delegations_notifications_failed.
///
/// After a restart, call prestop_delegations_restore first. Every text returned is scrubbed with the preset
/// "strict". The tracker holds at most 10,000 each of ids, results and messages, and 16 MiB of results.
/// Threads may share one; it serves one of them at a time.
#[derive(Debug)]
pub struct prestop_delegations {
    core: Mutex<Delegations>,
    /// The messages returned by the latest `prestop_delegations_notifications`: the caller reports failures
    /// by id only.
    given: Mutex<Vec<Notification>>,
}

impl prestop_delegations {
    /// Locks the state, also after a panic: the core changes nothing for a text before it was searched, and a
    /// tracker that refused from then on would deliver nothing any more.
    fn lock(&self) -> MutexGuard<'_, Delegations> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the messages that were given, also after a panic.
    fn given(&self) -> MutexGuard<'_, Vec<Notification>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Creates a tracker that knows no delegation. `workspace_id` is the id of this workspace: delegations
/// requested by other workspaces are not its results. `*out` is set to the tracker; free it with
/// prestop_delegations_free.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_new(
    workspace_id: *const c_char,
    len: usize,
    out: *mut *mut prestop_delegations,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `workspace_id` to be readable and the out-parameters to be writable.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let workspace = input::bytes("workspace_id", workspace_id, len)?;
            let core = Mutex::new(Delegations::new(workspace));
            out.set_object(prestop_delegations { core, given: Mutex::default() });
            Ok(PRESTOP_OK)
        })
    }
}

/// Reads the results file after a restart: the results in it count as delivered, and the agent is told of
/// them once more.
///
/// `file` is the content of the file, or as much of its end as you keep; lines that are not results are
/// skipped. `*out_count` is set to the number of results; it may be NULL.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_restore(
    delegations: *mut prestop_delegations,
    file: *const c_char,
    len: usize,
    out_count: *mut usize,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `delegations` and `file` to be readable and the out-parameters to be
    // writable.
    unsafe {
        guard(error, || {
            let delegations = input::object("delegations", delegations)?;
            let file = input::bytes("file", file, len)?;
            let count = delegations.lock().restore(file, strict());
            if let Ok(out) = Out::new("out_count", out_count) {
                out.set(count);
            }
            Ok(PRESTOP_OK)
        })
    }
}

/// Reads a list of delegations as the platform returns it. `now` is in Unix seconds.
///
/// `*out_json` is set to {"results": [{"delegation_id", "target_id", "source_id", "status", "summary",
/// "response_preview", "error", "timestamp"}], "foreign": ["id"], "skipped": 0, "left": 0}:
///   "results"  every result not yet confirmed, oldest first, including those of earlier lists; "status" is
///              "completed" or "failed"
///   "foreign"  ids of finished delegations that belong to other workspaces; each is reported once
///   "skipped"  the number of rows that are not delegations
///   "left"     the number of rows left for a later list
/// A bad row does not affect the others.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when the list is not JSON, and
/// PRESTOP_TOO_LARGE when it is over 64 MiB; nothing has changed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_ingest(
    delegations: *mut prestop_delegations,
    rows_json: *const c_char,
    len: usize,
    now: f64,
    out_json: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `delegations` and `rows_json` to be readable and the out-parameters to be
    // writable.
    unsafe {
        guard(error, || {
            let out = Out::new("out_json", out_json)?;
            let delegations = input::object("delegations", delegations)?;
            let rows = input::bytes("rows_json", rows_json, len)?;
            out.set_bytes(delegations.lock().ingest_json(rows, now, strict())?.json());
            Ok(PRESTOP_OK)
        })
    }
}

/// Records that results are durably in the results file: they are not returned again, and the agent and the
/// user are to be told of them.
///
/// `ids_json` is a JSON array of "delegation_id"s as prestop_delegations_ingest returned them. Other ids are
/// ignored.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is not an array of strings, and
/// PRESTOP_TOO_LARGE; nothing has changed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_confirm(
    delegations: *mut prestop_delegations,
    ids_json: *const c_char,
    len: usize,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `delegations` and `ids_json` to be readable and the out-parameters to be
    // writable.
    unsafe {
        guard(error, || {
            let delegations = input::object("delegations", delegations)?;
            let ids = strings(input::bytes("ids_json", ids_json, len)?)?;
            delegations.lock().confirm(ids);
            Ok(PRESTOP_OK)
        })
    }
}

/// Returns the message that is to be sent to the agent now. `now` is in Unix seconds. There is at most one
/// message a minute.
///
/// `*out_json` is set to {"delegation_ids": ["id"], "text": "..."}. "text" is one line, in which everything
/// that came from others is quoted as data. Send it with POST /workspaces/{id}/a2a as:
///   {"method": "message/send",
///    "params": {"message": {"role": "user", "parts": [{"type": "text", "text": ...}]}}}
///
/// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is nothing to send now, which is not an error and sets
/// none; PRESTOP_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_due(
    delegations: *mut prestop_delegations,
    now: f64,
    out_json: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `delegations` to be readable and the out-parameters to be writable.
    unsafe {
        guard(error, || {
            let out = Out::new("out_json", out_json)?;
            let delegations = input::object("delegations", delegations)?;
            let Some(wake_up) = delegations.lock().due(now) else { return Ok(PRESTOP_NOT_FOUND) };
            out.set_bytes(wake_up.json());
            Ok(PRESTOP_OK)
        })
    }
}

/// Records that the latest message to the agent could not be sent: its results are part of the next message,
/// after the minute has passed. A result is given up when its message has failed ten times.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_wake_up_failed(
    delegations: *mut prestop_delegations,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `delegations` to be readable and the out-parameters to be writable.
    unsafe {
        guard(error, || {
            input::object("delegations", delegations)?.lock().wake_up_failed();
            Ok(PRESTOP_OK)
        })
    }
}

/// Returns the messages to the user about confirmed results, oldest first. Each is returned once, and again
/// if it is reported to prestop_delegations_notifications_failed.
///
/// `*out_json` is set to [{"delegation_id": "id", "message": "..."}]. Send a message
/// with POST /workspaces/{id}/notify as {"message": ..., "type": "delegation_result"}.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_notifications(
    delegations: *mut prestop_delegations,
    out_json: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `delegations` to be readable and the out-parameters to be writable.
    unsafe {
        guard(error, || {
            let out = Out::new("out_json", out_json)?;
            let delegations = input::object("delegations", delegations)?;
            let mut given = delegations.given();
            *given = delegations.lock().notifications();
            let all =
                given.iter().map(|one| json!({"delegation_id": one.delegation_id, "message": one.message}));
            out.set_bytes(serde_json::Value::Array(all.collect()).to_string());
            Ok(PRESTOP_OK)
        })
    }
}

/// Records that messages of the latest prestop_delegations_notifications could not be sent: they are returned
/// again, before newer ones. A message that has failed ten times is given up.
///
/// `ids_json` is a JSON array of their "delegation_id"s. Other ids are ignored.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is not an array of strings, and
/// PRESTOP_TOO_LARGE; nothing has changed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_notifications_failed(
    delegations: *mut prestop_delegations,
    ids_json: *const c_char,
    len: usize,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `delegations` and `ids_json` to be readable and the out-parameters to be
    // writable.
    unsafe {
        guard(error, || {
            let delegations = input::object("delegations", delegations)?;
            let ids: HashSet<String> =
                strings(input::bytes("ids_json", ids_json, len)?)?.into_iter().collect();
            let mut given = delegations.given();
            let mut core = delegations.lock();
            for failed in given.extract_if(.., |one| ids.contains(&one.delegation_id)) {
                core.notification_failed(failed);
            }
            Ok(PRESTOP_OK)
        })
    }
}

/// Frees a tracker. No thread may use it any more. Does nothing with NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_free(delegations: *mut prestop_delegations) {
    if !delegations.is_null() {
        // SAFETY: the pointer comes from `Box::into_raw` in `prestop_delegations_new`, and the caller frees
        // it once.
        drop(unsafe { Box::from_raw(delegations) });
    }
}

/// Returns the strings of a JSON array, the ids of a call.
fn strings(json: &[u8]) -> Result<Vec<String>, Failure> {
    let refused = || Failure::new(PRESTOP_INVALID_INPUT, "ids_json is not an array of strings");
    let json::Value::Array(items) = json::parse(json)? else { return Err(refused()) };
    let string = |item: &json::Value| match item {
        json::Value::Text(text) => Ok(String::from_utf8_lossy(text).into_owned()),
        _ => Err(refused()),
    };
    items.iter().map(string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::ptr;

    #[test]
    fn a_panic_costs_no_result_and_the_tracker_goes_on() {
        let rows = br#"[{"delegation_id": "d-1", "source_id": "ours", "status": "completed"}]"#;
        let mut core = Delegations::new("ours");
        core.ingest_json(rows, 0.0, strict()).expect("it is a list");
        let tracker = prestop_delegations { core: Mutex::new(core), given: Mutex::default() };
        let panics = AssertUnwindSafe(|| {
            let _held = (tracker.given(), tracker.lock());
            panic!("on purpose");
        });
        assert!(catch_unwind(panics).is_err() && tracker.core.is_poisoned() && tracker.given.is_poisoned());
        let tracker = Box::into_raw(Box::new(tracker));
        let ids = br#"["d-1"]"#;
        let mut out = [const { prestop_buf { data: ptr::null_mut(), len: 0, cap: 0 } }; 3];
        let [ingested, due, notifications] = &mut out;
        // SAFETY: the texts are as long as is said, and the tracker is freed last.
        unsafe {
            let none = ptr::null_mut();
            let text = |bytes: &[u8]| bytes.as_ptr().cast();
            for status in [
                prestop_delegations_ingest(tracker, text(b"[]"), 2, 1.0, ingested, none),
                prestop_delegations_confirm(tracker, text(ids), ids.len(), none),
                prestop_delegations_due(tracker, 2.0, due, none),
                prestop_delegations_wake_up_failed(tracker, none),
                prestop_delegations_notifications(tracker, notifications, none),
                prestop_delegations_notifications_failed(tracker, text(ids), ids.len(), none),
                prestop_delegations_restore(tracker, text(b""), 0, ptr::null_mut(), none),
            ] {
                assert_eq!(status, PRESTOP_OK);
            }
            for buf in &mut out {
                let said = std::slice::from_raw_parts(buf.data.cast::<u8>(), buf.len);
                assert!(said.windows(3).any(|window| window == b"d-1"));
                crate::buf::prestop_buf_free(buf);
            }
            prestop_delegations_free(tracker);
        }
    }
}
