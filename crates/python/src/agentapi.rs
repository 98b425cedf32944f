//! AgentAPI: its stop, its start, and the log snapshot of its conversation.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use prestop::agentapi;
use prestop_agent::agentapi::{Overrides, Settings, Token, start, stop};
use prestop_agent::outside::Outside;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::raise;
use crate::leave::detached;
use crate::scrubber::Scrubber;
use crate::snapshot::WriteReport;
use crate::text;

/// The last messages of a conversation, as a request body for the platform.
#[pyclass(frozen, module = "prestop.agentapi")]
pub struct LogSnapshot(agentapi::LogSnapshot);

#[pymethods]
impl LogSnapshot {
    /// The body: JSON, at most 65,536 bytes.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.body)
    }

    /// The number of messages in the body.
    #[getter]
    fn messages(&self) -> usize {
        self.0.messages
    }

    /// The number of messages in the conversation.
    #[getter]
    fn of(&self) -> usize {
        self.0.of
    }

    /// Whether a part of the last ten messages had to be left out.
    #[getter]
    fn truncated(&self) -> bool {
        self.0.truncated
    }

    /// The number of redactions by label.
    #[getter]
    fn redactions(&self) -> BTreeMap<String, u64> {
        self.0.tally.redactions().clone()
    }

    // The text of the conversation is left out: a `repr` ends up in logs.
    fn __repr__(&self) -> String {
        let agentapi::LogSnapshot { body, messages, of, truncated, .. } = &self.0;
        let truncated = text::truth(*truncated);
        format!("LogSnapshot(bytes={}, messages={messages}, of={of}, truncated={truncated})", body.len())
    }
}

/// Return the last messages of a conversation as a body for the platform, or None if there are none.
///
/// `messages` is the conversation as JSON.
#[pyfunction]
pub fn log_snapshot(py: Python<'_>, messages: &[u8], scrubber: &Scrubber) -> PyResult<Option<LogSnapshot>> {
    let core = scrubber.core();
    // No file is involved: whatever fails is the fault of the argument.
    let snapshot = detached(py, || agentapi::log_snapshot(messages, core))?
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(snapshot.map(LogSnapshot))
}

/// Scrub the state file and write it durably, or return None if there is no such file.
#[pyfunction]
pub fn scrub_state(py: Python<'_>, path: OsString, scrubber: &Scrubber) -> PyResult<Option<WriteReport>> {
    let core = scrubber.core();
    let world = Outside::new();
    let written = detached(py, || {
        let Some(state) = agentapi::read_state(&path)? else { return Ok(None) };
        agentapi::write_state(&path, &state, core, world.ambient()).map(Some)
    })?
    .map_err(|error| raise(&error))?;
    Ok(written.map(|(report, tally)| WriteReport::new(path, &report, &tally)))
}

/// Return the variables to set for the start of AgentAPI, by name.
#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "what is taken out of a Python object is owned")]
pub fn agentapi_environment(
    state_file: Option<PathBuf>,
    pid_file: Option<PathBuf>,
    allowed_hosts: Option<String>,
    version: Option<String>,
) -> Variables {
    let wanted = agentapi::Environment {
        state_file: state_file.as_deref(),
        pid_file: pid_file.as_deref(),
        allowed_hosts: allowed_hosts.as_deref(),
        version: version.as_deref(),
    };
    agentapi::environment(&wanted).set
}

/// Whether the version that `agentapi --version` reports is at least `minimum`, three numbers.
#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "what is taken out of a Python object is owned")]
pub fn version_at_least(reported: String, minimum: [u64; 3]) -> bool {
    agentapi::version_at_least(&reported, minimum)
}

/// The settings of a stop that the caller gives; None means the value from the environment.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct StopOptions {
    state_file: Option<PathBuf>,
    pid_file: Option<PathBuf>,
    port: Option<u16>,
    task: Option<String>,
    url: Option<String>,
    token: Option<String>,
    log_snapshot: Option<bool>,
    command: OsString,
    deadline: f64,
}

/// Returns the settings of the environment, overridden by what the caller gives.
fn settings(environ: &HashMap<OsString, OsString>, with: Overrides) -> PyResult<Settings> {
    let settings = Settings::from_environment(|name| environ.get(OsStr::new(name)).cloned());
    settings.and_then(|settings| settings.overridden(with)).map_err(|error| raise(&error))
}

impl StopOptions {
    fn settings(self, environ: &HashMap<OsString, OsString>) -> PyResult<Settings> {
        let deadline = Duration::try_from_secs_f64(self.deadline)
            .map_err(|_| PyValueError::new_err("deadline is not a number of seconds"))?;
        let with = Overrides {
            state_file: self.state_file,
            pid_file: self.pid_file,
            port: self.port,
            task: self.task,
            platform: self.url,
            token: self.token.map(Token::Value),
            log_snapshot: self.log_snapshot,
            command: Some(self.command),
            deadline: Some(deadline),
            ..Overrides::default()
        };
        settings(environ, with)
    }
}

/// Stop AgentAPI; return the report as JSON and as text.
#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "what is taken out of a Python object is owned")]
pub fn agentapi_stop(
    py: Python<'_>,
    options: StopOptions,
    environ: HashMap<OsString, OsString>,
    scrubber: &Scrubber,
) -> PyResult<(String, String)> {
    let settings = options.settings(&environ)?;
    let core = scrubber.core();
    let report = detached(py, || stop(&settings, core))?;
    Ok((report.to_json().to_string(), report.to_string()))
}

/// The settings of a start that the caller gives; None means the value from the environment.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct StartOptions {
    state_file: Option<PathBuf>,
    pid_file: Option<PathBuf>,
    allowed_hosts: Option<String>,
    command: OsString,
}

/// Environment variables for a command: names and values.
type Variables = Vec<(&'static str, OsString)>;

/// Prepare a start; return the report as JSON and as text, the variables for the command, and the names
/// of those to remove.
#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "what is taken out of a Python object is owned")]
pub fn agentapi_start(
    py: Python<'_>,
    line: Vec<OsString>,
    options: StartOptions,
    environ: HashMap<OsString, OsString>,
    scrubber: &Scrubber,
) -> PyResult<(String, String, Variables, Vec<&'static str>)> {
    let with = Overrides {
        state_file: options.state_file,
        pid_file: options.pid_file,
        allowed_hosts: options.allowed_hosts,
        command: Some(options.command),
        ..Overrides::default()
    };
    let settings = settings(&environ, with)?;
    let core = scrubber.core();
    let prepared = detached(py, || start(&settings, &line, core))?;
    let report = prepared.report();
    let (set, removed) = (prepared.variables().to_vec(), prepared.removed().to_vec());
    Ok((report.to_json().to_string(), report.to_string(), set, removed))
}
