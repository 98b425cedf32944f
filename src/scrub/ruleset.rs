//! The rules of a scrubber, ready to search: a prefilter over all keywords, and patterns that are compiled
//! when a keyword first needs them. Keywords of secrets that are long runs are searched for only near such
//! runs.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use regex_automata::meta::Regex;

use super::assign::Values;
use super::edit::Edit;
use super::escape::Quote;
use super::hit::{Hit, Source};
use super::keywords::KeywordHit;
use super::molecule::Pattern;
use super::open_strings::{self, Nesting};
use super::prefilter::{Place, Prefilter};
use super::prefix_index::Words;
use super::progress::Progress;
use super::rule::Rule;
use super::rule::overlong::Alphabet;
use super::runs::Runs;
use super::stretch::Blocks;
use super::unanchored::UnanchoredKeywords;
use super::{Preset, assign, block, catalogue, escape, extent, molecule, sensitive, window};
use crate::lazy::Lazy;

mod found;
mod starts;
mod trial;

pub(crate) use starts::Start;

/// What is tried at a keyword.
#[derive(Clone, Copy, Debug)]
enum Target {
    Rule(usize),
    Assignment,
    /// One of the documented patterns.
    Documented(Pattern),
}

/// What the keywords of a text reveal besides hits.
#[derive(Debug, Default)]
pub(crate) struct ScanNotes {
    /// The keywords that may begin a short token, in order.
    pub tokens: Vec<KeywordHit>,
    /// Where the documented patterns, except `BASE64_BLOB`, may match, in order.
    pub documented: Vec<(Pattern, usize)>,
    /// The spans of triggers that have no value after them, in order.
    pub names: Vec<(usize, usize)>,
    /// Where a rule may match a multi-line block.
    pub blocks: Blocks,
    /// Every keyword, in order.
    pub keywords: Vec<KeywordHit>,
}

/// The rules of a preset.
#[derive(Debug)]
pub(crate) struct RuleSet {
    preset: Preset,
    tables: Arc<Tables>,
}

/// Rules, with the prefilter that finds where to try them. The presets share those that are built in: nearly
/// all are in both, and a process needs both where its environment holds a secret.
#[derive(Debug)]
struct Tables {
    rules: Vec<Compiled>,
    prefilter: Prefilter<Target>,
    /// The words that prefixed tokens begin with, built when first needed.
    words: OnceLock<Words>,
    /// The rules that may match anywhere, by index.
    unanchored: Vec<usize>,
    unanchored_keywords: UnanchoredKeywords,
}

#[derive(Debug)]
struct Compiled {
    rule: Arc<Rule>,
    /// A byte that every match contains.
    required_byte: OnceLock<Option<u8>>,
    /// The lengths of the shortest and of the longest match, in bytes.
    lengths: OnceLock<(usize, usize)>,
    /// The characters that may continue the secret beyond its pattern (`tail`), and the pattern that finds
    /// its end (`longer`).
    tail: OnceLock<Alphabet>,
    longer: OnceLock<Option<Regex>>,
}

impl RuleSet {
    /// The built-in rules of `preset`, shared by all scrubbers that use them unchanged.
    pub(crate) fn builtin(preset: Preset) -> Arc<Self> {
        static STRICT: Lazy<Arc<RuleSet>> = Lazy::new(|| RuleSet::from_builtin(Preset::Strict));
        static BALANCED: Lazy<Arc<RuleSet>> = Lazy::new(|| RuleSet::from_builtin(Preset::Balanced));
        match preset {
            Preset::Balanced => BALANCED.clone(),
            _ => STRICT.clone(),
        }
    }

    fn from_builtin(preset: Preset) -> Arc<Self> {
        static TABLES: Lazy<Arc<Tables>> = Lazy::new(|| Arc::new(Tables::new(catalogue::builtin().to_vec())));
        Arc::new(Self { preset, tables: TABLES.clone() })
    }

    /// Creates a rule set; the rules are tried in this order.
    pub(crate) fn new(preset: Preset, rules: Vec<Arc<Rule>>) -> Self {
        Self { preset, tables: Arc::new(Tables::new(rules)) }
    }

    /// Every rule of the preset, in order.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        let rules = self.tables.rules.iter().map(|compiled| &*compiled.rule);
        rules.filter(|rule| rule.is_in(self.preset))
    }

    /// Whether the preset has the rule with this index.
    fn has(&self, at: usize) -> bool {
        self.rule(at).is_in(self.preset)
    }

    /// The rule with the index that [`Source::Rule`] gives.
    pub(crate) fn rule(&self, at: usize) -> &Rule {
        &self.tables.rules[at].rule
    }

    /// Adds every hit of the rules and of assignments to sensitive names. `runs` are the runs of the text,
    /// and `taken` its keywords, if they are known.
    pub(crate) fn find(
        &self,
        text: &[u8],
        runs: &Runs,
        taken: Option<Vec<KeywordHit>>,
        open: &[Quote],
        hits: &mut Vec<Hit>,
    ) -> ScanNotes {
        let mut documented = Vec::new();
        let mut done = Progress::default();
        let mut nesting = Nesting::from(0, open);
        let mut strings = Nesting::from(0, open);
        let mut blocks = Vec::new();
        let mut names = Vec::new();
        let (tokens, keywords) =
            self.tables.prefilter.each(text, runs, taken, |target, found| match *target {
                Target::Rule(at) if self.has(at) => {
                    let keyword = found.start;
                    if self.tables.rules[at].rule.max_len > window::NEAR
                        && begins_block(&self.tables.rules[at].rule, text, found)
                    {
                        blocks.push(keyword);
                    }
                    let Some(found) = self.try_rule(text, at, keyword, &mut done) else { return };
                    // A match after the end of its name's string is skipped, since what it contains is still to
                    // be tried. After too many such matches it is accepted, to bound the work.
                    let ended = strings.is_ended(text, keyword, found.start)
                        || found.start > keyword
                            && open_strings::is_member_name(text, found.start, found.end);
                    if ended && self.force_accept(at, found.whole, found.secret, &mut done).is_none() {
                        return;
                    }
                    let end = self.value_end(text, &found);
                    self.take(&found, end, &mut done, hits);
                }
                Target::Assignment if found.start >= done.assignments => {
                    let before = hits.len();
                    done.assignments = self.try_assignment(text, found, &mut nesting, hits);
                    if hits.len() == before {
                        names.push((found.start, found.end));
                    }
                }
                Target::Documented(pattern) if self.preset == Preset::Strict => {
                    documented.push((pattern, found.start));
                }
                Target::Rule(_) | Target::Assignment | Target::Documented(_) => {}
            });
        self.find_unanchored(text, hits);
        let anywhere =
            self.tables.unanchored.iter().any(|&at| self.tables.rules[at].rule.max_len > window::NEAR);
        cut_at_enclosing_quotes(text, open, hits);
        ScanNotes { tokens, documented, names, blocks: Blocks::new(blocks, anywhere), keywords }
    }

    /// Derives the keywords of a part of an edited text; see [`Prefilter::reuse`].
    pub(crate) fn reuse_keywords(
        &self,
        keywords: &[KeywordHit],
        text: &[u8],
        runs: &Runs,
        edits: &[Edit],
        range: &Range<usize>,
    ) -> Option<Vec<KeywordHit>> {
        self.tables.prefilter.reuse(keywords, text, runs, edits, range)
    }

    /// Adds every hit of the rules that may match anywhere.
    fn find_unanchored(&self, text: &[u8], hits: &mut Vec<Hit>) {
        if self.tables.unanchored.is_empty() {
            return;
        }
        let keywords = self.tables.unanchored_keywords.find(text, self.tables.unanchored.len());
        for (&at, keywords) in self.tables.unanchored.iter().zip(&keywords) {
            let Compiled { rule, .. } = &self.tables.rules[at];
            let (Some(loose), Some(regex)) = (&rule.unanchored, rule.compiled()) else { continue };
            loose.each(rule, regex, text, keywords, |found| {
                let (start, end) = found.secret;
                let begins = !rule.word_start || escape::token_may_begin(text, found.whole.0);
                if begins && !self.is_masked(&text[start..end], found.whole != found.secret) {
                    let block = text[start..end].starts_with(b"-----BEGIN");
                    hits.push(Hit { block, ..Hit::new(start, end, Source::Rule(at)) });
                }
            });
        }
    }

    /// Adds every hit of the rules for prefixed tokens.
    pub(crate) fn find_prefixed(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.find_context_free(text, text.len(), Rule::is_prefixed, hits);
    }

    /// Like [`Self::find_prefixed`], but only for tokens that begin before `to`.
    pub(crate) fn find_prefixed_before(&self, text: &[u8], to: usize, hits: &mut Vec<Hit>) {
        self.find_context_free(text, to, Rule::is_prefixed, hits);
    }

    /// Adds every hit of the rules for prefixed tokens and prefixed blocks.
    pub(crate) fn find_left_over(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.find_context_free(text, text.len(), |rule| rule.is_prefixed() || rule.is_prefixed_block(), hits);
    }

    /// Whether a token that begins at one of `places` extends past the last of them. What precedes each place
    /// is ignored.
    pub(crate) fn begins_over(&self, text: &[u8], places: Range<usize>) -> bool {
        let last = places.end;
        self.tables.prefilter.openings(text, places).into_iter().any(|at| {
            let mut hits = Vec::new();
            self.find_prefixed_before(&text[at..], 1, &mut hits);
            hits.iter().any(|hit| at + hit.end > last)
        })
    }

    fn find_context_free(&self, text: &[u8], to: usize, wanted: impl Fn(&Rule) -> bool, hits: &mut Vec<Hit>) {
        let mut done = Progress::default();
        self.tables.prefilter.each_token(text, to, |target, found| {
            if let Target::Rule(at) = *target
                && self.has(at)
                && wanted(&self.tables.rules[at].rule)
                && let Some(found) = self.try_rule(text, at, found.start, &mut done)
            {
                self.take(&found, found.end, &mut done, hits);
            }
        });
        cut_at_enclosing_quotes(text, &[], hits);
    }

    fn try_assignment(
        &self,
        text: &[u8],
        name: &KeywordHit,
        nesting: &mut Nesting,
        hits: &mut Vec<Hit>,
    ) -> usize {
        let values = if self.preset == Preset::Strict { Values::Words } else { Values::Secrets };
        let mut found = Vec::new();
        let after = assign::find(text, name.start, name.end, values, nesting, &mut found);
        hits.extend(found.into_iter().map(|value| Hit {
            quote: value.quote,
            ..Hit::new(value.start, value.end, Source::Name(value.label))
        }));
        after
    }
}

impl Tables {
    fn new(rules: Vec<Arc<Rule>>) -> Self {
        let led = rules.iter().enumerate().filter(|(_, rule)| rule.unanchored.is_none());
        let wanted = led.flat_map(|(at, rule)| {
            let place = Place::of(rule);
            rule.keywords.iter().map(move |keyword| (keyword.clone(), place, Target::Rule(at)))
        });
        let names = sensitive::triggers().map(|trigger| (trigger, Place::Anywhere, Target::Assignment));
        let documented =
            molecule::keywords().map(|(pattern, word)| (word, Place::Anywhere, Target::Documented(pattern)));
        let prefilter = Prefilter::new(wanted.chain(names).chain(documented));
        let loose = rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.unanchored.is_some())
            .map(|(at, _)| at)
            .collect();
        let loose_keywords =
            UnanchoredKeywords::new(rules.iter().map(AsRef::as_ref).filter(|rule| rule.unanchored.is_some()));
        let rules = rules.into_iter().map(Compiled::new).collect();
        Self {
            rules,
            prefilter,
            words: OnceLock::new(),
            unanchored: loose,
            unanchored_keywords: loose_keywords,
        }
    }
}

impl Compiled {
    fn new(rule: Arc<Rule>) -> Self {
        let (tail, longer) = (OnceLock::new(), OnceLock::new());
        let (needed, lengths) = (OnceLock::new(), OnceLock::new());
        Self { rule, required_byte: needed, lengths, tail, longer }
    }
}

/// Whether a multi-line block may begin or end at a keyword: the line ends soon after it. If the keyword ends
/// with a colon, only a number may follow on the line; if it begins with dashes, the line must mention a key.
/// A match within one line needs no such check, whatever its length, since whole lines are scanned anyway.
fn begins_block(rule: &Rule, text: &[u8], keyword: &KeywordHit) -> bool {
    /// The longest rest of a line after the keyword, in bytes.
    const REST: usize = 96;
    let rest = &text[keyword.end..text.len().min(keyword.end + REST)];
    let ends = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r' | b'\\'));
    let Some(rest) = ends.filter(|_| rule.block).map(|ends| &rest[..ends]) else { return false };
    let may_be_unseen = |byte: &u8| !byte.is_ascii() || byte.is_ascii_control();
    match &text[keyword.start..keyword.end] {
        [.., b':'] => rest.iter().all(|byte| matches!(byte, b' ' | b'0'..=b'9') || may_be_unseen(byte)),
        [b'-', ..] => {
            rest.windows(3).any(|word| word.eq_ignore_ascii_case(b"key")) || rest.iter().any(may_be_unseen)
        }
        _ => true,
    }
}

/// Cuts hits at the end of the string that encloses them: a rule knows its token, not the string around it.
/// Assigned values were parsed with their quotes, some of which may be part of the value, so they end only
/// where JSON goes on after the quote; the name of a member is none of them. A block that spans several strings becomes a hit for each part.
fn cut_at_enclosing_quotes(text: &[u8], open: &[Quote], hits: &mut Vec<Hit>) {
    hits.sort_by_key(|hit| hit.start);
    let mut strings = Nesting::from(0, open);
    let assigned = |hit: &Hit| matches!(hit.source, Source::Name(_));
    let is_name = |hit: &Hit| assigned(hit) && open_strings::is_member_name(text, hit.start, hit.end);
    hits.retain(|hit| !strings.is_ended(text, hit.start, hit.start) && !is_name(hit));
    let quoted = |hit: &Hit| memchr::memchr2(b'"', b'\'', &text[hit.start..hit.end]).is_some();
    if !hits.iter().any(quoted) {
        return;
    }
    let mut nesting = Nesting::from(0, open);
    let mut parts = Vec::new();
    for hit in hits.iter_mut().filter(|hit| quoted(hit)) {
        let open = nesting.open_at(text, hit.start);
        if assigned(hit) {
            hit.end = extent::json_string(text, hit.start, hit.end, open);
            continue;
        }
        if hit.block {
            block::split(text, hit, open, &mut parts);
            continue;
        }
        hit.end = extent::enclosed(text, hit.start, hit.end, open);
        if goes_over_strings(text, hit, open) {
            let strings = strings_in(text, hit.start, hit.end);
            parts.extend(strings.into_iter().map(|(start, end)| Hit { start, end, ..hit.clone() }));
            hit.end = hit.start;
        }
    }
    hits.retain(|hit| hit.start < hit.end);
    hits.append(&mut parts);
}

/// Whether what a rule has found begins with a quote, or in a string of another depth than it ends in, where
/// `open` are the strings around its beginning: a list of several values that one match covers.
fn goes_over_strings(text: &[u8], hit: &Hit, open: &[Quote]) -> bool {
    let strings = |open: &[Quote]| open.iter().filter(|quote| quote.byte == b'"').count();
    matches!(hit.source, Source::Rule(_))
        && (escape::quote_at(text, hit.start).is_some()
            || memchr::memchr(b'"', &text[hit.start..hit.end]).is_some()
                && strings(Nesting::from(hit.start, open).open_at(text, hit.end)) != strings(open))
}

/// The parts of `start..end` between its quotes that hold a letter or a digit, without the quotes and
/// the white space and commas beside them.
fn strings_in(text: &[u8], start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut from = start;
    let quotes = memchr::memchr2_iter(b'"', b'\'', &text[start..end]).map(|found| start + found);
    for quote in quotes.chain([end]) {
        let separates = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'\\');
        let part = &text[from..quote];
        if part.iter().any(u8::is_ascii_alphanumeric) {
            let before = part.iter().take_while(|byte| separates(byte)).count();
            let after = part.iter().rev().take_while(|byte| separates(byte)).count();
            parts.push((from + before, quote - after));
        }
        from = quote + 1;
    }
    parts
}

#[cfg(test)]
mod tests;
