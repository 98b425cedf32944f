//! Passwords after the word for one in other languages: `пароль: ...`, `密码：...`. Triggers are ASCII, so these
//! words are searched for separately, in texts that are not.

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::super::escape;
use super::super::placeholder::is_placeholder;
use super::super::runs::{Runs, SCRIPT};
use super::super::sensitive::foreign::WORDS;
use super::super::validate::Validator;
use super::{Assignment, next_line, skip_blank, skip_spaces};
use crate::lazy::Lazy;

/// What separates the word from the value.
const SIGNS: [&str; 12] = [":", "=", "：", "＝", "は", "是", "为", "為", "는", "은", "—", "–"];
/// Colons after the words that say whose password it is: `пароль для входа: ...`, `密码为：...`.
const COLONS: [&str; 2] = [":", "："];
/// The longest sequence of such words, in bytes.
const WHOSE: usize = 40;
/// Punctuation that separates the parts of a sentence.
const POINTS: [&str; 4] = ["。", "，", "、", "！"];
/// Opening quotes before a value.
const QUOTES: [&str; 6] = ["「", "『", "“", "„", "«", "‘"];
/// The most spaces and quotes beside a separator, in bytes.
const BESIDE: usize = 4;
/// The longest value, in bytes.
const LONGEST: usize = 64;

/// Finds the leftmost word: only this kind of match lets `aho_corasick` use vector instructions.
static FINDER: Lazy<Option<AhoCorasick>> =
    Lazy::new(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(WORDS).ok());

/// The longest word, in bytes.
const LONGEST_WORD: usize = 32;

/// Returns the passwords in `text` in ascending order. `runs` are those of the text.
pub(crate) fn find(text: &[u8], runs: &Runs) -> Vec<Assignment> {
    let parts = runs.parts(SCRIPT, LONGEST_WORD);
    // Asked first: to build the finder takes longer than to search many a text.
    if parts.is_empty() {
        return Vec::new();
    }
    let Some(finder) = FINDER.as_ref() else { return Vec::new() };
    let words = parts.iter().flat_map(|part| finder.find_iter(Input::new(text).span(part)));
    words.filter_map(|word| value_behind(text, word.end())).collect()
}

/// Returns the password after a word that ends at `end`.
fn value_behind(text: &[u8], end: usize) -> Option<Assignment> {
    let beside = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'*' | b'\\');
    let skip = |at: usize| at + text[at..].iter().take(BESIDE).take_while(beside).count();
    let at = skip(end);
    let begins = |at: usize, known: &[&str]| {
        known.iter().find(|sign| text[at..].starts_with(sign.as_bytes())).map(|sign| sign.len())
    };
    let colon = behind_whose(text, end);
    let sign = colon.or_else(|| begins(at, &SIGNS).map(|length| at + length));
    // A space may be all that separates them: `логин bob, пароль Walnut@1980`.
    let sign = sign.or_else(|| text[end..].starts_with(b" ").then_some(end))?;
    let start = skip(sign);
    let start = start + begins(start, &QUOTES).unwrap_or(0);
    let line = skip_spaces(text, sign);
    if escape::line_break(text, line) > 0 {
        let start = skip_blank(text, line);
        return next_line::alone(text, start).and_then(|end| secret(text, start, end));
    }
    // The letter of an escaped line break is not part of the value.
    if start < text.len() && escape::is_escape_letter(text, start) {
        return None;
    }
    let inner = |byte: &&u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b'<' | b'>' | b'|')
    };
    let length = text[start..].iter().take(LONGEST).take_while(inner).count();
    secret(text, start, start + length)
}

/// Returns where the value may begin after a colon, if only words are between the colon and the word that
/// ends at `from`.
fn behind_whose(text: &[u8], from: usize) -> Option<usize> {
    let window = &text[from..text.len().min(from + WHOSE)];
    let colons = COLONS
        .iter()
        .filter_map(|sign| memchr::memmem::find(window, sign.as_bytes()).map(|at| (at, at + sign.len())));
    let (at, end) = colons.min()?;
    let words = &window[..at];
    let inner = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b' ' || !byte.is_ascii();
    let parted = POINTS.iter().any(|point| memchr::memmem::find(words, point.as_bytes()).is_some());
    (words.iter().all(inner) && !parted).then_some(from + end)
}

/// Returns the password between `start` and `end`, without the punctuation after it, if it is one.
fn secret(text: &[u8], start: usize, end: usize) -> Option<Assignment> {
    let value = &text[start..end];
    let last = value
        .iter()
        .rposition(|byte| !matches!(byte, b'.' | b',' | b';' | b')' | b'*'))
        .map_or(0, |last| last + 1);
    let value = &value[..last];
    let secret = value.len() >= 4
        && !is_placeholder(value)
        && (Validator::HumanPassword.accepts(value)
            || Validator::Random.accepts(value)
            || is_number(value, &text[start + last..]));
    secret.then_some(Assignment { start, end: start + last, label: "PASSWORD", quote: None })
}

/// Whether `value` is a number and not a count: the sentence, the string or the line ends after it.
fn is_number(value: &[u8], behind: &[u8]) -> bool {
    const ENDS: [&str; 9] = ["\"", "\\", "。", " 입니다", ".", ",", ";", ")", "*"];
    (4..=12).contains(&value.len())
        && value.iter().all(u8::is_ascii_digit)
        && (behind.is_empty()
            || escape::line_break(behind, 0) > 0
            || ENDS.iter().any(|sign| behind.starts_with(sign.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_WORD, WORDS};
    use crate::scrub::assign::tests::balanced;

    #[test]
    fn a_word_is_found_wherever_in_a_long_text_it_stands() {
        for word in WORDS {
            assert!(word.len() <= LONGEST_WORD, "{word}");
            for before in [1_000, 1_010, 1_020, 1_024, 4_090] {
                let text = format!("{}\n{word}: Wal!nut95\n{}", "a".repeat(before), "b".repeat(4_000));
                assert_eq!(balanced(&text), text.replace("Wal!nut95", "[REDACTED:PASSWORD]"), "{before}");
            }
        }
    }

    #[test]
    fn a_password_goes_whatever_the_word_for_it() {
        for word in WORDS {
            for (before, after) in [
                ("", ": "),
                ("user bob, ", "："),
                ("{\"", "\": \""),
                ("**", "**: "),
                ("x=\\\"", "\\\": \\\""),
                ("", "：\n"),
                ("{\"text\": \"", ":\\n\\n"),
            ] {
                for password in ["Wal!nut95", "q8Z7wv5T4s3Kx9b2", "5cR8n!?%I#fm#I"] {
                    let text = format!("{before}{word}{after}{password}");
                    assert_eq!(balanced(&text), text.replace(password, "[REDACTED:PASSWORD]"));
                }
            }
        }
    }

    #[test]
    fn words_may_stand_between() {
        for text in [
            "初始密码为：§",
            "密码为§",
            "パスワードは「§」です",
            "비밀번호는 § 입니다",
            "Пароль — §",
            "Пароль для входа: §",
            "Su contraseña temporal es: §",
            "管理员密码是：\n§\n",
        ] {
            for password in ["Wal!nut95", "5cR8n!?%I#fm#I"] {
                let out = balanced(&text.replace('§', password));
                assert_eq!(out, text.replace('§', "[REDACTED:PASSWORD]"));
            }
        }
    }

    #[test]
    fn a_number_is_one_where_nothing_is_counted() {
        for text in ["机房门禁密码:§\n", "현관 비밀번호는 § 입니다.", "пароль: §", "密码：§。"]
        {
            for number in ["109258", "4573"] {
                let out = balanced(&text.replace('§', number));
                assert_eq!(out, text.replace('§', "[REDACTED:PASSWORD]"));
            }
        }
        for text in ["密码：6-20位", "пароль: 12345 символов", "密码：100位以内", "пароль: 123"]
        {
            assert_eq!(balanced(text), text);
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
            "пароль не подходит: Exception",
            "密码错误，请联系管理员：Walnut_service01",
            "密码：\nWalnut85_x is none\n",
            "密码：\n- Walnut\n",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
