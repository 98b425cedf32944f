//! What tells the platform that the agent is alive, and the results of work that other workspaces did for it.
//!
//! Everything here is pure: the host sends, receives and keeps time, and every text that leaves is scrubbed.

mod fields;
mod inbound_secret;
mod metadata;
mod number;
mod payload;
mod text;

pub use inbound_secret::{InboundSecret, inbound_secret, inbound_secret_in};
pub use payload::{payload, payload_json};

#[cfg(test)]
mod tests;
