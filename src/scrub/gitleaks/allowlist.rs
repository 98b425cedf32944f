//! Allow lists of gitleaks: what is no secret.

use regex_automata::meta::Regex;
use toml::Value;

use super::field::{texts, word};
use crate::scrub::rule;

/// The most entries of one list; the largest of gitleaks' own has some 1,500 words.
const MAX_ENTRIES: usize = 10_000;

/// The text that the patterns are matched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Secret,
    Match,
    Line,
}

/// Patterns and words of matches that are left alone.
#[derive(Debug)]
pub(crate) struct Allowlist {
    patterns: Vec<Regex>,
    target: Target,
    /// In lower case.
    words: Vec<Vec<u8>>,
    /// Whether all criteria must hold.
    all: bool,
    /// Whether paths or commits are among the criteria; a text has neither.
    elsewhere: bool,
}

/// A match of a rule.
pub(crate) struct Matched<'t> {
    pub(crate) secret: &'t [u8],
    pub(crate) whole: &'t [u8],
    /// The lines that contain the match.
    pub(crate) line: &'t [u8],
}

impl Allowlist {
    /// Parses the list of a table.
    ///
    /// # Errors
    /// What is wrong with the list, without its text.
    pub(super) fn new(table: &toml::Table) -> Result<Self, &'static str> {
        let patterns = texts(table, "regexes", MAX_ENTRIES).ok_or("regexes is not a list of texts")?;
        let words = texts(table, "stopwords", MAX_ENTRIES).ok_or("stopwords is not a list of texts")?;
        let compiled = patterns.iter().map(|go| {
            let pattern = super::pattern::translate(go);
            rule::compile(&pattern.text, true).filter(|_| go.len() <= super::MAX_PATTERN)
        });
        let target = match word(table, "regextarget").as_deref() {
            None | Some("" | "secret") => Target::Secret,
            Some("match") => Target::Match,
            Some("line") => Target::Line,
            Some(_) => return Err("regexTarget is neither secret, match nor line"),
        };
        let all = match word(table, "condition").as_deref() {
            None | Some("" | "or" | "||") => false,
            Some("and" | "&&") => true,
            Some(_) => return Err("condition is neither AND nor OR"),
        };
        let listed = |name: &str| super::field::get(table, name).is_some_and(|value| !is_empty(value));
        Ok(Self {
            patterns: compiled.collect::<Option<_>>().ok_or("regexes has one that does not compile")?,
            target,
            words: words.into_iter().map(|word| word.to_lowercase().into_bytes()).collect(),
            all,
            elsewhere: listed("paths") || listed("commits"),
        })
    }

    /// Whether the list exempts a match as no secret.
    pub(crate) fn allows(&self, matched: &Matched<'_>) -> bool {
        let text = match self.target {
            Target::Secret => matched.secret,
            Target::Match => matched.whole,
            Target::Line => matched.line,
        };
        let by_pattern = || self.patterns.iter().any(|pattern| pattern.is_match(text));
        let by_word = || {
            let secret = matched.secret.to_ascii_lowercase();
            self.words.iter().any(|word| memchr::memmem::find(&secret, word).is_some())
        };
        if !self.all {
            return by_pattern() || by_word();
        }
        let (patterns, words) = (!self.patterns.is_empty(), !self.words.is_empty());
        !self.elsewhere && (patterns || words) && (!patterns || by_pattern()) && (!words || by_word())
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}
