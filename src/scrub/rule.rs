//! Rules: how one kind of secret is recognised.

mod built;
mod check;
mod file;
pub(crate) mod overlong;
mod required_byte;
pub(crate) mod token_run;

use std::sync::{Arc, OnceLock};

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::Preset;
use super::unanchored::{self, Unanchored};
use super::validate::{self, Validator};
use crate::Result;
use crate::lazy::ready;

pub use file::read_rules;
pub(crate) use file::{MAX_RULES, file_error, parse, parse_built, parse_each, rule_error};
pub(crate) use token_run::MAX_GAP;

/// The largest compiled pattern, in bytes. It refuses a bounded repetition of a bounded repetition.
const MAX_COMPILED: usize = 4 << 20;

/// How one kind of secret is recognised.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a field of the file, which says yes or no")]
pub(crate) struct Rule {
    /// Unique name.
    pub(crate) id: Arc<str>,
    /// The label of the marker.
    pub(crate) label: Arc<str>,
    /// One line for people.
    pub(crate) description: String,
    /// Lower-case ASCII literals, matched in any case; every match contains one.
    pub(crate) keywords: Vec<String>,
    /// Byte regex. The group `secret`, if there is one, is what is redacted.
    pub(crate) pattern: String,
    /// Whether every match begins with a long run, so that the rule is tried only in these.
    pub(crate) long_token: bool,
    /// Whether the secret is a run soon after the keyword that may be random, so that the rule is tried only
    /// before such runs.
    pub(crate) value_is_token: bool,
    /// How far after its keyword the secret may begin, in bytes.
    pub(crate) max_gap: usize,
    /// How many bytes before the keyword a match may begin.
    pub(crate) lookbehind: usize,
    /// The longest match, in bytes.
    pub(crate) max_len: usize,
    /// Whether the byte before a match must not be `[A-Za-z0-9_]`.
    pub(crate) word_start: bool,
    /// The least Shannon entropy of the secret, in bits per byte.
    pub(crate) entropy: Option<f64>,
    /// An offline check of the secret.
    pub(crate) validator: Option<Validator>,
    /// Whether the secret is a value assigned to a name that contains a keyword, at most [`MAX_GAP`] bytes
    /// after it.
    pub(crate) assigned: bool,
    /// Whether the lines of a match belong together as one block.
    pub(crate) block: bool,
    /// Who documents the format.
    pub(crate) source: String,
    /// Templates of texts whose marked part must be redacted.
    #[cfg_attr(not(test), allow(dead_code, reason = "read by the tests that run the examples"))]
    pub(crate) positive: Vec<String>,
    /// Templates of texts that this rule must leave alone.
    #[cfg_attr(not(test), allow(dead_code, reason = "read by the tests that run the examples"))]
    pub(crate) negative: Vec<String>,
    /// The options of a rule whose match need not contain a keyword.
    pub(crate) unanchored: Option<Arc<Unanchored>>,
    presets: Vec<Preset>,
    compiled: Compiled,
}

/// The compiled pattern, once it was needed; `None` in it is one that does not compile.
#[derive(Clone, Default)]
struct Compiled(OnceLock<Option<Regex>>);

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Compiled")
    }
}

impl Rule {
    /// Creates a rule whose match need not contain a keyword. It belongs to both presets.
    pub(crate) fn unanchored(
        id: &str,
        label: &str,
        description: String,
        pattern: String,
        loose: Unanchored,
    ) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            description,
            keywords: Vec::new(),
            pattern,
            long_token: false,
            value_is_token: false,
            max_gap: usize::MAX,
            lookbehind: 0,
            max_len: unanchored::LONGEST,
            word_start: false,
            entropy: None,
            validator: None,
            assigned: false,
            block: false,
            source: String::new(),
            positive: Vec::new(),
            negative: Vec::new(),
            unanchored: Some(Arc::new(loose)),
            presets: vec![Preset::Strict, Preset::Balanced],
            compiled: Compiled::default(),
        }
    }

    /// Whether the rule belongs to `preset`. `molecule` has patterns of its own and uses no rule.
    pub(crate) fn is_in(&self, preset: Preset) -> bool {
        self.presets.contains(&preset)
    }

    /// Returns the rule as one of `preset`, too.
    pub(crate) fn also_in(self: &Arc<Self>, preset: Preset) -> Arc<Self> {
        let mut rule = self.clone();
        if !rule.is_in(preset) {
            Arc::make_mut(&mut rule).presets.push(preset);
        }
        rule
    }

    /// Whether the secret is a prefixed token: one line that begins with a keyword and is identified by
    /// nothing else.
    pub(crate) fn is_prefixed(&self) -> bool {
        self.lookbehind == 0 && !self.assigned && self.word_start && !self.block && self.unanchored.is_none()
    }

    /// Whether a secret passes `validator`. After a prefix a weaker test of randomness is enough.
    pub(crate) fn accepts(&self, validator: Validator, secret: &[u8]) -> bool {
        let by_looks = matches!(validator, Validator::Random | Validator::RandomOrLong);
        validator.accepts(secret) || by_looks && self.is_prefixed() && validate::is_scrambled(secret)
    }

    /// Whether a match may occur by chance in megabytes of base64: a name and a value, or a token with a
    /// short prefix.
    pub(crate) fn may_match_by_chance(&self) -> bool {
        let short = |word: &String| {
            word.len() <= 5 && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
        };
        let told = self.block
            || self.unanchored.is_some()
            || matches!(self.validator, Some(Validator::Jwt | Validator::Crc32Base62));
        !told && (!self.is_prefixed() || self.keywords.iter().any(short))
    }

    /// Whether the secret is a block that begins with a keyword, like a key in armour.
    pub(crate) fn is_prefixed_block(&self) -> bool {
        let whole = !self.pattern.contains("(?P<secret>");
        self.lookbehind == 0 && !self.assigned && self.block && whole && self.unanchored.is_none()
    }

    /// The lengths of the shortest and the longest match in bytes, as far as the pattern bounds them.
    pub(crate) fn lengths(&self) -> (usize, usize) {
        let config = syntax::Config::new().unicode(false).utf8(false);
        let Ok(hir) = syntax::parse_with(&self.pattern, &config) else { return (0, usize::MAX) };
        let properties = hir.properties();
        (properties.minimum_len().unwrap_or_default(), properties.maximum_len().unwrap_or(usize::MAX))
    }

    /// A byte that every match contains and no keyword does.
    pub(crate) fn required_byte(&self) -> Option<u8> {
        required_byte::of_pattern(&self.pattern, &self.keywords)
    }

    /// The compiled pattern, shared by all scrubbers with this rule. It is compiled when first needed.
    pub(crate) fn compiled(&self) -> Option<&Regex> {
        ready(&self.compiled.0, || self.regex().ok()).as_ref()
    }

    /// Compiles the pattern ahead of its first use.
    ///
    /// # Errors
    /// See [`Self::regex`].
    pub(crate) fn with_compiled(self) -> Result<Self> {
        let regex = self.regex()?;
        Ok(Self { compiled: Compiled(OnceLock::from(Some(regex))), ..self })
    }

    /// Compiles the pattern: over bytes, without Unicode classes.
    ///
    /// # Errors
    /// `InvalidRule`, naming the rule, for a pattern that does not compile, that is too large compiled, or
    /// that matches the empty text.
    pub(crate) fn regex(&self) -> Result<Regex> {
        let invalid = |what: &str| rule_error(&self.id, "pattern", what);
        let regex =
            compile(&self.pattern, self.unanchored.is_some()).ok_or_else(|| invalid("does not compile"))?;
        if regex.is_match(b"") {
            return Err(invalid("matches the empty text"));
        }
        Ok(regex)
    }
}

/// Compiles a pattern over bytes without Unicode classes, or, if `unicode`, with them where it does not
/// compile without.
pub(super) fn compile(pattern: &str, unicode: bool) -> Option<Regex> {
    let with = |unicode: bool| {
        Regex::builder()
            .syntax(syntax::Config::new().unicode(unicode).utf8(false))
            .configure(Regex::config().utf8_empty(false).nfa_size_limit(Some(MAX_COMPILED)))
            .build(pattern)
            .ok()
    };
    with(false).or_else(|| with(true).filter(|_| unicode))
}
