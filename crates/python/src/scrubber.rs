//! `Scrubber` and what it reports.

use std::borrow::Cow;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::options::{self, Options};
use crate::stream::ScrubStream;
use crate::text::{self, CodePoints};

/// Finds secrets and replaces them by `[REDACTED:LABEL]`. Safe to share between threads.
///
/// It is made of a preset, with what is added to it, taken from it and excepted. A known secret has 4 characters or more
/// and at most 64 KiB. At most 1,024 are held, and more are a `ValueError`; the strings of one that is JSON itself are
/// known too, as far as there is room.
#[pyclass(frozen, module = "prestop")]
pub struct Scrubber {
    core: prestop::Scrubber,
}

/// One hit: which rule, what its marker says and where, in code points; never the text.
#[pyclass(frozen, eq, hash, get_all, module = "prestop")]
#[derive(PartialEq, Eq, Hash)]
pub struct Finding {
    /// Id of the rule.
    rule: String,
    /// What the marker says.
    label: String,
    /// First code point.
    start: usize,
    /// One past the last code point.
    end: usize,
}

/// One rule of a scrubber, for people.
#[pyclass(frozen, eq, hash, get_all, module = "prestop")]
#[derive(PartialEq, Eq, Hash)]
pub struct RuleInfo {
    /// Unique name, by which the rule is disabled.
    id: String,
    /// What its marker says.
    label: String,
    /// One line for people.
    description: String,
    /// The preset of the scrubber that was asked.
    preset: &'static str,
}

impl RuleInfo {
    fn new(rule: &prestop::scrub::RuleInfo, preset: &'static str) -> Self {
        Self {
            id: rule.id.to_string(),
            label: rule.label.to_string(),
            description: rule.description.clone(),
            preset,
        }
    }
}

#[pymethods]
impl RuleInfo {
    fn __repr__(&self) -> String {
        format!("RuleInfo(id={:?}, label={:?}, preset={:?})", self.id, self.label, self.preset)
    }
}

impl Finding {
    fn new(finding: &prestop::Finding, points: &mut CodePoints<'_>) -> Self {
        Self {
            rule: finding.rule.to_string(),
            label: finding.label.to_string(),
            start: points.at(finding.start),
            end: points.at(finding.end),
        }
    }
}

impl Scrubber {
    /// The scrubber of Python around the core's.
    pub fn new_from(core: prestop::Scrubber) -> Self {
        Self { core }
    }

    /// The core's scrubber.
    pub fn core(&self) -> &prestop::Scrubber {
        &self.core
    }
}

#[pymethods]
impl Finding {
    fn __repr__(&self) -> String {
        format!(
            "Finding(rule={:?}, label={:?}, start={}, end={})",
            self.rule, self.label, self.start, self.end
        )
    }
}

#[pymethods]
impl Scrubber {
    #[new]
    #[pyo3(
        signature = (preset = "balanced", *, rules = None, disable = None, allow = None, known_secrets = None),
        text_signature = "(preset='balanced', *, rules=None, disable=(), allow=(), known_secrets=None)"
    )]
    fn new(
        preset: &str,
        rules: Option<PathBuf>,
        disable: Option<&Bound<'_, PyAny>>,
        allow: Option<&Bound<'_, PyAny>>,
        known_secrets: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Options { preset, rules, disable, allow, known_secrets }.build(Vec::new())
    }

    /// Return a scrubber that also knows the secrets in the environment, by default the process's own.
    ///
    /// Taken are the values of variables with sensitive names, unless they are short, plain words, short
    /// numbers or paths that exist; of a URL its password, and what else a rule finds in a value; and what the
    /// files hold that such variables name (`DB_PASSWORD_FILE`) and, of the process's own environment, those in
    /// which a workspace or a container is given its secrets. The other options are those of the class.
    #[staticmethod]
    #[pyo3(
        signature = (
            preset = "balanced", environ = None, *, rules = None, disable = None, allow = None, known_secrets = None
        ),
        text_signature =
            "(preset='balanced', environ=None, *, rules=None, disable=(), allow=(), known_secrets=None)"
    )]
    fn from_environment(
        py: Python<'_>,
        preset: &str,
        environ: Option<&Bound<'_, PyAny>>,
        rules: Option<PathBuf>,
        disable: Option<&Bound<'_, PyAny>>,
        allow: Option<&Bound<'_, PyAny>>,
        known_secrets: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let secrets = options::secrets_of_environment(py, environ)?;
        Options { preset, rules, disable, allow, known_secrets }.build(secrets)
    }

    // Without the known values and what their names say: this ends in logs.
    fn __repr__(&self) -> String {
        format!("Scrubber({:?})", self.core.preset().name())
    }

    /// Every rule, those of the preset and the added ones.
    #[getter]
    fn rules(&self) -> Vec<RuleInfo> {
        let preset = self.core.preset().name();
        self.core.rules().iter().map(|rule| RuleInfo::new(rule, preset)).collect()
    }

    /// Return the text with every secret replaced; the same object when there is none.
    fn scrub_text<'py>(&self, text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyString>> {
        let bytes = text::to_bytes(text)?;
        match text::search(text.py(), bytes.len(), || self.core.scrub_bytes(&bytes)) {
            Cow::Borrowed(_) => Ok(text.clone()),
            Cow::Owned(scrubbed) => text::from_bytes(text.py(), &scrubbed),
        }
    }

    /// Return the bytes with every secret replaced; the same object when there is none.
    fn scrub_bytes<'py>(&self, data: &Bound<'py, PyBytes>) -> Bound<'py, PyBytes> {
        let bytes = data.as_bytes();
        match text::search(data.py(), bytes.len(), || self.core.scrub_bytes(bytes)) {
            Cow::Borrowed(_) => data.clone(),
            Cow::Owned(scrubbed) => PyBytes::new(data.py(), &scrubbed),
        }
    }

    /// Return the value with every secret in it replaced; the same object where nothing changes, at every level.
    fn scrub(&self, value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        crate::values::scrub_object(value.py(), value, &self.core)
    }

    /// Return a stream: it scrubs a text that comes in pieces, to what one call gives for the whole.
    fn stream(&self) -> ScrubStream {
        ScrubStream::new(&self.core)
    }

    /// Return every finding in the text, in order, not overlapping; spans count code points.
    fn findings(&self, text: &Bound<'_, PyString>) -> PyResult<Vec<Finding>> {
        let bytes = text::to_bytes(text)?;
        let found = text::search(text.py(), bytes.len(), || self.core.findings(&bytes));
        let mut points = CodePoints::new(&bytes);
        Ok(found.iter().map(|finding| Finding::new(finding, &mut points)).collect())
    }

    /// Say whether the text carries a sandbox marker.
    #[staticmethod]
    fn is_sandbox(text: &Bound<'_, PyString>) -> PyResult<bool> {
        Ok(prestop::scrub::is_sandbox(&text::to_bytes(text)?))
    }
}
