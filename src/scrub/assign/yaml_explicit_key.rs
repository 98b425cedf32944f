//! Explicit keys of YAML, with the value on a line of its own below: `? password`, `: ...`.

use super::super::{escape, line_continuation};
use super::name::Name;
use super::operator::Operator;
use super::{next_line, skip_blank, skip_spaces};

/// How far before a line the beginning of the previous one is searched for, in bytes.
const FAR: usize = 256;
/// The longest tag (`!!str`), in bytes.
const TAG: usize = 32;
/// The longest comment after a key, in bytes.
const COMMENT: usize = 128;

/// Returns the operator between such a key and its value, and where the value begins.
pub(super) fn operator(text: &[u8], name: &Name) -> Option<(Operator, usize)> {
    let quote = name.quote.map_or(0, |quote| 1 + quote.backslashes());
    let mark = mark_before(text, name.start - quote)?;
    let colon = colon_below(text, name.end + quote)?;
    // A conditional expression begins on the line above: `isOpen\n  ? password\n  : other`.
    if !line_continuation::begins_line(text, mark) || !begins_entry(text, mark) {
        return None;
    }
    let value = skip_spaces(text, colon + 1);
    let value = next_line::behind_sign(text, behind_tag(text, value));
    // After a quoted name a colon would be that of JSON, where an unquoted word is no text.
    let quoted = name.quote.is_some_and(|quote| quote.byte == b'"');
    let word = quoted && text.get(value).is_some_and(u8::is_ascii_alphabetic);
    Some((if word { Operator::Equals { spaced: true } } else { Operator::Colon }, value))
}

/// Returns where the question mark is whose key begins at `key`, perhaps with a tag between them.
fn mark_before(text: &[u8], key: usize) -> Option<usize> {
    let blanks = |at: usize| text[..at].iter().rev().take_while(|byte| **byte == b' ').count();
    let end = key - blanks(key);
    if end == key {
        return None;
    }
    let in_tag = |byte: &&u8| byte.is_ascii_alphanumeric() || b"!:/._-".contains(byte);
    let tag = end - text[..end].iter().rev().take(TAG).take_while(in_tag).count();
    let end = if tag < end && text[tag] == b'!' { tag - blanks(tag) } else { end };
    end.checked_sub(1).filter(|mark| text[*mark] == b'?')
}

/// Returns where the value begins after a tag (`!!str`) at `at`; `at` if there is none.
fn behind_tag(text: &[u8], at: usize) -> usize {
    let inner = |byte: &&u8| byte.is_ascii_alphanumeric() || b"!:/._-".contains(byte);
    let tag = text[at..].iter().take(TAG).take_while(inner).count();
    let tagged = text.get(at) == Some(&b'!') && text.get(at + tag) == Some(&b' ');
    if tagged { skip_spaces(text, at + tag) } else { at }
}

/// Returns the colon that begins the line below the key that ends at `end`.
fn colon_below(text: &[u8], end: usize) -> Option<usize> {
    let mut at = skip_spaces(text, end);
    if at > end && text.get(at) == Some(&b'#') {
        at = escape::find_break(text, at, text.len().min(at + COMMENT))?;
    }
    if escape::line_break(text, at) == 0 {
        return None;
    }
    let colon = skip_blank(text, at);
    let parted = matches!(text.get(colon + 1), Some(b' ' | b'\t')) || escape::line_break(text, colon + 1) > 0;
    (text.get(colon) == Some(&b':') && parted).then_some(colon)
}

/// Whether an entry of a map may begin with the question mark at `mark`: it is the first one in the text, in
/// a map or in a list item, it is no deeper than the line above, or that is a comment.
fn begins_entry(text: &[u8], mark: usize) -> bool {
    let line = line_start(text, mark);
    let margin = &text[line..mark];
    let Some(last) = escape::before(text, line).filter(|last| text[*last] != b'"' || *last + 1 < line) else {
        return true;
    };
    let above = &text[line_start(text, last)..=last];
    let width = |line: &[u8]| line.iter().take_while(|byte| **byte == b' ').count();
    // The line above may begin with the opening quote of the enclosing string.
    let comment = above.rsplit(|byte| *byte == b'"').next();
    matches!(above, [.., b':' | b'-' | b'{' | b','])
        || margin.contains(&b'-')
        || width(above) >= width(margin)
        || comment.is_some_and(|comment| comment.trim_ascii_start().starts_with(b"#"))
}

/// Returns where the line that holds `at` begins, or the enclosing string, or the limit of the search.
fn line_start(text: &[u8], at: usize) -> usize {
    let lowest = at.saturating_sub(FAR);
    let begins = |at: &usize| match text[at - 1] {
        b'\n' => true,
        b'n' => escape::is_escape_letter(text, at - 1),
        b'"' => text.get(*at) == Some(&b'?'),
        _ => false,
    };
    (lowest + 1..=at).rev().find(begins).unwrap_or(lowest)
}

#[cfg(test)]
mod tests {
    use crate::scrub::assign::tests::{balanced, is_taken};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_may_say_that_it_is_one(
            before in prop::sample::select(vec![("", 0), ("db:\n", 2), ("db:\n  user: bob\n", 2), ("- a: b\n- ", 2), ("---\n", 0), ("# x\n", 4)]),
            key in prop::sample::select(vec!["password", "\"password\"", "'db_password'", "!!str password", "password # of it"]),
            value in prop::sample::select(vec!["§", "\"§\"", "'§'", "!!str §"]),
            behind in prop::sample::select(vec!["", "\n", "\nuser: bob\n", "\n? user\n: bob\n"]),
            block in any::<bool>(),
        ) {
            let (before, indent) = before;
            let first = if before.ends_with("- ") { 0 } else { indent };
            let value = if block && value == "§" { format!("|\n{:1$}§", "", indent + 2) } else { value.to_owned() };
            is_taken(&format!("{before}{:first$}? {key}\n{:indent$}: {value}{behind}", "", ""));
        }
    }

    #[test]
    fn a_choice_between_two_is_none() {
        for text in [
            "const x = isAdmin\n  ? password\n  : hunter2x9;\n",
            "const x = isAdmin\n  ? \"password\"\n  : \"hunter2x9\";\n",
            "return a\n  ? b\n  : token\n    ? accessToken\n    : otherToken5;\n",
            "? password\nhunter2x9\n",
            "Is it the password? password\n: hunter2x9\n",
        ] {
            assert_eq!(balanced(text), text);
        }
    }
}
