//! Tests of the rules that a user adds: where they are used, and which ids they may have.

use super::*;

fn built(builder: ScrubberBuilder) -> Scrubber {
    builder.build().expect("the options are good")
}

/// A rule of a user's own with the fields `more`.
fn own_rule(id: &str, more: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\nlabel = \"OWN\"\nkeywords = [\"acme-\"]\npattern = 'acme-[0-9]{{6}}'\n{more}\n"
    )
}

#[test]
fn a_rule_of_ones_own_is_used_in_the_presets_that_it_names() {
    let all = [Preset::Balanced, Preset::Strict];
    for (presets, used) in [
        (r#"["strict"]"#, vec![Preset::Strict]),
        (r#"["balanced"]"#, vec![Preset::Balanced]),
        ("[]", all.into()),
    ] {
        let pat = format!("gh{}{}", "p_", "0123456789abcdefghijABCDEFGHIJ456789");
        let replaces = own_rule("github-personal-token", &format!("presets = {presets}"));
        for preset in all {
            let builder = Scrubber::builder(preset).with_rules(&replaces).expect("it is a rule");
            let own = built(builder.with_disabled(["jwt"]));
            let is_used = used.contains(&preset);
            assert_eq!(
                own.scrub_text("x acme-123456") == "x [REDACTED:OWN]",
                is_used,
                "{preset:?} {presets}"
            );
            // The built-in rule is replaced only where the rule with its id is used.
            let label = own.rule("github-personal-token").expect("one of the two").info.label;
            assert_eq!(&*label == "OWN", is_used, "{preset:?} {presets}");
            // In strict the documented patterns find the token too.
            if preset == Preset::Balanced {
                assert_eq!(own.scrub_text(&pat).contains("GITHUB_PAT"), !is_used, "{presets}");
            }
        }
    }
    let strict_only = own_rule("acme", r#"presets = ["strict"]"#);
    let builder = Scrubber::builder(Preset::Balanced).with_rules(&strict_only).expect("it is a rule");
    assert!(builder.with_disabled(["acme"]).build().is_ok(), "an id of another preset is one of a rule");
}

#[test]
fn an_id_is_that_of_one_rule() {
    let documented: Vec<_> = Scrubber::new(Preset::Molecule).rules();
    let coded =
        documented.iter().map(|rule| &*rule.id).chain(["sensitive-name", "known-value", "base64-blob"]);
    for id in coded {
        let error = Scrubber::builder(Preset::Strict).with_rules(&own_rule(id, "")).expect_err(id);
        assert_eq!(error.kind(), crate::ErrorKind::InvalidRule);
        assert!(error.to_string().contains(&format!("rule {id}: id ")), "{error}");
        let gitleaks = format!("[[rules]]\nid = '{id}'\nregex = 'acme-[0-9]{{6}}'\n");
        let builder = Scrubber::builder(Preset::Strict).with_rules(&gitleaks).expect("it gets another id");
        assert!(built(builder).rule(&format!("own-{id}")).is_some(), "{id}");
    }
    let once = || Scrubber::builder(Preset::Strict).with_rules(&own_rule("acme", "")).expect("it is a rule");
    assert!(once().with_rules(&own_rule("acme", "max_len = 40")).is_err());
    let (usable, errors) = once().with_usable_rules(&own_rule("acme", "max_len = 40")).expect("it is a file");
    assert_eq!(errors.len(), 1);
    assert_eq!(built(usable).rules().iter().filter(|rule| &*rule.id == "acme").count(), 1);
}

#[test]
fn checks_that_no_built_in_rule_uses_are_for_rules_of_ones_own() {
    let found = |rule: &str, text: &str| {
        let builder = Scrubber::builder(Preset::Balanced).with_rules(rule).expect("it is a rule");
        built(builder).scrub_text(text).contains("[REDACTED:OWN]")
    };
    let of_digits = own_rule("acme-account", "validator = \"luhn\"").replace("{6}", "{16}");
    assert!(found(&of_digits, &format!("pay acme-{}", "4111111111111111")));
    assert!(!found(&of_digits, &format!("pay acme-{}", "4111111111111112")));
    let of_tokens = own_rule("acme-token", "validator = \"crc32-base62\"")
        .replace("[0-9]{6}", "[a-z]{2}_[A-Za-z0-9]{26}");
    let random = "q7Rk2mXw9Tb4Zc6Vn8Ls";
    let check = crate::scrub::validate::base62(crate::scrub::validate::crc32(random.as_bytes()));
    let check = String::from_utf8_lossy(&check).into_owned();
    assert!(found(&of_tokens, &format!("use acme-pt_{random}{check}")));
    let other: String = check.chars().rev().collect();
    assert_ne!(check, other);
    assert!(!found(&of_tokens, &format!("use acme-pt_{random}{other}")));
}

#[test]
fn the_examples_of_the_guide_find_what_they_say() {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/rules.md");
    let guide = std::fs::read_to_string(guide).expect("the guide is in the repository");
    let blocks = guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let rules: String = blocks.filter(|block| block.starts_with("[[rule]]")).collect();
    let scrubber = built(Scrubber::builder(Preset::Balanced).with_rules(&rules).expect("they are rules"));
    let hex = "0f1e2d3c4b5a6978".repeat(2);
    for (text, scrubbed) in [
        (format!("acme_api_key = {hex}"), "acme_api_key = [REDACTED:ACME_KEY]"),
        (format!("an ACME token: {hex}"), "an ACME token: [REDACTED:ACME_KEY]"),
        (format!("see ACTK-{} now", "1A2b-3c4D"), "see [REDACTED:ACME_TICKET] now"),
        (format!("deploy acme_{}", "a1b2c3d4".repeat(3)), "deploy [REDACTED:ACME_TOKEN]"),
    ] {
        assert_eq!(scrubber.scrub_text(&text), scrubbed);
    }
    let text = format!("acme {hex} and acme_build: {hex}");
    assert!(!scrubber.scrub_text(&text).contains("ACME_KEY"), "the name says nothing of a secret");
}
