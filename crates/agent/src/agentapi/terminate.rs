//! The end of the process: first requested, then forced.

use super::report::Ending;
use crate::deadline::Deadline;
use crate::process::{Process, Signal};

/// The shares of the time until which the process may end by itself, and until which the kernel may remove
/// it.
const ASKED: f64 = 0.9;
const FORCED: f64 = 0.95;

/// Ends the process within the time, and returns whether it could end by itself.
pub(super) fn terminate(process: &Process, deadline: &Deadline) -> (Ending, End) {
    if process.has_ended() {
        return (Ending::done("had_ended", "it had ended by itself"), End::ByItself);
    }
    if let Err(error) = process.signal(Signal::TERM)
        && !process.has_ended()
    {
        let detail = format!("it cannot be asked to end: {}", error.kind());
        return (Ending::failed("not_signalled", detail), End::Not);
    }
    if process.wait(deadline.left_until(ASKED)) {
        return (Ending::done("ended", "it ended when it was asked to"), End::ByItself);
    }
    // An error here means that the process has ended meanwhile, which the wait detects.
    let _ = process.signal(Signal::KILL);
    if process.wait(deadline.left_until(FORCED)) {
        return (Ending::done("killed", "it did not end when it was asked to, and was killed"), End::Forced);
    }
    (Ending::failed("still_running", "it did not end in time, although it was killed"), End::Not)
}

/// How the process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself, so it could save what it had.
    ByItself,
    /// It was killed, so it could not save.
    Forced,
    /// It is still running.
    Not,
}
