//! Scrubs trees of values: the walk over JSON-like data.
//!
//! Scrubbing and writing happen in one pass. [`Walk`] visits the host's own objects through the trait
//! [`Node`], scrubs every text, and passes what is kept to a [`Sink`]: an [`Encoder`] writes JSON, a host's
//! own sink builds values. No intermediate tree is built.
//!
//! ```
//! use prestop::{Preset, Scrubber};
//!
//! let value = serde_json::json!({"password": "hunter2", "lines": ["ls", "source=sandbox x"]});
//! let (bytes, tally) = prestop::value::encode_json(&value, &Scrubber::new(Preset::Balanced));
//! assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"));
//! assert_eq!(tally.dropped(), 1);
//! ```

mod arguments;
mod budget;
mod command_output;
mod continuation;
mod deadline;
mod deltas;
mod document;
mod encoder;
mod escape;
mod events;
mod fields;
mod frame;
mod json;
mod key;
mod lengths;
mod lines;
mod names;
mod node;
mod number;
mod opaque;
mod prompt;
mod replaced;
mod replies;
mod sandbox;
mod schema_text;
mod serial;
mod siblings;
mod sink;
mod text;
mod walk;

pub use deadline::encode_within;
pub use document::scrub_json;
pub(crate) use document::{Parsed, scrub_parsed};
pub use encoder::{Encoder, Layout};
pub use json::{Json, encode_json};
pub(crate) use key::{is_identifier, names_identity};
pub use node::{Node, Shape, Text};
pub use number::{float_as_key, huge_as_text};
pub use serial::{Scrubbed, encode_serialize};
pub use sink::{Container, Kind, Sink};
pub use walk::Walk;

/// Containers nested deeper than this become `[REDACTED:DEPTH]`.
///
/// ```
/// use prestop::value::{MAX_DEPTH, encode_json};
///
/// let deep = (0..=MAX_DEPTH).fold(serde_json::json!(1), |value, _| serde_json::json!([value]));
/// let (_, tally) = encode_json(&deep, &prestop::Scrubber::new(prestop::Preset::Strict));
/// assert_eq!(tally.redactions()["DEPTH"], 1);
/// ```
pub const MAX_DEPTH: usize = 256;

/// Encodes `node` as scrubbed JSON in the layout of Python's `json.dump(indent=2, ensure_ascii=False)`, and
/// returns it with a tally of what was redacted. The output is valid JSON whatever the node holds.
///
/// ```
/// use prestop::value::{Json, encode};
///
/// let value = serde_json::json!(["--password", "hunter2"]);
/// let (json, _) = encode(&Json::Value(&value), &prestop::Scrubber::new(prestop::Preset::Strict));
/// assert_eq!(json, b"[\n  \"--password\",\n  \"[REDACTED:PASSWORD]\"\n]");
/// ```
pub fn encode<N: Node>(node: &N, scrubber: &crate::Scrubber) -> (Vec<u8>, crate::scrub::Tally) {
    let (encoder, tally) = Walk::new(scrubber, Encoder::default()).run(node);
    (encoder.into_bytes(), tally)
}
