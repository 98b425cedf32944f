//! A rule tried at one of its keywords: what is read for it, and what is refused of what its pattern matches.

use std::ops::Range;

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use super::found::Match;
use super::{Compiled, RuleSet};
use crate::scrub::lazy::ready;
use crate::scrub::progress::Progress;
use crate::scrub::rule::{MAX_GAP, Rule};
use crate::scrub::sensitive::{says_public, says_site_key};
use crate::scrub::{Preset, digest, entropy, escape, payload, placeholder};

/// Where a whole match begins and ends, and its secret.
type Spans = ((usize, usize), (usize, usize));

impl RuleSet {
    /// How far behind a keyword a match of a rule is looked for, in bytes. One that begins in front of it is searched for, and what no match can
    /// reach would be read in vain; one byte more, since a match that ends where that does is taken for cut.
    fn reads(&self, at: usize) -> usize {
        let Compiled { rule, lengths, .. } = &self.rules[at];
        let longest = if rule.lookbehind == 0 { usize::MAX } else { ready(lengths, || rule.lengths()).1 };
        (rule.max_len - rule.lookbehind).min(longest.saturating_add(1))
    }

    /// What the rule with the number `at` finds at one of its keywords.
    pub(super) fn try_rule(
        &self,
        text: &[u8],
        at: usize,
        keyword: usize,
        done: &mut Progress,
    ) -> Option<Match> {
        let rule = &*self.rules[at].rule;
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
            || rule.may_match_by_chance() && payload::goes_on(text, secret.0)
        {
            start = done.force_accept(at, whole, secret.0, self.rules.len())?;
        }
        // A character that no token has, and letters after it: the value has another form than that of the rule.
        if rule.assigned && self.preset == Preset::Balanced && is_interrupted(&text[secret.1..]) {
            return None;
        }
        // Only an accepted match is followed to its end: a long text of rejected ones is not read again for each.
        let end = if secret.1 == to { token_end(text, to) } else { secret.1 };
        Some(Match { rule: at, whole, start, end, secret: secret.0, to })
    }

    /// The spans of the match at a keyword and of its secret, within `range`. Where many tries failed that read the same text, one search for the
    /// next match takes their place.
    fn search(
        &self,
        text: &[u8],
        at: usize,
        keyword: usize,
        range: Range<usize>,
        done: &mut Progress,
    ) -> Option<Spans> {
        let Compiled { rule, regex, required_byte, .. } = &self.rules[at];
        let regex = ready(regex, || rule.regex().ok()).as_ref()?;
        let count = self.rules.len();
        // What stands before this keyword has been read: the match of the next one begins after it.
        let pass_over = |done: &mut Progress| {
            if rule.lookbehind > 0 {
                done.set_min_start(at, keyword, count);
            }
        };
        if done.keeps_failing(at, keyword) {
            // If the next match is so near that all of it is seen, no keyword before it has one.
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

    /// Whether what a rule has found is random enough, passes its check, and is not the mask of a secret.
    fn accepts(&self, rule: &Rule, found: &[u8], part: bool) -> bool {
        rule.entropy.is_none_or(|floor| entropy::bits_per_byte(found) >= floor)
            && rule.validator.is_none_or(|validator| rule.accepts(validator, found))
            && !self.is_masked(found, part)
    }

    /// Whether `balanced` sees that something else stands in the place of a secret, which is `part` of a match.
    pub(super) fn is_masked(&self, found: &[u8], part: bool) -> bool {
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

/// Whether a match may begin at `from` or after it and hold the keyword: what is rejected in any case is not read, since inside a long word every
/// keyword would read all the rest.
fn may_match(rule: &Rule, text: &[u8], from: usize, keyword: usize) -> bool {
    (!rule.word_start || (from..=keyword).rev().any(|at| escape::token_may_begin(text, at)))
        && (!rule.assigned || is_separated(text, keyword, MAX_GAP))
}

/// Whether what was found is the value of another name than the one that the rule means; `before` is what stands between keyword and value.
fn is_other_value(rule: &Rule, text: &[u8], keyword: usize, secret: (usize, usize)) -> bool {
    let (before, found) = (&text[keyword.min(secret.0)..secret.0], &text[secret.0..secret.1]);
    // A mangled name of C++ or Rust, or the digest of a listing: the line above does not name it.
    let mangled = || [b"_ZN".as_slice(), b"_ZT", b"_RNv"].iter().any(|start| found.starts_with(start));
    if ends_line(before) && (mangled() || digest::heads_line(text, secret.0, secret.1)) {
        return true;
    }
    if rule.assigned {
        // `rollbar` of `tkScrollbar`: a keyword inside a word is the name of something else, unless a value is assigned to it.
        let inside =
            keyword > 0 && text[keyword - 1].is_ascii_lowercase() && text[keyword].is_ascii_lowercase();
        if inside && !before.iter().any(|byte| matches!(byte, b':' | b'=')) {
            return true;
        }
        // After a dot stands one word: what goes on after another dot is a path of names.
        let is_path = before.ends_with(b".") && found.contains(&b'.');
        if before.len() > MAX_GAP || says_site_key(before) || is_path {
            return true;
        }
    }
    // `arn:aws:secretsmanager:eu-west-1:1234:secret:prod/db-AbC1dE`: the name of a secret.
    if is_in_arn(&text[..keyword]) {
        return true;
    }
    // `PublicKeyToken=...` of an assembly.
    rule.value_is_token && says_public(&text[keyword.saturating_sub("public_key".len())..keyword])
}

/// Whether people show the value to anybody: the digest of a file, a public key.
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

/// Whether the secret is the digest of a file, by the word before it or by the name that it is part of.
fn is_digest(rule: &Rule, text: &[u8], before: &[u8], secret: (usize, usize)) -> bool {
    let found = &text[secret.0..secret.1];
    if !rule.assigned {
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

/// The span of the whole match and that of the group `secret`, or the whole match again.
pub(super) fn spans(regex: &Regex, input: &Input<'_>) -> Option<Spans> {
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
fn token_end(text: &[u8], from: usize) -> usize {
    let tail = text[from..].iter().take_while(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=' | b'.')
    });
    from + tail.count()
}
