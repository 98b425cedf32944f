//! The 13 documented patterns of the replaced scrubber, byte for byte.
//!
//! Each pattern is a literal, or a word in any case, with a little before and after it. So each is found by
//! searching for the literal and reading around it. White space, word boundaries and case folding are those
//! of Python's `re`: see [`super::pyre`].

mod blob;
mod prefilter;
mod shape;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub(crate) use blob::{blob_runs, blob_runs_in};

#[cfg(test)]
use super::Tally;
use super::marker::marker;

/// One of the documented patterns, in the order of their passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Pattern {
    /// `(?i)\b[A-Z][A-Z0-9_]*_API_KEY\s*=\s*\S+`
    ApiKey,
    /// `(?i)\b[A-Z][A-Z0-9_]*_TOKEN\s*=\s*\S+`
    Token,
    /// `(?i)\b[A-Z][A-Z0-9_]*_SECRET\s*=\s*\S+`
    Secret,
    /// `Bearer\s+\S+`
    BearerToken,
    /// `sk-[A-Za-z0-9\-_]{16,}`
    SkToken,
    /// `ghp_[A-Za-z0-9]{20,}`
    GithubPat,
    /// `ghs_[A-Za-z0-9]{20,}`
    GithubServerToken,
    /// `github_pat_[A-Za-z0-9_]{60,}`
    GithubPatV2,
    /// `\bAKIA[A-Z0-9]{16}\b`
    AwsAccessKey,
    /// `\bcfut_[A-Za-z0-9]{32,}`
    CfToken,
    /// `\bmol_pk_[A-Za-z0-9]{20,}`
    MolPk,
    /// `\bctx7_[A-Za-z0-9]+`
    Ctx7Token,
    /// `[A-Za-z0-9+/]{33,}={0,2}`
    Base64Blob,
}

impl Pattern {
    /// All patterns, in order.
    pub(crate) const ALL: [Self; 13] = [
        Self::ApiKey,
        Self::Token,
        Self::Secret,
        Self::BearerToken,
        Self::SkToken,
        Self::GithubPat,
        Self::GithubServerToken,
        Self::GithubPatV2,
        Self::AwsAccessKey,
        Self::CfToken,
        Self::MolPk,
        Self::Ctx7Token,
        Self::Base64Blob,
    ];

    /// The label of its marker.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::ApiKey => "API_KEY",
            Self::Token => "TOKEN",
            Self::Secret => "SECRET",
            Self::BearerToken => "BEARER_TOKEN",
            Self::SkToken => "SK_TOKEN",
            Self::GithubPat => "GITHUB_PAT",
            Self::GithubServerToken => "GITHUB_SERVER_TOKEN",
            Self::GithubPatV2 => "GITHUB_PAT_V2",
            Self::AwsAccessKey => "AWS_ACCESS_KEY",
            Self::CfToken => "CF_TOKEN",
            Self::MolPk => "MOL_PK",
            Self::Ctx7Token => "CTX7_TOKEN",
            Self::Base64Blob => "BASE64_BLOB",
        }
    }
}

/// The keywords: text that every match of a pattern but `BASE64_BLOB` contains, in some case of its ASCII
/// letters.
pub(crate) fn keywords() -> impl Iterator<Item = (Pattern, String)> {
    let patterns = Pattern::ALL.into_iter().filter(|pattern| *pattern != Pattern::Base64Blob);
    patterns.flat_map(|pattern| shape::spellings(pattern).into_iter().map(move |word| (pattern, word)))
}

impl Pattern {
    /// The rule id in findings.
    pub(crate) fn id(self) -> std::sync::Arc<str> {
        format!("molecule-{}", self.label().to_ascii_lowercase().replace('_', "-")).into()
    }
}

/// One match of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) pattern: Pattern,
    /// Offset of the first byte.
    pub(crate) start: usize,
    /// Offset one past the last byte.
    pub(crate) end: usize,
    /// Where the value begins: after `=` or `Bearer` and white space; `start` for tokens.
    pub(crate) value_start: usize,
}

/// Returns `text` after all passes in order, each over the whole text that the previous one left.
#[cfg(test)]
pub(crate) fn scrub<'t>(text: &'t [u8], tally: &mut Tally) -> Cow<'t, [u8]> {
    let hits = sequence(text);
    if hits.is_empty() {
        return Cow::Borrowed(text);
    }
    for hit in &hits {
        tally.redacted(hit.pattern.label());
    }
    Cow::Owned(rebuild(text, &hits))
}

/// Returns what the passes replace, as spans of the original text, in order and not overlapping.
///
/// Where a match of a later pass includes a marker (`Bearer [REDACTED:SK_TOKEN]x`), one hit of the later
/// pattern covers both.
pub(crate) fn sequence(text: &[u8]) -> Vec<Hit> {
    let wanted = prefilter::candidates(text);
    let mut hits: Vec<Hit> = Vec::new();
    if wanted.is_empty() {
        return hits;
    }
    let mut current = Cow::Borrowed(text);
    for pattern in Pattern::ALL.into_iter().filter(|&pattern| wanted.holds(pattern)) {
        let mut found = Vec::new();
        collect(pattern, &current, &mut found);
        if !found.is_empty() {
            hits = merge(&hits, &found);
            current = Cow::Owned(rebuild(text, &hits));
        }
    }
    hits
}

/// Returns the matches in `text` of patterns whose keywords are at `places`, which are in order. Matches of
/// one pattern do not overlap, those of two patterns may.
pub(crate) fn find_at(text: &[u8], places: &[(Pattern, usize)]) -> Vec<Hit> {
    let mut ends = [0; Pattern::ALL.len()];
    let hit = |&(pattern, at): &(Pattern, usize)| {
        let end = &mut ends[pattern as usize];
        let hit = if at < *end { None } else { shape::match_at(pattern, text, at) };
        *end = hit.map_or(*end, |hit| hit.end);
        hit
    };
    places.iter().filter_map(hit).collect()
}

/// Appends every match of the patterns but `BASE64_BLOB`, by pattern in their order, then by place.
#[cfg(test)]
pub(crate) fn find(text: &[u8], out: &mut Vec<Hit>) {
    let keywords: Vec<(Pattern, String)> = keywords().collect();
    let at = |at: usize| {
        let stands = move |word: &str| {
            text[at..].get(..word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
        };
        keywords.iter().filter(move |(_, word)| stands(word)).map(move |(pattern, _)| (*pattern, at))
    };
    let places: Vec<(Pattern, usize)> = (0..text.len()).flat_map(at).collect();
    out.extend(find_at(text, &places));
    out.sort_by_key(|hit| hit.pattern);
}

/// Appends the matches of one pattern.
fn collect(pattern: Pattern, text: &[u8], out: &mut Vec<Hit>) {
    if pattern == Pattern::Base64Blob {
        out.extend(blob_runs(text).map(|(start, end)| Hit { pattern, start, end, value_start: start }));
        return;
    }
    let mut from = 0;
    while let Some(at) = prefilter::next_literal(pattern, text, from) {
        // A match may begin before its literal, but never before the end of the previous match, which ends at
        // white space or where its own character class ends.
        from = match shape::match_at(pattern, text, at) {
            Some(hit) => {
                out.push(hit);
                hit.end
            }
            None => at + 1,
        };
    }
}

/// Returns the earlier `hits` and those `found` in the text they lead to, as spans of the original text.
///
/// The text of a marker contains no literal and no run of any pattern, so a match covers a marker whole or
/// not at all.
fn merge(hits: &[Hit], found: &[Hit]) -> Vec<Hit> {
    let mut merged = Vec::with_capacity(hits.len() + found.len());
    let mut earlier = hits.iter().peekable();
    // Where the text after the last marker passed begins, in the original and in the current text.
    let (mut original, mut current) = (0, 0);
    for new in found {
        let mut place = |target: usize, passed: &mut Vec<Hit>| {
            while let Some(hit) = earlier.next_if(|hit| current + (hit.start - original) < target) {
                current += hit.start - original + marker(hit.pattern.label()).len();
                original = hit.end;
                passed.push(*hit);
            }
            original + (target - current)
        };
        let mut swallowed = Vec::new();
        let start = place(new.start, &mut merged);
        let value_start = place(new.value_start, &mut swallowed);
        let end = place(new.end, &mut swallowed);
        merged.push(Hit { start, end, value_start, ..*new });
    }
    merged.extend(earlier);
    merged
}

/// Returns `text` with a marker in place of each hit.
fn rebuild(text: &[u8], hits: &[Hit]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for hit in hits {
        out.extend_from_slice(text.get(from..hit.start).unwrap_or_default());
        out.extend_from_slice(marker(hit.pattern.label()).as_bytes());
        from = hit.end;
    }
    out.extend_from_slice(text.get(from..).unwrap_or_default());
    out
}
