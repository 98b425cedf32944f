//! How a scrubber is made: a preset, and what is added to it, taken from it and excepted.

use std::sync::Arc;

use super::engine::Engine;
use super::info;
use super::known::KnownValues;
use super::rule::{self, Rule};
use super::ruleset::RuleSet;
use super::{Preset, Scrubber, catalogue};
use crate::{Error, ErrorKind, Result};

/// The most entries of an option.
const MAX_ENTRIES: usize = 10_000;

/// The parts of a [`Scrubber`] to be.
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
    /// The checksum of the files they are from.
    files: u32,
    disabled: Vec<String>,
    allowed: Vec<Vec<u8>>,
}

impl ScrubberBuilder {
    pub(super) fn new(preset: Preset) -> Self {
        let (known, rules) = (KnownValues::default(), Vec::new());
        Self { preset, known, rules, files: 0, disabled: Vec::new(), allowed: Vec::new() }
    }

    /// The same for another preset.
    pub(super) fn with_preset(mut self, preset: Preset) -> Self {
        self.preset = preset;
        self
    }

    /// Adds exact values that are removed wherever they stand, in any encoding; the marker says the
    /// name. See [`KnownValues::new`].
    ///
    /// At most 1,024 values are held. The strings of a value that is JSON itself are known as far as there is room.
    ///
    /// # Errors
    /// `InvalidOption` for a value of under 4 characters or over 64 KiB, or of white space alone, named by its label, and for more than
    /// 1,024 values.
    pub fn with_known_secrets<N, V>(mut self, secrets: impl IntoIterator<Item = (N, V)>) -> Result<Self>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        self.known = self.known.with(secrets)?;
        Ok(self)
    }

    /// The same for secrets of a running process: where there are more than can be held the newest are, and the error says so.
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
    /// `InvalidOption` for a value as above, whatever their number.
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

    /// Adds values that were secrets before others took their place, and may still stand somewhere: the newest of them, as far as there is
    /// room. See [`KnownValues::with_former`].
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
    /// `InvalidOption` for a value as above, whatever their number.
    pub fn with_former_secrets<N, V>(mut self, secrets: impl IntoIterator<Item = (N, V)>) -> Result<Self>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        self.known = self.known.with_former(secrets)?;
        Ok(self)
    }

    /// Adds the rules of a file in the format of the built-in ones, where a rule with a built-in rule's id
    /// takes its place, or in the format of gitleaks, where it stands beside it.
    ///
    /// # Errors
    /// `InvalidRule`, naming the rule and the field, for a file that cannot be used; nothing of it is added.
    pub fn with_rules(mut self, toml: &str) -> Result<Self> {
        for rule in rule::parse(toml)? {
            rule.regex()?;
            self.rules.push(Arc::new(rule));
        }
        self.files = crc32c::crc32c_append(self.files, toml.as_bytes());
        Ok(self)
    }

    /// Adds every rule of a file that can be used and gives the errors of the others: for a start that
    /// may not fail for the sake of a rule.
    ///
    /// # Errors
    /// `InvalidRule` for text that is no file of rules at all.
    pub fn with_usable_rules(mut self, toml: &str) -> Result<(Self, Vec<Error>)> {
        let mut errors = Vec::new();
        for rule in rule::parse_each(toml)? {
            match rule.and_then(|rule| rule.regex().map(|_| rule)) {
                Ok(rule) => self.rules.push(Arc::new(rule)),
                Err(error) => errors.push(error),
            }
        }
        self.files = crc32c::crc32c_append(self.files, toml.as_bytes());
        Ok((self, errors))
    }

    /// Takes rules away, by id; see [`Scrubber::rules`].
    pub fn with_disabled<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.disabled.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Keeps findings whose text, or the value in it, is exactly one of `texts`. Known values are
    /// removed all the same.
    pub fn with_allowed<S: Into<Vec<u8>>>(mut self, texts: impl IntoIterator<Item = S>) -> Self {
        self.allowed.extend(texts.into_iter().map(Into::into));
        self
    }

    /// The scrubber.
    ///
    /// # Errors
    /// `InvalidOption`, naming the option, for an id to disable that no rule has, an empty text to
    /// allow, more than 10,000 of either, or rules, ids or texts for the preset `molecule`, which is
    /// its 13 patterns and nothing else.
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
        let names = info::names(self.preset, &rules);
        let all = names.iter().chain(catalogue::builtin().iter().map(|rule| &rule.id));
        let ids: std::collections::HashSet<&str> = all.map(|id| &**id).collect();
        if let Some(at) = self.disabled.iter().position(|id| !ids.contains(id.as_str())) {
            return invalid(&format!("disable: entry {at} is the id of no rule"));
        }
        let own = (!plain).then(|| self.fingerprint());
        let disabled = self.disabled.into_iter().collect();
        let engine = Engine::new(self.preset, rules, self.known, self.allowed, disabled).with_own(own);
        Ok(Scrubber { engine: Arc::new(engine) })
    }

    /// A number that is another one for other rules and exceptions.
    fn fingerprint(&self) -> u32 {
        let mut disabled: Vec<&str> = self.disabled.iter().map(String::as_str).collect();
        disabled.sort_unstable();
        crc32c::crc32c_append(self.files, format!("{disabled:?} {:?}", self.allowed).as_bytes())
    }

    fn rule_set(&self) -> Arc<RuleSet> {
        // A disabled rule goes on finding, so that what it finds is left alone by the rule that judges by looks.
        if self.rules.is_empty() {
            return RuleSet::builtin(self.preset);
        }
        let replaced = |rule: &Rule| self.rules.iter().any(|own| own.id == rule.id);
        let builtin = catalogue::builtin().iter().filter(|rule| rule.is_in(self.preset) && !replaced(rule));
        let rules = builtin.chain(&self.rules).cloned().collect();
        Arc::new(RuleSet::new(self.preset, rules))
    }
}
