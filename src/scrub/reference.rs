//! References, which occur in the place of secrets and say where these are kept: expressions, calls, names of
//! variables.

/// Whether `value` refers to where the secret is kept: an expression, a call, a lookup.
pub(crate) fn is_reference(value: &[u8]) -> bool {
    // A dollar sign may be escaped: `\\$_POST["x"]`.
    let escapes = value.iter().take_while(|&&byte| byte == b'\\').count();
    let value = if value.get(escapes) == Some(&b'$') { &value[escapes..] } else { value };
    let Some(&first) = value.first() else { return true };
    if is_unbalanced(value) {
        return false;
    }
    if matches!(
        first,
        b'$' | b'@'
            | b'&'
            | b'('
            | b'['
            | b'{'
            | b'<'
            | b'|'
            | b'!'
            | b'='
            | b'~'
            | b'>'
            | b'?'
            | b','
            | b':'
            | b';'
            | b')'
            | b']'
            | b'}'
    ) {
        return true;
    }
    if value.starts_with(b"++") || value.starts_with(b"--") || value.starts_with(b"qr/") {
        return true;
    }
    // A variable of Vim with its scope: `a:dict.name`.
    if let [b'a' | b'b' | b'g' | b'l' | b's' | b't' | b'v' | b'w', b':', rest @ ..] = value
        && !rest.is_empty()
        && rest.split(|&byte| byte == b'.').all(is_member)
    {
        return true;
    }
    // Names joined by a compiler: `module$contents$tokens$Name`.
    if memchr::memchr_iter(b'$', value).count() >= 2 && value.split(|&byte| byte == b'$').all(is_member) {
        return true;
    }
    let in_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    let name = value.iter().take_while(in_name).count();
    if name == 0 || name == value.len() {
        return false;
    }
    let rest = &value[name..];
    // A call, an index, a path of names: `getenv("X")`, `os.environ["X"]`, `config.token`, `Foo::bar`.
    match rest[0] {
        b'(' | b'[' | b'{' => !first.is_ascii_digit(),
        b'.' | b'?' => is_member_path(value),
        b':' => rest.starts_with(b"::"),
        b'-' => rest.starts_with(b"->"),
        b'!' => rest.starts_with(b"!(") || rest.starts_with(b"!["),
        _ => false,
    }
}

/// Whether `value` begins with names joined by dots: `config.auth.token`, `req.headers['x']`, `self.token()`.
fn is_member_path(value: &[u8]) -> bool {
    let ends = |byte: &u8| {
        matches!(byte, b'(' | b'[' | b')' | b']' | b'{' | b'}' | b',' | b';' | b'|' | b'&' | b'!')
    };
    let end = value.iter().position(ends).unwrap_or(value.len());
    let parts = value[..end].split(|&byte| byte == b'.');
    parts.map(|part| part.strip_suffix(b"?").unwrap_or(part)).all(is_member)
}

/// Whether `part` is a name in a path of names: its digits are few (`base64`, `v1`) or all in one place
/// (`Ed25519PrivateKey`).
fn is_member(part: &[u8]) -> bool {
    let digits = part.iter().filter(|byte| byte.is_ascii_digit()).count();
    let runs = part.windows(2).filter(|pair| !pair[0].is_ascii_digit() && pair[1].is_ascii_digit()).count();
    let name = part.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'));
    let few = digits <= 2 || runs == 1 && digits <= 5 && digits < part.len();
    name && few && part.first().is_some_and(|byte| !byte.is_ascii_digit())
}

/// Whether `value` is a plain name: at most 64 letters and underscores.
pub(crate) fn is_identifier(value: &[u8]) -> bool {
    !value.is_empty()
        && value.len() <= 64
        && value.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
}

/// Whether a bracket in `value` closes one of another kind than was opened last, as in no template and no
/// code.
pub(crate) fn is_unbalanced(value: &[u8]) -> bool {
    let mut open: [u8; 16] = [0; 16];
    let mut depth = 0;
    for &byte in value.iter().take(128) {
        match byte {
            b'(' | b'[' | b'{' if depth < open.len() => {
                open[depth] = byte;
                depth += 1;
            }
            b')' | b']' | b'}' if depth > 0 => {
                depth -= 1;
                let opener = if byte == b')' { b'(' } else { byte - 2 };
                if open[depth] != opener {
                    return true;
                }
            }
            b'"' | b'\'' | b'\\' | b'(' | b'[' | b'{' => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_no_secrets() {
        for value in [
            "os.environ[",
            "getenv(",
            "config.auth.token",
            "self.token()",
            "Foo::bar",
            "process.env.X",
            "req.headers[",
        ] {
            assert!(is_reference(value.as_bytes()), "{value}");
        }
        for value in ["hunter2", "abc.9f8e7d6c5b4a.x", "tok_live_1"] {
            assert!(!is_reference(value.as_bytes()), "{value}");
        }
    }
}
