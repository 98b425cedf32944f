//! The TOML files that contain rules.
//!
//! A file is a list of `[[rule]]` tables. The built-in files and a user's own have the same format, and
//! `docs/guides/rules.md` explains it to users:
//!
//! | field | meaning |
//! |---|---|
//! | `id` | unique name, lower case with hyphens |
//! | `label` | the label of the marker: `[A-Z][A-Z0-9_]*` |
//! | `description` | one line for people |
//! | `keywords` | ASCII literals of 3 to 64 bytes, any case; the rule is tried only where one of them is |
//! | `pattern` | byte regex without Unicode classes; the group `secret` narrows what is redacted |
//! | `value_pattern` | instead of `pattern`: the form of a value assigned to a name that has a keyword |
//! | `needs_secret_word` | with `value_pattern`: the name must also say key, token, secret or the like |
//! | `word_start` | the byte before a match must not be `[A-Za-z0-9_]`; true without a `value_pattern` |
//! | `lookbehind` | how many bytes before the keyword a match may begin; 0: it begins with the keyword |
//! | `max_gap` | how many bytes after the beginning of the keyword the secret may begin |
//! | `max_len` | the longest match in bytes |
//! | `block` | a match is a block of several lines: a replacement keeps its line breaks, each of the strings |
//! | | that it extends over loses its own lines, and its beginning alone is not a prefixed token |
//! | `entropy` | the least Shannon entropy of the secret, in bits per byte |
//! | `validator` | an offline check of the secret, see [`Validator`] |
//! | `presets` | the presets that use the rule: `strict`, `balanced` |
//! | `source` | who documents the format |
//! | `positive`, `negative` | example templates, see `src/scrub/example.rs` |

use std::collections::HashSet;
use std::path::Path;

use toml::{Table, Value};

use super::token_run::{Form, MAX_GAP, Pattern, Places};
use super::{Rule, check};
use crate::scrub::validate::Validator;
use crate::scrub::{Preset, gitleaks};
use crate::{Error, ErrorKind, Result, read_regular};

/// The longest file of rules, in bytes.
pub(crate) const MAX_FILE: usize = 1 << 20;
/// The most rules in one file.
pub(crate) const MAX_RULES: usize = 2_000;
/// The longest pattern, in bytes, as the file has it.
const MAX_PATTERN: usize = 4_096;
/// The most keywords of one rule, and the most presets or examples of each kind.
const MAX_KEYWORDS: usize = 2_000;
const MAX_ITEMS: usize = 100;
/// The longest id, label and keyword, in bytes.
const MAX_NAME: usize = 64;
/// The longest description, source and example, in bytes.
const MAX_TEXT: usize = 8_192;
/// The longest match of a rule without `max_len`, in bytes.
const DEFAULT_MAX: usize = 4_096;
/// The greatest `max_len` of a rule, in bytes.
const MAX_MATCH: usize = 65_536;
/// The farthest a match may begin before its keyword, in bytes: as far as a block may reach.
const MAX_REACH: usize = MAX_MATCH;
/// Every field of a rule. Any other is refused, so that a misspelt one does not go unnoticed.
const FIELDS: [&str; 18] = [
    "id",
    "label",
    "description",
    "keywords",
    "pattern",
    "value_pattern",
    "needs_secret_word",
    "lookbehind",
    "max_gap",
    "max_len",
    "word_start",
    "entropy",
    "validator",
    "presets",
    "block",
    "source",
    "positive",
    "negative",
];

/// Parses a file of rules: a built-in one, a user's, or one of gitleaks. `text` is the TOML.
///
/// # Errors
/// `InvalidRule` for the first rule that cannot be used, or for a file that is not TOML, is too large or has
/// no list of rules. The message names the rule and the field, never their contents.
pub(crate) fn parse(text: &str) -> Result<Vec<Rule>> {
    parse_each(text)?.into_iter().collect()
}

/// Reads a file of rules for [`ScrubberBuilder::with_rules`](crate::scrub::ScrubberBuilder::with_rules).
///
/// ```
/// use prestop::ErrorKind;
/// use prestop::scrub::read_rules;
///
/// assert_eq!(read_rules("/dev/zero").unwrap_err().kind(), ErrorKind::InvalidOption);
/// ```
///
/// # Errors
/// `InvalidOption` for a file that cannot be read, is not UTF-8, is not a regular file, or is larger than 1
/// MiB.
pub fn read_rules(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    let fail = |why: String| {
        Error::new(ErrorKind::InvalidOption, format!("rules cannot be read ({why})")).with_path(path)
    };
    let bytes = read_regular(path, MAX_FILE).map_err(|error| match error.raw_os_error() {
        Some(_) => fail(error.kind().to_string()),
        None => fail(error.to_string()),
    })?;
    String::from_utf8(bytes).map_err(|_| fail("not UTF-8".to_owned()))
}

/// Like [`parse`], but returns an error in place of each rule that cannot be used.
///
/// # Errors
/// `InvalidRule` for a file that is not TOML, is too large or has no list of rules.
pub(crate) fn parse_each(text: &str) -> Result<Vec<Result<Rule>>> {
    if text.len() > MAX_FILE {
        return Err(file_error("larger than 1 MiB"));
    }
    // The parser's own message quotes the text, so only the line number is taken from it.
    let table: Table = toml::from_str(text).map_err(|error: toml::de::Error| {
        let line =
            error.span().and_then(|span| text.get(..span.start)).map_or(0, |t| t.matches('\n').count());
        file_error(&format!("not TOML at line {}", line + 1))
    })?;
    if gitleaks::is_one(&table) {
        return gitleaks::parse_each(&table);
    }
    rules(table, |fields| {
        let rule = fields.rule(None)?.with_compiled()?;
        check::can_match(&rule)?;
        Ok(rule)
    })
}

/// Like [`parse_each`], for a built-in file that `build.rs` has converted to JSON, with the places where each
/// rule needs to be tried. The tests have checked its rules, and their patterns are compiled when they are
/// needed.
///
/// # Errors
/// `InvalidRule` for anything else.
pub(crate) fn parse_built(json: &str) -> Result<Vec<Result<Rule>>> {
    let table = serde_json::from_str(json).map_err(|_| file_error("not JSON"))?;
    rules(table, |mut fields| {
        let long_token = fields.flag("long_token")?.unwrap_or(false);
        let value_is_token = fields.flag("value_is_token")?.unwrap_or(false);
        fields.rule(Some(Places { long_token, value_is_token }))
    })
}

/// Parses the rules of a file, each by `parse`.
fn rules(mut table: Table, parse: impl Fn(Fields) -> Result<Rule>) -> Result<Vec<Result<Rule>>> {
    let Some(Value::Array(entries)) = table.remove("rule") else {
        return Err(file_error("no list of [[rule]] tables"));
    };
    if !table.is_empty() {
        return Err(file_error("something besides [[rule]] tables"));
    }
    if entries.len() > MAX_RULES {
        return Err(file_error("more than 2,000 rules"));
    }
    let mut seen = HashSet::new();
    Ok(entries
        .into_iter()
        .enumerate()
        .map(|(index, entry)| {
            let Value::Table(table) = entry else {
                return Err(file_error(&format!("rule {} is not a table", index + 1)));
            };
            let rule = parse(Fields::new(table, index)?)?;
            if seen.insert(rule.id.clone()) {
                Ok(rule)
            } else {
                Err(rule_error(&rule.id, "id", "is used twice"))
            }
        })
        .collect())
}

pub(crate) fn file_error(what: &str) -> Error {
    Error::new(ErrorKind::InvalidRule, format!("rules: {what}"))
}

pub(crate) fn rule_error(id: &str, field: &str, what: &str) -> Error {
    Error::new(ErrorKind::InvalidRule, format!("rule {id}: {field} {what}"))
}

/// The fields of one table that are not parsed yet.
struct Fields {
    id: String,
    table: Table,
}

impl Fields {
    fn new(mut table: Table, index: usize) -> Result<Self> {
        let id = match table.remove("id") {
            Some(Value::String(id)) if is_id(&id) => id,
            // A faulty id may be anything, even a secret, so the error gives the number of the rule.
            _ => return Err(file_error(&format!("rule {} has no id of the form `vendor-kind`", index + 1))),
        };
        Ok(Self { id, table })
    }

    /// Parses the rule. `places` are those where it needs to be tried, if `build.rs` has computed them; the
    /// fields of such a rule are known to exist.
    fn rule(mut self, places: Option<Places>) -> Result<Rule> {
        let is_known = |key: &String| FIELDS.contains(&key.as_str());
        if places.is_none() && !self.table.keys().all(is_known) {
            return Err(rule_error(&self.id, "table", "has an unknown field"));
        }
        let keywords = self.keywords()?;
        let given = self.pattern()?;
        let assigned = matches!(given, Given::Value { .. });
        let max_len = self.number("max_len", 3, MAX_MATCH)?.unwrap_or(DEFAULT_MAX);
        let lookbehind = self.number("lookbehind", 0, MAX_REACH.min(max_len - 1))?.unwrap_or(0);
        let max_gap = self.number("max_gap", 1, if assigned { MAX_GAP } else { MAX_MATCH })?;
        let presets = self.presets()?;
        let label = self.text("label")?.filter(|label| is_label(label));
        let validator = self.text("validator")?;
        let entropy = match self.table.remove("entropy") {
            None => None,
            Some(Value::Integer(bits @ 0..=8)) => Some(f64::from(u8::try_from(bits).unwrap_or(8))),
            Some(Value::Float(bits)) if (0.0..=8.0).contains(&bits) => Some(bits),
            Some(_) => return Err(self.wrong("entropy", "is not a number from 0 to 8")),
        };
        // A name that contains a keyword may have anything before it: `MY_TWILIO_TOKEN`.
        let word_start = self.flag("word_start")?.unwrap_or(!assigned);
        let block = self.flag("block")?.unwrap_or(false);
        let places = places.unwrap_or_else(|| {
            let form = Form {
                pattern: given.form(),
                begins_with_keyword: lookbehind == 0,
                word_start,
                block,
                max_gap,
                validator: validator.as_deref(),
            };
            form.places()
        });
        let validator = match validator {
            None => None,
            Some(name) => Some(
                Validator::named(&name).ok_or_else(|| self.wrong("validator", "is not the name of one"))?,
            ),
        };
        Ok(Rule {
            label: label.ok_or_else(|| self.wrong("label", "is not of the form `UPPER_CASE`"))?.into(),
            description: self.text("description")?.unwrap_or_default(),
            long_token: places.long_token,
            value_is_token: places.value_is_token,
            lookbehind,
            max_gap: max_gap.unwrap_or(if assigned { MAX_GAP } else { usize::MAX }),
            word_start,
            assigned,
            block,
            source: self.text("source")?.unwrap_or_default(),
            positive: self.list("positive", MAX_ITEMS)?,
            negative: self.list("negative", MAX_ITEMS)?,
            id: self.id.into(),
            pattern: given.pattern(&keywords),
            keywords,
            max_len,
            entropy,
            validator,
            unanchored: None,
            presets,
            compiled: super::Compiled::default(),
        })
    }

    fn wrong(&self, field: &str, what: &str) -> Error {
        rule_error(&self.id, field, what)
    }

    fn presets(&mut self) -> Result<Vec<Preset>> {
        let names = self.list("presets", MAX_ITEMS)?;
        if names.is_empty() {
            return Ok(vec![Preset::Strict, Preset::Balanced]);
        }
        let preset = |name: &String| match name.as_str() {
            "strict" => Ok(Preset::Strict),
            "balanced" => Ok(Preset::Balanced),
            _ => Err(self.wrong("presets", "may hold strict and balanced")),
        };
        names.iter().map(preset).collect()
    }

    fn keywords(&mut self) -> Result<Vec<String>> {
        let mut keywords = self.list("keywords", MAX_KEYWORDS)?;
        let fits = |word: &String| {
            (3..=MAX_NAME).contains(&word.len()) && word.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        };
        if keywords.is_empty() || !keywords.iter().all(fits) {
            return Err(self.wrong("keywords", "are not printable ASCII of 3 to 64 bytes"));
        }
        for word in &mut keywords {
            word.make_ascii_lowercase();
        }
        Ok(keywords)
    }

    fn pattern(&mut self) -> Result<Given> {
        let (field, given) = match (self.text("pattern")?, self.text("value_pattern")?) {
            (Some(pattern), None) => ("pattern", Given::Match(pattern)),
            (None, Some(value)) => {
                let named = self.flag("needs_secret_word")?.unwrap_or(false);
                ("value_pattern", Given::Value { value, named })
            }
            _ => return Err(self.wrong("pattern", "or value_pattern: exactly one of them is needed")),
        };
        let (Given::Match(text) | Given::Value { value: text, .. }) = &given;
        if text.is_empty() || text.len() > MAX_PATTERN {
            return Err(self.wrong(field, "is empty or longer than 4,096 bytes"));
        }
        Ok(given)
    }

    fn text(&mut self, field: &str) -> Result<Option<String>> {
        match self.table.remove(field) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= MAX_TEXT => Ok(Some(text)),
            Some(_) => Err(self.wrong(field, "is not a string of at most 8,192 bytes")),
        }
    }

    fn flag(&mut self, field: &str) -> Result<Option<bool>> {
        match self.table.remove(field) {
            None => Ok(None),
            Some(Value::Boolean(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.wrong(field, "is neither true nor false")),
        }
    }

    fn number(&mut self, field: &str, least: usize, most: usize) -> Result<Option<usize>> {
        let Some(value) = self.table.remove(field) else { return Ok(None) };
        let number = value.as_integer().and_then(|number| usize::try_from(number).ok());
        match number.filter(|number| (least..=most).contains(number)) {
            None => Err(self.wrong(field, &format!("is not a number from {least} to {most}"))),
            some => Ok(some),
        }
    }

    fn list(&mut self, field: &str, most: usize) -> Result<Vec<String>> {
        let Some(value) = self.table.remove(field) else { return Ok(Vec::new()) };
        let wrong = || self.wrong(field, &format!("is not a list of at most {most} strings"));
        let Value::Array(items) = value else { return Err(wrong()) };
        if items.len() > most {
            return Err(wrong());
        }
        let text = |item| match item {
            Value::String(text) if text.len() <= MAX_TEXT => Ok(text),
            _ => Err(wrong()),
        };
        items.into_iter().map(text).collect()
    }
}

/// The pattern as the file has it.
enum Given {
    Match(String),
    Value {
        value: String,
        /// Whether the name must say that the value is a secret.
        named: bool,
    },
}

impl Given {
    fn form(&self) -> Pattern<'_> {
        match self {
            Self::Match(pattern) => Pattern::Match(pattern),
            Self::Value { value, .. } => Pattern::Value(value),
        }
    }

    /// The pattern of a match.
    fn pattern(self, keywords: &[String]) -> String {
        match self {
            Self::Match(pattern) => pattern,
            Self::Value { value, named } => assigned(keywords, &value, named),
        }
    }
}

/// Returns the pattern of a `value` assigned to a name that contains one of `keywords`.
///
/// Between them are the rest of the name (`_api_key`, ` access token`) and separators, escaped or not. A dash
/// also joins the parts of file names and versions, so it only separates where the name says what the value
/// is. If `named`, the name must say so. If not, the word that says so may also be by itself, even with a dot
/// after it (`mailgun:\n  private = `, `mailgun "access": `). The value must end where a word ends: a longer
/// run of the same characters is something else.
fn assigned(keywords: &[String], value: &str, named: bool) -> String {
    // There is no counted repetition, since it would need thousands of automaton states. [`super::MAX_GAP`]
    // bounds the distance.
    const NAME: &str = r"[A-Za-z0-9_.\- ]*?";
    const SEPARATORS: &str = r#"(?:\\+[nrt]|[\s"'`\\:=>,()\[{|<?+])+"#;
    const OR_DASHES: &str = r#"(?:\\+[nrt]|[\s"'`\\:=>,()\[{|<?+\-])+"#;
    // The match is tried only where a keyword is. Where a name may contain all of it, its letters need not be
    // spelled out once more: a pattern with dozens of names takes a millisecond to compile.
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.- ".contains(&byte);
    let shortest = keywords.iter().map(String::len).min().unwrap_or_default();
    let word = if keywords.iter().flat_map(|word| word.bytes()).all(in_name) {
        format!(r"[A-Za-z0-9_.\- ]{{{shortest}}}")
    } else {
        let words: Vec<String> = keywords.iter().map(|word| escape(word)).collect();
        format!("(?i:{})", words.join("|"))
    };
    let said = format!("(?i:key|token|secret|access|private|auth|pass|cred|licen[cs]e){NAME}{OR_DASHES}");
    let between = if named {
        format!("{NAME}{said}")
    } else {
        let dotted = r"(?i:key|token|secret|access|private)\.";
        // An address may be between them: `'acme' => ['endpoint' => 'https://api.acme.com', 'key' => ...`.
        let apart = r"[A-Za-z0-9_.\-/ ]*?";
        format!("{NAME}{SEPARATORS}|{NAME}(?:{SEPARATORS}{apart}){{0,6}}(?:{said}|{dotted})")
    };
    format!(r"{word}(?:{between})(?P<secret>{value})\b{{end-half}}")
}

fn escape(word: &str) -> String {
    let mut escaped = String::with_capacity(word.len());
    for letter in word.chars() {
        if !letter.is_ascii_alphanumeric() {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

fn is_id(id: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    id.len() <= MAX_NAME && id.starts_with(|first: char| first.is_ascii_lowercase()) && id.bytes().all(inner)
}

fn is_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    label.len() <= MAX_NAME
        && label.starts_with(|first: char| first.is_ascii_uppercase())
        && label.bytes().all(inner)
}

#[cfg(test)]
mod tests;
