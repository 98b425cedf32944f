//! The builder of scrubbers: a preset, with additions and exceptions.

use std::sync::Arc;

use super::engine::Engine;
use super::info;
use super::known::KnownValues;
use super::rule::{self, Rule, rule_error};
use super::ruleset::RuleSet;
use super::{Preset, Scrubber, catalogue};
use crate::{Error, ErrorKind, Result};

/// The most entries in one option.
const MAX_ENTRIES: usize = 10_000;

/// Builds a [`Scrubber`] from a preset, known secrets, further rules and exceptions.
///
/// ```
/// use prestop::{Preset, Scrubber};
///
/// # fn main() -> prestop::Result<()> {
/// let scrubber = Scrubber::builder(Preset::Balanced)
///     .with_known_secrets([("DEPLOY", "correct horse battery")])?
///     .with_allowed(["hunter2"])
///     .build()?;
/// assert_eq!(scrubber.scrub_text("a correct horse battery"), "a [REDACTED:DEPLOY]");
/// assert_eq!(scrubber.scrub_text("password=hunter2"), "password=hunter2");
///
/// let rules = r#"
/// [[rule]]
/// id = "our-ticket"
/// label = "TICKET"
/// description = "A ticket of ours"
/// keywords = ["tic-"]
/// pattern = 'tic-[0-9]{6}'
/// "#;
/// let own = Scrubber::builder(Preset::Balanced).with_rules(rules)?.with_disabled(["bearer-token"]).build()?;
/// assert_eq!(own.scrub_text("see tic-123456"), "see [REDACTED:TICKET]");
/// let (builder, errors) = Scrubber::builder(Preset::Strict).with_usable_rules(&rules.replace("tic-[", "("))?;
/// assert_eq!(errors.len(), 1);
/// assert!(builder.build().is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct ScrubberBuilder {
    preset: Preset,
    known: KnownValues,
    rules: Vec<Arc<Rule>>,
    /// Other presets whose `rules` are used as well.
    also: Vec<Preset>,
    /// The checksum of the files with these rules.
    files: u32,
    disabled: Vec<String>,
    allowed: Vec<Vec<u8>>,
}

impl ScrubberBuilder {
    pub(super) fn new(preset: Preset) -> Self {
        let (known, rules) = (KnownValues::default(), Vec::new());
        let (also, disabled, allowed) = (Vec::new(), Vec::new(), Vec::new());
        Self { preset, known, rules, also, files: 0, disabled, allowed }
    }

    /// Sets another preset.
    pub(super) fn with_preset(mut self, preset: Preset) -> Self {
        self.preset = preset;
        self
    }

    /// Also uses the added rules that are for one of `presets` only, except one that would take the place of a
    /// built-in rule.
    pub(super) fn with_rules_for(mut self, presets: &[Preset]) -> Self {
        self.also.extend_from_slice(presets);
        self
    }

    /// Adds exact values that are redacted wherever they occur, in any encoding: raw, in base64,
    /// in hexadecimal, percent-encoded, and in the escapes of JSON, XML, HTML, the shell and C. The marker
    /// shows the name in upper case, cut to 64 characters, with `_` for all but ASCII letters and digits.
    ///
    /// At most 1,024 values are held. If a value is a JSON object or array itself, those of its strings that
    /// look like secrets become known as well, as far as there is room.
    ///
    /// # Errors
    /// `InvalidOption` for a value of under 4 characters, of over 64 KiB or of white space alone, named by
    /// its label, and for more than 1,024 values.
    pub fn with_known_secrets<N, V>(mut self, secrets: impl IntoIterator<Item = (N, V)>) -> Result<Self>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        self.known = self.known.with(secrets)?;
        Ok(self)
    }

    /// Like [`Self::with_known_secrets`], for the secrets of a running process: too many values are no
    /// failure. The newest ones are held then, and the error is returned beside the builder.
    ///
    /// ```
    /// use prestop::{Preset, Scrubber};
    ///
    /// let many = (0..1100).map(|number| (format!("KEY_{number}"), format!("value-of-key-{number}")));
    /// let many: Vec<_> = many.collect();
    /// let (builder, too_many) = Scrubber::builder(Preset::Strict).with_newest_secrets(&many)?;
    /// assert!(too_many.is_some());
    /// assert_eq!(builder.build()?.scrub_text("value-of-key-1099"), "[REDACTED:KEY_1099]");
    /// # Ok::<(), prestop::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidOption` for a value of under 4 characters, of over 64 KiB or of white space alone.
    pub fn with_newest_secrets(
        self,
        secrets: &[(String, impl AsRef<[u8]>)],
    ) -> Result<(Self, Option<Error>)> {
        let pairs = || secrets.iter().map(|(name, value)| (name, value));
        match self.clone().with_known_secrets(pairs()) {
            Ok(builder) => Ok((builder, None)),
            Err(too_many) => Ok((self.with_former_secrets(pairs())?, Some(too_many))),
        }
    }

    /// Adds former secrets, which others have replaced but which may still occur somewhere. Of too many
    /// values the newest are held.
    ///
    /// ```
    /// use prestop::{Preset, Scrubber};
    ///
    /// let builder = Scrubber::builder(Preset::Balanced).with_known_secrets([("PIN", "83726150")])?;
    /// let scrubber = builder.with_former_secrets([("PIN", "61504837")])?.build()?;
    /// assert_eq!(scrubber.scrub_text("61504837, then 83726150"), "[REDACTED:PIN], then [REDACTED:PIN]");
    /// # Ok::<(), prestop::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidOption` for a value of under 4 characters, of over 64 KiB or of white space alone.
    pub fn with_former_secrets<N, V>(mut self, secrets: impl IntoIterator<Item = (N, V)>) -> Result<Self>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        self.known = self.known.with_former(secrets)?;
        Ok(self)
    }

    /// Adds the rules of a file. It has the format of the built-in rules, where a rule replaces the built-in
    /// one with the same id, or the format of gitleaks, where both are used.
    ///
    /// # Errors
    /// `InvalidRule`, naming the rule and the field, if any rule of the file cannot be used, or has the id of
    /// a rule of an earlier file or of one that is implemented in code. No rule is added then.
    pub fn with_rules(mut self, toml: &str) -> Result<Self> {
        for rule in rule::parse(toml)? {
            self.add(rule)?;
        }
        self.files = crc32c::crc32c_append(self.files, toml.as_bytes());
        Ok(self)
    }

    /// Adds every usable rule of a file and returns the errors of the others, for a process that must start
    /// in spite of a faulty rule.
    ///
    /// # Errors
    /// `InvalidRule` if the text is not a file of rules at all.
    pub fn with_usable_rules(mut self, toml: &str) -> Result<(Self, Vec<Error>)> {
        let mut errors = Vec::new();
        for rule in rule::parse_each(toml)? {
            if let Err(error) = rule.and_then(|rule| self.add(rule)) {
                errors.push(error);
            }
        }
        self.files = crc32c::crc32c_append(self.files, toml.as_bytes());
        Ok((self, errors))
    }

    /// Adds a rule, unless its id is taken: an id names one rule in findings, in `disable` and in the list of
    /// rules.
    fn add(&mut self, rule: Rule) -> Result<()> {
        if info::is_coded(&rule.id) {
            return Err(rule_error(&rule.id, "id", "is that of a rule implemented in code"));
        }
        if self.rules.iter().any(|other| other.id == rule.id) {
            return Err(rule_error(&rule.id, "id", "is used twice"));
        }
        self.rules.push(Arc::new(rule));
        Ok(())
    }

    /// Disables rules by id; see [`Scrubber::rules`]. Known values cannot be disabled.
    pub fn with_disabled<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.disabled.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Leaves findings alone whose text, or the value in it, is exactly one of `texts`. Known values are
    /// redacted nevertheless.
    pub fn with_allowed<S: Into<Vec<u8>>>(mut self, texts: impl IntoIterator<Item = S>) -> Self {
        self.allowed.extend(texts.into_iter().map(Into::into));
        self
    }

    /// Builds the scrubber.
    ///
    /// # Errors
    /// `InvalidOption`, naming the option, for a disabled id that no rule has or that is `known-value`, an
    /// empty allowed text, more than 10,000 entries of either, or any rules, disabled ids or allowed texts
    /// with the preset `molecule`, which consists of its 13 patterns only.
    pub fn build(self) -> Result<Scrubber> {
        let invalid = |what: &str| Err(Error::new(ErrorKind::InvalidOption, what));
        let plain = self.rules.is_empty() && self.disabled.is_empty() && self.allowed.is_empty();
        if self.preset == Preset::Molecule && !plain {
            return invalid("rules, disable and allow do not go with the preset molecule");
        }
        if self.allowed.len() > MAX_ENTRIES || self.allowed.iter().any(Vec::is_empty) {
            return invalid("allow has an empty entry or too many");
        }
        if self.disabled.len() > MAX_ENTRIES {
            return invalid("disable has too many entries");
        }
        let rules = self.rule_set();
        if !self.disabled.is_empty() {
            let names = info::names(self.preset, &rules);
            let of_other_presets = catalogue::builtin().iter().chain(&self.rules).map(|rule| &rule.id);
            let all = names.iter().chain(of_other_presets);
            let ids: std::collections::HashSet<&str> = all.map(|id| &**id).collect();
            if let Some(at) = self.disabled.iter().position(|id| !ids.contains(id.as_str())) {
                return invalid(&format!("disable: entry {at} is the id of no rule"));
            }
        }
        // A secret given by its value is redacted whatever finds it, so the exception would have no effect.
        if let Some(at) = self.disabled.iter().position(|id| id == info::KNOWN) {
            return invalid(&format!(
                "disable: entry {at} is {}, and known values are always redacted",
                info::KNOWN
            ));
        }
        let own = (!plain).then(|| self.fingerprint());
        let disabled = self.disabled.into_iter().collect();
        let engine = Engine::new(self.preset, rules, self.known, self.allowed, disabled).with_own(own);
        Ok(Scrubber { engine: Arc::new(engine) })
    }

    /// A checksum over the rules and exceptions of the user.
    fn fingerprint(&self) -> u32 {
        let mut disabled: Vec<&str> = self.disabled.iter().map(String::as_str).collect();
        disabled.sort_unstable();
        let also = if self.also.is_empty() { String::new() } else { format!(" {:?}", self.also) };
        crc32c::crc32c_append(self.files, format!("{disabled:?} {:?}{also}", self.allowed).as_bytes())
    }

    /// Whether an added rule is used.
    fn is_used(&self, rule: &Rule) -> bool {
        let replaces = || catalogue::builtin().iter().any(|builtin| builtin.id == rule.id);
        rule.is_in(self.preset) || self.also.iter().any(|other| rule.is_in(*other)) && !replaces()
    }

    fn rule_set(&self) -> Arc<RuleSet> {
        // Disabled rules stay in the set and still match, so that their matches are excluded from the
        // randomness tests.
        let used = self.rules.iter().filter(|rule| self.is_used(rule));
        let own: Vec<Arc<Rule>> = used.map(|rule| rule.also_in(self.preset)).collect();
        if own.is_empty() {
            return RuleSet::builtin(self.preset);
        }
        let replaced = |rule: &Rule| own.iter().any(|own| own.id == rule.id);
        let builtin = catalogue::builtin().iter().filter(|rule| rule.is_in(self.preset) && !replaced(rule));
        let rules = builtin.chain(&own).cloned().collect();
        Arc::new(RuleSet::new(self.preset, rules))
    }
}

#[cfg(test)]
mod tests;
