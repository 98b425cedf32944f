//! Whether the secrets of a rule are runs of token characters: the rule then needs to be tried only where a
//! run is.
//!
//! `build.rs` compiles this file too and writes the answers into the built-in rules, since a first scrubber
//! would take twice as long if it parsed every pattern.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The shortest run that is recorded, in bytes.
pub(crate) const SHORTEST: usize = 10;
/// The shortest run that may be a token without a digit, in bytes, and the minimum length that a rule may
/// rely on.
pub(crate) const LONG: usize = 16;
/// How far after its keyword an assigned value may begin, in bytes: a name, the words after it and what
/// separates them. Before a run, keywords are searched for in that many bytes.
pub(crate) const MAX_GAP: usize = 112;

/// What decides the answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form<'p> {
    pub(crate) pattern: Pattern<'p>,
    /// Whether a match begins with a keyword.
    pub(crate) begins_with_keyword: bool,
    pub(crate) word_start: bool,
    pub(crate) block: bool,
    /// How far after its keyword the secret may begin, in bytes, besides what the pattern says.
    pub(crate) max_gap: Option<usize>,
    /// The name of the validator.
    pub(crate) validator: Option<&'p str>,
}

/// A pattern as the file has it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pattern<'p> {
    /// `pattern`: of a whole match.
    Match(&'p str),
    /// `value_pattern`: of a value, at most [`MAX_GAP`] bytes after the name that it is assigned to.
    Value(&'p str),
}

/// Where a rule needs to be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// Only where a match begins with a run of [`LONG`] bytes, since every match does.
    pub(crate) long_token: bool,
    /// Only before a run that may be random, since the secret begins with one that follows the keyword.
    pub(crate) value_is_token: bool,
}

impl Form<'_> {
    /// Where a rule of this form needs to be tried. A pattern that does not compile restricts nothing.
    pub(crate) fn places(&self) -> Places {
        let none = Places { long_token: false, value_is_token: false };
        let (Pattern::Match(pattern) | Pattern::Value(pattern)) = self.pattern;
        let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
        let Some(hir) = parser.parse(pattern).ok().filter(|_| self.begins_with_keyword) else { return none };
        let random = matches!(self.validator, Some("random" | "random-or-long"));
        match self.pattern {
            Pattern::Value(_) => Places { value_is_token: random && leading(&hir).0 >= SHORTEST, ..none },
            // The words of prefixed tokens are searched for in a pass of their own.
            Pattern::Match(_) if self.word_start => Places { long_token: leading(&hir).0 >= LONG, ..none },
            Pattern::Match(_) => {
                let value_is_token = random && !self.block && self.follows_closely(&hir);
                Places { value_is_token, ..none }
            }
        }
    }

    /// Whether the group `secret` consists of token characters, [`SHORTEST`] or more, and begins at most
    /// [`MAX_GAP`] bytes after the beginning of every match.
    fn follows_closely(&self, hir: &Hir) -> bool {
        let HirKind::Concat(parts) = hir.kind() else { return false };
        let secret = parts.iter().enumerate().find_map(|(at, part)| match part.kind() {
            HirKind::Capture(group) if group.name.as_deref() == Some("secret") => Some((at, &group.sub)),
            _ => None,
        });
        let Some((at, secret)) = secret else { return false };
        let gap = parts[..at]
            .iter()
            .try_fold(0_usize, |sum, part| sum.checked_add(part.properties().maximum_len()?));
        let (count, all) = leading(secret);
        let gap = gap.into_iter().chain(self.max_gap).min();
        all && count >= SHORTEST && gap.is_some_and(|gap| gap <= MAX_GAP)
    }
}

/// Whether `byte` is a token character.
pub(crate) const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'/' | b'=' | b'_' | b'~')
}

/// How many token characters every match begins with at least, and whether it consists of nothing else.
fn leading(hir: &Hir) -> (usize, bool) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => (0, true),
        HirKind::Literal(literal) => {
            let count = literal.0.iter().take_while(|byte| is_token(**byte)).count();
            (count, count == literal.0.len())
        }
        HirKind::Class(class) => {
            let all = match class {
                Class::Bytes(class) => {
                    class.ranges().iter().all(|range| (range.start()..=range.end()).all(is_token))
                }
                Class::Unicode(class) => class
                    .ranges()
                    .iter()
                    .all(|range| (range.start()..=range.end()).all(|c| u8::try_from(c).is_ok_and(is_token))),
            };
            (usize::from(all), all)
        }
        HirKind::Repetition(repetition) => {
            let times = repetition.min as usize;
            match leading(&repetition.sub) {
                (count, true) => (count.saturating_mul(times), true),
                (count, false) => (count * times.min(1), false),
            }
        }
        HirKind::Capture(capture) => leading(&capture.sub),
        HirKind::Concat(parts) => {
            let mut sum = 0_usize;
            for part in parts {
                let (count, all) = leading(part);
                sum = sum.saturating_add(count);
                if !all {
                    return (sum, false);
                }
            }
            (sum, true)
        }
        HirKind::Alternation(parts) => {
            let parts: Vec<(usize, bool)> = parts.iter().map(leading).collect();
            let least = parts.iter().map(|(count, _)| *count).min().unwrap_or_default();
            (least, parts.iter().all(|(_, all)| *all))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(pattern: Pattern<'_>, change: impl Fn(&mut Form<'_>)) -> (bool, bool) {
        let mut form = Form {
            pattern,
            begins_with_keyword: true,
            word_start: false,
            block: false,
            max_gap: None,
            validator: Some("random"),
        };
        change(&mut form);
        let Places { long_token, value_is_token } = form.places();
        (long_token, value_is_token)
    }

    #[test]
    fn what_a_match_begins_with_is_counted() {
        for (pattern, count) in [
            ("ghp_[A-Za-z0-9]{36}", 40),
            ("(?:sk|pk)_live_[0-9a-z]{24,}", 32),
            ("(?i:glpat-)[a-z]{3}x*", 9),
            ("a[^b]{9}", 1),
            (r"key\s*=[a-z]{40}", 3),
            ("x?[a-z]{20}", 20),
            ("(?: x)?[a-z]{20}", 0),
        ] {
            let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
            assert_eq!(leading(&parser.parse(pattern).expect("it parses")).0, count, "{pattern}");
        }
    }

    #[test]
    fn a_token_is_tried_in_runs_where_every_match_begins_with_a_long_one() {
        let starts = |form: &mut Form<'_>| form.word_start = true;
        assert_eq!(places(Pattern::Match("acme_[a-z]{11}"), starts), (true, false));
        assert_eq!(places(Pattern::Match("acme_[a-z]{10}"), starts), (false, false));
        assert_eq!(places(Pattern::Match("acme_[a-z]{11}|acme "), starts), (false, false));
        let inside = |form: &mut Form<'_>| (form.word_start, form.begins_with_keyword) = (true, false);
        assert_eq!(places(Pattern::Match("acme_[a-z]{11}"), inside), (false, false));
        assert_eq!(places(Pattern::Match("acme_[a-z]{11}("), starts), (false, false));
    }

    #[test]
    fn a_value_is_tried_before_runs_where_it_is_random_and_near_its_keyword() {
        let same = |_: &mut Form<'_>| ();
        let near = "acme key: {1,40}(?P<secret>[a-z0-9]{10,})";
        assert_eq!(places(Pattern::Match(near), same), (false, true));
        assert_eq!(places(Pattern::Value("[a-z0-9]{10}"), same), (false, true));
        assert_eq!(places(Pattern::Value("[a-z0-9]{9}"), same), (false, false));
        let far = near.replace("{1,40}", "+");
        assert_eq!(places(Pattern::Match(&far), same), (false, false));
        assert_eq!(places(Pattern::Match(&far), |form| form.max_gap = Some(MAX_GAP)), (false, true));
        assert_eq!(places(Pattern::Match(&far), |form| form.max_gap = Some(MAX_GAP + 1)), (false, false));
        assert_eq!(places(Pattern::Match(&near.replace("{10,}", "{10,}:[a-z]")), same), (false, false));
        assert_eq!(places(Pattern::Match(near), |form| form.validator = Some("mixed")), (false, false));
        assert_eq!(places(Pattern::Match(near), |form| form.block = true), (false, false));
        // The words of prefixed tokens are searched for by themselves, too.
        assert_eq!(places(Pattern::Match(near), |form| form.word_start = true), (false, false));
    }
}
