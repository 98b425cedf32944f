//! The core's error as the exceptions that Python code expects.

use prestop::ErrorKind;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

pyo3::create_exception!(
    prestop,
    SnapshotError,
    PyOSError,
    "A snapshot could not be written, read or deleted; the one that was there is intact."
);

/// The exception for `error`: what an option, a rule or a document is wrong about is a `ValueError`.
pub fn raise(error: &prestop::Error) -> PyErr {
    match error.kind() {
        ErrorKind::InvalidOption | ErrorKind::InvalidRule => PyValueError::new_err(error.to_string()),
        _ => snapshot_error(error),
    }
}

/// A `SnapshotError` with `errno`, `strerror` and `filename` set where the operating system refused.
fn snapshot_error(error: &prestop::Error) -> PyErr {
    let Some(errno) = error.raw_os_error() else {
        return SnapshotError::new_err(error.to_string());
    };
    SnapshotError::new_err((errno, error.to_string(), error.path().map(std::path::Path::to_path_buf)))
}
