//! Character classes as Python's `re` defines them, over bytes.
//!
//! Text is read by characters where it is valid UTF-8 and by bytes where it is not. Such a byte, and each
//! byte of a lone surrogate in WTF-8, is neither white space nor a word character, as a lone surrogate is in
//! Python.

mod word;

#[cfg(test)]
mod tests;

/// Whether an ASCII byte is white space to `\s`: unlike in Rust, the separators 0x1C to 0x1F are.
pub(crate) const fn is_ascii_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | 0x1c..=b' ')
}

/// Whether an ASCII byte is a word character to `\w`.
pub(crate) const fn is_ascii_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a character is white space to `\s` (`str.isspace`).
pub(crate) fn is_space(character: char) -> bool {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() => is_ascii_space(byte),
        _ => character.is_whitespace(),
    }
}

/// Whether a character is a word character to `\w` (`str.isalnum` or the underscore).
pub(crate) fn is_word(character: char) -> bool {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() => is_ascii_word(byte),
        _ => {
            let code = u32::from(character);
            let after = word::WORD.partition_point(|&(first, _)| first <= code);
            after > 0 && word::WORD.get(after - 1).is_some_and(|&(_, last)| code <= last)
        }
    }
}

/// The offset of the first `\S` at or after `from`, or the end of the text.
pub(crate) fn skip_spaces(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(length) = space_at(text, at) {
        at += length;
    }
    at
}

/// The offset of the first `\s` at or after `from`, or the end of the text.
pub(crate) fn skip_non_spaces(text: &[u8], from: usize) -> usize {
    // No continuation byte can begin a character, so stepping by bytes finds the same white space as stepping
    // by characters.
    let mut at = from;
    while at < text.len() && space_at(text, at).is_none() {
        at += 1;
    }
    #[cfg(test)]
    super::work::count(at - from.min(at));
    at.min(text.len())
}

/// Whether `\b` holds between `text[..at]` and `text[at..]`.
pub(crate) fn is_boundary(text: &[u8], at: usize) -> bool {
    is_word_before(text, at) != is_word_after(text, at)
}

/// Whether the character that ends at `at` is a word character; `false` if there is none.
pub(crate) fn is_word_before(text: &[u8], at: usize) -> bool {
    match at.checked_sub(1).and_then(|last| text.get(last)) {
        None => false,
        Some(byte) if byte.is_ascii() => is_ascii_word(*byte),
        Some(_) => char_before(text, at).is_some_and(is_word),
    }
}

/// Whether the character that begins at `at` is a word character; `false` if there is none.
pub(crate) fn is_word_after(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        None => false,
        Some(byte) if byte.is_ascii() => is_ascii_word(*byte),
        Some(_) => char_after(text, at).is_some_and(is_word),
    }
}

/// The length of the white-space character at `at`, if there is one.
fn space_at(text: &[u8], at: usize) -> Option<usize> {
    match *text.get(at)? {
        byte if byte.is_ascii() => is_ascii_space(byte).then_some(1),
        // The lead bytes of U+0085 and U+00A0, U+1680, U+2000 to U+205F and U+3000.
        0xc2 | 0xe1..=0xe3 => {
            char_after(text, at).filter(|&character| is_space(character)).map(char::len_utf8)
        }
        _ => None,
    }
}

/// The character that begins at `at`, if it is valid UTF-8.
fn char_after(text: &[u8], at: usize) -> Option<char> {
    let length = match *text.get(at)? {
        0x00..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let bytes = text.get(at..at.checked_add(length)?)?;
    std::str::from_utf8(bytes).ok()?.chars().next()
}

/// The character that ends at `at`, if it is valid UTF-8.
fn char_before(text: &[u8], at: usize) -> Option<char> {
    (1..=4).find_map(|length| {
        let start = at.checked_sub(length)?;
        char_after(text, start).filter(|character| character.len_utf8() == length)
    })
}
