//! The content of a snapshot, built from the state of a host and the time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::DateTime;

use crate::json::{self, Value, string};
use crate::{Error, ErrorKind, Result};

/// The Unix seconds that a timestamp can express: the years 0 to 9999.
const TIMES: std::ops::Range<f64> = -62_167_219_200.0..253_402_300_800.0;

/// The state of a host, as far as it goes into a snapshot. Text is WTF-8, and nothing is scrubbed yet.
///
/// ```
/// use prestop::snapshot::State;
///
/// let (state, now) = State::from_json(br#"{"workspace_id": "ws-1", "active_tasks": 2, "now": 1.5}"#)?;
/// assert_eq!(state.workspace_id.as_deref(), Some(b"ws-1".as_slice()));
/// assert_eq!(state.active_tasks, 2);
/// assert_eq!(now, Some(std::time::UNIX_EPOCH + std::time::Duration::from_millis(1_500)));
/// assert!(State::from_json(br#"{"active_tasks": "two"}"#).is_err());
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct State {
    /// The id of the workspace. `None` is written as `unknown`; an empty id stays empty.
    pub workspace_id: Option<Vec<u8>>,
    /// What the agent is doing; empty when it is idle.
    pub current_task: Vec<u8>,
    /// How many tasks the agent is working on.
    pub active_tasks: i64,
    /// When the host started, in Unix seconds. Without it there is no uptime.
    pub start_time: Option<f64>,
    /// The id of the host's session. It is left out when the adapter has one of its own that is not empty.
    pub session_id: Option<Vec<u8>>,
    /// The adapter's own state, any JSON document; empty means `{}`.
    pub adapter: Vec<u8>,
}

impl std::fmt::Debug for State {
    // The state is not scrubbed, so none of it is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl State {
    /// Reads a state from a JSON object with the members `workspace_id`, `start_time`, `current_task`,
    /// `active_tasks`, `session_id` and `adapter`. Also returns its member `now` (in Unix seconds), if it has
    /// one.
    ///
    /// A member that is missing or `null` is as in [`State::default`]; other members are ignored.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] when `state` is not a JSON object, when a member has the wrong type, and
    /// when a time is outside the years 0 to 9999 (given in milliseconds, for example); the message names the
    /// member. [`ErrorKind::TooLarge`] over [`json::MAX_INPUT`]; what is smaller but too large for a file is
    /// cut when it is written.
    pub fn from_json(state: &[u8]) -> Result<(Self, Option<SystemTime>)> {
        let Some(members) = json::members_up_to(state, json::MAX_INPUT)? else {
            return Err(Error::new(ErrorKind::InvalidInput, "the state is not a JSON object"));
        };
        let raw = |name: &str| {
            let found = members.iter().rev().find(|(key, _)| key == name.as_bytes());
            found.map(|(_, at)| &state[at.clone()]).filter(|value| *value != b"null")
        };
        let value = |name: &str| raw(name).map(parse).transpose();
        let text = |name: &str| match value(name)? {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(mistyped(name, "a string")),
        };
        let seconds = |name: &str| match value(name)? {
            None => Ok(None),
            Some(Value::Number(number)) => {
                let seconds = number.parse::<f64>().ok().filter(|seconds| TIMES.contains(seconds));
                seconds
                    .map(Some)
                    .ok_or_else(|| mistyped(name, "a time in Unix seconds, of the years 0 to 9999"))
            }
            Some(_) => Err(mistyped(name, "a number")),
        };
        let built = Self {
            workspace_id: text("workspace_id")?,
            current_task: text("current_task")?.unwrap_or_default(),
            active_tasks: match value("active_tasks")? {
                None => 0,
                Some(Value::Number(number)) => {
                    number.parse().map_err(|_| mistyped("active_tasks", "an integer"))?
                }
                Some(_) => return Err(mistyped("active_tasks", "an integer")),
            },
            start_time: seconds("start_time")?,
            session_id: text("session_id")?,
            adapter: raw("adapter").unwrap_or_default().to_owned(),
        };
        Ok((built, seconds("now")?.map(moment)))
    }
}

/// Builds the content of a snapshot as one JSON object. It is not scrubbed yet.
///
/// ```
/// use prestop::snapshot::{State, build};
/// use std::time::{Duration, SystemTime};
///
/// let mut state = State::default();
/// state.current_task = b"tests".to_vec();
/// state.start_time = Some(1_000.0);
/// let built = build(&state, SystemTime::UNIX_EPOCH + Duration::from_millis(2_500_500))?;
/// assert_eq!(
///     String::from_utf8_lossy(&built),
///     r#"{"workspace_id": "unknown", "timestamp": "1970-01-01T00:41:40.500000+00:00", "current_task": "tests", "active_tasks": 0, "uptime_seconds": 1500, "adapter": {}}"#
/// );
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidInput`] when the adapter's state is not JSON, [`ErrorKind::TooLarge`] when it is over
/// [`json::MAX_INPUT`].
pub fn build(state: &State, now: SystemTime) -> Result<Vec<u8>> {
    let adapter: &[u8] = if state.adapter.is_empty() { b"{}" } else { &state.adapter };
    let mut out = b"{\"workspace_id\": ".to_vec();
    string::push(state.workspace_id.as_deref().unwrap_or(b"unknown"), &mut out);
    out.extend_from_slice(format!(", \"timestamp\": \"{}\", \"current_task\": ", timestamp(now)).as_bytes());
    string::push(&state.current_task, &mut out);
    out.extend_from_slice(format!(", \"active_tasks\": {}", state.active_tasks).as_bytes());
    if let Some(start) = state.start_time {
        out.extend_from_slice(format!(", \"uptime_seconds\": {}", uptime_seconds(start, now)).as_bytes());
    }
    let own = parse(adapter)?;
    if let Some(session) = state.session_id.as_ref().filter(|_| !own.get("session_id").is_some_and(truthy)) {
        out.extend_from_slice(b", \"session_id\": ");
        string::push(session, &mut out);
    }
    out.extend_from_slice(b", \"adapter\": ");
    // Python writes NaN, which is no JSON.
    out.extend_from_slice(&json::strict_input(adapter)?);
    out.push(b'}');
    Ok(out)
}

fn parse(json: &[u8]) -> Result<Value> {
    json::parse_input(json)
}

/// Formats a time as snapshots do: RFC 3339 in UTC, with microseconds unless they are zero.
///
/// Times before the year 0 or after 9999 become the Unix epoch.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let moment = UNIX_EPOCH + Duration::from_secs(1_767_225_600);
/// assert_eq!(prestop::snapshot::timestamp(moment), "2026-01-01T00:00:00+00:00");
/// ```
pub fn timestamp(now: SystemTime) -> String {
    let micros = match now.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).ok(),
        Err(before) => i64::try_from(before.duration().as_micros()).ok().map(|micros| -micros),
    };
    let time = micros
        .and_then(DateTime::from_timestamp_micros)
        .filter(|time| (0..=9999).contains(&chrono::Datelike::year(time)))
        .unwrap_or_default();
    let format = if time.timestamp_subsec_micros() == 0 { "%FT%T+00:00" } else { "%FT%T%.6f+00:00" };
    time.format(format).to_string()
}

/// Returns the whole seconds between `start` (in Unix seconds) and `now`; 0 when the clock stepped back or
/// `start` is not a number.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let now = UNIX_EPOCH + Duration::from_secs(100);
/// assert_eq!(prestop::snapshot::uptime_seconds(38.5, now), 61);
/// assert_eq!(prestop::snapshot::uptime_seconds(500.0, now), 0);
/// ```
pub fn uptime_seconds(start: f64, now: SystemTime) -> u64 {
    let now = match now.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    };
    // The cast does what is wanted: it drops the fraction, turns NaN and negative numbers into 0, and
    // saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let seconds = (now - start) as u64;
    seconds
}

/// Whether Python considers the value true.
fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.parse::<f64>() != Ok(0.0),
        Value::Text(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// Converts Unix seconds to a time; what is out of range becomes the Unix epoch.
fn moment(seconds: f64) -> SystemTime {
    let distance = Duration::try_from_secs_f64(seconds.abs()).unwrap_or_default();
    let moment =
        if seconds < 0.0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    moment.unwrap_or(UNIX_EPOCH)
}

fn mistyped(field: &str, wanted: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the state's {field} is not {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_json_whatever_python_writes_for_a_number() {
        let (state, _) =
            State::from_json(br#"{"adapter": {"a": NaN, "b": [-Infinity, 1.50]}}"#).expect("a state");
        let built = build(&state, UNIX_EPOCH).expect("it is built");
        assert!(built.ends_with(br#""adapter": {"a": null, "b": [null, 1.50]}}"#));
        assert!(serde_json::from_slice::<serde_json::Value>(&built).is_ok());
    }
}
