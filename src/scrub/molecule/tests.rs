//! Compares the patterns with the same patterns in a regular-expression engine, on ASCII text. Text beyond
//! ASCII is compared with Python itself in `tests/molecule_oracle.rs`.

use proptest::prelude::*;
use regex_automata::meta::Regex;

use super::*;

/// The patterns for ASCII text, in the order of [`Pattern::ALL`].
const STATED: [&str; 13] = [
    r"(?i-u:\b[A-Z][A-Z0-9_]*_API_KEY[\x09-\x0d\x1c-\x20]*=[\x09-\x0d\x1c-\x20]*[^\x09-\x0d\x1c-\x20]+)",
    r"(?i-u:\b[A-Z][A-Z0-9_]*_TOKEN[\x09-\x0d\x1c-\x20]*=[\x09-\x0d\x1c-\x20]*[^\x09-\x0d\x1c-\x20]+)",
    r"(?i-u:\b[A-Z][A-Z0-9_]*_SECRET[\x09-\x0d\x1c-\x20]*=[\x09-\x0d\x1c-\x20]*[^\x09-\x0d\x1c-\x20]+)",
    r"(?-u:Bearer[\x09-\x0d\x1c-\x20]+[^\x09-\x0d\x1c-\x20]+)",
    r"(?-u:sk-[A-Za-z0-9\-_]{16,})",
    r"(?-u:ghp_[A-Za-z0-9]{20,})",
    r"(?-u:ghs_[A-Za-z0-9]{20,})",
    r"(?-u:github_pat_[A-Za-z0-9_]{60,})",
    r"(?-u:\bAKIA[A-Z0-9]{16}\b)",
    r"(?-u:\bcfut_[A-Za-z0-9]{32,})",
    r"(?-u:\bmol_pk_[A-Za-z0-9]{20,})",
    r"(?-u:\bctx7_[A-Za-z0-9]+)",
    r"(?-u:[A-Za-z0-9+/]{33,}={0,2})",
];

fn stated() -> Vec<(Pattern, Regex)> {
    let regex = |pattern: &str| {
        let syntax = regex_automata::util::syntax::Config::new().utf8(false).unicode(false);
        Regex::builder().syntax(syntax).build(pattern).expect("the stated pattern is a valid one")
    };
    Pattern::ALL.into_iter().zip(STATED.map(regex)).collect()
}

/// Texts in which the patterns begin, end and run into each other.
fn mixes() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "_API_KEY",
        "_Token",
        "_SECRET",
        "_secret",
        "a",
        "B",
        "7",
        "_",
        "=",
        "==",
        " ",
        "\n",
        "\x1c",
        "-",
        "+",
        "/",
        "]",
        "Bearer",
        "Bearer ",
        "sk-",
        "ghp_",
        "ghs_",
        "github_pat_",
        "AKIA",
        "cfut_",
        "mol_pk_",
        "ctx7_",
    ]);
    let runs = (prop::sample::select(b"aZ9_+A".to_vec()), 14..63_usize);
    let shortest = prop::sample::select(vec![
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
    let token = |((prefix, shortest), more): ((&str, usize), usize)| {
        [prefix.as_bytes(), &vec![b'A'; shortest + more - 1]].concat()
    };
    let piece = prop_oneof![
        3 => (shortest, 0..3_usize).prop_map(token),
        4 => pieces.prop_map(|piece| piece.as_bytes().to_vec()),
        1 => runs.prop_map(|(byte, count)| vec![byte; count]),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn passes_in_order_give_what_the_stated_patterns_give(text in mixes()) {
        let mut expected = text.clone();
        for (pattern, regex) in stated() {
            let mut out = Vec::new();
            let mut from = 0;
            for found in regex.find_iter(&expected) {
                out.extend_from_slice(&expected[from..found.start()]);
                out.extend_from_slice(marker(pattern.label()).as_bytes());
                from = found.end();
            }
            out.extend_from_slice(&expected[from..]);
            expected = out;
        }
        let got = scrub(&text, &mut Tally::default());
        prop_assert_eq!(got.escape_ascii().to_string(), expected.escape_ascii().to_string());
    }

    #[test]
    fn every_pattern_is_found_by_itself(text in mixes()) {
        let mut hits = Vec::new();
        find(&text, &mut hits);
        let blob = Pattern::Base64Blob;
        hits.extend(blob_runs(&text).map(|(start, end)| Hit { pattern: blob, start, end, value_start: start }));
        let found: Vec<_> = hits.iter().map(|hit| (hit.pattern, hit.start, hit.end)).collect();
        let all = stated();
        let spans = |(pattern, regex): &(Pattern, Regex)| {
            let pattern = *pattern;
            regex.find_iter(&text).map(|span| (pattern, span.start(), span.end())).collect::<Vec<_>>()
        };
        let expected: Vec<_> = all.iter().flat_map(spans).collect();
        prop_assert_eq!(&found, &expected);
        prop_assert!(expected.is_empty() || !prefilter::candidates(&text).is_empty());
        for hit in hits {
            let value = &text[hit.value_start..hit.end];
            prop_assert!(value.first().is_some_and(|&byte| !crate::scrub::pyre::is_ascii_space(byte)));
            let spaces = |byte: &&u8| crate::scrub::pyre::is_ascii_space(**byte);
            let last = text[hit.start..hit.value_start].iter().rev().find(|byte| !spaces(byte));
            let expected = match hit.pattern {
                Pattern::ApiKey | Pattern::Token | Pattern::Secret => Some(&b'='),
                Pattern::BearerToken => Some(&b'r'),
                _ => None,
            };
            prop_assert_eq!(last, expected);
        }
    }

    #[test]
    fn findings_lead_to_the_scrubbed_text_and_clean_text_is_borrowed(text in mixes()) {
        let hits = sequence(&text);
        prop_assert!(hits.windows(2).all(|pair| pair[0].end <= pair[1].start));
        let mut tally = Tally::default();
        let scrubbed = scrub(&text, &mut tally);
        prop_assert_eq!(tally.redactions().values().sum::<u64>(), hits.len() as u64);
        prop_assert_eq!(matches!(scrubbed, Cow::Borrowed(_)), hits.is_empty());
        prop_assert_eq!(scrubbed.into_owned(), rebuild(&text, &hits));
    }
}

#[test]
fn a_marker_that_a_later_pass_takes_in_is_one_finding_with_it() {
    let text = format!("x Bearer {}{}=abc y", "MY", "_TOKEN");
    let hits = sequence(text.as_bytes());
    let expected = Hit { pattern: Pattern::BearerToken, start: 2, end: text.len() - 2, value_start: 9 };
    assert_eq!(hits, [expected]);
    assert_eq!(*scrub(text.as_bytes(), &mut Tally::default()), *b"x [REDACTED:BEARER_TOKEN] y");
}

#[test]
fn a_boundary_that_a_marker_makes_counts_for_the_passes_after_it() {
    let text = format!("AK{}{}p_{}", "IA0123456789ABCDEF", "gh", "x".repeat(20));
    let scrubbed = scrub(text.as_bytes(), &mut Tally::default()).into_owned();
    assert_eq!(scrubbed, b"[REDACTED:AWS_ACCESS_KEY][REDACTED:GITHUB_PAT]");
}

#[test]
fn blob_runs_are_the_longest_ones_at_every_length_and_offset() {
    for offset in 0..70 {
        for length in 30..70 {
            let text = format!("{}{}==={}", " ".repeat(offset), "a".repeat(length), "b".repeat(length));
            let found: Vec<_> = blob_runs(text.as_bytes()).collect();
            let after = offset + length;
            let expected = [(offset, after + 2), (after + 3, after + 3 + length)];
            assert_eq!(found, if length < 33 { &expected[..0] } else { &expected[..] }, "{offset} {length}");
        }
    }
}
