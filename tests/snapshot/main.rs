//! The durable file, sentence by sentence.
#![allow(missing_docs)]

mod read;
mod support;
mod write;
