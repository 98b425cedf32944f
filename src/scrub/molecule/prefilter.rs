//! A prefilter for the patterns that can match at all: one search for the first four bytes of every literal.

use aho_corasick::packed::{Config, MatchKind, Searcher};
use memchr::memmem;

use super::{Pattern, blob_runs, shape};
use crate::lazy::Lazy;

/// A set of patterns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted(u16);

impl Wanted {
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn holds(self, pattern: Pattern) -> bool {
        self.0 & bit(pattern) != 0
    }

    fn add(&mut self, pattern: Pattern) {
        self.0 |= bit(pattern);
    }
}

fn bit(pattern: Pattern) -> u16 {
    1 << pattern as u16
}

/// A search for the beginnings of the literals of some patterns.
struct Beginnings {
    searcher: Searcher,
    /// The pattern of each searched string.
    owners: Vec<Pattern>,
}

impl Beginnings {
    fn new(strings: impl IntoIterator<Item = (Vec<u8>, Pattern)>) -> Self {
        let (strings, owners): (Vec<_>, Vec<_>) = strings.into_iter().unzip();
        let mut config = Config::new();
        let config = config.match_kind(MatchKind::LeftmostFirst);
        let vector = config.builder().extend(&strings).build();
        // Without vector instructions a rolling hash finds the same, slowly.
        let scalar = || config.only_rabin_karp(true).builder().extend(&strings).build();
        let searcher = vector.or_else(scalar).expect("a rolling hash takes any few short strings");
        Self { searcher, owners }
    }

    /// The first beginning at or after `from`.
    fn next(&self, text: &[u8], from: usize) -> Option<(usize, Pattern)> {
        let span = from..text.len();
        let found = self.searcher.find_in(text, span.into()).filter(|_| from < text.len())?;
        Some((found.start(), *self.owners.get(found.pattern().as_usize())?))
    }
}

/// Every literal but `sk-`, which is so short that it would slow down the search for all others.
static LITERALS: Lazy<Beginnings> = Lazy::new(|| {
    let words = [Pattern::ApiKey, Pattern::Token, Pattern::Secret].into_iter().flat_map(word_beginnings);
    let tokens = [
        (b"Bear", Pattern::BearerToken),
        (b"ghp_", Pattern::GithubPat),
        (b"ghs_", Pattern::GithubServerToken),
        (b"gith", Pattern::GithubPatV2),
        (b"AKIA", Pattern::AwsAccessKey),
        (b"cfut", Pattern::CfToken),
        (b"mol_", Pattern::MolPk),
        (b"ctx7", Pattern::Ctx7Token),
    ];
    Beginnings::new(words.chain(tokens.map(|(literal, pattern)| (literal.to_vec(), pattern))))
});

static SK: Lazy<memmem::Finder<'static>> = Lazy::new(|| memmem::Finder::new(b"sk-"));

/// The words that are matched in any case, each with a search of its own.
static API_KEY: Lazy<Beginnings> = Lazy::new(|| Beginnings::new(word_beginnings(Pattern::ApiKey)));
static TOKEN: Lazy<Beginnings> = Lazy::new(|| Beginnings::new(word_beginnings(Pattern::Token)));
static SECRET: Lazy<Beginnings> = Lazy::new(|| Beginnings::new(word_beginnings(Pattern::Secret)));

/// The first four bytes of `_API_KEY`, `_TOKEN` or `_SECRET` in every spelling that `(?i)` matches: each
/// letter in both cases, I also as U+0130 and U+0131, K as U+212A, S as U+017F.
fn word_beginnings(pattern: Pattern) -> Vec<(Vec<u8>, Pattern)> {
    let letters: [&[&[u8]]; 3] = match pattern {
        Pattern::ApiKey => [&[b"A", b"a"], &[b"P", b"p"], &[b"I", b"i", b"\xc4"]],
        Pattern::Token => [&[b"T", b"t"], &[b"O", b"o"], &[b"K", b"k", b"\xe2"]],
        Pattern::Secret => [&[b"S", b"s", b"\xc5\xbf"], &[b"E", b"e"], &[b"C", b"c"]],
        _ => [&[], &[], &[]],
    };
    let mut beginnings = vec![b"_".to_vec()];
    for spellings in letters {
        let longer =
            |beginning: &Vec<u8>| spellings.iter().map(|letter| [beginning, *letter].concat()).collect();
        beginnings = beginnings.iter().flat_map::<Vec<_>, _>(longer).collect();
    }
    for beginning in &mut beginnings {
        beginning.truncate(4);
    }
    beginnings.dedup();
    beginnings.into_iter().map(|beginning| (beginning, pattern)).collect()
}

/// The patterns but `BASE64_BLOB` that may match in `text`, also after matches of others were replaced.
pub(super) fn literals(text: &[u8]) -> Wanted {
    let mut wanted = Wanted::default();
    let mut from = 0;
    while let Some((at, pattern)) = LITERALS.next(text, from) {
        if !wanted.holds(pattern) && shape::may_match_at(pattern, text, at) {
            wanted.add(pattern);
        }
        // A literal may begin inside another: `mol_TOKEN`.
        from = at + 1;
    }
    if SK.find_iter(text).any(|at| shape::may_match_at(Pattern::SkToken, text, at)) {
        wanted.add(Pattern::SkToken);
    }
    wanted
}

/// The patterns that may match in `text`, also after matches of others were replaced: a marker contains no
/// literal and no run, so replacing creates none.
pub(super) fn candidates(text: &[u8]) -> Wanted {
    let mut wanted = literals(text);
    if blob_runs(text).next().is_some() {
        wanted.add(Pattern::Base64Blob);
    }
    wanted
}

/// The next place at or after `from` where the pattern's literal, or what looks like it, begins.
pub(super) fn next_literal(pattern: Pattern, text: &[u8], from: usize) -> Option<usize> {
    match pattern {
        Pattern::ApiKey => API_KEY.next(text, from).map(|(at, _)| at),
        Pattern::Token => TOKEN.next(text, from).map(|(at, _)| at),
        Pattern::Secret => SECRET.next(text, from).map(|(at, _)| at),
        Pattern::Base64Blob => None,
        _ => memmem::find(text.get(from..)?, shape::literal(pattern)).map(|at| from + at),
    }
}
