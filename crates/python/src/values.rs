//! Python values in one pass: as scrubbed JSON, or scrubbed and built again.

use std::collections::BTreeMap;
use std::time::Duration;

use prestop::Scrubber;
use prestop::scrub::Tally;
use prestop::value::{Encoder, Layout, Walk, encode_within};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::node::{Host, PyNode};
use crate::rebuild::Rebuild;

/// What [`encode`] returns: the JSON, the redactions by label, and the entries dropped whole.
type Encoded<'py> = (Bound<'py, PyBytes>, BTreeMap<String, u64>, u64);

/// Return the value as scrubbed JSON, the redactions by label, and how many entries were dropped whole.
#[pyfunction]
pub fn encode<'py>(
    value: &Bound<'py, PyAny>,
    scrubber: &crate::scrubber::Scrubber,
) -> PyResult<Encoded<'py>> {
    let (bytes, tally) = encode_object(value.py(), value, scrubber.core(), Layout::Indented)?;
    Ok((PyBytes::new(value.py(), &bytes), tally.redactions().clone(), tally.dropped()))
}

/// `object` as scrubbed JSON, and what was redacted.
///
/// # Errors
///
/// What is not an `Exception` (`KeyboardInterrupt`, `SystemExit`) and was raised by an object's own code. No other
/// exception of an object comes here: `[UNPRINTABLE TypeName]` stands in its place.
pub fn encode_object(
    py: Python<'_>,
    object: &Bound<'_, PyAny>,
    scrubber: &Scrubber,
    layout: Layout,
) -> PyResult<(Vec<u8>, Tally)> {
    let host = Host::new(py);
    let mut walk = Walk::new(scrubber, Encoder::new(layout));
    walk.run(&PyNode { object: object.clone(), host: &host });
    let (encoder, tally) = walk.finish();
    host.finish()?;
    Ok((encoder.into_bytes(), tally))
}

/// The same as the JSON of a snapshot, in about half of the time that is `left`; what cannot be searched in that is cut.
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
    let encoded = encode_within(&node, Layout::Indented, scrubber, left);
    host.finish()?;
    Ok(encoded)
}

/// `object` scrubbed: the same object where nothing changed.
///
/// # Errors
///
/// As [`encode_object`], and where there is no memory for what is built.
pub fn scrub_object(py: Python<'_>, object: &Bound<'_, PyAny>, scrubber: &Scrubber) -> PyResult<Py<PyAny>> {
    let host = Host::new(py);
    let mut walk = Walk::new(scrubber, Rebuild::new(py, &host));
    walk.run(&PyNode { object: object.clone(), host: &host });
    let (rebuild, _) = walk.finish();
    let built = rebuild.finish().map(Bound::unbind);
    host.finish()?;
    built
}
