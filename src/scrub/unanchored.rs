//! Rules that may match anywhere: their keywords need only be near a match.
//!
//! Every match of a built-in rule contains a keyword, which says where to try the rule. Rules of other
//! programs need not: gitleaks requires only that a keyword is anywhere in the file, and some of its rules
//! have none.

use std::sync::Arc;

use aho_corasick::AhoCorasick;
use regex_automata::Input;
use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;

use super::entropy;
use super::gitleaks::{Allowlist, Matched};
use super::marker::{MAX_LABEL, OPEN};
use super::rule::Rule;

/// How far from a match a keyword may be, in bytes.
const NEAR: usize = 4_096;
/// The longest match, and the number of start offsets tried in one search, in bytes. Together they bound how
/// much is read twice.
pub(super) const LONGEST: usize = 8_192;
/// How much of the line on either side of a match an allow list is given, in bytes.
const LINE: usize = 4_096;

/// The properties of such a rule besides its pattern.
#[derive(Debug)]
pub(crate) struct Unanchored {
    /// The capture group with the secret; 0 means the only group, or else the whole match.
    group: usize,
    allow: Vec<Arc<Allowlist>>,
}

/// A match, and the part of it to redact.
pub(super) struct LooseMatch {
    pub(super) whole: (usize, usize),
    pub(super) secret: (usize, usize),
}

impl Unanchored {
    pub(super) fn new(group: usize, allow: Vec<Arc<Allowlist>>) -> Self {
        Self { group, allow }
    }

    /// Calls `meet` with each match of `rule` in `text`, in order, that has one of the rule's keywords near
    /// it and that no list allows. `keywords` are the offsets of these keywords.
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

    /// The part of a match to redact: the group that the rule names, its only group, or the whole match. With
    /// several groups and no name, any of them may be the secret, and the first may be a name.
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
        // What is judged is the secret as gitleaks defines it: without a group number, the first group that
        // is not empty.
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

/// The keywords of many such rules, searched for in one pass.
#[derive(Debug, Default)]
pub(super) struct UnanchoredKeywords {
    automaton: Option<AhoCorasick>,
    /// The rule of each keyword, by the number of the keyword.
    owners: Vec<usize>,
}

impl UnanchoredKeywords {
    /// Collects the keywords of `rules`, in their order.
    pub(super) fn new<'r>(rules: impl Iterator<Item = &'r Rule>) -> Self {
        let pairs = rules.enumerate().flat_map(|(at, rule)| rule.keywords.iter().map(move |word| (word, at)));
        let (words, owners): (Vec<&String>, Vec<usize>) = pairs.unzip();
        if words.is_empty() {
            return Self::default();
        }
        // If there are too many keywords for an automaton, none is found, and rules with keywords match
        // nothing.
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok();
        Self { automaton, owners }
    }

    /// Returns where the keywords of each of `count` rules begin in `text`, in order. Keywords in markers are
    /// left out.
    pub(super) fn find(&self, text: &[u8], count: usize) -> Vec<Vec<usize>> {
        let mut places = vec![Vec::new(); count];
        let Some(automaton) = &self.automaton else { return places };
        for found in automaton.find_overlapping_iter(text) {
            let of: &mut Vec<usize> = &mut places[self.owners[found.pattern().as_usize()]];
            // A keyword close to the one before adds nothing.
            if of.last().is_none_or(|last| last + NEAR / 64 < found.start())
                && !is_in_marker(text, found.start())
            {
                of.push(found.start());
            }
        }
        places
    }
}

/// Whether `at` is inside the label of a marker.
fn is_in_marker(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(MAX_LABEL + OPEN.len())..at];
    memchr::memmem::rfind(before, OPEN.as_bytes()).is_some_and(|from| {
        before[from + OPEN.len()..]
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
    })
}
