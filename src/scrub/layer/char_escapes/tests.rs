//! What escapes say is read, and leads back to where it stands.

use super::*;
use crate::scrub::{Preset, Scrubber, runs};
use proptest::prelude::*;

fn views(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    each(text.as_bytes(), &runs::find(text.as_bytes()), &[], |view, _| {
        all.push(String::from_utf8_lossy(&view.text).into_owned());
    });
    all
}

fn spelled(character: char, kind: u8) -> String {
    let code = character as u32;
    match kind {
        0 => format!("%{code:02X}"),
        1 => format!("&#{code};"),
        2 => format!("&#x{code:x};"),
        3 => format!(r"\u{code:04x}"),
        4 => format!(r"\\\u{code:04x}"),
        5 => format!(r"\x{code:02x}"),
        6 => format!(r"\{code:03o}"),
        7 => format!(r"\u{{{code:x}}}"),
        8 => format!(r"\U{code:08x}"),
        _ => character.to_string(),
    }
}

proptest! {
    #[test]
    fn a_view_reads_as_the_text_was_and_leads_back(
        characters in prop::collection::vec(("[a-zA-Z0-9=:/]", 0u8..16), 1..60),
    ) {
        let spellings: Vec<String> = characters
            .iter()
            .map(|(character, kind)| spelled(character.chars().next().expect("one character"), *kind))
            .collect();
        let plain: String = characters.iter().map(|(character, _)| character.as_str()).collect();
        let text = spellings.concat();
        let mut seen = 0;
        each(text.as_bytes(), &runs::find(text.as_bytes()), &[], |view, _| {
            seen += 1;
            assert_eq!(String::from_utf8_lossy(&view.text), plain);
            let mut at = 0;
            for (index, spelling) in spellings.iter().enumerate() {
                assert_eq!(view.origin(index, index + 1), (at, at + spelling.len()));
                at += spelling.len();
            }
            assert_eq!(view.origin(0, plain.len()), (0, text.len()));
        });
        prop_assert_eq!(seen, usize::from(text != plain));
    }

    #[test]
    fn any_bytes_are_read_to_their_end(text in prop::collection::vec(prop_oneof![
        Just(b'%'), Just(b'&'), Just(b'\\'), Just(b'u'), Just(b'0'), Just(b'4'), Just(b';'), Just(b'#'), any::<u8>()
    ], 0..400)) {
        each(&text, &runs::find(&text), &[], |view, _| {
            for at in 0..view.text.len() {
                let (start, end) = view.origin(at, at + 1);
                assert!(start < end && end <= text.len());
            }
        });
    }
}

/// A character beyond ASCII in one of the ways to write it.
fn spelled_beyond(character: char, kind: u8) -> String {
    let utf8 = character.to_string();
    let mut units = [0; 2];
    let units = character.encode_utf16(&mut units).iter();
    match kind {
        0 => utf8.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat(),
        1 => utf8.bytes().map(|byte| format!(r"\x{byte:02x}")).collect::<Vec<_>>().concat(),
        2 => units.map(|unit| format!(r"\u{unit:04x}")).collect::<Vec<_>>().concat(),
        3 => units.map(|unit| format!(r"\\\u{unit:04X}")).collect::<Vec<_>>().concat(),
        4 => format!("&#{};", character as u32),
        5 => format!("&#x{:X};", character as u32),
        6 => format!(r"\u{{{:x}}}", character as u32),
        7 => format!(r"\U{:08x}", character as u32),
        _ => utf8,
    }
}

proptest! {
    #[test]
    fn what_is_not_ascii_is_read_in_every_spelling(
        characters in prop::collection::vec(
            (prop_oneof![Just('\u{43f}'), Just('\u{5bc6}'), Just('\u{2502}'), Just('\u{ff1a}'), Just('\u{1d4d0}'),
                Just('\u{e9}'), any::<char>(), proptest::char::range('a', 'z')], 0u8..9),
            1..40,
        ),
    ) {
        let is_letter = |one: char| is_told(one) && !has_no_width(one.into()) && (!one.is_ascii() || one.is_ascii_lowercase());
        let characters: Vec<_> = characters.into_iter().filter(|(one, _)| is_letter(*one)).collect();
        let spellings: Vec<String> =
            characters.iter().map(|(one, kind)| spelled_beyond(*one, *kind)).collect();
        let plain: String = characters.iter().map(|(one, _)| *one).collect();
        let text = spellings.concat();
        let telling = characters.iter().zip(&spellings).any(|((one, _), spelling)| {
            is_telling(*one) && *spelling != one.to_string()
        });
        let mut seen = 0;
        each(text.as_bytes(), &runs::find(text.as_bytes()), &[], |view, _| {
            seen += 1;
            let (mut at, mut place) = (0, 0);
            let read = String::from_utf8(view.text.clone()).expect("it is UTF-8 as it was");
            if read == plain {
                for ((one, _), spelling) in characters.iter().zip(&spellings) {
                    let length = one.len_utf8();
                    assert_eq!(view.origin(place, place + length), (at, at + spelling.len()));
                    place += length;
                    at += spelling.len();
                }
            } else {
                // Signs in front of the first letter are left as they are written.
                assert!(characters.iter().zip(&spellings).any(|((one, _), spelling)| !is_telling(*one) && spelling.len() > 1));
            }
        });
        prop_assert_eq!(seen, usize::from(telling));
    }
}

#[test]
fn what_goes_as_it_is_goes_where_it_is_escaped() {
    let password = ["Xk29", "slQm", "Pz71"].concat();
    let token = ["gh", "p_", "a1B2c3D4e5F6g7H8i9J0", "k1L2m3N4o5P6q7R8"].concat();
    let pane = format!("\u{2502} {} \u{2502}\n\u{2502} {} \u{2502}\n", &token[..20], &token[20..]);
    for (text, secrets) in [
        (format!("\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}: {password}"), vec![password.as_str()]),
        (format!("\u{5bc6}\u{7801}\u{ff1a}{password}"), vec![&password]),
        (format!("has\u{142}o: {password}"), vec![&password]),
        (format!("\u{2502} DB_PASSWORD \u{2502} {password} \u{2502}"), vec![&password]),
        (pane, vec![&token[..20], &token[20..]]),
    ] {
        let spelled = |kind: u8| -> String {
            text.chars()
                .map(|one| if one.is_ascii() { one.to_string() } else { spelled_beyond(one, kind) })
                .collect()
        };
        let in_json = spelled(2).replace('\n', "\\n");
        let twice = in_json.replace('\\', r"\\");
        for text in [
            text.clone(),
            spelled(0),
            spelled(2),
            format!(r#"{{"t": "{in_json}"}}"#),
            format!(r#"{{"t": "{twice}"}}"#),
        ] {
            for preset in [Preset::Balanced, Preset::Strict] {
                let out = Scrubber::new(preset).scrub_text(&text).into_owned();
                assert!(secrets.iter().all(|secret| !out.contains(secret)), "{out} from {text}");
                let ends = if text.starts_with('{') { "\"}" } else { "" };
                assert!(out.ends_with(ends), "{out}");
            }
        }
    }
}

#[test]
fn only_stretches_around_escapes_are_looked_at() {
    assert!(
        views("100% of it & more \\u2014 %zz %E9 &amp \\u12 \\ud83d\\ude00 \\ud83d C:\\users").is_empty()
    );
    let prose = "word ".repeat(1000);
    let all = views(&format!("{prose}a%3Db {prose}c&quot;d {prose}"));
    assert_eq!(all.len(), 2);
    assert!(all[0].contains("a=b") && all[1].contains("c\"d") && all[0].len() < 600);
}

#[test]
fn a_plus_sign_beside_what_parts_words_is_a_blank() {
    assert_eq!(views("a=%7B%22b%22%3A+%22c%22%0A++%22d+e%22+%3A1%7D"), ["a={\"b\": \"c\"\n \"d+e\" :1}"]);
    assert_eq!(views("a=b%2F+c%3D+d%2Be"), ["a=b/+c=+d+e"]);
}

#[test]
fn a_name_in_a_line_above_is_looked_at_too() {
    assert_eq!(views("<pre>- name: A\n  value: &quot;b&quot;"), ["<pre>- name: A\n  value: \"b\""]);
}

#[test]
fn the_long_parts_of_a_token_are_looked_at_as_one() {
    let part = "x".repeat(AFTER + 1_000);
    let all = views(&format!(r"head\u002e{part}\u002e{part} {part}\u002e"));
    assert_eq!(all.len(), 2, "the words are two");
    assert!(all[0] == format!("head.{part}.{part}"));
}

#[test]
fn what_was_spelled_out_closes_no_string_around_it() {
    assert_eq!(views(r#"{"a": "%22b%22%0A%5C"}"#), [r#"{"a": "\"b\"\n\\"}"#]);
    assert_eq!(views(r#""{\"a\": \"%22\"}""#), [r#""{\"a\": \"\\\"\"}""#]);
    assert_eq!(views("'%22b%22%0A'"), ["'\"b\"\n'"]);
}

#[test]
fn a_long_run_is_looked_at_in_stretches_that_overlap() {
    let all = views(&"%41".repeat(100_000));
    assert!(all.len() < 8 && all.iter().all(|view| view.len() <= LONGEST));
    assert!(all.iter().map(String::len).sum::<usize>() >= 100_000);
}
