//! One time limit for all steps of a task.

use std::time::{Duration, Instant};

/// A time limit that started when it was created.
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
    /// Starts a limit of `allowed` from now.
    pub fn after(allowed: Duration) -> Self {
        Self { begun: Instant::now(), allowed }
    }

    /// Returns what is left of the first `share` of the time, from 0 to 1. What one step does not use is left
    /// for the next.
    pub fn left_until(&self, share: f64) -> Duration {
        self.allowed.mul_f64(share.clamp(0.0, 1.0)).saturating_sub(self.elapsed())
    }

    /// Like [`left_until`](Self::left_until), for a step that must have a chance: at least a quarter of all
    /// that is left, but no more than a second of that.
    pub fn chance_until(&self, share: f64) -> Duration {
        self.left_until(share).max((self.left() / 4).min(Duration::from_secs(1)))
    }

    /// Returns how much time is left.
    pub fn left(&self) -> Duration {
        self.left_until(1.0)
    }

    /// Returns how much time has passed.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// The whole time limit.
    pub fn allowed(&self) -> Duration {
        self.allowed
    }

    /// Calls `done` until it returns true or `wait` is over, and returns its last answer.
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
