//! The state of an agent workspace survives a stop, with nothing secret in it.
//!
//! Data flows one way: host state → [`value`] walk, scrubbed by [`scrub`] and encoded in one pass →
//! bytes → the durable file of [`snapshot`]; and back: file → verify → parse → promote → host.
//!
//! The core has no network, no threads, no unsafe code and no Python. It is given time, randomness
//! and environment as arguments; only the outermost layer reads a clock or the environment.

#![forbid(unsafe_code)]

mod error;
pub mod heartbeat;
pub mod json;
pub mod scrub;
pub mod snapshot;
pub mod value;

pub use error::{Error, ErrorKind, Result};
pub use scrub::{Finding, Preset, Scrubber};
pub use value::Scrubbed;
