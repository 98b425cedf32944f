//! Converts the core's error into the exceptions that Python code expects.

use prestop::ErrorKind;
use pyo3::exceptions::{PyOSError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;

pyo3::create_exception!(
    prestop,
    SnapshotError,
    PyOSError,
    "A snapshot could not be written, read or deleted.

After a failed write the old snapshot is intact, unless the message says that overwriting it in place failed
midway. After a failed delete it may be there, or be gone already."
);

/// Returns the exception for `error`: `ValueError` for an option or a rule, else `SnapshotError`.
pub fn raise(error: &prestop::Error) -> PyErr {
    match error.kind() {
        ErrorKind::InvalidOption | ErrorKind::InvalidRule => PyValueError::new_err(error.to_string()),
        _ => snapshot_error(error),
    }
}

/// Returns the non-negative integer given for an option.
///
/// # Errors
/// `TypeError` for anything but an integer, `ValueError` for one outside 0 to 2^64 - 1; both name the option.
pub fn count(option: &str, given: &Bound<'_, PyAny>) -> PyResult<u64> {
    given.extract().map_err(|error: PyErr| {
        if error.is_instance_of::<PyOverflowError>(given.py()) {
            PyValueError::new_err(format!("{option} is not a number from 0 to 2^64 - 1"))
        } else {
            PyTypeError::new_err(format!("{option} is not an integer"))
        }
    })
}

/// Returns a `SnapshotError`; where the operating system refused, `errno`, `strerror` and `filename` are set.
fn snapshot_error(error: &prestop::Error) -> PyErr {
    let Some(errno) = error.raw_os_error() else {
        return SnapshotError::new_err(error.to_string());
    };
    // `str` of an `OSError` is `[Errno N] TEXT: 'PATH'`, so the text contains neither the number nor the
    // path.
    let cause = error.cause().unwrap_or_default();
    let path = error.path().map(|path| path.as_os_str().to_owned());
    SnapshotError::new_err((errno, format!("{}: {cause}", error.what()), path))
}
