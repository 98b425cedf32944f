//! The body of one heartbeat.

use super::fields::fields;
use super::metadata;
use super::number::{error_rate, whole};
use super::text::{Fit, text};
use crate::json::{self, string};
use crate::value::{Node, Parsed, Shape, float_as_key};
use crate::{Error, ErrorKind, Result, Scrubber};

/// Returns the body of one heartbeat, as JSON, from the state of a host: a map with
///
/// | field | what becomes of it |
/// |---|---|
/// | `workspace_id` | text; `unknown` if missing or empty, since the platform requires one |
/// | `error_rate` | between 0 and 1; if no number, `error_count` / `request_count`, or 0 without requests |
/// | `sample_error`, `current_task` | text, empty if missing |
/// | `active_tasks`, `uptime_seconds` | an integer between 0 and 2,147,483,647 |
/// | `wedged_reason` | text; unless null or false, it is `sample_error`, and `runtime_state` is `wedged` |
/// | `runtime_metadata` | an object with only the following two members; left out if it is not a map |
/// | `runtime_metadata.capabilities` | names with true or false |
/// | `runtime_metadata.idle_timeout_seconds` | an integer between 1 and 2,147,483,647, never from a bool |
///
/// Nothing in the state makes this fail, or gives a body that the platform rejects: numbers are finite and in
/// range, a value of another type becomes the nearest that fits, and text is scrubbed, valid UTF-8 without
/// NUL and at most 16 KiB. Other fields are ignored.
///
/// ```
/// use prestop::value::Json;
/// use prestop::{Preset, Scrubber, heartbeat};
///
/// let state = serde_json::json!({"workspace_id": "ws-1", "error_count": 1, "request_count": 4, "uptime_seconds": -9});
/// let body = heartbeat::payload(&Json::Value(&state), &Scrubber::new(Preset::Strict));
/// assert_eq!(
///     String::from_utf8_lossy(&body),
///     r#"{"workspace_id":"ws-1","error_rate":0.25,"sample_error":"","active_tasks":0,"current_task":"","uptime_seconds":0}"#
/// );
/// ```
pub fn payload<N: Node>(state: &N, scrubber: &Scrubber) -> Vec<u8> {
    let [workspace, rate, errors, requests, sample, active, task, uptime, wedged, about] = fields(
        state,
        [
            "workspace_id",
            "error_rate",
            "error_count",
            "request_count",
            "sample_error",
            "active_tasks",
            "current_task",
            "uptime_seconds",
            "wedged_reason",
            "runtime_metadata",
        ],
    );
    let mut workspace = text(workspace.as_ref(), Fit::ID, scrubber);
    if workspace.is_empty() {
        "unknown".clone_into(&mut workspace);
    }
    let wedged = wedged.filter(|reason| !matches!(reason.shape(), Shape::Bool(false)));
    // True means that it is wedged, but gives no reason.
    let reason = wedged.as_ref().filter(|reason| !matches!(reason.shape(), Shape::Bool(true)));
    let sample = if wedged.is_some() { reason } else { sample.as_ref() };

    let mut out = Vec::with_capacity(256);
    out.push(b'{');
    push_text(&mut out, "workspace_id", &workspace);
    let rate = error_rate(rate.as_ref(), errors.as_ref(), requests.as_ref());
    push_raw(&mut out, "error_rate", &float_as_key(rate));
    push_text(&mut out, "sample_error", &text(sample, Fit::TEXT, scrubber));
    push_raw(&mut out, "active_tasks", &whole(active.as_ref()).to_string());
    push_text(&mut out, "current_task", &text(task.as_ref(), Fit::TEXT, scrubber));
    push_raw(&mut out, "uptime_seconds", &whole(uptime.as_ref()).to_string());
    if wedged.is_some() {
        push_text(&mut out, "runtime_state", "wedged");
    }
    if let Some(about) = about.filter(Node::is_map) {
        push_raw(&mut out, "runtime_metadata", "");
        metadata::push(&about, scrubber, &mut out);
    }
    out.push(b'}');
    out
}

/// Like [`payload`], for a state in JSON.
///
/// ```
/// use prestop::{Preset, Scrubber, heartbeat};
///
/// let scrubber = Scrubber::new(Preset::Strict);
/// let body = heartbeat::payload_json(br#"{"workspace_id": "ws-1", "wedged_reason": "no model"}"#, &scrubber)?;
/// let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
/// assert_eq!(body["runtime_state"], "wedged");
/// assert_eq!(body["sample_error"], "no model");
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// As [`json::tolerable`], and [`ErrorKind::InvalidInput`] when it is not an object. No value in it causes an
/// error.
pub fn payload_json(state: &[u8], scrubber: &Scrubber) -> Result<Vec<u8>> {
    let state = json::parse_of_others(state)?;
    if !matches!(state, json::Value::Object(_)) {
        return Err(Error::new(ErrorKind::InvalidInput, "the state is not a JSON object"));
    }
    Ok(payload(&Parsed::Value(&state), scrubber))
}

fn push_text(out: &mut Vec<u8>, name: &str, text: &str) {
    push_raw(out, name, "");
    string::push(text.as_bytes(), out);
}

fn push_raw(out: &mut Vec<u8>, name: &str, value: &str) {
    if out.len() > 1 {
        out.push(b',');
    }
    out.extend_from_slice(format!("\"{name}\":{value}").as_bytes());
}
