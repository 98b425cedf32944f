//! AgentAPI's state file, version 1: the conversation and the initial prompt.

use super::time::is_time;
use crate::json::{self, Value, string};
use crate::scrub::{Field, Tally};
use crate::value::{Encoder, Layout, Parsed, Walk};
use crate::{Error, ErrorKind, Result, Scrubber};

/// The members of the file and of a message that are handled one by one.
const MEMBERS: [&str; 4] = ["version", "messages", "initial_prompt", "initial_prompt_sent"];
const MESSAGE_MEMBERS: [&str; 4] = ["id", "message", "role", "time"];

/// A state that AgentAPI can load.
///
/// ```
/// use prestop::agentapi::State;
///
/// let file = br#"{"version":1,"messages":[{"id":0,"message":"hello","role":"agent","time":"2026-02-01T10:00:00Z"}],
///     "initial_prompt":"","initial_prompt_sent":false}"#;
/// let state = State::parse(file)?;
/// assert_eq!((state.messages(), state.has_conversation()), (1, false));
/// let scrubber = prestop::Scrubber::new(prestop::Preset::Balanced);
/// assert!(state.covers(br#"{"messages":[{"id":0,"content":"hello"}]}"#, &scrubber));
/// assert!(!state.covers(br#"{"messages":[{"id":0,"content":"hello"},{"id":1,"content":"x"}]}"#, &scrubber));
/// // What it is written as is read again, by us as by AgentAPI.
/// assert_eq!(State::parse(&state.to_json())?, state);
/// assert!(State::parse(br#"{"version":2}"#).is_err());
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct State {
    /// All members in their order, including those that this version does not have.
    members: Vec<(Vec<u8>, Value)>,
}

impl State {
    /// Parses a state file: what this accepts, AgentAPI loads. Bytes after the object are ignored, as
    /// AgentAPI does.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] over 64 MiB; [`ErrorKind::InvalidInput`], without the text of the file, for
    /// what AgentAPI refuses to load: not a JSON object, another version, a member of another type, an
    /// invalid time.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        // What is not UTF-8 after the object is ignored with everything else there.
        let object = json::first_object(bytes).map_err(|error| match std::str::from_utf8(bytes) {
            Err(odd) if error.kind() == ErrorKind::InvalidInput => not_utf8(odd.valid_up_to()),
            _ => error,
        })?;
        let object = object.ok_or_else(|| invalid("it is not a JSON object"))?;
        if json::check(object)?.non_finite {
            return Err(invalid("a number is not finite"));
        }
        let Value::Object(members) = json::parse(object)? else {
            return Err(invalid("it is not a JSON object"));
        };
        let state = Self { members };
        match state.get("version") {
            Some(Value::Number(version)) if version == "1" => {}
            _ => return Err(invalid("its version is not 1")),
        }
        match state.get("messages") {
            Some(Value::Array(messages)) => messages.iter().try_for_each(check_message)?,
            // An empty list may be written as null.
            Some(Value::Null) => {}
            _ => return Err(invalid("its messages are not a list")),
        }
        if !matches!(state.get("initial_prompt"), None | Some(Value::Text(_))) {
            return Err(invalid("its first prompt is not a text"));
        }
        if !matches!(state.get("initial_prompt_sent"), None | Some(Value::Bool(_))) {
            return Err(invalid("whether its first prompt was sent is not true or false"));
        }
        Ok(state)
    }

    /// How many messages the state contains.
    pub fn messages(&self) -> usize {
        self.message_list().len()
    }

    /// Whether the user has said anything to the agent. Without that, the state only has the agent's start
    /// screen, which is what AgentAPI saves when it is stopped before it has loaded the conversation.
    pub fn has_conversation(&self) -> bool {
        self.message_list()
            .iter()
            .any(|message| matches!(message.get("role"), Some(Value::Text(role)) if role == b"user"))
    }

    /// Returns the same state without secrets, and what was redacted. Ids, times and the roles `user` and
    /// `agent` are left alone, and so is the number of messages: the output of a sandbox, which a snapshot
    /// drops, is only scrubbed.
    ///
    /// ```
    /// use prestop::agentapi::State;
    /// use prestop::{Preset, Scrubber};
    ///
    /// let state = br#"{"version": 1, "messages": [], "initial_prompt": "password=q7Rk2mXw9Tb4", "initial_prompt_sent": true}"#;
    /// let (clean, tally) = State::parse(state)?.scrubbed(&Scrubber::new(Preset::Balanced));
    /// assert_eq!(tally.redactions()["PASSWORD"], 1);
    /// assert!(!String::from_utf8_lossy(&clean.to_json()).contains("q7Rk2m"));
    /// # Ok::<(), prestop::Error>(())
    /// ```
    #[must_use]
    pub fn scrubbed(&self, scrubber: &Scrubber) -> (Self, Tally) {
        let mut tally = Tally::default();
        let mut members = Vec::with_capacity(self.members.len());
        for (name, value) in &self.members {
            let value = match (name.as_slice(), value) {
                (b"initial_prompt", Value::Text(text)) => scrubbed_text(text, scrubber, &mut tally),
                (b"messages", Value::Array(messages)) => Value::Array(
                    messages.iter().map(|message| scrubbed_message(message, scrubber, &mut tally)).collect(),
                ),
                _ => value.clone(),
            };
            members.push((name.clone(), value));
        }
        (Self { members: with_others_scrubbed(members, &MEMBERS, scrubber, &mut tally) }, tally)
    }

    /// Whether this state contains the conversation in `messages`, a response to `GET /messages`: at least as
    /// many messages, and the same text in the last of those shown, after scrubbing and without trailing
    /// white space. False if `messages` is empty or invalid.
    pub fn covers(&self, messages: &[u8], scrubber: &Scrubber) -> bool {
        let Ok(answer) = json::parse(messages) else { return false };
        let Value::Array(shown) = answer.get("messages").unwrap_or(&answer) else { return false };
        let own = self.message_list();
        let text = |message: Option<&Value>, name| match message.and_then(|message| message.get(name)) {
            Some(Value::Text(text)) => Some(scrubber.scrub_bytes(text).trim_ascii_end().to_vec()),
            _ => None,
        };
        let same = |last: usize| text(own.get(last), "message") == text(shown.last(), "content");
        own.len() >= shown.len() && shown.len().checked_sub(1).is_some_and(same)
    }

    /// Formats the file: one line of JSON, as AgentAPI writes it.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        push_members(&self.members, &mut out);
        out.push(b'\n');
        out
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.members.iter().find(|(key, _)| key == name.as_bytes()).map(|(_, value)| value)
    }

    fn message_list(&self) -> &[Value] {
        match self.get("messages") {
            Some(Value::Array(messages)) => messages,
            _ => &[],
        }
    }
}

impl std::fmt::Debug for State {
    // Without the conversation, since debug output ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("messages", &self.messages()).finish_non_exhaustive()
    }
}

/// Whether a file is JSON of an unknown version: only its secrets may be changed, and it must not be lost.
pub(super) fn is_of_another_version(bytes: &[u8]) -> bool {
    let Ok(document) = json::parse(bytes) else { return false };
    matches!(document.get("version"), Some(Value::Number(version)) if version != "1")
}

fn check_message(message: &Value) -> Result<()> {
    let is_text = |name| matches!(message.get(name), Some(Value::Text(_)));
    let id = matches!(message.get("id"), Some(Value::Number(digits)) if digits.parse::<i64>().is_ok());
    let time = matches!(message.get("time"), Some(Value::Text(time)) if is_time(time));
    match () {
        () if !id => Err(invalid("the id of a message is not an integer")),
        () if !is_text("message") || !is_text("role") => Err(invalid("a message has no text or no role")),
        () if !time => Err(invalid("the time of a message is none")),
        () => Ok(()),
    }
}

fn not_utf8(offset: usize) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("not a state of AgentAPI: it is not UTF-8 at offset {offset}"),
    )
}

fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("not a state of AgentAPI: {what}"))
}

fn scrubbed_text(text: &[u8], scrubber: &Scrubber, tally: &mut Tally) -> Value {
    Value::Text(scrubber.scrub_field(text, Field::Ordinary, tally).into_owned())
}

fn scrubbed_message(message: &Value, scrubber: &Scrubber, tally: &mut Tally) -> Value {
    let Value::Object(members) = message else { return message.clone() };
    let members = members.iter().map(|(name, value)| {
        let value = match (name.as_slice(), value) {
            (b"message", Value::Text(text)) => scrubbed_text(text, scrubber, tally),
            (b"role", Value::Text(role)) if !matches!(role.as_slice(), b"user" | b"agent") => {
                scrubbed_text(role, scrubber, tally)
            }
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    let members = members.collect();
    Value::Object(with_others_scrubbed(members, &MESSAGE_MEMBERS, scrubber, tally))
}

/// Scrubs the members that this version does not have by their keys and values, like those of a snapshot.
fn with_others_scrubbed(
    members: Vec<(Vec<u8>, Value)>,
    known: &[&str],
    scrubber: &Scrubber,
    tally: &mut Tally,
) -> Vec<(Vec<u8>, Value)> {
    let is_known = |name: &[u8]| known.iter().any(|known| known.as_bytes() == name);
    let (mut members, others): (Vec<_>, Vec<_>) = members.into_iter().partition(|(name, _)| is_known(name));
    if others.is_empty() {
        return members;
    }
    let others = Value::Object(others);
    let walk = Walk::new(scrubber, Encoder::new(Layout::Compact));
    let (encoder, redacted) = walk.run(&Parsed::Value(&others));
    tally.add(&redacted);
    if let Ok(Value::Object(others)) = json::parse(&encoder.into_bytes()) {
        members.extend(others);
    }
    members
}

fn push_members(members: &[(Vec<u8>, Value)], out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (name, value)) in members.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        string::push(name, out);
        out.push(b':');
        push_value(value, out);
    }
    out.push(b'}');
}

/// Appends a value as JSON. The recursion is bounded by the depth that the parser accepts.
fn push_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(digits) => out.extend_from_slice(digits.as_bytes()),
        Value::Text(text) => string::push(text, out),
        Value::Object(members) => push_members(members, out),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                push_value(item, out);
            }
            out.push(b']');
        }
    }
}
