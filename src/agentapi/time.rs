//! Timestamps as AgentAPI's reader accepts them.

/// Whether `text` is an RFC 3339 time as Go parses it: with seconds and a time zone, upper-case letters, and
/// an existing day.
pub(super) fn is_time(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let shape = text.len() <= 64
        && text.is_ascii()
        && text.as_bytes().get(10) == Some(&b'T')
        && !text.ends_with('z')
        // The parser below also accepts a leap second, which Go does not.
        && text.get(17..19).is_some_and(|seconds| seconds != "60");
    shape && chrono::DateTime::parse_from_rfc3339(text).is_ok()
}
