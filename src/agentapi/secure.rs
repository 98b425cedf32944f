//! Protection of a conversation from the empty state that AgentAPI saves when it is stopped too early.
//!
//! These files are kept beside the state file `NAME`, written and scrubbed like a snapshot:
//!
//! | name | what it is |
//! |---|---|
//! | `.NAME.kept` | the last state with a conversation |
//! | `..NAME.kept.prev` | the one before it |
//! | `.NAME.aside` | a state file that could not be loaded |
//!
//! In them, a long name is shortened as in [`Companion`].
//!
//! Each step leaves a state from which the next call can continue, so a crash between two steps costs
//! nothing.

use std::path::Path;
use std::time::Duration;

use super::file::{Loaded, kept, temporary, write};
use super::state::{State, is_of_another_version};
use crate::scrub::Tally;
use crate::snapshot::{self, Ambient, Companion, ReadOptions, WriteReport};
use crate::{Error, ErrorKind, Result, Scrubber};

/// What [`secure`] found, and so what it did.
///
/// ```
/// use prestop::agentapi::StateCheck;
///
/// let words = [StateCheck::Missing, StateCheck::Kept, StateCheck::Restored].map(StateCheck::as_str);
/// assert_eq!(words, ["missing", "kept", "restored"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StateCheck {
    /// There is no state file. None was written, or somebody deleted it, and then the kept state is deleted,
    /// too.
    Missing,
    /// The file has no conversation, and there never was one. It is scrubbed.
    Empty,
    /// The file has a conversation, which is scrubbed and kept.
    Kept,
    /// The file had no conversation, or could not be loaded: the last known state is in its place.
    Restored,
    /// The file was there a moment ago and is gone: the last known conversation is in its place.
    PutBack,
    /// The file could not be loaded and there is no other state: its scrubbed text is in `.NAME.aside`.
    SetAside,
    /// The file has an unknown version: it was left in place, scrubbed as text.
    OtherVersion,
}

impl StateCheck {
    /// The word for it in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Empty => "empty",
            Self::Kept => "kept",
            Self::Restored => "restored",
            Self::PutBack => "put_back",
            Self::SetAside => "set_aside",
            Self::OtherVersion => "other_version",
        }
    }
}

/// What [`secure`] did.
///
/// ```
/// # use std::time::{Instant, SystemTime};
/// # use std::hash::{BuildHasher, RandomState};
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("agentapi-state.json");
/// # let start = Instant::now();
/// # let (elapsed, random) = (|| start.elapsed(), || RandomState::new().hash_one(0));
/// # let pause = std::thread::sleep;
/// # let ambient = prestop::snapshot::Ambient { now: SystemTime::now(), elapsed: &elapsed, random: &random, pause: &pause };
/// # let scrubber = prestop::Scrubber::new(prestop::Preset::Balanced);
/// use prestop::agentapi::{StateCheck, secure};
///
/// let time = std::time::Duration::from_secs(5);
/// std::fs::write(&path, r#"{"version":1,"messages":[]}"#)?;
/// let secured = secure(&path, false, None, time, &scrubber, ambient)?;
/// assert_eq!((secured.check, secured.messages, secured.rewritten), (StateCheck::Empty, 0, true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Secured {
    /// What was found.
    pub check: StateCheck,
    /// How many messages the state file contains now, if it can be loaded.
    pub messages: usize,
    /// Whether the state file was written or removed.
    pub rewritten: bool,
    /// Whether the state file could not be loaded, and its scrubbed text was put into `.NAME.aside`.
    pub set_aside: bool,
    /// What was redacted in the state file.
    pub tally: Tally,
}

/// Makes the state file safe: it is scrubbed and has mode 0600, and its conversation is kept. If it has none,
/// the kept state is put back.
///
/// To be called before AgentAPI starts, before it is asked to save, and after it has ended. `running` says
/// whether AgentAPI may write meanwhile. `last` is the state seen in the file since the previous call: if the
/// file is now gone, cannot be loaded or has lost that conversation, this was an accident, and the state is
/// put back. If AgentAPI is not running and left a temporary file that contains a complete conversation and
/// is not older than the state file, its content is used instead; the temporary file, in which the
/// conversation is not scrubbed, is removed in any case.
///
/// `time` bounds waits and retries, but not the time that the disk takes. It is measured by
/// `ambient.elapsed`, which has to begin at zero with this call.
///
/// ```
/// # use std::time::{Instant, SystemTime};
/// # use std::hash::{BuildHasher, RandomState};
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("agentapi-state.json");
/// # let start = Instant::now();
/// # let (elapsed, random) = (|| start.elapsed(), || RandomState::new().hash_one(0));
/// # let pause = std::thread::sleep;
/// # let ambient = prestop::snapshot::Ambient { now: SystemTime::now(), elapsed: &elapsed, random: &random, pause: &pause };
/// # let scrubber = prestop::Scrubber::new(prestop::Preset::Balanced);
/// use prestop::agentapi::{StateCheck, read_state, secure};
///
/// let time = std::time::Duration::from_secs(5);
/// let message = r#"{"id":0,"message":"hello","role":"user","time":"2026-02-01T10:00:00Z"}"#;
/// std::fs::write(&path, format!(r#"{{"version":1,"messages":[{message}]}}"#))?;
/// assert_eq!(secure(&path, false, None, time, &scrubber, ambient)?.check, StateCheck::Kept);
/// // AgentAPI was stopped before it had loaded that.
/// std::fs::write(&path, r#"{"version":1,"messages":[]}"#)?;
/// assert_eq!(secure(&path, false, None, time, &scrubber, ambient)?.check, StateCheck::Restored);
/// let state = read_state(&path)?.expect("restored");
/// assert_eq!(state.messages(), 1);
/// // It deleted its file when it ended.
/// std::fs::remove_file(&path)?;
/// assert_eq!(secure(&path, false, Some(&state), time, &scrubber, ambient)?.check, StateCheck::PutBack);
/// assert_eq!(read_state(&path)?, Some(state));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidTarget`] when the path is not a regular file, [`ErrorKind::TooLarge`] over 64 MiB,
/// [`ErrorKind::Io`] and [`ErrorKind::TimedOut`] when the disk refuses: what was there is still there, except
/// after [`ErrorKind::Torn`].
pub fn secure(
    path: impl AsRef<Path>,
    running: bool,
    last: Option<&State>,
    time: Duration,
    scrubber: &Scrubber,
    ambient: Ambient<'_>,
) -> Result<Secured> {
    let path = path.as_ref();
    let kept_path = kept(path);
    let work = Work { path, last, time, scrubber, ambient };
    let found = Loaded::read(path)?;
    let left = if running { None } else { left_behind(path, found.as_ref()) };
    let superseded = left.is_some();
    let secured = match left.or(found) {
        None => work.miss(&kept_path),
        Some(file) => match State::parse(&file.bytes) {
            Ok(state) if state.has_conversation() => work.keep(&kept_path, &state, &file, superseded),
            Ok(state) => work.replace(&kept_path, Some(&state), &file),
            Err(error) if error.kind() == ErrorKind::TooLarge => Err(error.with_path(path)),
            Err(_) if is_of_another_version(&file.bytes) => work.leave(&file),
            Err(_) => {
                work.write(&Companion::Aside.of(path), &scrubber.scrub_bytes(&file.bytes), false)?;
                let replaced = work.replace(&kept_path, None, &file)?;
                Ok(Secured { set_aside: true, ..replaced })
            }
        },
    }?;
    if !running {
        remove(&temporary(path))?;
    }
    Ok(secured)
}

impl Secured {
    fn new(check: StateCheck, messages: usize) -> Self {
        Self { check, messages, rewritten: false, set_aside: false, tally: Tally::default() }
    }
}

struct Work<'a> {
    path: &'a Path,
    last: Option<&'a State>,
    time: Duration,
    scrubber: &'a Scrubber,
    ambient: Ambient<'a>,
}

impl Work<'_> {
    /// Writes scrubbed bytes within the remaining time.
    fn write(&self, path: &Path, bytes: &[u8], keep_previous: bool) -> Result<WriteReport> {
        let left = self.time.saturating_sub((self.ambient.elapsed)());
        write(path, bytes, keep_previous, left, self.scrubber, self.ambient)
    }

    /// Writes a scrubbed state to the state file. Returns what was redacted, by the scrubbing before and by
    /// the write.
    fn write_state(&self, clean: &[u8], mut tally: Tally) -> Result<Tally> {
        let report = self.write(self.path, clean, false)?;
        tally.add(&report.shrunk);
        tally.add(&report.gated);
        Ok(tally)
    }

    /// Deletes the kept state and all files that belong to it.
    fn purge(&self, kept: &Path) -> Result<()> {
        let rules = self.scrubber.rule_set();
        let left = self.time.saturating_sub((self.ambient.elapsed)());
        let options = ReadOptions::new(&rules).with_rescrub(self.scrubber).with_deadline(left);
        match snapshot::purge(kept, &options, self.ambient) {
            // Neither the file nor its directory exists.
            Err(error) if error.io_kind() != Some(std::io::ErrorKind::NotFound) => Err(error),
            _ => Ok(()),
        }
    }

    /// Handles a missing file.
    fn miss(&self, kept: &Path) -> Result<Secured> {
        if let Some(state) = self.known(kept)? {
            return self.put(StateCheck::PutBack, &state);
        }
        self.purge(kept)?;
        Ok(Secured::new(StateCheck::Missing, 0))
    }

    /// Handles a state with a conversation.
    fn keep(&self, kept: &Path, state: &State, file: &Loaded, superseded: bool) -> Result<Secured> {
        let (clean, tally) = state.scrubbed(self.scrubber);
        let bytes = clean.to_json();
        self.copy(kept, &bytes)?;
        let secured = Secured::new(StateCheck::Kept, clean.messages());
        self.rewrite(secured, &bytes, tally, file, superseded)
    }

    /// Writes the kept state, unless it is the same already.
    fn copy(&self, kept: &Path, bytes: &[u8]) -> Result<()> {
        if Loaded::read(kept).ok().flatten().is_none_or(|old| old.bytes != bytes) {
            self.write(kept, bytes, true)?;
        }
        Ok(())
    }

    /// Returns the last conversation: that of `last`, which is then kept, or else the kept one.
    fn conversation(&self, kept: &Path) -> Result<Option<State>> {
        if let Some(last) = self.last.filter(|last| last.has_conversation()) {
            self.copy(kept, &last.scrubbed(self.scrubber).0.to_json())?;
            return Ok(Some(last.clone()));
        }
        let kept = Loaded::read(kept)?.and_then(|old| State::parse(&old.bytes).ok());
        Ok(kept.filter(State::has_conversation))
    }

    /// Returns what to restore for a file that has disappeared; nothing if no state was seen in it.
    fn known(&self, kept: &Path) -> Result<Option<State>> {
        let Some(last) = self.last else { return Ok(None) };
        Ok(self.conversation(kept)?.or_else(|| Some(last.clone())))
    }

    /// Writes a state that was there before.
    fn put(&self, check: StateCheck, state: &State) -> Result<Secured> {
        let (clean, tally) = state.scrubbed(self.scrubber);
        let tally = self.write_state(&clean.to_json(), tally)?;
        Ok(Secured { rewritten: true, tally, ..Secured::new(check, clean.messages()) })
    }

    /// Handles a state without a conversation, or a file that cannot be loaded.
    fn replace(&self, kept: &Path, state: Option<&State>, file: &Loaded) -> Result<Secured> {
        let before = self.conversation(kept)?.or_else(|| self.last.filter(|_| state.is_none()).cloned());
        if let Some(before) = before {
            return self.put(StateCheck::Restored, &before);
        }
        if let Some(state) = state {
            let (clean, tally) = state.scrubbed(self.scrubber);
            let secured = Secured::new(StateCheck::Empty, state.messages());
            return self.rewrite(secured, &clean.to_json(), tally, file, false);
        }
        remove(self.path)?;
        Ok(Secured { rewritten: true, ..Secured::new(StateCheck::SetAside, 0) })
    }

    /// Writes the scrubbed state, unless the file is the same already and private. `always` writes it in any
    /// case.
    fn rewrite(
        &self,
        secured: Secured,
        clean: &[u8],
        tally: Tally,
        file: &Loaded,
        always: bool,
    ) -> Result<Secured> {
        if !always && !file.open_to_others && clean == file.bytes {
            return Ok(secured);
        }
        let tally = self.write_state(clean, tally)?;
        Ok(Secured { rewritten: true, tally, ..secured })
    }

    /// Handles a state of another version. Whatever its members are, it is scrubbed as text, so it stays JSON
    /// of the same shape.
    fn leave(&self, file: &Loaded) -> Result<Secured> {
        let clean = self.scrubber.scrub_bytes(&file.bytes);
        let changed = *clean != *file.bytes || file.open_to_others;
        if changed {
            self.write(self.path, &clean, false)?;
        }
        Ok(Secured { rewritten: changed, ..Secured::new(StateCheck::OtherVersion, 0) })
    }
}

/// Returns what AgentAPI had written but not renamed when it ended, if that is complete, has a conversation
/// and is not older than the state file.
fn left_behind(path: &Path, found: Option<&Loaded>) -> Option<Loaded> {
    let left = Loaded::read(&temporary(path)).ok()??;
    let newer = found.is_none_or(|found| left.modified >= found.modified);
    let complete = || State::parse(&left.bytes).is_ok_and(|state| state.has_conversation());
    (newer && complete()).then_some(left)
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("cannot remove the file", error).with_path(path))
        }
        _ => Ok(()),
    }
}
