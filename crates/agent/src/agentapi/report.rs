//! The report of a stop, phase by phase.

use std::fmt;
use std::time::Duration;

use serde_json::json;

/// How a phase ended.
///
/// ```
/// use prestop_agent::agentapi::Outcome;
///
/// assert_eq!([Outcome::Done, Outcome::Skipped, Outcome::Failed].map(Outcome::as_str), ["done", "skipped", "failed"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The phase did what it is for.
    Done,
    /// There was nothing to do, or it was not wanted.
    Skipped,
    /// Something that was wanted is missing.
    Failed,
}

impl Outcome {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// One phase.
///
/// ```
/// use prestop_agent::agentapi::{Settings, stop};
///
/// let report = stop(&Settings::default(), &prestop::Scrubber::new(prestop::Preset::Balanced));
/// let phase = report.phase("identify").expect("it is always there");
/// assert_eq!((phase.outcome.as_str(), phase.code), ("skipped", "no_pid_file"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Phase {
    /// The name of the phase.
    pub name: &'static str,
    /// How the phase ended.
    pub outcome: Outcome,
    /// How it ended, for programs: one word, which does not change between versions.
    pub code: &'static str,
    /// How it ended, for people: one line without secrets.
    pub detail: String,
    /// The status of the last HTTP answer, where there was one.
    pub http_status: Option<u16>,
    /// How long the phase took.
    pub took: Duration,
}

/// What a stop did.
///
/// ```
/// use prestop_agent::agentapi::{Settings, stop};
///
/// let report = stop(&Settings::default(), &prestop::Scrubber::new(prestop::Preset::Balanced));
/// assert!(report.succeeded() && report.exit_status() == 0);
/// assert!(report.to_string().lines().count() == report.phases().len() + 1);
/// assert_eq!(report.to_json()["ok"], true);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    phases: Vec<Phase>,
    pub(super) process: Option<u32>,
    pub(super) took: Duration,
    pub(super) allowed: Duration,
}

impl Report {
    pub(super) fn new(allowed: Duration) -> Self {
        Self { phases: Vec::new(), process: None, took: Duration::ZERO, allowed }
    }

    pub(super) fn push(&mut self, name: &'static str, took: Duration, ending: Ending) {
        let Ending { outcome, code, detail, http_status } = ending;
        self.phases.push(Phase { name, outcome, code, detail, http_status, took });
    }

    /// Adds a phase that ended after later ones; it is inserted directly after the phase `other`.
    pub(super) fn push_after(&mut self, other: &str, name: &'static str, took: Duration, ending: Ending) {
        self.push(name, took, ending);
        let at = self.phases.iter().position(|phase| phase.name == other).map_or(0, |at| at + 1);
        self.phases[at..].rotate_right(1);
    }

    /// The phases, in their order.
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// Returns the phase of this name.
    pub fn phase(&self, name: &str) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.name == name)
    }

    /// The number of the process that was identified.
    pub fn process(&self) -> Option<u32> {
        self.process
    }

    /// Whether the process has ended, or none ran, and nothing that was wanted is missing.
    pub fn succeeded(&self) -> bool {
        self.phases.iter().all(|phase| phase.outcome != Outcome::Failed)
    }

    /// 0 if it [succeeded](Self::succeeded), else 1.
    pub fn exit_status(&self) -> u8 {
        u8::from(!self.succeeded())
    }

    /// Returns the report for programs.
    pub fn to_json(&self) -> serde_json::Value {
        let seconds = |time: Duration| (time.as_secs_f64() * 1_000.0).round() / 1_000.0;
        let phases: Vec<_> = self
            .phases
            .iter()
            .map(|phase| {
                json!({
                    "phase": phase.name,
                    "outcome": phase.outcome.as_str(),
                    "code": phase.code,
                    "detail": phase.detail,
                    "http_status": phase.http_status,
                    "seconds": seconds(phase.took),
                })
            })
            .collect();
        json!({
            "ok": self.succeeded(),
            "pid": self.process,
            "seconds": seconds(self.took),
            "deadline": seconds(self.allowed),
            "phases": phases,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Phase { name, outcome, detail, took, .. } in &self.phases {
            writeln!(f, "{name:<10} {:<8} {:>6.2} s  {detail}", outcome.as_str(), took.as_secs_f64())?;
        }
        let done = if self.phase("terminate").is_some() { "stopped" } else { "prepared" };
        let word = if self.succeeded() { done } else { "NOT all done" };
        write!(f, "{word} in {:.2} of {:.0} s", self.took.as_secs_f64(), self.allowed.as_secs_f64())
    }
}

/// How a phase ended, before its name and duration are known.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) outcome: Outcome,
    pub(super) code: &'static str,
    pub(super) detail: String,
    pub(super) http_status: Option<u16>,
}

impl Ending {
    pub(super) fn done(code: &'static str, detail: impl Into<String>) -> Self {
        Self { outcome: Outcome::Done, code, detail: detail.into(), http_status: None }
    }

    pub(super) fn skipped(code: &'static str, detail: impl Into<String>) -> Self {
        Self { outcome: Outcome::Skipped, ..Self::done(code, detail) }
    }

    pub(super) fn failed(code: &'static str, detail: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, ..Self::done(code, detail) }
    }

    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.http_status = Some(status);
        self
    }
}
