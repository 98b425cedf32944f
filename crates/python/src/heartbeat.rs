//! The heartbeat's core: the body of a beat, the secret in its answer.

use prestop::{heartbeat, json};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::raise;
use crate::leave::detached;
use crate::node::{Host, PyNode};
use crate::scrubber::Scrubber;
use crate::text;

/// Return the body of a beat as JSON, from a mapping or dataclass with the state of the host.
#[pyfunction]
pub fn heartbeat_payload<'py>(
    state: &Bound<'py, PyAny>,
    scrubber: &Scrubber,
) -> PyResult<Bound<'py, PyBytes>> {
    let host = Host::new(state.py());
    let body = heartbeat::payload(&PyNode { object: state.clone(), host: &host }, scrubber.core());
    host.finish()?;
    Ok(PyBytes::new(state.py(), &body))
}

/// Return the inbound secret in the answer to a beat, or None. The body may be bytes, text, or what it was parsed into.
#[pyfunction]
pub fn heartbeat_inbound_secret(body: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let host = Host::new(body.py());
    let secret = heartbeat::inbound_secret_in(&PyNode { object: body.clone(), host: &host });
    host.finish()?;
    Ok(secret.map(|secret| secret.expose().to_owned()))
}

/// Return the value of a JSON document of others: what is refused in one of its values costs no other.
#[pyfunction]
pub fn tolerant_json<'py>(py: Python<'py>, document: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let document = detached(py, || json::tolerable(document)).map_err(|error| raise(&error))?;
    text::load(py, &document)
}

/// Return the id under which the result of a row is given, confirmed and written, or None for what is no delegation.
#[pyfunction]
pub fn result_id(row: &Bound<'_, PyAny>, scrubber: &Scrubber) -> PyResult<Option<String>> {
    let host = Host::new(row.py());
    let id = heartbeat::result_id(&PyNode { object: row.clone(), host: &host }, scrubber.core());
    host.finish()?;
    Ok(id)
}
