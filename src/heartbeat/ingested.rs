//! What one list of delegations gave.

use super::record::DelegationResult;
use crate::json::string;

/// What one list of delegations gave.
///
/// ```
/// use prestop::heartbeat::{Delegations, Ingested};
/// use prestop::{Preset, Scrubber};
///
/// let rows = br#"[null, {"delegation_id": "d-9", "source_id": "another", "status": "completed"}]"#;
/// let ingested: Ingested = Delegations::new("ws-1").ingest_json(rows, 0.0, &Scrubber::new(Preset::Strict))?;
/// assert!(ingested.results.is_empty());
/// assert_eq!((ingested.foreign.as_slice(), ingested.skipped), (["d-9".to_owned()].as_slice(), 1));
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Ingested {
    /// Every result that is not confirmed, oldest first: those of this list and those of earlier ones.
    pub results: Vec<DelegationResult>,
    /// Ids of ended delegations that this workspace did not ask for, each told once: scrubbed, on one line, at most 128
    /// bytes.
    pub foreign: Vec<String>,
    /// Rows that are no delegation: no object, or without a usable id.
    pub skipped: usize,
    /// Rows that were left for a later list: those whose answer is still to come, and those that would take too much memory.
    pub left: usize,
}

impl Ingested {
    /// All of it as one JSON object.
    ///
    /// ```
    /// use prestop::{Preset, Scrubber, heartbeat::Delegations};
    ///
    /// let ingested = Delegations::new("ws-1").ingest_json(b"[5]", 0.0, &Scrubber::new(Preset::Strict))?;
    /// assert_eq!(ingested.json(), br#"{"results":[],"foreign":[],"skipped":1,"left":0}"#);
    /// # Ok::<(), prestop::Error>(())
    /// ```
    pub fn json(&self) -> Vec<u8> {
        let mut out = b"{\"results\":[".to_vec();
        for (index, result) in self.results.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend_from_slice(&result.json());
        }
        out.extend_from_slice(b"],\"foreign\":");
        string::push_all(&self.foreign, &mut out);
        out.extend_from_slice(format!(",\"skipped\":{},\"left\":{}}}", self.skipped, self.left).as_bytes());
        out
    }
}
