//! The core's error as the exceptions that Python code expects.

use prestop::ErrorKind;
use pyo3::exceptions::{PyOSError, PyOverflowError, PyTypeError, PyValueError};
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

/// The count that an option gives, from 0 on.
///
/// # Errors
/// `TypeError` for what is no integer, and `ValueError` for one that is no count; both name the option.
pub fn count(option: &str, given: &Bound<'_, PyAny>) -> PyResult<u64> {
    given.extract().map_err(|error: PyErr| {
        if error.is_instance_of::<PyOverflowError>(given.py()) {
            PyValueError::new_err(format!("{option} is not a number from 0 to 2^64 - 1"))
        } else {
            PyTypeError::new_err(format!("{option} is not an integer"))
        }
    })
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
