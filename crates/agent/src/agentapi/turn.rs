//! Serialises stops: a second TERM would kill an AgentAPI that is saving.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use prestop::agentapi::temporary;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::deadline::Deadline;

/// A temporary file that was not written to for this long belongs to an earlier run.
const STALE: Duration = Duration::from_secs(30);

/// The right to stop the process that a pid file names, held until it is dropped or this process ends,
/// however that happens.
#[derive(Debug)]
pub(super) struct Turn {
    _file: Option<File>,
    /// Whether another stop had it first.
    pub(super) waited: bool,
}

impl Turn {
    /// Waits for other stops and takes the turn; `None` if another stop holds it for all of `time`. Without a
    /// pid file there is nothing to stop, and where files cannot be locked nobody can be kept out: both
    /// succeed without a lock.
    pub(super) fn take(pid_file: Option<&Path>, time: Duration) -> Option<Self> {
        let free = Some(Self { _file: None, waited: false });
        let Some(file) = pid_file.and_then(open) else { return free };
        let mut locked = Err(Errno::WOULDBLOCK);
        let mut waited = false;
        Deadline::poll(time, || {
            locked = flock(&file, FlockOperation::NonBlockingLockExclusive);
            waited |= locked == Err(Errno::WOULDBLOCK);
            locked != Err(Errno::WOULDBLOCK)
        });
        match locked {
            Ok(()) => Some(Self { _file: Some(file), waited }),
            Err(Errno::WOULDBLOCK) => None,
            Err(_) => free,
        }
    }
}

/// Opens the pid file, without blocking on a FIFO.
fn open(path: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    rustix::fs::open(path, flags, Mode::empty()).ok().map(File::from)
}

/// Waits while AgentAPI writes its state: an earlier stop may have asked it to end, and a second TERM kills
/// it.
pub(super) fn wait_for_save(state_file: &Path, time: Duration) {
    let temporary = temporary(state_file);
    let writes = || {
        let modified = std::fs::symlink_metadata(&temporary).and_then(|about| about.modified());
        modified.is_ok_and(|modified| SystemTime::now().duration_since(modified).is_ok_and(|age| age < STALE))
    };
    Deadline::poll(time, || !writes());
}
