//! Files of JSON lines: append and read.

#![allow(clippy::needless_pass_by_value, reason = "what is taken out of a Python object is owned")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use prestop::snapshot::{self, AppendOptions};
use prestop::value::Layout;
use prestop_agent::outside::Outside;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::errors::{count, raise};
use crate::leave::detached;
use crate::scrubber::Scrubber;
use crate::text;
use crate::values::encode_object;

/// What an append did.
#[pyclass(frozen, get_all, module = "prestop")]
pub struct Appended {
    /// The path as it was given.
    path: OsString,
    /// The size of the line in bytes, with its line break.
    bytes: u64,
    /// The number of redactions by label.
    redactions: BTreeMap<String, u64>,
    /// What is certain now: `durable` or `indeterminate`.
    ///
    /// `indeterminate`: the directory could not be flushed, or the file was taken away meanwhile; appending
    /// again may then write the line twice.
    durability: &'static str,
    /// Whether other writers were locked out; without, the line begins with a line break of its own.
    locked: bool,
    /// Whether a line that a crash had cut short was ended first.
    repaired: bool,
    /// Whether the file was over the size limit, so that this line is the first of a new file.
    rotated: bool,
    /// Labels of secrets that only the last pass over the finished line found, and replaced.
    ///
    /// Each is a fault of the scrubber.
    gated: Vec<String>,
}

#[pymethods]
impl Appended {
    fn __repr__(&self) -> String {
        format!(
            "Appended(path='{}', bytes={}, redactions={:?}, durability={:?}, repaired={}, rotated={})",
            self.path.display(),
            self.bytes,
            self.redactions,
            self.durability,
            text::truth(self.repaired),
            text::truth(self.rotated)
        )
    }
}

/// Scrub the value and append it to the file as one JSON line.
///
/// A file that would grow over `size_limit` bytes is renamed to `.NAME.old` first. `deadline` is in seconds.
#[pyfunction]
#[pyo3(signature = (value, path, scrubber, *, size_limit, deadline))]
pub fn append(
    value: &Bound<'_, PyAny>,
    path: OsString,
    scrubber: &Scrubber,
    size_limit: &Bound<'_, PyAny>,
    deadline: f64,
) -> PyResult<Appended> {
    let py = value.py();
    let deadline = Duration::try_from_secs_f64(deadline)
        .map_err(|_| PyValueError::new_err("deadline is not a number of seconds"))?;
    let size_limit = count("size_limit", size_limit)?;
    let (line, mut tally) = encode_object(py, value, scrubber.core(), Layout::Compact)?;
    let options = AppendOptions::new()
        .with_deadline(deadline)
        .with_size_limit(size_limit)
        .with_rescrub(scrubber.core());
    let world = Outside::new();
    let appended = detached(py, || snapshot::append(&path, &line, &options, world.ambient()))?
        .map_err(|error| raise(&error))?;
    tally.add(&appended.gated);
    Ok(Appended {
        path,
        bytes: appended.bytes,
        redactions: tally.redactions().clone(),
        durability: appended.durability.as_str(),
        locked: appended.locked,
        repaired: appended.repaired,
        rotated: appended.rotated,
        gated: appended.gated.redactions().keys().cloned().collect(),
    })
}

/// Return the values of the file's lines, and the number of lines that are not JSON.
///
/// With `own`, a file that somebody else may have put there is refused.
#[pyfunction]
#[pyo3(signature = (path, *, own=false))]
pub fn lines(py: Python<'_>, path: OsString, own: bool) -> PyResult<(Bound<'_, PyList>, u64)> {
    let read = if own { snapshot::own_lines } else { snapshot::lines };
    let found = detached(py, || read(&path))?.map_err(|error| raise(&error))?;
    let values = PyList::empty(py);
    for line in &found.lines {
        values.append(text::load(py, line)?)?;
    }
    Ok((values, found.bad))
}
