//! Python values in one pass: as scrubbed JSON, or scrubbed and rebuilt.

use std::collections::BTreeMap;
use std::time::Duration;

use prestop::Scrubber;
use prestop::scrub::Tally;
use prestop::value::{Encoder, Layout, Walk, encode_within};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::fault::caught;
use crate::node::{Host, PyNode};
use crate::rebuild::Rebuild;

/// The result of [`encode`]: the JSON, the redactions by label, and the number of entries dropped whole.
type Encoded<'py> = (Bound<'py, PyBytes>, BTreeMap<String, u64>, u64);

/// Return the value as scrubbed JSON, the redactions by label, and the number of entries dropped whole.
#[pyfunction]
pub fn encode<'py>(
    value: &Bound<'py, PyAny>,
    scrubber: &crate::scrubber::Scrubber,
) -> PyResult<Encoded<'py>> {
    let (bytes, tally) = encode_object(value.py(), value, scrubber.core(), Layout::Indented)?;
    Ok((PyBytes::new(value.py(), &bytes), tally.redactions().clone(), tally.dropped()))
}

/// Returns `object` as scrubbed JSON, and what was redacted.
///
/// # Errors
///
/// As [`caught`]; an exception that is not an `Exception` (`KeyboardInterrupt`, `SystemExit`), raised by an object's own
/// code in the main thread. Any other exception of an object is no error: `[UNPRINTABLE TypeName]` takes its
/// place.
pub fn encode_object(
    py: Python<'_>,
    object: &Bound<'_, PyAny>,
    scrubber: &Scrubber,
    layout: Layout,
) -> PyResult<(Vec<u8>, Tally)> {
    let host = Host::new(py);
    let node = PyNode { object: object.clone(), host: &host };
    let (encoder, tally) = caught(|| Walk::new(scrubber, Encoder::new(layout)).run(&node))?;
    host.finish()?;
    Ok((encoder.into_bytes(), tally))
}

/// Returns `object` as the JSON of a snapshot, in about half of the time that is `left`; what cannot be
/// searched in that time is cut.
///
/// # Errors
///
/// As [`encode_object`].
pub fn encode_in_time(
    py: Python<'_>,
    object: &Bound<'_, PyAny>,
    scrubber: &Scrubber,
    left: &(dyn Fn() -> Duration + Sync),
) -> PyResult<(Vec<u8>, Tally)> {
    let host = Host::new(py);
    let node = PyNode { object: object.clone(), host: &host };
    let encoded = caught(|| encode_within(&node, Layout::Indented, scrubber, left))?;
    host.finish()?;
    Ok(encoded)
}

/// Returns `object` scrubbed: the same object if nothing changed.
///
/// # Errors
///
/// As [`encode_object`], and where there is no memory for the new objects.
pub fn scrub_object(py: Python<'_>, object: &Bound<'_, PyAny>, scrubber: &Scrubber) -> PyResult<Py<PyAny>> {
    let host = Host::new(py);
    let node = PyNode { object: object.clone(), host: &host };
    let (rebuild, _) = caught(|| Walk::new(scrubber, Rebuild::new(py, &host)).run(&node))?;
    let built = rebuild.finish().map(Bound::unbind);
    host.finish()?;
    built
}
