//! Tests that nothing of a known value, in any of its encodings, is left in a text.

mod lines;
mod parted;
mod work;

use std::fmt::Write;

use proptest::prelude::*;

use super::priority::MOST;
use super::*;
use crate::scrub::{Preset, Scrubber, ScrubberBuilder, entity};

/// Values of every kind: passwords with punctuation, words beyond ASCII, several lines.
fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9_-]{4,40}",
        4 => "[!-~]{4,24}",
        2 => "[ -~äöüß€😀\n\t]{4,24}",
        1 => r#"["'\\/&<>%+ =$`!]{4,12}"#,
        1 => r"\\{1,3}[a-z0-9u&%\\]{4,12}\\{0,2}",
        1 => "[A-Z]{9,70}\n[a-z0-9+/]{70}\n",
    ]
}

/// The content of a JSON string, as written by a library.
fn json(text: &str) -> String {
    let quoted = serde_json::to_string(text).expect("a string is JSON");
    quoted[1..quoted.len() - 1].to_owned()
}

/// Writes the characters that `special` picks with `write`, and the others unchanged.
fn escaped(text: &str, special: impl Fn(char) -> bool, write: impl Fn(char) -> String) -> String {
    text.chars().map(|c| if special(c) { write(c) } else { c.to_string() }).collect()
}

fn each_byte(c: char, write: impl Fn(u8) -> String) -> String {
    c.to_string().bytes().map(write).collect()
}

fn utf16(c: char, write: impl Fn(u16) -> String) -> String {
    c.encode_utf16(&mut [0; 2]).iter().copied().map(write).collect()
}

/// Base64 by its definition: the bits as text, in groups of six.
fn base64(bytes: &[u8], url: bool) -> String {
    let mut bits = String::new();
    for byte in bytes {
        write!(bits, "{byte:08b}").expect("writing to a string");
    }
    let digit = |bits: &[u8]| {
        let bits = format!("{:0<6}", std::str::from_utf8(bits).expect("ASCII"));
        match u8::from_str_radix(&bits, 2).expect("binary") {
            number @ 0..26 => char::from(b'A' + number),
            number @ 26..52 => char::from(b'a' + number - 26),
            number @ 52..62 => char::from(b'0' + number - 52),
            62 => {
                if url {
                    '-'
                } else {
                    '+'
                }
            }
            _ => {
                if url {
                    '_'
                } else {
                    '/'
                }
            }
        }
    };
    let mut text: String = bits.as_bytes().chunks(6).map(digit).collect();
    if !url {
        text.push_str(["", "", "==", "="][text.len() % 4]);
    }
    text
}

/// The encodings in which every character of the text belongs to the value.
fn encodings(value: &str) -> Vec<(&'static str, String)> {
    let every = |_: char| true;
    let beyond = |c: char| !c.is_ascii();
    let unreserved = |kept: &'static str| move |c: char| !c.is_ascii_alphanumeric() && !kept.contains(c);
    let hex = |upper: bool| move |b: u8| if upper { format!("{b:02X}") } else { format!("{b:02x}") };
    let percent = |upper: bool| move |c: char| each_byte(c, |b| format!("%{}", hex(upper)(b)));
    let unicode = |c: char| utf16(c, |unit| format!("\\u{unit:04x}"));
    let xml = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#x27;".to_owned(),
        _ => format!("&#{};", u32::from(c)),
    };
    let shell = value.replace('\'', "'\\''");
    let shlex = |text: &str| text.replace('\'', r#"'"'"'"#);
    // As Python's `repr` writes a string that contains double quotes.
    let repr =
        |text: &str| escaped(text, |c| c == '\\' || c == '\'' || c < ' ', |c| c.escape_default().to_string());
    let entity = |number: usize| {
        move |c: char| entity::name_of(c, number).map_or(c.to_string(), |name| format!("&{name}"))
    };
    let wide = |c: char| match u32::from(c) {
        code @ ..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    };
    let shortest = |c: char| if c <= '\u{ff}' { format!("\\x{:02x}", u32::from(c)) } else { wide(c) };
    let double_quoted = |text: &str| escaped(text, |c| "$`\"\\!".contains(c), |c| format!("\\{c}"));
    let spared = |text: &str| escaped(text, |c| "$`\"\\".contains(c), |c| format!("\\{c}"));
    let c_string = escaped(value, |c| c == '\\' || c < ' ', |c| c.escape_default().to_string());
    let ascii = escaped(&json(value), beyond, unicode);
    vec![
        ("raw", value.to_owned()),
        ("hex", value.bytes().map(hex(false)).collect()),
        ("HEX", value.bytes().map(hex(true)).collect()),
        ("percent", escaped(value, unreserved("-_.~"), percent(false))),
        ("PERCENT", escaped(value, unreserved("-_.~"), percent(true))),
        ("path", escaped(value, unreserved("-_.~/"), percent(true))),
        ("component", escaped(value, unreserved("-_.!~*'()"), percent(true))),
        ("form", escaped(value, unreserved("-_.* "), percent(true)).replace(' ', "+")),
        ("full percent", escaped(value, every, percent(false))),
        ("FULL PERCENT", escaped(value, every, percent(true))),
        ("json", json(value)),
        ("json twice", json(&json(value))),
        ("json three times", json(&json(&json(value)))),
        ("json ascii", ascii.clone()),
        ("json ascii twice", json(&ascii)),
        ("json slashes", json(value).replace('/', "\\/")),
        ("json for html", escaped(&json(value), |c| "<>&".contains(c), unicode)),
        ("full unicode", escaped(value, every, unicode)),
        ("FULL UNICODE", escaped(value, every, |c| utf16(c, |unit| format!("\\u{unit:04X}")))),
        ("full unicode twice", json(&escaped(value, every, unicode))),
        ("full unicode three times", json(&json(&escaped(value, every, unicode)))),
        ("xml", escaped(value, |c| "&<>\"'".contains(c), xml)),
        ("xml ascii", escaped(value, |c| "&<>\"'".contains(c) || beyond(c), xml)),
        ("full decimal", escaped(value, every, |c| format!("&#{};", u32::from(c)))),
        ("full hexadecimal", escaped(value, every, |c| format!("&#x{:x};", u32::from(c)))),
        ("FULL HEXADECIMAL", escaped(value, every, |c| format!("&#x{:X};", u32::from(c)))),
        ("shell", shell.clone()),
        ("shell in json", json(&shell)),
        ("shell, double quotes", double_quoted(value)),
        ("shell, double quotes twice", spared(&spared(value))),
        ("shell, double quotes three times", spared(&spared(&spared(value)))),
        ("make", value.replace('$', "$$")),
        ("make in json", json(&value.replace('$', "$$"))),
        ("powershell", escaped(value, |c| "$`\"".contains(c), |c| format!("`{c}"))),
        (
            "shell, backslashes",
            escaped(value, |c| c.is_ascii_punctuation() || c == ' ', |c| format!("\\{c}")),
        ),
        ("shlex", shlex(value)),
        ("shlex twice", shlex(&shlex(value))),
        ("shlex twice in json", json(&shlex(&shlex(value)))),
        ("repr", repr(value)),
        ("repr of repr", repr(&repr(value))),
        ("repr of json", repr(&json(value))),
        ("repr of repr of json", repr(&repr(&json(value)))),
        ("json of repr of json", json(&repr(&json(value)))),
        ("repr of shlex", repr(&shlex(value))),
        ("named entities", escaped(value, |c| c != ' ', entity(value.len() % 3))),
        (
            "named entities, others decimal",
            escaped(value, |c| c != ' ', |c| if c.is_ascii() { entity(0)(c) } else { xml(c) }),
        ),
        ("unicode_escape", escaped(&c_string, beyond, shortest)),
        ("wide", escaped(&c_string, beyond, wide)),
        ("wide in json", json(&escaped(&c_string, beyond, wide))),
        ("csv", value.replace('"', "\"\"")),
        ("csv in json", json(&value.replace('"', "\"\""))),
        ("sql", value.replace('\'', "''")),
        ("rust", value.escape_default().to_string()),
        ("bytes", value.as_bytes().escape_ascii().to_string()),
        ("full c", escaped(value, every, |c| each_byte(c, |b| format!("\\x{b:02x}")))),
        ("full octal", escaped(value, every, |c| each_byte(c, |b| format!("\\{b:03o}")))),
    ]
}

/// Whether one hit covers `start..end` of the text.
fn is_covered(known: &KnownValues, text: &str, start: usize, end: usize) -> bool {
    let mut hits = Vec::new();
    known.find(text.as_bytes(), &mut hits);
    hits.iter().any(|hit| hit.start <= start && end <= hit.end)
}

proptest! {
    #[test]
    fn nothing_of_an_encoded_value_survives(value in values(), before in "[ -~]{0,12}", after in "[ -~]{0,12}") {
        let known = KnownValues::new([("NAME", &value)]).expect("the value is long enough");
        // A backslash or an ampersand directly before an escape would change its meaning.
        let before = format!("{before} ");
        for (name, encoded) in encodings(&value) {
            let text = format!("{before}{encoded} {after}");
            let (start, end) = (before.len(), before.len() + encoded.len());
            prop_assert!(is_covered(&known, &text, start, end), "{}: {:?} in {:?}", name, value, text);
        }
    }

    #[test]
    fn nothing_of_a_value_in_base64_survives(
        value in values(), before in prop::collection::vec(any::<u8>(), 0..80), after in prop::collection::vec(any::<u8>(), 0..9),
        width in prop::sample::select(vec![20_usize, 64, 76]),
        line_end in prop::sample::select(vec!["", "\n", "\r\n", "\n    ", "\\n", "\\\\n", "\n> ", "\n  12 | ", "\n+", "\r\n> > ", "\\n12: ", "\na.py:12:", "\n12\t"]),
    ) {
        let known = KnownValues::new([("NAME", &value)]).expect("the value is long enough");
        let bytes = [&before, value.as_bytes(), &after].concat();
        // A value of fewer than six bytes is found on one line only.
        let line_end = if value.len() < 6 { "" } else { line_end };
        for url in [false, true] {
            let encoded = base64(&bytes, url);
            let lines: Vec<&str> = encoded.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
            let text = lines.join(line_end);
            let mut hits = Vec::new();
            known.find(text.as_bytes(), &mut hits);
            // The place of each digit of the value; the first and the last may be shared.
            let digits = before.len() * 8 / 6..((before.len() + value.len()) * 8).div_ceil(6);
            let place = |digit: usize| digit + digit / width * line_end.len();
            let survive = |digit: usize| hits.iter().all(|hit| place(digit) < hit.start || hit.end <= place(digit));
            let longest = digits.map(survive).collect::<Vec<_>>();
            let longest = longest.split(|survives| !survives).map(<[bool]>::len).max().unwrap_or(0);
            prop_assert!(longest < 8, "{} digits of {:?} survive in {:?}", longest, value, text);
        }
    }

    #[test]
    fn escapes_may_be_mixed_after_the_beginning(value in "[a-z0-9]{8}[!-~]{1,20}", forms in prop::collection::vec(0..7_u8, 20)) {
        let known = KnownValues::new([("NAME", &value)]).expect("the value is long enough");
        let mut text = value[..8].to_owned();
        for (c, form) in value[8..].chars().zip(forms) {
            let code = u32::from(c);
            match form {
                0 => write!(text, "%{code:02x}"),
                1 => write!(text, "&#{code};"),
                2 => write!(text, "\\u{code:04X}"),
                3 => write!(text, "\\\\x{code:02x}"),
                // Escaped twice, these characters are a different text escaped once.
                4 | 5 if "%&".contains(c) => write!(text, "%{code:02x}"),
                4 => write!(text, "%25{code:02X}"),
                5 => write!(text, "&amp;#x{code:x};"),
                // A character that begins an escape can only be escaped itself in this mix.
                _ if "\\%&'".contains(c) => write!(text, "%{code:02x}"),
                _ => write!(text, "{c}"),
            }.expect("writing to a string");
        }
        let end = text.len();
        prop_assert!(is_covered(&known, &text, 0, end), "{:?} in {:?}", value, text);
    }

    #[test]
    fn what_a_cut_string_leaves_of_a_value_is_covered(
        value in "[A-Za-z0-9_-]{24}", cut in 8..24_usize, quote in prop::sample::select(vec!["\"", "'", "`", "\\\"", "\\\\\\\""]),
        word in prop::sample::select(vec!["production", "Migrations", "STAGING", "postgres-admin", "read_only_user"]),
    ) {
        prop_assume!(value.bytes().any(|byte| byte.is_ascii_digit()) && value[..8].bytes().any(|byte| !byte.is_ascii_lowercase()));
        let known = KnownValues::new([("NAME", &value)]).expect("the value is long enough");
        let part = &value[..cut];
        // Letters alone may be words.
        let may_be_word = !part.bytes().any(|byte| byte.is_ascii_digit());
        let text = format!("{quote}got {part}{quote}");
        let start = quote.len() + 4;
        prop_assert!(may_be_word || is_covered(&known, &text, start, start + cut), "{}", part);
        // The first words of a value are ordinary words elsewhere.
        let known = KnownValues::new([("NAME", &format!("{word}-{value}"))]).expect("the value is long enough");
        let mut hits = Vec::new();
        known.find(format!("{quote}{word}{quote}").as_bytes(), &mut hits);
        prop_assert!(hits.is_empty(), "{}", word);
    }

    #[test]
    fn hits_are_in_order_and_text_without_a_value_has_none(text in "[a-f \\\\%&;#u0-9]{0,200}", values in prop::collection::vec("[a-f0-9]{4,9}", 1..4)) {
        let known = KnownValues::new(values.iter().map(|value| ("NAME", value))).expect("the values are long enough");
        let mut hits = Vec::new();
        known.find(text.as_bytes(), &mut hits);
        prop_assert!(hits.windows(2).all(|pair| pair[0].end <= pair[1].start));
        prop_assert!(hits.iter().all(|hit| hit.start < hit.end && hit.end <= text.len()));
        for value in values {
            for (start, _) in text.match_indices(&value) {
                prop_assert!(hits.iter().any(|hit| hit.start <= start && start + value.len() <= hit.end));
            }
        }
        let other = KnownValues::new([("NAME", "QRSTUVWX")]).expect("the value is long enough");
        hits.clear();
        other.find(text.as_bytes(), &mut hits);
        prop_assert!(hits.is_empty());
    }
}

#[test]
fn a_value_goes_that_was_escaped_for_a_shell_and_then_percent_encoded() {
    let value = "p\u{e4}$$w\u{f6}rd q7Rk2mXw";
    let shell = escaped(value, |c| !c.is_alphanumeric(), |c| format!("\\{c}"));
    let percent = escaped(&shell, |c| !c.is_ascii_alphanumeric(), |c| each_byte(c, |b| format!("%{b:02X}")));
    for preset in [Preset::Balanced, Preset::Strict] {
        let builder = Scrubber::builder(preset).with_known_secrets([("DEPLOY", value)]);
        let scrubber = builder.and_then(ScrubberBuilder::build).expect("the value is long enough");
        for text in [&shell, &percent] {
            assert_eq!(scrubber.scrub_text(&format!("a={text}&b=1")), "a=[REDACTED:DEPLOY]&b=1");
        }
    }
}

#[test]
fn overlapping_occurrences_are_one_hit() {
    let known = KnownValues::new([("ONE", "abcdefgh1234"), ("TWO", "1234ijklmnop")])
        .expect("the values are long enough");
    let mut hits = Vec::new();
    known.find(b"-abcdefgh1234ijklmnop-abcdefgh1234", &mut hits);
    let hit = |start, end| KnownHit { label: "ONE".into(), start, end };
    assert_eq!(hits, [hit(1, 21), hit(22, 34)]);
}

#[test]
fn a_value_cut_by_the_end_is_found_from_eight_characters_on() {
    let known = KnownValues::new([("NAME", "Tr0ub4dor&3-horse")]).expect("the value is long enough");
    let ends = [
        ("x Tr0ub4d", None),
        ("x Tr0ub4do", Some(10)),
        ("x Tr0ub4dor&am", Some(14)),
        ("x Tr0ub4dor%26", Some(14)),
    ];
    let more = [("x Tr0ub4dor...", Some(11)), ("x Tr0ub4dor…", Some(11)), ("x Tr0ub4dor y", None)];
    let said = [
        "<response clipped>",
        "[output truncated]",
        "(Output truncated)",
        "[3 lines omitted]",
        " ... ",
        "****",
        "--More--",
    ];
    let said = said.map(|said| format!("x Tr0ub4dor{said}"));
    let said = said.iter().map(|text| (text.as_str(), Some(11)));
    let others = ["<br>cut", " y (cut)", "**", " [x]"].map(|other| format!("x Tr0ub4dor{other}"));
    let others = others.iter().map(|text| (text.as_str(), None));
    for (text, end) in ends.into_iter().chain(more).chain(said).chain(others) {
        let mut hits = Vec::new();
        known.find(text.as_bytes(), &mut hits);
        assert_eq!(hits.first().map(|hit| (hit.start, hit.end)), end.map(|end| (2, end)), "{text}");
    }
}

#[test]
fn the_telling_strings_of_a_json_value_are_values_too() {
    let secret = format!("{}{}", "k3y-", "x".repeat(20));
    let document = format!(
        r#"{{"type": "service_account", "list": [{{"private": "{secret}"}}], "uri": "https://a.b/c"}}"#
    );
    let known = KnownValues::new([("GCP", &document)]).expect("the value is long enough");
    assert_eq!(known.len(), 2);
    assert!(is_covered(&known, &format!("x={secret}"), 2, 2 + secret.len()));
    assert!(is_covered(&known, &document, 0, document.len()));
}

#[test]
fn the_bounds_hold() {
    let error = KnownValues::new([("MY-NAME", "abc")]).expect_err("the value is too short");
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
    assert_eq!(error.to_string(), "known_secrets: the value of MY_NAME has fewer than 4 characters");
    assert!(KnownValues::new([("NAME", "äöü")]).is_err());
    assert!(KnownValues::new([("NAME", "a".repeat(LONGEST + 1))]).is_err());
    for blank in ["\r\r\r\r\r", "\n\n\n\n", "     ", "\\n\\n", "\\r\\n \t\\n"] {
        let error = KnownValues::new([("NAME", blank)]).expect_err("nothing is in it");
        assert!(error.to_string().ends_with("is nothing but white space"), "{blank:?}: {error}");
    }
    let many = (0..MOST + 10).map(|number| (format!("N{number}"), format!("value-{number}")));
    let error = KnownValues::new(many.clone()).expect_err("there are too many");
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
    assert_eq!(error.to_string(), "known_secrets: more than 1024 values");
    let known = KnownValues::default().with_former(many).expect("the values are long enough");
    assert_eq!(known.len(), MOST);
    assert_eq!(known.labels().next(), Some("N10"));
    let known = known.with_former([("N10", "value-10"), ("NEW", "value-new")]).expect("it is long enough");
    assert_eq!(known.labels().next(), Some("N12"));
    assert_eq!(format!("{:?}", KnownValues::new([("NAME", "value")]).expect("long enough")), r#"["NAME"]"#);
}

#[test]
fn what_leaves_first_is_parts_then_former_values_and_never_a_secret_of_now() {
    let secret = |number: usize| format!("q7Rk2mXw9Tb4-{number}");
    let is_known = |known: &KnownValues, value: &str| is_covered(known, value, 0, value.len());
    let parts: Vec<String> = (0..MOST + 100).map(secret).collect();
    let document = serde_json::to_string(&parts).expect("it is JSON");
    let now = [("DB_PASSWORD", "open-sesame-7"), ("APP_SECRETS", &document)];
    let known = KnownValues::new(now).expect("two values and parts");
    assert_eq!(known.len(), MOST);
    assert!(is_known(&known, "open-sesame-7") && is_known(&known, &document));
    // In whatever order secrets are rotated.
    let former = (0..MOST + 10).map(|number| ("TOKEN", format!("Tb4Zc6Vn8Ls3-{number}")));
    let known = known.with_former(former).expect("the values are long enough");
    assert_eq!(known.len(), MOST);
    assert!(is_known(&known, "open-sesame-7") && is_known(&known, &document));
    assert!(parts.iter().all(|part| !is_known(&known, part)), "the parts leave first");
    assert!(!is_known(&known, "Tb4Zc6Vn8Ls3-1 ") && is_known(&known, "Tb4Zc6Vn8Ls3-1033"));
    // A former secret may become current again.
    let known = known.with([("TOKEN", "Tb4Zc6Vn8Ls3-500")]).expect("it is long enough");
    let others = (0..MOST).map(|number| ("OTHER", format!("Zc6Vn8Ls3-{number}")));
    let known = known.with_former(others).expect("the values are long enough");
    assert!(is_known(&known, "Tb4Zc6Vn8Ls3-500") && !is_known(&known, "Tb4Zc6Vn8Ls3-501"));
}

#[test]
fn values_are_held_in_order_under_the_labels_of_their_names() {
    let known = KnownValues::new([("deploy key", "correct horse battery")]).expect("it is long enough");
    let known = known.with([("PIN", "83726150")]).expect("it is long enough");
    assert!(known.labels().eq(["DEPLOY_KEY", "PIN"]));
    let mut hits = Vec::new();
    known.find(b"83726150 and 83726150 ?k=correct%20horse+battery", &mut hits);
    let found: Vec<_> = hits.iter().map(|hit| (&*hit.label, hit.start..hit.end)).collect();
    assert_eq!(found, [("PIN", 0..8), ("PIN", 13..21), ("DEPLOY_KEY", 25..48)]);
}

#[test]
fn names_become_labels() {
    assert_eq!(label_of("my-api.key"), "MY_API_KEY");
    assert_eq!(label_of("größe"), "GR_SSE");
    assert_eq!(label_of(""), "SECRET");
    assert_eq!(label_of(&"a".repeat(80)), "A".repeat(64));
}
