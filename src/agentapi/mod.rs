//! AgentAPI: keeping its state file safe and scrubbed, its environment at the start, and the log snapshot of
//! its conversation.
//!
//! AgentAPI writes its conversation into a file when it is asked to: unscrubbed, and over whatever was there.
//! Everything here is pure except for that file, which is read and written like a snapshot: completely or not
//! at all, with mode 0600.
//!
//! ```
//! use prestop::agentapi::{PERSISTENCE, State, version_at_least};
//! use prestop::{Preset, Scrubber};
//!
//! assert!(version_at_least("agentapi version v0.12.1", PERSISTENCE));
//!
//! let file = br#"{"version":1,"messages":[{"id":0,"message":"PASSWORD=hunter2","role":"user",
//!     "time":"2026-02-01T10:00:00Z"}],"initial_prompt":"","initial_prompt_sent":false}"#;
//! let (state, tally) = State::parse(file)?.scrubbed(&Scrubber::new(Preset::Balanced));
//! assert!(state.to_json().starts_with(br#"{"version":1,"messages":[{"id":0,"message":"PASSWORD=[REDACTED:PASSWORD]""#));
//! assert_eq!(tally.redactions()["PASSWORD"], 1);
//! # Ok::<(), prestop::Error>(())
//! ```

mod environment;
mod file;
mod log_snapshot;
mod secure;
mod state;
mod text;
mod time;
mod version;

pub use environment::{Environment, STATE_VARIABLES, Variables, environment};
pub use file::{read_state, temporary, write_state};
pub use log_snapshot::{LogSnapshot, MAX_LOG_SNAPSHOT, MAX_LOG_SNAPSHOT_MESSAGES, log_snapshot};
pub use secure::{Secured, StateCheck, secure};
pub use state::State;
pub use version::{PERSISTENCE, Version, reported_version, version_at_least};

#[cfg(test)]
mod tests;
