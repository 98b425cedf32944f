//! Escaping for the inside of a JSON string.

use crate::vector::{self, BLOCK, Level, Simd, SimdBase, dispatch, u8x32};

/// The character after the backslash in a byte's short escape, `u` for the other control characters, 0 for a
/// byte that needs no escape.
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

/// Appends `text` as the inside of a JSON string: valid UTF-8 with JSON's escapes, a lone surrogate (three
/// bytes) as its escape, any other byte as the text `\xNN`.
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

/// Appends raw bytes as the inside of a JSON string: UTF-8 with JSON's escapes, any other byte as the text
/// `\xNN`.
pub(crate) fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        push_valid(out, chunk.valid().as_bytes());
        for byte in chunk.invalid() {
            push_byte(out, *byte);
        }
    }
}

/// Returns raw bytes as text: UTF-8 unchanged, any other byte as `\xNN`.
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

/// Appends valid UTF-8: copies bytes that need no escape in blocks, and escapes the others.
fn push_valid(out: &mut Vec<u8>, text: &[u8]) {
    if text.len() >= BLOCK {
        return push_valid_with(vector::level(), out, text);
    }
    if text.iter().all(|byte| ESCAPES[*byte as usize] == 0) {
        return out.extend_from_slice(text);
    }
    for &byte in text {
        if ESCAPES[byte as usize] == 0 {
            out.push(byte);
        } else {
            push_escape(out, byte);
        }
    }
}

fn push_valid_with(level: Level, out: &mut Vec<u8>, text: &[u8]) {
    dispatch!(level, simd => push_valid_by(simd, out, text));
}

/// How many blocks are written together.
const BLOCKS: usize = 8;
/// The longest escape, in bytes.
const LONGEST: usize = 6;

#[inline(always)]
fn push_valid_by<S: Simd>(simd: S, out: &mut Vec<u8>, text: &[u8]) {
    let mut written = [0; (BLOCKS * LONGEST + 1) * BLOCK];
    let mut at = 0;
    // Whole blocks are copied even if fewer bytes are needed, so one more block must follow the last of them.
    while at + 2 * BLOCK <= text.len() {
        let to = (at + BLOCKS * BLOCK).min(text.len() - BLOCK);
        let mut length = 0;
        while at + BLOCK <= to {
            (at, length) = push_block(simd, text, at, &mut written, length);
        }
        out.extend_from_slice(&written[..length]);
    }
    let rest = &text[at..];
    let mut last = [b' '; 3 * BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    let (mut at, mut length) = (0, 0);
    while at < rest.len() {
        (at, length) = push_block(simd, &last, at, &mut written, length);
    }
    out.extend_from_slice(&written[..length + rest.len() - at]);
}

/// Writes the block of `text` at `at` after the first `length` bytes of `written`; returns where the next
/// block begins and the new length.
#[inline(always)]
fn push_block<S: Simd>(simd: S, text: &[u8], at: usize, written: &mut [u8], length: usize) -> (usize, usize) {
    let (mut at, mut length) = (at, length);
    let block = &text[at..at + BLOCK];
    let end = at + BLOCK;
    let bytes = u8x32::from_slice(simd, block);
    written[length..length + BLOCK].copy_from_slice(block);
    let special = bytes.simd_lt(0x20) | bytes.simd_eq(b'"') | bytes.simd_eq(b'\\');
    let mut left = vector::bits(special);
    while left != 0 {
        let clean = end - BLOCK + left.trailing_zeros() as usize - at;
        length += clean;
        at += clean;
        length += write_escape(&mut written[length..], text[at]);
        at += 1;
        written[length..length + BLOCK].copy_from_slice(&text[at..at + BLOCK]);
        left &= left - 1;
    }
    (end, length + end - at)
}

/// Writes the escape of a byte and returns its length.
#[inline(always)]
fn write_escape(to: &mut [u8], byte: u8) -> usize {
    let short = ESCAPES[byte as usize];
    to[..2].copy_from_slice(&[b'\\', short]);
    if short != b'u' {
        return 2;
    }
    to[2..LONGEST].copy_from_slice(&[b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
    LONGEST
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    let mut escape = [0; LONGEST];
    let length = write_escape(&mut escape, byte);
    out.extend_from_slice(&escape[..length]);
}

fn push_byte(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(b"\\\\x");
    push_hexadecimal(out, byte);
}

fn push_hexadecimal(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
}

/// Returns the hexadecimal digit of four bits.
fn digit(bits: u8) -> u8 {
    if bits < 10 { b'0' + bits } else { b'a' - 10 + bits }
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
        fn every_escape_is_written_wherever_it_stands(
            pieces in proptest::collection::vec(("[ !#-\\[\\]-~äß]{0,40}", 0_u8..34), 0..30),
        ) {
            let special = |number: u8| if number < 32 { number } else { [b'"', b'\\'][usize::from(number - 32)] };
            let text: Vec<u8> =
                pieces.iter().flat_map(|(clean, number)| [clean.as_bytes(), &[special(*number)]].concat()).collect();
            let mut plainly = Vec::new();
            for &byte in &text {
                if ESCAPES[usize::from(byte)] == 0 {
                    plainly.push(byte);
                } else {
                    push_escape(&mut plainly, byte);
                }
            }
            for level in vector::levels() {
                let mut out = Vec::new();
                push_valid_with(level, &mut out, &text);
                prop_assert_eq!(&out, &plainly, "{:?}", level);
            }
        }
    }
}
