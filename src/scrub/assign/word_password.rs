//! Values that are words, or stand in for a value: people choose such passwords. `strict` redacts them where
//! the name and the syntax leave no doubt that they are values: `{"client_secret": "nested-secret"}`,
//! `DB_PASSWORD=changeme`, `password: letmein` in a file.

use super::super::line_continuation::begins_line;
use super::super::placeholder::says_none;
use super::super::reference::{is_identifier, is_reference};
use super::super::sensitive::Strength;
use super::super::{escape, naming};
use super::name::Name;
use super::operator::Operator;
use super::{Values, code, echo, skip_blank, ui_text, verdict};

/// The lengths of such values, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=128;

/// Whether a quoted value is such a word.
pub(super) fn quoted(text: &[u8], name: &Name, operator: Operator, value: &[u8]) -> bool {
    let assigned = matches!(operator, Operator::Colon | Operator::Equals { .. });
    assigned
        && is_given(text, name, value)
        && !echo::is_choice(text, name)
        && !ui_text::reads_as_label(name, operator, value)
        && !ui_text::is_foreign(value)
        && !ui_text::is_phrase(text, name, value)
        && !code::is_between_strings(value)
        && !code::is_generic(value)
        && !code::is_module_name(&text[name.start..name.end], value)
}

/// Whether the unquoted value that ends at `end` is such a word.
pub(super) fn unquoted(text: &[u8], name: &Name, operator: Operator, value: &[u8], end: usize) -> bool {
    if name.quote.is_some() || is_reference(value) || !is_given(text, name, value) {
        return false;
    }
    let ends = end == text.len() || text[end] == b'"' || escape::line_break(text, end) > 0;
    // Before a closing bracket on the next line it is the last argument of a call, or the last member of an
    // object.
    let closes = || matches!(text.get(skip_blank(text, end)), Some(b')' | b'}' | b']'));
    match operator {
        Operator::Flag => !verdict::is_argument_name(name, value),
        Operator::Equals { spaced: false } => {
            let query = is_in_query(text, name);
            let apart = ends || matches!(text[end], b' ' | b'&' | b'\t' | b'\'');
            query || apart && !closes() && !is_composed(value) && !is_expression(&text[end..])
        }
        Operator::Equals { spaced: true } => {
            ends && begins_line(text, name.start) && !closes() && !is_identifier(value)
        }
        // Passwords only: `secretKey: database-url` names a secret.
        Operator::Colon if name.sensitive.label == "PASSWORD" => {
            let spaced = text[end - value.len() - 1] == b' ';
            spaced && ends && begins_line(text, name.start) && !closes() && !is_composed(value)
        }
        _ => false,
    }
}

/// Returns where a passphrase of three words or more at `from` ends:
/// `DB_PASSWORD=correct horse battery staple`.
pub(super) fn passphrase_end(text: &[u8], name: &Name, operator: Operator, from: usize) -> Option<usize> {
    const WORDS: std::ops::RangeInclusive<usize> = 3..=16;
    const LONGEST: usize = 16;
    let upper = text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    let assigned = operator == Operator::Equals { spaced: false } || operator == Operator::Colon && upper;
    let sure = name.sensitive.strength == Strength::Strong && name.sensitive.label == "PASSWORD";
    if name.values != Values::Words || !assigned || !sure || !begins_line(text, name.start) {
        return None;
    }
    let mut end = from;
    let mut words = 0;
    while words < *WORDS.end() {
        let start = match text.get(end) {
            _ if words == 0 => from,
            Some(b' ') => end + 1,
            _ => break,
        };
        let letters = text[start..].iter().take(LONGEST).take_while(|byte| byte.is_ascii_lowercase()).count();
        if letters == 0 {
            break;
        }
        (end, words) = (start + letters, words + 1);
    }
    let behind = &text[end..];
    let ends = behind.is_empty()
        || matches!(behind[0], b'"' | b',' | b'\'')
        || behind.starts_with(b" #")
        || escape::line_break(text, end) > 0;
    (ends && WORDS.contains(&words)).then_some(end)
}

/// Whether a value is one word, or joined words, and says neither that there is no value nor what the value
/// is called.
fn is_given(text: &[u8], name: &Name, value: &[u8]) -> bool {
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.!@#+=~".contains(byte);
    let label = name.sensitive.label;
    let own = &text[name.start..name.end];
    let chosen = label == "PASSWORD";
    let key = matches!(label, "SECRET" | "API_KEY" | "TOKEN" | "PRIVATE_KEY")
        || label == "CREDENTIAL" && own.to_ascii_lowercase().ends_with(b"credential");
    // `defaultToken: "comment"`: a word of a grammar.
    let joined =
        label != "TOKEN" || name.quote.is_some() || value.iter().any(|byte| !byte.is_ascii_alphabetic());
    let weak = || {
        label == "TOKEN" && is_assigned_token(text, name, value)
            || name.quote.is_some() && own.eq_ignore_ascii_case(b"pass")
    };
    (name.sensitive.strength == Strength::Strong || weak())
        && (chosen || key && joined && (is_in_query(text, name) || !naming::is_constant(value)))
        && LENGTHS.contains(&value.len())
        && value.iter().all(inner)
        && value.iter().any(u8::is_ascii_alphabetic)
        && !is_dotted(value)
        && !says_none(value)
        && !is_word_for_one(value)
        && !own.to_ascii_lowercase().ends_with(b"hash")
        && (chosen && is_fused(own, value) || !echo::repeats_name(text, name, value))
}

/// Whether a token is assigned without spaces, in a query, or in a log with a digit in it: `token=abc123`.
fn is_assigned_token(text: &[u8], name: &Name, value: &[u8]) -> bool {
    let bare = text.get(name.end) == Some(&b'=') && text.get(name.end + 1) != Some(&b' ');
    bare && (is_in_query(text, name) || value.len() >= 6 && value.iter().any(u8::is_ascii_digit))
}

/// Whether the name is that of a parameter in a URL.
fn is_in_query(text: &[u8], name: &Name) -> bool {
    name.start > 0 && matches!(text[name.start - 1], b'?' | b'&')
}

/// Whether a value is a word written together with the name (`supersecretpassword`), as that of a variable is
/// not: `new_password`, `newPassword`.
fn is_fused(name: &[u8], value: &[u8]) -> bool {
    value.len() > name.len() + 1 && value.iter().all(u8::is_ascii_lowercase)
}

/// Whether a value is itself the word for a password: `WHERE password = 'pwd'`.
fn is_word_for_one(value: &[u8]) -> bool {
    [b"password".as_slice(), b"passwd", b"pass", b"pwd"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a value is a dotted path of names: `ssl.key.password`, `string.attribute-value.xml`.
fn is_dotted(value: &[u8]) -> bool {
    value.contains(&b'.') && value.iter().all(|byte| byte.is_ascii_lowercase() || b"._-".contains(byte))
}

/// Whether an expression continues after a value: `api_key=token or "..."`.
fn is_expression(behind: &[u8]) -> bool {
    [b" or ".as_slice(), b" if ", b" and ", b" else ", b" is ", b" for ", b" in ", b" = ", b" + ", b" == "]
        .iter()
        .any(|word| behind.starts_with(word))
}

/// Whether a value is the name of a variable, a type or a constant: `newPassword`, `SecretStr`,
/// `PASSWORD_MASK`.
fn is_composed(value: &[u8]) -> bool {
    let camel = value.iter().all(u8::is_ascii_alphabetic) && value.iter().any(u8::is_ascii_uppercase);
    camel || naming::is_constant(value)
}

#[cfg(test)]
mod tests {
    use crate::scrub::{Preset, Scrubber};
    use proptest::prelude::*;

    fn scrubbed(preset: Preset, text: &str) -> String {
        Scrubber::new(preset).scrub_text(text).into_owned()
    }

    proptest! {
        #[test]
        fn words_under_a_sure_name_go_in_strict(
            word in prop::sample::select(vec!["nested-secret", "changeme", "super_secret", "test-key", "hunter-of-words", "invalid"]),
            line in prop::sample::select(vec![
                r#"{"client_secret": "§"}"#,
                r#"{\"db_password\": \"§\", \"x\": 1}"#,
                "API_SECRET_KEY = '§'",
                "api_key: '§'",
                "mysql.rootPassword: §\nuser: x\n",
                "ansible_ssh_pass=§\n",
                "GET /x?access_token=§&step=2",
            ]),
        ) {
            let out = scrubbed(Preset::Strict, &line.replace('§', word));
            prop_assert!(!out.contains(word) && out.contains("[REDACTED:"), "{out}");
            prop_assert_eq!(scrubbed(Preset::Strict, &out), out);
        }

        #[test]
        fn a_passphrase_goes_with_all_of_its_words(words in "[a-z]{2,9}( [a-z]{2,9}){2,7}", quote in any::<bool>()) {
            let (open, close) = if quote { ("{\"env\": \"", "\"}") } else { ("", "\n") };
            let out = scrubbed(Preset::Strict, &format!("{open}database_password={words}{close}"));
            prop_assert_eq!(out, format!("{open}database_password=[REDACTED:PASSWORD]{close}"));
        }
    }

    #[test]
    fn what_stands_for_a_value_in_code_stays() {
        for text in [
            "login(user, password=entered)\n",
            "connect(\n    host=host,\n    password=password_value\n)\n",
            "api_key=token or \"***\"\n",
            "conn.set(password=PASSWORD_MASK if x else None)\n",
            "type User = {\n  password: hashed\n}\n",
            "class A:\n    password: SecretStr\n    api_key: str\n",
            "{\"password\": \"string\"}",
            "{\"api_key\": \"OPENAI_API_KEY\"}",
            "{\"password\": \"Password\"}",
            "{\"apiKey\": \"your-api-key\"}",
            "{defaultToken:\"comment\"}",
            "secretKey: database-url\n",
            "use --password option\n",
            "Use --api-key provider=<key>",
            "ssl_password: \"ssl.key.password\"",
        ] {
            assert_eq!(scrubbed(Preset::Strict, text), text);
        }
    }

    #[test]
    fn balanced_leaves_words_alone() {
        for text in ["{\"client_secret\": \"nested-secret\"}", "password: changeme\n", "api_key=my-key\n"] {
            assert_eq!(scrubbed(Preset::Balanced, text), text);
        }
    }
}
