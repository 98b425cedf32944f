//! The message to the user about one result.

use super::line::line;
use super::record::{DelegationResult, Status};
use crate::Scrubber;
use crate::json::string;

/// The most bytes of a summary.
const SUMMARY_LIMIT: usize = 160;
/// The most bytes of a preview or error.
const DETAIL_LIMIT: usize = 300;

/// A message to the user about one result: never empty, at most 1 KiB, scrubbed, and without control
/// characters except the line break between summary and result.
///
/// ```
/// use prestop::heartbeat::{Delegations, Notification};
/// use prestop::{Preset, Scrubber};
///
/// let rows = br#"[{"delegation_id": "d-1", "source_id": "ws-1", "status": "failed", "summary": "tests", "error": "no route"}]"#;
/// let mut delegations = Delegations::new("ws-1");
/// delegations.ingest_json(rows, 0.0, &Scrubber::new(Preset::Strict))?;
/// delegations.confirm(["d-1"]);
/// let notifications: Vec<Notification> = delegations.notifications();
/// assert_eq!(notifications[0].message, "Delegation failed: tests\nError: no route");
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notification {
    /// The id of the delegation.
    pub delegation_id: String,
    /// The message.
    pub message: String,
    /// How often sending it failed.
    pub(super) failures: u32,
}

impl Notification {
    pub(super) fn new(result: &DelegationResult, scrubber: &Scrubber) -> Self {
        let mut message = format!("Delegation {}", result.status.as_str());
        let detail = match result.status {
            Status::Completed => ("\nResult: ", &result.response_preview, DETAIL_LIMIT),
            Status::Failed => ("\nError: ", &result.error, DETAIL_LIMIT),
        };
        for (before, text, limit) in [(": ", &result.summary, SUMMARY_LIMIT), detail] {
            let text = line(text, limit, scrubber);
            if !text.is_empty() {
                message.push_str(before);
                message.push_str(&text);
            }
        }
        Self { delegation_id: result.delegation_id.clone(), message, failures: 0 }
    }

    /// Returns the body of the request that sends it: JSON, for `POST /workspaces/{id}/notify`.
    ///
    /// ```
    /// # use prestop::{Preset, Scrubber, heartbeat::Delegations};
    /// # let rows = br#"[{"delegation_id": "d-1", "source_id": "ws-1", "status": "completed"}]"#;
    /// # let mut delegations = Delegations::new("ws-1");
    /// # delegations.ingest_json(rows, 0.0, &Scrubber::new(Preset::Strict))?;
    /// # delegations.confirm(["d-1"]);
    /// assert_eq!(
    ///     String::from_utf8_lossy(&delegations.notifications()[0].body()),
    ///     r#"{"message":"Delegation completed","type":"delegation_result"}"#
    /// );
    /// # Ok::<(), prestop::Error>(())
    /// ```
    pub fn body(&self) -> Vec<u8> {
        let mut out = b"{\"message\":".to_vec();
        string::push(self.message.as_bytes(), &mut out);
        out.extend_from_slice(b",\"type\":\"delegation_result\"}");
        out
    }
}
