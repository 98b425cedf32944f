//! Passwords behind the word for one in other scripts: `пароль: ...`, `密码：...`. Triggers are of ASCII, so these words have a search of their
//! own, in texts that are not.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::super::escape;
use super::super::placeholder::is_placeholder;
use super::super::validate::Validator;
use super::Assignment;

/// In both cases where a script has two; of `mật khẩu` what is not ASCII at its beginning.
const WORDS: [&str; 50] = [
    "пароль",
    "Пароль",
    "ПАРОЛЬ",
    "парола",
    "Парола",
    "гасло",
    "Гасло",
    "лозинка",
    "Лозинка",
    "密码",
    "密碼",
    "口令",
    "パスワード",
    "暗証番号",
    "비밀번호",
    "암호",
    "κωδικός",
    "Κωδικός",
    "סיסמה",
    "סיסמא",
    "كلمة المرور",
    "كلمة السر",
    "رمز عبور",
    "पासवर्ड",
    "รหัสผ่าน",
    "ật khẩu",
    "密钥",
    "密鑰",
    "秘钥",
    "秘密鍵",
    "비밀키",
    "ключ доступа",
    "contraseña",
    "Contraseña",
    "CONTRASEÑA",
    "şifre",
    "Şifre",
    "ŞİFRE",
    "lösenord",
    "Lösenord",
    "LÖSENORD",
    "hasło",
    "Hasło",
    "HASŁO",
    "jelszó",
    "Jelszó",
    "JELSZÓ",
    "parolă",
    "Parolă",
    "slaptažodis",
];
/// What stands between the word and the value.
const SIGNS: [&str; 6] = [":", "=", "：", "＝", "は", "是"];
/// The most blanks and quotes beside a sign, in bytes, and the longest value.
const BESIDE: usize = 4;
const LONGEST: usize = 64;

/// Vector instructions search for words of which the leftmost counts.
static FINDER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(WORDS).ok());

/// The passwords in `text`, in order.
pub(crate) fn find(text: &[u8]) -> Vec<Assignment> {
    let Some(finder) = FINDER.as_ref() else { return Vec::new() };
    finder.find_iter(text).filter_map(|word| value_behind(text, word.end())).collect()
}

fn value_behind(text: &[u8], end: usize) -> Option<Assignment> {
    let beside = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'*' | b'\\');
    let skip = |at: usize| at + text[at..].iter().take(BESIDE).take_while(beside).count();
    let at = skip(end);
    let sign = SIGNS.iter().find(|sign| text[at..].starts_with(sign.as_bytes()))?;
    let start = skip(at + sign.len());
    // The letter of an escaped line break is none of the value's.
    if start < text.len() && escape::is_escape_letter(text, start) {
        return None;
    }
    let inner = |byte: &&u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'<' | b'>' | b'|')
    };
    let length = text[start..].iter().take(LONGEST).take_while(inner).count();
    let value = &text[start..start + length];
    let last = value
        .iter()
        .rposition(|byte| !matches!(byte, b'.' | b',' | b';' | b')' | b'*'))
        .map_or(0, |last| last + 1);
    let value = &value[..last];
    let secret = value.len() >= 4
        && !is_placeholder(value)
        && (Validator::Chosen.accepts(value) || Validator::Random.accepts(value));
    secret.then_some(Assignment { start, end: start + last, label: "PASSWORD", quote: None })
}

#[cfg(test)]
mod tests {
    use super::WORDS;
    use crate::scrub::assign::tests::balanced;

    #[test]
    fn a_password_goes_whatever_the_word_for_it() {
        for word in WORDS {
            for (before, after) in [
                ("", ": "),
                ("user bob, ", "："),
                ("{\"", "\": \""),
                ("**", "**: "),
                ("x=\\\"", "\\\": \\\""),
            ] {
                for password in ["Wal!nut95", "q8Z7wv5T4s3Kx9b2"] {
                    let text = format!("{before}{word}{after}{password}");
                    assert_eq!(balanced(&text), text.replace(password, "[REDACTED:PASSWORD]"));
                }
            }
        }
    }

    #[test]
    fn what_else_is_said_of_it_stays() {
        for text in [
            "пароль: не менее 8 символов",
            "密码：请输入密码",
            "\"password\": \"Пароль\", \"hint\": \"Пароль: <your-password>\"",
            "パスワードは必須です",
            "비밀번호: ${PASSWORD}",
            "пароль: string",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
