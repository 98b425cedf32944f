//! Decoding of base64 digits of both alphabets, standard and URL-safe.

/// The value of a base64 digit, 0 to 63.
pub(crate) const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Decodes four digits to three bytes.
pub(crate) fn bytes(group: &[u8]) -> Option<[u8; 3]> {
    let bits = group.iter().try_fold(0, |bits, byte| Some(bits << 6 | u32::from(digit(*byte)?)))?;
    let [_, bytes @ ..] = u32::to_be_bytes(bits);
    Some(bytes)
}

/// Decodes groups of four digits. What remains after the last whole group is ignored.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let groups: Option<Vec<_>> = text.chunks_exact(4).map(bytes).collect();
    Some(groups?.concat())
}

/// Decodes digits without padding. No number of bytes leaves one digit after the last whole group.
pub(crate) fn decode_unpadded(text: &[u8]) -> Option<Vec<u8>> {
    let (whole, rest) = text.split_at(text.len() / 4 * 4);
    let mut decoded = decode(whole)?;
    if rest.is_empty() {
        return Some(decoded);
    }
    let mut last = [b'A'; 4];
    last[..rest.len()].copy_from_slice(rest);
    let count = rest.len().checked_sub(1).filter(|count| *count > 0)?;
    decoded.extend_from_slice(&bytes(&last)?[..count]);
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_decode_with_and_without_a_whole_last_group() {
        for (digits, expected) in [
            ("", Some("")),
            ("YQ", Some("a")),
            ("YWI", Some("ab")),
            ("YWJj", Some("abc")),
            ("YWJjZ", None),
            ("Y!", None),
        ] {
            assert_eq!(
                decode_unpadded(digits.as_bytes()).as_deref(),
                expected.map(str::as_bytes),
                "{digits}"
            );
        }
        assert_eq!(decode(b"YWJjZ").as_deref(), Some(b"abc".as_slice()));
        assert_eq!(decode(b"YW=j"), None);
        assert_eq!(decode(b"_-+/").as_deref(), Some([0xff, 0xef, 0xbf].as_slice()));
    }
}
