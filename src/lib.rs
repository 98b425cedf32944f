//! The state of an agent workspace survives a stop, with nothing secret in it.
//!
//! Data flows one way: host state → [`value`] walk, scrubbed by [`scrub`] and encoded in one pass →
//! bytes → the durable file of [`snapshot`]; and back: file → verify → parse → promote → host.
//!
//! The core has no network, no threads, no unsafe code and no Python. It is given time, randomness
//! and environment as arguments; only the outermost layer reads a clock or the environment.
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

pub mod agentapi;
mod cutoff;
mod error;
mod file;
pub mod heartbeat;
pub mod json;
pub mod scrub;
pub mod snapshot;
pub mod value;
mod vector;

pub use error::{Error, ErrorKind, Result};
pub use file::read_regular;
pub use scrub::{Finding, Preset, Scrubber};
pub use value::Scrubbed;

// The Rust in the pages is run as the examples here are; `tests/python/test_readme.py` says which pages have to stand here.
#[cfg(doctest)]
#[doc = include_str!("../docs/reference/rust.md")]
struct Pages;
