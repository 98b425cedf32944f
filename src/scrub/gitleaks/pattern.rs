//! Translates Go regular expressions, in which gitleaks rules are written, into ours.
//!
//! Both descend from RE2. They differ in this: in our classes `[`, `&&`, `--` and `~~` are operators, a brace
//! that repeats nothing is an error, `\<` and `\>` are boundaries, and there is no `\Q...\E`. Besides, our
//! text is often the inside of a JSON string, where a quote may have backslashes before it.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// What may precede a quote, at any layer of JSON in JSON.
const ESCAPED: &str = r"\\{0,7}";

/// A translated pattern.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) text: String,
    /// Whether every match began with `\b` and a word character, so that the byte before it must not be a word
    /// character. The boundary is not in the text then.
    pub(super) left: bool,
}

/// Returns the pattern that matches what `go` does.
pub(super) fn translate(go: &str) -> Pattern {
    let mut reader = Reader { left: go, out: String::with_capacity(go.len() + 32) };
    while reader.step() {}
    let text = reader.out;
    let flags = if text.starts_with("(?i)") { "(?i)" } else { "" };
    match text[flags.len()..].strip_prefix(r"\b") {
        // The letter of an escaped line break does not belong to a word, which only the scrubber knows.
        Some(rest) if begins_words(&text) => Pattern { text: format!("{flags}{rest}"), left: true },
        _ => Pattern { text, left: false },
    }
}

/// Whether every match of a pattern that begins with `\b` begins where a word does: the boundary applies to all
/// alternatives, and a word character follows it.
fn begins_words(pattern: &str) -> bool {
    let parsed = [false, true].into_iter().find_map(|unicode| {
        regex_syntax::ParserBuilder::new().unicode(unicode).utf8(false).build().parse(pattern).ok()
    });
    let Some(hir) = parsed else { return false };
    let HirKind::Concat(parts) = hir.kind() else { return false };
    let boundary = matches!(parts[0].kind(), HirKind::Look(Look::WordAscii | Look::WordUnicode));
    boundary && first_of_all(&parts[1..]) == First::Word
}

/// The first character of the matches of a part of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    /// A word character.
    Word,
    /// A word character, or that of what follows the part, which may match the empty text.
    WordOrNext,
    /// Perhaps another character.
    Any,
}

fn first(hir: &Hir) -> First {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_word_char = |one: char| u8::try_from(one).is_ok_and(is_word);
    let told = |word: bool| if word { First::Word } else { First::Any };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => First::WordOrNext,
        HirKind::Literal(literal) => told(is_word(literal.0[0])),
        HirKind::Class(Class::Bytes(class)) => {
            told(class.ranges().iter().all(|range| (range.start()..=range.end()).all(is_word)))
        }
        HirKind::Class(Class::Unicode(class)) => told(
            class
                .ranges()
                .iter()
                .all(|range| range.end().is_ascii() && (range.start()..=range.end()).all(is_word_char)),
        ),
        HirKind::Repetition(again) => match first(&again.sub) {
            First::Word if again.min == 0 => First::WordOrNext,
            other => other,
        },
        HirKind::Capture(group) => first(&group.sub),
        HirKind::Concat(parts) => first_of_all(parts),
        HirKind::Alternation(ways) => {
            let ways = || ways.iter().map(first);
            match ways().all(|way| way == First::Word) {
                true => First::Word,
                false if ways().any(|way| way == First::Any) => First::Any,
                false => First::WordOrNext,
            }
        }
    }
}

/// Like [`first`], for parts that follow each other.
fn first_of_all(parts: &[Hir]) -> First {
    parts.iter().map(first).find(|first| *first != First::WordOrNext).unwrap_or(First::WordOrNext)
}

struct Reader<'g> {
    left: &'g str,
    out: String,
}

impl Reader<'_> {
    /// Translates the next item. Returns whether there was one.
    fn step(&mut self) -> bool {
        let Some(first) = self.left.chars().next() else { return false };
        match first {
            '\\' => self.escape(),
            '[' => self.class(),
            '{' if !repeats(self.left) => {
                self.out.push('\\');
                self.copy(1);
            }
            '{' => self.copy_through(&['}']),
            // Flags and the names of groups.
            '(' if self.left.starts_with("(?") => self.copy_through(&[':', '>', ')']),
            '"' | '\'' | '`' => self.quote(1, first),
            _ => self.copy(first.len_utf8()),
        }
        true
    }

    fn copy(&mut self, length: usize) {
        let (now, later) = self.left.split_at(length);
        self.out.push_str(now);
        self.left = later;
    }

    fn copy_through(&mut self, ends: &[char]) {
        let length = self.left.find(ends).map_or(self.left.len(), |at| at + 1);
        self.copy(length);
    }

    fn quote(&mut self, length: usize, quote: char) {
        self.left = &self.left[length..];
        self.out.extend(["(?:", ESCAPED]);
        self.out.push(quote);
        self.out.push(')');
    }

    /// Translates an escape outside a class.
    fn escape(&mut self) {
        if let Some((length, quote)) = escaped_quote(self.left) {
            return self.quote(length, quote);
        }
        if let Some(rest) = self.left.strip_prefix(r"\Q") {
            let (literal, rest) = rest.split_once(r"\E").unwrap_or((rest, ""));
            for one in literal.chars() {
                if one.is_ascii_punctuation() && !matches!(one, '<' | '>') {
                    self.out.push('\\');
                }
                self.out.push(one);
            }
            self.left = rest;
            return;
        }
        self.one_escape();
    }

    /// Copies a backslash and the character it escapes, which is literal unless it is a letter or a digit.
    fn one_escape(&mut self) {
        let rest = &self.left[1..];
        match rest.chars().next() {
            Some('x' | 'p' | 'P') if rest[1..].starts_with('{') => self.copy_through(&['}']),
            Some(one) if one.is_ascii_alphanumeric() => self.copy(2),
            Some(one) if one.is_ascii_punctuation() && !matches!(one, '<' | '>') => self.copy(2),
            _ => self.left = rest,
        }
        // What remains of `\<` is a literal character.
        if rest.starts_with(['<', '>']) || rest.starts_with(|one: char| one.is_ascii_whitespace()) {
            self.copy(1);
        }
    }

    /// Translates a class, from `[` to `]`.
    fn class(&mut self) {
        let from = self.out.len();
        self.copy(1);
        let negated = self.left.starts_with('^');
        if negated {
            self.copy(1);
        }
        let (mut quoted, mut first, mut of_many) = (false, true, false);
        while let Some(one) = self.left.chars().next() {
            let mut many = false;
            match one {
                ']' if !first => break,
                '[' if self.left.starts_with("[:") && self.left.contains(":]") => {
                    let length = self.left.find(":]").map_or(1, |at| at + 2);
                    self.copy(length);
                    many = true;
                }
                '-' if first || of_many || self.left.starts_with("-]") => self.escaped(1),
                '-' if self.left.starts_with("--") => {
                    self.copy(1);
                    self.escaped(1);
                }
                '[' | ']' | '&' | '~' => self.escaped(1),
                '\\' => {
                    quoted |= escaped_quote(self.left).is_some();
                    many = self.left[1..].starts_with(['d', 'D', 'w', 'W', 's', 'S', 'p', 'P']);
                    self.one_escape();
                }
                _ => {
                    quoted |= matches!(one, '"' | '\'' | '`');
                    self.copy(one.len_utf8());
                }
            }
            (first, of_many) = (false, many);
        }
        if !self.left.is_empty() {
            self.copy(1);
        }
        if quoted && !negated {
            self.out.insert_str(from, &format!("(?:{ESCAPED}"));
            self.out.push(')');
        }
    }

    /// Copies the next character as a literal.
    fn escaped(&mut self, length: usize) {
        self.out.push('\\');
        self.copy(length);
    }
}

/// Whether `text` begins with a repetition: `{3}`, `{3,}`, `{3,5}`.
fn repeats(text: &str) -> bool {
    let Some((inside, _)) = text[1..].split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, "0"));
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && number(least) && number(most)
}

/// A quote after a backslash or written by its number, and the length of that.
fn escaped_quote(text: &str) -> Option<(usize, char)> {
    const SPELLED: [(&str, char); 6] =
        [(r#"\""#, '"'), (r"\'", '\''), (r"\`", '`'), (r"\x22", '"'), (r"\x27", '\''), (r"\x60", '`')];
    SPELLED
        .into_iter()
        .find(|(spelled, _)| text.starts_with(spelled))
        .map(|(spelled, one)| (spelled.len(), one))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(go in r"[\[\]{}()\\<>&~^:?QEPbxp06,'\x22é|\- ]{0,24}") {
            translate(&go);
        }

        #[test]
        fn a_literal_matches_itself(literal in "[^\\\\]{1,20}") {
            let pattern = translate(&format!(r"^\Q{literal}\E$")).text;
            let regex = regex_automata::meta::Regex::new(&pattern).expect("it compiles");
            prop_assert!(regex.is_match(literal.as_bytes()), "{pattern}");
        }
    }

    #[test]
    fn what_differs_is_spelled_our_way() {
        for (go, ours) in [
            (r"acme_[a-z]{8}", r"acme_[a-z]{8}"),
            (r"(?P<key>a{2,})\z", r"(?P<key>a{2,})\z"),
            (r"\$\{x}{{y", r"\$\{x}\{\{y"),
            (r"[[a&&b~-]", r"[\[a\&\&b\~\-]"),
            (r"[\w-.]", r"[\w\-.]"),
            (r"[+--]", r"[+-\-]"),
            (r"[]a]", r"[\]a]"),
            (r"[[:alpha:]-]", r"[[:alpha:]\-]"),
            (r"\<a\>", "<a>"),
            (r"\Qa.b\E+", r"a\.b+"),
            (r"\p{Greek}\x{41}", r"\p{Greek}\x{41}"),
            (r"[^'\s]", r"[^'\s]"),
        ] {
            assert_eq!(translate(go), Pattern { text: ours.to_owned(), left: false }, "{go}");
        }
    }

    #[test]
    fn a_quote_may_be_escaped() {
        let pattern = translate(r#"key["'\x60\s=]{1,4}"(a+)(?:['"]|$)"#).text;
        let regex = regex_automata::meta::Regex::new(&pattern).expect("it compiles");
        for text in
            [r#"key="aa""#.replace('=', "=\""), r#"key\": \"aa\""#.replace(": ", "="), r#"key="aa"#.into()]
        {
            assert!(regex.is_match(text.as_bytes()), "{text} {pattern}");
        }
    }

    #[test]
    fn a_boundary_in_front_is_taken_out() {
        assert_eq!(translate(r"(?i)\b(acme)\b"), Pattern { text: r"(?i)(acme)\b".to_owned(), left: true });
        for (go, ours) in [
            (r"\b[a-z]_?x", "[a-z]_?x"),
            (r"\b(?:acme|beta)_", "(?:acme|beta)_"),
            (r"(?i)\bx?(?:y|z)", "(?i)x?(?:y|z)"),
        ] {
            assert_eq!(translate(go), Pattern { text: ours.to_owned(), left: true }, "{go}");
        }
        // A boundary of one alternative, and one that is where a word ends.
        for go in [
            r"\b\s",
            r"\bacme_[0-9]{8}|beta_[0-9]{8}",
            r"\b[._]{1,2}beta_[0-9]{8}",
            r"\b(?:-)?beta_[0-9]{8}",
            r"\b(?:acme|-beta)_[0-9]{8}",
            r"\b\w*-beta",
            r"\bключ",
            r"\b",
        ] {
            assert_eq!(translate(go), Pattern { text: go.to_owned(), left: false }, "{go}");
        }
    }

    #[test]
    fn what_ends_early_ends_without_a_panic() {
        for go in ["\\", "[", "[^", "[\\", "{", "(?P<", "\\Q", "\\x{", "[[:", "é[é-", "\\é"] {
            translate(go);
        }
    }
}
