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
    // Python puts the number in front of this, and the path, which is a string there, behind it.
    let cause = std::io::Error::from_raw_os_error(errno).to_string();
    let cause = cause.split(" (os error").next().unwrap_or_default();
    let path = error.path().map(|path| path.as_os_str().to_owned());
    SnapshotError::new_err((errno, format!("{}: {cause}", error.what()), path))
}
