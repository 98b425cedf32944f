//! The result of a delegation, and its line in the results file.

use super::row::{ReadRow, Row};
use super::text::{Fit, scrubbed};
use crate::Scrubber;
use crate::json::string;
use crate::value::{Node, float_as_key};

/// The most bytes of an id as it is shown: an id of the greatest accepted length may grow to this by its
/// markers.
const MAX_SHOWN_ID: usize = 4 * 1024;

/// How a delegation ended.
///
/// ```
/// use prestop::heartbeat::Status;
///
/// assert_eq!([Status::Completed, Status::Failed].map(Status::as_str), ["completed", "failed"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// The work was done.
    Completed,
    /// The work was not done.
    Failed,
}

impl Status {
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        match text {
            b"completed" => Some(Self::Completed),
            b"failed" => Some(Self::Failed),
            _ => None,
        }
    }

    /// The word that the platform uses: `completed` or `failed`.
    ///
    /// ```
    /// assert_eq!(prestop::heartbeat::Status::Completed.as_str(), "completed");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

/// The result of a delegation of this workspace. Every text in it is scrubbed and valid UTF-8 without NUL.
///
/// `delegation_id` has at most 4 KiB (and 9 bytes more if it contained a secret), the other ids at most 256
/// bytes, all other texts at most 16 KiB.
///
/// ```
/// use prestop::heartbeat::{DelegationResult, Delegations};
/// use prestop::{Preset, Scrubber};
///
/// let rows = br#"[{"delegation_id": "d-1", "source_id": "ws-1", "status": "failed", "error": "no route"}]"#;
/// let ingested = Delegations::new("ws-1").ingest_json(rows, 1.5, &Scrubber::new(Preset::Strict))?;
/// let result: &DelegationResult = &ingested.results[0];
/// assert_eq!((result.delegation_id.as_str(), result.error.as_str()), ("d-1", "no route"));
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DelegationResult {
    /// The id of the delegation, by which the result is confirmed.
    pub delegation_id: String,
    /// The workspace that was asked to do the work.
    pub target_id: String,
    /// This workspace.
    pub source_id: String,
    /// How the delegation ended.
    pub status: Status,
    /// What the work was about.
    pub summary: String,
    /// The beginning of the answer.
    pub response_preview: String,
    /// What went wrong.
    pub error: String,
    /// When the result was first seen, in Unix seconds.
    pub timestamp: f64,
}

impl DelegationResult {
    /// Scrubs a row of the workspace `source`, whose id is shown as `delegation_id`.
    pub(super) fn new(
        row: &ReadRow,
        delegation_id: String,
        source: &[u8],
        now: f64,
        scrubber: &Scrubber,
    ) -> Self {
        let text = |bytes: &[u8]| scrubbed(bytes, Fit::TEXT, scrubber);
        Self {
            delegation_id,
            target_id: scrubbed(&row.target, Fit::ID, scrubber),
            source_id: scrubbed(source, Fit::ID, scrubber),
            status: row.status.unwrap_or(Status::Failed),
            summary: text(&row.summary),
            response_preview: text(&row.preview),
            error: text(&row.error),
            timestamp: if now.is_finite() { now } else { 0.0 },
        }
    }

    /// Formats the result as one JSON object.
    ///
    /// ```
    /// # use prestop::{Preset, Scrubber, heartbeat::Delegations};
    /// # let rows = br#"[{"delegation_id": "d-1", "source_id": "ws-1", "status": "completed", "summary": "ok"}]"#;
    /// # let ingested = Delegations::new("ws-1").ingest_json(rows, 1.5, &Scrubber::new(Preset::Strict))?;
    /// assert_eq!(
    ///     String::from_utf8_lossy(&ingested.results[0].json()),
    ///     r#"{"delegation_id":"d-1","target_id":"","source_id":"ws-1","status":"completed","summary":"ok","response_preview":"","error":"","timestamp":1.5}"#
    /// );
    /// # Ok::<(), prestop::Error>(())
    /// ```
    pub fn json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        for (name, text) in [
            ("delegation_id", self.delegation_id.as_str()),
            ("target_id", &self.target_id),
            ("source_id", &self.source_id),
            ("status", self.status.as_str()),
            ("summary", &self.summary),
            ("response_preview", &self.response_preview),
            ("error", &self.error),
        ] {
            out.push(if out.is_empty() { b'{' } else { b',' });
            out.extend_from_slice(format!("\"{name}\":").as_bytes());
            string::push(text.as_bytes(), &mut out);
        }
        out.extend_from_slice(format!(",\"timestamp\":{}}}", float_as_key(self.timestamp)).as_bytes());
        out
    }

    /// Returns the line of the result in the results file, with its line break. It has at most 1 MiB, and is
    /// the same at every call.
    ///
    /// ```
    /// # use prestop::{Preset, Scrubber, heartbeat::Delegations};
    /// # let rows = br#"[{"delegation_id": "d-1", "source_id": "ws-1", "status": "completed", "summary": "a\nb"}]"#;
    /// # let ingested = Delegations::new("ws-1").ingest_json(rows, 1.5, &Scrubber::new(Preset::Strict))?;
    /// let line = ingested.results[0].line();
    /// assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
    /// assert_eq!(line.last(), Some(&b'\n'));
    /// # Ok::<(), prestop::Error>(())
    /// ```
    pub fn line(&self) -> Vec<u8> {
        let mut line = self.json();
        line.push(b'\n');
        line
    }

    /// How many bytes its texts have.
    pub(super) fn weight(&self) -> usize {
        let ids = self.delegation_id.len() + self.target_id.len() + self.source_id.len();
        ids + self.summary.len() + self.response_preview.len() + self.error.len()
    }
}

/// Returns the id under which the result of a row is returned, confirmed and written: the row's own id, or
/// one with a marker and a checksum if it contains a secret. `None` if the row is not a delegation.
///
/// ```
/// use prestop::value::Json;
/// use prestop::{Preset, Scrubber, heartbeat};
///
/// let scrubber = Scrubber::new(Preset::Strict);
/// let shown = |row| heartbeat::result_id(&Json::Value(&row), &scrubber);
/// assert_eq!(shown(serde_json::json!({"delegation_id": "d-1"})).as_deref(), Some("d-1"));
/// assert_eq!(shown(serde_json::json!({"delegation_id": 5})).as_deref(), Some("5"));
/// assert_eq!(shown(serde_json::json!(["d-1"])), None);
/// ```
pub fn result_id<N: Node>(row: &N, scrubber: &Scrubber) -> Option<String> {
    Row::of(row).map(|row| shown_id(&row.id, scrubber))
}

/// Returns the id as it is shown and stored. A checksum follows an id that contained a secret, so that two
/// such ids stay different.
pub(super) fn shown_id(id: &str, scrubber: &Scrubber) -> String {
    let shown = scrubbed(id.as_bytes(), Fit { limit: MAX_SHOWN_ID, ..Fit::ID }, scrubber);
    if shown == id { shown } else { format!("{shown}-{:08x}", crc32c::crc32c(id.as_bytes())) }
}
