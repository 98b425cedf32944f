//! The sensitive name that a value is assigned to.

use super::super::escape::{self, Quote};
use super::super::line_continuation;
use super::super::sensitive::{Sensitive, sensitive};
use super::Values;

/// How far a name is read to either side of its trigger, in bytes. What is longer is not a name.
const MAX_NAME: usize = 64;

/// A sensitive name in the text, and the quotes around it.
pub(super) struct Name {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The quotes around it, if they are the same on both sides.
    pub(super) quote: Option<Quote>,
    pub(super) sensitive: Sensitive,
    /// What is redacted under it.
    pub(super) values: Values,
    /// Whether it names an `OpenPGP` key, such as releases are signed with.
    pub(super) openpgp: bool,
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Returns the sensitive name around the trigger `text[at..end]`.
pub(super) fn around(text: &[u8], at: usize, end: usize, values: Values) -> Option<Name> {
    let end = end - usize::from(!is_name_byte(text[end - 1]));
    let at = at + usize::from(matches!(text[at], b'<' | b','));
    let left =
        text[at.saturating_sub(MAX_NAME)..at].iter().rev().take_while(|&&byte| is_name_byte(byte)).count();
    let right = text[end..].iter().take(MAX_NAME).take_while(|&&byte| is_name_byte(byte)).count();
    let mut start = at - left;
    if start < at && escape::is_escape_letter(text, start) {
        start += 1;
    } else if start >= 1
        && text[start - 1] == b'%'
        && at - start > 2
        && text[start..start + 2].iter().all(u8::is_ascii_hexdigit)
    {
        start += 2;
    }
    let mut end = end + right;
    while end > start && matches!(text[end - 1], b'.' | b'-') {
        end -= 1;
    }
    if right == MAX_NAME || left == MAX_NAME || end <= start {
        return None;
    }
    // `arn:aws:secretsmanager:...:secret:name` and `AWS::IAM::AccessKey` are the names of things.
    let colons = text[..start].iter().rev().take(2).take_while(|&&byte| byte == b':').count();
    // `grep` prints `config.yml:3:password: x`.
    let path = text[end..].starts_with(b"::") && text.get(end + 2).is_some_and(u8::is_ascii_alphanumeric);
    let between = colons == 2 || colons == 1 && text.get(end) == Some(&b':');
    // The second colon may be that of a symbol (`:password`).
    let begins = || {
        line_continuation::begins_line(text, start)
            || colons == 2 && line_continuation::begins_line(text, start - 1)
            || is_of_module(text, start, end)
    };
    if path || between && !begins() || is_media_type(text, start) {
        return None;
    }
    if is_documented(text, start, end) {
        return None;
    }
    // A Java property: `-Dpsk=value`.
    let called = text[start..end].strip_prefix(b"-D").unwrap_or(&text[start..end]);
    let sensitive = sensitive(called)?;
    let openpgp = sensitive.label == "KEY" && is_of_openpgp(called);
    let quote = escape::quote_before(text, start)
        .filter(|&quote| escape::quote_at(text, end).is_some_and(|(closing, _)| closing == quote));
    Some(Name { start, end, quote, sensitive, values, openpgp })
}

/// Whether the name is a parameter of a Puppet class that is given a value:
/// `profile::mysql::root_password: '...'`.
fn is_of_module(text: &[u8], start: usize, end: usize) -> bool {
    let inner =
        |byte: &&u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b':');
    let length = text[..start].iter().rev().take(MAX_NAME).take_while(inner).count();
    // A quote before the name is the one of the enclosing string unless it also follows the name.
    let opened = text[..start - length].last().filter(|byte| matches!(byte, b'"' | b'\''));
    let quoted = usize::from(opened.is_some() && opened == text.get(end));
    line_continuation::begins_line(text, start - length - quoted)
        && matches!(text[end + quoted..], [b':', b' ', ..])
}

/// Whether the name is that of an `OpenPGP` key: `releaseManagerKey`, `gpg_key`.
fn is_of_openpgp(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    [b"release".as_slice(), b"gpg", b"pgp"].iter().any(|word| memchr::memmem::find(&name, word).is_some())
}

/// Whether the name is part of a media type: `application/x-pw`.
fn is_media_type(text: &[u8], start: usize) -> bool {
    [b"application/".as_slice(), b"text/"].iter().any(|kind| text[..start].ends_with(kind))
}

/// Whether the name is a parameter in a comment that documents it: `:param password: what it is for`,
/// ` * @password: what it is for`.
fn is_documented(text: &[u8], start: usize, end: usize) -> bool {
    if text.get(end) == Some(&b':')
        && matches!(text[..start], [b'@'] | [.., b' ' | b'\t' | b'\n' | b'*', b'@'])
    {
        return true;
    }
    if text.get(end) != Some(&b':') || start == 0 || text[start - 1] != b' ' {
        return false;
    }
    // A type may be between them: `:param str password:`.
    let before = &text[start.saturating_sub(MAX_NAME)..start];
    let words = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b' ').count();
    words > 2
        && before.len() > words
        && before[before.len() - words - 1] == b':'
        // `User:app Password:...` are fields.
        && !before[..before.len() - words - 1].last().is_some_and(u8::is_ascii_alphanumeric)
        && before[before.len() - words] != b' '
}
