//! What must surround a literal for its pattern to match.

use super::{Hit, Pattern};
use crate::scrub::pyre;

/// The characters beyond ASCII that `(?i)` treats as letters: long s, dotted I, dotless i, Kelvin sign.
const ODD_LETTERS: [(&[u8], u8); 4] = [
    ("\u{17f}".as_bytes(), b'S'),
    ("\u{130}".as_bytes(), b'I'),
    ("\u{131}".as_bytes(), b'I'),
    ("\u{212a}".as_bytes(), b'K'),
];

/// The literal of a case-sensitive pattern; empty for the others.
pub(super) const fn literal(pattern: Pattern) -> &'static [u8] {
    match pattern {
        Pattern::BearerToken => b"Bearer",
        Pattern::SkToken => b"sk-",
        Pattern::GithubPat => b"ghp_",
        Pattern::GithubServerToken => b"ghs_",
        Pattern::GithubPatV2 => b"github_pat_",
        Pattern::AwsAccessKey => b"AKIA",
        Pattern::CfToken => b"cfut_",
        Pattern::MolPk => b"mol_pk_",
        Pattern::Ctx7Token => b"ctx7_",
        Pattern::ApiKey | Pattern::Token | Pattern::Secret | Pattern::Base64Blob => b"",
    }
}

/// The literal of a pattern, or its word in every spelling that `(?i)` matches, apart from the case of ASCII
/// letters.
pub(super) fn spellings(pattern: Pattern) -> Vec<String> {
    let word = match word(pattern) {
        [] => literal(pattern),
        word => word,
    };
    let mut spellings = vec![String::new()];
    for &letter in word {
        let odd = ODD_LETTERS.iter().filter(|(_, odd)| *odd == letter && !self::word(pattern).is_empty());
        let odd = odd.filter_map(|(character, _)| std::str::from_utf8(character).ok());
        let letters: Vec<String> = odd.map(str::to_owned).chain([char::from(letter).to_string()]).collect();
        let longer = |spelling: String| letters.iter().map(move |letter| format!("{spelling}{letter}"));
        spellings = spellings.into_iter().flat_map(longer).collect();
    }
    spellings
}

/// Returns the match of `pattern` whose literal begins at `at`.
pub(super) fn match_at(pattern: Pattern, text: &[u8], at: usize) -> Option<Hit> {
    let (before, after) = match pattern {
        Pattern::ApiKey | Pattern::Token | Pattern::Secret => return assignment(pattern, text, at),
        Pattern::BearerToken => return bearer(text, at),
        Pattern::AwsAccessKey => (true, true),
        Pattern::CfToken | Pattern::MolPk | Pattern::Ctx7Token => (true, false),
        _ => (false, false),
    };
    let end = token_end(pattern, text, at)?;
    let bounded = (!before || pyre::is_boundary(text, at)) && (!after || pyre::is_boundary(text, end));
    bounded.then_some(Hit { pattern, start: at, end, value_start: at })
}

/// Whether the pattern may match with its literal at `at`, in this text or in what it becomes when matches of
/// other patterns are replaced.
///
/// A marker contains neither white space nor `=` nor characters of a token, but it may create a boundary
/// (`AKIA...ghp_...`), so boundaries are not checked. To be quick, what follows `=` is not read.
pub(super) fn may_match_at(pattern: Pattern, text: &[u8], at: usize) -> bool {
    match pattern {
        Pattern::ApiKey | Pattern::Token | Pattern::Secret => {
            suffix_end(pattern, text, at).is_some_and(|end| equals_sign(text, end).is_some())
        }
        Pattern::BearerToken => bearer(text, at).is_some(),
        _ => token_end(pattern, text, at).is_some(),
    }
}

/// The end of a token of the pattern that begins at `at`, boundaries aside.
fn token_end(pattern: Pattern, text: &[u8], at: usize) -> Option<usize> {
    let alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
    let (shortest, longest, body): (usize, usize, fn(u8) -> bool) = match pattern {
        Pattern::SkToken => (16, usize::MAX, |byte| pyre::is_ascii_word(byte) || byte == b'-'),
        Pattern::GithubPat | Pattern::GithubServerToken | Pattern::MolPk => (20, usize::MAX, alphanumeric),
        Pattern::GithubPatV2 => (60, usize::MAX, pyre::is_ascii_word),
        Pattern::AwsAccessKey => (16, 16, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
        Pattern::CfToken => (32, usize::MAX, alphanumeric),
        Pattern::Ctx7Token => (1, usize::MAX, alphanumeric),
        _ => return None,
    };
    let rest = text.get(at..)?.strip_prefix(literal(pattern))?;
    let length = rest.iter().take(longest).take_while(|&&byte| body(byte)).count();
    (length >= shortest).then_some(at + literal(pattern).len() + length)
}

/// Matches `\b[A-Z][A-Z0-9_]*_X\s*=\s*\S+`, where `_X` begins at `at`.
///
/// `_X` is followed by white space or `=`, so it ends the run of identifier characters. These are all word
/// characters, so the only place for `\b` in the run is before its first character.
fn assignment(pattern: Pattern, text: &[u8], at: usize) -> Option<Hit> {
    let end = suffix_end(pattern, text, at)?;
    let value_start = pyre::skip_spaces(text, equals_sign(text, end)? + 1);
    // The name is checked first: otherwise a value would be read again for each name inside it.
    let start = identifier_start(text, at);
    let first = *text.get(start)?;
    if first.is_ascii_digit() || first == b'_' || pyre::is_word_before(text, start) {
        return None;
    }
    let value_end = pyre::skip_non_spaces(text, value_start);
    (value_end > value_start).then_some(Hit { pattern, start, end: value_end, value_start })
}

/// Matches `Bearer\s+\S+`.
fn bearer(text: &[u8], at: usize) -> Option<Hit> {
    text.get(at..)?.strip_prefix(b"Bearer")?;
    let word_end = at + b"Bearer".len();
    let value_start = pyre::skip_spaces(text, word_end);
    if value_start == word_end {
        return None;
    }
    let end = pyre::skip_non_spaces(text, value_start);
    (value_start < end).then_some(Hit { pattern: Pattern::BearerToken, start: at, end, value_start })
}

/// The word of a case-insensitive pattern; empty for the others.
const fn word(pattern: Pattern) -> &'static [u8] {
    match pattern {
        Pattern::ApiKey => b"_API_KEY",
        Pattern::Token => b"_TOKEN",
        Pattern::Secret => b"_SECRET",
        _ => b"",
    }
}

/// The end of the pattern's word, in any case, if it begins at `at`.
fn suffix_end(pattern: Pattern, text: &[u8], at: usize) -> Option<usize> {
    let word = match word(pattern) {
        [] => return None,
        word => word,
    };
    word.iter().try_fold(at, |end, &letter| {
        let rest = text.get(end..)?;
        if rest.first()?.eq_ignore_ascii_case(&letter) {
            return Some(end + 1);
        }
        let is_letter = |&&(odd, folded): &&(&[u8], u8)| folded == letter && rest.starts_with(odd);
        Some(end + ODD_LETTERS.iter().find(is_letter)?.0.len())
    })
}

/// The place of the `=` of `\s*=`, matched from `at`.
fn equals_sign(text: &[u8], at: usize) -> Option<usize> {
    let sign = pyre::skip_spaces(text, at);
    (text.get(sign) == Some(&b'=')).then_some(sign)
}

/// The beginning of the run of `(?i)[A-Z0-9_]` that ends at `at`.
fn identifier_start(text: &[u8], at: usize) -> usize {
    let mut start = at;
    while let Some(before) = text.get(..start).filter(|before| !before.is_empty()) {
        let length = match before.last() {
            Some(&byte) if byte.is_ascii() => usize::from(pyre::is_ascii_word(byte)),
            _ => ODD_LETTERS.iter().find(|(odd, _)| before.ends_with(odd)).map_or(0, |(odd, _)| odd.len()),
        };
        if length == 0 {
            break;
        }
        start -= length;
    }
    start
}
