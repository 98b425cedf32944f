//! The end of the process: asked for first, then forced.

use super::report::Ending;
use crate::deadline::Deadline;
use crate::process::{Process, Signal};

/// Until when it may end by itself, and until when the kernel may take it away.
const ASKED: f64 = 0.9;
const FORCED: f64 = 0.95;

/// Ends the process within the time, and says whether it was let end by itself.
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
    // An error here means that it has ended meanwhile, which the wait sees.
    let _ = process.signal(Signal::KILL);
    if process.wait(deadline.left_until(FORCED)) {
        return (Ending::done("killed", "it did not end when it was asked to, and was killed"), End::Forced);
    }
    (Ending::failed("still_running", "it did not end in time, although it was killed"), End::Not)
}

/// How the process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It could save what it had.
    ByItself,
    /// It could not.
    Forced,
    /// It runs.
    Not,
}
