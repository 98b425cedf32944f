//! The span that is redacted when a hit is extended to more than itself.

use crate::scrub::escape::Quote;
use crate::scrub::extent;
use crate::scrub::open_strings::Nesting;

/// The JSON string that contains `start..end`, without its quotes, or else the line. `open` are the strings
/// that are open at the beginning of the text.
pub(super) fn string(text: &[u8], open: &[Quote], start: usize, end: usize) -> (usize, usize) {
    let from = memchr::memrchr(b'\n', &text[..start]).map_or(0, |at| at + 1);
    let to = memchr::memchr(b'\n', &text[end..]).map_or(text.len(), |at| end + at);
    let open = if from == 0 { open } else { &[] };
    let innermost = |open: &[Quote]| open.iter().rfind(|quote| quote.byte == b'"').copied();
    let mut nesting = Nesting::from(from, open);
    let (mut inside, mut begin) = (innermost(open), from);
    for quote in memchr::memchr_iter(b'"', &text[from..start]).map(|at| from + at) {
        let now = innermost(nesting.open_at(text, quote + 1));
        if now != inside {
            (inside, begin) = (now, quote + 1);
        }
    }
    let Some(string) = inside else { return (from, to) };
    let close = extent::enclosed(text, start, to, &[string]);
    if close < end { (from, to) } else { (begin, close) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_more_than_itself_takes_its_string_or_its_line() {
        for (text, taken) in [
            (r#"{"a": "b", "c": "so HERE it", "d": 1}"#, "so HERE it"),
            (r#"{"a": "b", "c": "{\"d\": \"so HERE it\", 1}"}"#, "so HERE it"),
            ("first\nso HERE it\nlast", "so HERE it"),
            ("first\n{\"a\": HERE, 1}\nlast", "{\"a\": HERE, 1}"),
        ] {
            let at = text.find("HERE").expect("it stands there");
            let (start, end) = string(text.as_bytes(), &[], at, at + 4);
            assert_eq!(&text[start..end], taken);
        }
        let open = [Quote { byte: b'"', layer: 0 }];
        assert_eq!(string(b"so HERE it\", 1", &open, 3, 7), (0, 10));
    }
}
