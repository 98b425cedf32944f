//! What a person wants to know of a snapshot. Everything in it has been scrubbed again; nothing is yet safe to look at.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use prestop::json::{self, Value};
use prestop::value::{Layout, scrub_json};
use prestop::{Result, Scrubber, snapshot};

use crate::document;
use crate::transcript::{Entry, lossy};

/// A snapshot, in parts.
#[derive(Debug, Default)]
pub struct View {
    /// The workspace's id.
    pub workspace: Option<String>,
    /// The session's id.
    pub session: Option<String>,
    /// What the agent was doing; empty when nothing.
    pub task: String,
    /// How many tasks it was doing.
    pub active: Option<String>,
    /// How long its process had run, in seconds.
    pub uptime: Option<u64>,
    /// When it was saved, as it is written.
    pub saved: Option<String>,
    /// How many seconds ago that was; none where it is not a time, or lies in the future.
    pub age: Option<u64>,
    /// The transcript.
    pub entries: Vec<Entry>,
    /// What was redacted, by label, as the markers say.
    pub redacted: BTreeMap<String, u64>,
}

impl View {
    /// What the document says, scrubbed by `scrubber`, at the time `now`.
    pub fn of(document: &[u8], scrubber: &Scrubber, now: SystemTime) -> Result<Self> {
        let (clean, _) = scrub_json(document, Layout::Compact, scrubber)?;
        // What was promoted stands twice, which is not what was redacted.
        let redacted = document::labels(&String::from_utf8_lossy(&clean));
        let promoted = json::parse(&snapshot::promote(&clean))?;
        let text = |name: &str| match promoted.get(name)? {
            Value::Text(text) => Some(lossy(text)),
            Value::Number(number) => Some(number.clone()),
            _ => None,
        };
        let saved = text("timestamp");
        let entries = match promoted.get("transcript_lines") {
            Some(Value::Array(items)) => items.iter().map(Entry::of).collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            workspace: text("workspace_id"),
            session: text("session_id"),
            task: text("current_task").unwrap_or_default(),
            active: text("active_tasks"),
            uptime: text("uptime_seconds").and_then(|seconds| seconds.parse().ok()),
            age: saved.as_deref().and_then(|saved| age(saved, now)),
            saved,
            entries,
            redacted,
        })
    }
}

/// Seconds since a time in RFC 3339.
fn age(saved: &str, now: SystemTime) -> Option<u64> {
    let saved = DateTime::parse_from_rfc3339(saved).ok()?.timestamp();
    let now = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    now.checked_sub(u64::try_from(saved).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prestop::Preset;
    use std::time::Duration;

    #[test]
    fn fields_come_from_where_they_stand() {
        let document = br#"{"workspace_id": "ws-1", "timestamp": "1970-01-01T00:01:00+00:00", "active_tasks": 2,
            "uptime_seconds": 7, "adapter": {"session_id": "s-1", "transcript_lines": ["a", "password=hunter2"]}}"#;
        let now = UNIX_EPOCH + Duration::from_secs(90);
        let view = View::of(document, &Scrubber::new(Preset::Balanced), now).expect("it is JSON");
        assert_eq!(view.workspace.as_deref(), Some("ws-1"));
        assert_eq!(view.session.as_deref(), Some("s-1"));
        assert_eq!((view.age, view.uptime, view.active.as_deref()), (Some(30), Some(7), Some("2")));
        assert_eq!(view.entries[1].text, "password=[REDACTED:PASSWORD]");
        assert_eq!(view.redacted.get("PASSWORD"), Some(&1));
    }

    #[test]
    fn any_document_has_a_view() {
        for document in ["[]", "null", r#"{"adapter": 1, "timestamp": [], "transcript_lines": {}}"#, "{}"] {
            let view = View::of(document.as_bytes(), &Scrubber::new(Preset::Strict), UNIX_EPOCH);
            assert!(view.is_ok_and(|view| view.entries.is_empty()), "{document}");
        }
    }
}
