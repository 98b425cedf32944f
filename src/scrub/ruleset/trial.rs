//! A rule tried at one of its keywords: what is read for it, and what is refused of what its pattern matches.

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use super::found::Match;
use super::{Compiled, RuleSet};
use crate::scrub::progress::Progress;
use crate::scrub::ready::ready;
use crate::scrub::rule::Rule;
use crate::scrub::sensitive::{says_public, says_site_key};
use crate::scrub::{Preset, digest, entropy, escape, payload, placeholder};

impl RuleSet {
    /// How far behind a keyword a match of a rule is looked for, in bytes. One that begins in front of it is searched for, and what no match can
    /// reach would be read in vain; one byte more, since a match that ends where that does is taken for cut.
    fn reads(&self, at: usize) -> usize {
        let Compiled { rule, lengths, .. } = &self.rules[at];
        let longest = if rule.reach == 0 { usize::MAX } else { ready(lengths, || rule.lengths()).1 };
        (rule.max - rule.reach).min(longest.saturating_add(1))
    }

    /// What a rule finds at one of its keywords.
    pub(super) fn try_rule(
        &self,
        text: &[u8],
        at: usize,
        keyword: usize,
        done: &mut Progress,
    ) -> Option<Match> {
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
            crate::scrub::work::count(far - from);
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
        crate::scrub::work::count(found.map_or(to, |(whole, _)| whole.1) - from);
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

/// The span of the whole match and that of the group `secret`, or the whole match again.
pub(super) fn spans(regex: &Regex, input: &Input<'_>) -> Option<((usize, usize), (usize, usize))> {
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
