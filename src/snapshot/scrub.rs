//! The text of a snapshot, scrubbed: what stands between a host's JSON and the durable file.

use crate::json::{self, Value};
use crate::scrub::Tally;
use crate::value::{self, Layout};
use crate::{Error, ErrorKind, Result, Scrubber};

/// A snapshot that somebody hands over as JSON, scrubbed by its structure as [`value::scrub_json`] does, and what was
/// redacted: ready for [`write`](super::write()), which cuts one that is still over [`json::MAX_BYTES`].
///
/// ```
/// use prestop::{Preset, Scrubber, snapshot};
///
/// let scrubber = Scrubber::new(Preset::Strict);
/// let (document, tally) = snapshot::scrub(br#"{"password": "hunter2"}"#, &scrubber)?;
/// assert_eq!(document, b"{\n  \"password\": \"[REDACTED:PASSWORD]\"\n}");
/// assert_eq!(tally.redactions()["PASSWORD"], 1);
/// assert!(snapshot::scrub(b"[]", &scrubber).is_err());
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// As [`json::check`], with the bound [`json::MAX_INPUT`], and [`ErrorKind::InvalidInput`] where it is not an object.
pub fn scrub(json: &[u8], scrubber: &Scrubber) -> Result<(Vec<u8>, Tally)> {
    let document = json::parse_up_to(json, json::MAX_INPUT)?;
    if !matches!(document, Value::Object(_)) {
        return Err(Error::new(ErrorKind::InvalidInput, "the snapshot is not a JSON object"));
    }
    Ok(value::scrub_parsed(&document, Layout::Indented, scrubber))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Preset;

    #[test]
    fn only_an_object_is_a_snapshot() {
        let scrubber = Scrubber::new(Preset::Strict);
        for text in ["[{}]", "null", " 1", "\"{}\"", "", "{", "{} {}"] {
            let kind = scrub(text.as_bytes(), &scrubber).unwrap_err().kind();
            assert_eq!(kind, ErrorKind::InvalidInput, "{text:?}");
        }
        assert_eq!(scrub(b" {} ", &scrubber).unwrap().0, b"{}");
    }
}
