//! `Scrubber` and what it reports.

use std::borrow::Cow;

use prestop::Preset;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::errors::raise;
use crate::text::{self, CodePoints};

/// Finds secrets and replaces them by `[REDACTED:LABEL]`. Safe to share between threads.
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
    #[pyo3(signature = (preset = "balanced"))]
    fn new(preset: &str) -> PyResult<Self> {
        let preset: Preset = preset.parse().map_err(|error| raise(&error))?;
        Ok(Self { core: prestop::Scrubber::new(preset) })
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
