//! The state file before and after the stop.

use std::path::Path;
use std::time::Duration;

use prestop::Scrubber;
use prestop::agentapi::{Secured, State, StateCheck, secure};
use prestop::snapshot::Companion;

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
        Ok(secured) => described(&secured, &aside(path, scrubber)),
        Err(error) => Ending::failed("not_secured", format!("the state file is not safe: {error}")),
    }
}

/// The name of the file for what cannot be loaded, as it may be shown: that of the state file comes from
/// outside.
fn aside(path: &Path, scrubber: &Scrubber) -> String {
    let aside = Companion::Aside.of(path);
    let name = aside.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let shown = plain && name.len() < 100 && scrubber.scrub_text(name) == name;
    if shown { name.to_owned() } else { ".NAME.aside".to_owned() }
}

fn described(secured: &Secured, aside: &str) -> Ending {
    let redacted: u64 = secured.tally.redactions().values().sum();
    let count = counted(secured.messages);
    let code = secured.check.as_str();
    match secured.check {
        StateCheck::Missing => Ending::skipped(code, "there is no state file"),
        StateCheck::Empty => Ending::done(code, format!("{count}, none of a user; {redacted} redacted")),
        StateCheck::Kept => Ending::done(code, format!("{count}, {redacted} redacted, and a copy")),
        StateCheck::Restored if secured.set_aside => Ending::done(
            code,
            format!(
                "it cannot be loaded: the one before, of {count}, is back, and its text is in {aside} beside it"
            ),
        ),
        StateCheck::Restored => {
            Ending::done(code, format!("it had no conversation: the one before, of {count}, is back"))
        }
        StateCheck::PutBack => Ending::done(code, format!("it was gone: the last one, of {count}, is back")),
        StateCheck::SetAside => {
            let detail =
                format!("it cannot be loaded, and there is none before it; its text is in {aside} beside it");
            Ending::failed(code, detail)
        }
        _ => Ending::failed(code, "it is of a version that is not known here; it was scrubbed and stays"),
    }
}

/// Returns the number with its noun, such as `2 messages`.
pub(super) fn counted(messages: usize) -> String {
    format!("{messages} message{}", if messages == 1 { "" } else { "s" })
}
