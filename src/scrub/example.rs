//! Expands the example templates of rules. Templates keep real-looking secrets out of the rule files, so that
//! no scanner reports them.
//!
//! `{alnum 36}` becomes 36 random letters and digits. The other alphabets are `hex`, `HEX`, `upper`, `lower`,
//! `digit`, `lowdig`, `updig`, `b64`, `b64url` and `base58`. `{uuid}` becomes a random UUID and `{join}`
//! nothing, so that a literal prefix can be split. Any other brace is literal. What a scrub must redact is
//! enclosed in `«` and `»`.

use std::ops::Range;

use proptest::prelude::*;

const DIGITS: &str = "0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A text and the spans of its secrets, in bytes.
#[derive(Debug, Default)]
pub(crate) struct Example {
    pub(crate) text: String,
    pub(crate) secrets: Vec<Range<usize>>,
}

/// Expands `template` with `seed`; the same pair gives the same text.
pub(crate) fn expand(template: &str, seed: u64) -> Example {
    let mut random = Random(seed);
    let mut example = Example::default();
    let mut open = None;
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        if let Some((made, length)) = piece(rest, &mut random) {
            example.text.push_str(&made);
            rest = &rest[length..];
            continue;
        }
        match first {
            '«' => open = Some(example.text.len()),
            '»' => {
                let start = open.take().expect("a template opens « before it closes »");
                example.secrets.push(start..example.text.len());
            }
            other => example.text.push(other),
        }
        rest = &rest[first.len_utf8()..];
    }
    assert!(open.is_none(), "a template closes « by »");
    example
}

/// Generates texts from the examples of all rules. One example in four is truncated at a random place. Each
/// is followed by `each` pieces of `between`, and a text has `many` examples.
pub(crate) fn texts(
    between: &'static [&'static str],
    each: Range<usize>,
    many: Range<usize>,
) -> impl Strategy<Value = String> {
    let rules = super::catalogue::builtin().iter();
    let templates: Vec<_> = rules.flat_map(|rule| rule.positive.iter().chain(&rule.negative)).collect();
    let cut = prop::option::weighted(0.25, any::<prop::sample::Index>());
    let example = (prop::sample::select(templates), any::<u64>(), cut).prop_map(|(template, seed, cut)| {
        let mut text = expand(template, seed).text;
        if let Some(at) = cut {
            text.truncate(text.floor_char_boundary(at.index(text.len() + 1)));
        }
        text
    });
    let behind = prop::collection::vec(prop::sample::select(between), each);
    let piece = (example, behind).prop_map(|(example, behind)| example + &behind.concat());
    prop::collection::vec(piece, many).prop_map(|pieces| pieces.concat())
}

/// Expands the placeholder at the beginning of `rest`; also returns its length in the template.
fn piece(rest: &str, random: &mut Random) -> Option<(String, usize)> {
    let end = rest.strip_prefix('{')?.find('}')? + 1;
    let inner = &rest[1..end];
    let made = match inner {
        "join" => String::new(),
        "uuid" => {
            let hex = random.text("0123456789abcdef", 32);
            format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
        }
        _ => {
            let (name, count) = inner.split_once(' ')?;
            random.text(&alphabet(name)?, count.parse().ok()?)
        }
    };
    Some((made, end + 1))
}

fn alphabet(name: &str) -> Option<String> {
    Some(match name {
        "digit" => DIGITS.to_owned(),
        "lower" => LOWER.to_owned(),
        "upper" => UPPER.to_owned(),
        "hex" => format!("{DIGITS}abcdef"),
        "HEX" => format!("{DIGITS}ABCDEF"),
        "lowdig" => format!("{LOWER}{DIGITS}"),
        "updig" => format!("{UPPER}{DIGITS}"),
        "alnum" => format!("{LOWER}{UPPER}{DIGITS}"),
        "b64" => format!("{LOWER}{UPPER}{DIGITS}+/"),
        "b64url" => format!("{LOWER}{UPPER}{DIGITS}-_"),
        "base58" => "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".to_owned(),
        _ => return None,
    })
}

/// `SplitMix64`: good enough for examples, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// Returns `count` characters of `letters`. The last two are neither `-`, `_`, `+` nor `/`, because the
    /// byte next to a marker should not depend on the seed. One of them is a digit if the alphabet has
    /// digits, so that every run of letters and digits is mixed.
    fn text(&mut self, letters: &str, count: usize) -> String {
        let plain: Vec<char> = letters.chars().filter(char::is_ascii_alphanumeric).collect();
        let digits: Vec<char> = letters.chars().filter(char::is_ascii_digit).collect();
        let all: Vec<char> = letters.chars().collect();
        (0..count)
            .map(|at| {
                let from = match count - at {
                    1 => &plain,
                    2 if !digits.is_empty() => &digits,
                    _ => &all,
                };
                let length = u64::try_from(from.len()).expect("an alphabet is short");
                from[usize::try_from(self.next() % length).expect("less than an alphabet's length")]
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_expanded_and_its_marks_become_spans() {
        let example = expand("key={\"a\"} «gh{join}p_{hex 8}» {digit 3}", 7);
        assert_eq!(example.secrets.len(), 1);
        let secret = &example.text[example.secrets[0].clone()];
        assert!(secret.starts_with("ghp_") && secret.len() == 12, "{secret}");
        assert!(example.text.starts_with("key={\"a\"} ghp_"));
        assert!(!example.text.contains('«'));
        assert_eq!(expand("{alnum 40}", 7).text, expand("{alnum 40}", 7).text);
        assert_ne!(expand("{alnum 40}", 7).text, expand("{alnum 40}", 8).text);
    }

    #[test]
    fn a_uuid_has_its_form() {
        let text = expand("{uuid}", 1).text;
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }
}
