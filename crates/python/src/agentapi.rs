//! AgentAPI: what a platform shows of a conversation.

use std::collections::BTreeMap;

use prestop::agentapi;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::leave::detached;
use crate::scrubber::Scrubber;

/// A body for the platform.
#[pyclass(frozen, module = "prestop.agentapi")]
pub struct LogSnapshot(agentapi::LogSnapshot);

#[pymethods]
impl LogSnapshot {
    /// JSON, at most 65,536 bytes.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.body)
    }

    /// How many messages it holds.
    #[getter]
    fn messages(&self) -> usize {
        self.0.messages
    }

    /// How many the conversation has.
    #[getter]
    fn of(&self) -> usize {
        self.0.of
    }

    /// Whether something of the last ten messages had to go.
    #[getter]
    fn truncated(&self) -> bool {
        self.0.truncated
    }

    /// Redactions by label.
    #[getter]
    fn redactions(&self) -> BTreeMap<String, u64> {
        self.0.tally.redactions().clone()
    }

    // Without the conversation: this ends in logs.
    fn __repr__(&self) -> String {
        let agentapi::LogSnapshot { body, messages, of, truncated, .. } = &self.0;
        let truncated = if *truncated { "True" } else { "False" };
        format!("LogSnapshot(bytes={}, messages={messages}, of={of}, truncated={truncated})", body.len())
    }
}

/// Return the last messages of a conversation, given as JSON, as a body for the platform, or None without messages.
#[pyfunction]
pub fn log_snapshot(py: Python<'_>, messages: &[u8], scrubber: &Scrubber) -> PyResult<Option<LogSnapshot>> {
    let core = scrubber.core();
    // There is no disk in it: what fails is the argument.
    let snapshot = detached(py, || agentapi::log_snapshot(messages, core))
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(snapshot.map(LogSnapshot))
}

/// Say whether the version that `agentapi --version` reports is at least this one, in three numbers.
#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "what is taken out of a Python object is owned")]
pub fn version_at_least(reported: String, minimum: [u64; 3]) -> bool {
    agentapi::version_at_least(&reported, minimum)
}
