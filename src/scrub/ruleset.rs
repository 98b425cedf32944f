//! The rules of a scrubber, ready to search: a prefilter over all keywords in front of patterns that
//! are compiled when a keyword first asks for them. Keywords of secrets that are long runs are looked for only where one is.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use super::assign::Values;
use super::edit::Edit;
use super::escape::Quote;
use super::hit::{Hit, Source};
use super::keywords::Found;
use super::loose::LooseKeywords;
use super::molecule::Pattern;
use super::nesting::Nesting;
use super::prefilter::{Place, Prefilter};
use super::progress::Progress;
use super::ready::{Ready, ready};
use super::rule::Rule;
use super::rule::longer::Tail;
use super::runs::Runs;
use super::sensitive::{says_public, says_site_key};
use super::stretch::Blocks;
use super::words::Words;
use super::{
    Preset, assign, block, catalogue, digest, entropy, escape, extent, molecule, payload, placeholder,
    sensitive, window,
};

mod found;
mod starts;

use found::Match;
pub(crate) use starts::Start;

/// The longest match that is near, in bytes.
const FAR: usize = window::NEAR;

/// What a keyword asks for.
#[derive(Clone, Copy, Debug)]
enum Target {
    Rule(usize),
    Assignment,
    /// One of the documented patterns.
    Documented(Pattern),
}

/// What the keywords of a text say besides its hits.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The keywords that may begin a short token, in order.
    pub tokens: Vec<Found>,
    /// Where the documented patterns but `BASE64_BLOB` may match, in order.
    pub documented: Vec<(Pattern, usize)>,
    /// Where words stand that sensitive names have, without a value behind them, in order.
    pub names: Vec<(usize, usize)>,
    /// Where a rule may match that goes over many lines.
    pub blocks: Blocks,
    /// Every keyword, in order.
    pub keywords: Vec<Found>,
}

/// Rules and what says where to try them.
#[derive(Debug)]
pub(crate) struct RuleSet {
    preset: Preset,
    rules: Vec<Compiled>,
    prefilter: Prefilter<Target>,
    /// What tokens with a prefix begin with, ready when first needed.
    words: OnceLock<Words>,
    /// Which rules may match anywhere.
    loose: Vec<usize>,
    loose_keywords: LooseKeywords,
}

#[derive(Debug)]
struct Compiled {
    rule: Arc<Rule>,
    regex: OnceLock<Option<Regex>>,
    /// A sign that every match holds.
    needed: OnceLock<Option<u8>>,
    /// The lengths of the shortest match and of the longest, in bytes.
    lengths: OnceLock<(usize, usize)>,
    /// What may go on with its secret, and what says how far.
    tail: OnceLock<Tail>,
    longer: OnceLock<Option<Regex>>,
}

impl RuleSet {
    /// The built-in rules of `preset`, shared by all scrubbers that use them unchanged.
    pub(crate) fn builtin(preset: Preset) -> Arc<Self> {
        static STRICT: Ready<Arc<RuleSet>> = Ready::new(|| RuleSet::from_builtin(Preset::Strict));
        static BALANCED: Ready<Arc<RuleSet>> = Ready::new(|| RuleSet::from_builtin(Preset::Balanced));
        match preset {
            Preset::Balanced => BALANCED.clone(),
            _ => STRICT.clone(),
        }
    }

    fn from_builtin(preset: Preset) -> Arc<Self> {
        let rules = catalogue::builtin().iter().filter(|rule| rule.is_in(preset)).cloned();
        Arc::new(Self::new(preset, rules.collect()))
    }

    /// The rules, in the order in which they are asked.
    pub(crate) fn new(preset: Preset, rules: Vec<Arc<Rule>>) -> Self {
        let led = rules.iter().enumerate().filter(|(_, rule)| rule.loose.is_none());
        let wanted = led.flat_map(|(at, rule)| {
            let place = Place::of(rule);
            rule.keywords.iter().map(move |keyword| (keyword.clone(), place, Target::Rule(at)))
        });
        let names = sensitive::TRIGGERS.iter();
        let names = names.map(|trigger| ((*trigger).to_owned(), Place::Anywhere, Target::Assignment));
        let documented = molecule::keywords().filter(|_| preset == Preset::Strict);
        let documented =
            documented.map(|(pattern, word)| (word, Place::Anywhere, Target::Documented(pattern)));
        let prefilter = Prefilter::new(wanted.chain(names).chain(documented));
        let loose =
            rules.iter().enumerate().filter(|(_, rule)| rule.loose.is_some()).map(|(at, _)| at).collect();
        let loose_keywords =
            LooseKeywords::new(rules.iter().map(AsRef::as_ref).filter(|rule| rule.loose.is_some()));
        let rules = rules.into_iter().map(Compiled::new).collect();
        Self { preset, rules, prefilter, words: OnceLock::new(), loose, loose_keywords }
    }

    /// Every rule, in order; a hit's [`Source::Rule`] counts in it.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|compiled| &*compiled.rule)
    }

    pub(crate) fn rule(&self, at: usize) -> &Rule {
        &self.rules[at].rule
    }

    /// Adds every hit of the rules and of assignments to sensitive names; `runs` are those of the text, and `taken` its keywords, if
    /// they are known.
    pub(crate) fn find(
        &self,
        text: &[u8],
        runs: &Runs,
        taken: Option<Vec<Found>>,
        open: &[Quote],
        hits: &mut Vec<Hit>,
    ) -> Seen {
        let mut documented = Vec::new();
        let mut done = Progress::default();
        let mut nesting = Nesting::from(0, open);
        let mut strings = Nesting::from(0, open);
        let mut blocks = Vec::new();
        let mut names = Vec::new();
        let (tokens, keywords) = self.prefilter.each(text, runs, taken, |target, found| match *target {
            Target::Rule(at) => {
                let keyword = found.start;
                if self.rules[at].rule.max > FAR && begins_block(&self.rules[at].rule, text, found) {
                    blocks.push(keyword);
                }
                let Some(found) = self.try_rule(text, at, keyword, &mut done) else { return };
                // What stands in it is still to be tried, but not each time.
                let ended = strings.is_ended(text, keyword, found.start);
                if ended && done.worn(at, found.whole, found.secret, self.rules.len()).is_none() {
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
            Target::Assignment => {}
            Target::Documented(pattern) => documented.push((pattern, found.start)),
        });
        self.find_loose(text, hits);
        let anywhere = self.loose.iter().any(|&at| self.rules[at].rule.max > FAR);
        cut_at_enclosing_quotes(text, open, hits);
        Seen { tokens, documented, names, blocks: Blocks::new(blocks, anywhere), keywords }
    }

    /// The keywords in a part of a text, as [`Prefilter::taken_over`] says.
    pub(crate) fn taken_over(
        &self,
        keywords: &[Found],
        text: &[u8],
        runs: &Runs,
        edits: &[Edit],
        range: &Range<usize>,
    ) -> Option<Vec<Found>> {
        self.prefilter.taken_over(keywords, text, runs, edits, range)
    }

    /// Adds every hit of the rules that may match anywhere.
    fn find_loose(&self, text: &[u8], hits: &mut Vec<Hit>) {
        if self.loose.is_empty() {
            return;
        }
        let keywords = self.loose_keywords.find(text, self.loose.len());
        for (&at, keywords) in self.loose.iter().zip(&keywords) {
            let Compiled { rule, regex, .. } = &self.rules[at];
            let (Some(loose), Some(regex)) = (&rule.loose, ready(regex, || rule.regex().ok())) else {
                continue;
            };
            loose.each(rule, regex, text, keywords, |found| {
                let (start, end) = found.secret;
                let begins = !rule.left || escape::token_may_begin(text, found.whole.0);
                if begins && !self.is_masked(&text[start..end], found.whole != found.secret) {
                    let block = text[start..end].starts_with(b"-----BEGIN");
                    hits.push(Hit { block, ..Hit::new(start, end, Source::Rule(at)) });
                }
            });
        }
    }

    /// Adds every hit of the rules whose tokens begin with a word of their own.
    pub(crate) fn find_prefixed(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.find_sure(text, text.len(), Rule::is_prefixed, hits);
    }

    /// The same of those alone that begin in front of `to`.
    pub(crate) fn find_prefixed_before(&self, text: &[u8], to: usize, hits: &mut Vec<Hit>) {
        self.find_sure(text, to, Rule::is_prefixed, hits);
    }

    /// The same with blocks of lines that begin with a word of their own.
    pub(crate) fn find_left_over(&self, text: &[u8], hits: &mut Vec<Hit>) {
        self.find_sure(text, text.len(), |rule| rule.is_prefixed() || rule.is_armoured(), hits);
    }

    /// Whether a token goes on behind the last of these places that begins at one of them, as if nothing stood in front of it.
    pub(crate) fn begins_over(&self, text: &[u8], places: Range<usize>) -> bool {
        let last = places.end;
        self.prefilter.openings(text, places).into_iter().any(|at| {
            let mut hits = Vec::new();
            self.find_prefixed_before(&text[at..], 1, &mut hits);
            hits.iter().any(|hit| at + hit.end > last)
        })
    }

    fn find_sure(&self, text: &[u8], to: usize, wanted: impl Fn(&Rule) -> bool, hits: &mut Vec<Hit>) {
        let mut done = Progress::default();
        self.prefilter.each_token(text, to, |target, found| {
            if let Target::Rule(at) = *target
                && wanted(&self.rules[at].rule)
                && let Some(found) = self.try_rule(text, at, found.start, &mut done)
            {
                self.take(&found, found.end, &mut done, hits);
            }
        });
        cut_at_enclosing_quotes(text, &[], hits);
    }

    fn try_assignment(&self, text: &[u8], name: &Found, nesting: &mut Nesting, hits: &mut Vec<Hit>) -> usize {
        let values = if self.preset == Preset::Strict { Values::Words } else { Values::Secrets };
        let mut found = Vec::new();
        let after = assign::find(text, name.start, name.end, values, nesting, &mut found);
        hits.extend(found.into_iter().map(|value| Hit {
            quote: value.quote,
            ..Hit::new(value.start, value.end, Source::Name(value.label))
        }));
        after
    }

    /// How far behind a keyword a match of a rule is looked for, in bytes. One that begins in front of it is searched for, and what no match can
    /// reach would be read in vain; one byte more, since a match that ends where that does is taken for cut.
    fn reads(&self, at: usize) -> usize {
        let Compiled { rule, lengths, .. } = &self.rules[at];
        let longest = if rule.reach == 0 { usize::MAX } else { ready(lengths, || rule.lengths()).1 };
        (rule.max - rule.reach).min(longest.saturating_add(1))
    }

    /// What a rule finds at one of its keywords.
    fn try_rule(&self, text: &[u8], at: usize, keyword: usize, done: &mut Progress) -> Option<Match> {
        let Compiled { rule, regex, needed, .. } = &self.rules[at];
        if done.is_done(at, keyword) {
            return None;
        }
        let from = keyword.saturating_sub(rule.reach).max(done.taken(at));
        // What is refused in any case is not read: inside a long word every keyword would read all the rest.
        if rule.left && !(from..=keyword).rev().any(|at| escape::token_may_begin(text, at))
            || rule.gap != usize::MAX && !is_separated(text, keyword, rule.gap)
        {
            return None;
        }
        let regex = ready(regex, || rule.regex().ok()).as_ref()?;
        let count = self.rules.len();
        let reads = self.reads(at);
        let to = text.len().min(keyword + reads);
        if done.is_missed(at, keyword) {
            // The next match, if it is so near that all of it is seen: no keyword in front of it has one.
            let far = text.len().min(to + reads);
            #[cfg(test)]
            super::work::count(far - from);
            let next = regex.search(&Input::new(text).span(from..far));
            let next = next.map_or(keyword + reads, |next| next.start());
            if next > keyword {
                // What stands before this keyword is not read again, as where a try fails.
                if rule.reach > 0 {
                    done.take(at, keyword, count);
                }
                done.skip(at, next.min(keyword + reads), far, count);
                return None;
            }
        }
        let anchored = if rule.reach == 0 { Anchored::Yes } else { Anchored::No };
        let input = Input::new(text).span(from..to).anchored(anchored);
        let needed = *ready(needed, || rule.needed());
        let may_match = needed.is_none_or(|sign| memchr::memchr(sign, &text[from..to]).is_some());
        let found = if may_match { spans(regex, &input) } else { None };
        #[cfg(test)]
        super::work::count(found.map_or(to, |(whole, _)| whole.1) - from);
        let Some((whole, secret)) = found.filter(|(whole, _)| whole.0 <= keyword) else {
            done.miss(at, keyword, to, count);
            // What stands before this keyword has been looked at; the next one's match begins after it.
            if rule.reach > 0 {
                done.take(at, keyword, count);
            }
            return None;
        };
        if rule.left && !escape::token_may_begin(text, whole.0) {
            // Likewise.
            if rule.reach > 0 {
                done.take(at, keyword, count);
            }
            return None;
        }
        let before = &text[keyword.min(secret.0)..secret.0];
        if before.len() > rule.gap || rule.gap != usize::MAX && says_site_key(before) {
            return None;
        }
        let found = &text[secret.0..secret.1];
        // `PublicKeyToken=...` of an assembly.
        if rule.behind && says_public(&text[keyword.saturating_sub("public_key".len())..keyword]) {
            return None;
        }
        // Behind a dot stands one word: what goes on behind another dot is a path of names.
        if rule.gap != usize::MAX && before.ends_with(b".") && found.contains(&b'.') {
            return None;
        }
        let harmless =
            || is_digest(rule, text, before, secret) || rule.gap != usize::MAX && says_public(before);
        if self.preset == Preset::Balanced && harmless() {
            return None;
        }
        let random = rule.entropy.is_none_or(|floor| entropy::bits_per_byte(found) >= floor);
        let valid = rule.validator.is_none_or(|validator| rule.accepts(validator, found));
        let refused = !random
            || !valid
            || self.is_masked(found, secret != whole)
            || rule.is_faint() && payload::goes_on(text, secret.0);
        let mut start = secret.0;
        if refused {
            start = done.worn(at, whole, secret.0, count)?;
        }
        // A sign inside: the form is another one than that of a value behind a name.
        if rule.gap != usize::MAX && self.preset == Preset::Balanced && is_interrupted(&text[secret.1..]) {
            return None;
        }
        // Only what is sure is followed to its end: a long text of refusals is not read again for each.
        let end = if secret.1 == to { swallow(text, to) } else { secret.1 };
        Some(Match { rule: at, whole, start, end, secret: secret.0, to })
    }
}

impl Compiled {
    fn new(rule: Arc<Rule>) -> Self {
        let (tail, longer) = (OnceLock::new(), OnceLock::new());
        let (needed, lengths) = (OnceLock::new(), OnceLock::new());
        Self { rule, regex: OnceLock::new(), needed, lengths, tail, longer }
    }
}

impl RuleSet {
    /// Whether `balanced` sees that something else stands in the place of a secret, which is `part` of a match.
    fn is_masked(&self, found: &[u8], part: bool) -> bool {
        self.preset == Preset::Balanced
            && (part && placeholder::is_placeholder(found)
                || placeholder::is_masked(found)
                || placeholder::is_sample(found)
                || found.ends_with(b"EXAMPLE")
                || [b"-EXAMPLE".as_slice(), b"_EXAMPLE"]
                    .into_iter()
                    .any(|word| memchr::memmem::find(found, word).is_some()))
    }
}

/// Whether the secret is the digest of a file, by the word before it or by the name that it is part of.
fn is_digest(rule: &Rule, text: &[u8], before: &[u8], secret: (usize, usize)) -> bool {
    let found = &text[secret.0..secret.1];
    if rule.gap == usize::MAX {
        let in_name =
            digest::is_in_file_name(found, &text[secret.1..]) || digest::is_in_slug(&text[..secret.0], found);
        return rule.is_prefixed() && in_name;
    }
    digest::is_told(before, found)
}

/// Whether what goes on behind a value has a sign that no token has, and letters again: `8f3a?9b1c`. An octet of a URL
/// (`%3D`) is none.
fn is_interrupted(rest: &[u8]) -> bool {
    match rest {
        [b'?' | b'#' | b'$' | b'^', next, ..] => next.is_ascii_alphanumeric(),
        [b'%', octet @ ..] => {
            let hex = octet.iter().take(2).filter(|byte| byte.is_ascii_hexdigit()).count();
            hex < 2 && octet.first().is_some_and(u8::is_ascii_alphanumeric)
        }
        _ => false,
    }
}

/// Whether something that may separate a name and its value stands near behind the keyword at `at`: a dot does behind the word that says
/// what the value is.
fn is_separated(text: &[u8], at: usize, gap: usize) -> bool {
    let window = &text[at..text.len().min(at + gap)];
    window.iter().enumerate().any(|(at, byte)| match byte {
        b'_' => false,
        b'.' => says_what(&window[..at]),
        byte => !byte.is_ascii_alphanumeric(),
    })
}

/// Whether a name ends in a word that a dot may separate from its value.
fn says_what(name: &[u8]) -> bool {
    const WORDS: [&[u8]; 5] = [b"key", b"token", b"secret", b"access", b"private"];
    WORDS.iter().any(|word| {
        let end = name.len().checked_sub(word.len()).map(|at| &name[at..]);
        end.is_some_and(|end| end.eq_ignore_ascii_case(word))
    })
}

/// Whether a block of lines may begin, or end, with a keyword: its line ends soon; at once, or behind a number, if the keyword is a key; and
/// behind dashes something is said of a key. What stands in one line is near, whatever its length, since only whole lines are looked at.
fn begins_block(rule: &Rule, text: &[u8], keyword: &Found) -> bool {
    /// The longest rest of a line that begins a block, in bytes.
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

/// A rule knows its token, not the string around it: a hit ends where that string does. What a name is assigned has been read with its quotes,
/// of which some may stand in the value. Of a block that goes over several
/// strings each part is a hit.
fn cut_at_enclosing_quotes(text: &[u8], open: &[Quote], hits: &mut Vec<Hit>) {
    hits.sort_by_key(|hit| hit.start);
    let mut strings = Nesting::from(0, open);
    hits.retain(|hit| !strings.is_ended(text, hit.start, hit.start));
    let quoted = |hit: &Hit| {
        !matches!(hit.source, Source::Name(_))
            && memchr::memchr2(b'"', b'\'', &text[hit.start..hit.end]).is_some()
    };
    if !hits.iter().any(quoted) {
        return;
    }
    let mut nesting = Nesting::from(0, open);
    let mut parts = Vec::new();
    for hit in hits.iter_mut().filter(|hit| quoted(hit)) {
        let open = nesting.open_at(text, hit.start);
        if hit.block {
            block::split(text, hit, open, &mut parts);
        } else {
            hit.end = extent::enclosed(text, hit.start, hit.end, open);
        }
    }
    hits.retain(|hit| hit.start < hit.end);
    hits.append(&mut parts);
}

/// The span of the whole match and that of the group `secret`, or the whole match again.
fn spans(regex: &Regex, input: &Input<'_>) -> Option<((usize, usize), (usize, usize))> {
    if regex.captures_len() == 1 {
        let whole = regex.search(input)?;
        return Some(((whole.start(), whole.end()), (whole.start(), whole.end())));
    }
    // Mostly there is none, and room for groups is not asked for. Where there is one they are looked for in it alone: what is prepared for that
    // grows with the text.
    let whole = match input.get_anchored() {
        Anchored::Yes => input.start()..regex.search_half(input)?.offset(),
        _ => regex.search(input)?.range(),
    };
    let mut captures = regex.create_captures();
    regex.search_captures(&input.clone().span(whole).anchored(Anchored::Yes), &mut captures);
    let whole = captures.get_match()?;
    let secret = captures
        .get_group_by_name("secret")
        .map_or((whole.start(), whole.end()), |span| (span.start, span.end));
    (secret.0 < secret.1).then_some(((whole.start(), whole.end()), secret))
}

/// A match that met its bound goes on to the end of its token: a tail left over is a leak.
fn swallow(text: &[u8], from: usize) -> usize {
    let tail = text[from..].iter().take_while(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=' | b'.')
    });
    from + tail.count()
}

#[cfg(test)]
mod tests;
