//! The stop, phase by phase.

use std::path::PathBuf;
use std::time::Duration;

use prestop::Scrubber;

use super::capture::{Captured, capture};
use super::identify::{Found, identify};
use super::report::{Ending, Outcome, Report};
use super::save::{self, Save};
use super::settings::Settings;
use super::state::secured;
use super::terminate::{End, terminate};
use super::turn::{Turn, wait_for_save};
use super::upload;
use crate::deadline::Deadline;

/// The shares of the time until which the conversation may be saved and captured, and may be sent. The rest
/// is for the end of the process, which needs most.
const SAVED: f64 = 0.4;
const SENT: f64 = 0.6;
/// The share until which another stop is waited for: it does all that is to be done.
const TURN: f64 = 0.9;
/// The share until which a save under way delays the end of the process.
const SAVING: f64 = 0.7;
/// The share for a save that comes at once, before the messages are asked for. There is time for a late one
/// after that.
const AT_ONCE: f64 = 0.04;

/// Stops AgentAPI within `settings.deadline`; the report says what each phase did.
///
/// Only a process that was identified is ever signalled. If none runs, the state file is secured
/// nevertheless.
///
/// ```
/// use prestop_agent::agentapi::{Settings, stop};
/// # let place = tempfile::tempdir()?;
/// let settings = Settings {
///     persistence: true,
///     state_file: Some(place.path().join("agentapi-state.json")),
///     pid_file: Some(place.path().join("agentapi.pid")),
///     ..Settings::default()
/// };
/// let report = stop(&settings, &prestop::Scrubber::new(prestop::Preset::Balanced));
/// assert_eq!(report.phase("identify").map(|phase| phase.code), Some("not_running"));
/// assert!(report.succeeded());
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn stop(settings: &Settings, scrubber: &Scrubber) -> Report {
    let deadline = Deadline::after(settings.deadline);
    let report = Report::new(settings.deadline);
    let mut stop = Stop { settings: settings.clone(), scrubber, deadline, report, turn: None, died: false };
    let found = stop.identify();
    let mut save = stop.keep(found.is_some());
    let mut asked = stop.ask(found.as_ref(), save.as_mut());
    // Whoever was not asked to save, or did not obey yet, proves with its messages that nothing is missing.
    let for_proof = found.is_some() && save.is_some() && !asked.has_saved();
    let captured = stop.capture(found.as_ref(), for_proof);
    stop.prove(&mut asked, save.as_mut(), &captured);
    stop.phase("upload", |stop| upload::upload(&stop.settings, &captured, &stop.deadline, SENT));
    let end = stop.terminate(found.as_ref(), &captured);
    stop.settle(asked, save, &captured, end);
    stop.report.took = deadline.elapsed();
    stop.report
}

struct Stop<'a> {
    settings: Settings,
    scrubber: &'a Scrubber,
    deadline: Deadline,
    report: Report,
    /// Held until the stop is over.
    turn: Option<Turn>,
    /// Whether it ended without removing its pid file, and before any stop.
    died: bool,
}

/// The outcome of the save signal.
struct Asked {
    /// `None` while the signal has been sent and nothing proves yet that AgentAPI obeyed it.
    ending: Option<Ending>,
    took: Duration,
}

impl Asked {
    fn has_saved(&self) -> bool {
        self.ending.as_ref().is_some_and(|ending| ending.outcome == Outcome::Done)
    }
}

impl Stop<'_> {
    /// Runs a phase and records it.
    fn phase(&mut self, name: &'static str, work: impl FnOnce(&mut Self) -> Ending) {
        let before = self.deadline.elapsed();
        let ending = work(self);
        self.report.push(name, self.deadline.elapsed().saturating_sub(before), ending);
    }

    fn identify(&mut self) -> Option<Found> {
        let mut found = None;
        self.phase("identify", |stop| {
            stop.turn = Turn::take(stop.settings.pid_file.as_deref(), stop.deadline.left_until(TURN));
            let (process, ending) = identify(&stop.settings);
            if process.is_some() && stop.turn.is_none() {
                return Ending::failed("stop_under_way", "another stop is under way and does not end");
            }
            found = process;
            // Who ends in order removes its pid file.
            let left = ending.code == "not_running"
                && stop.settings.pid_file.as_ref().is_some_and(|path| path.exists());
            if left && stop.turn.as_ref().is_some_and(|turn| turn.waited) {
                let detail =
                    "another stop has ended it meanwhile: what was saved is in the report of that one";
                return Ending::skipped(ending.code, detail);
            }
            stop.died = left;
            ending
        });
        self.report.process = found.as_ref().map(|found| found.process.number());
        if self.settings.state_file_is_assumed {
            // It was started with another state file, and that is where it saves. Another user's process
            // could name any file, which would be rewritten.
            let trusted = found.as_ref().filter(|found| found.process.is_own());
            let own = trusted.and_then(|found| found.process.variable("AGENTAPI_STATE_FILE"));
            let own = own.map(PathBuf::from).filter(|path| path.is_absolute());
            self.settings.state_file = own.or(self.settings.state_file.take());
        }
        found
    }

    /// Secures the state file as it is, before AgentAPI can overwrite it.
    fn keep(&mut self, running: bool) -> Option<Save> {
        let mut save = None;
        self.phase("keep", |stop| {
            if let Some(ending) = save::not_wanted(&stop.settings) {
                return ending;
            }
            let Some(path) = &stop.settings.state_file else {
                return Ending::skipped("no_state_file", "no state file is named");
            };
            let ending = secured(path, running, None, stop.deadline.left_until(SAVED), stop.scrubber);
            save = Some(Save::begin(path.clone()));
            // A file that cannot be loaded now may be replaced when AgentAPI saves; it is judged after the
            // end.
            let is_early = running && ending.outcome == Outcome::Failed;
            if is_early { Ending { outcome: Outcome::Skipped, ..ending } } else { ending }
        });
        save
    }

    fn ask(&mut self, found: Option<&Found>, save: Option<&mut Save>) -> Asked {
        let before = self.deadline.elapsed();
        let ending = match (found, save) {
            (_, None) => Some(Ending::skipped("not_wanted", "there is nothing to save")),
            (None, _) => Some(Ending::skipped("not_running", "there is no process to ask")),
            (Some(found), Some(save)) => match Save::ask(found, self.deadline.left_until(SAVED)) {
                Err(ending) => Some(ending),
                Ok(()) => save.wait(self.deadline.allowed().mul_f64(AT_ONCE)).map(save::saved),
            },
        };
        Asked { ending, took: self.deadline.elapsed().saturating_sub(before) }
    }

    /// Fetches the messages, which are sent to the platform and prove that a state file is complete.
    fn capture(&mut self, found: Option<&Found>, for_proof: bool) -> Captured {
        let mut captured = Captured::default();
        self.phase("capture", |stop| {
            if let Some(ending) = upload::not_wanted(&stop.settings).filter(|_| !for_proof) {
                return ending;
            }
            let process = found.map(|found| &found.process);
            let (got, ending) = capture(stop.settings.port, process, &stop.deadline, SAVED, stop.scrubber);
            captured = got;
            // A process that has ended left what it had to say in its state file.
            let is_kept = ending.code == "ended" && stop.settings.persistence;
            if is_kept { Ending { outcome: Outcome::Skipped, ..ending } } else { ending }
        });
        captured
    }

    /// Waits for a save that did not come at once, unless the file already contains every message.
    fn prove(&mut self, asked: &mut Asked, save: Option<&mut Save>, captured: &Captured) {
        let before = self.deadline.elapsed();
        if let (None, Some(save)) = (&asked.ending, save) {
            let current = captured.answer.as_ref().is_some_and(|answer| save.holds(answer, self.scrubber));
            asked.ending = if let Some(messages) = save.renewed() {
                Some(save::saved(messages))
            } else if current {
                Some(Ending::done("current", "the state file has every message already"))
            } else {
                save.wait(self.deadline.left_until(SAVED)).map(save::saved)
            };
        }
        asked.took += self.deadline.elapsed().saturating_sub(before);
    }

    fn terminate(&mut self, found: Option<&Found>, captured: &Captured) -> End {
        let mut end = End::ByItself;
        self.phase("terminate", |stop| match found {
            Some(found) => {
                if let Some(path) = stop.settings.state_file.as_deref().filter(|_| stop.settings.persistence)
                {
                    wait_for_save(path, stop.deadline.left_until(SAVING));
                }
                let (ending, how) = terminate(&found.process, &stop.deadline);
                end = how;
                ending
            }
            None if captured.answer.is_some() => {
                end = End::Not;
                let port = stop.settings.port;
                let detail =
                    format!("something answers on port {port}, but no pid file says which process it is");
                Ending::failed("not_identified", detail)
            }
            None => Ending::skipped("not_running", "there is no process to end"),
        });
        end
    }

    /// Secures the state file as AgentAPI left it, and decides whether the save succeeded.
    fn settle(&mut self, asked: Asked, save: Option<Save>, captured: &Captured, end: End) {
        let Some((mut save, path)) = save.zip(self.settings.state_file.clone()) else {
            let ending =
                asked.ending.unwrap_or_else(|| Ending::skipped("not_wanted", "there is nothing to save"));
            self.report.push_after("keep", "save", asked.took, ending);
            return self.phase("state", |stop| {
                save::not_wanted(&stop.settings)
                    .unwrap_or_else(|| Ending::skipped("not_wanted", "there is no state file to look at"))
            });
        };
        // Checked before the file is scrubbed, since that also creates a new version.
        let renewed = save.renewed().is_some();
        let held = captured.answer.as_ref().map(|answer| save.holds(answer, self.scrubber));
        let ran = self.report.process.is_some();
        // A process that was killed could not save what came after its first save.
        let saved = renewed && (end != End::Forced || held != Some(false));
        let empty = captured.answer.is_some() && captured.snapshot.is_none();
        let complete = !ran || saved || held == Some(true) || end == End::ByItself && empty;
        // It ended in order, but gave no messages: the file may have all of them or not.
        let unproven = !complete && end == End::ByItself && captured.answer.is_none();
        let ending = asked.ending.unwrap_or_else(|| {
            if complete && empty && !saved {
                Ending::done("empty", "there are no messages to save")
            } else if complete {
                Ending::done(
                    "saved_at_end",
                    "it had not saved when it was asked to, but has now that it ended",
                )
            } else if unproven {
                Ending::failed(
                    "unproven",
                    "neither a new state file nor its messages prove that it saved before it ended",
                )
            } else {
                Ending::failed("not_saved", "it did not save in time")
            }
        });
        self.report.push_after("keep", "save", asked.took, ending);
        self.phase("state", |stop| {
            let ending = secured(&path, end == End::Not, save.last(), stop.deadline.left(), stop.scrubber);
            if ending.code == "missing" && save.was_there() {
                return Ending::failed("gone", "the state file went while AgentAPI was stopped");
            }
            if ending.code == "missing" && stop.died {
                return Ending::failed(
                    "lost",
                    "it ended before a stop and left no state file: the conversation is lost",
                );
            }
            if complete || ending.outcome == Outcome::Failed || ending.code == "restored" {
                return ending;
            }
            if unproven {
                let detail = format!("nothing proves that it has the last messages ({})", ending.detail);
                return Ending::failed("unproven", detail);
            }
            let detail = format!("the last messages are not in the state file ({})", ending.detail);
            Ending::failed("incomplete", detail)
        });
    }
}
