//! What forms and messages say about a secret, in some language.

use super::super::entropy;
use super::name::Name;
use super::operator::Operator;

/// Whether a quoted value is a sentence for people: a form's label, an error message, a description in a
/// schema.
pub(super) fn reads_as_label(name: &Name, operator: Operator, value: &[u8]) -> bool {
    let words = value.split(|&byte| byte == b' ').count();
    let sentence = words >= 3
        && entropy::is_wordy(value)
        && (value.first().is_some_and(u8::is_ascii_uppercase) || words >= 6);
    // `errors.password = "Password is required"`
    let mentions = words >= 3
        && [b"assword".as_slice(), b"oken", b"ecret"]
            .iter()
            .any(|word| memchr::memmem::find(value, word).is_some())
        && entropy::is_wordy(value);
    mentions
        || (sentence || is_caption(name, value))
            && matches!(operator, Operator::Colon | Operator::Comma | Operator::Inside)
            && name.sensitive.label != "COOKIE"
}

/// Whether a quoted password is a caption of a form in some language: `"save_password": "Lagre passord"`,
/// `"Engangskode:"`.
fn is_caption(name: &Name, value: &[u8]) -> bool {
    // `"forgotPassword": "Passwort vergessen?"`
    let value = value.strip_suffix(b"?").unwrap_or(value);
    let value = value.strip_suffix(b" ").unwrap_or(value);
    let (body, colon) = value.strip_suffix(b":").map_or((value, false), |body| (body, true));
    let mut words = body.split(|&byte| byte == b' ');
    let first = words.next().unwrap_or_default();
    let lower = |word: &[u8]| word.iter().all(|byte| byte.is_ascii_lowercase() || !byte.is_ascii());
    let capital = first.first().is_some_and(u8::is_ascii_uppercase) && lower(&first[1..]);
    name.sensitive.label == "PASSWORD"
        && name.quote.is_some()
        && capital
        && (colon || body.len() > first.len())
        && words.all(|word| word.len() >= 2 && lower(word))
}

/// Whether the value is a list of validation rules, as PHP frameworks write it:
/// `required|string|min:8|confirmed`.
pub(super) fn is_rules(value: &[u8]) -> bool {
    const RULES: [&[u8]; 14] = [
        b"required",
        b"nullable",
        b"sometimes",
        b"string",
        b"min",
        b"max",
        b"confirmed",
        b"present",
        b"filled",
        b"bail",
        b"between",
        b"size",
        b"same",
        b"trim",
    ];
    let rule = |part: &[u8]| {
        let length = part.iter().take_while(|byte| byte.is_ascii_lowercase() || **byte == b'_').count();
        let (word, argument) = part.split_at(length);
        let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"_,.:".contains(byte);
        // CodeIgniter has the argument in brackets.
        let bracketed = argument.strip_prefix(b"[").and_then(|argument| argument.strip_suffix(b"]"));
        let argument = bracketed.or_else(|| argument.strip_prefix(b":")).unwrap_or(argument);
        length > 0
            && argument.iter().all(inner)
            && (argument.is_empty() || part.len() > length + argument.len())
            && (RULES.contains(&word) || argument.len() < 16)
    };
    let known = |part: &[u8]| RULES.iter().any(|word| part.starts_with(word));
    value.contains(&b'|')
        && value.split(|&byte| byte == b'|').all(rule)
        && value.split(|&byte| byte == b'|').any(known)
}

/// Whether the value is what a form or a message says in some language: letters, spaces and punctuation, with
/// accents or in several words. A password may be a word, and words without accents; a key and a token are
/// neither.
pub(super) fn is_phrase(text: &[u8], name: &Name, value: &[u8]) -> bool {
    let password = matches!(name.sensitive.label, "PASSWORD" | "SECRET");
    let Ok(said) = std::str::from_utf8(value) else { return false };
    let marks = " '\u{2019}.,:!?()/-\u{a0}{}\u{2026}";
    let inner =
        |one: char| one.is_alphabetic() || marks.contains(one) || !one.is_ascii() && !one.is_numeric();
    if !said.chars().all(inner) {
        return false;
    }
    let words = said.split([' ', '\u{a0}']).filter(|word| !word.is_empty()).count();
    let accents = !said.is_ascii();
    let first = said.chars().next().is_some_and(char::is_uppercase);
    if is_of_words(text, name) {
        return first || words >= 2;
    }
    // Small words alone are no phrase: `API_KEY="part one part two"` is what somebody wrote down.
    let plain = first && words >= 2
        || words >= 3 && said.split(' ').any(|word| matches!(word, "API" | "token" | "key"));
    if password { accents && (words >= 2 || first) && name.quote.is_some() } else { accents || plain }
}

/// Whether the name is the last of several words in quotes, as in the texts of a form:
/// `"Enter Your Password": "..."`.
fn is_of_words(text: &[u8], name: &Name) -> bool {
    const LONGEST: usize = 64;
    let closes = text.get(name.end).is_some_and(|byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\'));
    let before = &text[name.start.saturating_sub(LONGEST)..name.start];
    let inner = |byte: &&u8| byte.is_ascii_alphanumeric() || b" -_().,:/'".contains(byte);
    let words = before.iter().rev().take_while(inner).count();
    let several =
        before[before.len() - words..].contains(&b' ') || text[name.start..name.end].contains(&b' ');
    closes && several && words < before.len()
}

/// Whether most of the value is in another script than that of a password: `"password": "Пароль"`, also as
/// `\u` escapes. A digit makes it a password.
pub(super) fn is_foreign(value: &[u8]) -> bool {
    // A sentence may contain the names of products: `أدخل مفتاح API لـ Kagi Search`,
    // `შეიყვანეთ Bing Search V7-ის გასაღები`.
    const SENTENCE: usize = 8;
    let spaces = memchr::memchr_iter(b' ', value).count();
    if spaces >= 2 && value.iter().filter(|byte| matches!(byte, 0xCD..=0xF4)).count() >= SENTENCE {
        return true;
    }
    let mut at = 0;
    let (mut foreign, mut other) = (0, 0);
    while at < value.len() {
        let escaped = value[at..].strip_prefix(b"\\u").and_then(|rest| rest.get(..4));
        // Latin letters with accents end at U+024F.
        let far = escaped.is_some_and(|digits| {
            digits.iter().all(u8::is_ascii_hexdigit) && !matches!(digits, [b'0', b'0'..=b'2', ..])
        });
        if far {
            foreign += 1;
            at += 6;
            continue;
        }
        match value[at] {
            b'0'..=b'9' => return false,
            b'\\' | b' ' | 0x80..=0xBF => {}
            // The first byte of a letter beyond the Latin ones, in UTF-8.
            0xCD..=0xF4 => foreign += 1,
            _ => other += 1,
        }
        at += 1;
    }
    foreign > other
}

#[cfg(test)]
mod tests {
    use super::{is_foreign, is_rules};
    use crate::scrub::assign::tests::balanced;

    #[test]
    fn rules_and_questions_of_a_form_stay() {
        for text in [
            "'password' => 'required|string|min:8|confirmed',",
            "\"password\" => \"nullable|min:6\"",
            "'password' => 'trim|required|min_length[8]|matches[again]'",
            "password: required|string|min:8\n",
            "\"forgotPassword\": \"Passwort vergessen?\"",
            "\"forgotPassword\": \"Mot de passe perdu ?\"",
        ] {
            assert_eq!(balanced(text), text);
        }
        assert!(!is_rules(b"q7Rk|min2") && !is_rules(b"required") && !is_rules(b"walnut|hall"));
        assert!(balanced("\"password\": \"Swordfish7?\"").contains("REDACTED"));
    }

    #[test]
    fn words_of_other_scripts_are_captions() {
        for text in
            ["Пароль", "パスワードの変更", "ID の確認", "Κωδικός", r"\u041f\u0430\u0440\u043e\u043b\u044c"]
        {
            assert!(is_foreign(text.as_bytes()), "{text}");
        }
        for text in ["", "пароль12", "hunter", "größenwahn", "a\u{e4}ö", r"\u0021x", "\\u04", "日z9"]
        {
            assert!(!is_foreign(text.as_bytes()), "{text}");
        }
    }
}
