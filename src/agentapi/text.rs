//! Text that is sent to a platform: made valid, and cut at its beginning if it is too long.

use std::borrow::Cow;

use crate::scrub::marker;

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
    &text[marker::around(text.as_bytes(), start).end..]
}

/// Returns the first position from `at` on where a character begins that is not inside a marker.
pub(super) fn text_start(text: &str, at: usize) -> usize {
    let start = (at..text.len()).find(|start| text.is_char_boundary(*start)).unwrap_or(text.len());
    marker::around(text.as_bytes(), start).end
}
