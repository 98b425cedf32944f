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
