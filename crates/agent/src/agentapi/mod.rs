//! Stops AgentAPI within one time limit, with its conversation saved and shown, and starts it with that
//! conversation.
//!
//! [`stop()`] goes through these phases. None depends on the success of another, and the [`Report`] contains
//! each:
//!
//! | phase | what happens | until this share of the time |
//! |---|---|---|
//! | `identify` | which process it is, by pid file, start time and command | |
//! | `keep` | the state file as it is: scrubbed, its conversation kept | |
//! | `save` | the save signal, and proof that the file was written | 0.4 |
//! | `capture` | the messages, over HTTP | 0.4 |
//! | `upload` | the last of them to the platform | 0.6 |
//! | `terminate` | TERM, then KILL | 0.9, 0.95 |
//! | `state` | the state file as it was left: checked, scrubbed, restored where it is empty | |

mod capture;
mod identify;
mod report;
mod save;
mod settings;
mod start;
mod state;
mod stop;
mod terminate;
mod turn;
mod upload;
mod version;

pub use report::{Outcome, Phase, Report};
pub use settings::{Overrides, Settings, Token};
pub use start::{Started, start};
pub use stop::stop;
pub use upload::check_platform;
