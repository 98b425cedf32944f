//! What a platform shows of a conversation while its workspace is off: the last messages, within its limit.

use super::text::{encoded_len, tail, text_start, valid};
use super::time::is_time;
use crate::json::{self, Value, string};
use crate::scrub::{Field, Tally};
use crate::{Error, ErrorKind, Result, Scrubber};

/// The most bytes that the platform takes, as they are sent (64 KiB).
///
/// ```
/// assert_eq!(prestop::agentapi::MAX_LOG_SNAPSHOT, 65_536);
/// ```
pub const MAX_LOG_SNAPSHOT: usize = 65_536;

/// The most messages in it.
///
/// ```
/// assert_eq!(prestop::agentapi::MAX_LOG_SNAPSHOT_MESSAGES, 10);
/// ```
pub const MAX_LOG_SNAPSHOT_MESSAGES: usize = 10;

const BEFORE: &[u8] = br#"{"messages":["#;
const AFTER: &[u8] = b"]}";

/// So much of a long message's end is searched, in bytes, so that it takes no longer than that; and so much of this is not shown, since what
/// stands in front of it may say that it is a secret.
const SEARCHED: usize = 1 << 19;
const UNSURE: usize = 1 << 16;

/// So much is kept free until the oldest message is known, so that it can be there in part and say so: its id, role
/// and time, the notice, and a few words.
const RESERVE: usize = 640;

/// A body for the platform.
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
    /// How many messages it holds.
    pub messages: usize,
    /// How many the conversation has.
    pub of: usize,
    /// Whether something of the last ten had to go. The oldest message that is left says so in its text.
    pub truncated: bool,
    /// What was redacted.
    pub tally: Tally,
}

/// The last messages of a conversation as a body for the platform: secrets scrubbed, the newest kept, never over
/// [`MAX_LOG_SNAPSHOT`] bytes whatever the text. `None` where there is no message.
///
/// `messages` is what `GET /messages` gives, or only its array. What the platform's reader would refuse is made right: text is
/// valid UTF-8 without NUL, an id is a number (else its place), a role is `user` or `agent`, a time that is none is left
/// out. Other members, and items that are no objects, are left out too. Where the last ten messages do not fit, the oldest go;
/// the oldest one that is left is cut at its head if that helps, and begins with a notice in either case. Of a message of more than 512 KiB only
/// the last 512 KiB are searched, and of these the first 64 KiB do not show.
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
/// As [`json::check`], and [`ErrorKind::InvalidInput`] where there is no array of messages.
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

/// One message, as the platform takes it.
struct Message {
    id: i64,
    content: String,
    /// How many bytes in front of it were left out.
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
        let clean = valid(&clean);
        let shown = if from == 0 { 0 } else { text_start(&clean, UNSURE) };
        Self {
            id: id.unwrap_or(i64::try_from(place).unwrap_or(i64::MAX)),
            content: clean[shown..].to_owned(),
            left_out: from + shown,
            role: if text("role") == b"user" { "user" } else { "agent" },
            time: is_time(time).then(|| String::from_utf8_lossy(time).into_owned()),
        }
    }

    /// Appends it as a JSON object.
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

    /// How many bytes it takes, with the comma behind it.
    fn len(&self) -> usize {
        let mut frame = Vec::new();
        let content = String::new();
        Self { content, time: self.time.clone(), ..*self }.push(&mut frame);
        frame.len() - 2 + encoded_len(&self.content) + 1
    }

    /// Cuts its head so that it takes at most `room` bytes, and says in its text that something went.
    fn cut(&mut self, room: usize) {
        let frame = self.len() - encoded_len(&self.content);
        let all = self.content.len() + self.left_out;
        // As long as the notice can get, and its line breaks once more; what it says is only known after the cut.
        let room = room.saturating_sub(frame + 2 + notice(all, all).len() + 2);
        let kept = tail(&self.content, room);
        self.content = if kept.len() == all { EARLIER.to_owned() } else { notice(kept.len(), all) } + kept;
    }
}

/// Stands in front of the first message that is left, where it is whole.
const EARLIER: &str = "[...earlier messages truncated...]\n\n";

/// Stands in front of what is left of a message; never shorter than [`EARLIER`].
fn notice(kept: usize, of: usize) -> String {
    format!("[...content truncated, showing the last {kept} of {of} bytes...]\n\n")
}

/// As many of the messages as fit, the newest, and whether one was cut or marked.
fn fitted(mut messages: Vec<Message>) -> (Vec<Message>, bool) {
    let limit = MAX_LOG_SNAPSHOT - BEFORE.len() - AFTER.len();
    let lengths: Vec<usize> = messages.iter().map(Message::len).collect();
    // The last one has no comma behind it.
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
