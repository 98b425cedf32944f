//! Tests of the heartbeat's core: properties over arbitrary values first, then the statements of its
//! contract.

mod delegations;
mod payload;
mod values;
mod wake_up;
