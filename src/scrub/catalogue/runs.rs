//! Tests that every rule with `long_token` or `value_is_token` may have it, and that every rule that can have
//! `long_token` does.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::FILES;
use super::rule::{self, Rule};
use crate::scrub::validate::Validator;

/// The token characters of `runs.rs`.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-./=_~".contains(&byte)
}

/// How many token characters every match begins with at least, and whether it consists of nothing else.
fn leading(hir: &Hir) -> (usize, bool) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => (0, true),
        HirKind::Literal(literal) => {
            let count = literal.0.iter().take_while(|byte| is_token(**byte)).count();
            (count, count == literal.0.len())
        }
        HirKind::Class(class) => {
            let all = match class {
                Class::Bytes(class) => {
                    class.ranges().iter().all(|range| (range.start()..=range.end()).all(is_token))
                }
                Class::Unicode(class) => class
                    .ranges()
                    .iter()
                    .all(|range| (range.start()..=range.end()).all(|c| u8::try_from(c).is_ok_and(is_token))),
            };
            (usize::from(all), all)
        }
        HirKind::Repetition(repetition) => {
            let times = repetition.min as usize;
            match leading(&repetition.sub) {
                (count, true) => (count * times, true),
                (count, false) => (count * times.min(1), false),
            }
        }
        HirKind::Capture(capture) => leading(&capture.sub),
        HirKind::Concat(parts) => {
            let mut sum = 0;
            for part in parts {
                let (count, all) = leading(part);
                sum += count;
                if !all {
                    return (sum, false);
                }
            }
            (sum, true)
        }
        HirKind::Alternation(parts) => {
            let parts: Vec<(usize, bool)> = parts.iter().map(leading).collect();
            let least = parts.iter().map(|(count, _)| *count).min().unwrap_or_default();
            (least, parts.iter().all(|(_, all)| *all))
        }
    }
}

fn parsed(pattern: &str) -> Hir {
    regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(pattern)
        .expect("rules are tried elsewhere")
}

/// Whether the rule can be searched for in runs alone.
fn can_be_long_token(rule: &Rule) -> bool {
    if !rule.assigned {
        return rule.lookbehind == 0 && rule.word_start && leading(&parsed(&rule.pattern)).0 >= 16;
    }
    can_have_token_value(rule)
}

/// Whether the rule's secret can be searched for only where a run follows the keyword.
fn can_have_token_value(rule: &Rule) -> bool {
    // The value is last in a pattern that was built around it.
    let value =
        rule.pattern.split_once("(?P<secret>").and_then(|(_, value)| value.strip_suffix(r")\b{end-half}"));
    let Some(value) = value else { return false };
    let (count, _) = leading(&parsed(value));
    rule.lookbehind == 0
        && count >= 10
        && matches!(rule.validator, Some(Validator::Random | Validator::RandomOrLong))
}

#[test]
fn a_rule_says_long_token_where_its_pattern_allows_it() {
    let rules = FILES.iter().flat_map(|(_, text)| rule::parse(text).expect("rules are tried elsewhere"));
    let wrong: Vec<String> = rules
        .filter(|rule| rule.long_token != can_be_long_token(rule))
        .map(|rule| format!("{}: long_token = {}", rule.id, can_be_long_token(&rule)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_rule_says_value_is_token_only_where_its_pattern_allows_it() {
    let rules = FILES.iter().flat_map(|(_, text)| rule::parse(text).expect("rules are tried elsewhere"));
    let wrong: Vec<String> = rules
        .filter(|rule| {
            rule.value_is_token && !can_have_token_value(rule)
                || rule.assigned && rule.value_is_token != rule.long_token
        })
        .map(|rule| rule.id.to_string())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_a_match_begins_with_is_counted() {
    for (pattern, count) in [
        ("ghp_[A-Za-z0-9]{36}", 40),
        ("(?:sk|pk)_live_[0-9a-z]{24,}", 32),
        ("(?i:glpat-)[a-z]{3}x*", 9),
        ("a[^b]{9}", 1),
        (r"key\s*=[a-z]{40}", 3),
        ("x?[a-z]{20}", 20),
        ("(?: x)?[a-z]{20}", 0),
    ] {
        assert_eq!(leading(&parsed(pattern)).0, count, "{pattern}");
    }
}
