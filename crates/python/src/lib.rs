//! `prestop._core`: the Rust core seen from Python.

#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
