//! `prestop._core`, the Rust core as a Python module: it converts, releases the interpreter, and does nothing
//! else.

mod agentapi;
mod class;
mod command;
mod delegations;
mod errors;
mod fault;
mod heartbeat;
mod leave;
mod lines;
mod node;
mod options;
mod rebuild;
mod scrubber;
mod snapshot;
mod stream;
mod text;
mod values;

/// The Rust core of `prestop`. Private: import `prestop`.
#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use super::agentapi::{
        LogSnapshot, agentapi_environment, agentapi_start, agentapi_stop, log_snapshot, scrub_state,
        version_at_least,
    };
    #[pymodule_export]
    use super::command::command;
    #[pymodule_export]
    use super::delegations::{DelegationResult, Delegations, Ingested, Notification, WakeUp};
    #[pymodule_export]
    use super::errors::SnapshotError;
    #[pymodule_export]
    use super::heartbeat::{heartbeat_inbound_secret, heartbeat_payload, result_id, tolerant_json};
    #[pymodule_export]
    use super::leave::leave_behind;
    #[pymodule_export]
    use super::lines::{Appended, append, lines};
    #[pymodule_export]
    use super::options::{credential_files, read_credential, shared};
    #[pymodule_export]
    use super::scrubber::{Finding, RuleInfo, Scrubber};
    #[pymodule_export]
    use super::snapshot::{Reading, Restored, WriteReport, companion, delete, diff, purge, read, write};
    #[pymodule_export]
    use super::stream::ScrubStream;
    #[pymodule_export]
    use super::values::encode;

    /// The version of the package, as in its metadata.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
