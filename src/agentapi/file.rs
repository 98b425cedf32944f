//! Reading and writing the state file.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{Mode, OFlags};

use super::state::State;
use crate::scrub::Tally;
use crate::snapshot::{Ambient, Write, WriteOptions, WriteReport, companion_prefix};
use crate::{Error, ErrorKind, Result, Scrubber, json};

/// Reads the state file; `None` if there is none. Nothing is changed.
///
/// ```
/// # let place = tempfile::tempdir()?;
/// let path = place.path().join("agentapi-state.json");
/// assert!(prestop::agentapi::read_state(&path)?.is_none());
/// std::fs::write(&path, r#"{"version":1,"messages":[]}"#)?;
/// assert_eq!(prestop::agentapi::read_state(&path)?.expect("it is there").messages(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`State::parse`]; [`ErrorKind::InvalidTarget`] for what is not a regular file, [`ErrorKind::Io`] when
/// the system refuses.
pub fn read_state(path: impl AsRef<Path>) -> Result<Option<State>> {
    let path = path.as_ref();
    let Some(file) = Loaded::read(path)? else { return Ok(None) };
    State::parse(&file.bytes).map(Some).map_err(|error| error.with_path(path))
}

/// Scrubs a state and writes it durably with mode 0600, so that AgentAPI loads it at its next start. Returns
/// the report of the write and what was redacted.
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
/// use prestop::agentapi::{State, read_state, write_state};
///
/// let state = State::parse(br#"{"version":1,"messages":[],"initial_prompt":"PASSWORD=hunter2"}"#)?;
/// let (_, tally) = write_state(&path, &state, &prestop::Scrubber::new(prestop::Preset::Balanced), ambient)?;
/// assert_eq!(tally.redactions()["PASSWORD"], 1);
/// assert!(read_state(&path)?.is_some());
/// assert!(!std::fs::read_to_string(&path)?.contains("hunter2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`Write::begin`] and [`Write::commit`]. The old file is intact then, except after
/// [`ErrorKind::Torn`].
pub fn write_state(
    path: impl AsRef<Path>,
    state: &State,
    scrubber: &Scrubber,
    ambient: Ambient<'_>,
) -> Result<(WriteReport, Tally)> {
    let (state, mut tally) = state.scrubbed(scrubber);
    let report = write(path.as_ref(), &state.to_json(), false, TIME, scrubber, ambient)?;
    tally.add(&report.shrunk);
    tally.add(&report.gated);
    Ok((report, tally))
}

/// The default deadline of a write.
const TIME: Duration = Duration::from_secs(5);

/// Writes scrubbed bytes durably, within the deadline `time`.
pub(super) fn write(
    path: &Path,
    bytes: &[u8],
    keep_previous: bool,
    time: Duration,
    scrubber: &Scrubber,
    ambient: Ambient<'_>,
) -> Result<WriteReport> {
    let rules = scrubber.rule_set();
    let options = WriteOptions::new(&rules)
        .with_rescrub(scrubber)
        .with_keep_previous(keep_previous)
        .with_deadline(time);
    // Not `snapshot::write`, which refuses what is not JSON: a state that cannot be loaded is kept, too.
    Write::begin(path, &options, ambient)?.commit(bytes)
}

/// Returns the path of the copy of the last conversation, `.NAME.kept`.
pub(super) fn kept(path: &Path) -> PathBuf {
    let mut name = companion_prefix(path);
    name.push("kept");
    path.with_file_name(name)
}

/// Returns the path of AgentAPI's own temporary file, which it writes and then renames to the state file.
///
/// ```
/// let temporary = prestop::agentapi::temporary("/configs/agentapi-state.json");
/// assert_eq!(temporary, std::path::Path::new("/configs/agentapi-state.json.tmp"));
/// ```
pub fn temporary(state_file: impl AsRef<Path>) -> PathBuf {
    let mut name = state_file.as_ref().as_os_str().to_owned();
    name.push(".tmp");
    name.into()
}

/// A regular file, read completely.
pub(super) struct Loaded {
    pub(super) bytes: Vec<u8>,
    pub(super) modified: Option<SystemTime>,
    /// Whether anybody but its owner may read or write it.
    pub(super) open_to_others: bool,
}

impl Loaded {
    /// Reads a file; `None` if there is none. Never blocks, not even on a FIFO.
    pub(super) fn read(path: &Path) -> Result<Option<Self>> {
        let fail = |error: std::io::Error| Error::io("cannot read the state", error).with_path(path);
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
        let file = match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(fd) => std::fs::File::from(fd),
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => return Ok(None),
            Err(errno) => return Err(fail(errno.into())),
        };
        let about = file.metadata().map_err(fail)?;
        if !about.is_file() {
            return Err(Error::new(ErrorKind::InvalidTarget, "not a regular file").with_path(path));
        }
        let mut bytes = Vec::new();
        let most = u64::try_from(json::MAX_BYTES).unwrap_or(u64::MAX);
        (&file).take(most + 1).read_to_end(&mut bytes).map_err(fail)?;
        if bytes.len() > json::MAX_BYTES {
            let what = format!("a state of more than {most} bytes");
            return Err(Error::new(ErrorKind::TooLarge, what).with_path(path));
        }
        let open_to_others = std::os::unix::fs::MetadataExt::mode(&about) & 0o077 != 0;
        Ok(Some(Self { bytes, modified: about.modified().ok(), open_to_others }))
    }
}
