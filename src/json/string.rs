//! JSON strings: from a token to text and back. Text is WTF-8: UTF-8 in which lone surrogates are allowed.

/// Returns the text of a string token (with its quotes) as WTF-8: a lone surrogate becomes its three bytes.
///
/// The token must come from the scanner. For any other token the result is unspecified, but this never
/// panics.
pub(super) fn unescape(token: &[u8]) -> Vec<u8> {
    let inner = token.get(1..token.len().saturating_sub(1)).unwrap_or_default();
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(slash) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..slash]);
        let escape = &rest[slash + 1..];
        let used = match escape.first() {
            Some(b'u') => push_unicode(escape, &mut out),
            Some(&byte) => {
                out.push(match byte {
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => other,
                });
                1
            }
            None => 0,
        };
        rest = &escape[used..];
    }
    out.extend_from_slice(rest);
    out
}

/// Appends the character of an escape that begins at its `u`, and returns the length of the escape in bytes.
fn push_unicode(escape: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(high) = hex(escape.get(1..5)) else { return 1 };
    if (0xD800..0xDC00).contains(&high)
        && escape.get(5..7) == Some(b"\\u")
        && let Some(low) = hex(escape.get(7..11)).filter(|low| (0xDC00..0xE000).contains(low))
    {
        push_code_point(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00), out);
        return 11;
    }
    push_code_point(high, out);
    5
}

fn push_code_point(code: u32, out: &mut Vec<u8>) {
    if let Some(character) = char::from_u32(code) {
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        // A surrogate: three bytes as in WTF-8. `code` has 16 bits, so each part fits in a byte.
        let part = |shift: u32| u8::try_from(code >> shift & 0x3F).unwrap_or_default();
        out.extend_from_slice(&[0xE0 | part(12), 0x80 | part(6), 0x80 | part(0)]);
    }
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    digits?.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}

/// Appends `text` (WTF-8, or any bytes) as a JSON string: UTF-8 with JSON's escapes, a lone surrogate as its
/// escape, undecodable bytes as the text `\xNN`.
pub(crate) fn push(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    while !rest.is_empty() {
        let (valid, bad) = match std::str::from_utf8(rest) {
            Ok(_) => (rest.len(), 0),
            Err(error) => {
                (error.valid_up_to(), error.error_len().unwrap_or(rest.len() - error.valid_up_to()))
            }
        };
        rest[..valid].iter().for_each(|&byte| push_byte(byte, out));
        rest = &rest[valid..];
        if let [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, ..] = *rest {
            let code = 0xD000 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F);
            out.extend_from_slice(format!("\\u{code:04x}").as_bytes());
            rest = &rest[3..];
        } else {
            rest[..bad].iter().for_each(|byte| out.extend_from_slice(format!("\\\\x{byte:02x}").as_bytes()));
            rest = &rest[bad..];
        }
    }
    out.push(b'"');
}

/// Appends texts as a JSON array of strings.
pub(crate) fn push_all<T: AsRef<[u8]>>(texts: &[T], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push(text.as_ref(), out);
    }
    out.push(b']');
}

fn push_byte(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        ..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        _ => out.push(byte),
    }
}
