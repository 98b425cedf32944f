//! One member of a map or a list that is assigned to a sensitive name: `primary: "..."`, `'github' => '...'`,
//! `"..."`.

use super::super::escape;
use super::super::sensitive::is_descriptive;
use super::skip_spaces;

/// A member: where its value begins, and whether its own name says that it is no secret.
pub(super) struct Member {
    pub(super) value: usize,
    pub(super) described: bool,
}

/// Reads the member at `at`. Without a name of its own it is only a value.
pub(super) fn at(text: &[u8], at: usize) -> Member {
    let bare = Member { value: at, described: false };
    let quote = escape::quote_at(text, at);
    let start = quote.map_or(at, |(_, inside)| inside);
    let inner = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let length = text[start..].iter().take(64).take_while(inner).count();
    let mut end = start + length;
    if let Some((quote, _)) = quote {
        let Some((closing, after)) = escape::quote_at(text, end) else { return bare };
        if closing != quote {
            return bare;
        }
        end = after;
    }
    let operator = skip_spaces(text, end);
    let width = match &text[operator..] {
        [b'=', b'>', ..] => 2,
        [b':' | b'=', ..] => 1,
        _ => return bare,
    };
    if length == 0 {
        return bare;
    }
    Member {
        value: skip_spaces(text, operator + width),
        described: is_descriptive(&text[start..start + length]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_may_have_a_name() {
        for (text, described) in [
            ("primary: HERE", false),
            (r#""client_id": HERE"#, true),
            (r"'github' => HERE", false),
            ("HERE", false),
            (r#"\"region_name\": HERE"#, true),
        ] {
            let member = at(text.as_bytes(), 0);
            assert_eq!((Some(member.value), member.described), (text.find("HERE"), described), "{text}");
        }
    }
}
