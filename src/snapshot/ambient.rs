//! What the core is given instead of reading it itself: time, randomness and a way to wait.

use std::time::{Duration, SystemTime};

use crate::{Error, ErrorKind, Result};

/// The outside world of one call.
///
/// The closures are `Sync`, so that a call may run while another thread holds the host's global lock.
///
/// ```
/// use prestop::snapshot::Ambient;
/// use std::hash::{BuildHasher, RandomState};
/// use std::time::{Instant, SystemTime};
///
/// let start = Instant::now();
/// let ambient = Ambient {
///     now: SystemTime::now(),
///     elapsed: &|| start.elapsed(),
///     // The keys of the standard library's hash tables come from the system's randomness.
///     random: &|| RandomState::new().hash_one(0),
///     pause: &std::thread::sleep,
/// };
/// assert_ne!((ambient.random)(), (ambient.random)());
/// ```
#[derive(Clone, Copy)]
pub struct Ambient<'a> {
    /// The wall-clock time: names quarantined files and tells the age of leftover ones.
    pub now: SystemTime,
    /// The monotonic time since any fixed moment: measures deadlines.
    pub elapsed: &'a (dyn Fn() -> Duration + Sync),
    /// Returns an unpredictable number, a new one at each call: names temporary files and varies pauses.
    pub random: &'a (dyn Fn() -> u64 + Sync),
    /// Waits for the given time.
    pub pause: &'a (dyn Fn(Duration) + Sync),
}

impl std::fmt::Debug for Ambient<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ambient").field("now", &self.now).finish_non_exhaustive()
    }
}

/// The moment by which a call has to be finished.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline<'a> {
    ambient: Ambient<'a>,
    ends: Duration,
}

impl<'a> Deadline<'a> {
    /// Returns the deadline that is `allowed` from now.
    pub(super) fn after(allowed: Duration, ambient: Ambient<'a>) -> Self {
        Self { ambient, ends: (ambient.elapsed)().saturating_add(allowed) }
    }

    /// The remaining time.
    pub(super) fn left(&self) -> Duration {
        self.ends.saturating_sub((self.ambient.elapsed)())
    }

    /// Fails when no time is left; called between the steps of a write.
    pub(super) fn check(&self) -> Result<()> {
        if self.left().is_zero() {
            return Err(Error::new(
                ErrorKind::TimedOut,
                "the deadline passed before the snapshot was in place",
            ));
        }
        Ok(())
    }
}
