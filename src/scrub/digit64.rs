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
