//! Tests that no rule finds everything that another one with the same label is for.

use regex_automata::meta::Regex;

use super::tests::{each_rule, found};
use super::*;
use crate::scrub::Preset;
use crate::scrub::example::{Example, expand};

const SEEDS: [u64; 3] = [1, 2, 3];

/// A rule whose examples another one finds, on purpose: each vendor's key can be disabled by its own id.
const INTENDED: [(&str, &str); 1] = [("anthropic-key", "openai-key")];

/// The examples of a rule, expanded.
fn examples(rule: &Rule) -> Vec<Example> {
    let each = rule.positive.iter().flat_map(|template| SEEDS.map(|seed| expand(template, seed)));
    each.collect()
}

/// Whether `rule` finds the secrets of all `examples` whole.
fn finds_all(rule: &Rule, regex: &Regex, examples: &[Example]) -> bool {
    examples.iter().all(|Example { text, secrets }| {
        let spans = found(rule, regex, text.as_bytes());
        secrets
            .iter()
            .all(|secret| spans.iter().any(|span| span.start <= secret.start && secret.end <= span.end))
    })
}

#[test]
fn no_rule_finds_all_that_another_one_with_its_label_is_for() {
    let rules: Vec<(Rule, Regex)> = each_rule()
        .into_iter()
        .map(|rule| {
            let regex = rule.regex().expect("a built-in pattern compiles");
            (rule, regex)
        })
        .collect();
    let mut covered = Vec::new();
    for (one, _) in &rules {
        let examples = examples(one);
        let Some(first) = examples.first().map(|example| example.text.to_ascii_lowercase()) else { continue };
        for (other, regex) in rules.iter().filter(|(other, _)| other.id != one.id && other.label == one.label)
        {
            let presets = [Preset::Strict, Preset::Balanced];
            let everywhere = presets.iter().all(|&preset| !one.is_in(preset) || other.is_in(preset));
            let may_match = other.keywords.iter().any(|word| first.contains(word.as_str()));
            let intended = INTENDED.contains(&(&*one.id, &*other.id));
            if everywhere && may_match && !intended && finds_all(other, regex, &examples) {
                covered.push(format!("{} finds what {} is for", other.id, one.id));
            }
        }
    }
    assert!(covered.is_empty(), "{covered:#?}");
}
