//! What the heartbeat's core promises: properties over any values first, then the sentences of its contract.

mod delegations;
mod payload;
mod values;
mod wake_up;
