//! Delegations: results, wake-ups, notifications.

use std::sync::{Mutex, MutexGuard, PoisonError};

use prestop::heartbeat::{self, Listed};
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::{PyBytes, PyString};

use crate::errors::count;
use crate::fault::caught;
use crate::leave::detached;
use crate::node::{Host, PyNode};
use crate::scrubber::Scrubber;
use crate::text;

/// The result of a delegation of this workspace, scrubbed.
#[pyclass(frozen, module = "prestop")]
pub struct DelegationResult {
    core: heartbeat::DelegationResult,
}

/// What one list of delegations gave.
#[pyclass(frozen, get_all, module = "prestop")]
pub struct Ingested {
    /// Every result that is not confirmed yet, oldest first, including those of earlier lists.
    results: Vec<Py<DelegationResult>>,
    /// Ids of finished delegations that this workspace did not request; each is reported once.
    ///
    /// They are scrubbed, on one line, and at most 128 bytes long.
    foreign: Vec<String>,
    /// The number of rows that are not delegations: not an object, or without a usable id.
    skipped: usize,
    /// The number of rows left for a later list.
    ///
    /// Their answer is still to come, or they would take too much memory.
    left: usize,
}

/// A message for the agent about results in the results file.
#[pyclass(frozen, module = "prestop")]
pub struct WakeUp {
    core: heartbeat::WakeUp,
}

/// A message for the user about one result.
#[pyclass(frozen, module = "prestop")]
pub struct Notification {
    core: heartbeat::Notification,
}

/// Tracks the delegations of one workspace.
#[pyclass(frozen, subclass, module = "prestop")]
pub struct Delegations {
    /// Held without the interpreter while a list is scrubbed, so that other threads run meanwhile.
    core: Mutex<heartbeat::Delegations>,
}

#[pymethods]
impl DelegationResult {
    /// The id of the delegation, by which the result is confirmed.
    #[getter]
    fn delegation_id(&self) -> &str {
        &self.core.delegation_id
    }

    /// The id of the workspace that was asked.
    #[getter]
    fn target_id(&self) -> &str {
        &self.core.target_id
    }

    /// The id of this workspace.
    #[getter]
    fn source_id(&self) -> &str {
        &self.core.source_id
    }

    /// How it ended: `completed` or `failed`.
    #[getter]
    fn status(&self) -> &'static str {
        self.core.status.as_str()
    }

    /// What the delegation was about.
    #[getter]
    fn summary(&self) -> &str {
        &self.core.summary
    }

    /// The beginning of the answer.
    #[getter]
    fn response_preview(&self) -> &str {
        &self.core.response_preview
    }

    /// What went wrong.
    #[getter]
    fn error(&self) -> &str {
        &self.core.error
    }

    /// When the result was first seen, in Unix seconds.
    #[getter]
    fn timestamp(&self) -> f64 {
        self.core.timestamp
    }

    /// Return the result's line in the results file, with its line break; always the same bytes.
    fn line<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.core.line())
    }

    fn __repr__(&self) -> String {
        format!("DelegationResult(delegation_id={:?}, status={:?})", self.core.delegation_id, self.status())
    }
}

#[pymethods]
impl Ingested {
    fn __repr__(&self) -> String {
        format!(
            "Ingested(results={}, foreign={}, skipped={}, left={})",
            self.results.len(),
            self.foreign.len(),
            self.skipped,
            self.left
        )
    }
}

#[pymethods]
impl WakeUp {
    /// The ids of the delegations that the message is about.
    #[getter]
    fn delegation_ids(&self) -> Vec<String> {
        self.core.delegation_ids.clone()
    }

    /// The message: one line.
    #[getter]
    fn text(&self) -> &str {
        &self.core.text
    }

    /// Return the body of the request that sends the message, as JSON.
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.core.body())
    }

    fn __repr__(&self) -> String {
        format!("WakeUp(delegation_ids={:?})", self.core.delegation_ids)
    }
}

#[pymethods]
impl Notification {
    /// The id of the delegation that the message is about.
    #[getter]
    fn delegation_id(&self) -> &str {
        &self.core.delegation_id
    }

    /// The message.
    #[getter]
    fn message(&self) -> &str {
        &self.core.message
    }

    /// Return the body of the request that sends the message, as JSON.
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.core.body())
    }

    fn __repr__(&self) -> String {
        format!("Notification(delegation_id={:?})", self.core.delegation_id)
    }
}

// Both also lock after a panic: the core changes nothing for a text before it was searched, and a tracker that
// refused from then on would deliver nothing any more.
impl Delegations {
    /// Locks the state where the interpreter is released.
    fn locked(&self) -> MutexGuard<'_, heartbeat::Delegations> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the state for one short call, during which nothing of Python runs: it could ask for the lock again.
    fn core(&self, py: Python<'_>) -> MutexGuard<'_, heartbeat::Delegations> {
        self.core.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Delegations {
    #[new]
    fn new(workspace_id: &Bound<'_, PyString>) -> PyResult<Self> {
        Ok(Self { core: Mutex::new(heartbeat::Delegations::new(text::to_bytes(workspace_id)?)) })
    }

    /// Read a list of delegations as the platform returns it, and return what there is to write.
    ///
    /// `now` is in Unix seconds.
    fn ingest(&self, rows: &Bound<'_, PyAny>, scrubber: &Scrubber, now: f64) -> PyResult<Ingested> {
        let py = rows.py();
        let host = Host::new(py);
        let scrubber = scrubber.core();
        let listed = caught(|| Listed::of(&PyNode { object: rows.clone(), host: &host }, scrubber))?;
        host.finish()?;
        let ingested = detached(py, || self.locked().ingest_listed(listed, now, scrubber))?;
        let results = ingested.results.into_iter().map(|core| Py::new(py, DelegationResult { core }));
        Ok(Ingested {
            results: results.collect::<PyResult<_>>()?,
            foreign: ingested.foreign,
            skipped: ingested.skipped,
            left: ingested.left,
        })
    }

    /// Record that these results are durably in the file; return how many of the ids were pending.
    fn confirm(&self, ids: &Bound<'_, PyAny>) -> PyResult<usize> {
        let confirmed = strings(ids)?;
        Ok(self.core(ids.py()).confirm(confirmed))
    }

    /// The results that are not confirmed yet, oldest first.
    #[getter]
    fn pending(&self, py: Python<'_>) -> Vec<DelegationResult> {
        self.core(py).pending().map(|core| DelegationResult { core: core.clone() }).collect()
    }

    /// Return the message to send now, or None. `now` is in Unix seconds.
    fn due(&self, py: Python<'_>, now: f64) -> Option<WakeUp> {
        self.core(py).due(now).map(|core| WakeUp { core })
    }

    /// Record that the latest message could not be sent; return how many results were given up.
    fn wake_up_failed(&self, py: Python<'_>) -> usize {
        self.core(py).wake_up_failed()
    }

    /// Return the messages to the user, oldest first; each is returned once.
    fn notifications(&self, py: Python<'_>) -> Vec<Notification> {
        self.core(py).notifications().into_iter().map(|core| Notification { core }).collect()
    }

    /// Take back a notification that could not be sent; return False if it is given up.
    fn notification_failed(&self, py: Python<'_>, notification: &Notification) -> bool {
        self.core(py).notification_failed(notification.core.clone())
    }

    /// Record delegations whose results were delivered, oldest first: they are not returned again.
    fn remember(&self, ids: &Bound<'_, PyAny>) -> PyResult<()> {
        let delivered = strings(ids)?;
        self.core(ids.py()).remember(delivered);
        Ok(())
    }

    /// Forget delegations: a list that contains them returns their results again.
    fn forget(&self, ids: &Bound<'_, PyAny>) -> PyResult<()> {
        let forgotten = strings(ids)?;
        self.core(ids.py()).forget(forgotten);
        Ok(())
    }

    /// Whether the delegation was confirmed, remembered, or rejected as another workspace's.
    fn is_seen(&self, id: &Bound<'_, PyString>) -> PyResult<bool> {
        let text = string(id)?;
        Ok(self.core(id.py()).is_seen(&text))
    }

    /// The ids that were confirmed or remembered, oldest first.
    #[getter]
    fn seen(&self, py: Python<'_>) -> Vec<String> {
        self.core(py).seen().map(str::to_owned).collect()
    }

    /// Set how many ids are remembered: 200 by default, at most 10,000.
    fn set_seen_limit(&self, limit: &Bound<'_, PyAny>) -> PyResult<()> {
        // Where `usize` is smaller than 64 bits, a larger number means no limit.
        let most = usize::try_from(count("limit", limit)?).unwrap_or(usize::MAX);
        self.core(limit.py()).set_seen_limit(most);
        Ok(())
    }

    /// Read the results file after a restart; return how many results it contains.
    fn restore(&self, file: &Bound<'_, PyBytes>, scrubber: &Scrubber) -> PyResult<usize> {
        let bytes = file.as_bytes();
        detached(file.py(), || self.locked().restore(bytes, scrubber.core()))
    }

    /// Set the name of the workspace to which the agent reports; empty for none.
    fn set_parent(&self, name: &Bound<'_, PyString>, scrubber: &Scrubber) -> PyResult<()> {
        let text = text::to_bytes(name)?;
        caught(|| self.core(name.py()).set_parent(text, scrubber.core()))
    }

    /// Set the seconds between two messages: 60 by default; 0 or less means no pause.
    fn set_cooldown(&self, py: Python<'_>, seconds: f64) {
        self.core(py).set_cooldown(seconds);
    }

    /// When the latest message was returned, in Unix seconds, or None.
    #[getter]
    fn last_wake_up(&self, py: Python<'_>) -> Option<f64> {
        self.core(py).last_wake_up()
    }

    #[setter]
    fn set_last_wake_up(&self, py: Python<'_>, time: Option<f64>) {
        self.core(py).set_last_wake_up(time);
    }
}

/// Converts ids to the strings that the core takes.
fn strings(ids: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    ids.try_iter()?.map(|id| string(id?.cast::<PyString>()?)).collect()
}

fn string(id: &Bound<'_, PyString>) -> PyResult<String> {
    Ok(String::from_utf8_lossy(&text::to_bytes(id)?).into_owned())
}
