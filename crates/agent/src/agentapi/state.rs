//! The state file before and after the stop.

use std::path::Path;
use std::time::Duration;

use prestop::Scrubber;
use prestop::agentapi::{Secured, State, StateCheck, secure};

use super::report::Ending;
use crate::outside::Outside;

/// The least time that a write gets.
const LEAST: Duration = Duration::from_secs(1);

/// Secures the state file, and returns how that ended.
pub(super) fn secured(
    path: &Path,
    running: bool,
    last: Option<&State>,
    time: Duration,
    scrubber: &Scrubber,
) -> Ending {
    // Even after the deadline: a file that is not scrubbed remains in plain text.
    let time = time.max(LEAST);
    match secure(path, running, last, time, scrubber, Outside::new().ambient()) {
        Ok(secured) => described(&secured),
        Err(error) => Ending::failed("not_secured", format!("the state file is not safe: {error}")),
    }
}

fn described(secured: &Secured) -> Ending {
    let redacted: u64 = secured.tally.redactions().values().sum();
    let count = counted(secured.messages);
    let code = secured.check.as_str();
    match secured.check {
        StateCheck::Missing => Ending::skipped(code, "there is no state file"),
        StateCheck::Empty => Ending::done(code, format!("{count}, none of a user; {redacted} redacted")),
        StateCheck::Kept => Ending::done(code, format!("{count}, {redacted} redacted, and a copy")),
        StateCheck::Restored => {
            Ending::done(code, format!("it had no conversation: the one before, of {count}, is back"))
        }
        StateCheck::PutBack => Ending::done(code, format!("it was gone: the last one, of {count}, is back")),
        StateCheck::SetAside => {
            Ending::failed(code, "it cannot be loaded, and there is none before it; its text is set aside")
        }
        _ => Ending::failed(code, "it is of a version that is not known here; it was scrubbed and stays"),
    }
}

/// Returns the number with its noun, such as `2 messages`.
pub(super) fn counted(messages: usize) -> String {
    format!("{messages} message{}", if messages == 1 { "" } else { "s" })
}
