//! The stop and the start of AgentAPI, against stand-ins for it and for the platform.
//!
//! Each case that the existing shell script is tested for, and each of its weaknesses, is a test by name.

#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

mod existing;
mod namespace;
mod page;
mod platform;
mod start;
mod state;
mod upload;
mod weaknesses;
mod world;
