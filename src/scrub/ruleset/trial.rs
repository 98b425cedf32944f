//! Tries a rule at one of its keywords: how much is read, and which matches of its pattern are rejected.

use std::ops::Range;

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use super::found::Match;
use super::{Compiled, RuleSet};
use crate::lazy::ready;
use crate::scrub::progress::Progress;
use crate::scrub::rule::{MAX_GAP, Rule};
use crate::scrub::sensitive::{says_public, says_site_key};
use crate::scrub::{Preset, digest, entropy, escape, naming, payload, placeholder};

/// The span of a whole match, and that of its secret.
type Spans = ((usize, usize), (usize, usize));

impl RuleSet {
    /// How far after a keyword a match of a rule is searched for, in bytes. A match that begins before its
    /// keyword is found by an unanchored search, so the text is limited to what a match can reach, plus one
    /// byte, since a match that ends with the searched text counts as cut off.
    fn reads(&self, at: usize) -> usize {
        let Compiled { rule, lengths, .. } = &self.tables.rules[at];
        let longest = if rule.lookbehind == 0 { usize::MAX } else { ready(lengths, || rule.lengths()).1 };
        (rule.max_len - rule.lookbehind).min(longest.saturating_add(1))
    }

    /// Returns what the rule with index `at` finds at one of its keywords.
    pub(super) fn try_rule(
        &self,
        text: &[u8],
        at: usize,
        keyword: usize,
        done: &mut Progress,
    ) -> Option<Match> {
        let rule = &*self.tables.rules[at].rule;
        if done.is_done(at, keyword) {
            return None;
        }
        let from = keyword.saturating_sub(rule.lookbehind).max(done.min_start(at));
        if !may_match(rule, text, from, keyword) {
            return None;
        }
        let to = text.len().min(keyword + self.reads(at));
        let (whole, secret) = self.search(text, at, keyword, from..to, done)?;
        let found = &text[secret.0..secret.1];
        if is_other_value(rule, text, keyword, secret)
            || self.preset == Preset::Balanced && is_harmless(rule, text, keyword, secret)
        {
            return None;
        }
        let mut start = secret.0;
        if !self.accepts(rule, found, secret != whole)
            || rule.is_prefixed() && naming::goes_on_in_words(found)
            || rule.may_match_by_chance() && payload::goes_on(text, secret.0)
        {
            start = self.force_accept(at, whole, secret.0, done)?;
        }
        // A character that no token contains, followed by letters: the value has another form than the
        // rule's.
        if rule.assigned && self.preset == Preset::Balanced && is_interrupted(&text[secret.1..]) {
            return None;
        }
        // Only an accepted match is extended to its end, so that a long text of rejected ones is not read
        // again for each.
        let end = if secret.1 == to { token_end(text, to) } else { secret.1 };
        Some(Match { rule: at, whole, start, end, secret: secret.0, to })
    }

    /// Returns the spans of the match at a keyword and of its secret, within `range`. After repeated failures
    /// in the same text, a single search for the next match replaces the tries.
    fn search(
        &self,
        text: &[u8],
        at: usize,
        keyword: usize,
        range: Range<usize>,
        done: &mut Progress,
    ) -> Option<Spans> {
        let Compiled { rule, required_byte, .. } = &self.tables.rules[at];
        let regex = rule.compiled()?;
        let count = self.tables.rules.len();
        // The text before this keyword has been read, so the match of the next keyword begins after it.
        let pass_over = |done: &mut Progress| {
            if rule.lookbehind > 0 {
                done.set_min_start(at, keyword, count);
            }
        };
        if done.keeps_failing(at, keyword) {
            // If the next match is near enough to be read completely, no keyword before it has one.
            let reads = self.reads(at);
            let far = text.len().min(range.end + reads);
            #[cfg(test)]
            crate::scrub::work::count(far - range.start);
            let next = regex.search(&Input::new(text).span(range.start..far));
            let next = next.map_or(keyword + reads, |next| next.start());
            if next > keyword {
                pass_over(done);
                done.note_no_match(at, next.min(keyword + reads), far, count);
                return None;
            }
        }
        let required = *ready(required_byte, || rule.required_byte());
        let may_match = required.is_none_or(|byte| memchr::memchr(byte, &text[range.clone()]).is_some());
        let anchored = if rule.lookbehind == 0 { Anchored::Yes } else { Anchored::No };
        let input = Input::new(text).span(range.clone()).anchored(anchored);
        let found = if may_match { spans(regex, &input) } else { None };
        #[cfg(test)]
        crate::scrub::work::count(found.map_or(range.end, |(whole, _)| whole.1) - range.start);
        let found = found.filter(|(whole, _)| whole.0 <= keyword);
        if found.is_none() {
            done.note_failure(at, keyword, range.end, count);
        }
        let found = found.filter(|(whole, _)| !rule.word_start || escape::token_may_begin(text, whole.0));
        if found.is_none() {
            pass_over(done);
        }
        found
    }

    /// Like [`Progress::force_accept`], but never accepts a value that is assigned to a name: the names of a
    /// list of services before a value are all rejected, and they are few, since the value is near its name.
    pub(super) fn force_accept(
        &self,
        at: usize,
        whole: (usize, usize),
        secret: usize,
        done: &mut Progress,
    ) -> Option<usize> {
        let count = self.tables.rules.len();
        if self.tables.rules[at].rule.assigned { None } else { done.force_accept(at, whole, secret, count) }
    }

    /// Whether a secret is random enough, passes the rule's validator and is not masked.
    fn accepts(&self, rule: &Rule, found: &[u8], part: bool) -> bool {
        rule.entropy.is_none_or(|floor| entropy::bits_per_byte(found) >= floor)
            && rule.validator.is_none_or(|validator| rule.accepts(validator, found))
            && !self.is_masked(found, part)
    }

    /// Whether `balanced` treats `found` as a placeholder, mask or sample; `part` is whether it is only part
    /// of a match.
    pub(super) fn is_masked(&self, found: &[u8], part: bool) -> bool {
        self.preset == Preset::Balanced
            && (part && placeholder::is_placeholder(found)
                || placeholder::holds_mask(found)
                || placeholder::is_sample(found)
                || found.ends_with(b"EXAMPLE")
                || [b"-EXAMPLE".as_slice(), b"_EXAMPLE"]
                    .into_iter()
                    .any(|word| memchr::memmem::find(found, word).is_some()))
    }
}

/// Whether a match may begin at or after `from` and contain the keyword. Text whose match would be rejected
/// anyway is not read, since inside a long word every keyword would read all the rest.
fn may_match(rule: &Rule, text: &[u8], from: usize, keyword: usize) -> bool {
    (!rule.word_start || (from..=keyword).rev().any(|at| escape::token_may_begin(text, at)))
        && (!rule.assigned || is_separated(text, keyword, MAX_GAP))
}

/// Whether what was found is the value of another name than the one that the rule is about.
fn is_other_value(rule: &Rule, text: &[u8], keyword: usize, secret: (usize, usize)) -> bool {
    let (before, found) = (&text[keyword.min(secret.0)..secret.0], &text[secret.0..secret.1]);
    // A mangled name of C++ or Rust, or the digest of a listing: the line above does not name it.
    if ends_line(before) && (naming::is_mangled(found) || digest::heads_line(text, secret.0, secret.1)) {
        return true;
    }
    if before.len() > rule.max_gap {
        return true;
    }
    if rule.assigned {
        // `rollbar` of `tkScrollbar`: a keyword inside a word is the name of something else, unless a value
        // is assigned to it.
        let inside =
            keyword > 0 && text[keyword - 1].is_ascii_lowercase() && text[keyword].is_ascii_lowercase();
        if inside && !before.iter().any(|byte| matches!(byte, b':' | b'=')) {
            return true;
        }
        // A dot is followed by a single word; with further dots it is a path of names.
        let is_path = before.ends_with(b".") && found.contains(&b'.');
        if says_site_key(before) || is_path {
            return true;
        }
    }
    // `arn:aws:secretsmanager:eu-west-1:1234:secret:prod/db-AbC1dE`: the name of a secret.
    if is_in_arn(&text[..keyword]) {
        return true;
    }
    // `PublicKeyToken=...` in the name of a .NET assembly.
    rule.value_is_token && says_public(&text[keyword.saturating_sub("public_key".len())..keyword])
}

/// Whether the value is public: the digest of a file or a commit, or a public key.
fn is_harmless(rule: &Rule, text: &[u8], keyword: usize, secret: (usize, usize)) -> bool {
    let before = &text[keyword.min(secret.0)..secret.0];
    is_digest(rule, text, before, secret)
        || rule.assigned && says_public(before)
        || ends_line(before) && digest::is_commit(&text[..keyword], &text[secret.0..secret.1])
}

/// Whether a line ends between a name and its value, and nothing else separates them.
fn ends_line(before: &[u8]) -> bool {
    let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let before = &before[..before.len() - blanks];
    before.ends_with(b"\n") || before.ends_with(b"\\n")
}

/// Whether an Amazon Resource Name goes on after `before`.
fn is_in_arn(before: &[u8]) -> bool {
    const LONGEST: usize = 96;
    let near = &before[before.len().saturating_sub(LONGEST)..];
    let word =
        near.rsplit(|byte| !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\'')).next().unwrap_or(near);
    word.ends_with(b":") && memchr::memmem::find(word, b"arn:").is_some()
}

/// Whether the secret is the digest of a file, according to the word before it or the name that it is part
/// of.
fn is_digest(rule: &Rule, text: &[u8], before: &[u8], secret: (usize, usize)) -> bool {
    let found = &text[secret.0..secret.1];
    if !rule.assigned {
        let in_name =
            digest::is_in_file_name(found, &text[secret.1..]) || digest::is_in_slug(&text[..secret.0], found);
        return rule.is_prefixed() && in_name;
    }
    digest::is_told(before, found)
}

/// Whether a value is followed by a character that no token contains and then a letter or digit: `8f3a?9b1c`.
/// A percent escape of a URL (`%3D`) does not count.
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

/// Whether something that may separate a name from its value follows soon after the keyword at `at`. A dot
/// counts only after a word for a secret.
fn is_separated(text: &[u8], at: usize, gap: usize) -> bool {
    let window = &text[at..text.len().min(at + gap)];
    window.iter().enumerate().any(|(at, byte)| match byte {
        b'_' => false,
        b'.' => says_what(&window[..at]),
        byte => !byte.is_ascii_alphanumeric(),
    })
}

/// Whether a name ends with a word that a dot may separate from its value.
fn says_what(name: &[u8]) -> bool {
    const WORDS: [&[u8]; 5] = [b"key", b"token", b"secret", b"access", b"private"];
    WORDS.iter().any(|word| {
        let end = name.len().checked_sub(word.len()).map(|at| &name[at..]);
        end.is_some_and(|end| end.eq_ignore_ascii_case(word))
    })
}

/// Returns the span of the whole match and that of the group `secret`, or the whole match again without such
/// a group.
pub(super) fn spans(regex: &Regex, input: &Input<'_>) -> Option<Spans> {
    if regex.captures_len() == 1 {
        let whole = regex.search(input)?;
        return Some(((whole.start(), whole.end()), (whole.start(), whole.end())));
    }
    // Mostly there is no match, so no captures are allocated before one is found. The groups are then
    // searched for in the match alone, as that preparation grows with the length of the text.
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

/// Extends a match that reached its bound to the end of its token: an unredacted tail would be a leak.
fn token_end(text: &[u8], from: usize) -> usize {
    let tail = text[from..].iter().take_while(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=' | b'.')
    });
    from + tail.count()
}
