//! Tests the last pass before a write: it finds prefixed tokens and blocks, and nothing in scrubbed text.

use super::*;
use crate::scrub::example::expand;
use crate::scrub::{Preset, Scrubber};
use crate::value::{Layout, scrub_json};

const SEED: u64 = 91;

/// Documents with the text in a string, and in a string of a nested document.
fn documents(text: &str) -> [String; 2] {
    let inner = serde_json::json!({ "text": text }).to_string();
    [inner.clone(), serde_json::json!({ "text": inner }).to_string()]
}

#[test]
fn a_token_or_a_block_with_a_prefix_is_found_where_nobody_has_scrubbed() {
    let mut missed = Vec::new();
    let (mut tokens, mut blocks) = (0, 0);
    for preset in [Preset::Strict, Preset::Balanced] {
        let scrubber = Scrubber::new(preset);
        for rule in builtin().iter().filter(|rule| rule.is_in(preset)) {
            if !rule.is_prefixed() && !rule.is_prefixed_block() {
                continue;
            }
            tokens += usize::from(rule.is_prefixed());
            blocks += usize::from(rule.is_prefixed_block());
            for template in &rule.positive {
                let [once, twice] = documents(&expand(template, SEED).text);
                if scrubber.left_over(once.as_bytes()).is_none() {
                    missed.push((preset, &rule.id, template, 1));
                }
                if scrubber.left_over(twice.as_bytes()).is_none() {
                    missed.push((preset, &rule.id, template, 2));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    // Private keys, in armour and encoded in base64 once more.
    assert!(tokens > 300 && blocks >= 6, "{tokens} {blocks}");
}

#[test]
fn nothing_is_found_where_the_scrubber_has_been() {
    let mut found = Vec::new();
    for preset in [Preset::Strict, Preset::Balanced] {
        let scrubber = Scrubber::new(preset);
        for rule in builtin() {
            for template in rule.positive.iter().chain(&rule.negative) {
                for document in documents(&expand(template, SEED).text) {
                    let (clean, _) =
                        scrub_json(document.as_bytes(), Layout::Indented, &scrubber).expect("it is JSON");
                    if let Some(label) = scrubber.left_over(&clean) {
                        found.push((preset, &rule.id, label.to_owned(), template));
                    }
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
