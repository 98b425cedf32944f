//! Recognises output of the agent's code sandbox.

use crate::lazy::Lazy;

use memchr::memmem::Finder;

use super::budget::Patience;
use super::key::{Cache, Facts, Role};
use super::lines::Bounds;
use super::node::{Node, Text};
use crate::scrub::Tally;
use crate::vector::{self, BLOCK, Level, Simd, SimdBase, dispatch, mask8x32, u8x32};

/// The length of the shortest marker, `tool=run_code`; every JSON object that says so is longer.
const SHORTEST: usize = 13;

/// Up to this length, in bytes, a plain loop is faster than starting a vector search.
const SHORT: usize = 64;

/// Pairs of letters in `sandbox` and `run_code` that are rare in text, folded with [`FOLD`].
const RARE: [[u8; 2]; 2] = [[b'o', b'x'], [b'_' | FOLD, b'c']];

/// How many bytes are searched for them at once.
const CHUNK: usize = 2 * BLOCK;
/// The bytes of a chunk and the one after it.
const WINDOW: usize = CHUNK + 1;

/// The beginning of an escaped ASCII character.
static ESCAPE: Lazy<Finder<'static>> = Lazy::new(|| Finder::new("\\u00"));

/// The bit that makes letters equal in both cases, and some other characters too.
const FOLD: u8 = 0x20;

/// Whether a string is sandbox content: it holds a marker, or is the JSON text of an object that says so.
pub(crate) fn is_sandbox_text(text: &[u8]) -> bool {
    text.len() >= SHORTEST
        && (is_sandbox_as_it_stands(text)
            || is_json_object(text)
                && without_escapes(text).is_some_and(|plain| is_sandbox_as_it_stands(&plain)))
}

fn is_sandbox_as_it_stands(text: &[u8]) -> bool {
    mentions_sandbox(text) && (crate::scrub::is_sandbox(text) || is_json_object(text) && says_sandbox(text))
}

/// Returns JSON text with the characters that words and markers consist of unescaped where they are written
/// as `\u0073`, in any layer; `None` if there are none.
fn without_escapes(text: &[u8]) -> Option<Vec<u8>> {
    let (mut plain, mut copied) = (Vec::new(), 0);
    for at in ESCAPE.find_iter(text) {
        let digits = text.get(at + ESCAPE.needle().len()..at + ESCAPE.needle().len() + 2);
        let code = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        let Some(letter) = code.filter(|byte| byte.is_ascii_alphanumeric() || b"_=[]".contains(byte)) else {
            continue;
        };
        let before = text[copied..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        plain.extend_from_slice(&text[copied..at - before]);
        plain.push(letter);
        copied = at + ESCAPE.needle().len() + 2;
    }
    if copied == 0 {
        return None;
    }
    plain.extend_from_slice(&text[copied..]);
    Some(plain)
}

/// Whether `sandbox` or `run_code` occurs in the text in any case, without which nothing is sandbox content.
fn mentions_sandbox(text: &[u8]) -> bool {
    if text.len() <= SHORT {
        // All bytes are checked, so that the compiler can vectorise the loop.
        let telling = text.iter().fold(false, |any, byte| any | matches!(byte, b'x' | b'X' | b'_'));
        return telling
            && memchr::memchr3_iter(b'x', b'X', b'_', text).any(|at| word_around(text, at).is_some());
    }
    mentions_rarely(vector::level(), text)
}

/// Like [`mentions_sandbox`], for a long text: checks only where the rare pairs of letters occur.
fn mentions_rarely(level: Level, text: &[u8]) -> bool {
    dispatch!(level, simd => mentions_by(simd, text))
}

#[inline(always)]
fn mentions_by<S: Simd>(simd: S, text: &[u8]) -> bool {
    let mut padded = [0; WINDOW];
    for from in (0..text.len()).step_by(CHUNK) {
        let window = vector::window(text, from, &mut padded);
        let (one, other) = (pairs_by(simd, window, 0), pairs_by(simd, window, BLOCK));
        // Mostly they occur in neither half.
        if vector::bits(one | other) == 0 {
            continue;
        }
        let mut left = u64::from(vector::bits(one)) | u64::from(vector::bits(other)) << BLOCK;
        while left != 0 {
            let at = from + left.trailing_zeros() as usize;
            // The letter that `word_around` expects is the first or the second of the pair.
            if word_around(text, at).or_else(|| word_around(text, at + 1)).is_some() {
                return true;
            }
            left &= left - 1;
        }
    }
    false
}

/// Returns where in a block the rare pairs of letters begin.
#[inline(always)]
fn pairs_by<S: Simd>(simd: S, window: &[u8; WINDOW], at: usize) -> mask8x32<S> {
    let first = u8x32::from_slice(simd, &window[at..at + BLOCK]) | FOLD;
    let second = u8x32::from_slice(simd, &window[at + 1..=at + BLOCK]) | FOLD;
    let [sandbox, run_code] = RARE;
    let sandbox = first.simd_eq(sandbox[0]) & second.simd_eq(sandbox[1]);
    sandbox | first.simd_eq(run_code[0]) & second.simd_eq(run_code[1])
}

/// Returns the range of the word whose distinctive letter (the `x` of `sandbox`, the `_` of `run_code`) is at
/// `at`.
fn word_around(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let (word, before) = match text.get(at)? {
        b'x' | b'X' => (b"sandbox".as_slice(), 6),
        b'_' => (b"run_code".as_slice(), 3),
        _ => return None,
    };
    let start = at.checked_sub(before)?;
    let end = start + word.len();
    text.get(start..end)?.eq_ignore_ascii_case(word).then_some((start, end))
}

fn is_json_object(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    text.starts_with(b"{") && text.ends_with(b"}")
}

/// Whether JSON text has a member that says sandbox, at any depth and in any layer of escaping. What is
/// nested deeper cannot be taken out of the text, so the whole text has to be dropped.
fn says_sandbox(text: &[u8]) -> bool {
    memchr::memchr3_iter(b'x', b'X', b'_', text).filter_map(|at| word_around(text, at)).any(|(start, end)| {
        let quoted_to =
            text[end..].iter().position(|byte| *byte != b'\\').map_or(text.len(), |skip| end + skip);
        text.get(quoted_to) == Some(&b'"')
            && key_before(&text[..start]).is_some_and(|key| says(Role::of(key), &text[start..end]))
    })
}

/// Returns the key of the string member whose value begins at the end of `text`.
fn key_before(text: &[u8]) -> Option<&[u8]> {
    let before_value = strip_quote(text)?.trim_ascii_end().strip_suffix(b":")?;
    let key = strip_quote(before_value.trim_ascii_end())?;
    let start = key.iter().rposition(|byte| *byte == b'"')? + 1;
    key.get(start..)
}

/// Returns `text` without the quote at its end and the backslashes before that.
fn strip_quote(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_suffix(b"\"")?;
    let end = text.iter().rposition(|byte| *byte != b'\\').map_or(0, |last| last + 1);
    text.get(..end)
}

/// Whether a member with a key of this role and with this value marks its object as sandbox content.
pub(crate) fn says(role: Role, value: &[u8]) -> bool {
    match role {
        Role::Source => value.trim_ascii().eq_ignore_ascii_case(b"sandbox"),
        Role::Tool | Role::Name => value.trim_ascii().eq_ignore_ascii_case(b"run_code"),
        _ => false,
    }
}

/// Whether a member marks its map as sandbox content.
pub(crate) fn member_says<N: Node>(facts: Facts, value: &N) -> bool {
    matches!(facts.role, Role::Source | Role::Tool | Role::Name)
        && value.text().is_some_and(|text| says(facts.role, text.bytes()))
}

/// Whether a map in a list is dropped: it says so, or has a string with a marker.
pub(super) fn is_sandbox_map<N: Node>(
    map: &N,
    keys: &mut Cache,
    bounds: Bounds<'_>,
    scrubber: &crate::Scrubber,
    patience: &mut Patience<'_>,
) -> bool {
    let mut look = |key: &[u8]| keys.look(key, bounds, scrubber, &mut Tally::default());
    let mut dropped = false;
    map.entries(|key, value| {
        if dropped || patience.is_over() {
            return;
        }
        dropped = value.text().is_some_and(|text| {
            let text = text.bytes();
            patience.spend(text.len());
            // What few texts say is asked before what their keys are.
            is_sandbox_text(text)
                || [Role::Source, Role::Tool].into_iter().any(|role| says(role, text))
                    && says(look(key.key_text().bytes()).0.role, text)
        });
    });
    dropped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_rare_letters_lead_to_every_word(
            pieces in prop::collection::vec((0..7_usize, "[ sandboxrun_code\u{e9}]{0,12}", 0..60_usize), 0..9),
        ) {
            const WORDS: [&str; 7] = ["", "sandbox", "SandBox", "run_code", "RUN_CODE", "sandbo", "dbox"];
            let piece = |(word, between, blanks): &(usize, String, usize)| {
                format!("{}{between}{}", WORDS[*word], " ".repeat(*blanks))
            };
            let text: String = pieces.iter().map(piece).collect();
            let text = text.as_bytes();
            let plainly = memchr::memchr3_iter(b'x', b'X', b'_', text).any(|at| word_around(text, at).is_some());
            for level in vector::levels() {
                prop_assert_eq!(mentions_rarely(level, text), plainly, "{:?}", level);
            }
        }
    }

    #[test]
    fn a_marker_is_found_in_any_case_and_place() {
        for marker in
            ["source=sandbox", "tool=run_code", "[sandbox_output]", "Source=SANDBOX", "TOOL=Run_Code"]
        {
            for around in [0, 3, 40, 300] {
                let around = "y".repeat(around);
                let text = format!("{around}{marker}{around}");
                assert!(is_sandbox_text(text.as_bytes()), "{text}");
                assert!(crate::scrub::is_sandbox(text.as_bytes()));
            }
        }
        for text in ["", "the sandbox", "run_code()", "source = sandbox", "dbo n_c ox _c x _ dbox"] {
            assert!(!is_sandbox_text(text.repeat(9).as_bytes()), "{text}");
        }
    }

    #[test]
    fn json_text_is_judged_like_its_object() {
        for text in [
            r#"{"source":"sandbox","content":"1"}"#,
            "\n {\"id\": 1, \"source\" : \"Sandbox\"} ",
            r#"{"tool": "run_code"}"#,
            r#"{"tool_name":"run_code"}"#,
            r#"{"name":"run_code"}"#,
            r#"{"message":{"content":[{"source":"sandbox"}]}}"#,
            r#"{"line":"{\"source\": \"sandbox\"}"}"#,
            r#"{"source":"\u0073andbox","content":"1"}"#,
            r#"{"\u0073ourc\u0065":"\u0053andbo\u0078"}"#,
            r#"{"t\u006Fol": "run\u005fcode"}"#,
            r#"{"text":"1 source\u003dsandbox"}"#,
            r#"{"line":"{\"source\": \"\\u0073andbox\"}"}"#,
        ] {
            assert!(is_sandbox_text(text.as_bytes()), "{text}");
        }
        for text in [
            r#"{"Source":"sandbox","content":"1"}"#,
            r#"{"content":"sandbox"}"#,
            r#"{"source":"sandboxed place"}"#,
            r#"{"x":["source","sandbox"]}"#,
            r#"{"source":"\u0073and box","x":"\u00"}"#,
            r"source=\u0073andbox",
            r#"["source":"sandbox"]"#,
            r#"say {"source":"sandbox"}"#,
        ] {
            assert!(!is_sandbox_text(text.as_bytes()), "{text}");
        }
    }
}
