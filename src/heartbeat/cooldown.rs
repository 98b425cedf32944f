//! The pause between two wake-up messages, so that the agent does not wake itself without end.

/// The seconds between two wake-ups, unless the host sets another time.
const PERIOD: f64 = 60.0;

/// When the next wake-up may be sent. Times are Unix seconds of the host's clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cooldown {
    pub(super) period: f64,
    pub(super) last: Option<f64>,
}

impl Cooldown {
    pub(super) fn new() -> Self {
        Self { period: PERIOD, last: None }
    }

    /// Whether the pause is over at `now`. A clock that stepped back must not silence the agent, so the pause
    /// counts as over then. For a NaN it is over only if there was no wake-up before.
    pub(super) fn is_over(&self, now: f64) -> bool {
        self.last.is_none_or(|last| now < last || now - last >= self.period)
    }

    pub(super) fn begin(&mut self, now: f64) {
        self.last = now.is_finite().then_some(now).or(self.last);
    }
}
