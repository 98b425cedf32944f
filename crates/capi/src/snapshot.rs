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

/// Builds the content of a snapshot from the state of a host. It is not scrubbed yet: prestop_snapshot_write
/// does that.
///
/// `state_json` is one JSON object. Each member may be left out or null:
///   "workspace_id"   string; default "unknown"
///   "current_task"   string
///   "active_tasks"   integer; default 0
///   "session_id"     string; left out where "adapter" has one
///   "adapter"        an object with what the agent needs to resume: "session_id", "transcript_lines", ...
///   "start_time"     when the host started, in Unix seconds: gives "uptime_seconds"
///   "now"            the time, in Unix seconds; default the clock. Both times lie in the years 0 to 9999
/// Other members are ignored. NaN, Infinity and -Infinity in "adapter" become null. `*out` is set to the JSON
/// of the snapshot.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT, naming the member, and for JSON that is
/// nested more than 300 levels deep; PRESTOP_TOO_LARGE over 1 GiB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_snapshot_build(
    state_json: *const c_char,
    len: usize,
    out: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `state_json` to be readable and the out-parameters to be writable.
    unsafe {
        guard(error, || {
            let out = Out::new("out", out)?;
            let (state, now) = snapshot::State::from_json(input::bytes("state_json", state_json, len)?)?;
            out.set_bytes(snapshot::build(&state, now.unwrap_or_else(SystemTime::now))?);
            Ok(PRESTOP_OK)
        })
    }
}

/// Scrubs a snapshot and writes it, so that whatever happens the path holds the whole old snapshot or the
/// whole new one.
///
/// `json` is one JSON object of `len` bytes. `path` is NUL-terminated. Missing directories are created, files
/// have mode 0600, and the previous snapshot is kept beside the new one. A symbolic link at the path is
/// replaced, not followed. On success the new snapshot is on the disk, unless the report says otherwise. Any
/// number of threads and processes may write to one path: the last one wins.
///
/// Limits:
///   input      1 GiB; a larger one is PRESTOP_TOO_LARGE
///   snapshot   64 MiB after scrubbing; a larger one is cut, see below
///   scrubbing  2.5 seconds; what takes longer is cut, see below
///   deadline   5 seconds for the search and for locks, then PRESTOP_TIMED_OUT. A system call under way is
///              not interrupted, so the call takes as long as the disk
/// A snapshot that is cut loses its longest strings first, then the oldest of "transcript_lines", or other
/// members where those are what is too large. The report counts what was cut.
///
/// `report_json` may be NULL; otherwise it is set to {"path", "bytes", "redactions": {"LABEL": count},
/// "dropped", "durability", "atomic", "locked"}. "durability" is one of:
///   "durable"        the snapshot is on the disk
///   "degraded"       the file could only be overwritten in place, such as a file that is a mount point
///   "indeterminate"  the disk did not confirm that the name refers to the new snapshot
/// "locked" is false when another process held the directory's lock for too long, or its file system has no
/// locks: then a snapshot that was written at the same time may be the last one.
///
/// Returns PRESTOP_OK; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_INPUT; PRESTOP_TOO_LARGE;
/// PRESTOP_INVALID_OPTION for a path that names no file; PRESTOP_INVALID_TARGET; PRESTOP_TIMED_OUT;
/// PRESTOP_IO; PRESTOP_TORN. After any of these errors but the last the old snapshot is intact.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_snapshot_write(
    scrubber: *const prestop_scrubber,
    json: *const c_char,
    len: usize,
    path: *const c_char,
    report_json: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `scrubber`, `json` and `path` to be readable and the out-parameters to be
    // writable.
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
                    "locked": report.locked,
                });
                out.set_bytes(report.to_string());
            }
            Ok(PRESTOP_OK)
        })
    }
}

/// Reads the snapshot back when a host starts.
///
/// `path` is NUL-terminated. `*out_json` is set to an object with these members:
///   "snapshot"  the snapshot; "session_id" and "transcript_lines" of "adapter" also appear at its top level
///   "source"    "current", or "previous": the file was damaged, so this is the previous snapshot. Where
///               possible, the damaged file is set aside and the previous snapshot put back in its place
///   "verified"  true: exactly what was written; false: edited since; null: there is no checksum to compare
///               with
///   "repaired"  whether the previous snapshot was put back. If not (for example, on a read-only file system,
///               for the target of a link, or while another process is writing), the damaged file is still
///               there, and the next read finds it again
///
/// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there is no snapshot, which is not an error and sets none;
/// PRESTOP_CORRUPT when there was only a damaged one; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_OPTION;
/// PRESTOP_INVALID_TARGET; PRESTOP_TOO_LARGE; PRESTOP_IO when it cannot be read, which does not mean that
/// there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_snapshot_read(
    path: *const c_char,
    out_json: *mut prestop_buf,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `path` to be readable and the out-parameters to be writable.
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
            out.set_bytes(described(&restored, reading.put_back)?);
            Ok(PRESTOP_OK)
        })
    }
}

/// Deletes the snapshot and the previous one, for example after a restore that must not be repeated. `path`
/// is NUL-terminated.
///
/// Returns PRESTOP_OK; PRESTOP_NOT_FOUND when there was none; PRESTOP_NULL_ARGUMENT; PRESTOP_INVALID_OPTION;
/// PRESTOP_INVALID_TARGET; PRESTOP_IO, after which the snapshot may be there or already be gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn prestop_snapshot_delete(
    path: *const c_char,
    error: *mut *mut prestop_error,
) -> prestop_status {
    // SAFETY: the header requires `path` to be readable and the out-parameters to be writable.
    unsafe {
        guard(error, || {
            let path = input::path("path", path)?;
            let removal = with_options(|options| snapshot::delete(path, options, Outside::new().ambient()))?;
            Ok(if removal.existed { PRESTOP_OK } else { PRESTOP_NOT_FOUND })
        })
    }
}

/// Calls `work` with options under which a file that another rule set wrote is scrubbed by `strict` before a
/// copy of it is kept.
fn with_options<T>(work: impl FnOnce(&ReadOptions<'_>) -> T) -> T {
    let rules = strict().rule_set();
    work(&ReadOptions::new(&rules).with_rescrub(strict()))
}

fn described(restored: &Restored, repaired: bool) -> Result<Vec<u8>, Failure> {
    // In this order, since promoting may double the size, and what is parsed may not be larger than a file.
    let strict = json::strict(&restored.bytes)?;
    let mut out = b"{\"snapshot\":".to_vec();
    // Spliced in as text and not through a parsed tree, so that numbers keep their digits.
    out.extend_from_slice(&snapshot::promote(&strict));
    let rest = [
        ("source", json!(restored.source.as_str())),
        ("verified", json!(restored.verified)),
        ("repaired", json!(repaired)),
    ];
    for (name, value) in rest {
        out.extend_from_slice(format!(",\"{name}\":{value}").as_bytes());
    }
    out.push(b'}');
    Ok(out)
}
