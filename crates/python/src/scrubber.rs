//! `Scrubber`, and what it reports.

use std::borrow::Cow;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::options::{self, Options};
use crate::stream::ScrubStream;
use crate::text::{self, CodePoints};

/// Finds secrets and replaces each by `[REDACTED:LABEL]`. Safe to share between threads.
///
/// A scrubber is a preset (`balanced`, `strict` or `molecule`) with changes. `rules` is the path of a file of
/// rules to add, at most 1 MiB and 2,000 rules; `disable` holds ids of rules to leave out, and `allow` texts
/// of findings to leave alone, at most 10,000 of each. `known_secrets` maps names to values: at most 1,024
/// values, each of 4 characters to 64 KiB and not only white space. If a value is itself JSON, the strings in
/// it are known too, while there is room. An option that cannot be used is a `ValueError` that names it.
#[pyclass(frozen, module = "prestop")]
pub struct Scrubber {
    core: prestop::Scrubber,
}

/// One hit: its rule, its label and its span in code points, never its text.
#[pyclass(frozen, eq, hash, get_all, module = "prestop")]
#[derive(PartialEq, Eq, Hash)]
pub struct Finding {
    /// The id of the rule.
    rule: String,
    /// The label in the marker.
    label: String,
    /// The offset of the first code point.
    start: usize,
    /// The offset one past the last code point.
    end: usize,
}

/// The description of one rule of a scrubber.
#[pyclass(frozen, eq, hash, get_all, module = "prestop")]
#[derive(PartialEq, Eq, Hash)]
pub struct RuleInfo {
    /// The unique id, by which the rule is disabled.
    id: String,
    /// The label in the marker; of a rule with several labels, a general one.
    label: String,
    /// What the rule finds, in one line.
    description: String,
    /// The preset of the scrubber that returned it.
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
    /// Wraps the core's scrubber.
    pub fn new_from(core: prestop::Scrubber) -> Self {
        Self { core }
    }

    /// Returns the core's scrubber.
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
        py: Python<'_>,
        preset: &str,
        rules: Option<PathBuf>,
        disable: Option<&Bound<'_, PyAny>>,
        allow: Option<&Bound<'_, PyAny>>,
        known_secrets: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Options { preset, rules, disable, allow, known_secrets }.build(py, Vec::new())
    }

    /// Return a scrubber that also knows the secrets in the environment, by default the process's own.
    ///
    /// The values of variables with sensitive names are known, except those under 8 characters, plain words,
    /// short numbers, and paths that exist; of any variable, the password of a URL and every secret that a
    /// rule finds in the value; and the contents of the files that variables with sensitive names point to
    /// (`DB_PASSWORD_FILE`). Of the process's own environment, the files through which a workspace or a
    /// container receives its secrets are known too. The other options are those of the class.
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
        Options { preset, rules, disable, allow, known_secrets }.build(py, secrets)
    }

    // The known values and their names are left out: a `repr` ends up in logs.
    fn __repr__(&self) -> String {
        format!("Scrubber({:?})", self.core.preset().name())
    }

    /// Every rule of the scrubber: those of the preset and those added.
    #[getter]
    fn rules(&self) -> Vec<RuleInfo> {
        let preset = self.core.preset().name();
        self.core.rules().iter().map(|rule| RuleInfo::new(rule, preset)).collect()
    }

    /// Return the text with every secret replaced; the same object if there is none.
    fn scrub_text<'py>(&self, text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyString>> {
        let bytes = text::to_bytes(text)?;
        match text::search(text.py(), bytes.len(), || self.core.scrub_bytes(&bytes))? {
            Cow::Borrowed(_) => Ok(text.clone()),
            Cow::Owned(scrubbed) => text::from_bytes(text.py(), &scrubbed),
        }
    }

    /// Return the bytes with every secret replaced; the same object if there is none.
    fn scrub_bytes<'py>(&self, data: &Bound<'py, PyBytes>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = data.as_bytes();
        Ok(match text::search(data.py(), bytes.len(), || self.core.scrub_bytes(bytes))? {
            Cow::Borrowed(_) => data.clone(),
            Cow::Owned(scrubbed) => PyBytes::new(data.py(), &scrubbed),
        })
    }

    /// Return the value with every secret in it replaced.
    ///
    /// Whatever does not change is the same object, at every level.
    fn scrub(&self, value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        crate::values::scrub_object(value.py(), value, &self.core)
    }

    /// Return a stream, which scrubs a text that arrives in pieces with the result of a single call.
    fn stream(&self) -> ScrubStream {
        ScrubStream::new(&self.core)
    }

    /// Return every finding in the text, in order and not overlapping; spans count code points.
    fn findings(&self, text: &Bound<'_, PyString>) -> PyResult<Vec<Finding>> {
        let bytes = text::to_bytes(text)?;
        let found = text::search(text.py(), bytes.len(), || self.core.findings(&bytes))?;
        let mut points = CodePoints::new(&bytes);
        Ok(found.iter().map(|finding| Finding::new(finding, &mut points)).collect())
    }

    /// Whether the text contains a sandbox marker.
    #[staticmethod]
    fn is_sandbox(text: &Bound<'_, PyString>) -> PyResult<bool> {
        Ok(prestop::scrub::is_sandbox(&text::to_bytes(text)?))
    }
}
