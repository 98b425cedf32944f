//! Operators: what joins a name and its value.

use super::super::escape::{self, Quote};
use super::super::extent;
use super::super::sensitive::Strength;
use super::super::validate::Validator;
use super::name::Name;
use super::value::literal_prefix;
use super::{ends_line, markup, pair, prose, skip_blank, skip_spaces, spaces_before};

/// How a name and its value are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `=`, and `:=`, `=>`, `<-` and the like. `spaced` is false only for an `=` with no white space before
    /// or after it, or a percent-encoded or escaped one.
    Equals { spaced: bool },
    /// `==`, `!=` and the like: the value is what the name is compared with.
    Compared,
    /// `:`, as in YAML, JSON and headers.
    Colon,
    /// `"name", "value"`: an argument list, a pair.
    Comma,
    /// `"name": ["value"]`, `"name": {"x": "value"}`: a list or a map of JSON that the name has.
    Inside,
    /// `--name value`.
    Flag,
    /// `name "value"`, `name is value`, `| name | value |`: no operator, the value only follows the name.
    Beside,
    /// `<name>value</name>`.
    Tag,
}

/// Returns the operator after the name, and where the value may begin.
pub(super) fn after(text: &[u8], name: &Name) -> Option<(Operator, usize)> {
    let mut at = name.end;
    let mut closed = None;
    if let Some((quote, after)) = escape::quote_at(text, at) {
        closed = Some(quote);
        at = after;
    }
    at += visibility(text, name, at);
    // Brackets that enclose nothing but the name: `environ["NAME"]`, `env('NAME')`, `data[NAME]`. In an
    // argument list the name is not alone.
    at += text[at..]
        .iter()
        .take(opened(text, name, closed))
        .take_while(|&&byte| matches!(byte, b']' | b')' | b'}'))
        .count();
    if let Some(value) = markup::next_cell(text, at) {
        return Some((Operator::Beside, value));
    }
    at += markup::before_sign(&text[at..]);
    at += if closed.is_none() { element(&text[at..]) } else { members(&text[at..]) };
    let before = at;
    at = skip_spaces(text, at);
    let spaced = at > before;
    let rest = &text[at..];
    let joined = match rest {
        [b'=', b'>', ..] | [b':' | b'+' | b'.' | b'?' | b'~', b'=', ..] | [b'<', b'-', ..] => {
            Some((Operator::Equals { spaced: true }, 2))
        }
        [b'=' | b'!', b'=', b'=', ..] => Some((Operator::Compared, 3)),
        [b'|', b'|', b'=', ..] | [b'?', b'?', b'=', ..] | [b':', b':', b'=', ..] => {
            Some((Operator::Equals { spaced: true }, 3))
        }
        [b'=' | b'!', b'=', ..] => Some((Operator::Compared, 2)),
        [b':', b':', b':', b'=', ..] => Some((Operator::Equals { spaced: true }, 4)),
        [b'=', ..] => {
            Some((Operator::Equals { spaced: spaced || matches!(rest.get(1), Some(b' ' | b'\t')) }, 1))
        }
        // A hidden field of Jsonnet.
        [b':', b':', b' ', b'"' | b'\'', ..] => Some((Operator::Colon, 2)),
        [b':', b':', ..] => None,
        [b':', ..] => Some((Operator::Colon, 1)),
        // The full-width signs of East Asian texts.
        [0xef, 0xbc, 0x9a, ..] => Some((Operator::Colon, 3)),
        [0xef, 0xbc, 0x9d, ..] => Some((Operator::Equals { spaced: true }, 3)),
        [b',', ..] if closed.is_some() => Some((Operator::Comma, 1)),
        // An Erlang tuple: `{password, "..."}`.
        [b',', b' ', ..] if text[..name.start].ends_with(b"{") => escape::quote_at(text, at + 2)
            .filter(|(quote, _)| quote.byte == b'"')
            .map(|_| (Operator::Beside, 1)),
        [b';', ..] if closed.is_some() => serialized(rest),
        // `std::env::var("API_KEY").unwrap_or("...".into())`
        [b'.', ..] if closed.is_some() => [b".unwrap_or(".as_slice(), b".unwrap_or_else(|_| "]
            .into_iter()
            .find(|call| rest.starts_with(call))
            .map(|call| (Operator::Equals { spaced: true }, call.len())),
        // `<entry key="password">value</entry>`.
        [b'>', ..] if closed.is_some_and(|quote| name.quote == Some(quote)) => Some((Operator::Tag, 1)),
        _ if opens_element(text, name.start) => opening_tag(rest, spaced),
        // A C# property: `public string ApiKey { get; set; } = "..."`.
        [b'{', ..] if spaced && closed.is_none() => accessed(rest),
        [b'(', ..] if closed.is_none() && !spaced => {
            escape::quote_at(text, at + 1).map(|_| (Operator::Comma, 1))
        }
        [b'|', b'|', ..] | [b'?', b'?', ..] | [b'o', b'r', b' ', ..] if spaced => stands_in(text, at),
        _ => encoded(rest),
    };
    // A field for the value is better evidence than the comma of a list: `"name": "password", "value": ...`.
    if matches!(joined, None | Some((Operator::Comma, _)))
        && let Some(value) = pair::value_after(text, before)
    {
        return Some((Operator::Equals { spaced: true }, value));
    }
    if joined.is_none()
        && let Some(value) = closed.and_then(|_| replied(text, name, before))
    {
        return Some((Operator::Equals { spaced: true }, value));
    }
    if let Some((operator, length)) = joined {
        // The text of an XML element may begin on a line of its own.
        let skip = if operator == Operator::Tag { skip_blank } else { skip_spaces };
        let closed_by =
            if operator == Operator::Colon { markup::behind_colon(&text[at + length..]) } else { 0 };
        let value = skip(text, at + length + closed_by);
        // `<Password><Value>...</Value></Password>`
        if operator == Operator::Tag
            && text[value..].len() > 7
            && text[value..value + 7].eq_ignore_ascii_case(b"<value>")
        {
            return Some((Operator::Tag, skip_blank(text, value + 7)));
        }
        // `"adminPassword": {"value": "..."}`, `Password:\n  Default: ...`
        if operator == Operator::Colon
            && let Some(value) = pair::value_after(text, at + length)
        {
            return Some((Operator::Equals { spaced: true }, value));
        }
        if let Some(found) = below(text, operator, value).or_else(|| item_below(text, operator, value)) {
            return Some(found);
        }
        let value = if operator == Operator::Colon { value + markup::opening(&text[value..]) } else { value };
        return Some(typed(text, name, closed, operator, value).unwrap_or((operator, value)));
    }
    if spaced { without_sign(text, name, closed, at) } else { None }
}

/// Returns where the value begins in the reply of Redis that a name ends, at `at`: `1) "password"` above
/// `2) "..."`.
fn replied(text: &[u8], name: &Name, at: usize) -> Option<usize> {
    let quote = name.quote.filter(|quote| quote.byte == b'"')?;
    let before = &text[..name.start - 1 - quote.backslashes()];
    let number =
        |digits: &[u8]| std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u32>().ok());
    let digits = |text: &[u8]| text.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let before = before.strip_suffix(b") ")?;
    let first = before.iter().rev().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let line = (escape::line_break(text, at) > 0).then(|| skip_blank(text, at))?;
    let second = digits(&text[line..]);
    let follows =
        number(&before[before.len() - first..])?.checked_add(1) == number(&text[line..line + second]);
    let value = line + second + 2;
    (follows && text[line + second..].starts_with(b") ") && escape::quote_at(text, value).is_some())
        .then_some(value)
}

/// Returns how the name is joined to what follows it after white space, at `at`, without a sign between them.
/// `closed` is the quote after the name.
fn without_sign(text: &[u8], name: &Name, closed: Option<Quote>, at: usize) -> Option<(Operator, usize)> {
    let rest = &text[at..];
    // `I fill in "Password" with "..."`, and Scala's maps: `"password" -> "..."`.
    let signs = [b"with value ".as_slice(), b"with ", b"-> "];
    if closed.is_some()
        && let Some(sign) = signs.into_iter().find(|sign| rest.starts_with(sign))
    {
        let value = skip_spaces(text, at + sign.len());
        return escape::quote_at(text, value).map(|_| (Operator::Beside, value));
    }
    // A flag in backticks is mentioned, not used: "the `--password` flag".
    let told = closed.is_some_and(|quote| quote.byte == b'`');
    if !told && is_flag(text, name.start) {
        return Some((Operator::Flag, at));
    }
    // `` `DB_PASSWORD` | `value` `` in a table, `` `API_KEY` is set to `value` `` in a sentence.
    if let Some(quote) = closed.filter(|quote| name.quote == Some(*quote)) {
        let quoted = |(_, value): &(Operator, usize)| {
            *value > at && escape::quote_at(text, *value).is_some_and(|(opened, _)| opened == quote)
        };
        return beside(text, at).filter(quoted);
    }
    if closed.is_none() && is_set(&text[..name.start]) && !text[at..].starts_with(b"to ") {
        return Some((Operator::Beside, at));
    }
    // A pair of Lisp: `(password . "...")`.
    if closed.is_none() && rest.starts_with(b". ") && text[..name.start].ends_with(b"(") {
        let value = skip_spaces(text, at + 2);
        return escape::quote_at(text, value).map(|_| (Operator::Beside, value));
    }
    if closed.is_none() {
        return unjoined(text, name, at);
    }
    None
}

/// Returns how the name is joined to what follows it at `at` without an operator: after a type, as a phrase,
/// in columns, or in a sentence.
fn unjoined(text: &[u8], name: &Name, at: usize) -> Option<(Operator, usize)> {
    annotated(text, at)
        .or_else(|| beside(text, at))
        .or_else(|| aligned(text, name, at))
        .or_else(|| prose::behind(text, name, at))
}

/// Matches the fallback for a missing value: `process.env.API_KEY || "value"`. Backticks do not count as its
/// quotes, since prose has names in them: "`auth_password` or `auth_key`".
fn stands_in(text: &[u8], at: usize) -> Option<(Operator, usize)> {
    let quote = escape::quote_at(text, skip_spaces(text, at + 2)).filter(|(quote, _)| quote.byte != b'`');
    quote.map(|_| (Operator::Equals { spaced: true }, 2))
}

/// Matches the rest of a tag that begins with the name, attributes included:
/// `<password encoding="plain">value</password>`, `<wsse:Password Type="...">`.
fn opening_tag(rest: &[u8], spaced: bool) -> Option<(Operator, usize)> {
    const LONGEST: usize = 256;
    let length = rest.iter().take(LONGEST).position(|byte| matches!(byte, b'<' | b'>' | b'\n'))?;
    let attributes = spaced && memchr::memchr(b'=', &rest[..length]).is_some() && rest[length - 1] != b'/';
    (rest[length] == b'>' && (length == 0 || attributes)).then_some((Operator::Tag, length + 1))
}

/// Matches the accessors of a C# property (`{ get; set; }`) and the equals sign after them.
fn accessed(rest: &[u8]) -> Option<(Operator, usize)> {
    const LONGEST: usize = 64;
    let window = &rest[..rest.len().min(LONGEST)];
    let close = memchr::memchr(b'}', window)?;
    let says = memchr::memmem::find(&window[..close], b"get").is_some();
    let sign = close + 1 + window[close + 1..].iter().take_while(|byte| **byte == b' ').count();
    let assigns = window.get(sign) == Some(&b'=') && window.get(sign + 1) != Some(&b'>');
    (says && assigns).then_some((Operator::Equals { spaced: true }, sign + 1))
}

/// Matches what PHP's `serialize` writes between a name and a string: `s:8:"password";s:9:"..."`.
fn serialized(rest: &[u8]) -> Option<(Operator, usize)> {
    let digits = rest.strip_prefix(b";s:")?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let colon = 3 + digits;
    ((1..=4).contains(&digits) && rest.get(colon) == Some(&b':'))
        .then_some((Operator::Equals { spaced: true }, colon + 1))
}

/// Returns where a string on the line below begins, where long values are written (`const apiKey =\n  "..."`),
/// and how it is judged. A string before a colon is the next name; three quotes open a docstring.
fn below(text: &[u8], operator: Operator, at: usize) -> Option<(Operator, usize)> {
    let assigns = matches!(operator, Operator::Equals { .. } | Operator::Colon);
    if !assigns || escape::line_break(text, at) == 0 {
        return None;
    }
    let value = skip_blank(text, at);
    // PHP's `var_dump` prints the length first: `string(16) "..."`.
    if let Some(rest) = text[value..].strip_prefix(b"string(") {
        let digits = rest.iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
        let value = value + 7 + digits + 2;
        return (rest[digits..].starts_with(b") ") && escape::quote_at(text, value).is_some())
            .then_some((operator, value));
    }
    let (quote, inside) = escape::quote_at(text, value)?;
    let (end, after) = extent::quoted(text, inside, quote, &[]);
    let next = text.get(skip_spaces(text, after));
    (end > inside && !matches!(next, Some(b':'))).then_some((Operator::Comma, value))
}

/// Returns where the next item of a list begins on the line below. Lists of names are written like this too, so
/// it must be long and random.
fn item_below(text: &[u8], operator: Operator, at: usize) -> Option<(Operator, usize)> {
    const SHORTEST: usize = 16;
    if operator != Operator::Comma || escape::line_break(text, at) == 0 {
        return None;
    }
    let value = skip_blank(text, at);
    let (quote, inside) = escape::quote_at(text, value)?;
    let (end, _) = extent::quoted(text, inside, quote, &[]);
    let item = &text[inside..end];
    (item.len() >= SHORTEST && Validator::Random.accepts(item)).then_some((operator, value))
}

/// Matches a value that follows the name: `password "value"` of configuration languages, SQL and Lisp,
/// `password is value` of prose, and the next cell of a table.
fn beside(text: &[u8], at: usize) -> Option<(Operator, usize)> {
    let rest = &text[at..];
    // `lautet` and `ist` are German.
    let words = [
        b"is set to ".as_slice(),
        b"set to ",
        b"is ",
        b"is: ",
        b"was ",
        b"lautet ",
        b"lautet: ",
        b"ist ",
        b"| ",
        b"-> ",
        // An en dash and an em dash.
        b"\xe2\x80\x93 ",
        b"\xe2\x80\x94 ",
        b"to \"",
    ];
    // A dash that JSON escapes.
    let backslashes = escape::backslashes_at(text, at);
    let escaped = [b"u2013 ".as_slice(), b"u2014 "].iter().any(|dash| rest[backslashes..].starts_with(dash));
    if backslashes > 0 && escaped {
        return Some((Operator::Beside, skip_spaces(text, at + backslashes + 6)));
    }
    let value = match words.into_iter().find(|word| rest.starts_with(word)) {
        Some(word) => {
            let value = skip_spaces(text, at + word.len() - usize::from(word.ends_with(b"\"")));
            value + markup::opening(&text[value..])
        }
        None => escape::quote_at(text, at).map(|_| at)?,
    };
    Some((Operator::Beside, value))
}

/// Matches a name and a value that are set in columns on a line, as programs print them: `password    value`.
fn aligned(text: &[u8], name: &Name, at: usize) -> Option<(Operator, usize)> {
    const LONGEST: usize = 512;
    const LONG: usize = 16;
    let wide = at >= name.end + 2 || text[name.end] == b'\t';
    let before = name.start - spaces_before(text, name.start);
    let begins = before == 0
        || matches!(text[before - 1], b'\n' | b'"' | b'\'')
        || escape::is_escape_letter(text, before - 1);
    // `reg query` prints the type between them.
    let at = if text[at..].starts_with(b"REG_SZ ") { skip_spaces(text, at + 6) } else { at };
    let window = &text[at..text.len().min(at + LONGEST)];
    let length = window
        .iter()
        .take_while(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'\''))
        .count();
    let ends = ends_line(text, at + length);
    // A single space is enough before what people choose (`password Copper@55`) and before a long key
    // (`shared_key UwIXbs6cznv5gcnDJtujjNNq`).
    let value = &window[..length];
    let chosen = || name.sensitive.label == "PASSWORD" && Validator::HumanPassword.accepts(value);
    let random = || {
        name.sensitive.strength == Strength::Strong && value.len() >= LONG && Validator::Random.accepts(value)
    };
    (begins && length > 0 && ends && (wide || chosen() || random())).then_some((Operator::Beside, at))
}

/// Whether the name of an element begins at `start`, perhaps after a namespace: `<password`, `<urn:password`.
fn opens_element(text: &[u8], start: usize) -> bool {
    const LONGEST: usize = 16;
    let before = &text[..start];
    let space = before.strip_suffix(b":").map_or(0, |rest| {
        1 + rest.iter().rev().take(LONGEST).take_while(|byte| byte.is_ascii_alphanumeric()).count()
    });
    before[..before.len() - space].last() == Some(&b'<')
}

/// Returns the length of the index or size of an array to which a value is assigned, or zero:
/// `APP_KEY[] = "..."`, `password[33] = "..."`.
fn element(rest: &[u8]) -> usize {
    const LONGEST: usize = 24;
    let Some(inside) = rest.strip_prefix(b"[") else { return 0 };
    let length =
        inside.iter().take(LONGEST).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let behind = inside.get(length + 1..).unwrap_or_default();
    let sign = behind.iter().take_while(|byte| **byte == b' ').count();
    let assigns = matches!(behind.get(sign..), Some([b'=', b' ' | b'"' | b'{', ..]));
    if inside.get(length) == Some(&b']') && assigns { length + 2 } else { 0 }
}

/// Returns the length of the subscripts after a name, where a value is assigned to the last one, or zero:
/// `default['db']['password']['postgres'] = '...'`.
fn members(rest: &[u8]) -> usize {
    const LONGEST: usize = 48;
    const MOST: usize = 4;
    let mut at = 0;
    for _ in 0..MOST {
        let [b'[', quote @ (b'\'' | b'"'), inside @ ..] = &rest[at..] else { break };
        let in_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let length = inside.iter().take(LONGEST).take_while(in_name).count();
        if inside.get(length..length + 2) != Some(&[*quote, b']']) {
            return 0;
        }
        at += length + 4;
    }
    if matches!(rest[at..], [b' ', b'=', b' ', ..] | [b'=', b' ', ..]) { at } else { 0 }
}

/// Returns the length of what PHP prints after the name of a member that is not public, or zero:
/// `["password":protected]`, `["password":"Config":private]`, `[password:protected]`.
fn visibility(text: &[u8], name: &Name, at: usize) -> usize {
    const LONGEST: usize = 96;
    let quote = name.quote.map_or(0, |quote| 1 + quote.backslashes());
    if text.get(at) != Some(&b':') || !text[..name.start - quote].ends_with(b"[") {
        return 0;
    }
    let inner = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_:\"\\".contains(byte);
    let length = text[at..].iter().take(LONGEST).take_while(inner).count();
    let known =
        [b":protected".as_slice(), b":private"].iter().any(|end| text[at..at + length].ends_with(end));
    if known && text.get(at + length) == Some(&b']') { length } else { 0 }
}

/// Returns how many brackets directly before the name are to be closed after it.
fn opened(text: &[u8], name: &Name, closed: Option<Quote>) -> usize {
    let quote = closed.map_or(0, |quote| 1 + quote.backslashes());
    let before = text[..name.start.saturating_sub(quote)].iter().rev();
    // Perl's hash: `$ENV{NAME}`. A Ruby symbol has a colon after its bracket: `config[:password]`.
    let hash =
        before.clone().next() == Some(&b'{') && before.clone().nth(1).is_some_and(u8::is_ascii_alphanumeric);
    let brackets = before.skip_while(|&&byte| byte == b':').take(2);
    brackets.take_while(|&&byte| byte == b'[' || byte == b'(').count() + usize::from(hash)
}

/// Matches `=` or `:` written as an escape of a URL (`%3D`) or of JSON (`\u003d`, at any layer). Returns it
/// with its length.
fn encoded(text: &[u8]) -> Option<(Operator, usize)> {
    let backslashes = text.iter().take_while(|&&byte| byte == b'\\').count();
    let (digits, length) = match text.get(backslashes)? {
        b'%' if backslashes == 0 => (text.get(1..3)?, 3),
        b'u' if backslashes > 0 && text[backslashes + 1..].starts_with(b"00") => {
            (text.get(backslashes + 3..backslashes + 5)?, backslashes + 5)
        }
        _ => return None,
    };
    match digits {
        b"3d" | b"3D" => Some((Operator::Equals { spaced: false }, length)),
        b"3a" | b"3A" => Some((Operator::Colon, length)),
        _ => None,
    }
}

/// Matches `name: Type = value`: the colon annotates, the equals sign after the type assigns.
fn typed(
    text: &[u8],
    name: &Name,
    closed: Option<Quote>,
    operator: Operator,
    value: usize,
) -> Option<(Operator, usize)> {
    if operator != Operator::Colon || closed.is_some() || name.quote.is_some() {
        return None;
    }
    annotated(text, value)
}

/// Matches `name Type = "value"`, where the type is at most a few words long.
fn annotated(text: &[u8], at: usize) -> Option<(Operator, usize)> {
    const MAX_TYPE: usize = 40;
    let window = &text[at..text.len().min(at + MAX_TYPE)];
    // `val apiKey: String by lazy { "..." }` in Kotlin
    if let Some(lazy) = memchr::memmem::find(window, b"by lazy { ") {
        return Some((Operator::Equals { spaced: true }, at + lazy + 10));
    }
    let sign = window.iter().position(|&byte| byte == b'=')?;
    let kind = window[..sign].trim_ascii();
    let is_type = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'_' | b'<' | b'>' | b'[' | b']' | b':' | b'*' | b'&' | b'?' | b' ' | b'\'' | b'.'
            )
    };
    // `v_password VARCHAR2(30) := '...'`
    let length = kind.iter().rposition(|byte| !matches!(byte, b')' | b' ' | b':')).map_or(0, |last| last + 1);
    let digits = kind[..length].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let sized = digits > 0 && kind.get(length) == Some(&b')') && kind[..length - digits].ends_with(b"(");
    let kind = if sized { &kind[..length - digits - 1] } else { kind };
    // `local token <const> = "..."` in Lua
    if kind.is_empty()
        || !kind.iter().all(is_type)
        || !kind[0].is_ascii_alphabetic() && !matches!(kind[0], b'&' | b'*' | b'[') && kind != b"<const>"
    {
        return None;
    }
    let value = field_default(text, skip_spaces(text, at + sign + 1));
    let (_, inside) = escape::quote_at(text, value + literal_prefix(&text[value..]))?;
    // `'X-Api-Key: dGhlIGtleQ='`: the equals sign is padding, and the quote closes the enclosing string.
    let fused = value == at + sign + 1 && !window[..sign].ends_with(b" ");
    let closes =
        text.get(inside).is_none_or(|byte| byte.is_ascii_whitespace() || b",;)]}\\\"'`".contains(byte));
    (!fused || !closes).then_some((Operator::Equals { spaced: true }, value))
}

/// Returns where the default begins in the call that describes the field of a class, or `at`:
/// `api_key: SecretStr = Field(default="...")`.
fn field_default(text: &[u8], at: usize) -> usize {
    let Some(rest) = text[at..].strip_prefix(b"Field(") else { return at };
    let inside = skip_blank(text, text.len() - rest.len());
    if text[inside..].starts_with(b"default=") { inside + b"default=".len() } else { inside }
}

/// Whether the name is that of a command-line option (`--token value`).
fn is_flag(text: &[u8], start: usize) -> bool {
    text[start..].starts_with(b"--")
        || start >= 2 && &text[start - 2..start] == b"--"
        || text[start..].starts_with(b"-") && start > 0 && matches!(text[start - 1], b' ' | b'"' | b'\'')
}

/// Whether `before` ends in the command of a shell or program that sets the name: `set -gx NAME value`,
/// `setenv NAME value`.
fn is_set(before: &[u8]) -> bool {
    const LONGEST: usize = 24;
    let line = &before[before.len().saturating_sub(LONGEST)..];
    let Some(line) = line.strip_suffix(b" ") else { return false };
    let in_word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'-';
    let word_before = |end: usize| {
        let start = end - line[..end].iter().rev().take_while(in_word).count();
        // The letter of an escaped line break is not part of the word.
        let letter = start < end && escape::is_escape_letter(line, start);
        (&line[start + usize::from(letter)..end], start.saturating_sub(1))
    };
    let is_command = |word: &[u8]| word.eq_ignore_ascii_case(b"set") || word.eq_ignore_ascii_case(b"setenv");
    let (last, before) = word_before(line.len());
    is_command(last) || last.starts_with(b"-") && is_command(word_before(before).0)
}
