//! A secret that a rule has matched, and how far it extends.

use regex_automata::{Anchored, Input};

use super::trial::spans;
use super::{Compiled, RuleSet};
use crate::lazy::ready;
use crate::scrub::extent;
use crate::scrub::hit::{Hit, Source};
use crate::scrub::progress::Progress;
use crate::scrub::rule::overlong::{self, Alphabet};
use crate::scrub::validate::Validator;

/// A secret that a rule has matched.
pub(super) struct Match {
    pub(super) rule: usize,
    pub(super) whole: (usize, usize),
    /// The span to redact.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the secret itself begins.
    pub(super) secret: usize,
    /// The end of the searched text.
    pub(super) to: usize,
}

impl RuleSet {
    /// The end of a secret that may be longer than its pattern allows: it extends as long as the pattern
    /// without its last bound matches, at most to the end of the line or the beginning of the next string.
    pub(super) fn value_end(&self, text: &[u8], found: &Match) -> usize {
        /// The number of bytes read first; each further step reads eight times as many.
        const FIRST: usize = 256;
        let Compiled { rule, tail, longer, .. } = &self.tables.rules[found.rule];
        let tail = ready(tail, || Alphabet::of(&rule.pattern));
        let mut end = found.end;
        if end < found.to && !tail.goes_on(text.get(end)) {
            return end;
        }
        let Some(regex) = ready(longer, || overlong::regex(&rule.pattern)) else { return end };
        let mut reach = FIRST;
        loop {
            let far = text.len().min(found.end + reach);
            let to = extent::before_string(text, found.end, far);
            let input = Input::new(text).span(found.whole.0..to).anchored(Anchored::Yes);
            let longest = spans(regex, &input).filter(|(_, secret)| secret.0 == found.secret);
            let longest = longest.map_or(end, |(_, secret)| end.max(secret.1));
            #[cfg(test)]
            crate::scrub::work::count(longest - found.whole.0);
            let more = longest > end;
            end = longest;
            if to < far || far == text.len() || end < to && !(more && tail.goes_on(text.get(end))) {
                return end;
            }
            reach *= 8;
        }
    }

    /// Adds the hit of a secret that ends at `end`.
    pub(super) fn take(&self, found: &Match, end: usize, done: &mut Progress, hits: &mut Vec<Hit>) {
        let Compiled { rule, .. } = &self.tables.rules[found.rule];
        done.set_min_start(found.rule, end.max(found.whole.1), self.tables.rules.len());
        // Randomness does not tell whose a token is, but the name before it may.
        let by_name =
            rule.assigned || matches!(rule.validator, Some(Validator::Random | Validator::RandomOrLong));
        hits.push(Hit { block: rule.block, by_name, ..Hit::new(found.start, end, Source::Rule(found.rule)) });
    }
}
