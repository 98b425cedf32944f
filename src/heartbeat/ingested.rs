//! The outcome of reading one list of delegations.

use super::record::DelegationResult;
use crate::json::string;

/// What [`Delegations::ingest`](super::Delegations::ingest) found in a list of delegations.
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
    /// Every result that is not confirmed, oldest first, whether it was in this list or in an earlier one.
    pub results: Vec<DelegationResult>,
    /// The ids of ended delegations that this workspace did not ask for, each reported once: scrubbed, on one
    /// line, at most 128 bytes.
    pub foreign: Vec<String>,
    /// How many rows are not delegations: not an object, or without a usable id.
    pub skipped: usize,
    /// How many rows were left for a later list: those whose answer is still to come, and those over the
    /// bounds on rows, on memory, and on the text that is scrubbed for one list (1 MiB).
    pub left: usize,
}

impl Ingested {
    /// Formats all of it as one JSON object.
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
