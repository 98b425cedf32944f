//! One time limit over everything that is to be done.

use std::time::{Duration, Instant};

/// A time limit that began when it was made.
///
/// ```
/// use prestop_agent::deadline::Deadline;
/// use std::time::Duration;
///
/// let deadline = Deadline::after(Duration::from_secs(25));
/// assert!(deadline.left_until(0.4) <= Duration::from_secs(10));
/// assert!(deadline.left_until(1.0) > Duration::from_secs(20));
/// assert_eq!(deadline.chance_until(0.0), Duration::from_secs(1));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    begun: Instant,
    allowed: Duration,
}

impl Deadline {
    /// So much time from now on.
    pub fn after(allowed: Duration) -> Self {
        Self { begun: Instant::now(), allowed }
    }

    /// How much of the first `share` of it is left; shares are from 0 to 1, and what one step does not use is for the next.
    pub fn left_until(&self, share: f64) -> Duration {
        self.allowed.mul_f64(share.clamp(0.0, 1.0)).saturating_sub(self.elapsed())
    }

    /// The same for a step that has to have a chance: at least a quarter of what is left of everything, up to a second.
    pub fn chance_until(&self, share: f64) -> Duration {
        self.left_until(share).max((self.left() / 4).min(Duration::from_secs(1)))
    }

    /// How much of it is left.
    pub fn left(&self) -> Duration {
        self.left_until(1.0)
    }

    /// How much has passed.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// All of it.
    pub fn allowed(&self) -> Duration {
        self.allowed
    }

    /// Asks until the answer is true or `wait` is over; the last answer.
    pub fn poll(wait: Duration, mut done: impl FnMut() -> bool) -> bool {
        const PAUSE: Duration = Duration::from_millis(25);
        let begun = Instant::now();
        loop {
            if done() {
                return true;
            }
            let left = wait.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return false;
            }
            std::thread::sleep(left.min(PAUSE));
        }
    }
}
