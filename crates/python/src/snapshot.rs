//! Snapshots on the disk: write, read, delete and purge.

#![allow(clippy::needless_pass_by_value, reason = "what is taken out of a Python object is owned")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use prestop::scrub::Tally;
use prestop::snapshot::{self, Ambient, Companion, ReadOptions, Removal, Write, WriteOptions};
use prestop_agent::outside::Outside;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::errors::raise;
use crate::leave::detached;
use crate::scrubber::Scrubber;
use crate::text;
use crate::values::encode_in_time;

/// What a write did.
#[pyclass(frozen, get_all, module = "prestop")]
#[allow(clippy::struct_excessive_bools, reason = "each is an independent fact about one write")]
pub struct WriteReport {
    /// The path as it was given.
    path: OsString,
    /// The size of the file in bytes.
    bytes: u64,
    /// The number of redactions by label; `TRUNCATED` counts strings that were cut.
    redactions: BTreeMap<String, u64>,
    /// The number of entries dropped whole: sandbox output, and lines for which there was no room.
    dropped: u64,
    /// Labels of secrets that only the last pass over the finished bytes found, and replaced.
    ///
    /// Each is a fault of the scrubber.
    gated: Vec<String>,
    /// What is certain now: `durable`, `degraded` or `indeterminate`.
    ///
    /// `durable`: the snapshot is on the disk. `degraded`: it is on the disk, but was overwritten in place.
    /// `indeterminate`: it is in place, but a power cut may bring the old one back.
    durability: &'static str,
    /// Whether the file was replaced in one step; False if it was overwritten in place.
    atomic: bool,
    /// Whether other writers were locked out; without, one that wrote at the same time may be the last.
    locked: bool,
    /// Whether the file system does not outlive the machine or the container (tmpfs, ramfs, overlay).
    ephemeral: bool,
    /// Whether the directory was flushed; False also where its file system cannot do that.
    directory_synced: bool,
}

/// A snapshot that was read from the file itself or from the previous one; any JSON value.
#[pyclass(frozen, get_all, module = "prestop")]
pub struct Restored {
    /// The value in the file.
    ///
    /// `session_id` and `transcript_lines` that are only in its `adapter` also appear at its top level.
    snapshot: Py<PyAny>,
    /// Which file it came from: `current` or `previous`.
    source: &'static str,
    /// True: exactly what was written. False: edited since. None: there is no checksum to compare with.
    verified: Option<bool>,
}

/// Everything that a read has to report, even if there is no snapshot.
#[pyclass(frozen, get_all, module = "prestop")]
pub struct Reading {
    /// The snapshot, or None.
    restored: Option<Py<Restored>>,
    /// Whether the file was there but damaged.
    corrupt: bool,
    /// The path to which the damaged file was moved, or None.
    quarantined: Option<OsString>,
    /// Whether the previous snapshot was put back in the place of the damaged file.
    repaired: bool,
}

impl WriteReport {
    /// Returns the report of a write to `path`, with what was redacted before it.
    pub fn new(path: OsString, report: &snapshot::WriteReport, tally: &Tally) -> Self {
        Self {
            path,
            bytes: report.bytes,
            redactions: tally.redactions().clone(),
            dropped: tally.dropped(),
            gated: report.gated.redactions().keys().cloned().collect(),
            durability: report.durability.as_str(),
            atomic: report.atomic,
            locked: report.locked,
            ephemeral: report.ephemeral,
            directory_synced: report.directory_synced,
        }
    }
}

#[pymethods]
impl WriteReport {
    fn __repr__(&self) -> String {
        format!(
            "WriteReport(path='{}', bytes={}, redactions={:?}, dropped={}, durability={:?}, atomic={})",
            self.path.display(),
            self.bytes,
            self.redactions,
            self.dropped,
            self.durability,
            text::truth(self.atomic)
        )
    }
}

impl Restored {
    fn new(py: Python<'_>, restored: &snapshot::Restored) -> PyResult<Py<Self>> {
        let snapshot = text::load(py, &restored.promoted())?.unbind();
        Py::new(py, Self { snapshot, source: restored.source.as_str(), verified: restored.verified })
    }
}

#[pymethods]
impl Restored {
    // The snapshot is left out: a `repr` ends up in logs.
    fn __repr__(&self) -> String {
        format!("Restored(source={:?}, verified={})", self.source, self.verified.map_or("None", text::truth))
    }
}

#[pymethods]
impl Reading {
    fn __repr__(&self) -> String {
        let restored = self.restored.as_ref().map_or("None".to_owned(), |restored| restored.get().__repr__());
        let quarantined =
            self.quarantined.as_ref().map_or("None".to_owned(), |path| format!("'{}'", path.display()));
        format!(
            "Reading(restored={restored}, corrupt={}, quarantined={quarantined})",
            text::truth(self.corrupt)
        )
    }
}

/// Scrub the object and write it to the path.
///
/// `create(name, directory)` creates the temporary file in the open directory and returns its device and
/// inode; it is not called if the document is overwritten in place. `deadline` is in seconds.
#[pyfunction]
#[pyo3(signature = (snapshot, path, scrubber, create, *, follow_symlink, deadline))]
pub fn write(
    snapshot: &Bound<'_, PyAny>,
    path: OsString,
    scrubber: &Scrubber,
    create: &Bound<'_, PyAny>,
    follow_symlink: bool,
    deadline: f64,
) -> PyResult<WriteReport> {
    let py = snapshot.py();
    let core = scrubber.core();
    let deadline = Duration::try_from_secs_f64(deadline)
        .map_err(|_| PyValueError::new_err("deadline is not a number of seconds"))?;
    let world = Outside::new();
    let ambient = world.ambient();
    let left = || deadline.saturating_sub((ambient.elapsed)());
    let (bytes, mut tally) = encode_in_time(py, snapshot, core, &left)?;
    let rules = core.rule_set();
    let options = WriteOptions::new(&rules)
        .with_follow_symlink(follow_symlink)
        .with_deadline(deadline)
        .with_time_left(left())
        .with_rescrub(core);
    let mut write =
        detached(py, || Write::begin(&path, &options, world.ambient()))?.map_err(|error| raise(&error))?;
    let created = match write.needs_file().then(|| created(create, &write)).transpose() {
        Ok(created) => created,
        Err(error) => {
            // Closing and unlocking are system calls, too.
            detached(py, move || drop(write))?;
            return Err(error);
        }
    };
    let report = detached(py, move || {
        match created {
            None => {}
            Some(Ok((device, inode))) => write.adopt_created(device, inode)?,
            Some(Err(refused)) => write.open_failed(refused)?,
        }
        write.commit(&bytes)
    })?
    .map_err(|error| raise(&error))?;
    tally.add(&report.shrunk);
    tally.add(&report.gated);
    Ok(WriteReport::new(path, &report, &tally))
}

/// Read the snapshot at the path; a damaged one is set aside and the previous one put back where possible.
#[pyfunction]
pub fn read(py: Python<'_>, path: OsString, scrubber: &Scrubber) -> PyResult<Reading> {
    let core = scrubber.core();
    let rules = core.rule_set();
    let options = ReadOptions::new(&rules).with_rescrub(core);
    let world = Outside::new();
    let reading = detached(py, || snapshot::examine(&path, &options, world.ambient()))?
        .map_err(|error| raise(&error))?;
    let restored = reading.restored.map(|restored| Restored::new(py, &restored)).transpose()?;
    Ok(Reading {
        restored,
        corrupt: reading.corrupt,
        quarantined: reading.quarantined.map(PathBuf::into_os_string),
        repaired: reading.put_back,
    })
}

/// Delete the snapshot and the previous one; return whether there was one.
#[pyfunction]
pub fn delete(py: Python<'_>, path: OsString, scrubber: &Scrubber) -> PyResult<bool> {
    remove(py, path.as_ref(), scrubber, |path, options, world| snapshot::delete(path, options, world))
        .map(|removal| removal.existed)
}

/// Delete the snapshot and every file that belongs to it; return how many files were deleted.
#[pyfunction]
pub fn purge(py: Python<'_>, path: OsString, scrubber: &Scrubber) -> PyResult<u64> {
    remove(py, path.as_ref(), scrubber, |path, options, world| snapshot::purge(path, options, world))
        .map(|removal| removal.files)
}

/// Return the sorted dotted names of the fields in which two JSON documents differ.
#[pyfunction]
pub fn diff(py: Python<'_>, before: &[u8], after: &[u8]) -> PyResult<Vec<String>> {
    // No file is involved: whatever fails is the fault of the arguments.
    detached(py, || snapshot::diff(before, after))?.map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Return the path of a file kept beside the one at `path`.
///
/// `suffix` is `prev`, `starts`, `aside`, `unread` or `old`.
#[pyfunction]
pub fn companion(path: OsString, suffix: &str) -> PyResult<OsString> {
    let companion: Companion = suffix.parse().map_err(|error| raise(&error))?;
    Ok(companion.of(path).into_os_string())
}

fn remove(
    py: Python<'_>,
    path: &Path,
    scrubber: &Scrubber,
    how: fn(&Path, &ReadOptions<'_>, Ambient<'_>) -> prestop::Result<Removal>,
) -> PyResult<Removal> {
    let rules = scrubber.core().rule_set();
    let options = ReadOptions::new(&rules).with_rescrub(scrubber.core());
    let world = Outside::new();
    detached(py, || how(path, &options, world.ambient()))?.map_err(|error| raise(&error))
}

/// Has the host create the temporary file, and returns its device and inode, or why the system refused; an
/// exception other than `OSError` is returned as the error.
fn created(create: &Bound<'_, PyAny>, write: &Write<'_>) -> PyResult<Result<(u64, u64), io::Error>> {
    let created = create
        .call1((write.temporary_name(), write.directory().as_raw_fd()))
        .and_then(|which| which.extract::<(u64, u64)>());
    match created {
        Ok(which) => Ok(Ok(which)),
        Err(error) => refusal(create.py(), &error).map(Err),
    }
}

/// Returns why the host could not create the file, as the core expects it; an exception other than `OSError`
/// is returned as the error.
fn refusal(py: Python<'_>, error: &PyErr) -> PyResult<io::Error> {
    if !error.is_instance_of::<PyOSError>(py) {
        return Err(error.clone_ref(py));
    }
    let errno = error.value(py).getattr("errno")?.extract::<Option<i32>>()?;
    Ok(match errno {
        Some(errno) => io::Error::from_raw_os_error(errno),
        None => io::Error::other(error.value(py).to_string()),
    })
}
