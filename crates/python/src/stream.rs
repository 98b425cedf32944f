//! Scrubbing a text that arrives in pieces, as `str` or as `bytes`.

use std::sync::{Mutex, MutexGuard};

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use crate::text;

/// Scrubs a text that arrives in pieces, however it is cut, with the result of a single call.
///
/// A stream holds at most 2 MiB and 64 KiB, and returns nothing before it has more than 2 MiB; with the
/// preset `molecule`, which is defined on whole texts, it holds everything. Safe to share between threads.
#[pyclass(frozen, module = "prestop")]
pub struct ScrubStream(Mutex<State>);

struct State {
    /// `None` once the stream is finished.
    core: Option<prestop::scrub::ScrubStream>,
    kind: Option<Kind>,
    redactions: Vec<(String, u64)>,
}

/// The type of the pieces, and of the output.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Bytes,
}

impl Kind {
    fn output<'py>(self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self {
            Self::Text => text::from_bytes(py, bytes)?.into_any(),
            Self::Bytes => PyBytes::new(py, bytes).into_any(),
        })
    }
}

impl ScrubStream {
    pub fn new(scrubber: &prestop::Scrubber) -> Self {
        Self(Mutex::new(State { core: Some(scrubber.stream()), kind: None, redactions: Vec::new() }))
    }

    /// Locks the state. The thread that holds the lock never waits for the interpreter. What a panic left
    /// half-changed is refused: it could return text that was not scrubbed.
    fn state(&self) -> PyResult<MutexGuard<'_, State>> {
        let refused = |_| PyRuntimeError::new_err("a fault of prestop: the stream cannot be used any more");
        self.0.lock().map_err(refused)
    }
}

fn finished() -> PyErr {
    PyValueError::new_err("the stream is finished")
}

#[pymethods]
impl ScrubStream {
    /// Append the next piece and return the output that is final by now, which may be empty.
    fn feed<'py>(&self, piece: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = piece.py();
        let (kind, bytes) = if let Ok(text) = piece.cast::<PyString>() {
            (Kind::Text, text::to_bytes(text)?)
        } else if let Ok(bytes) = piece.cast::<PyBytes>() {
            (Kind::Bytes, bytes.as_bytes().into())
        } else {
            return Err(PyTypeError::new_err("a piece is a str or bytes"));
        };
        let fed = text::search(py, bytes.len(), || {
            let mut state = self.state()?;
            if *state.kind.get_or_insert(kind) != kind {
                return Err(PyTypeError::new_err("the pieces of a stream are all str or all bytes"));
            }
            Ok(state.core.as_mut().ok_or_else(finished)?.feed(&bytes))
        })??;
        kind.output(py, &fed)
    }

    /// End the text and return the rest of the output, `bytes` if the pieces were and else `str`.
    ///
    /// Raises `ValueError` if the stream is already finished.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        // What is held may be long, so the interpreter is released.
        let (rest, kind) = text::search(py, usize::MAX, || {
            let mut state = self.state()?;
            let (rest, tally) = state.core.take().ok_or_else(finished)?.finish();
            state.redactions =
                tally.redactions().iter().map(|(label, count)| (label.clone(), *count)).collect();
            Ok::<_, PyErr>((rest, state.kind.unwrap_or(Kind::Text)))
        })??;
        kind.output(py, &rest)
    }

    /// The number of redactions by label; empty until the stream is finished.
    #[getter]
    fn redactions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let redactions = self.state()?.redactions.clone();
        let counts = PyDict::new(py);
        for (label, count) in redactions {
            counts.set_item(label, count)?;
        }
        Ok(counts)
    }
}
