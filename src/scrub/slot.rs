//! Template slots: what configuration, code and manuals have in the place of a secret.
//!
//! There are three questions, and they differ on purpose. [`is_whole_value`] and [`is_in_value`] judge a value
//! whose end has been found with its quotes and brackets. [`is_whole_match`] and [`is_in_match`] judge what a
//! pattern has matched, which may be a part of it. A value of brackets alone may be anything; a match of
//! brackets is none of the forms that a secret of its rule has.

use super::naming;
use super::reference::is_unbalanced;

/// Whether an assigned `value` is a slot, or the name of a variable: `<token>`, `${TOKEN}`, `$TOKEN`,
/// `(hidden)`. Long values between brackets are not: they are lists and generated passwords.
pub(super) fn is_whole_value(value: &[u8]) -> bool {
    let Some((first, last)) = value.first().zip(value.last()) else { return false };
    let words = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b' ';
    let framed = match (first, last) {
        (b'<', b'>') => true,
        // `(hidden)`, `(sensitive value)`
        (b'(', b')') => value[1..value.len() - 1].iter().all(words),
        (b'{', b'}') | (b'%', b'%') | (b'[', b']') => value.len() < 64,
        _ => value.starts_with(b"&lt;") && value.ends_with(b"&gt;"),
    };
    framed
        || [b"${".as_slice(), b"{{", b"$(", b"$__", b"#{"].iter().any(|begin| value.starts_with(begin))
        || value.strip_prefix(b"$").is_some_and(is_variable)
        // `Bearer <your-key>`
        || *last == b'>' && memchr::memmem::find(value, b"<your").is_some()
}

/// Whether `name` is that of a variable, and not the rest of a password that begins with a dollar sign.
fn is_variable(name: &[u8]) -> bool {
    // Names of variables without an underscore are shorter, or words.
    const LONG: usize = 16;
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        && name.first().is_some_and(|byte| !byte.is_ascii_digit())
        && !is_leet(name)
        && !(name.len() >= LONG && !name.contains(&b'_') && naming::looks_random(name))
}

/// Whether digits and capitals are among the letters as in no variable's name: `ecRetT0F1nD`.
fn is_leet(name: &[u8]) -> bool {
    let inside = |kind: fn(&u8) -> bool| {
        name.windows(3).filter(|three| three[0].is_ascii_lowercase() && kind(&three[1])).count()
    };
    let digits = name
        .windows(3)
        .filter(|three| {
            three[1].is_ascii_digit() && three[0].is_ascii_alphabetic() && three[2].is_ascii_alphabetic()
        })
        .count();
    digits >= 2 && inside(u8::is_ascii_uppercase) >= 1 && !name.contains(&b'_')
}

/// Whether an assigned `value` has a slot in the place of its secret part: `%(name)s`, `x-{name}`, `$(cmd)`.
pub(super) fn is_in_value(value: &[u8]) -> bool {
    let braced = memchr::memchr(b'{', value).is_some_and(|at| {
        let inside = &value[at + 1..];
        let close = memchr::memchr(b'}', inside).unwrap_or(0);
        close > 0
            && !is_unbalanced(value)
            && !naming::looks_random(&inside[..close])
            && inside[..close]
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.-$ ()[]'\"".contains(byte))
    });
    let empty = memchr::memmem::find(value, b"{}").is_some() && !is_unbalanced(value);
    // WebSphere's encoding of a password is not a template.
    !value.starts_with(b"{xor}") && (braced || empty)
        || memchr::memmem::find(value, b"$(").is_some() && value.ends_with(b")")
        || value.starts_with(b"%(")
        || is_put_in(value)
}

/// Whether a program inserts a value here, with hardly anything around it: `%s`, `0x%s`, `%r%s`, `server=%s`.
/// `%rT9x` is none of these.
fn is_put_in(value: &[u8]) -> bool {
    const FRONT: usize = 2;
    let kind = |at: usize| matches!(value.get(at + 1), Some(b's' | b'd' | b'r'));
    let ends = |at: usize| !value.get(at + 2).is_some_and(u8::is_ascii_alphanumeric);
    memchr::memchr_iter(b'%', value).any(|at| (at <= FRONT || value[at - 1] == b'=') && kind(at) && ends(at))
}

/// Whether the secret that a rule has matched is a slot for a password, or a mask over one, with no letter of
/// the password. A pattern may end before the bracket that closes the slot.
pub(super) fn is_whole_match(text: &[u8]) -> bool {
    match text {
        [] | [b'{', .., b'}'] | [b'<', .., b'>'] | [b'[', .., b']'] | [b'%', .., b'%'] => true,
        // `$env{name}`
        [b'$', .., b'}'] if text.contains(&b'{') => true,
        // The closing bracket may be outside the match; `(char *) p` is a cast.
        [b'[' | b'(', word @ ..] if word.iter().all(u8::is_ascii_alphabetic) => true,
        [b'$', name @ ..]
            if scoped(name).iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') =>
        {
            true
        }
        // What a build puts in (`@PASSWORD@`), and a call, whose closing bracket may be outside the match.
        [b'@', name @ .., b'@'] | [name @ .., b'('] if is_code_name(name) => true,
        // The characters of a mask, including the bullet and the ellipsis in UTF-8.
        _ => text
            .iter()
            .all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X' | b'-' | 0xE2 | 0x80 | 0xA2 | 0xA6)),
    }
}

/// Returns the name of a variable without its scope in PowerShell: `env:PASSWORD`, `script:password`.
fn scoped(name: &[u8]) -> &[u8] {
    let scopes = [b"env:".as_slice(), b"global:", b"script:", b"local:", b"using:"];
    let scope = scopes
        .into_iter()
        .find(|scope| name.len() >= scope.len() && name[..scope.len()].eq_ignore_ascii_case(scope));
    scope.map_or(name, |scope| &name[scope.len()..])
}

/// Whether `name` is that of a variable or a function, which has no digits: `DB_PASSWORD`, `config.password`.
fn is_code_name(name: &[u8]) -> bool {
    name.len() >= 3 && name.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.'))
}

/// Whether the secret that a rule has matched contains a slot, or begins as a reference to one:
/// `prefix-${NAME}`, `%(name)s`, `process.env.NAME`.
pub(super) fn is_in_match(secret: &[u8]) -> bool {
    let holds = |part: &[u8]| memchr::memmem::find(secret, part).is_some();
    let references: [&[u8]; 4] = [b"env.", b"process.env", b"os.environ", b"secrets."];
    let slots: [&[u8]; 6] = [b"${", b"$(", b"#{", b"{{", b"<%", b"%("];
    // `Umbra17%saffron` has no slot.
    let formatted = |at: usize| {
        matches!(secret.get(at + 1), Some(b's' | b'v'))
            && !secret.get(at + 2).is_some_and(u8::is_ascii_alphanumeric)
    };
    references.into_iter().any(|name| secret.starts_with(name))
        || slots.into_iter().any(holds)
        || memchr::memchr_iter(b'%', secret).any(formatted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_questions_differ_where_they_have_to() {
        let long = format!("{{{}}}", "a".repeat(64));
        for (text, whole_value, in_value, whole_match, in_match) in [
            ("<token>", true, false, true, false),
            ("${TOKEN}", true, true, true, true),
            ("$TOKEN", true, false, true, false),
            ("x-{name}", false, true, false, false),
            ("x-${NAME}", false, true, false, true),
            ("%(name)s", false, true, false, true),
            ("(hidden)", true, false, false, false),
            // Cut before its bracket; a cast.
            ("[word", false, false, true, false),
            ("(char", false, false, true, false),
            // A mask is a slot only in a match; values have `placeholder::is_mask`.
            ("****", false, false, true, false),
            (&long, false, true, true, false),
            ("{xor}Lz4sLChvLTs=", false, false, false, false),
            ("$env:DB_PASSWORD", false, false, true, false),
            ("@PASSWORD@", false, false, true, false),
            ("getPassword(", false, false, true, false),
            ("#{datastore[", true, false, false, true),
            ("@Walnut85@", false, false, false, false),
            ("walnut85(", false, false, false, false),
            ("hunter2", false, false, false, false),
            ("$ecret!9", false, false, false, false),
        ] {
            let text = text.as_bytes();
            let found = (is_whole_value(text), is_in_value(text), is_whole_match(text), is_in_match(text));
            let expected = (whole_value, in_value, whole_match, in_match);
            assert_eq!(found, expected, "{}", String::from_utf8_lossy(text));
        }
    }
}
