//! Unquoted values under a sensitive name that are code and no secrets: numbers, types, constants,
//! expressions.

use super::super::reference::is_identifier;
use super::super::{entropy, naming};
use super::name::Name;
use super::operator::Operator;

/// The most hexadecimal digits of a number in a program: 64 bits. A longer one may be a key.
const MAX_HEX: usize = 16;

/// Whether the unquoted value that ends at `end` is code.
pub(super) fn is_code(text: &[u8], name: &Name, operator: Operator, value: &[u8], end: usize) -> bool {
    if is_packed(text, name, operator, value, end) || is_expression(value, packs(text, name, operator)) {
        return true;
    }
    if !matches!(operator, Operator::Colon | Operator::Equals { spaced: true }) {
        return false;
    }
    if operator == Operator::Colon && is_type(text, name, value, end) {
        return true;
    }
    // `BAD_PASSWORD = ERROR_BASE + 15`
    let rest = &text[end..];
    let sum = is_identifier(value)
        && [b" + ".as_slice(), b" | ", b" << "].iter().any(|sign| rest.starts_with(sign))
        && !matches!(rest.get(3), Some(b'"' | b'\''));
    let pointer = value.starts_with(b"*const") || value.starts_with(b"*mut");
    // `Option<...>`: the value ends before the bracket.
    let in_type = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let generic = text.get(end) == Some(&b'<')
        && value.iter().all(in_type)
        && value.first().is_some_and(u8::is_ascii_uppercase)
        && !text[end..].starts_with(b"</");
    // `self.hide_cookie2 = hide_cookie2`
    let itself = value.contains(&b'_') && text[name.start..name.end].ends_with(value);
    pointer
        || generic
        || itself
        || sum
        || is_number(value)
        || is_constant(name, value)
        || is_variable(text, name, value, end)
}

/// Whether the value is a variable that ends in the same word as the name, in code:
/// `{hexKey: hexPKCS1TestPKCS8Key, ...}`.
fn is_variable(text: &[u8], name: &Name, value: &[u8], end: usize) -> bool {
    let own = &text[name.start..name.end];
    let word = own.iter().rposition(u8::is_ascii_uppercase).map_or(own, |at| &own[at..]);
    name.sensitive.label != "PASSWORD"
        && word.len() >= 3
        && word.len() < own.len()
        && value.first().is_some_and(u8::is_ascii_lowercase)
        && value.ends_with(word)
        && value.iter().all(u8::is_ascii_alphanumeric)
        && matches!(text.get(end), Some(b',' | b'}' | b')' | b';'))
}

/// Whether name, operator and value are written without spaces, as in minified code; before `=` the name must
/// be that of a member.
fn packs(text: &[u8], name: &Name, operator: Operator) -> bool {
    let member = text[name.start..name.end].contains(&b'.') || name.start > 0 && text[name.start - 1] == b'.';
    match operator {
        Operator::Colon => name.quote.is_none() && text.get(name.end + 1).is_some_and(u8::is_ascii_graphic),
        Operator::Equals { spaced: false } => member,
        // `this.token+=e`
        Operator::Equals { spaced: true } => {
            member
                && matches!(text.get(name.end..name.end + 3), Some([b'+', b'=', next]) if next.is_ascii_graphic())
        }
        _ => false,
    }
}

/// Whether the value is minified code: `this._token=e}getToken(e)`, `{apiKey:o}=e.options`. It continues
/// after a bracket that it did not open.
fn is_packed(text: &[u8], name: &Name, operator: Operator, value: &[u8], end: usize) -> bool {
    let packed = packs(text, name, operator);
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.');
    let word = value.iter().take_while(|byte| inner(byte)).count();
    let next = value.get(word).or_else(|| text.get(end));
    // `a.key=b.key=c`, `t.styleKey=2097152*d[0]`.
    let chained = next == Some(&b'=') && (word <= 2 || value[..word].contains(&b'.'));
    let product = next == Some(&b'*') && value[..word].iter().all(u8::is_ascii_digit);
    // `f?this.token+=e:this.name+=e`
    let chosen = next == Some(&b':') && word <= 2 && matches!(operator, Operator::Equals { .. });
    if packed && word > 0 && (chained || product || chosen) {
        return true;
    }
    packed
        && word > 0
        && !value[0].is_ascii_digit()
        && next.is_some_and(|byte| {
            matches!(byte, b'}' | b')' | b']' | b'(' | b'{' | b',' | b';' | b'?' | b'&' | b'|')
        })
        && (word <= 2 || value.len() > word || next != Some(&b'&') && is_identifier(&value[..word]))
}

/// Whether the value begins like minified code, as no secret does: `null!==n&&void`, `10]="CommaToken"`,
/// `33587200}static`, `-1,e()`, `this.#key(`, `t.comment:(n.token=`, `l.value??`.
fn is_expression(value: &[u8], packed: bool) -> bool {
    if [b"null=".as_slice(), b"null!", b"void 0", b"this.#", b"(null"]
        .iter()
        .any(|begin| value.starts_with(begin))
    {
        return true;
    }
    let inner = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$' | b'.');
    let path = value.iter().take_while(|byte| inner(byte)).count();
    let rest = &value[path..];
    if path > 0 && (rest.starts_with(b")[") || rest.starts_with(b"])!") || rest.starts_with(b"?peek(")) {
        return true;
    }
    if path == 1 && rest.starts_with(b"&&") || rest == b"??" && value[..path].contains(&b'.') {
        return true;
    }
    // The rest applies to minified code only: what people choose may begin with anything.
    if !packed {
        return false;
    }
    let (minus, number) = value.strip_prefix(b"-").map_or((false, value), |number| (true, number));
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0
        && let [sign, rest @ ..] = &number[digits..]
    {
        let closes = matches!(sign, b']' | b'}' | b')') && (minus || !rest.is_empty());
        // `t.token=132,t.flags|=4`, `t.PASS=1;const`
        let goes_on = matches!(sign, b',' | b';') && begins_statement(rest);
        if closes || goes_on || minus && *sign == b',' {
            return true;
        }
    }
    let member = memchr::memchr(b'.', &value[..path]).is_some_and(|at| at > 0 && at + 1 < path);
    member
        && [b":(".as_slice(), b"+(", b"??", b"?(", b"||", b"&&", b"===", b"!==", b":!", b"?."]
            .iter()
            .any(|sign| rest.starts_with(sign))
        || is_of_members(value)
}

/// Whether a statement of minified code begins here: with a member of an object that has a name of one
/// letter, or with a keyword alone.
fn begins_statement(text: &[u8]) -> bool {
    matches!(text, [object, b'.', member, ..] if object.is_ascii_alphabetic() && member.is_ascii_alphabetic())
        || matches!(text, b"const" | b"let" | b"var" | b"return" | b"if")
}

/// Whether the value is members of objects with short names, combined by an operator:
/// `s.key:s.key&&s.ctrlKey`, `s.C0.ESC+s.C0.ESC`.
fn is_of_members(value: &[u8]) -> bool {
    const NAME: usize = 2;
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.');
    let path = |text: &[u8]| text.iter().take_while(|byte| inner(byte)).count();
    let is_member = |path: &[u8]| {
        memchr::memchr(b'.', path).is_some_and(|at| at <= NAME)
            && path.split(|byte| *byte == b'.').all(|part| part.first().is_some_and(u8::is_ascii_alphabetic))
    };
    let (first, rest) = value.split_at(path(value));
    let compares =
        || [b"&&".as_slice(), b"===", b"||"].iter().any(|sign| memchr::memmem::find(rest, sign).is_some());
    let adds = || rest.first() == Some(&b'+') && is_member(&rest[1..=path(&rest[1..])]);
    is_member(first) && (compares() || adds())
}

/// Whether the value is the code between two strings, where the closing quote of the first was taken for an
/// opening one: `"duplicate key: "+o));f("`. Template tags count too (`{%`, `{file:`).
pub(super) fn is_between_strings(value: &[u8]) -> bool {
    let calls = [b"),".as_slice(), b"))", b");"].iter().any(|end| memchr::memmem::find(value, end).is_some());
    matches!(value, [b'+' | b',' | b')', next, ..] if *next != b' ' && !next.is_ascii_digit()) && calls
        || value.starts_with(b"{%")
        || value.starts_with(b"{file:")
}

/// Whether the value is a flag to which a program appends the argument: `" --username=" + name`.
pub(super) fn is_part_of_command(value: &[u8]) -> bool {
    let Some(flag) = value.trim_ascii_start().strip_prefix(b"--").and_then(|flag| flag.strip_suffix(b"="))
    else {
        return false;
    };
    flag.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'-')
}

/// Whether the value is a generic type: `List[V1ObjectReference]`, `dict[str, Secret]`.
pub(super) fn is_generic(value: &[u8]) -> bool {
    const OF: [&[u8]; 16] = [
        b"list",
        b"dict",
        b"set",
        b"tuple",
        b"type",
        b"optional",
        b"union",
        b"sequence",
        b"iterable",
        b"mapping",
        b"literal",
        b"final",
        b"annotated",
        b"callable",
        b"array",
        b"map",
    ];
    let word = value.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let known = OF.iter().any(|of| of.eq_ignore_ascii_case(&value[..word]));
    known && value.get(word) == Some(&b'[') && value.ends_with(b"]")
}

/// Whether the value is what a bundler makes of `name` in a style sheet:
/// `tokenLayer: "_tokenLayer_md8fn_152"`.
pub(super) fn is_module_name(name: &[u8], value: &[u8]) -> bool {
    let name = name.rsplit(|&byte| byte == b'.').next().unwrap_or(name);
    value
        .strip_prefix(b"_")
        .and_then(|rest| rest.strip_prefix(name))
        .is_some_and(|rest| rest.starts_with(b"_") && rest.len() <= 16)
}

/// Whether the value is a status or a count: `INVALID_API_KEY = "403"`.
pub(super) fn is_count(value: &[u8]) -> bool {
    value.len() < 5 && value.iter().all(u8::is_ascii_digit)
}

/// Whether the value is the name of a database migration: `0003_fixup_teams`.
pub(super) fn is_migration(value: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_';
    value.len() > 5
        && value[..4].iter().all(u8::is_ascii_digit)
        && value[4] == b'_'
        && value[5].is_ascii_lowercase()
        && value.iter().all(inner)
}

/// Whether the value is a type, as after the colon of a declaration: `Incomplete`, `SensitiveString2048`.
fn is_type(text: &[u8], name: &Name, value: &[u8], end: usize) -> bool {
    is_required_type(text, name, value)
        || (name.sensitive.label != "PASSWORD" || text.get(end) == Some(&b';'))
            && value.first().is_some_and(u8::is_ascii_uppercase)
            && value.get(1).is_some_and(u8::is_ascii_lowercase)
            && value.iter().all(u8::is_ascii_alphanumeric)
            && (entropy::is_wordy(value) || naming::is_name(value))
}

/// Whether the value is a GraphQL type that must have a value: `password: String!`, `$input: Login!`.
fn is_required_type(text: &[u8], name: &Name, value: &[u8]) -> bool {
    let Some(word) = value.strip_suffix(b"!") else { return false };
    let variable = name.start > 0 && text[name.start - 1] == b'$' || text[name.start] == b'$';
    let named = variable
        && word.first().is_some_and(u8::is_ascii_uppercase)
        && word.iter().all(u8::is_ascii_alphanumeric);
    named || matches!(word, b"String" | b"ID" | b"Int" | b"Boolean" | b"Float")
}

/// Whether the value is a number literal: `32u32`, `0x0002`, `0xC002_u32`, `10UL`.
fn is_number(value: &[u8]) -> bool {
    let (digits, hex) = match value.strip_prefix(b"-").unwrap_or(value) {
        [b'0', b'x' | b'X', rest @ ..] => (rest, true),
        value => (value, false),
    };
    let is_digit = |byte: &u8| if hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
    let count = digits.iter().take_while(|byte| is_digit(byte)).count();
    if count == 0 || hex && count > MAX_HEX {
        return false;
    }
    let suffix = digits[count..].strip_prefix(b"_").unwrap_or(&digits[count..]);
    let suffixes: [&[u8]; 16] = [
        b"u8", b"u16", b"u32", b"u64", b"usize", b"i8", b"i16", b"i32", b"i64", b"isize", b"f32", b"f64",
        b"u", b"l", b"ul", b"ull",
    ];
    suffix.is_empty() && hex || suffixes.iter().any(|known| suffix.eq_ignore_ascii_case(known))
}

/// Whether the value is the name of a constant or type in capitals: `IKEEXT_CREDENTIAL0`. Passwords are
/// exempt: people choose such.
fn is_constant(name: &Name, value: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    name.sensitive.label != "PASSWORD"
        && value.contains(&b'_')
        && value.first().is_some_and(u8::is_ascii_uppercase)
        && value.iter().all(inner)
        && digits <= 2
        && entropy::is_wordy(value)
}

/// Whether the value is a C type, or a type with a default value: `__uint128_t`, `Token=None`.
pub(super) fn is_declared(value: &[u8]) -> bool {
    let word = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let otherwise = memchr::memchr(b'=', value).is_some_and(|at| {
        let (name, rest) = (&value[..at], &value[at + 1..]);
        name.first().is_some_and(u8::is_ascii_uppercase)
            && word(name)
            && matches!(rest, b"None" | b"null" | b"nil" | b"undefined" | b"true" | b"false")
    });
    otherwise || value.ends_with(b"_t") && word(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_programs() {
        for text in ["32u32", "0x0002", "-0x3f879678", "0xC0290149_u32", "10UL", "5_usize"] {
            assert!(is_number(text.as_bytes()), "{text}");
        }
        for text in ["", "u32", "1a2b3c", "0x0123456789abcdef0", "12345678"] {
            assert!(!is_number(text.as_bytes()), "{text}");
        }
    }
}
