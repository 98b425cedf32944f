//! The effects that the core takes as arguments: clock, sleep and random numbers.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::process;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use prestop::snapshot::Ambient;

/// The real clock and random numbers, for one call.
///
/// ```
/// let world = prestop_agent::outside::Outside::new();
/// assert!(world.ambient().now > std::time::UNIX_EPOCH);
/// ```
pub struct Outside {
    elapsed: Box<dyn Fn() -> Duration + Sync>,
}

impl Outside {
    /// Starts measuring the time of one call.
    #[allow(clippy::new_without_default, reason = "it begins a clock, which no default should")]
    pub fn new() -> Self {
        let start = Instant::now();
        Self { elapsed: Box::new(move || start.elapsed()) }
    }

    /// Returns what the core takes as its [`Ambient`].
    pub fn ambient(&self) -> Ambient<'_> {
        Ambient {
            now: SystemTime::now(),
            elapsed: &*self.elapsed,
            random: &random,
            pause: &std::thread::sleep,
        }
    }
}

/// Returns a number that nobody outside this process can predict.
///
/// ```
/// use prestop_agent::outside::random;
///
/// assert_ne!(random(), random());
/// ```
pub fn random() -> u64 {
    // `RandomState` is keyed by the system's randomness, with new keys on each call. A forked child inherits
    // the keys of its parent, but has another process id and another time. `crates/capi` may not use this
    // crate and has an identical function; a test there compares the two.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(process::id());
    hasher.write_u128(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos());
    hasher.finish()
}
