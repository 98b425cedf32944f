//! Compares the `molecule` preset with a plain-Python implementation of the patterns, which `python3` runs.

mod oracle;

use std::io::Write as _;
use std::sync::Mutex;

use oracle::Oracle;
use prestop::{Preset, Scrubber};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Starts the oracle; `None` if there is no interpreter.
fn oracle() -> Option<Oracle> {
    Oracle::start()
        .inspect_err(|error| {
            let _ = writeln!(std::io::stderr(), "SKIPPED: no python3 to compare with: {error}");
        })
        .ok()
}

/// A piece of text of a kind that matters to some pattern.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "_API_KEY",
        "_TOKEN",
        "_SECRET",
        "_api_key",
        "_Token",
        "_sEcReT",
        "_AP\u{130}_\u{212a}EY",
        "_ap\u{131}_key",
        "_TO\u{212a}EN",
        "_\u{17f}ecret",
        "_to\u{212b}en",
        "A",
        "b_",
        "7",
        "_",
        "\u{212a}",
        "\u{17f}",
        "\u{130}",
        "\u{131}",
        "Bearer",
        "bearer",
        "Bear",
        "sk-",
        "ghp_",
        "ghs_",
        "github_pat_",
        "AKIA",
        "cfut_",
        "mol_pk_",
        "ctx7_",
        "mol",
        "gith",
        "[REDACTED:",
        "[REDACTED:TOKEN]",
        "]",
    ]);
    let signs = prop::sample::select(vec![
        "=", "==", "===", "-", "+", "/", ":", "\"", ".", " ", "  ", "\t", "\n", "\r\n", "\u{b}", "\u{1c}",
        "\u{1f}", "\u{85}", "\u{a0}", "\u{1680}", "\u{2003}", "\u{2028}", "\u{202f}", "\u{205f}", "\u{3000}",
        "\u{200b}", "\u{feff}", "é", "ß", "中", "\u{301}", "Ⓐ", "²", "𝟘", "\u{16ee}", "\0",
    ]);
    let invalid = prop::sample::select(vec![
        &b"\xed\xa0\x80"[..],
        b"\xed\xb0\x80",
        b"\xff",
        b"\xc2",
        b"\x85",
        b"\xe2\x84",
        b"\xc5",
        b"\xc4",
        b"\xf0\x9f",
    ]);
    let prefixes = prop::sample::select(vec![
        ("sk-", 16),
        ("ghp_", 20),
        ("ghs_", 20),
        ("github_pat_", 60),
        ("AKIA", 16),
        ("cfut_", 32),
        ("mol_pk_", 20),
        ("ctx7_", 1),
        ("", 33),
    ]);
    let token = |((prefix, shortest), more, byte): ((&str, usize), usize, u8)| {
        [prefix.as_bytes(), &vec![byte; shortest + more - 1]].concat()
    };
    let run = prop_oneof![1..4_usize, 15..22_usize, 30..36_usize, 58..63_usize];
    prop_oneof![
        6 => words.prop_map(|word| word.as_bytes().to_vec()),
        5 => signs.prop_map(|sign| sign.as_bytes().to_vec()),
        1 => invalid.prop_map(<[u8]>::to_vec),
        4 => (prefixes, 0..3_usize, prop::sample::select(b"aA7".to_vec())).prop_map(token),
        2 => (prop::sample::select(b"aZ9_-+/A".to_vec()), run).prop_map(|(byte, count)| vec![byte; count]),
    ]
}

#[test]
fn every_mix_of_fragments_is_scrubbed_as_python_does() {
    let Some(oracle) = oracle() else { return };
    let oracle = Mutex::new(oracle);
    let scrubber = Scrubber::new(Preset::Molecule);
    let mixes = prop::collection::vec(fragment(), 0..14).prop_map(|parts| parts.concat());
    let mut runner = TestRunner::new(Config { cases: 4000, failure_persistence: None, ..Config::default() });
    let result = runner.run(&mixes, |text| {
        let expected = oracle.lock().expect("no test panics while it asks").scrub(&text);
        let expected = expected.expect("every Python knows these characters");
        let got = scrubber.scrub_bytes(&text);
        prop_assert_eq!(got.escape_ascii().to_string(), expected.escape_ascii().to_string());
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Combines texts that the patterns match with every character that matters around and between them.
#[test]
fn every_assignment_is_scrubbed_as_python_does_whatever_stands_around_it() {
    let Some(mut oracle) = oracle() else { return };
    let scrubber = Scrubber::new(Preset::Molecule);
    let around = ["", " ", "é", "1", "_", "\u{212a}", "\u{a0}", "\u{1c}", "\u{301}", "=", "\n", "\u{85}"];
    for before in around {
        for word in
            ["_API_KEY", "A_TOKEN", "x_\u{17f}ecret", "Bearer", "AKIA0123456789ABCDEF", "ctx7_a", "9_b_TOKEN"]
        {
            for between in around {
                for after in around {
                    let text = format!("{before}{word}{between}={after}x{between}{word}{after}");
                    let got = scrubber.scrub_bytes(text.as_bytes()).into_owned();
                    let expected =
                        oracle.scrub(text.as_bytes()).expect("every Python knows these characters");
                    assert_eq!(String::from_utf8(got), String::from_utf8(expected), "{text:?}");
                }
            }
        }
    }
}
