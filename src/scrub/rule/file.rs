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

use super::built::{Entry, Field};
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

/// Like [`parse_each`], for a built-in file that `build.rs` has converted, with the places where each
/// rule needs to be tried. The tests have checked its rules, and their patterns are compiled when they are
/// needed.
pub(crate) fn parse_built(file: &str) -> impl Iterator<Item = Result<Rule>> {
    Entry::each(file).enumerate().map(|(index, entry)| {
        let mut fields = Fields::new(Record::Built(&entry), index)?;
        let long_token = fields.flag(Field::LongToken)?.unwrap_or(false);
        let value_is_token = fields.flag(Field::ValueIsToken)?.unwrap_or(false);
        fields.rule(Some(Places { long_token, value_is_token }))
    })
}

/// Parses the rules of a file, each by `parse`.
fn rules(mut table: Table, parse: impl Fn(Fields<'_>) -> Result<Rule>) -> Result<Vec<Result<Rule>>> {
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
            let rule = parse(Fields::new(Record::File(table), index)?)?;
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

/// A rule as it stands in a file.
enum Record<'t> {
    /// In one of TOML, without the fields that were parsed already.
    File(Table),
    Built(&'t Entry<'t>),
}

/// The fields of one rule that are not parsed yet.
struct Fields<'t> {
    id: String,
    record: Record<'t>,
}

impl<'t> Fields<'t> {
    fn new(mut record: Record<'t>, index: usize) -> Result<Self> {
        let id = match &mut record {
            Record::File(table) => match table.remove(Field::Id.name()) {
                Some(Value::String(id)) => Some(id),
                _ => None,
            },
            Record::Built(entry) => entry.text(Field::Id).map(str::to_owned),
        };
        match id.filter(|id| is_id(id)) {
            Some(id) => Ok(Self { id, record }),
            // A faulty id may be anything, even a secret, so the error gives the number of the rule.
            None => Err(file_error(&format!("rule {} has no id of the form `vendor-kind`", index + 1))),
        }
    }

    /// Parses the rule. `places` are those where it needs to be tried, if `build.rs` has computed them; the
    /// fields of such a rule are known to exist.
    fn rule(mut self, places: Option<Places>) -> Result<Rule> {
        // A misspelt field must not go unnoticed.
        let is_known =
            |key: &String| Field::ALL.iter().any(|field| field.is_in_files() && field.name() == key);
        if let Record::File(table) = &self.record
            && !table.keys().all(is_known)
        {
            return Err(rule_error(&self.id, "table", "has an unknown field"));
        }
        let keywords = self.keywords()?;
        let given = self.pattern()?;
        let assigned = matches!(given, Given::Value { .. });
        let max_len = self.number(Field::MaxLen, 3, MAX_MATCH)?.unwrap_or(DEFAULT_MAX);
        let lookbehind = self.number(Field::Lookbehind, 0, MAX_REACH.min(max_len - 1))?.unwrap_or(0);
        let max_gap = self.number(Field::MaxGap, 1, if assigned { MAX_GAP } else { MAX_MATCH })?;
        let presets = self.presets()?;
        let label = self.text(Field::Label)?.filter(|label| is_label(label));
        let validator = self.text(Field::Validator)?;
        let entropy = self.entropy()?;
        // A name that contains a keyword may have anything before it: `MY_TWILIO_TOKEN`.
        let word_start = self.flag(Field::WordStart)?.unwrap_or(!assigned);
        let block = self.flag(Field::Block)?.unwrap_or(false);
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
                Validator::named(&name)
                    .ok_or_else(|| self.wrong(Field::Validator, "is not the name of one"))?,
            ),
        };
        Ok(Rule {
            label: label.ok_or_else(|| self.wrong(Field::Label, "is not of the form `UPPER_CASE`"))?.into(),
            description: self.text(Field::Description)?.unwrap_or_default(),
            long_token: places.long_token,
            value_is_token: places.value_is_token,
            lookbehind,
            max_gap: max_gap.unwrap_or(if assigned { MAX_GAP } else { usize::MAX }),
            word_start,
            assigned,
            block,
            source: self.text(Field::Source)?.unwrap_or_default(),
            positive: self.list(Field::Positive, MAX_ITEMS)?,
            negative: self.list(Field::Negative, MAX_ITEMS)?,
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

    fn wrong(&self, field: Field, what: &str) -> Error {
        rule_error(&self.id, field.name(), what)
    }

    fn presets(&mut self) -> Result<Vec<Preset>> {
        let names = self.list(Field::Presets, MAX_ITEMS)?;
        if names.is_empty() {
            return Ok(vec![Preset::Strict, Preset::Balanced]);
        }
        let preset = |name: &String| match name.as_str() {
            "strict" => Ok(Preset::Strict),
            "balanced" => Ok(Preset::Balanced),
            _ => Err(self.wrong(Field::Presets, "may hold strict and balanced")),
        };
        names.iter().map(preset).collect()
    }

    fn keywords(&mut self) -> Result<Vec<String>> {
        let mut keywords = self.list(Field::Keywords, MAX_KEYWORDS)?;
        let fits = |word: &String| {
            (3..=MAX_NAME).contains(&word.len()) && word.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        };
        if keywords.is_empty() || !keywords.iter().all(fits) {
            return Err(self.wrong(Field::Keywords, "are not printable ASCII of 3 to 64 bytes"));
        }
        for word in &mut keywords {
            word.make_ascii_lowercase();
        }
        Ok(keywords)
    }

    fn pattern(&mut self) -> Result<Given> {
        let (field, given) = match (self.text(Field::Pattern)?, self.text(Field::ValuePattern)?) {
            (Some(pattern), None) => (Field::Pattern, Given::Match(pattern)),
            (None, Some(value)) => {
                let named = self.flag(Field::NeedsSecretWord)?.unwrap_or(false);
                (Field::ValuePattern, Given::Value { value, named })
            }
            _ => return Err(self.wrong(Field::Pattern, "or value_pattern: exactly one of them is needed")),
        };
        let (Given::Match(text) | Given::Value { value: text, .. }) = &given;
        if text.is_empty() || text.len() > MAX_PATTERN {
            return Err(self.wrong(field, "is empty or longer than 4,096 bytes"));
        }
        Ok(given)
    }

    /// Reads a field: in a file by `file`, in an entry by `built`, either of which returns `None` for a value
    /// that is wrong, because it is not `what`.
    fn field<T>(
        &mut self,
        field: Field,
        file: impl FnOnce(Value) -> Option<T>,
        built: impl FnOnce(&'t str) -> Option<T>,
        what: impl FnOnce() -> String,
    ) -> Result<Option<T>> {
        let read = match &mut self.record {
            Record::File(table) => table.remove(field.name()).map(file),
            Record::Built(entry) => entry.text(field).map(built),
        };
        match read {
            Some(None) => Err(self.wrong(field, &what())),
            Some(some) => Ok(some),
            None => Ok(None),
        }
    }

    fn text(&mut self, field: Field) -> Result<Option<String>> {
        let file = |value| match value {
            Value::String(text) if text.len() <= MAX_TEXT => Some(text),
            _ => None,
        };
        let what = || "is not a string of at most 8,192 bytes".to_owned();
        self.field(field, file, |text| Some(text.to_owned()), what)
    }

    fn flag(&mut self, field: Field) -> Result<Option<bool>> {
        let what = || "is neither true nor false".to_owned();
        self.field(field, |value| value.as_bool(), |text| text.parse().ok(), what)
    }

    fn number(&mut self, field: Field, least: usize, most: usize) -> Result<Option<usize>> {
        let fits = |number: &usize| (least..=most).contains(number);
        let file = |value: Value| usize::try_from(value.as_integer()?).ok().filter(fits);
        let built = |text: &str| text.parse().ok().filter(fits);
        self.field(field, file, built, || format!("is not a number from {least} to {most}"))
    }

    fn entropy(&mut self) -> Result<Option<f64>> {
        let fits = |bits: &f64| (0.0..=8.0).contains(bits);
        let file = |value| match value {
            Value::Integer(bits) => Some(f64::from(u8::try_from(bits).ok()?)).filter(fits),
            Value::Float(bits) => Some(bits).filter(fits),
            _ => None,
        };
        let built = |text: &str| text.parse().ok().filter(fits);
        self.field(Field::Entropy, file, built, || "is not a number from 0 to 8".to_owned())
    }

    fn list(&mut self, field: Field, most: usize) -> Result<Vec<String>> {
        let table = match &mut self.record {
            Record::Built(entry) => return Ok(entry.items(field).map(str::to_owned).collect()),
            Record::File(table) => table,
        };
        let Some(value) = table.remove(field.name()) else { return Ok(Vec::new()) };
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
