//! Tests every built-in rule by its own examples.

use std::collections::HashSet;

use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_syntax::hir::{Hir, HirKind};

use super::*;
use crate::scrub::example::{Example, expand};
use crate::scrub::{Preset, Scrubber};

const SEEDS: [u64; 5] = [1, 2, 3, 1_234_567, u64::MAX];

pub(super) fn each_rule() -> Vec<Rule> {
    FILES
        .iter()
        .flat_map(|(file, text)| rule::parse(text).unwrap_or_else(|error| panic!("{file}: {error}")))
        .collect()
}

/// The spans of the secrets that `rule` finds, in the plainest way: its pattern at every position that a
/// keyword allows, with the checks of the rule.
pub(super) fn found(rule: &Rule, regex: &Regex, text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let group = regex.group_info().to_index(regex_automata::PatternID::ZERO, "secret").unwrap_or(0);
    let lower = text.to_ascii_lowercase();
    let mut spans = Vec::new();
    for keyword in &rule.keywords {
        for at in memchr::memmem::find_iter(&lower, keyword.as_bytes()) {
            for start in at.saturating_sub(rule.lookbehind)..=at {
                let end = text.len().min(start + rule.max_len);
                let input = Input::new(text).span(start..end).anchored(regex_automata::Anchored::Yes);
                let mut captures = regex.create_captures();
                regex.search_captures(&input, &mut captures);
                let Some(whole) = captures.get_match() else { continue };
                let Some(secret) = captures.get_group(group) else { continue };
                let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                if rule.word_start && start > 0 && text.get(start - 1).is_some_and(word) {
                    continue;
                }
                let holds_keyword = whole.start() <= at && at + keyword.len() <= whole.end();
                let bytes = &text[secret.start..secret.end];
                let looks = rule.entropy.is_none_or(|least| entropy(bytes) >= least);
                if holds_keyword && looks && rule.validator.is_none_or(|check| check.accepts(bytes)) {
                    spans.push(secret.start..secret.end);
                }
            }
        }
    }
    spans
}

#[allow(clippy::cast_precision_loss)]
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let share = |count: u32| f64::from(count) / bytes.len() as f64;
    counts.iter().filter(|&&count| count > 0).map(|&count| -share(count) * share(count).log2()).sum()
}

#[test]
fn every_file_loads_and_every_rule_is_complete() {
    let mut ids = HashSet::new();
    for rule in each_rule() {
        let id = &rule.id;
        assert!(ids.insert(id.clone()), "{id} is used twice");
        assert!(!rule.description.is_empty(), "{id} has no description");
        assert!(!rule.source.is_empty(), "{id} has no source");
        assert!(!rule.positive.is_empty(), "{id} has no positive example");
        assert!(!rule.negative.is_empty(), "{id} has no negative example");
        assert!(!rule.pattern.starts_with("\\b"), "{id}: the left boundary is the field `word_start`");
    }
    assert_eq!(builtin().len(), ids.len());
}

#[test]
fn every_positive_example_is_found_whole() {
    let mut missed = Vec::new();
    for rule in each_rule() {
        let regex = rule.regex().expect("a built-in pattern compiles");
        for (number, template) in rule.positive.iter().enumerate() {
            for seed in SEEDS {
                let Example { text, secrets } = expand(template, seed);
                assert!(!secrets.is_empty(), "{} positive {number} marks nothing", rule.id);
                let spans = found(&rule, &regex, text.as_bytes());
                for secret in secrets {
                    let covered =
                        spans.iter().any(|span| span.start <= secret.start && secret.end <= span.end);
                    if !covered {
                        missed.push(format!(
                            "{} positive {number} seed {seed}: {text:?} gave {spans:?}",
                            rule.id
                        ));
                    }
                }
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn nothing_is_found_in_a_negative_example() {
    let mut wrong = Vec::new();
    for rule in each_rule() {
        let regex = rule.regex().expect("a built-in pattern compiles");
        for (number, template) in rule.negative.iter().enumerate() {
            for seed in SEEDS {
                let text = expand(template, seed).text;
                let spans = found(&rule, &regex, text.as_bytes());
                if !spans.is_empty() {
                    wrong.push(format!("{} negative {number} seed {seed}: {text:?} gave {spans:?}", rule.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A negative example that holds no keyword is left alone whatever the pattern says.
#[test]
fn every_rule_has_a_negative_example_with_a_keyword() {
    let mut without = Vec::new();
    for rule in each_rule() {
        let texts: Vec<String> =
            rule.negative.iter().map(|template| expand(template, 1).text.to_ascii_lowercase()).collect();
        if !rule.keywords.iter().any(|word| texts.iter().any(|text| text.contains(word))) {
            without.push(rule.id);
        }
    }
    assert!(without.is_empty(), "{without:#?}");
}

#[test]
fn no_service_is_named_twice() {
    let rules = each_rule();
    let words = |id: &str| {
        let rule = rules.iter().find(|rule| &*rule.id == id).expect("it is a rule");
        rule.keywords.iter().map(String::as_str).collect::<Vec<_>>()
    };
    for list in [words("service-value"), [words("service-key"), words("short-service-key")].concat()] {
        let mut seen = HashSet::new();
        let again: Vec<&str> = list.into_iter().filter(|word| !seen.insert(*word)).collect();
        assert!(again.is_empty(), "{again:?}");
    }
}

#[test]
fn no_pattern_allows_more_than_is_searched() {
    let bounded = |rule: &Rule| rule.lengths().1 != usize::MAX;
    let wrong: Vec<String> = each_rule()
        .into_iter()
        .filter(|rule| bounded(rule) && rule.lengths().1 > rule.max_len)
        .map(|rule| format!("{}: {} bytes, max_len = {}", rule.id, rule.lengths().1, rule.max_len))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a part of a pattern has a bounded repetition of what may itself be a bounded repetition. The same
/// characters can then be counted in many ways, all of which are followed at every character.
fn counts_twice(hir: &Hir) -> bool {
    fn may_be_repetition(hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Repetition(inner) => inner.max != Some(inner.min) && inner.max != Some(1),
            HirKind::Capture(capture) => may_be_repetition(&capture.sub),
            HirKind::Alternation(parts) => parts.iter().any(may_be_repetition),
            _ => false,
        }
    }
    match hir.kind() {
        HirKind::Repetition(outer) => {
            outer.max.is_some_and(|most| most > 1) && may_be_repetition(&outer.sub)
                || counts_twice(&outer.sub)
        }
        HirKind::Capture(capture) => counts_twice(&capture.sub),
        HirKind::Alternation(parts) | HirKind::Concat(parts) => parts.iter().any(counts_twice),
        _ => false,
    }
}

#[test]
fn no_pattern_counts_the_same_characters_twice() {
    for rule in builtin() {
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(&rule.pattern);
        assert!(!counts_twice(&hir.expect("a built-in pattern parses")), "{}", rule.id);
    }
}

#[test]
fn names_in_code_that_begin_like_a_token_are_left_alone() {
    let scrubber = Scrubber::new(Preset::Balanced);
    for name in [
        "re_compile_internalPatternBuffer2",
        "fw_updateConfigurationTable2",
        "glwt-window-toolkit-library-name",
        "odt_document_text_template_style_names",
        "lsv2_this_is_a_name_of_something_in_it",
        "github_pat_variable_name_of_the_job_in_the_workflow",
        "sonar.scm.revision=4d1f0c2ab8e6957312f4a0c9d7be58136f2a9c04",
        "kafka.topic=ORDERSEVENTS2024",
        "chmatics_copyleaks_ip_quality_web3_storage_pagerduty_kucoin=internal-provider-integration-settings",
        "utritionix-paydirt-harness-bigcommerce-deno-bunnycdn-keygen-meilisearch-newsapi-pdfcrowd-site24x7-locize\
         -brevo_-signoz_-loadmill-schoology = settings-configuration-document-internal",
    ] {
        assert_eq!(scrubber.scrub_text(name), name);
    }
}

#[test]
fn no_rule_finds_a_marker() {
    for rule in each_rule() {
        let regex = rule.regex().expect("a built-in pattern compiles");
        for context in ["{}", "x={}", "Authorization: Bearer {}", "https://user:{}@host/", "\"{}\""] {
            let text = context.replace("{}", &format!("[REDACTED:{}]", rule.label));
            let spans = found(&rule, &regex, text.as_bytes());
            assert!(spans.is_empty(), "{}: {text:?} gave {spans:?}", rule.id);
        }
    }
}

/// The part of a pattern that is redacted: the group `secret`, if there is one in it.
fn secret(hir: &Hir) -> Option<&Hir> {
    match hir.kind() {
        HirKind::Capture(group) if group.name.as_deref() == Some("secret") => Some(&group.sub),
        HirKind::Capture(group) => secret(&group.sub),
        HirKind::Repetition(repetition) => secret(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().find_map(secret),
        _ => None,
    }
}

#[test]
fn no_pattern_takes_the_empty_text_for_a_secret() {
    for rule in builtin() {
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(&rule.pattern);
        let hir = hir.expect("a built-in pattern parses");
        let least = secret(&hir).unwrap_or(&hir).properties().minimum_len();
        assert!(least.is_some_and(|least| least > 0), "{}", rule.id);
    }
}

#[test]
fn every_file_of_rules_is_embedded() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scrub/rules");
    let files = std::fs::read_dir(folder).expect("the folder of the rules");
    let mut files: Vec<String> =
        files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    files.sort();
    let mut embedded: Vec<String> = FILES.iter().map(|(name, _)| format!("{name}.toml")).collect();
    embedded.sort();
    assert_eq!(files, embedded);
}

#[test]
fn what_is_built_in_are_the_same_rules_without_their_examples() {
    for (name, text) in FILES {
        let path = std::path::Path::new(env!("OUT_DIR")).join(format!("rules/{name}.txt"));
        let built_in = std::fs::read_to_string(&path).expect("build.rs writes it");
        let built_in: Vec<Rule> =
            rule::parse_built(&built_in).map(|rule| rule.expect("it is a rule")).collect();
        let whole = rule::parse(text).expect("rules are tried elsewhere");
        assert_eq!(built_in.len(), whole.len(), "{name}");
        for (one, mut other) in built_in.into_iter().zip(whole) {
            assert!(one.positive.is_empty() && one.negative.is_empty(), "{}", one.id);
            other.positive.clear();
            other.negative.clear();
            assert_eq!(format!("{one:?}"), format!("{other:?}"));
        }
    }
}
