//! Finds the end of a secret that is longer than its pattern allows.
//!
//! A pattern bounds the length of its match, and a longer value is still the value: leaving its end would be
//! a leak, and leaving half a character would be no valid text. So where a match ends only because its last
//! repetition is full, the same pattern without that bound finds the end of the value.

use regex_automata::meta::Regex;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Capture, Class, Hir, HirKind, Repetition};

use super::MAX_COMPILED;

/// The longest spelling of one repeated character, in bytes.
const UNIT: usize = 8;

/// The bytes that may continue a secret after the end of a match.
pub(crate) struct Alphabet([bool; 256]);

impl std::fmt::Debug for Alphabet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Alphabet({})", self.0.iter().filter(|may| **may).count())
    }
}

impl Alphabet {
    /// Collects the bytes from a pattern; none if it does not parse.
    pub(crate) fn of(pattern: &str) -> Self {
        let mut tail = Self([false; 256]);
        if let Some(hir) = parse(pattern) {
            longer(&hir, &mut tail);
        }
        tail
    }

    /// Whether the secret goes on if this byte follows it.
    pub(crate) fn goes_on(&self, byte: Option<&u8>) -> bool {
        byte.is_some_and(|byte| self.0[usize::from(*byte)])
    }

    /// Adds the bytes that a part may begin with. Returns whether a letter or a digit is among them.
    fn add(&mut self, hir: &Hir) -> bool {
        let first = first(hir);
        for (may, more) in self.0.iter_mut().zip(first) {
            *may |= more;
        }
        (0..=u8::MAX).any(|byte| byte.is_ascii_alphanumeric() && first[usize::from(byte)])
    }
}

/// Compiles the pattern without the bound of the repetition that its secret ends with.
pub(crate) fn regex(pattern: &str) -> Option<Regex> {
    let hir = longer(&parse(pattern)?, &mut Alphabet([false; 256]));
    let config = Regex::config().utf8_empty(false).nfa_size_limit(Some(MAX_COMPILED));
    Regex::builder().configure(config).build_from_hir(&hir).ok()
}

fn parse(pattern: &str) -> Option<Hir> {
    ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).ok()
}

fn longer(hir: &Hir, tail: &mut Alphabet) -> Hir {
    if holds_secret(hir) { longer_secret(hir, tail) } else { longer_end(hir, tail) }
}

fn is_secret(capture: &Capture) -> bool {
    capture.name.as_deref() == Some("secret")
}

fn holds_secret(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Capture(capture) => is_secret(capture) || holds_secret(&capture.sub),
        HirKind::Repetition(repetition) => holds_secret(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(holds_secret),
        _ => false,
    }
}

/// Whether a part may match the empty text, as an assertion does.
fn may_be_empty(hir: &Hir) -> bool {
    hir.properties().minimum_len() == Some(0)
}

fn with_sub(repetition: &Repetition, sub: Hir) -> Hir {
    Hir::repetition(repetition.with(sub))
}

/// Lifts the bound in a part that contains the group `secret`, unless something must follow the group and so
/// bounds it.
fn longer_secret(hir: &Hir, tail: &mut Alphabet) -> Hir {
    let lift = |part: &Hir, tail: &mut Alphabet| {
        if holds_secret(part) { longer_secret(part, tail) } else { part.clone() }
    };
    match hir.kind() {
        HirKind::Capture(capture) => {
            let sub = if is_secret(capture) {
                longer_end(&capture.sub, tail)
            } else {
                longer_secret(&capture.sub, tail)
            };
            Hir::capture(Capture { sub: Box::new(sub), ..capture.clone() })
        }
        HirKind::Repetition(repetition) => with_sub(repetition, longer_secret(&repetition.sub, tail)),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(|part| lift(part, tail)).collect()),
        HirKind::Concat(parts) => {
            let behind = parts.iter().rev().take_while(|part| !holds_secret(part));
            if !behind.into_iter().all(may_be_empty) {
                return hir.clone();
            }
            Hir::concat(parts.iter().map(|part| lift(part, tail)).collect())
        }
        _ => hir.clone(),
    }
}

/// Lifts the bound of the last repetition of a part.
fn longer_end(hir: &Hir, tail: &mut Alphabet) -> Hir {
    match hir.kind() {
        HirKind::Class(_) => unbounded(hir, 1, tail).unwrap_or_else(|| hir.clone()),
        HirKind::Repetition(repetition) if repetition.greedy => {
            let unit = repetition.sub.properties().maximum_len().is_some_and(|length| length <= UNIT)
                && matches!(repetition.sub.kind(), HirKind::Class(_) | HirKind::Alternation(_));
            match repetition.max {
                Some(0 | 1) => with_sub(repetition, longer_end(&repetition.sub, tail)),
                Some(_) if unit => {
                    unbounded(&repetition.sub, repetition.min, tail).unwrap_or_else(|| hir.clone())
                }
                None if unit => hir.clone(),
                _ => with_sub(repetition, longer_end(&repetition.sub, tail)),
            }
        }
        HirKind::Capture(capture) => {
            Hir::capture(Capture { sub: Box::new(longer_end(&capture.sub, tail)), ..capture.clone() })
        }
        HirKind::Alternation(parts) => {
            Hir::alternation(parts.iter().map(|part| longer_end(part, tail)).collect())
        }
        HirKind::Concat(parts) => {
            let last = parts.iter().rposition(|part| !may_be_empty(part)).unwrap_or_default();
            let mut parts = parts.clone();
            for part in &mut parts[last..] {
                *part = longer_end(part, tail);
            }
            Hir::concat(parts)
        }
        _ => hir.clone(),
    }
}

/// Repeats `unit` at least `min` times without an upper bound, if it may begin with a letter or a digit.
fn unbounded(unit: &Hir, min: u32, tail: &mut Alphabet) -> Option<Hir> {
    let mut more = Alphabet([false; 256]);
    more.add(unit).then(|| {
        tail.add(unit);
        Hir::repetition(Repetition { min, max: None, greedy: true, sub: Box::new(unit.clone()) })
    })
}

/// The bytes that a part may begin with.
fn first(hir: &Hir) -> [bool; 256] {
    let mut bytes = [false; 256];
    let mut add = |other: [bool; 256]| bytes.iter_mut().zip(other).for_each(|(may, more)| *may |= more);
    match hir.kind() {
        // A pattern over bytes has no Unicode classes.
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Unicode(_)) => {}
        HirKind::Literal(literal) => {
            if let Some(byte) = literal.0.first() {
                bytes[usize::from(*byte)] = true;
            }
        }
        HirKind::Class(Class::Bytes(class)) => {
            for range in class.ranges() {
                bytes[usize::from(range.start())..=usize::from(range.end())].fill(true);
            }
        }
        HirKind::Repetition(repetition) => add(first(&repetition.sub)),
        HirKind::Capture(capture) => add(first(&capture.sub)),
        HirKind::Alternation(parts) => parts.iter().for_each(|part| add(first(part))),
        HirKind::Concat(parts) => {
            for part in parts {
                add(first(part));
                if !may_be_empty(part) {
                    break;
                }
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use regex_automata::{Anchored, Input};

    use super::*;

    #[test]
    fn a_pattern_without_its_last_bound_matches_to_the_value_s_end() {
        for (pattern, text, taken) in [
            ("key-[0-9a-f]{4}", "key-0123456789 x", 14),
            ("pass (?P<secret>[^ ]{2,4})", "pass \u{e9}\u{e9}\u{e9} x", 11),
            ("(?:'[^']{2,4}'|[a-z]{2,4})", "abcdefgh' i", 8),
            ("(?:'[^']{2,4}|[a-z]{2,4})", "'a bcdef h' i", 10),
            ("[A-Z]{2}[a-z]{2,3}={0,2}", "ABcdefg== x", 9),
            ("(?:[a-z0-9]{4}){2}", "abcd0123456 x", 11),
            ("(?P<secret>(?:[a-z]|\\\\\\\\[a-z]){2,4})\\b{end-half}", "abcdefg x", 7),
            // What must follow the secret ends it.
            ("(?P<secret>[a-z]{2,3})[a-z]", "abcdefgh", 4),
            ("[a-z]{2,3}?", "abcdefgh", 2),
            ("[a-z]{2}\\s{0,2}", "ab    ", 4),
        ] {
            let regex = regex(pattern).expect("it compiles");
            let found = regex.search(&Input::new(text).anchored(Anchored::Yes)).expect("it matches");
            assert_eq!(found.end(), taken, "{pattern}");
        }
    }

    #[test]
    fn what_may_go_on_is_told() {
        let tail = Alphabet::of("key-(?P<secret>[0-9a-f]{4})(?:=|%3D){0,2}");
        assert!(tail.goes_on(Some(&b'a')) && !tail.goes_on(Some(&b'g')) && !tail.goes_on(None));
        assert!(!Alphabet::of("(?P<secret>[0-9a-f]{4})\"").goes_on(Some(&b'a')));
        assert!(!Alphabet::of("[0-9a-f]{4}\\.com").goes_on(Some(&b'a')));
        assert!(!Alphabet::of("(").goes_on(Some(&b'a')));
    }
}
