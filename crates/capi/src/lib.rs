//! The C interface: translates between `include/prestop.h` and the core, and does nothing else.
//!
//! The comments of public items are the manual of the C programmer: they are copied into the header verbatim.
//! The body of every fallible function runs inside [`guard::guard`]; pointers become references only in
//! [`input`] and [`output`].

#![allow(unsafe_code, reason = "a C interface is made of pointers")]
#![allow(non_camel_case_types, reason = "the names are those of the header")]
#![allow(clippy::doc_markdown, clippy::doc_link_with_quotes, reason = "the manual is plain text")]
#![allow(clippy::missing_safety_doc, reason = "what a caller promises stands in the manual")]

// In the order in which the header lists their items.
mod version;

mod status;

mod error;

mod buf;

mod scrubber;

mod stream;

mod snapshot;

mod heartbeat;

mod delegations;

mod agentapi;

mod guard;
mod input;
mod options;
mod output;
mod outside;
mod strict;

pub use buf::prestop_buf;
pub use delegations::prestop_delegations;
pub use error::prestop_error;
pub use scrubber::prestop_scrubber;
pub use status::prestop_status;
pub use stream::prestop_stream;
