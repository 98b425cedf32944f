//! The search for prefixed tokens alone finds the same tokens as the search for all keywords.

use proptest::prelude::*;

use crate::scrub::example;

use super::*;
use crate::scrub::work::searched;
use crate::scrub::{Scrubber, Span, runs};

/// Texts of examples, whole and cut, with separators between them.
fn text() -> impl Strategy<Value = String> {
    const BETWEEN: [&str; 16] = [
        "",
        " ",
        "\n",
        "\\n",
        "\\\\n",
        "%20",
        "\"",
        "\\\"",
        "\\u0020",
        "x",
        "_",
        "-",
        "/",
        ", \"",
        "'",
        "[REDACTED:X]",
    ];
    example::texts(&BETWEEN, 1..2, 1..6)
}

/// Finds prefixed tokens, and blocks if `armoured`, by the search for all keywords.
fn find_sure_plainly(rules: &RuleSet, text: &[u8], armoured: bool, hits: &mut Vec<Hit>) {
    let mut done = Progress::default();
    rules.tables.prefilter.each(text, &runs::find(text), None, |target, found| {
        let Target::Rule(at) = *target else { return };
        let rule = rules.rule(at);
        let is_token = matches!(Place::of(rule), Place::Token | Place::InRun);
        if is_token
            && (rule.is_prefixed() || armoured && rule.is_prefixed_block())
            && let Some(found) = rules.try_rule(text, at, found.start, &mut done)
        {
            rules.take(&found, found.end, &mut done, hits);
        }
    });
    cut_at_enclosing_quotes(text, &[], hits);
}

#[test]
fn texts_in_each_other_are_searched_once_where_nothing_goes_over_a_joint() {
    let scrubber = Scrubber::new(Preset::Strict);
    let mut text = "words of a message, and of one that follows it\n".repeat(400).into_bytes();
    let joints: Vec<usize> = (1..9).map(|number| number << 11).collect();
    let cost = |text: &[u8]| searched(|| drop(scrubber.tokens_over(text, &joints, true)));
    assert_eq!(cost(&text), joints[7]);
    assert_eq!(cost(&text[..joints[7]]), joints[7]);
    // If a token spans a joint, the whole text is searched, and the bytes near the joint once more.
    let token = format!(" {}{}-{} ", "glp", "at", "a1B2c3D4e5F6g7H8i9J0");
    text[joints[3] - 12..][..token.len()].copy_from_slice(token.as_bytes());
    assert!((joints[7] + text.len()..joints[7] + text.len() + 4 * token.len()).contains(&cost(&text)));
}

proptest! {
    #[test]
    fn what_is_sure_is_what_all_keywords_find_of_it(text in text()) {
        for preset in [Preset::Strict, Preset::Balanced] {
            let rules = RuleSet::builtin(preset);
            for armoured in [false, true] {
                let (mut hits, mut plainly) = (Vec::new(), Vec::new());
                if armoured {
                    rules.find_left_over(text.as_bytes(), &mut hits);
                } else {
                    rules.find_prefixed(text.as_bytes(), &mut hits);
                }
                find_sure_plainly(&rules, text.as_bytes(), armoured, &mut plainly);
                prop_assert_eq!(&hits, &plainly);
            }
        }
    }

    #[test]
    fn what_goes_over_no_joint_is_found_without_a_look_at_all_of_it(
        text in text(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
        known in any::<prop::sample::Index>(),
    ) {
        let text = text.as_bytes();
        let mut joints: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        joints.sort_unstable();
        let from = known.index(text.len() + 1);
        let value = &text[from..text.len().min(from + 12)];
        for preset in [Preset::Molecule, Preset::Strict, Preset::Balanced] {
            let builder = Scrubber::builder(preset);
            let builder = builder.with_known_secrets([("K", value)]).unwrap_or_else(|_| Scrubber::builder(preset));
            let scrubber = builder.build().expect("a preset has no faults");
            for may_begin in [false, true] {
                let over = |hits: Vec<Span>| -> Vec<_> {
                    let goes_over = |hit: &(usize, usize, _)| joints.iter().any(|at| hit.0 < *at && *at < hit.1);
                    hits.into_iter().filter(goes_over).collect()
                };
                let all = scrubber.whole_tokens(text, if may_begin { &joints } else { &[] });
                prop_assert_eq!(over(scrubber.tokens_over(text, &joints, may_begin)), over(all));
            }
        }
    }
}

#[test]
fn a_dot_separates_one_word_and_not_a_path_of_names() {
    let digits = "17eb9055861e0a8b".repeat(2);
    for preset in [Preset::Balanced, Preset::Strict] {
        let scrub = |text: &str| Scrubber::new(preset).scrub_text(text).into_owned();
        assert_eq!(
            scrub(&format!("mailgunPRIVATE.{digits}")),
            "mailgunPRIVATE.[REDACTED:API_KEY]",
            "{preset:?}"
        );
        for text in ["mailgun.inputs.api_key.display_name.17eb9055", "mailgun_token.info.f3bbfebd"] {
            assert_eq!(scrub(text), text, "{preset:?}");
        }
    }
}
