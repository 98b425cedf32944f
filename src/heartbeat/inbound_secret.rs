//! The secret by which the platform authenticates to the workspace, from the response to a heartbeat.

use std::fmt;

use super::fields::fields;
use crate::json::{self, Value};
use crate::value::{Node, Parsed, Shape, Text};

/// The longest secret, in bytes: a longer one fits in no header.
const MAX_LENGTH: usize = 4 * 1024;

/// A secret that the platform sent: 1 to 4,096 characters that are valid in a header. `Debug` does not show
/// it.
///
/// ```
/// use prestop::heartbeat::{InboundSecret, inbound_secret};
///
/// let secret: Option<InboundSecret> = inbound_secret(br#"{"platform_inbound_secret": "s3cret"}"#);
/// assert_eq!(format!("{secret:?}"), "Some(InboundSecret)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct InboundSecret(String);

impl InboundSecret {
    /// The secret itself.
    ///
    /// ```
    /// let secret = prestop::heartbeat::inbound_secret(br#"{"platform_inbound_secret": " s3cret "}"#);
    /// assert_eq!(secret.as_ref().map(|secret| secret.expose()), Some("s3cret"));
    /// ```
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for InboundSecret {
    fn drop(&mut self) {
        wipe(std::mem::take(&mut self.0).into_bytes());
    }
}

/// Overwrites bytes before their memory is given back, so that no copy of a secret stays there.
fn wipe(mut bytes: Vec<u8>) {
    bytes.fill(0);
    // Keeps the compiler from leaving out a write that nobody reads.
    std::hint::black_box(&mut bytes);
}

/// Wipes every text of a document.
fn wipe_texts(value: Value) {
    match value {
        Value::Text(text) => wipe(text),
        Value::Array(items) => items.into_iter().for_each(wipe_texts),
        Value::Object(members) => members.into_iter().for_each(|(_, value)| wipe_texts(value)),
        _ => {}
    }
}

impl fmt::Debug for InboundSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InboundSecret")
    }
}

/// Returns the `platform_inbound_secret` in the body of a response, without surrounding white space.
///
/// `None` when the body is not a JSON object, whatever its bytes are, and when the secret is missing, not a
/// string, empty, longer than 4,096 bytes or not printable ASCII: what cannot be in a header can never be
/// matched by one.
///
/// ```
/// use prestop::heartbeat;
///
/// let secret = heartbeat::inbound_secret(br#"{"status": "ok", "platform_inbound_secret": "s3cret"}"#);
/// assert_eq!(secret.as_ref().map(|secret| secret.expose()), Some("s3cret"));
/// assert_eq!(format!("{secret:?}"), "Some(InboundSecret)");
/// assert!(heartbeat::inbound_secret(b"<html>502</html>").is_none());
/// ```
pub fn inbound_secret(body: &[u8]) -> Option<InboundSecret> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let body = if let Ok(body) = json::parse(body) {
        body
    } else {
        let tolerable = json::tolerable(body).ok()?;
        let parsed = json::parse(&tolerable);
        wipe(tolerable);
        parsed.ok()?
    };
    let secret = in_map(&Parsed::Value(&body));
    wipe_texts(body);
    secret
}

/// Like [`inbound_secret`], for a body held by the host: text or bytes, or the map that it was parsed into.
///
/// ```
/// use prestop::{heartbeat, value::Json};
///
/// let body = serde_json::json!({"platform_inbound_secret": 5});
/// assert!(heartbeat::inbound_secret_in(&Json::Value(&body)).is_none());
/// let body = serde_json::json!("{\"platform_inbound_secret\": \"s3cret\"}");
/// assert!(heartbeat::inbound_secret_in(&Json::Value(&body)).is_some());
/// ```
pub fn inbound_secret_in<N: Node>(body: &N) -> Option<InboundSecret> {
    if let Shape::Text(text) | Shape::Bytes(text) = body.shape() {
        let bytes = text.bytes();
        return body.aside(bytes.len(), || inbound_secret(bytes));
    }
    in_map(body)
}

fn in_map<N: Node>(body: &N) -> Option<InboundSecret> {
    let [secret] = fields(body, ["platform_inbound_secret"]);
    let Shape::Text(text) = secret?.shape() else { return None };
    let secret = std::str::from_utf8(text.bytes()).ok()?.trim();
    let printable = secret.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    (printable && (1..=MAX_LENGTH).contains(&secret.len())).then(|| InboundSecret(secret.to_owned()))
}
