//! Text that is sent to a platform: made valid, and cut at its beginning if it is too long.

use std::borrow::Cow;

/// Converts any bytes to text that every reader accepts: invalid UTF-8, and NUL, which a database refuses,
/// become U+FFFD. NUL is not removed, as in a heartbeat, since that could join the halves of a secret and the
/// text would have to be scrubbed again.
pub(super) fn valid_with_nul_replaced(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if memchr::memchr(0, text.as_bytes()).is_none() {
        return text;
    }
    Cow::Owned(text.replace('\0', "\u{fffd}"))
}

/// How many bytes a character takes in a JSON string.
fn cost(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        '\0'..'\u{20}' => 6,
        other => other.len_utf8(),
    }
}

/// How many bytes a text takes as a JSON string, with its quotes.
pub(super) fn encoded_len(text: &str) -> usize {
    2 + text.chars().map(cost).sum::<usize>()
}

/// Returns the longest end of `text` that takes at most `room` bytes in a JSON string. It begins with a whole
/// character, and not inside a marker, half of which would have no meaning.
pub(super) fn tail(text: &str, room: usize) -> &str {
    let mut left = room;
    let mut start = text.len();
    for (at, character) in text.char_indices().rev() {
        let Some(rest) = left.checked_sub(cost(character)) else { break };
        (left, start) = (rest, at);
    }
    &text[after_marker(text, start)..]
}

/// Returns the first position from `at` on where a character begins that is not inside a marker.
pub(super) fn text_start(text: &str, at: usize) -> usize {
    let start = (at..text.len()).find(|start| text.is_char_boundary(*start)).unwrap_or(text.len());
    after_marker(text, start)
}

/// Returns `start`, or the end of the marker that contains it.
fn after_marker(text: &str, start: usize) -> usize {
    // An upper bound on the length of a marker, in bytes.
    const MAX_MARKER: usize = 80;
    const OPENING: &[u8] = b"[REDACTED:";
    let bytes = text.as_bytes();
    let from = start.saturating_sub(MAX_MARKER);
    let Some(open) =
        memchr::memmem::rfind(&bytes[from..(start + OPENING.len() - 1).min(bytes.len())], OPENING)
    else {
        return start;
    };
    let open = from + open;
    let end = memchr::memchr(b']', &bytes[open..]).map(|length| open + length + 1);
    match end {
        Some(end) if open < start && start < end && end - open <= MAX_MARKER => end,
        _ => start,
    }
}
