//! Processes and the network around [`prestop`]: the orderly stop of an agent, and its start.
//!
//! The core has no clock, no network and no processes; they are here. [`agentapi`] stops and starts AgentAPI. A process is
//! only ever signalled as the [`process::Process`] that was identified, never as a number.

#![forbid(unsafe_code)]

pub mod agentapi;
mod certificates;
pub mod credentials;
pub mod deadline;
pub mod http;
pub mod outside;
pub mod process;
