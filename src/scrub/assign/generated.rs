//! Generated passwords of letters, digits and punctuation that are the rest of a line:
//! `DB_PASSWORD=V=4oo|CH+0<4b`.
//!
//! A shell ends a value at most punctuation, and in code the rest of it has a meaning. A file of variables,
//! of properties or of YAML keeps all of it in the value, up to the end of the line. So a value that mixes
//! characters as no code does is read to there.

use super::super::line_continuation::begins_line;
use super::super::placeholder::is_placeholder;
use super::super::sensitive::Strength;
use super::super::{entropy, escape};
use super::name::Name;
use super::operator::Operator;

/// The lengths of such passwords, in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=128;
/// The shortest sequence of letters, in bytes, that shows a value to be code if it reads as a word.
const WORD: usize = 5;

/// Returns where such a value at `from` ends, if there is one.
pub(super) fn end(text: &[u8], name: &Name, operator: Operator, from: usize) -> Option<usize> {
    let assigns = matches!(operator, Operator::Equals { .. } | Operator::Colon);
    let sure = name.sensitive.strength == Strength::Strong && name.quote.is_none();
    if !assigns || !sure || !begins_line(text, name.start) {
        return None;
    }
    let rest = &text[from..text.len().min(from + LENGTHS.end() + 1)];
    let length =
        rest.iter().take_while(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\')).count();
    let end = from + length;
    let ends = end == text.len() || text[end] == b'"' || escape::line_break(text, end) > 0;
    let upper = text[name.start..name.end].iter().all(|byte| !byte.is_ascii_lowercase());
    let variable = upper && operator == Operator::Equals { spaced: false };
    let value = &text[from..end];
    (ends && LENGTHS.contains(&length) && is_generated(value) && (variable || !closes_code(value)))
        .then_some(end)
}

/// Returns the class of a character: small letter, capital, digit or punctuation.
fn kind(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

/// Whether the classes of characters change as by chance, and the value contains no word and no template
/// slot.
fn is_generated(value: &[u8]) -> bool {
    // A value that begins with a quote, perhaps after a literal's prefix, is read as a string.
    let prefix = value.iter().take(2).take_while(|byte| b"bBrRfFuUL@".contains(byte)).count();
    let quoted = matches!(value[0], b'\'' | b'`') || matches!(value.get(prefix), Some(b'\'' | b'`'));
    let refers = value[0] == b'$'
        && value
            .get(1)
            .is_none_or(|byte| matches!(byte, b'(' | b'{' | b'[' | b'_') || byte.is_ascii_alphabetic());
    let mut kinds = [0; 4];
    for byte in value {
        kinds[usize::from(kind(*byte))] += 1;
    }
    // Two of three classes suffice: of passwords of ten random characters every third one has no digit.
    let present = kinds[..3].iter().filter(|count| **count > 0).count();
    let joins = value.iter().filter(|byte| b"_-./".contains(byte)).count();
    let changes = value.windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    let slot = [b"{{".as_slice(), b"${", b"$(", b"<%", b"%("]
        .iter()
        .any(|open| memchr::memmem::find(value, open).is_some());
    let words = value.split(|byte| !byte.is_ascii_alphabetic());
    !quoted
        && !refers
        && !slot
        && !is_placeholder(value)
        && present >= 2
        && kinds[3] >= joins + 5 - present
        && changes * 2 >= value.len() - 1
        && !words.filter(|word| word.len() >= WORD).any(entropy::letters_are_wordy)
}

/// Whether the value ends as a line of code does: with a separator or an opening bracket, or, if it calls
/// something, with a closing one.
fn closes_code(value: &[u8]) -> bool {
    let called = value.windows(2).any(|pair| pair[0].is_ascii_alphanumeric() && pair[1] == b'(');
    let last = value[value.len() - 1];
    matches!(last, b',' | b';' | b'{' | b'(') || matches!(last, b')' | b']' | b'}' | b'>') && called
}

#[cfg(test)]
mod tests {
    use super::is_generated;
    use crate::scrub::assign::tests::balanced;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_goes_to_the_end_of_its_line(
            value in "[a-z]{2}[!#%+,:;=?@^|~*&]{1,2}[A-Z]{2}[0-9]{2}[<>|&;!]{1,2}[a-z][A-Z][0-9]",
            line in prop::sample::select(vec!["DB_PASSWORD=§\n", "export DB_PASSWORD=§\nX=1\n", "password: §\n", "  smtp_pass = §\nuser = x\n",
                r#"{"env": "DB_PASSWORD=§\nX=1"}"#, r#"{"env": "DB_PASSWORD=§"}"#]),
        ) {
            prop_assume!(is_generated(value.as_bytes()));
            let out = balanced(&line.replace('§', &value));
            prop_assert_eq!(out.replace("[REDACTED:PASSWORD]", "§"), line);
        }
    }

    #[test]
    fn code_is_none_of_them() {
        for text in [
            "password: a.B1(c)[0],\n",
            "DB_PASSWORD=$(pass show a/B1)\n",
            "password = Option<B1,a2>;\n",
            "token: getToken(B1)+x2,\n",
            "secret = r'([a-z0-9]{64})'\n",
            "apiKey: <Your-Key-1!#>\n",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
