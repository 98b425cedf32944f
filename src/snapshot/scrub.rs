//! Scrubbing a snapshot that a host gives as JSON, before it goes into the durable file.

use super::WriteOptions;
use super::ambient::{Ambient, Deadline};
use crate::json::{self, Value};
use crate::scrub::Tally;
use crate::value::{self, Layout, Parsed};
use crate::{Error, ErrorKind, Result, Scrubber};

/// Scrubs a snapshot that is given as JSON, by its structure as [`value::scrub_json`] does. Returns the
/// document and what was redacted. The document is ready for [`write`](super::write()), which cuts one that
/// is still over [`json::MAX_BYTES`].
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
/// As [`json::check`], with the bound [`json::MAX_INPUT`], and [`ErrorKind::InvalidInput`] when it is not an
/// object. An integer of more than [`json::MAX_DIGITS`] digits becomes the string `0x...`; one of more than
/// 20,000 is refused.
pub fn scrub(json: &[u8], scrubber: &Scrubber) -> Result<(Vec<u8>, Tally)> {
    Ok(value::scrub_parsed(&parse(json)?, Layout::Indented, scrubber))
}

/// Like [`scrub`], but within the deadline of `options`. What cannot be searched in about half of that time
/// is cut, as [`value::encode_within`] describes.
///
/// Also returns the options for a [`write`](super::write()) in the remaining time, as
/// [`WriteOptions::with_time_left`] sets it.
///
/// ```
/// use prestop::snapshot::{Ambient, WriteOptions, scrub_in_time};
/// use prestop::{Preset, Scrubber};
/// use std::time::{Instant, SystemTime};
///
/// let start = Instant::now();
/// let ambient =
///     Ambient { now: SystemTime::now(), elapsed: &|| start.elapsed(), random: &|| 0, pause: &std::thread::sleep };
/// let scrubber = Scrubber::new(Preset::Strict);
/// let options = WriteOptions::new("rules");
/// let (document, _, rest) = scrub_in_time(br#"{"session_id": "s-1"}"#, &scrubber, &options, ambient)?;
/// assert_eq!(document, b"{\n  \"session_id\": \"s-1\"\n}");
/// # let _ = rest;
/// # Ok::<(), prestop::Error>(())
/// ```
///
/// # Errors
/// As [`scrub`].
pub fn scrub_in_time<'o>(
    json: &[u8],
    scrubber: &Scrubber,
    options: &WriteOptions<'o>,
    ambient: Ambient<'_>,
) -> Result<(Vec<u8>, Tally, WriteOptions<'o>)> {
    let deadline = Deadline::after(options.deadline, ambient);
    let document = parse(json)?;
    let (document, tally) =
        value::encode_within(&Parsed::Value(&document), Layout::Indented, scrubber, &|| deadline.left());
    Ok((document, tally, options.with_time_left(deadline.left())))
}

fn parse(json: &[u8]) -> Result<Value> {
    let document = json::parse_input(json)?;
    if !matches!(document, Value::Object(_)) {
        return Err(Error::new(ErrorKind::InvalidInput, "the snapshot is not a JSON object"));
    }
    Ok(document)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Preset;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn only_an_object_is_a_snapshot() {
        let scrubber = Scrubber::new(Preset::Strict);
        for text in ["[{}]", "null", " 1", "\"{}\"", "", "{", "{} {}"] {
            let kind = scrub(text.as_bytes(), &scrubber).unwrap_err().kind();
            assert_eq!(kind, ErrorKind::InvalidInput, "{text:?}");
        }
        assert_eq!(scrub(b" {} ", &scrubber).unwrap().0, b"{}");
    }

    #[test]
    fn a_long_integer_becomes_a_string_that_readers_take() {
        let scrubber = Scrubber::new(Preset::Strict);
        let written = |digits: usize, sign: &str| {
            let json = format!(r#"{{"n": {sign}1{}}}"#, "0".repeat(digits - 1));
            scrub(json.as_bytes(), &scrubber).map(|(document, _)| String::from_utf8(document).unwrap())
        };
        assert!(written(json::MAX_DIGITS, "-").unwrap().contains(": -1000"));
        for (digits, sign) in [(json::MAX_DIGITS + 1, ""), (5_000, "-"), (20_000, "")] {
            let document = written(digits, sign).unwrap();
            assert!(document.contains(&format!("\"n\": \"{sign}0x")), "{document}");
            assert!(json::check(document.as_bytes()).is_ok());
        }
        assert_eq!(written(20_001, "").unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn the_search_and_the_write_share_a_deadline() {
        let (scrubber, asked) = (Scrubber::new(Preset::Strict), AtomicU64::new(0));
        // Each call advances the clock by a second.
        let elapsed = || Duration::from_secs(asked.fetch_add(1, Ordering::Relaxed));
        let ambient = Ambient { now: UNIX_EPOCH, elapsed: &elapsed, random: &|| 0, pause: &|_| {} };
        let json = format!(r#"{{"session_id": "s-1", "text": "{}"}}"#, "word ".repeat(30_000));
        let options = WriteOptions::new("rules").with_deadline(Duration::from_secs(100));
        let (whole, _, rest) = scrub_in_time(json.as_bytes(), &scrubber, &options, ambient).unwrap();
        assert!(whole.len() > 150_000 && (90..100).contains(&rest.deadline.as_secs()), "{rest:?}");
        let hurried = options.with_deadline(Duration::from_secs(3));
        let (cut, tally, rest) = scrub_in_time(json.as_bytes(), &scrubber, &hurried, ambient).unwrap();
        // No time is left, but the write gets a quarter of the deadline all the same.
        assert!(cut.len() < 66_000 && rest.deadline == hurried.deadline / 4, "{} {rest:?}", cut.len());
        assert_eq!(tally.redactions()["TRUNCATED"], 1);
        assert!(String::from_utf8(cut).unwrap().contains("\"s-1\""));
    }
}
