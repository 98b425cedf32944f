//! Where tokens with a prefix may begin in the runs of a text, and what stands there when they go on elsewhere.

use super::{Compiled, RuleSet, Target};
use crate::scrub::escape;
use crate::scrub::hit::Hit;
use crate::scrub::keywords::KeywordHit;
use crate::scrub::lazy::ready;
use crate::scrub::prefix_index::Words;
use crate::scrub::progress::Progress;
use crate::scrub::runs::{Run, Runs};

/// Where a token may begin, by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub rule: usize,
    /// Where its keyword stands.
    pub at: usize,
    /// How long the token is at least, in bytes.
    pub least: usize,
}

/// The longest part of a word in front of a line's end at which a token is said to begin.
const CUT: usize = 16;

impl RuleSet {
    /// Whether a token with a prefix may begin in this run of the text; `tokens` are those of the text.
    pub(crate) fn begins_in(&self, text: &[u8], runs: &Runs, tokens: &[KeywordHit], run: Run) -> bool {
        self.prefilter.begins_in(text, runs, tokens, run)
    }

    /// The keywords in `text` that may begin a short token, in order.
    pub(crate) fn tokens(&self, text: &[u8]) -> Vec<KeywordHit> {
        self.prefilter.tokens(text)
    }

    /// Adds the places in a run of the text where tokens with a prefix may begin, in order; `tokens` are those of the text.
    pub(crate) fn starts_in(
        &self,
        text: &[u8],
        runs: &Runs,
        tokens: &[KeywordHit],
        run: Run,
        starts: &mut Vec<Start>,
    ) {
        self.prefilter.each_in(text, runs, tokens, run, |target, found| {
            if let Target::Rule(rule) = *target
                && self.rules[rule].rule.is_prefixed()
                && escape::token_may_begin(text, found.start)
            {
                starts.push(Start { rule, at: found.start, least: self.least(rule) });
            }
        });
    }

    /// Adds those near the end of a run where the word that a token begins with is cut, and goes on at `next`, in order.
    pub(crate) fn starts_over(&self, text: &[u8], run: Run, next: usize, starts: &mut Vec<Start>) {
        let words = ready(&self.words, || {
            let rules = self.rules.iter().enumerate();
            let prefixed =
                rules.filter(|(_, Compiled { rule, .. })| rule.unanchored.is_none() && rule.is_prefixed());
            Words::new(prefixed.flat_map(|(at, Compiled { rule, .. })| {
                rule.keywords.iter().map(move |word| (word.as_str(), at))
            }))
        });
        for at in word_beginnings(text, run) {
            if at > run.start || escape::token_may_begin(text, at) {
                words.each_cut(&text[at..run.end], &text[next..], |rule| {
                    starts.push(Start { rule, at, least: self.least(rule) });
                });
            }
        }
    }

    /// How long a match of a rule is at least.
    fn least(&self, at: usize) -> usize {
        let Compiled { rule, lengths, .. } = &self.rules[at];
        ready(lengths, || rule.lengths()).0
    }

    /// Adds the tokens in `text` that begin at one of `starts`, of which `place` says where that is in the text.
    pub(crate) fn find_started(
        &self,
        text: &[u8],
        starts: &[Start],
        place: impl Fn(usize) -> usize,
        done: &mut Progress,
        hits: &mut Vec<Hit>,
    ) {
        done.clear();
        for start in starts {
            let at = place(start.at);
            if at + start.least <= text.len()
                && let Some(found) = self.try_rule(text, start.rule, at, done)
            {
                self.take(&found, found.end, done, hits);
            }
        }
    }
}

/// 1 for each byte that is no character of a word, else 0.
static PARTS: [u8; 256] = {
    let mut parts = [1; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        parts[byte as usize] = !(byte.is_ascii_alphanumeric() || byte == b'_') as u8;
        byte += 1;
    }
    parts
};

/// Where a run begins, and behind which of its characters another word may begin, of the last [`CUT`] bytes.
fn word_beginnings(text: &[u8], run: Run) -> impl Iterator<Item = usize> {
    let from = run.start.max(run.end.saturating_sub(CUT));
    // Told for all of them first: a branch for each would be guessed wrong at every other.
    let parts = |byte: u8| u32::from(PARTS[usize::from(byte)]);
    let first = if from == run.start { 1 } else { parts(text[from - 1]) };
    let inside = text[from..run.end].iter().rev().fold(0, |mask, byte| mask << 1 | parts(*byte));
    let mut left = (inside << 1 | first) & ((1 << (run.end - from)) - 1);
    std::iter::from_fn(move || {
        let at = from + left.trailing_zeros() as usize;
        let found = left != 0;
        left &= left.wrapping_sub(1);
        found.then_some(at)
    })
}
