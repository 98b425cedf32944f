//! The outside world that the core is given: clock, waiting and random numbers.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::process;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use prestop_core::snapshot::Ambient;

/// The real world, from now on.
pub struct Outside {
    elapsed: Box<dyn Fn() -> Duration + Sync>,
}

impl Outside {
    /// Starts the clock of one call.
    pub fn new() -> Self {
        let start = Instant::now();
        Self { elapsed: Box::new(move || start.elapsed()) }
    }

    /// What the core is given.
    pub fn ambient(&self) -> Ambient<'_> {
        Ambient { now: SystemTime::now(), elapsed: &*self.elapsed, random: &random, pause: &thread::sleep }
    }
}

/// A number that nobody outside this process can tell beforehand.
fn random() -> u64 {
    // Keyed by the system's randomness, with new keys at each call. A forked child has its parent's keys, but
    // neither its number nor its time. `crates/agent` has the same, which this library does not hold; a test compares them.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(process::id());
    hasher.write_u128(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos());
    hasher.finish()
}
