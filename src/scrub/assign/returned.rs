//! What a function, a getter or a computed property with a sensitive name returns, where a string is all it has:
//! `fn api_key() -> &'static str { "..." }`, `def api_key(self): return "..."`, `var token: String { "..." }`.

use super::super::{escape, extent};
use super::name::Name;
use super::operator::Operator;
use super::{skip_blank, skip_spaces};

/// The longest list of parameters and the longest type, in bytes.
const LONGEST: usize = 64;

/// Returns where the string begins that is all of what the name, which ends at `name.end`, returns.
pub(super) fn operator(text: &[u8], name: &Name) -> Option<(Operator, usize)> {
    if name.quote.is_some() || !matches!(text.get(name.end), Some(b'(' | b':' | b' ' | b';' | b'\n' | b'\\'))
    {
        return None;
    }
    let called = parameters(text, name.end);
    let function = called > name.end;
    let typed = called + kind(&text[called..]);
    let value = match text.get(typed)? {
        b'{' if function || typed > called + 1 => skip_return(text, skip_blank(text, typed + 1)),
        b':' if function => Some(skip_return(text, skip_blank(text, typed + 1)))
            .filter(|at| text[..*at].ends_with(b"return "))?,
        b'=' if function && !matches!(text.get(typed + 1), Some(b'=' | b'>')) => skip_spaces(text, typed + 1),
        _ if text[..name.start].ends_with(b"def ") => of_ruby(text, called)?,
        _ => return None,
    };
    let (quote, inside) = escape::quote_at(text, value)?;
    let (end, after) = extent::quoted(text, inside, quote, &[]);
    let next = skip_blank(text, after + usize::from(text.get(after) == Some(&b';')));
    let closes = text[typed] != b'{' || text.get(next) == Some(&b'}');
    (after > end && end > inside && closes).then_some((Operator::Comma, value))
}

/// Returns where the parameters end whose bracket is at `at`, or `at`.
fn parameters(text: &[u8], at: usize) -> usize {
    let Some(rest) = text[at..].strip_prefix(b"(") else { return at };
    let inner = |byte: &&u8| !matches!(byte, b'(' | b')' | b'"' | b'\n' | b'\\' | b'{' | b';' | b'=');
    let length = rest.iter().take(LONGEST).take_while(inner).count();
    if rest.get(length) == Some(&b')') { at + length + 2 } else { at }
}

/// Returns the length of a type and the white space around it: `: String `, ` -> &'static str `, ` string `.
fn kind(rest: &[u8]) -> usize {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"_<>[]&?'. ".contains(byte);
    let sign = match rest {
        [b':', b' ', next, ..] if next.is_ascii_alphabetic() => 2,
        [b' ', b'-', b'>', b' ', ..] => 4,
        _ => 0,
    };
    let length = sign + rest[sign..].iter().take(LONGEST).take_while(|byte| inner(byte)).count();
    let ends = rest.get(length).is_some_and(|byte| matches!(byte, b'{' | b'=' | b':'));
    if ends && !rest[..length].ends_with(b"return ") { length } else { 0 }
}

/// Returns the offset after the word `return` at `at`, or `at`.
fn skip_return(text: &[u8], at: usize) -> usize {
    if text[at..].starts_with(b"return ") { skip_spaces(text, at + 7) } else { at }
}

/// Returns where the body of a method of Ruby begins, whose name or parameters end at `at`.
fn of_ruby(text: &[u8], at: usize) -> Option<usize> {
    let breaks = text.get(at) == Some(&b';') || escape::line_break(text, at) > 0;
    let from = at + usize::from(text.get(at) == Some(&b';'));
    breaks.then(|| skip_return(text, skip_blank(text, from)))
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;

    #[test]
    fn what_a_function_returns_goes() {
        let key = ["RSnBRG27Xi", "FWmc8S0ZJqlIkX"].concat();
        for text in [
            "static var apiKey: String { return \"§\" }",
            "var apiToken: String { \"§\" }",
            "func apiKey() -> String { return \"§\" }",
            "fn api_key() -> &'static str {\n    \"§\"\n}",
            "def api_key(self):\n    return \"§\"\n",
            "def api_key(self) -> str:\n    return '§'\n",
            "def api_key; \"§\"; end",
            "def api_key\n    '§'\n  end",
            "get apiKey() { return '§'; }",
            "fun apiKey() = \"§\"",
            "fun apiKey(): String = \"§\"",
            "func GetSecret() string {\n\treturn \"§\"\n}",
            "{\"x\": \"def api_key(self):\\n    return \\\"§\\\"\\n\"}",
        ] {
            let out = balanced(&text.replace('§', &key));
            assert!(!out.contains(&key) && out.contains("[REDACTED:"), "{out}");
            assert_eq!(out.split("[REDACTED:").next(), text.split('§').next(), "{out}");
        }
    }

    #[test]
    fn words_and_calls_stay() {
        for text in [
            "def password(self):\n    return \"the_password_of_it\"\n",
            "fn token() -> &'static str { \"bearer-token\" }",
            "var apiKey: String { config[\"apiKeyName2\"] }",
            "token: { \"a8Kq2mXw9Tb4vN\": 1 }",
            "get password() { return this.form.get('password2'); }",
            "if token(x) { \"RSnBRG27XiFWmc8S0ZJqlIkX\": 1 }",
            "case api_key: return \"GOOG_KEY\"",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
