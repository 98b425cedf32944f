//! Passwords given in a sentence: `Please use the password weWUuvJFR%fnG and ...`,
//! `Your password is [CobaltMocha744].`, `Your password is: 401504`.

use super::super::sensitive::Strength;
use super::super::validate::Validator;
use super::super::{escape, line_continuation, naming};
use super::name::Name;
use super::non_secret::is_knotted;
use super::operator::Operator;
use super::value::Reader;
use super::{Assignment, verdict};

/// Words before the word for a password after which a password follows, and no description of it.
const GIVING: [&[u8]; 13] = [
    b"the ",
    b"and ",
    b"your ",
    b"my ",
    b"with ",
    b"use ",
    b"using ",
    b"temporary ",
    b"initial ",
    b"default ",
    b"new ",
    b"following ",
    b"(",
];
/// The longest value, in bytes.
const LONGEST: usize = 64;

/// Matches the password directly after the word for it, where a sentence gives one and the value is no word
/// of a sentence.
pub(super) fn behind(text: &[u8], name: &Name, at: usize) -> Option<(Operator, usize)> {
    let gives = |word: &&[u8]| {
        let start = name.start.checked_sub(word.len());
        start.is_some_and(|start| text[start..name.start].eq_ignore_ascii_case(word))
    };
    if !says_password(text, name) || text[name.end] != b' ' || at != name.end + 1 || !GIVING.iter().any(gives)
    {
        return None;
    }
    let in_word = |byte: &&u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    let end = at + text[at..].iter().take(LONGEST + 1).take_while(in_word).count();
    let value = &text[at..end];
    let last = value.iter().rposition(|byte| !b".,;:)".contains(byte)).map_or(0, |last| last + 1);
    let value = &value[..last];
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"!@#$%^&*+=?~_-".contains(byte);
    let words = value.iter().all(|byte| byte.is_ascii_alphabetic() || b"_-".contains(byte));
    let stands_out = value.len() >= 8
        && value.len() <= LONGEST
        && value[0].is_ascii_alphanumeric()
        && value.iter().all(inner)
        && !words
        && (is_knotted(value) || Validator::HumanPassword.accepts(value) && !naming::is_constant(value));
    stands_out.then_some((Operator::Beside, at))
}

/// Whether a number is a password because a sentence, or the text of a form, says so: `is: 401504`.
pub(super) fn is_number(text: &[u8], name: &Name, value: &[u8], end: usize) -> bool {
    let start = end - value.len();
    let ends = match text.get(end..) {
        None | Some([] | [b'"' | b'\'' | b'<' | b'\n' | b'\r' | b'\\', ..]) => true,
        Some([b'.' | b',', rest @ ..]) => !rest.first().is_some_and(u8::is_ascii_alphanumeric),
        _ => false,
    };
    let said = &text[name.end..start];
    says_password(text, name)
        && matches!(said, b" is " | b" is: " | b" is set to " | b" was ")
        && (6..=16).contains(&value.len())
        && value.iter().all(u8::is_ascii_digit)
        && ends
}

/// Whether a quoted number is a password because the word for one begins its line: `password "53499671"`.
pub(super) fn is_number_on_line(text: &[u8], name: &Name, value: &[u8]) -> bool {
    says_password(text, name)
        && line_continuation::begins_line(text, name.start)
        && (6..=16).contains(&value.len())
        && value.iter().all(u8::is_ascii_digit)
}

/// Whether the name is the word for one password, and no variable.
fn says_password(text: &[u8], name: &Name) -> bool {
    let own = &text[name.start..name.end];
    let words = [b"password".as_slice(), b"passcode", b"passphrase", b"passwd"];
    name.quote.is_none() && words.iter().any(|word| own.eq_ignore_ascii_case(word))
}

/// Finds a value that a sentence gives some words after the name: `the API key to ...`, `token (prod): ...`,
/// `the root password changed to ...`, `API_KEY \u{2192} ...`.
pub(super) fn given(text: &[u8], name: &Name, out: &mut Vec<Assignment>) {
    /// The shortest key or token, in bytes, and how far from the name it may be.
    const SHORTEST: usize = 20;
    const NEAR: usize = 48;
    /// What precedes the value.
    const SIGNS: [&[u8]; 9] =
        [b": ", b" to ", b" be ", b" is ", b" (", b"\xe2\x86\x92 ", b"\\u2192 ", b"one: ", b".... "];
    let password = says_password(text, name);
    let token = !password && says_token(text, name);
    if !password && !token {
        return;
    }
    let window = &text[name.end..text.len().min(name.end + NEAR)];
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b" ,'():._\\-".contains(byte) || !byte.is_ascii();
    let length = window.iter().take_while(|byte| inner(byte)).count();
    let mut signs: Vec<(usize, usize)> = SIGNS
        .iter()
        .filter_map(|sign| memchr::memmem::find(&window[..length], sign).map(|at| (at, at + sign.len())))
        .collect();
    signs.sort_unstable();
    for (sign, after) in signs {
        let between = &window[..sign];
        let sentence = between.iter().all(|byte| byte.is_ascii_alphabetic() || b" ,'()-.".contains(byte))
            && (sign == 0 || b" (,".contains(&between[0]))
            && between.split(|byte| *byte == b' ').count() <= 6;
        // Directly after the name, these are judged as assignments.
        if !sentence || sign == 0 && matches!(&window[..after], b": " | b" is ") {
            return;
        }
        let start = name.end + after;
        let in_value = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-!@#$%^&*+=?~".contains(byte);
        let end = start + text[start..].iter().take(1 << 9).take_while(in_value).count();
        let value = &text[start..end];
        let chosen = password && is_chosen(value) || token && value.len() >= SHORTEST && is_mixed(value);
        if chosen && ends_word(&text[end..]) {
            return out.push(Assignment { start, end, label: name.sensitive.label, quote: None });
        }
    }
}

/// Whether a word of a sentence ends before `rest`, perhaps with punctuation.
fn ends_word(rest: &[u8]) -> bool {
    let signs = rest.iter().take(1).filter(|byte| b".,)!".contains(byte)).count();
    rest.get(signs).is_none_or(|byte| byte.is_ascii_whitespace() || b"\\\"')".contains(byte))
}

/// Whether the name is the word for a token or a key of a service, or a variable for one.
fn says_token(text: &[u8], name: &Name) -> bool {
    let own = &text[name.start..name.end];
    if name.quote.is_some() || !matches!(name.sensitive.label, "TOKEN" | "API_KEY" | "SECRET" | "KEY") {
        return false;
    }
    let before = &text[name.start.saturating_sub(16)..name.start];
    let kinds = [b"api ".as_slice(), b"secret ", b"access ", b"signing ", b"auth "];
    let of_service = kinds.iter().any(|kind| {
        before.len() >= kind.len() && before[before.len() - kind.len()..].eq_ignore_ascii_case(kind)
    });
    let variable = own.contains(&b'_') && own.iter().all(|byte| !byte.is_ascii_lowercase());
    own.eq_ignore_ascii_case(b"token")
        || own.eq_ignore_ascii_case(b"api key")
        || own.eq_ignore_ascii_case(b"secret")
        || own.eq_ignore_ascii_case(b"key") && of_service
        || variable && name.sensitive.strength != Strength::Faint
}

/// Whether a value is letters of both cases and digits as only a machine mixes them. Digests have one case.
fn is_mixed(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let token = value.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    token
        && digits >= 2
        && value.iter().any(u8::is_ascii_uppercase)
        && value.iter().any(u8::is_ascii_lowercase)
        && Validator::MixedCaseRandom.accepts(value)
}

/// Whether a value is a password as people choose it, and no word or name of a sentence.
fn is_chosen(value: &[u8]) -> bool {
    (8..=LONGEST).contains(&value.len())
        && value[0].is_ascii_alphanumeric()
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_uppercase)
        && value.iter().any(u8::is_ascii_lowercase)
        && (is_knotted(value) || Validator::HumanPassword.accepts(value))
        && !naming::is_constant(value)
}

impl Reader<'_> {
    /// Finds the password in brackets: `Your temporary password is [CobaltMocha744].` Returns where it ends.
    pub(super) fn bracketed(&mut self, from: usize) -> Option<usize> {
        let text = self.text;
        let close = match text.get(from)? {
            b'[' => b']',
            b'(' => b')',
            _ => return None,
        };
        if !matches!(self.operator, Operator::Beside | Operator::Colon) || !says_password(text, self.name) {
            return None;
        }
        let window = &text[from + 1..text.len().min(from + 2 + LONGEST)];
        let length = memchr::memchr(close, window)?;
        let value = &window[..length];
        let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"!@#$%^&*+=?~_-.".contains(byte);
        let behind = window.get(length + 1);
        let ends = behind.is_none_or(|byte| matches!(byte, b' ' | b'.' | b',' | b'"' | b'<' | b'\n' | b'\r'))
            || escape::line_break(text, from + length + 2) > 0;
        if !ends || !value.iter().all(inner) || !verdict::stands_out(self.name, value) {
            return None;
        }
        let (start, end) = (from + 1, from + 1 + length);
        self.out.push(Assignment { start, end, label: self.name.sensitive.label, quote: None });
        Some(end)
    }
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::balanced;

    #[test]
    fn a_password_that_a_sentence_gives_goes() {
        for (line, password) in [
            ("Please use the password § and make sure that all is filled.", "weWUuvJFR%fnG"),
            ("log in with password §.", "CobaltMocha744"),
            ("as user root and password §, as before", "CobaltMocha744"),
            ("<p>Temporary password: <b>§</b></p>", "CobaltMocha744"),
            ("<p>Your password is <code>§</code>.</p>", "CobaltMocha744"),
            ("Your temporary password is [§].\n", "CobaltMocha744"),
            ("<i data-intro=\"Your temporary password is: §\">", "401504"),
            ("Your password is §.", "84629173"),
            ("Ihr Passwort lautet: §\n", "CobaltMocha744"),
            ("Ihr Kennwort lautet §.", "weWUuvJFR%fnG"),
            ("{\"text\": \"Your password is: §\\nBye\"}", "401504"),
        ] {
            let text = line.replace('§', password);
            assert_eq!(balanced(&text), line.replace('§', "[REDACTED:PASSWORD]"));
        }
    }

    #[test]
    fn a_value_that_a_sentence_gives_goes() {
        let token = ["q8Z7wv5T4s3Kx9b2", "CRKbKeyv6xQrM3hw"].concat();
        for line in [
            "I've updated the API key to §.",
            "I rotated the token, new one: §",
            "Your new API key has been created: §",
            "the token for staging: §",
            "Token (prod): §",
            "API_TOKEN should be §",
            "Copy your token now: §",
            "webhook signing secret \u{2192} §",
            "API_KEY \u{2192} §",
            "Incorrect API key provided: §. You can find it there.",
        ] {
            for depth in 0..3 {
                let around = |text: String| {
                    (0..depth).fold(text, |text, _| serde_json::json!({ "x": text }).to_string())
                };
                let out = balanced(&around(line.replace('§', &token)));
                let labels = ["API_KEY", "TOKEN", "SECRET", "KEY"];
                let wanted = labels.map(|label| around(line.replace('§', &format!("[REDACTED:{label}]"))));
                assert!(wanted.contains(&out), "{out}");
            }
        }
        for line in [
            "root password changed to §",
            "The DB password (§) is wrong",
            "password \u{2192} §",
            "bob (password §)",
            "Password ........ §",
        ] {
            for depth in 0..3 {
                let around = |text: String| {
                    (0..depth).fold(text, |text, _| serde_json::json!({ "x": text }).to_string())
                };
                let out = balanced(&around(line.replace('§', "CobaltMocha744")));
                assert_eq!(out, around(line.replace('§', "[REDACTED:PASSWORD]")));
            }
        }
    }

    #[test]
    fn what_else_is_said_of_one_stays() {
        for text in [
            "Please use the password manager and make sure",
            "the password utf8_general is none",
            "the password fooBar%sBaz",
            "the password is 123456 characters long",
            "your password is [required].",
            "the password is (see RFC2617)",
            "the password is 8.",
            "<p>password: <code>string</code></p>",
            "<p>the password is <em>required</em></p>",
            "using password newPassword\n",
            "the password is changed to Base64 in the field PasswordHash2",
            "the token is set to be the AbstractBase64Decoder2Factory",
            "the secret to 2FactorAuthentication2InPractice is simple",
            "Upgrade the password (see Section4Appendix)",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
