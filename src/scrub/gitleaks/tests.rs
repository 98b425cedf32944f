//! Tests of a file as a team would write it: what its rules find and what they leave alone.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::scrub::ScrubberBuilder;
use crate::{Preset, Scrubber};

/// Rules of a made-up company: group numbers, entropy, allow lists, Go's own syntax, and rules that do not
/// apply to a text.
const FILE: &str = include_str!("acme.toml");

fn scrubber(preset: Preset) -> &'static Scrubber {
    static BOTH: LazyLock<[Scrubber; 2]> = LazyLock::new(|| {
        [Preset::Balanced, Preset::Strict].map(|preset| {
            let builder = Scrubber::builder(preset).with_rules(FILE);
            builder.and_then(ScrubberBuilder::build).expect("the file is good")
        })
    });
    BOTH.iter().find(|scrubber| scrubber.preset() == preset).expect("one of the two")
}

fn balanced(text: &str) -> String {
    scrubber(Preset::Balanced).scrub_text(text).into_owned()
}

/// Joins `head` and `text`, so that no token is written out in this file.
fn key(head: &str, text: &str) -> String {
    format!("{head}{text}")
}

const RANDOM: &str = "k7f2m9q4x1z8w3c6v5b0n2j7";

#[test]
fn what_each_rule_says_is_what_it_finds() {
    let deploy = key("acmed", "eploy_");
    for (text, scrubbed) in [
        (format!("got {deploy}{RANDOM}!"), "got [REDACTED:ACME_DEPLOY_TOKEN]!".to_owned()),
        // The group that `secretGroup` names.
        (format!("billing_pin = \"{RANDOM}\""), "billing_pin = \"[REDACTED:BILLING_PIN]\"".to_owned()),
        // The only group.
        (format!("ledger is {RANDOM}."), "ledger is [REDACTED:LEDGER].".to_owned()),
        // Several groups and no number: the whole match.
        (format!("vault door {RANDOM}"), "[REDACTED:VAULT_DOOR]".to_owned()),
        // No keyword at all.
        ("id Q1234567-ZZ9 x".to_owned(), "id [REDACTED:PART_NUMBER] x".to_owned()),
        // A keyword that is in no match, but near.
        (format!("acme telemetry\nuse {RANDOM}0000"), "acme telemetry\nuse [REDACTED:NEAR_BY]".to_owned()),
        (format!("use {RANDOM}0000"), format!("use {RANDOM}0000")),
        // Go's syntax.
        ("cfg{[a]}&&word-12 z".to_owned(), "[REDACTED:GO_SYNTAX] z".to_owned()),
        ("ключ-12345678".to_owned(), "[REDACTED:CYRILLIC]".to_owned()),
    ] {
        assert_eq!(balanced(&text), scrubbed, "{text}");
        let again = balanced(&scrubbed);
        assert_eq!(again, scrubbed);
    }
}

#[test]
fn entropy_and_allow_lists_leave_alone() {
    let deploy = key("acmed", "eploy_");
    for text in [
        // The entropy of the group.
        "billing_pin = \"aaaaaaaaaaaaaaaaaaaaaaaa\"".to_owned(),
        // Stop words are matched in the secret, in any case.
        format!("got {deploy}saMple{}", &RANDOM[..18]),
        // The list of the file, by the match.
        format!("got {deploy}0000{}", &RANDOM[..20]),
        // `regexTarget = "line"`.
        format!("ledger is {RANDOM}. # fixture"),
        // `condition = "AND"`, both hold.
        format!("vault door demo{RANDOM}"),
        // A list of the file for one rule.
        "id Q7654321-ZZ9 x".to_owned(),
    ] {
        assert_eq!(balanced(&text), text);
    }
    // One of two criteria, or a list that also requires a path, allows nothing.
    assert!(balanced(&format!("vault door {RANDOM}")).contains("REDACTED"));
    assert!(balanced("id Q1111111-ZZ9 x").contains("REDACTED"));
}

#[test]
fn what_says_nothing_of_a_text_is_passed_over() {
    let rules = scrubber(Preset::Strict).rules();
    let has = |id: &str| rules.iter().any(|rule| &*rule.id == id);
    for id in ["key-file", "gitlab-pat-extension", "half-of-a-pair"] {
        assert!(!has(id), "{id}");
    }
    // A built-in rule is not replaced by one of the same name.
    assert!(has("github-personal-token") && has("own-github-personal-token"));
    let label = rules.iter().find(|rule| &*rule.id == "1st-party").map(|rule| rule.label.to_string());
    assert_eq!(label.as_deref(), Some("KEY_1ST_PARTY"));
}

#[test]
fn a_secret_in_json_leaves_json() {
    let text = format!("{{\"billing_pin\": \"{RANDOM}\", \"n\": [1]}}");
    let mut layered = text;
    for depth in 0..3 {
        let scrubbed = balanced(&layered);
        assert!(!scrubbed.contains(&RANDOM[..8]), "{scrubbed}");
        let mut inner = scrubbed;
        for _ in 0..depth {
            inner = serde_json::from_str(&inner).expect("a string at each layer");
        }
        let value: serde_json::Value = serde_json::from_str(&inner).expect("an object at last");
        assert_eq!(value["n"][0], 1);
        layered = serde_json::Value::from(layered).to_string();
    }
}

#[test]
fn what_cannot_be_used_is_named_without_its_text_and_the_others_load() {
    let cases = [
        ("regex = '(hunter2'", "rule bad: regex"),
        ("regex = 'hunter2*|'", "rule bad: regex"),
        ("regex = 'hunter2(?=x)'", "rule bad: regex"),
        ("regex = 5", "rule bad: regex"),
        ("regex = 'hunter2'\nsecretGroup = 1", "rule bad: secretGroup"),
        ("regex = 'hunter2'\nsecretGroup = 'x'", "rule bad: secretGroup"),
        ("regex = 'hunter2'\nentropy = 9", "rule bad: entropy"),
        ("regex = 'hunter2'\nkeywords = 'hunter2'", "rule bad: keywords"),
        ("regex = 'hunter2'\nid = 'hunter2!'", "rule 2 has no id"),
        ("regex = 'hunter2'\nid = 'good'", "rule good: id is used twice"),
    ];
    for (fields, says) in cases {
        let id = if fields.contains("id =") { "" } else { "id = 'bad'\n" };
        let file = format!("[[rules]]\nid = 'good'\nregex = 'good-[0-9]{{4}}'\n[[rules]]\n{id}{fields}\n");
        let error = Scrubber::builder(Preset::Strict).with_rules(&file).expect_err(fields).to_string();
        assert!(error.contains(says) && !error.contains("hunter2"), "{error}");
        let (usable, errors) =
            Scrubber::builder(Preset::Strict).with_usable_rules(&file).expect("it is a file of rules");
        assert_eq!(errors.len(), 1, "{fields}");
        assert_eq!(usable.build().expect("it builds").scrub_text("a good-1234"), "a [REDACTED:GOOD]");
    }
}

#[test]
fn names_of_fields_have_any_case() {
    let file = "[[Rules]]\nID = 'good'\nRegex = 'good-[0-9]{4}'\nKeyWords = ['good-']\n";
    let builder = Scrubber::builder(Preset::Balanced).with_rules(file).expect("the file is good");
    assert_eq!(builder.build().expect("it builds").scrub_text("a good-1234"), "a [REDACTED:GOOD]");
}

#[test]
fn a_boundary_of_one_alternative_is_not_one_of_the_others() {
    for (go, text) in [
        (r"\bacme_[0-9]{8}|beta_[0-9]{8}", "xbeta_12345678"),
        (r"\b[._]{1,2}beta_[0-9]{8}", "x.beta_12345678"),
        (r"\b(?:-)?beta_[0-9]{8}", "x-beta_12345678"),
    ] {
        let file = format!("[[rules]]\nid = 'good'\nregex = '{go}'\n");
        let builder = Scrubber::builder(Preset::Balanced).with_rules(&file).expect("the file is good");
        let scrubbed = builder.build().expect("it builds").scrub_text(text).into_owned();
        assert!(scrubbed.ends_with("[REDACTED:GOOD]"), "{go}: {scrubbed}");
    }
}

#[test]
fn a_faulty_allow_list_costs_only_itself() {
    let lists = [
        "[[rules.allowlists]]\nregexes = ['(hunter2']",
        "[rules.allowlist]\nregexTarget = 'hunter2'",
        "[[rules.allowlists]]\ncondition = 'hunter2'",
        "[[rules.allowlists]]\nstopwords = 'hunter2'",
        "[allowlist]\nregexes = ['(hunter2']",
        "[[allowlists]]\ntargetRules = 'hunter2'",
    ];
    for list in lists {
        let file = format!("[[rules]]\nid = 'good'\nregex = 'good-[0-9]{{4}}'\n{list}\n");
        let (usable, errors) =
            Scrubber::builder(Preset::Balanced).with_usable_rules(&file).expect("it is a file of rules");
        assert_eq!(errors.len(), 1, "{list}");
        assert!(!errors[0].to_string().contains("hunter2"), "{}", errors[0]);
        assert_eq!(usable.build().expect("it builds").scrub_text("a good-1234"), "a [REDACTED:GOOD]");
    }
}

#[test]
fn a_stream_says_what_one_call_says() {
    let text =
        format!("acme telemetry {} use {RANDOM}0000 billing_pin = \"{RANDOM}\" end\n", "x ".repeat(1_000));
    let scrubber = scrubber(Preset::Strict);
    let whole = scrubber.scrub_text(&text);
    for size in [1, 7, 100, 1_999] {
        let mut stream = scrubber.stream();
        let mut out: Vec<u8> = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            out.extend(stream.feed(piece));
        }
        out.extend(stream.finish().0);
        assert_eq!(String::from_utf8_lossy(&out), whole, "{size}");
    }
}

proptest! {
    #[test]
    fn scrubbing_twice_changes_nothing(
        parts in prop::collection::vec(prop_oneof![
            Just("billing_pin = \"k7f2m9q4x1z8w3c6v5b0n2j7\"".to_owned()),
            Just("acme telemetry use k7f2m9q4x1z8w3c6v5b0n2j70000".to_owned()),
            Just("vault door k7f2m9q4x1z8w3c6v5b0n2j7".to_owned()),
            Just("Q1234567-ZZ9".to_owned()),
            "[ -~\n]{0,12}",
        ], 0..6)
    ) {
        let text = parts.concat();
        for preset in [Preset::Balanced, Preset::Strict] {
            let scrubber = scrubber(preset);
            let once = scrubber.scrub_text(&text).into_owned();
            prop_assert_eq!(&*scrubber.scrub_text(&once), &once);
        }
    }
}

#[test]
fn a_rule_with_fields_of_ours_and_no_regex_is_an_error_that_names_the_field() {
    for (field, line) in [
        ("pattern", "pattern = 'x[0-9]{12}'"),
        ("value_pattern", "value_pattern = '[0-9]{12}'"),
        ("label", "label = 'X'"),
        ("label", "Label = 'X'"),
    ] {
        let file = format!("[[rules]]\nid = 'acme-key'\n{line}\n");
        let error = Scrubber::builder(Preset::Balanced)
            .with_rules(&file)
            .and_then(ScrubberBuilder::build)
            .expect_err(field);
        let said = error.to_string();
        assert!(said.contains(&format!("{field} is a field of [[rule]]")), "{said}");
    }
    // One that changes a rule of gitleaks' own.
    let changes = "[[rules]]\nid = 'aws-key'\n[[rules.allowlists]]\nstopwords = ['x']\n";
    assert!(Scrubber::builder(Preset::Balanced).with_rules(changes).is_ok());
}
