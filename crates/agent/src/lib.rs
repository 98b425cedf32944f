//! Processes and the network around [`prestop`]: the orderly stop of an agent, and its start.
//!
//! The core has no clock, no network and no processes; this crate has them. [`agentapi`] stops and starts
//! AgentAPI. A signal is only ever sent to a [`process::Process`] that was identified, never to a bare
//! number.

#![forbid(unsafe_code)]

pub mod agentapi;
mod certificates;
pub mod credentials;
pub mod deadline;
pub mod http;
pub mod outside;
pub mod process;
