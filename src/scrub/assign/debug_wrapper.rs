//! What programs print around a value: the address and the type that a debugger puts before it, and the
//! variant of an enumeration that holds it: `password = 0x5555 "..."`, `(string) (len=16) "..."`,
//! `Some(\n    "..."\n)`, `Optional[...]`.

use super::super::escape;
use super::super::placeholder::is_placeholder;
use super::super::sensitive::Strength;
use super::super::validate::Validator;
use super::operator::Operator;
use super::value::Reader;
use super::{Assignment, skip_blank, skip_spaces, verdict};

/// The most parts before a value.
const PARTS: usize = 4;
/// The longest part, in bytes.
const PART: usize = 48;
/// The longest unquoted value, in bytes.
const LONGEST: usize = 512;
/// How the variants begin that hold a value.
const HOLDERS: [&[u8]; 5] = [b"Some(", b"Optional[", b"Just ", b"Ok(", b"Present("];

/// Returns where the string begins that follows such parts at `from`; `from` if there is none.
pub(super) fn begin(text: &[u8], from: usize) -> usize {
    let mut at = from;
    for _ in 0..PARTS {
        let length = part(&text[at..]);
        if length == 0 {
            break;
        }
        at = skip_blank(text, at + length);
    }
    // A call that `wrapped` reads may follow, too.
    let call = || text[at..].iter().take(PART).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let string = escape::quote_at(text, at).is_some() || at > from && text.get(at + call()) == Some(&b'(');
    if string { at } else { from }
}

/// Returns the length of one part at the beginning of `text`, or zero.
fn part(text: &[u8]) -> usize {
    if let Some(holder) = HOLDERS.into_iter().find(|holder| text.starts_with(holder)) {
        return holder.len();
    }
    if let Some(digits) = text.strip_prefix(b"0x") {
        let length = digits.iter().take(16).take_while(|byte| byte.is_ascii_hexdigit()).count();
        return if length >= 2 && digits.get(length) == Some(&b' ') { length + 3 } else { 0 };
    }
    let Some(inside) = text.strip_prefix(b"(") else { return 0 };
    if inside.starts_with(b"(len=") {
        return 1;
    }
    let inner = |byte: &&u8| byte.is_ascii_alphanumeric() || b"*._=[]/ ".contains(byte);
    let length = inside.iter().take(PART).take_while(inner).count();
    if length > 0 && inside.get(length) == Some(&b')') { length + 2 } else { 0 }
}

impl Reader<'_> {
    /// Finds the unquoted value that a variant of an enumeration holds: `Optional[...]`, `Some(...)`. Returns
    /// where it ends.
    pub(super) fn held(&mut self, from: usize) -> Option<usize> {
        let text = self.text;
        let assigned = matches!(self.operator, Operator::Equals { .. } | Operator::Colon);
        if !assigned || self.name.sensitive.strength == Strength::Faint {
            return None;
        }
        let holder = HOLDERS.into_iter().find(|holder| text[from..].starts_with(holder))?;
        let close = match holder.last()? {
            b'(' => b')',
            b'[' => b']',
            _ => return None,
        };
        let start = skip_spaces(text, from + holder.len());
        let inner = |byte: &&u8| byte.is_ascii_graphic() && **byte != close && !b"\"'`\\([<>".contains(byte);
        let end = start + text[start..].iter().take(LONGEST).take_while(inner).count();
        let value = &text[start..end];
        let chosen = self.name.sensitive.label == "PASSWORD" && Validator::HumanPassword.accepts(value);
        let secret = (chosen || verdict::looks_secret(value))
            && !is_placeholder(value)
            && verdict::is_plain(self.name, value);
        if text.get(end) != Some(&close) || !secret {
            return None;
        }
        self.out.push(Assignment { start, end, label: self.name.sensitive.label, quote: None });
        Some(end)
    }
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_programs_print_around_a_value_stays(
            secret in prop::sample::select(vec!["q8Z7wv5T4s3Kx9b2", "Vt73JBNb9Mt_CG3x"]),
            line in prop::sample::select(vec![
                "Config { user: \"bob\", password: Some(\n        \"§\",\n    ), }",
                "password: Some(SecretString(\"§\")),",
                "password: Some(\n    SecretString(\n        \"§\",\n    ),\n)",
                "Config[user=bob, password=Optional[§]]",
                "Config(user=bob, password=Some(§))",
                "password = 0x5555555592a0 \"§\"",
                "$1 = {user = 0x5555555592a0 \"bob\", password = 0x5555555592c0 \"§\"}",
                " Password: (string) (len=16) \"§\",",
                "Password: (*string)(0xc000012345)((len=16) \"§\")",
                "password = Just \"§\"",
            ]),
            json: bool,
        ) {
            let around = |text: &str| if json { serde_json::json!({ "out": text }).to_string() } else { text.to_owned() };
            prop_assert_eq!(balanced(&around(&line.replace('§', secret))), around(&line.replace('§', "[REDACTED:PASSWORD]")));
        }
    }

    #[test]
    fn what_else_stands_in_them_stays() {
        for text in [
            "password: Some(password),",
            "let password = Some(value2.password());",
            "password: Option<String>,",
            "password = Optional[None]",
            "Password: (string) \"\",",
            "password: Some(\n    \"${PASSWORD}\",\n)",
            "password: (string) the one of the account",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
