//! The save signal, and the proof that AgentAPI obeyed it: it sends no answer.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use prestop::Scrubber;
use prestop::agentapi::{PERSISTENCE, State, read_state, version_at_least};

use super::identify::Found;
use super::report::Ending;
use super::settings::Settings;
use super::state::counted;
use super::version;
use crate::deadline::Deadline;
use crate::process::Signal;

/// Distinguishes one version of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: (u64, u64),
    size: u64,
    modified: (i64, i64),
}

impl Stamp {
    /// Returns the stamp of the file at `path`, if there is one.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let about = std::fs::metadata(path).ok()?;
        Some(Self {
            inode: (about.dev(), about.ino()),
            size: about.size(),
            modified: (about.mtime(), about.mtime_nsec()),
        })
    }
}

/// The state file while AgentAPI is asked to save it.
pub(super) struct Save {
    path: PathBuf,
    /// The version of the file that was inspected last.
    seen: Option<Stamp>,
    /// The last state seen that AgentAPI would load. One without a conversation never replaces one that has
    /// it.
    last: Option<State>,
    /// The number of messages in a complete version of the file that is newer than the one at the beginning.
    renewed: Option<usize>,
}

impl Save {
    /// Records the file as it is: any other version counts as new.
    pub(super) fn begin(path: PathBuf) -> Self {
        let seen = Stamp::of(&path);
        let last = read_state(&path).ok().flatten();
        Self { path, seen, last, renewed: None }
    }

    /// Sends the save signal if that is safe; otherwise returns why not.
    pub(super) fn ask(found: &Found, time: Duration) -> Result<(), Ending> {
        let skipped = |code, detail: &str| Err(Ending::skipped(code, detail));
        if found.is_acp() {
            return skipped("acp", "it is in ACP mode, in which it keeps no conversation");
        }
        if !found.process.catches(Signal::USR1) {
            return skipped("not_caught", "it does not catch the save signal, which would kill it");
        }
        match version::of_process(&found.process, &found.about, time) {
            None => {
                return skipped(
                    "version_unknown",
                    "it does not say its version: the save signal may kill it",
                );
            }
            Some(reported) if !version_at_least(&reported, PERSISTENCE) => {
                return skipped(
                    "version_too_old",
                    "its version is before 0.12.0, which the save signal kills",
                );
            }
            Some(_) => {}
        }
        found.process.signal(Signal::USR1).map_err(|error| {
            Ending::failed("not_signalled", format!("the save signal cannot be sent: {}", error.kind()))
        })
    }

    /// Returns how many messages were saved, once the file has been replaced by another complete version. The
    /// file may since have changed again.
    pub(super) fn renewed(&mut self) -> Option<usize> {
        let now = Stamp::of(&self.path);
        if now.is_some() && now != self.seen {
            self.seen = now;
            if let Some(state) = read_state(&self.path).ok().flatten() {
                self.renewed = Some(state.messages());
                if state.has_conversation() || !self.last.as_ref().is_some_and(State::has_conversation) {
                    self.last = Some(state);
                }
            }
        }
        self.renewed
    }

    /// Waits until [`Self::renewed`] returns a number, and returns it.
    pub(super) fn wait(&mut self, time: Duration) -> Option<usize> {
        Deadline::poll(time, || self.renewed().is_some());
        self.renewed()
    }

    /// Whether these messages are in the file, new or not, or in the last loadable state if the file is
    /// damaged: then there was nothing to save.
    pub(super) fn holds(&self, messages: &[u8], scrubber: &Scrubber) -> bool {
        let covers = |state: &State| state.covers(messages, scrubber);
        match read_state(&self.path) {
            Ok(Some(state)) => covers(&state),
            _ => self.last.as_ref().is_some_and(covers),
        }
    }

    /// The last loadable state that was seen in the file.
    pub(super) fn last(&self) -> Option<&State> {
        self.last.as_ref()
    }

    /// Whether the file ever existed.
    pub(super) fn was_there(&self) -> bool {
        self.seen.is_some()
    }
}

/// The ending of a save that its file proves.
pub(super) fn saved(messages: usize) -> Ending {
    Ending::done("saved", format!("a new state file with {}", counted(messages)))
}

/// Returns why there is nothing to save, which is checked before anything else.
pub(super) fn not_wanted(settings: &Settings) -> Option<Ending> {
    match (settings.persistence, &settings.state_file) {
        (false, _) => Some(Ending::skipped("not_wanted", "the conversation is not to survive")),
        (true, None) => Some(Ending::failed(
            "no_state_file",
            "the conversation is to survive, but no state file is named",
        )),
        (true, Some(_)) => None,
    }
}
