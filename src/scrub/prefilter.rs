//! The prefilter of rules: rules are tried only at their keywords, and keywords of secrets that are long runs
//! are searched for only near such runs.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

mod reuse;

use super::keywords::{Beginnings, KeywordHit, Keywords};
use super::rule::{MAX_GAP, Rule};
use super::runs::{LONG, Run, Runs};
use super::token_starts;
use crate::lazy::ready;

/// Keywords by the place where they are searched for, and the targets of each.
#[derive(Debug)]
pub(super) struct Prefilter<T> {
    /// Each keyword, in lower case.
    words: Vec<(String, Place)>,
    anywhere: Keywords,
    /// The keywords searched for everywhere that begin a token, ready to be searched for by themselves when
    /// that is first needed, and for each keyword number whether it is one of these.
    tokens: OnceLock<Keywords>,
    is_token: Vec<bool>,
    /// For each keyword number whether the keyword is searched for everywhere.
    is_everywhere: Vec<bool>,
    /// The length of the longest keyword.
    longest: usize,
    in_runs: Beginnings,
    /// All keywords that begin a token, built when first needed.
    openings: OnceLock<Beginnings>,
    before_runs: Keywords,
    /// The targets of each keyword, by its number.
    targets: Vec<Vec<T>>,
}

/// Where a keyword is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Anywhere,
    /// Everywhere: the keyword begins a token, which may be short, or a multi-line block.
    Token,
    /// Where a token may begin in a long run: the keyword begins such a token.
    InRun,
    /// Before a run that may be random: such a run is the secret, and its keyword precedes it.
    BeforeRun,
}

impl Place {
    /// Where the keywords of a rule are searched for.
    pub(super) fn of(rule: &Rule) -> Self {
        match rule.lookbehind {
            0 if rule.value_is_token => Self::BeforeRun,
            // A token that may begin inside a word is searched for everywhere.
            0 if rule.long_token && rule.word_start && !rule.assigned => Self::InRun,
            _ if rule.is_prefixed() || rule.is_prefixed_block() => Self::Token,
            _ => Self::Anywhere,
        }
    }

    fn is_everywhere(self) -> bool {
        matches!(self, Self::Anywhere | Self::Token)
    }
}

impl<T> Prefilter<T> {
    /// Creates a prefilter from keywords of at least three ASCII bytes, each with its place and target.
    pub(super) fn new(wanted: impl Iterator<Item = (String, Place, T)>) -> Self {
        let mut targets: Vec<Vec<T>> = Vec::new();
        let mut numbers = HashMap::new();
        for (mut word, place, target) in wanted {
            word.make_ascii_lowercase();
            // Only letters and digits are candidates for a beginning inside a run.
            let is_letter = word.as_bytes().first().is_none_or(u8::is_ascii_alphanumeric);
            let place = if place == Place::InRun && !is_letter { Place::Token } else { place };
            let number = *numbers.entry((word, place)).or_insert(targets.len());
            if number == targets.len() {
                targets.push(Vec::new());
            }
            targets[number].push(target);
        }
        let mut words = vec![(String::new(), Place::Anywhere); targets.len()];
        for (word, number) in numbers {
            words[number] = word;
        }
        Self {
            anywhere: Keywords::new(of(&words, &[Place::Anywhere, Place::Token])),
            tokens: OnceLock::new(),
            is_token: words.iter().map(|(_, place)| *place == Place::Token).collect(),
            is_everywhere: words.iter().map(|(_, place)| place.is_everywhere()).collect(),
            longest: words.iter().map(|(word, _)| word.len()).max().unwrap_or_default(),
            in_runs: Beginnings::new(of(&words, &[Place::InRun])),
            openings: OnceLock::new(),
            before_runs: Keywords::new(of(&words, &[Place::BeforeRun])),
            words,
            targets,
        }
    }

    fn token_keywords(&self) -> &Keywords {
        ready(&self.tokens, || Keywords::new(of(&self.words, &[Place::Token])))
    }

    /// Calls `meet` with each target of each keyword in `text`, in order of their beginnings. `runs` are the
    /// runs of the text; `taken` are its keywords, if they are known. Returns the keywords that may begin a
    /// short token, and all keywords, both in order.
    pub(super) fn each(
        &self,
        text: &[u8],
        runs: &Runs,
        taken: Option<Vec<KeywordHit>>,
        meet: impl FnMut(&T, &KeywordHit),
    ) -> (Vec<KeywordHit>, Vec<KeywordHit>) {
        let mut found = taken.unwrap_or_else(|| self.all(text, runs));
        found.sort_unstable();
        let tokens = found.iter().filter(|found| self.is_token[found.number]).copied().collect();
        self.each_match(&found, meet);
        (tokens, found)
    }

    /// Calls `meet` with each target of each keyword that begins a token before `to`, in order of their
    /// beginnings.
    pub(super) fn each_token(&self, text: &[u8], to: usize, meet: impl FnMut(&T, &KeywordHit)) {
        #[cfg(test)]
        super::work::count_searched(to);
        let mut found = Vec::new();
        self.token_keywords().find(text, 0..to, &mut found);
        token_starts::each_beginning(text, to, |at| self.in_runs.find(text, at, &mut found));
        found.sort_unstable();
        self.each_match(&found, meet);
    }

    /// Returns those of `places` at which a keyword of a token begins, even inside a word.
    pub(super) fn openings(&self, text: &[u8], places: Range<usize>) -> Vec<usize> {
        let openings =
            ready(&self.openings, || Beginnings::new(of(&self.words, &[Place::InRun, Place::Token])));
        let mut found = Vec::new();
        places.for_each(|at| openings.find(text, at, &mut found));
        found.into_iter().map(|found| found.start).collect()
    }

    /// Returns the keywords in `text` that may begin a short token, in order.
    pub(super) fn tokens(&self, text: &[u8]) -> Vec<KeywordHit> {
        let mut found = Vec::new();
        self.token_keywords().find(text, 0..text.len(), &mut found);
        found.sort_unstable();
        found
    }

    /// Whether a secret that starts with its keyword may begin in `run` and continue outside it. `tokens` are
    /// those of the text.
    pub(super) fn begins_in(&self, text: &[u8], runs: &Runs, tokens: &[KeywordHit], run: Run) -> bool {
        !self.found_in(text, runs, tokens, run).is_empty()
    }

    /// Calls `meet` with each target of each keyword in `run` that a secret may start with, in order of their
    /// beginnings.
    pub(super) fn each_in(
        &self,
        text: &[u8],
        runs: &Runs,
        tokens: &[KeywordHit],
        run: Run,
        meet: impl FnMut(&T, &KeywordHit),
    ) {
        let mut found = self.found_in(text, runs, tokens, run);
        if !found.is_empty() {
            found.sort_unstable();
            self.each_match(&found, meet);
        }
    }

    fn found_in(&self, text: &[u8], runs: &Runs, tokens: &[KeywordHit], run: Run) -> Vec<KeywordHit> {
        let tokens = &tokens[tokens.partition_point(|token| token.start < run.start)..];
        let mut found: Vec<KeywordHit> =
            tokens.iter().take_while(|token| token.start < run.end).copied().collect();
        for at in runs.beginnings(run, text, 1) {
            self.in_runs.find(text, at, &mut found);
        }
        found
    }

    /// Finds every keyword where it is searched for, in no order.
    fn all(&self, text: &[u8], runs: &Runs) -> Vec<KeywordHit> {
        let mut found = Vec::with_capacity(16);
        self.anywhere.find(text, 0..text.len(), &mut found);
        for run in runs.of(LONG) {
            for at in runs.beginnings(run, text, LONG) {
                self.in_runs.find(text, at, &mut found);
            }
        }
        for range in before_runs(text, runs, runs.likely()) {
            self.before_runs.find(text, range, &mut found);
        }
        found
    }

    fn each_match(&self, found: &[KeywordHit], mut meet: impl FnMut(&T, &KeywordHit)) {
        for found in found {
            for target in &self.targets[found.number] {
                meet(target, found);
            }
        }
    }
}

/// The keywords with one of these places, with their numbers.
fn of<'w>(words: &'w [(String, Place)], places: &[Place]) -> impl Iterator<Item = (usize, &'w str)> {
    let words = words.iter().enumerate().filter(|(_, (_, place))| places.contains(place));
    words.map(|(number, (word, _))| (number, word.as_str()))
}

/// Ranges closer to each other than this, in bytes, are searched as one: each search costs as much as some
/// fifty bytes.
const NEAR: usize = 64;

/// The ranges before these runs in which the keyword of a random value may begin.
fn before_runs(text: &[u8], runs: &Runs, likely: impl Iterator<Item = Run>) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for run in likely.filter(|run| runs.may_be_random(*run, text)) {
        let start = run.start.saturating_sub(MAX_GAP);
        match ranges.last_mut() {
            Some(last) if last.end + NEAR >= start => last.end = run.end,
            _ => ranges.push(start..run.end),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::runs;

    fn prefilter() -> Prefilter<&'static str> {
        let wanted = [
            ("token", Place::Anywhere, "anywhere"),
            ("xoxb-", Place::Token, "token"),
            ("glpat-", Place::InRun, "in a run"),
            ("acme", Place::BeforeRun, "before a run"),
        ];
        Prefilter::new(wanted.into_iter().map(|(word, place, target)| (word.to_owned(), place, target)))
    }

    fn met(text: &str) -> Vec<(&'static str, usize)> {
        let mut all = Vec::new();
        prefilter().each(text.as_bytes(), &runs::find(text.as_bytes()), None, |target, found| {
            all.push((*target, found.start));
        });
        all
    }

    fn met_tokens(text: &str, to: usize) -> Vec<(&'static str, usize)> {
        let mut all = Vec::new();
        prefilter().each_token(text.as_bytes(), to, |target, found| all.push((*target, found.start)));
        all
    }

    #[test]
    fn a_keyword_is_met_where_its_secret_may_stand() {
        assert_eq!(met("a Token here"), [("anywhere", 2)]);
        assert!(met("glpat-short acme").is_empty());
        assert_eq!(met("x glpat-0123456789abc"), [("in a run", 2)]);
        assert_eq!(met("ACME is 0123456789abcdef"), [("before a run", 0)]);
        assert!(met(&format!("acme{}0123456789abcdef", " .".repeat(MAX_GAP))).is_empty());
    }

    #[test]
    fn tokens_alone_are_met_where_nothing_else_is_asked_for() {
        let text = "token acme xoxb-1 glpat-0123456789abc";
        assert_eq!(met("token xoxb-1"), [("anywhere", 0), ("token", 6)]);
        assert_eq!(met_tokens(text, text.len()), [("token", 11), ("in a run", 18)]);
        assert_eq!(met_tokens(text, 18), [("token", 11)]);
    }

    #[test]
    fn keywords_are_met_in_the_order_of_their_beginnings() {
        let text = "acme token glpat-0123456789abc acme";
        assert_eq!(met(text), [("before a run", 0), ("anywhere", 5), ("in a run", 11)]);
    }
}
