//! Compares the classes with the Python interpreter, for every code point.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::process::Command;

use super::*;

/// The Unicode version of the table of word characters.
const TABLE_VERSION: [u32; 3] = [15, 1, 0];

/// The classes as reported by `python3`.
struct Interpreter {
    version: Vec<u32>,
    classes: BTreeMap<String, Vec<RangeInclusive<u32>>>,
}

/// Asks the interpreter; `None` if there is none.
#[expect(clippy::print_stderr, reason = "a test that compares nothing must say so")]
fn interpreter() -> Option<Interpreter> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/word_class.py");
    let output = match Command::new("python3").arg(script).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("SKIPPED: no python3 to compare with: {error}");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("the script prints ASCII");
    let hex = |digits: &str| u32::from_str_radix(digits, 16).expect("the script prints hexadecimal");
    let range = |range: &str| {
        let (first, last) = range.split_once('-').expect("a range has two ends");
        hex(first)..=hex(last)
    };
    let class = |line: &str| {
        let mut words = line.split(' ');
        (words.next().unwrap_or_default().to_owned(), words.map(range).collect())
    };
    let mut lines = text.lines();
    let version = lines.next().unwrap_or_default().split('.').filter_map(|part| part.parse().ok()).collect();
    Some(Interpreter { version, classes: lines.map(class).collect() })
}

/// Whether a range contains the code point.
fn holds(class: &[RangeInclusive<u32>], code: u32) -> bool {
    let after = class.partition_point(|range| *range.start() <= code);
    after > 0 && class[after - 1].contains(&code)
}

#[test]
fn word_and_space_are_the_interpreters_for_every_assigned_code_point() {
    let Some(Interpreter { version, classes }) = interpreter() else { return };
    let newer = version.as_slice() > TABLE_VERSION.as_slice();
    for character in '\0'..=char::MAX {
        let code = u32::from(character);
        let expected = (holds(&classes["word"], code), holds(&classes["space"], code));
        // Characters that a newer Unicode version has added are not in the table.
        let added = newer && expected.0 && !is_word(character);
        if holds(&classes["assigned"], code) && !added {
            assert_eq!((is_word(character), is_space(character)), expected, "U+{code:04X}");
        }
    }
}

#[test]
fn the_characters_around_a_place_are_found_for_every_code_point() {
    for character in '\0'..=char::MAX {
        let text = format!("-{character}-");
        let end = 1 + character.len_utf8();
        assert_eq!(is_word_after(text.as_bytes(), 1), is_word(character), "{character:?}");
        assert_eq!(is_word_before(text.as_bytes(), end), is_word(character), "{character:?}");
        let skipped = if is_space(character) { end } else { 1 };
        assert_eq!(skip_spaces(text.as_bytes(), 1), skipped, "{character:?}");
        let stop = if is_space(character) { 1 } else { text.len() };
        assert_eq!(skip_non_spaces(text.as_bytes(), 1), stop, "{character:?}");
    }
}

#[test]
fn surrogates_and_invalid_bytes_are_neither() {
    for text in
        [&b"\xed\xa0\x80"[..], b"\xed\xbf\xbf", b"\xff", b"\xc2", b"\x85", b"\xe2\x84", b"\xf4\x90\x80\x80"]
    {
        assert!(!is_word_after(text, 0) && !is_word_before(text, text.len()), "{text:x?}");
        assert_eq!(skip_spaces(text, 0), 0, "{text:x?}");
        assert_eq!(skip_non_spaces(text, 0), text.len(), "{text:x?}");
    }
    // An invalid byte ends before the next character begins.
    assert_eq!(skip_non_spaces(b"\xf0\xc2\x85", 0), 1);
}

#[test]
fn boundaries_stand_between_a_word_and_what_is_not_one() {
    let places: Vec<usize> = (0..=6).filter(|&at| is_boundary("a-é b".as_bytes(), at)).collect();
    assert_eq!(places, [0, 1, 2, 4, 5, 6]);
}
