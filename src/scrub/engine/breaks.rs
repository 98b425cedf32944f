//! The line breaks inside a replaced span: as many as were removed are kept, in the spelling of the text that
//! they break into lines.

use crate::scrub::escape::{self, Quote};
use crate::scrub::hit::{Hit, Source};
use crate::scrub::open_strings::Nesting;

/// Sets the string nesting depth of each of `hits`, which are in order. `open` are the strings that are open
/// at the beginning of the text.
pub(super) fn note(text: &[u8], open: &[Quote], hits: &mut [Hit]) {
    let mut nesting = Nesting::from(0, open);
    for hit in hits.iter_mut().filter(|hit| !hit.block) {
        if memchr::memchr(b'\\', &text[hit.start..hit.end]).is_none() {
            continue;
        }
        let strings = nesting.open_at(text, hit.start).iter().rfind(|quote| quote.byte == b'"');
        hit.depth = strings.map_or(0, |string| string.layer + u32::from(!fills(text, hit, *string)));
    }
}

/// Whether a hit is an assigned value that fills its string: the line breaks in it are part of the value, not
/// of a text around it.
fn fills(text: &[u8], hit: &Hit, string: Quote) -> bool {
    /// More backslashes than the deepest supported layer of escaping needs.
    const MOST: usize = 512;
    let opens = text[..hit.start].ends_with(b"\"") && {
        let quote = hit.start - 1;
        escape::layer(escape::backslashes_before(text, quote.saturating_sub(MOST), quote)) == string.layer
    };
    matches!(hit.source, Source::Name(_))
        && opens
        && escape::quote_at(text, hit.end).is_some_and(|(quote, _)| quote == string)
}

/// Writes the line breaks of the removed text `gone`: unescaped ones, those of the strings around the hit,
/// and in a block all of them.
pub(super) fn write(gone: &[u8], hit: &Hit, out: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(found) = memchr::memchr3(b'\n', b'\r', b'\\', &gone[at..]) {
        at += found;
        let length = escape::line_break(gone, at);
        let backslashes = escape::backslashes_at(gone, at);
        if length > 0 && (backslashes == 0 || hit.block) {
            out.extend_from_slice(&gone[at..at + length]);
        } else if length > 0 && backslashes.trailing_zeros() < hit.depth {
            // Further backslashes before the line break belong to the removed text.
            let own = backslashes - (1 << backslashes.trailing_zeros());
            out.extend_from_slice(&gone[at + own..at + length]);
        }
        at += length.max(backslashes).max(1);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Preset, Scrubber};

    #[test]
    fn line_breaks_stay_in_the_text_that_they_part() {
        for text in [
            "export PASSWORD=\"q7Rk2mXw\nT4Zc6Vn8\"\nnext",
            "ALTER ROLE bob PASSWORD 'q7Rk2mXw9T\n}'\nnext",
            "<apiToken>\r\n  q7Rk2mXw9Tb4Zc6V\r\n</apiToken>",
            "{\\\"api_key\\\": \\\"q7Rk2mXw9Tb4Zc6V\n\\\"}\nnext",
            "login \\\n --password 'q7Rk2mXw9T \\\n b4Zc6V'\nnext",
        ] {
            for preset in [Preset::Strict, Preset::Balanced] {
                let scrubber = Scrubber::new(preset);
                let (mut json, mut depth) = (json!({ "c": text }).to_string(), 1);
                while depth <= 3 {
                    let mut out = scrubber.scrub_text(&json).into_owned();
                    assert!(out.contains("[REDACTED:") && !out.contains("q7Rk"), "{out}");
                    for _ in 0..depth {
                        let value: Value = serde_json::from_str(&out).expect("it stays JSON");
                        out = value["c"].as_str().expect("a text").to_owned();
                    }
                    assert_eq!(out.lines().count(), text.lines().count(), "{out:?}");
                    (json, depth) = (json!({ "c": json }).to_string(), depth + 1);
                }
            }
        }
    }

    #[test]
    fn a_value_with_line_breaks_is_one_value() {
        let json = json!({"password": "q7Rk2mXw\nT4Zc6Vn8", "a": 1}).to_string();
        for text in [json.clone(), json!({ "c": json }).to_string()] {
            let out = Scrubber::new(Preset::Balanced).scrub_text(&text).into_owned();
            assert!(
                out.contains("[REDACTED:PASSWORD]\"") || out.contains("[REDACTED:PASSWORD]\\\""),
                "{out}"
            );
        }
    }
}
