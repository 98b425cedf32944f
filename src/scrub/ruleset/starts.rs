//! Where prefixed tokens may begin in the runs of a text, and the search for those that continue elsewhere.

use super::{Compiled, RuleSet, Target};
use crate::lazy::ready;
use crate::scrub::escape;
use crate::scrub::hit::Hit;
use crate::scrub::keywords::KeywordHit;
use crate::scrub::prefix_index::Words;
use crate::scrub::progress::Progress;
use crate::scrub::runs::{Run, Runs};

/// A place where a token of a rule may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub rule: usize,
    /// The offset of its keyword.
    pub at: usize,
    /// The minimum length of the token, in bytes.
    pub least: usize,
}

/// The longest part of a word before a line break that may begin a token, in bytes.
const CUT: usize = 16;

impl RuleSet {
    /// Whether a prefixed token may begin in `run`. `tokens` are the keywords in the text that may begin a
    /// short token.
    pub(crate) fn begins_in(&self, text: &[u8], runs: &Runs, tokens: &[KeywordHit], run: Run) -> bool {
        self.tables.prefilter.begins_in(text, runs, tokens, run)
    }

    /// Returns the keywords in `text` that may begin a short token, in order.
    pub(crate) fn tokens(&self, text: &[u8]) -> Vec<KeywordHit> {
        self.tables.prefilter.tokens(text)
    }

    /// Adds the places in `run` where prefixed tokens may begin, in order. `tokens` are the keywords in the
    /// text that may begin a short token.
    pub(crate) fn starts_in(
        &self,
        text: &[u8],
        runs: &Runs,
        tokens: &[KeywordHit],
        run: Run,
        starts: &mut Vec<Start>,
    ) {
        self.tables.prefilter.each_in(text, runs, tokens, run, |target, found| {
            if let Target::Rule(rule) = *target
                && self.has(rule)
                && self.tables.rules[rule].rule.is_prefixed()
                && escape::token_may_begin(text, found.start)
            {
                starts.push(Start { rule, at: found.start, least: self.least(rule) });
            }
        });
    }

    /// Adds the places near the end of `run` where the word that a token begins with is cut and continues at
    /// `next`, in order.
    pub(crate) fn starts_over(&self, text: &[u8], run: Run, next: usize, starts: &mut Vec<Start>) {
        let words = ready(&self.tables.words, || {
            let rules = self.tables.rules.iter().enumerate();
            let prefixed =
                rules.filter(|(_, Compiled { rule, .. })| rule.unanchored.is_none() && rule.is_prefixed());
            Words::new(prefixed.flat_map(|(at, Compiled { rule, .. })| {
                rule.keywords.iter().map(move |word| (word.as_str(), at))
            }))
        });
        for at in word_beginnings(text, run) {
            if at > run.start || escape::token_may_begin(text, at) {
                words.each_cut(&text[at..run.end], &text[next..], |rule| {
                    if self.has(rule) {
                        starts.push(Start { rule, at, least: self.least(rule) });
                    }
                });
            }
        }
    }

    /// The length of the shortest match of a rule.
    fn least(&self, at: usize) -> usize {
        let Compiled { rule, lengths, .. } = &self.tables.rules[at];
        ready(lengths, || rule.lengths()).0
    }

    /// Adds the tokens in the view `text` that begin at one of `starts`; `place` maps an offset of the source
    /// text to the view.
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

/// 1 for each byte that is not a word character, otherwise 0.
static PARTS: [u8; 256] = {
    let mut parts = [1; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        parts[byte as usize] = !(byte.is_ascii_alphanumeric() || byte == b'_') as u8;
        byte += 1;
    }
    parts
};

/// Where words begin in the last [`CUT`] bytes of a run: at its start and after each byte that is not a word
/// character.
fn word_beginnings(text: &[u8], run: Run) -> impl Iterator<Item = usize> {
    let from = run.start.max(run.end.saturating_sub(CUT));
    // All bytes are classified into a bitset first; a branch for each would be mispredicted about every
    // second time.
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
