//! The command as its users see it: standard output, standard error and exit status of the built binary.

#![allow(clippy::unwrap_used, reason = "a test that unwraps fails with the place and the value")]

mod agentapi;
mod misuse;
mod page;
mod reference;
mod rules;
mod scrub;
mod session;
mod show;
mod support;
mod unread;
mod verify;
mod write;
