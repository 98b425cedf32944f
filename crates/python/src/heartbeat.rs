//! The pure part of the heartbeat: the body of a beat, and the secret in the answer to it.

use prestop::{heartbeat, json};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::raise;
use crate::fault::caught;
use crate::leave::detached;
use crate::node::{Host, PyNode};
use crate::scrubber::Scrubber;
use crate::text;

/// Return the body of a beat as JSON. `state` is a mapping or dataclass with the state of the host.
#[pyfunction]
pub fn heartbeat_payload<'py>(
    state: &Bound<'py, PyAny>,
    scrubber: &Scrubber,
) -> PyResult<Bound<'py, PyBytes>> {
    let host = Host::new(state.py());
    let node = PyNode { object: state.clone(), host: &host };
    let body = caught(|| heartbeat::payload(&node, scrubber.core()))?;
    host.finish()?;
    Ok(PyBytes::new(state.py(), &body))
}

/// Return the inbound secret in the answer to a beat, or None.
///
/// The body may be bytes, text, or the value it was parsed into.
#[pyfunction]
pub fn heartbeat_inbound_secret(body: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let host = Host::new(body.py());
    let node = PyNode { object: body.clone(), host: &host };
    let secret = caught(|| heartbeat::inbound_secret_in(&node))?;
    host.finish()?;
    Ok(secret.map(|secret| secret.expose().to_owned()))
}

/// Return the value of a JSON document from outside, with defects in it replaced.
///
/// A value that the strict reader refuses does not affect the others: bytes that are not UTF-8 become U+FFFD,
/// an integer of more than 4,300 digits a string, and an array or object nested too deep null.
#[pyfunction]
pub fn tolerant_json<'py>(py: Python<'py>, document: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let document = detached(py, || json::tolerable(document))?.map_err(|error| raise(&error))?;
    text::load(py, &document)
}

/// Return the id of the result of a row, or None if the row is not a delegation.
///
/// By this id the result is returned, confirmed and written.
#[pyfunction]
pub fn result_id(row: &Bound<'_, PyAny>, scrubber: &Scrubber) -> PyResult<Option<String>> {
    let host = Host::new(row.py());
    let node = PyNode { object: row.clone(), host: &host };
    let id = caught(|| heartbeat::result_id(&node, scrubber.core()))?;
    host.finish()?;
    Ok(id)
}
