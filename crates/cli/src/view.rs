//! The parts of a snapshot that people want to see. All have been scrubbed again, but may contain control
//! characters.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use prestop::json::{self, Value};
use prestop::value::{Layout, scrub_json};
use prestop::{Result, Scrubber, snapshot};

use crate::document;
use crate::transcript::{Entry, lossy};

/// The parts of a snapshot.
#[derive(Debug, Default)]
pub struct View {
    /// The id of the workspace.
    pub workspace: Option<String>,
    /// The id of the session.
    pub session: Option<String>,
    /// What the agent was doing; empty if nothing.
    pub task: String,
    /// How many tasks it was working on.
    pub active: Option<String>,
    /// How long its process had run, in seconds.
    pub uptime: Option<u64>,
    /// When the snapshot was saved, as it is written.
    pub saved: Option<String>,
    /// How many seconds ago that was; `None` if it is not a time, or lies in the future.
    pub age: Option<u64>,
    /// The transcript.
    pub entries: Vec<Entry>,
    /// What was redacted, by label, counted by the markers.
    pub redacted: BTreeMap<String, u64>,
}

impl View {
    /// Reads the document, scrubbed by `scrubber`, at the time `now`.
    pub fn of(document: &[u8], scrubber: &Scrubber, now: SystemTime) -> Result<Self> {
        let (clean, _) = scrub_json(document, Layout::Compact, scrubber)?;
        // Counted before promotion: promoted members occur twice, and so would their markers.
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

/// Returns the seconds since a time in RFC 3339.
fn age(saved: &str, now: SystemTime) -> Option<u64> {
    let saved = DateTime::parse_from_rfc3339(saved).ok()?.timestamp();
    let now = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    now.checked_sub(u64::try_from(saved).ok()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::page::{About, page};
    use prestop::Preset;
    use proptest::prelude::*;
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

    /// Documents with arbitrary fields, under the names that the view reads.
    fn document() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "[a-z<>&\"\u{1b}\u{202e}\n\\[\\]:T0-9-]{0,24}".prop_map(Into::into),
            Just("{\"role\": \"user\", \"content\": [{\"type\": \"tool_use\"}]}".into()),
        ];
        let name = prop::sample::select(vec![
            "adapter",
            "transcript_lines",
            "session_id",
            "timestamp",
            "current_task",
            "uptime_seconds",
            "role",
            "content",
            "message",
            "type",
            "text",
            "input",
            "name",
            "ts",
        ]);
        leaf.prop_recursive(5, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::vec((name.clone(), inner), 0..6).prop_map(|members| {
                    let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                    serde_json::Value::Object(members.collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_a_snapshot_holds_it_has_a_view_and_a_page(document in document()) {
            let bytes = document.to_string().into_bytes();
            let view = View::of(&bytes, &Scrubber::new(Preset::Balanced), SystemTime::now()).unwrap();
            let about = About { path: String::new(), bytes: 0, state: "", fine: true };
            let page = page(&view, &about);
            prop_assert!(page.chars().all(|letter| !letter.is_control() || matches!(letter, '\n' | '\t')));
            prop_assert_eq!(page.matches("<li class=\"entry").count(), view.entries.len());
        }
    }

    #[test]
    fn any_document_has_a_view() {
        for document in ["[]", "null", r#"{"adapter": 1, "timestamp": [], "transcript_lines": {}}"#, "{}"] {
            let view = View::of(document.as_bytes(), &Scrubber::new(Preset::Strict), UNIX_EPOCH);
            assert!(view.is_ok_and(|view| view.entries.is_empty()), "{document}");
        }
    }
}
