//! The full description of one rule, for users who ask why something was redacted.

use super::info::RuleInfo;
use super::molecule::Pattern;
use super::rule::Rule;
use super::ruleset::RuleSet;
use super::validate::Validator;
use super::{Preset, Scrubber};

/// A rule with everything that decides its matches.
///
/// ```
/// use prestop::{Preset, Scrubber};
///
/// let rule = Scrubber::new(Preset::Balanced).rule("github-personal-token").expect("it is built in");
/// assert_eq!((&*rule.info.label, rule.keywords.as_slice()), ("GITHUB_PAT", ["ghp_".to_owned()].as_slice()));
/// assert!(rule.pattern.is_some_and(|pattern| pattern.starts_with("ghp_")));
/// assert!(Scrubber::new(Preset::Molecule).rule("github-personal-token").is_none());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RuleDetail {
    /// Id, label and description.
    pub info: RuleInfo,
    /// The presets that use the rule.
    pub presets: Vec<Preset>,
    /// Literals, in any case: the rule is tried only where one of them is, or, if it comes from a file of
    /// gitleaks, near one.
    pub keywords: Vec<String>,
    /// The pattern that a match has; `None` for a rule that is implemented in code.
    pub pattern: Option<String>,
    /// The least Shannon entropy of the secret, in bits per byte.
    pub entropy: Option<f64>,
    /// What the secret must be, in words after "the secret", if there is a validator.
    pub check: Option<&'static str>,
    /// The length of the longest match, in bytes; `None` if it is not bounded.
    pub longest: Option<usize>,
    /// Whether the lines of a match belong together as one block, like those of a key in armour.
    pub block: bool,
    /// The source that documents the format; empty if none is named.
    pub source: String,
}

impl RuleDetail {
    fn of(info: RuleInfo, rule: &Rule) -> Self {
        let presets = [Preset::Strict, Preset::Balanced].into_iter().filter(|&preset| rule.is_in(preset));
        Self {
            info,
            presets: presets.collect(),
            keywords: rule.keywords.clone(),
            pattern: Some(rule.pattern.clone()),
            entropy: rule.entropy,
            check: rule.validator.map(Validator::description),
            longest: Some(rule.max_len),
            block: rule.block,
            source: rule.source.clone(),
        }
    }

    /// The description of a rule that is implemented in code.
    fn coded(info: RuleInfo) -> Self {
        let documented = Pattern::ALL.iter().any(|pattern| pattern.id() == info.id);
        let presets = match (documented, &*info.id) {
            (true, _) => vec![Preset::Molecule, Preset::Strict],
            (_, "known-value") => vec![Preset::Molecule, Preset::Strict, Preset::Balanced],
            _ => vec![Preset::Strict, Preset::Balanced],
        };
        Self {
            info,
            presets,
            keywords: Vec::new(),
            pattern: None,
            entropy: None,
            check: None,
            longest: None,
            block: false,
            source: String::new(),
        }
    }
}

impl Scrubber {
    /// Returns the full description of the rule with this id, or `None` if this scrubber has no such rule.
    ///
    /// ```
    /// let scrubber = prestop::Scrubber::new(prestop::Preset::Strict);
    /// assert!(scrubber.rule("sensitive-name").is_some_and(|rule| rule.pattern.is_none()));
    /// ```
    pub fn rule(&self, id: &str) -> Option<RuleDetail> {
        let info = self.rules().into_iter().find(|info| &*info.id == id)?;
        let rules: &RuleSet = self.engine.rules();
        let documented = Pattern::ALL.iter().any(|pattern| &*pattern.id() == id);
        let rule = rules.rules().find(|rule| &*rule.id == id).filter(|_| !documented);
        Some(match rule {
            Some(rule) => RuleDetail::of(info, rule),
            None => RuleDetail::coded(info),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_every_preset_can_be_explained() {
        for preset in [Preset::Molecule, Preset::Strict, Preset::Balanced] {
            let scrubber = Scrubber::new(preset);
            for info in scrubber.rules() {
                let detail = scrubber.rule(&info.id).expect("it is listed");
                assert_eq!(detail.info, info);
                assert!(detail.presets.contains(&preset), "{}", info.id);
                assert_eq!(detail.pattern.is_none(), detail.keywords.is_empty(), "{}", info.id);
            }
            assert_eq!(scrubber.rule("no-such-rule"), None);
        }
    }
}
