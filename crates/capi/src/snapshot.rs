//! Snapshots: build, write, read and delete.

use std::ffi::c_char;
use std::time::SystemTime;

use prestop_core::json;
use prestop_core::snapshot::{self, ReadOptions, Restored, WriteOptions};
use serde_json::json;

use crate::error::Failure;
use crate::guard::guard;
use crate::output::Out;
use crate::outside::Outside;
use crate::prestop_status::{PRESTOP_CORRUPT, PRESTOP_NOT_FOUND, PRESTOP_OK};
use crate::strict::strict;
use crate::{input, prestop_buf, prestop_error, prestop_scrubber, prestop_status};

/// Build the content of a snapshot from the state of a host. Nothing is scrubbed yet: prestop_snapshot_write does that.
///
/// `state_json` is one JSON object. Each member may be left out or null:
///   "workspace_id"   string; else "unknown"
///   "current_task"   string
///   "active_tasks"   integer; else 0
///   "session_id"     string; left out where "adapter" has one
///   "adapter"        an object with what the agent needs to go on: "session_id", "transcript_lines", ...
///   "start_time"     when the host started, in Unix seconds: gives "uptime_seconds"
///   "now"            the time, in Unix seconds; else the clock's. Both of the years 0 to 9999
/// Other members are left alone. NaN, Infinity and -Infinity in "adapter" become null. `*out` is given the JSON of the snapshot.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT, naming the member; PRESTOP_TOO_LARGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_snapshot_build(
    state_json: *const c_char,
    len: usize,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `state_json` and gives places for the results, as the header asks.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let (state, now) = snapshot::State::from_json(input::bytes("state_json", state_json, len)?)?;
            out.set_bytes(snapshot::build(&state, now.unwrap_or_else(SystemTime::now))?);
            Ok(PRESTOP_OK)
        })
    }
}

/// Scrub a snapshot and write it, so that whatever happens the path holds the whole old or the whole new one.
///
/// `json` is one JSON object of `len` bytes, at most 1 GiB; one that is over 64 MiB when it is scrubbed, or that cannot be searched in
/// 2.5 seconds, is cut, as the report says: the longest strings, then the oldest of "transcript_lines", or other members where these are
/// what is too large. `path` is NUL-terminated; missing directories are made, files have mode 0600,
/// the snapshot before stays beside it, and a symbolic link at the path is replaced and not followed. On success the new
/// snapshot is on the disk, unless the report says otherwise. It takes as long as the disk, and at most 5 seconds for the
/// search and for locks.
///
/// `report_json` may be NULL; else it is given {"path", "bytes", "redactions": {"LABEL": count}, "dropped", "durability",
/// "atomic"}. "durability" is "durable"; or "degraded", where the file could only be overwritten in place, as a mounted
/// one; or "indeterminate", where the disk did not confirm that the name stands for the new snapshot.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT; PRESTOP_TOO_LARGE; PRESTOP_INVALID_OPTION for a path that names no file;
/// PRESTOP_INVALID_TARGET; PRESTOP_TIMED_OUT; PRESTOP_IO. After each of these the old snapshot is intact. Any number of
/// threads and processes may write one path: the last one stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_snapshot_write(
    scrubber: *const prestop_scrubber,
    json: *const c_char,
    len: usize,
    path: *const c_char,
    report_json: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `scrubber`, `json` and `path` and gives places for the results, as the header asks.
    unsafe {
        guard(error, || {
            let prestop_scrubber(scrubber) = input::object("scrubber", scrubber)?;
            let json = input::bytes("json", json, len)?;
            let path = input::path("path", path)?;
            let world = Outside::new();
            let rules = scrubber.rule_set();
            let options = WriteOptions::new(&rules).with_rescrub(scrubber);
            let (document, mut tally, options) =
                snapshot::scrub_in_time(json, scrubber, &options, world.ambient())?;
            let report = snapshot::write(path, &document, &options, world.ambient())?;
            tally.add(&report.shrunk);
            tally.add(&report.gated);
            if let Ok(out) = Out::new("report_json", report_json) {
                let report = json!({
                    "path": report.path.to_string_lossy(),
                    "bytes": report.bytes,
                    "redactions": tally.redactions(),
                    "dropped": tally.dropped(),
                    "durability": report.durability.as_str(),
                    "atomic": report.atomic,
                });
                out.set_bytes(report.to_string());
            }
            Ok(PRESTOP_OK)
        })
    }
}

/// Read the snapshot back, for the start of a host.
///
/// `path` is NUL-terminated. `*out_json` is given {"snapshot": {...}, "source": "current", "verified": true}. "session_id"
/// and "transcript_lines" that stand under "adapter" stand at the top of the snapshot too. A damaged file is set aside and
/// the snapshot before it put back: "source" is "previous" then. "verified" is true when it is exactly what was written,
/// false when it was edited since, and null when there is nothing to compare with.
///
/// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is none, which is no error and sets none; PRESTOP_CORRUPT when there was only a damaged
/// one; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_OPTION; PRESTOP_INVALID_TARGET; PRESTOP_TOO_LARGE; PRESTOP_IO when it cannot
/// be read, which is not to be taken for "there is none".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_snapshot_read(
    path: *const c_char,
    out_json: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `path` and gives places for the results, as the header asks.
    unsafe {
        guard(error, || {
            let out = Out::new("out_json", out_json)?;
            let path = input::path("path", path)?;
            let reading = with_options(|options| snapshot::examine(path, options, Outside::new().ambient()))?;
            let Some(restored) = reading.restored else {
                if reading.corrupt {
                    let what = if reading.quarantined.is_some() {
                        "the snapshot was damaged and has been set aside"
                    } else {
                        "the snapshot is damaged and could not be set aside"
                    };
                    return Err(Failure::new(PRESTOP_CORRUPT, what));
                }
                return Ok(PRESTOP_NOT_FOUND);
            };
            out.set_bytes(described(&restored)?);
            Ok(PRESTOP_OK)
        })
    }
}

/// Delete the snapshot and the one before it, as after a restore that is not to be repeated. `path` is NUL-terminated.
///
/// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there was none; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_OPTION; PRESTOP_INVALID_TARGET;
/// PRESTOP_TIMED_OUT; PRESTOP_IO.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_snapshot_delete(
    path: *const c_char,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the caller lends `path` and gives a place for the error, as the header asks.
    unsafe {
        guard(error, || {
            let path = input::path("path", path)?;
            let removal = with_options(|options| snapshot::delete(path, options, Outside::new().ambient()))?;
            Ok(if removal.existed { PRESTOP_OK } else { PRESTOP_NOT_FOUND })
        })
    }
}

/// What stands where is scrubbed by `strict` before a copy of it is kept.
fn with_options<T>(work: impl FnOnce(&ReadOptions<'_>) -> T) -> T {
    let rules = strict().rule_set();
    work(&ReadOptions::new(&rules).with_rescrub(strict()))
}

fn described(restored: &Restored) -> Result<Vec<u8>, Failure> {
    let promoted = restored.promoted();
    let mut out = b"{\"snapshot\":".to_vec();
    // As it stands, and not by way of a tree: numbers keep their digits.
    out.extend_from_slice(&json::strict(&promoted)?);
    let rest = json!({"source": restored.source.as_str(), "verified": restored.verified}).to_string();
    out.extend_from_slice(rest.replacen('{', ",", 1).as_bytes());
    Ok(out)
}
