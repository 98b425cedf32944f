//! Delegations: their results, and what the agent and the user are told of them.

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

/// Keeps track of the delegations of one workspace, so that each result is delivered and none twice. A beat:
///
///   1. prestop_delegations_ingest with the list from GET /workspaces/{id}/delegations.
///   2. Append each of its results to the results file as one line, and flush it. Then prestop_delegations_confirm.
///   3. prestop_delegations_due: send the message to the agent. Where that fails, prestop_delegations_wake_up_failed.
///   4. prestop_delegations_notifications: send them to the user. Those that fail to prestop_delegations_notifications_failed.
///
/// After a restart, prestop_delegations_restore comes first. Every text that comes out is scrubbed with the preset "strict".
/// It holds at most 10,000 each of ids, results and messages, and 16 MiB of results. Threads may share one; one of them at
/// a time is served.
#[derive(Debug)]
pub struct prestop_delegations {
    core: Mutex<Delegations>,
    /// The messages that were given last, since the caller holds no more of them than their ids.
    given: Mutex<Vec<Notification>>,
}

impl prestop_delegations {
    fn lock(&self) -> MutexGuard<'_, Delegations> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn given(&self) -> MutexGuard<'_, Vec<Notification>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begin with no delegation known. `workspace_id` is the id of this workspace: what others asked for is not its result.
/// `*out` is given the tracker: free it with prestop_delegations_free.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_TOO_LARGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_new(
    workspace_id: *const c_char,
    len: usize,
    out: *mut *mut prestop_delegations,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `workspace_id` and gives places for the results, as the header asks.
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

/// Read the results file after a restart: what stands in it is known, and the agent is told of it once more.
///
/// `file` is its content, or as much of its end as you keep; lines that are no result are passed over. `*out_count` is given
/// how many results there were, and may be NULL.
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
    // SAFETY: the caller lends `delegations` and `file` and gives places for the results, as the header asks.
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

/// Take a list of delegations as the platform gives it, at `now` in Unix seconds.
///
/// `*out_json` is given {"results": [{"delegation_id", "target_id", "source_id", "status", "summary", "response_preview",
/// "error", "timestamp"}], "foreign": ["id"], "skipped": 0, "left": 0}. "results" are all that are not confirmed, oldest
/// first, those of earlier lists included; "status" is "completed" or "failed". "foreign" are ended delegations of other
/// workspaces, each told once. "skipped" rows are no delegation, and "left" ones wait for a later list. A bad row costs no
/// other.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is not JSON, and PRESTOP_TOO_LARGE over 64 MiB:
/// nothing has changed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_ingest(
    delegations: *mut prestop_delegations,
    rows_json: *const c_char,
    len: usize,
    now: f64,
    out_json: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `delegations` and `rows_json` and gives places for the results, as the header asks.
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

/// Take note that results are durably in the results file: they are not given again, and are to be told.
///
/// `ids_json` is a JSON array of "delegation_id"s, as prestop_delegations_ingest gave them. Others are left alone.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is no array of strings, and PRESTOP_TOO_LARGE:
/// nothing has changed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_confirm(
    delegations: *mut prestop_delegations,
    ids_json: *const c_char,
    len: usize,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `delegations` and `ids_json` and gives a place for the error, as the header asks.
    unsafe {
        guard(error, || {
            let delegations = input::object("delegations", delegations)?;
            let ids = strings(input::bytes("ids_json", ids_json, len)?)?;
            delegations.lock().confirm(ids);
            Ok(PRESTOP_OK)
        })
    }
}

/// Ask for the message to the agent that is to be sent at `now`, in Unix seconds. There is at most one a minute.
///
/// `*out_json` is given {"delegation_ids": ["id"], "text": "..."}. "text" is one line, in which everything that came from
/// others is quoted as data. It goes to POST /workspaces/{id}/a2a as
/// {"method": "message/send", "params": {"message": {"role": "user", "parts": [{"type": "text", "text": ...}]}}}.
///
/// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is nothing to send now, which is no error and sets none;
/// PRESTOP_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_due(
    delegations: *mut prestop_delegations,
    now: f64,
    out_json: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `delegations` and gives places for the results, as the header asks.
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

/// Take note that the latest message could not be sent: its results are told again when the minute is over, ten times at
/// most.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_wake_up_failed(
    delegations: *mut prestop_delegations,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `delegations` and gives a place for the error, as the header asks.
    unsafe {
        guard(error, || {
            input::object("delegations", delegations)?.lock().wake_up_failed();
            Ok(PRESTOP_OK)
        })
    }
}

/// Take what the user is to be told of results that were confirmed, oldest first; each is given once, and again where it is
/// said to have failed.
///
/// `*out_json` is given [{"delegation_id": "id", "message": "..."}]. A message goes to POST /workspaces/{id}/notify as
/// {"message": ..., "type": "delegation_result"}.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_notifications(
    delegations: *mut prestop_delegations,
    out_json: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `delegations` and gives places for the results, as the header asks.
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

/// Take note that messages of the latest prestop_delegations_notifications could not be sent: they are given again before
/// others, ten times at most.
///
/// `ids_json` is a JSON array of their "delegation_id"s. Others are left alone.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT when it is no array of strings, and PRESTOP_TOO_LARGE:
/// nothing has changed then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_notifications_failed(
    delegations: *mut prestop_delegations,
    ids_json: *const c_char,
    len: usize,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `delegations` and `ids_json` and gives a place for the error, as the header asks.
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

/// Free a tracker, which no thread uses any more. Does nothing with NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_delegations_free(delegations: *mut prestop_delegations) {
    if !delegations.is_null() {
        // SAFETY: it came out of `prestop_delegations_new` as a box, and the caller frees it once.
        drop(unsafe { Box::from_raw(delegations) });
    }
}

/// The strings of a JSON array.
fn strings(json: &[u8]) -> Result<Vec<String>, Failure> {
    let refused = || Failure::new(PRESTOP_INVALID_INPUT, "ids_json is not an array of strings");
    let json::Value::Array(items) = json::parse(json)? else { return Err(refused()) };
    let string = |item: &json::Value| match item {
        json::Value::Text(text) => Ok(String::from_utf8_lossy(text).into_owned()),
        _ => Err(refused()),
    };
    items.iter().map(string).collect()
}
