//! Rules that may match anywhere: their keywords only have to stand near.
//!
//! The built-in rules have a keyword inside every match, which says where to look. The rules of other programs
//! need not: gitleaks asks whether a keyword stands anywhere in the file, and some rules have none.

use std::sync::Arc;

use aho_corasick::AhoCorasick;
use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;

use super::entropy;
use super::gitleaks::{Allowlist, Matched};
use super::rule::Rule;

/// How far from a match a keyword may stand, in bytes.
const NEAR: usize = 4_096;
/// The longest match, and how many places are tried in one search, in bytes: with them, what is read twice is bounded.
pub(super) const LONGEST: usize = 8_192;
/// How much of a line to either side of a match an allow list is shown, in bytes.
const LINE: usize = 4_096;

/// What a rule of this kind says besides its pattern.
#[derive(Debug)]
pub(crate) struct Unanchored {
    /// The group that is the secret; 0: the only one, or the whole match.
    group: usize,
    allow: Vec<Arc<Allowlist>>,
}

/// One match: its span, and the part of it that goes.
pub(super) struct LooseMatch {
    pub(super) whole: (usize, usize),
    pub(super) secret: (usize, usize),
}

impl Unanchored {
    pub(super) fn new(group: usize, allow: Vec<Arc<Allowlist>>) -> Self {
        Self { group, allow }
    }

    /// Calls `meet` with each match of `rule` in `text`, in order, that has one of its keywords near it and that no list
    /// allows; `keywords` are where those stand.
    pub(super) fn each(
        &self,
        rule: &Rule,
        regex: &Regex,
        text: &[u8],
        keywords: &[usize],
        mut meet: impl FnMut(LooseMatch),
    ) {
        if !rule.keywords.is_empty() && keywords.is_empty() {
            return;
        }
        let mut captures = regex.create_captures();
        let mut from = 0;
        while from < text.len() {
            let to = text.len().min(from + 2 * LONGEST);
            regex.search_captures(&Input::new(text).span(from..to), &mut captures);
            let Some(whole) = captures.get_match() else {
                from += LONGEST;
                continue;
            };
            if whole.start() >= from + LONGEST {
                from = whole.start();
                continue;
            }
            let found = self.found(&captures, (whole.start(), whole.end()));
            if let Some(found) = found.filter(|found| self.accepts(rule, text, found, &captures, keywords)) {
                meet(found);
            }
            from = whole.end().max(whole.start() + 1);
        }
    }

    /// What goes of a match: the group that the rule names, its only group, or all of it. Of several groups nobody says
    /// which is the secret, and the first may be a name.
    fn found(&self, captures: &Captures, whole: (usize, usize)) -> Option<LooseMatch> {
        let group = match self.group {
            0 if captures.group_len() == 2 => 1,
            group => group,
        };
        let secret = captures.get_group(group).map_or(whole, |span| (span.start, span.end));
        let secret = if secret.0 < secret.1 { secret } else { whole };
        (secret.0 < secret.1).then_some(LooseMatch { whole, secret })
    }

    fn accepts(
        &self,
        rule: &Rule,
        text: &[u8],
        found: &LooseMatch,
        captures: &Captures,
        keywords: &[usize],
    ) -> bool {
        let (start, end) = found.whole;
        if !rule.keywords.is_empty() {
            let first = keywords.partition_point(|at| at + NEAR < start);
            if keywords.get(first).is_none_or(|at| *at > end + NEAR) {
                return false;
            }
        }
        // What is judged is the secret as gitleaks takes it: without a number, the first group that holds something.
        let mut groups = (1..captures.group_len()).filter_map(|group| captures.get_group(group));
        let judged = match self.group {
            0 => groups.find(|span| !span.is_empty()).map_or(start..end, |span| span.range()),
            _ => found.secret.0..found.secret.1,
        };
        let before = &text[start.saturating_sub(LINE)..start];
        let after = &text[end..text.len().min(end + LINE)];
        let first = start - before.len() + memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let last = end + memchr::memchr(b'\n', after).unwrap_or(after.len());
        let secret = &text[judged];
        let matched = Matched { secret, whole: &text[start..end], line: &text[first..last] };
        rule.entropy.is_none_or(|floor| entropy::bits_per_byte(secret) > floor)
            && !self.allow.iter().any(|list| list.allows(&matched))
    }
}

/// Where the keywords of many such rules stand.
#[derive(Debug, Default)]
pub(super) struct UnanchoredKeywords {
    automaton: Option<AhoCorasick>,
    /// By the number of the keyword: the rules that have it.
    owners: Vec<usize>,
}

impl UnanchoredKeywords {
    /// The keywords of `rules`, in their order.
    pub(super) fn new<'r>(rules: impl Iterator<Item = &'r Rule>) -> Self {
        let pairs = rules.enumerate().flat_map(|(at, rule)| rule.keywords.iter().map(move |word| (word, at)));
        let (words, owners): (Vec<&String>, Vec<usize>) = pairs.unzip();
        if words.is_empty() {
            return Self::default();
        }
        // Words that are too many for an automaton say nothing: their rules then look everywhere for one and find none.
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok();
        Self { automaton, owners }
    }

    /// Where the keywords of each of `count` rules begin in `text`, in order; those in markers are none.
    pub(super) fn find(&self, text: &[u8], count: usize) -> Vec<Vec<usize>> {
        let mut places = vec![Vec::new(); count];
        let Some(automaton) = &self.automaton else { return places };
        for found in automaton.find_overlapping_iter(text) {
            let of: &mut Vec<usize> = &mut places[self.owners[found.pattern().as_usize()]];
            // Close to another one it says nothing new.
            if of.last().is_none_or(|last| last + NEAR / 64 < found.start())
                && !is_in_marker(text, found.start())
            {
                of.push(found.start());
            }
        }
        places
    }
}

/// Whether `at` stands in what a marker says.
fn is_in_marker(text: &[u8], at: usize) -> bool {
    const OPEN: &[u8] = b"[REDACTED:";
    let before = &text[at.saturating_sub(super::marker::MAX_LABEL + OPEN.len())..at];
    memchr::memmem::rfind(before, OPEN).is_some_and(|from| {
        before[from + OPEN.len()..]
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
    })
}
