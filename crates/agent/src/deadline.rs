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
