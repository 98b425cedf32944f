//! The inside of a JSON string.

/// What follows the backslash for a byte that JSON escapes shortly, `u` for the other control characters, 0 for a byte
/// that stands for itself.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = b'u';
        byte += 1;
    }
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table[b'\n' as usize] = b'n';
    table[b'\r' as usize] = b'r';
    table[b'\t' as usize] = b't';
    table[0x08] = b'b';
    table[0x0c] = b'f';
    table
};

/// Appends `text` as the inside of a JSON string: valid UTF-8 as it is, a lone surrogate in its three bytes as its
/// escape, any other byte as the text `\xNN`.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    for_each_part(text, |part| match part {
        Part::Text(valid) => push_valid(out, valid.as_bytes()),
        Part::Surrogate(unit) => {
            out.extend_from_slice(b"\\u");
            for byte in unit.to_be_bytes() {
                push_hexadecimal(out, byte);
            }
        }
        Part::Byte(byte) => push_byte(out, byte),
    });
}

/// Appends raw bytes as the inside of a JSON string: UTF-8 as it is, any other byte as the text `\xNN`.
pub(crate) fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        push_valid(out, chunk.valid().as_bytes());
        for byte in chunk.invalid() {
            push_byte(out, *byte);
        }
    }
}

/// Raw bytes as text: UTF-8 as it is, any other byte as `\xNN`.
pub(crate) fn bytes_as_text(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() + bytes.len() / 2);
    for chunk in bytes.utf8_chunks() {
        text.extend_from_slice(chunk.valid().as_bytes());
        for byte in chunk.invalid() {
            text.extend_from_slice(b"\\x");
            push_hexadecimal(&mut text, *byte);
        }
    }
    text
}

enum Part<'t> {
    Text(&'t str),
    Surrogate(u16),
    Byte(u8),
}

fn for_each_part<'t>(text: &'t [u8], mut take: impl FnMut(Part<'t>)) {
    // Almost every text is valid as a whole, and checking that is several times faster than finding chunks.
    if let Ok(valid) = std::str::from_utf8(text) {
        return take(Part::Text(valid));
    }
    let mut rest = text;
    while !rest.is_empty() {
        let valid_to = std::str::from_utf8(rest).map_or_else(|error| error.valid_up_to(), str::len);
        let (valid, after) = rest.split_at(valid_to);
        if let Ok(valid) = std::str::from_utf8(valid) {
            take(Part::Text(valid));
        }
        rest = match after {
            [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, after @ ..] => {
                take(Part::Surrogate(0xd000 | u16::from(second & 0x3f) << 6 | u16::from(third & 0x3f)));
                after
            }
            [byte, after @ ..] => {
                take(Part::Byte(*byte));
                after
            }
            [] => after,
        };
    }
}

/// Copies clean runs whole and escapes what stands between them.
fn push_valid(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len() + text.len() / 32);
    let mut clean_from = 0;
    let mut at = 0;
    while at < text.len() {
        at += clean_len(&text[at..]);
        let Some(&byte) = text.get(at) else { break };
        out.extend_from_slice(&text[clean_from..at]);
        push_escape(out, byte);
        at += 1;
        clean_from = at;
    }
    out.extend_from_slice(&text[clean_from..]);
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    match ESCAPES[byte as usize] {
        b'u' => {
            out.extend_from_slice(b"\\u00");
            push_hexadecimal(out, byte);
        }
        short => out.extend_from_slice(&[b'\\', short]),
    }
}

fn push_byte(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(b"\\\\x");
    push_hexadecimal(out, byte);
}

fn push_hexadecimal(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

/// How many bytes at the start of `text` need no escape.
fn clean_len(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let found = escapes_in(u64::from_le_bytes(*word));
        if found != 0 {
            return index * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    let tail = text.len() - rest.len();
    rest.iter().position(|byte| ESCAPES[*byte as usize] != 0).map_or(text.len(), |at| tail + at)
}

/// The highest bit of each byte that needs an escape; exact up to the first of them, which is all that is asked.
fn escapes_in(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES << 7;
    // A byte of `x` is zero where the subtraction borrows into its highest bit and it was not set before.
    let zero = |x: u64| x.wrapping_sub(ONES) & !x;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let equal = |byte: u8| zero(word ^ (ONES * u64::from(byte)));
    (control | equal(b'"') | equal(b'\\')) & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn escaped(text: &[u8]) -> String {
        let mut out = Vec::new();
        push_text(&mut out, text);
        String::from_utf8(out).expect("what is written is UTF-8")
    }

    #[test]
    fn control_characters_are_escaped_as_python_does() {
        assert_eq!(escaped(b"\"\\\n\r\t\x08\x0c\x00\x1f\x7f/"), "\\\"\\\\\\n\\r\\t\\b\\f\\u0000\\u001f\x7f/");
    }

    #[test]
    fn a_lone_surrogate_is_its_escape_and_other_bytes_are_text() {
        assert_eq!(escaped(b"a\xed\xa0\x80b\xed\xbf\xbf"), "a\\ud800b\\udfff");
        assert_eq!(escaped(b"\xff\xed\xa0"), "\\\\xff\\\\xed\\\\xa0");
        let mut out = Vec::new();
        push_bytes(&mut out, b"\xed\xa0\x80\xc3\xa4\"");
        assert_eq!(out, b"\\\\xed\\\\xa0\\\\x80\xc3\xa4\\\"");
        assert_eq!(bytes_as_text(b"a\xff"), b"a\\xff");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(text in "(?s).{0,80}") {
            let json = format!("\"{}\"", escaped(text.as_bytes()));
            prop_assert_eq!(serde_json::from_str::<String>(&json).ok(), Some(text));
        }

        #[test]
        fn any_bytes_make_valid_json(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let json = format!("\"{}\"", escaped(&bytes));
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok());
        }

        #[test]
        fn the_first_escape_is_found_wherever_it_stands(clean in "[ !#-\\[\\]-~äß]{0,70}", special in 0_u8..34) {
            let special = if special < 32 { special } else { [b'"', b'\\'][usize::from(special - 32)] };
            let text = [clean.as_bytes(), &[special], clean.as_bytes()].concat();
            prop_assert_eq!(clean_len(&text), clean.len());
        }
    }
}
