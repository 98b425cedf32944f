//! A user's file of rules in the format of gitleaks (`.gitleaks.toml`).
//!
//! A rule there has `id`, `description`, `regex` (of Go), `secretGroup`, `entropy`, `keywords`, and
//! `[[rules.allowlists]]` with `regexes`, `regexTarget`, `stopwords`, `condition`. The file's own
//! `[[allowlists]]` apply to all its rules or to their `targetRules`. Names of fields may have any case; the
//! older `[allowlist]` is read too.
//!
//! A text has no path and no commit. A rule that has only a `path` finds nothing and is skipped, as is one
//! that changes a rule of gitleaks' own (it has no `regex`) or reports nothing (`skipReport`). An allow list
//! that also requires a path or a commit (`condition = "AND"`) allows nothing. `[extend]` and `required` are
//! not read: the built-in rules always apply, and a match is redacted even without the other matches that
//! `required` asks for.

mod allowlist;
mod field;
mod pattern;

use std::collections::HashSet;
use std::sync::Arc;

use toml::{Table, Value};

use super::rule::{MAX_RULES, Rule, file_error, rule_error};
use super::unanchored::Unanchored;
use super::{catalogue, info};
use crate::{Error, Result};
use field::{get, tables, texts};

pub(super) use allowlist::{Allowlist, Matched};

/// The longest pattern, in bytes, as written in the file.
const MAX_PATTERN: usize = 8_192;
/// The most keywords of a rule, and the most rules that one allow list names.
const MAX_ITEMS: usize = 2_000;
/// The longest id, in bytes: what a marker's label leaves room for.
const MAX_ID: usize = 56;
/// The highest number of a group.
const MAX_GROUP: i64 = 99;

/// Whether the file is in the format of gitleaks.
pub(super) fn is_one(file: &Table) -> bool {
    get(file, "rules").is_some() && !file.contains_key("rule")
}

/// Parses the rules of a file. Returns an error for each rule that cannot be used and for each allow list
/// that cannot be used; the rule it belongs to then finds more than it should.
///
/// # Errors
/// `InvalidRule` for a file without a list of rules, or with too many.
pub(super) fn parse_each(file: &Table) -> Result<Vec<Result<Rule>>> {
    let Some(Value::Array(entries)) = get(file, "rules") else {
        return Err(file_error("no list of [[rules]] tables"));
    };
    if entries.len() > MAX_RULES {
        return Err(file_error("more than 2,000 rules"));
    }
    let mut faults = Vec::new();
    let shared = shared(file, &mut faults);
    let mut seen = HashSet::new();
    let mut rules = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let Value::Table(entry) = entry else {
            faults.push(file_error(&format!("rule {} is not a table", index + 1)));
            continue;
        };
        match parse(entry, index, &shared, &mut faults) {
            Ok(Some(rule)) if !seen.insert(rule.id.clone()) => {
                faults.push(rule_error(&rule.id, "id", "is used twice"));
            }
            Ok(Some(rule)) => rules.push(Ok(rule)),
            Ok(None) => {}
            Err(error) => faults.push(error),
        }
    }
    rules.extend(faults.into_iter().map(Err));
    Ok(rules)
}

/// An allow list of the whole file, and the rules it applies to: all of them if none is named.
struct Shared {
    list: Arc<Allowlist>,
    rules: Vec<String>,
}

fn shared(file: &Table, faults: &mut Vec<Error>) -> Vec<Shared> {
    let mut lists = Vec::new();
    for table in tables(file, "allowlist").into_iter().chain(tables(file, "allowlists")) {
        let number = lists.len() + faults.len() + 1;
        let wrong = |what: &str| file_error(&format!("allow list {number} of the file: {what}"));
        let rules = texts(table, "targetrules", MAX_ITEMS);
        match (Allowlist::new(table), rules) {
            (Ok(list), Some(rules)) => lists.push(Shared { list: Arc::new(list), rules }),
            (Err(what), _) => faults.push(wrong(what)),
            (_, None) => faults.push(wrong("targetRules is not a list of texts")),
        }
    }
    lists
}

/// Parses the rule of a table; `None` if it has nothing to search a text for.
fn parse(table: &Table, index: usize, shared: &[Shared], faults: &mut Vec<Error>) -> Result<Option<Rule>> {
    let given = get(table, "id").and_then(Value::as_str).unwrap_or_default();
    let id = id_of(given)
        .ok_or_else(|| file_error(&format!("rule {} has no id of letters, digits and hyphens", index + 1)))?;
    let wrong = |field: &str, what: &str| rule_error(&id, field, what);
    if get(table, "skipreport").and_then(Value::as_bool) == Some(true) {
        return Ok(None);
    }
    let go = match get(table, "regex") {
        None => {
            // Whoever writes them means a rule of ours, and must not be left without it.
            let ours =
                ["pattern", "value_pattern", "label"].into_iter().find(|field| get(table, field).is_some());
            let ours =
                ours.map(|field| wrong(field, "is a field of [[rule]]; a rule under [[rules]] has a regex"));
            return ours.map_or(Ok(None), Err);
        }
        Some(Value::String(go)) if go.is_empty() => return Ok(None),
        Some(Value::String(go)) if go.len() <= MAX_PATTERN => go,
        Some(_) => return Err(wrong("regex", "is not a text of at most 8,192 bytes")),
    };
    let group = match get(table, "secretgroup").map(Value::as_integer) {
        None => 0,
        Some(Some(group @ 0..=MAX_GROUP)) => usize::try_from(group).unwrap_or_default(),
        Some(_) => return Err(wrong("secretGroup", "is not the number of a group")),
    };
    let entropy = match get(table, "entropy") {
        None => None,
        Some(Value::Integer(bits @ 0..=8)) => Some(f64::from(u8::try_from(*bits).unwrap_or(8))),
        Some(Value::Float(bits)) if (0.0..=8.0).contains(bits) => Some(*bits),
        Some(_) => return Err(wrong("entropy", "is not a number from 0 to 8")),
    };
    let keywords = texts(table, "keywords", MAX_ITEMS)
        .ok_or_else(|| wrong("keywords", "are not a list of at most 2,000 texts"))?;
    let mut allow: Vec<Arc<Allowlist>> = shared
        .iter()
        .filter(|one| one.rules.is_empty() || one.rules.iter().any(|rule| rule == given))
        .map(|one| one.list.clone())
        .collect();
    for list in tables(table, "allowlist").into_iter().chain(tables(table, "allowlists")) {
        match Allowlist::new(list) {
            Ok(list) => allow.push(Arc::new(list)),
            Err(what) => faults.push(wrong("allowlists:", what)),
        }
    }
    let pattern = pattern::translate(go);
    let description = get(table, "description").and_then(Value::as_str).unwrap_or(&id).to_owned();
    let loose = Unanchored::new(group, allow);
    let mut rule = Rule::unanchored(&own_id(&id), &label_of(&id), description, pattern.text, loose);
    rule.word_start = pattern.left;
    rule.entropy = entropy.filter(|bits| *bits > 0.0);
    rule.keywords = keywords;
    let rule =
        rule.with_compiled().map_err(|_| wrong("regex", "does not compile, or matches the empty text"))?;
    if rule.compiled().is_none_or(|regex| group >= regex.captures_len()) {
        return Err(wrong("secretGroup", "is not the number of a group"));
    }
    Ok(Some(rule))
}

/// Normalises an id to lower case with hyphens. An id of any other form is refused, since it may be text that
/// must not appear in a log.
fn id_of(given: &str) -> Option<String> {
    let id: String = given
        .chars()
        .map(|one| if matches!(one, '_' | '.' | ' ' | '/' | ':') { '-' } else { one.to_ascii_lowercase() })
        .collect();
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let named = id.bytes().any(|byte| byte.is_ascii_lowercase());
    (named && id.len() <= MAX_ID && id.bytes().all(fits)).then_some(id)
}

/// Returns the id, with `own-` before it if a built-in rule has it, be it one of the files or of the code: that
/// rule is kept.
fn own_id(id: &str) -> String {
    let taken = info::is_coded(id) || catalogue::builtin().iter().any(|rule| &*rule.id == id);
    if taken { format!("own-{id}") } else { id.to_owned() }
}

/// The label of the marker: the id in upper case.
fn label_of(id: &str) -> String {
    let label = id.trim_matches('-').to_ascii_uppercase().replace('-', "_");
    if label.starts_with(|first: char| first.is_ascii_digit()) { format!("KEY_{label}") } else { label }
}

#[cfg(test)]
mod tests;
