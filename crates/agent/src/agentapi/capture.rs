//! Fetches the messages of a conversation from AgentAPI while it still runs.

use std::time::Duration;

use prestop::agentapi::{LogSnapshot, log_snapshot};
use prestop::{Scrubber, json};

use super::report::Ending;
use super::state::counted;
use crate::deadline::Deadline;
use crate::http::{self, NoAnswer};
use crate::process::Process;

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(200);

/// The result of the capture.
#[derive(Default)]
pub(super) struct Captured {
    /// The answer as received. It is not scrubbed, and never written anywhere.
    pub(super) answer: Option<Vec<u8>>,
    /// The part of it that is sent to the platform; `None` if there are no messages.
    pub(super) snapshot: Option<LogSnapshot>,
}

/// Fetches the messages. If no process is known, or it has ended, there is only one attempt: probably nobody
/// answers.
pub(super) fn capture(
    port: u16,
    process: Option<&Process>,
    deadline: &Deadline,
    until: f64,
    scrubber: &Scrubber,
) -> (Captured, Ending) {
    let url = format!("http://localhost:{port}/messages");
    let limit = u64::try_from(json::MAX_BYTES).unwrap_or(u64::MAX);
    loop {
        let answer = http::get(&url, limit, deadline.chance_until(until));
        let again = match &answer {
            Ok(answer) => answer.status >= 500,
            Err(error) => error.is_passing(),
        };
        let ended = process.is_some_and(Process::has_ended);
        let again = again && process.is_some() && !ended && deadline.left_until(until) > 2 * PAUSE;
        if again {
            std::thread::sleep(PAUSE);
            continue;
        }
        return match answer {
            Ok(answer) if answer.status == 200 => taken(answer.body, scrubber),
            Ok(answer) => {
                let detail = format!("port {port} answers {} for its messages", answer.status);
                (Captured::default(), Ending::failed("refused", detail).with_status(answer.status))
            }
            Err(_) if ended => {
                let detail = "it ended by itself before it gave its messages";
                (Captured::default(), Ending::failed("ended", detail))
            }
            Err(NoAnswer::NotReached) if process.is_none() => (
                Captured::default(),
                Ending::skipped("nothing_answers", format!("nothing listens on port {port}")),
            ),
            Err(error) => {
                let detail = format!("no messages from port {port}: {error}");
                (Captured::default(), Ending::failed("no_answer", detail))
            }
        };
    }
}

fn taken(answer: Vec<u8>, scrubber: &Scrubber) -> (Captured, Ending) {
    let snapshot = match log_snapshot(&answer, scrubber) {
        Ok(snapshot) => snapshot,
        Err(error) => {
            let detail = format!("the answer holds no messages: {error}");
            return (Captured::default(), Ending::failed("not_messages", detail));
        }
    };
    let ending = match &snapshot {
        None => Ending::done("empty", "there are no messages"),
        Some(snapshot) => {
            let cut = if snapshot.truncated { ", cut to fit" } else { "" };
            let redacted: u64 = snapshot.tally.redactions().values().sum();
            let detail = format!(
                "the last {} of {}, {} bytes{cut}, {redacted} redacted",
                snapshot.messages,
                counted(snapshot.of),
                snapshot.body.len(),
            );
            Ending::done(if snapshot.truncated { "captured_cut" } else { "captured" }, detail)
        }
    };
    (Captured { answer: Some(answer), snapshot }, ending)
}
