//! The durable file, sentence by sentence.
#![allow(missing_docs, clippy::unwrap_used)]

mod created;
mod read;
mod support;
mod write;
