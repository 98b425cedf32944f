//! Emphasis and tags around a name or a value: `**Password:** value`, `<b>API key</b>: value`,
//! `<td>Password</td><td>value</td>`.

use super::skip_blank;

/// Elements that a name or a value may be in.
const INLINE: [&[u8]; 10] = [b"b", b"strong", b"em", b"i", b"code", b"span", b"kbd", b"samp", b"tt", b"pre"];
/// Elements that are the cells of tables and the terms of lists.
const CELLS: [&[u8]; 3] = [b"td", b"th", b"dt"];

/// Returns the length of what closes the emphasis on a name at the beginning of `rest`, if an operator
/// follows; else zero.
pub(super) fn before_sign(rest: &[u8]) -> usize {
    let length = match rest {
        [b'*', b'*', ..] | [b'_', b'_', ..] => 2,
        [b'*', b':', ..] => 1,
        _ => closing_tag(rest, &INLINE),
    };
    let after = &rest[length..];
    let tag = length > 2;
    let assigns = match after {
        [b':', b':', ..] => false,
        [b':', ..] => true,
        [b' ', b':' | b'=', b' ', ..] | [b'=', b' ', ..] => tag,
        _ => false,
    };
    if assigns { length } else { 0 }
}

/// Returns the length of what closes the emphasis after the colon of a name, or zero: the `**` of
/// `**Password:** value`.
pub(super) fn behind_colon(rest: &[u8]) -> usize {
    match rest {
        [b'*', b'*', b' ', ..] | [b'_', b'_', b' ', ..] => 2,
        [b'*', b' ', ..] => 1,
        _ => closing_tag(rest, &INLINE),
    }
}

/// Returns the length of the tag that begins the emphasis on a value, or zero: `Password: <b>value</b>`.
pub(super) fn opening(rest: &[u8]) -> usize {
    let Some(inside) = rest.strip_prefix(b"<") else { return 0 };
    let found = INLINE.iter().find(|name| {
        inside.get(..name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name))
            && inside.get(name.len()) == Some(&b'>')
    });
    found.map_or(0, |name| name.len() + 2)
}

/// Returns where the text of the next cell begins, if a cell ends at `at`: the `</td><td>` between a name and
/// its value, or `</b></td><td><code>`.
pub(super) fn next_cell(text: &[u8], at: usize) -> Option<usize> {
    let colon = |at: usize| at + usize::from(text.get(at) == Some(&b':'));
    let from = colon(at);
    let from = colon(from + closing_tag(&text[from..], &INLINE));
    let length = closing_tag(&text[from..], &CELLS);
    if length == 0 {
        return None;
    }
    let open = skip_blank(text, from + length);
    let inside = text.get(open..open + 3)?;
    if !matches!(inside, b"<td" | b"<dd") {
        return None;
    }
    let rest = &text[open..text.len().min(open + 64)];
    let end = memchr::memchr(b'>', rest)?;
    let value = skip_blank(text, open + end + 1);
    Some(value + opening(&text[value..]))
}

/// Returns the length of a closing tag of one of these elements at the beginning of `rest`, or zero.
fn closing_tag(rest: &[u8], names: &[&[u8]]) -> usize {
    let Some(inside) = rest.strip_prefix(b"</") else { return 0 };
    let found = names.iter().find(|name| {
        inside.get(..name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name))
            && inside.get(name.len()) == Some(&b'>')
    });
    found.map_or(0, |name| name.len() + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emphasis_ends_before_and_behind_the_colon() {
        for (text, length) in [("**: x", 2), ("*: x", 1), ("</b>: x", 4), ("</STRONG> = x", 9), ("__: x", 2)]
        {
            assert_eq!(before_sign(text.as_bytes()), length, "{text}");
        }
        for text in ["** 2", "*= 2", "**::x", "</p>: x", "", "_: x"] {
            assert_eq!(before_sign(text.as_bytes()), 0, "{text}");
        }
        for (text, length) in [("** x", 2), ("* x", 1), ("</b> x", 4), ("**kwargs", 0), (" x", 0)] {
            assert_eq!(behind_colon(text.as_bytes()), length, "{text}");
        }
    }

    #[test]
    fn cells_follow_each_other() {
        for text in
            ["</td><td>HERE", "</th>\n  <td class=\"x\">HERE", ":</dt><dd>HERE", "</b></td><td><code>HERE"]
        {
            assert_eq!(next_cell(text.as_bytes(), 0), text.find("HERE"), "{text}");
        }
        for text in ["</td>", "</td><tr>", "<td>", "</td><td"] {
            assert_eq!(next_cell(text.as_bytes(), 0), None, "{text}");
        }
    }
}
