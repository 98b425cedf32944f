//! The heartbeat, which tells the platform that the agent is alive, and the results of work that other
//! workspaces did for it.
//!
//! Everything here is pure: the host sends, receives and keeps time. Every text that leaves is scrubbed. The
//! path of a result:
//!
//! ```text
//! the platform's list -> ingest -> the host appends lines to the results file -> confirm -> due, notifications -> the host sends
//! ```
//!
//! ```
//! use prestop::{Preset, Scrubber, heartbeat};
//!
//! let state = br#"{"workspace_id": "ws-1", "current_task": "tests", "active_tasks": 1}"#;
//! let body = heartbeat::payload_json(state, &Scrubber::new(Preset::Strict))?;
//! assert!(body.starts_with(br#"{"workspace_id":"ws-1","#));
//! assert!(heartbeat::inbound_secret(br#"{"status": "ok"}"#).is_none());
//! # Ok::<(), prestop::Error>(())
//! ```

mod cooldown;
mod delegations;
mod fields;
mod inbound_secret;
mod ingested;
mod line;
mod memory;
mod metadata;
mod notification;
mod number;
mod payload;
mod record;
mod row;
mod seen;
mod text;
mod wake_up;

pub use delegations::{Delegations, Listed};
pub use inbound_secret::{InboundSecret, inbound_secret, inbound_secret_in};
pub use ingested::Ingested;
pub use notification::Notification;
pub use payload::{payload, payload_json};
pub use record::{DelegationResult, Status, result_id};
pub use wake_up::WakeUp;

#[cfg(test)]
mod tests;
