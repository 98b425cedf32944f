//! The command `prestop`, for the wheel's console script.

use std::ffi::OsString;

use pyo3::prelude::*;

use crate::leave::detached;

/// Run the command and return its exit status. The first argument is the name of the command.
#[pyfunction]
pub fn command(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<u8> {
    detached(py, || prestop_cli::run(arguments))
}
