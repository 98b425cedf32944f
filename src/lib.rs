//! Saves the state of an agent workspace across a stop, without the secrets in it.
//!
//! Data flows in one direction. At the stop: host state → walk ([`value`]), scrubbed ([`scrub`]) and encoded
//! in the same pass → bytes → durable file ([`snapshot`]). At the start: file → verify → parse → promote →
//! host.
//!
//! Besides, [`heartbeat`] builds and reads the requests that tell the platform the agent is alive,
//! [`agentapi`]
//! handles the state file and the log snapshot of AgentAPI, and [`json`] reads JSON within bounds.
//!
//! The crate has no network, no threads, no unsafe code and no Python. Time, randomness and environment are
//! arguments; only the outermost layer of a program reads a clock or the environment.
//!
//! ```
//! use prestop::{Preset, Scrubber, value};
//!
//! let scrubber = Scrubber::new(Preset::Balanced);
//! assert_eq!(scrubber.scrub_text("API_KEY=hunter2"), "API_KEY=[REDACTED:API_KEY]");
//!
//! let state = serde_json::json!({"password": "hunter2", "lines": ["ls", "tool=run_code 1"]});
//! let (json, tally) = value::encode_json(&state, &scrubber);
//! assert_eq!(tally.dropped(), 1);
//! assert!(!String::from_utf8_lossy(&json).contains("hunter2"));
//! ```

#![forbid(unsafe_code)]
#![warn(unreachable_pub)]

pub mod agentapi;
mod cutoff;
mod error;
mod file;
pub mod heartbeat;
pub mod json;
mod lazy;
pub mod scrub;
pub mod snapshot;
pub mod value;
mod vector;

pub use error::{Error, ErrorKind, Result, system_message};
pub use file::read_regular;
pub use scrub::{Finding, Preset, Scrubber};
pub use value::Scrubbed;

// Runs the Rust examples of the documentation pages as doctests. `tests/python/test_readme.py` says which
// pages have to be listed here.
#[cfg(doctest)]
#[doc = include_str!("../docs/reference/rust.md")]
struct Pages;
