//! A byte that every match of a pattern contains: where it is missing, the pattern need not be tried.

use regex_automata::util::syntax;
use regex_syntax::hir::{Hir, HirKind};

/// Bytes that are rare in ordinary text, the rarest first.
const RARE: &[u8] = b"@~^%$;?!&#|";

/// One of [`RARE`] that every match of `pattern` contains. Bytes of the keywords do not count, since a
/// keyword is near each try anyway.
pub(super) fn of_pattern(pattern: &str, keywords: &[String]) -> Option<u8> {
    let config = syntax::Config::new().unicode(false).utf8(false);
    let signs = signs(&syntax::parse_with(pattern, &config).ok()?);
    let told = |sign: &u8| keywords.iter().any(|keyword| keyword.as_bytes().contains(sign));
    RARE.iter().copied().find(|sign| signs & bit(*sign) != 0 && !told(sign))
}

/// A set of the ASCII bytes that every match contains.
fn signs(hir: &Hir) -> u128 {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().fold(0, |all, byte| all | bit(*byte)),
        HirKind::Class(class) => class.literal().iter().flatten().fold(0, |all, byte| all | bit(*byte)),
        HirKind::Capture(group) => signs(&group.sub),
        HirKind::Repetition(again) if again.min > 0 => signs(&again.sub),
        HirKind::Concat(parts) => parts.iter().fold(0, |all, part| all | signs(part)),
        HirKind::Alternation(ways) => ways.iter().fold(u128::MAX, |all, way| all & signs(way)),
        _ => 0,
    }
}

fn bit(byte: u8) -> u128 {
    if byte.is_ascii() { 1 << byte } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_each_match_is_told() {
        for (pattern, expected) in [
            ("://[^@]*@[a-z]", Some(b'@')),
            ("a(?:b@|@c)+d", Some(b'@')),
            ("a(?:b@|c)d", None),
            ("a(?:@b)?d", None),
            ("a[@]{2}d", Some(b'@')),
            ("a[@~]d", None),
            ("(?P<secret>a%3D)~", Some(b'~')),
            ("key[;]x", None),
        ] {
            assert_eq!(of_pattern(pattern, &["key;".to_owned()]), expected, "{pattern}");
        }
    }
}
