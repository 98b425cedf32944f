//! Descriptions of the rules of a scrubber, and the labels that it can write.

use std::sync::Arc;

use super::hit::Source;
use super::marker::Labels;
use super::molecule::Pattern;
use super::ruleset::RuleSet;
use super::{Preset, assign, sensitive};

/// A short description of a rule.
///
/// ```
/// use prestop::{Preset, Scrubber};
///
/// for rule in Scrubber::new(Preset::Molecule).rules() {
///     assert!(!rule.id.is_empty() && !rule.label.is_empty() && !rule.description.is_empty());
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleInfo {
    /// The unique name of the rule, which is used to disable it.
    pub id: Arc<str>,
    /// The label that its marker shows; a generic one if the rule has several labels.
    pub label: Arc<str>,
    /// A description in one line.
    pub description: String,
}

/// The id of what finds known values.
pub(super) const KNOWN: &str = "known-value";

/// Rules that are implemented in code: sensitive names, known values and randomness.
const CODED: [(&str, &str, &str); 3] = [
    ("sensitive-name", "KEY", "a value assigned to a sensitive name (labels by name: PASSWORD, TOKEN, ...)"),
    (KNOWN, "KNOWN", "an exact value given as a known secret (label by its name)"),
    (
        "base64-blob",
        "BASE64_BLOB",
        "33 or more base64 characters that are no path, digest, hash or name, nor, in balanced, data or text",
    ),
];

/// Describes every rule of a scrubber.
pub(super) fn rules(preset: Preset, rules: &RuleSet) -> Vec<RuleInfo> {
    let mut infos = Vec::new();
    if preset != Preset::Balanced {
        let documented = Pattern::ALL
            .into_iter()
            .filter(|&pattern| preset == Preset::Molecule || pattern != Pattern::Base64Blob);
        infos.extend(documented.map(|pattern| RuleInfo {
            id: pattern.id(),
            label: pattern.label().into(),
            description: format!("the documented pattern {}", pattern.label()),
        }));
    }
    if preset != Preset::Molecule {
        infos.extend(rules.rules().map(|rule| RuleInfo {
            id: rule.id.clone(),
            label: rule.label.clone(),
            description: rule.description.clone(),
        }));
    }
    let coded = CODED.iter().filter(|(id, _, _)| preset != Preset::Molecule || *id == KNOWN);
    infos.extend(coded.map(|&(id, label, description)| RuleInfo {
        id: id.into(),
        label: label.into(),
        description: description.into(),
    }));
    infos
}

/// Whether a rule that is implemented in code has this id, in any preset.
pub(super) fn is_coded(id: &str) -> bool {
    CODED.iter().any(|(coded, _, _)| *coded == id) || Pattern::ALL.iter().any(|pattern| &*pattern.id() == id)
}

/// The id of every rule of a scrubber.
pub(super) fn names(preset: Preset, set: &RuleSet) -> Vec<Arc<str>> {
    rules(preset, set).into_iter().map(|info| info.id).collect()
}

/// Every label that a scrubber with these rules and known values can write.
pub(super) fn labels<'a>(rules: &RuleSet, known: impl Iterator<Item = &'a str>) -> Labels {
    let by_name = sensitive::LABELS.iter().chain(assign::LABELS).map(|label| Arc::from(*label));
    let documented = Pattern::ALL.map(|pattern| Arc::from(pattern.label()));
    let by_rule = rules.rules().map(|rule| rule.label.clone());
    Labels::new(by_rule.chain(by_name).chain(documented).chain(known.map(Arc::from)))
}

/// The id of the rule that found a hit.
pub(super) fn id(rules: &RuleSet, source: &Source) -> Arc<str> {
    match source {
        Source::Entropy => Arc::from("base64-blob"),
        Source::Rule(at) => rules.rule(*at).id.clone(),
        Source::Name(_) => Arc::from("sensitive-name"),
        Source::Molecule(pattern) => pattern.id(),
        Source::Known(_) => Arc::from(KNOWN),
    }
}
