//! Refuses rules that could match nothing. Such a rule would load, find no secret, and nobody would notice.

use regex_automata::util::syntax;
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::{Rule, rule_error};
use crate::Result;

/// Checks that `rule`, whose pattern compiles, can match a text.
///
/// # Errors
/// `InvalidRule`, naming the rule and the field, for a value that may be empty, a match that is always longer
/// than `max_len`, and keywords that are in no match.
pub(super) fn can_match(rule: &Rule) -> Result<()> {
    let config = syntax::Config::new().unicode(false).utf8(false);
    let wrong = |field: &str, what: &str| Err(rule_error(&rule.id, field, what));
    let Ok(hir) = syntax::parse_with(&rule.pattern, &config) else {
        return wrong("pattern", "does not compile");
    };
    if rule.assigned && value_may_be_empty(&hir) {
        return wrong("value_pattern", "matches the empty text, or is not one pattern");
    }
    if hir.properties().minimum_len().is_none_or(|least| least > rule.max_len) {
        return wrong("max_len", "is less than the length of the shortest match");
    }
    let mut bytes = [false; 256];
    collect(&hir, &mut bytes);
    let is_in_match = |word: &String| {
        word.bytes().all(|byte| bytes[usize::from(byte)] || bytes[usize::from(byte.to_ascii_uppercase())])
    };
    if !rule.keywords.iter().any(is_in_match) {
        return wrong("keywords", "are in no match of the pattern");
    }
    if rule.lookbehind == 0 && !may_begin_with(&hir, &rule.keywords) {
        return wrong("keywords", "begin no match of the pattern, and there is no lookbehind");
    }
    Ok(())
}

/// Whether the value in a pattern that was made around it may be empty. Parentheses that do not match may have
/// ended the group.
fn value_may_be_empty(hir: &Hir) -> bool {
    let HirKind::Concat(parts) = hir.kind() else { return true };
    let secret = parts.iter().find_map(|part| match part.kind() {
        HirKind::Capture(group) if group.name.as_deref() == Some("secret") => Some(&group.sub),
        _ => None,
    });
    secret.and_then(|secret| secret.properties().minimum_len()).is_none_or(|least| least == 0)
}

/// Marks every byte that a match may contain, and perhaps others.
fn collect(hir: &Hir, bytes: &mut [bool; 256]) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => {
            for byte in &literal.0 {
                bytes[usize::from(*byte)] = true;
            }
        }
        HirKind::Class(Class::Bytes(class)) => {
            for range in class.ranges() {
                bytes[usize::from(range.start())..=usize::from(range.end())].fill(true);
            }
        }
        // Without Unicode there is none of more than ASCII.
        HirKind::Class(Class::Unicode(_)) => bytes.fill(true),
        HirKind::Repetition(again) => collect(&again.sub, bytes),
        HirKind::Capture(group) => collect(&group.sub, bytes),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            for part in parts {
                collect(part, bytes);
            }
        }
    }
}

/// Whether a match may begin with one of `keywords`, in any case.
fn may_begin_with(hir: &Hir, keywords: &[String]) -> bool {
    let beginnings = Extractor::new().extract(hir);
    // Too many to list.
    let Some(beginnings) = beginnings.literals() else { return true };
    beginnings.iter().any(|literal| {
        let beginning = literal.as_bytes().to_ascii_lowercase();
        let goes_on = !literal.is_exact();
        keywords.iter().any(|word| {
            beginning.starts_with(word.as_bytes()) || goes_on && word.as_bytes().starts_with(&beginning)
        })
    })
}
