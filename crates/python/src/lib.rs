//! `prestop._core`: the Rust core seen from Python. It converts, releases the interpreter, nothing else.

mod errors;
mod scrubber;
mod text;

/// The Rust core of `prestop`. Private: import `prestop`.
#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use super::errors::SnapshotError;
    #[pymodule_export]
    use super::scrubber::{Finding, Scrubber};

    /// The version of the package, as its metadata gives it.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
