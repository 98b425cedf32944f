//! The log snapshot: the last messages of a conversation, which the platform shows while the workspace is
//! off.

use super::text::{encoded_len, tail, text_start, valid_with_nul_replaced};
use super::time::is_time;
use crate::json::{self, Value, string};
use crate::scrub::{Field, Tally};
use crate::{Error, ErrorKind, Result, Scrubber};

/// The largest body that the platform accepts, in bytes as sent (64 KiB).
///
/// ```
/// assert_eq!(prestop::agentapi::MAX_LOG_SNAPSHOT, 65_536);
/// ```
pub const MAX_LOG_SNAPSHOT: usize = 65_536;

/// The most messages in a log snapshot.
///
/// ```
/// assert_eq!(prestop::agentapi::MAX_LOG_SNAPSHOT_MESSAGES, 10);
/// ```
pub const MAX_LOG_SNAPSHOT_MESSAGES: usize = 10;

const BEFORE: &[u8] = br#"{"messages":["#;
const AFTER: &[u8] = b"]}";

/// How many bytes at the end of a long message are searched, which bounds the time, and how many of these are
/// not shown because the text before them may be what makes them a secret.
const SEARCHED: usize = 1 << 19;
const UNSURE: usize = 1 << 16;

/// How many bytes are kept free for the oldest message that is shown: for its id, role and time, the notice,
/// and a few words, so that at least a part of it fits.
const RESERVE: usize = 640;

/// The body of a request to the platform.
///
/// ```
/// use prestop::{Preset, Scrubber, agentapi::log_snapshot};
///
/// let messages = format!(r#"[{{"id": 0, "role": "agent", "content": "{}"}}]"#, "é".repeat(70_000));
/// let snapshot = log_snapshot(messages.as_bytes(), &Scrubber::new(Preset::Balanced))?.expect("a message");
/// assert!(snapshot.body.len() <= 65_536 && snapshot.truncated);
/// assert_eq!((snapshot.messages, snapshot.of), (1, 1));
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogSnapshot {
    /// JSON: `{"messages": [{"id", "content", "role", "time"}]}`, never over [`MAX_LOG_SNAPSHOT`] bytes.
    pub body: Vec<u8>,
    /// How many messages the body contains.
    pub messages: usize,
    /// How many messages the conversation has.
    pub of: usize,
    /// Whether anything of the last ten messages was removed. The oldest remaining message then says so in
    /// its text.
    pub truncated: bool,
    /// What was redacted.
    pub tally: Tally,
}

/// Returns the last messages of a conversation as a body for the platform: scrubbed, with the newest kept,
/// and never over [`MAX_LOG_SNAPSHOT`] bytes, whatever the text. `None` if there is no message.
///
/// `messages` is the response to `GET /messages`, or only its array. What the platform would reject is
/// corrected: text becomes valid UTF-8 without NUL, an id that is not an integer becomes the position of the
/// message, any role but `user` becomes `agent`, and an invalid time is left out. Other members, and items
/// that are not objects, are left out, too.
///
/// If the last ten messages do not fit, the oldest are removed. The oldest one that remains is cut at its
/// beginning if that helps, and starts with a notice in any case. Of a message of more than 512 KiB only the
/// last 512 KiB are searched, and the first 64 KiB of these are not shown.
///
/// ```
/// use prestop::{Preset, Scrubber, agentapi::log_snapshot};
///
/// let scrubber = Scrubber::new(Preset::Balanced);
/// let answer = br#"{"$schema": "http://...", "messages": [
///     {"id": 0, "role": "user", "content": "PASSWORD=hunter2", "time": "2026-02-01T10:00:00Z"}]}"#;
/// let snapshot = log_snapshot(answer, &scrubber)?.expect("a message");
/// let body = r#"{"messages":[{"id":0,"content":"PASSWORD=[REDACTED:PASSWORD]","role":"user","time":"2026-02-01T10:00:00Z"}]}"#;
/// assert_eq!(String::from_utf8_lossy(&snapshot.body), body);
/// assert_eq!(log_snapshot(b"[]", &scrubber)?, None);
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// As [`json::check`], and [`ErrorKind::InvalidInput`] when there is no array of messages.
pub fn log_snapshot(messages: &[u8], scrubber: &Scrubber) -> Result<Option<LogSnapshot>> {
    let document = json::parse(messages)?;
    let items = match document.get("messages").unwrap_or(&document) {
        Value::Array(items) => items.as_slice(),
        Value::Null if document.get("messages").is_some() => &[],
        _ => return Err(Error::new(ErrorKind::InvalidInput, "there is no array of messages")),
    };
    let objects: Vec<(usize, &Value)> =
        items.iter().enumerate().filter(|(_, item)| matches!(item, Value::Object(_))).collect();
    let mut tally = Tally::default();
    let last = &objects[objects.len().saturating_sub(MAX_LOG_SNAPSHOT_MESSAGES)..];
    let last: Vec<Message> =
        last.iter().map(|&(place, item)| Message::new(place, item, scrubber, &mut tally)).collect();
    if last.is_empty() {
        return Ok(None);
    }
    let wanted = last.len();
    let (kept, cut) = fitted(last);
    Ok(Some(LogSnapshot {
        messages: kept.len(),
        of: objects.len(),
        truncated: cut || kept.len() < wanted,
        body: encoded(&kept),
        tally,
    }))
}

/// One message in the form that the platform accepts.
struct Message {
    id: i64,
    content: String,
    /// How many bytes before `content` were left out.
    left_out: usize,
    role: &'static str,
    time: Option<String>,
}

impl Message {
    fn new(place: usize, item: &Value, scrubber: &Scrubber, tally: &mut Tally) -> Self {
        let text = |name| match item.get(name) {
            Some(Value::Text(text)) => text.as_slice(),
            _ => b"",
        };
        let id = match item.get("id") {
            Some(Value::Number(digits)) => digits.parse().ok(),
            _ => None,
        };
        let time = text("time");
        let content = text("content");
        let from = content.len().saturating_sub(SEARCHED);
        let clean = scrubber.scrub_field(&content[from..], Field::Ordinary, tally);
        let clean = valid_with_nul_replaced(&clean);
        let shown = if from == 0 { 0 } else { text_start(&clean, UNSURE) };
        Self {
            id: id.unwrap_or(i64::try_from(place).unwrap_or(i64::MAX)),
            content: clean[shown..].to_owned(),
            left_out: from + shown,
            role: if text("role") == b"user" { "user" } else { "agent" },
            time: is_time(time).then(|| String::from_utf8_lossy(time).into_owned()),
        }
    }

    /// Appends the message as a JSON object.
    fn push(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{{\"id\":{},\"content\":", self.id).as_bytes());
        string::push(self.content.as_bytes(), out);
        out.extend_from_slice(format!(",\"role\":\"{}\"", self.role).as_bytes());
        if let Some(time) = &self.time {
            out.extend_from_slice(b",\"time\":");
            string::push(time.as_bytes(), out);
        }
        out.push(b'}');
    }

    /// How many bytes the message takes, with the comma after it.
    fn len(&self) -> usize {
        let mut frame = Vec::new();
        let content = String::new();
        Self { content, time: self.time.clone(), ..*self }.push(&mut frame);
        frame.len() - 2 + encoded_len(&self.content) + 1
    }

    /// Cuts the beginning so that the message takes at most `room` bytes, and says in its text that something
    /// was removed.
    fn cut(&mut self, room: usize) {
        let frame = self.len() - encoded_len(&self.content);
        let all = self.content.len() + self.left_out;
        // The longest possible notice, and its line breaks once more because they are escaped; the real
        // notice is known only after the cut.
        let room = room.saturating_sub(frame + 2 + notice(all, all).len() + 2);
        let kept = tail(&self.content, room);
        self.content = if kept.len() == all { EARLIER.to_owned() } else { notice(kept.len(), all) } + kept;
    }
}

/// The notice before the first remaining message, if it is complete.
const EARLIER: &str = "[...earlier messages truncated...]\n\n";

/// The notice before what remains of a message; never shorter than [`EARLIER`].
fn notice(kept: usize, of: usize) -> String {
    format!("[...content truncated, showing the last {kept} of {of} bytes...]\n\n")
}

/// Returns the newest messages, as many as fit, and whether one was cut or given a notice.
fn fitted(mut messages: Vec<Message>) -> (Vec<Message>, bool) {
    let limit = MAX_LOG_SNAPSHOT - BEFORE.len() - AFTER.len();
    let lengths: Vec<usize> = messages.iter().map(Message::len).collect();
    // There is no comma after the last message.
    if lengths.iter().sum::<usize>() <= limit + 1 {
        return (messages, false);
    }
    let mut taken = 0;
    let mut first = messages.len();
    for (at, length) in lengths.iter().enumerate().rev() {
        first = at;
        if taken + length > limit - RESERVE {
            break;
        }
        taken += length;
    }
    messages.drain(..first);
    if let Some(oldest) = messages.first_mut() {
        oldest.cut(limit - taken);
    }
    (messages, true)
}

fn encoded(messages: &[Message]) -> Vec<u8> {
    let mut out = BEFORE.to_vec();
    for (at, message) in messages.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        message.push(&mut out);
    }
    out.extend_from_slice(AFTER);
    out
}
