//! Tests of the durable file: each sentence of its contract.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]

mod append;
mod build;
mod crash;
mod created;
mod host_file;
mod hostile;
mod json;
mod model;
mod mounted;
mod mutations;
mod power;
mod previous;
mod read;
mod remove;
mod soak;
mod support;
mod target;
mod write;
