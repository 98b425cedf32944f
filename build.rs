//! Converts the rule files to entries that are read without a parser, since the first scrubber of a process
//! waits for them (docs/performance.md). Their examples are left out: only the tests of this crate read them,
//! and they are a third of the files. What is told by the patterns alone is added, since parsing every pattern
//! would take as long as all the rest.

#![allow(clippy::print_stdout, reason = "this is how cargo is told")]

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use toml::{Table, Value};

#[path = "src/scrub/rule/built.rs"]
#[allow(dead_code, reason = "some of it is for the crate")]
mod built;
#[path = "src/scrub/rule/token_run.rs"]
#[allow(dead_code, reason = "some of it is for the crate")]
mod token_run;

use built::Field;
use token_run::{Form, Pattern};

const RULES: &str = "src/scrub/rules";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={RULES}");
    println!("cargo:rerun-if-changed=src/scrub/rule/built.rs");
    println!("cargo:rerun-if-changed=src/scrub/rule/token_run.rs");
    let out = env::var_os("OUT_DIR").ok_or("cargo names no folder to write to")?;
    let out = Path::new(&out).join("rules");
    fs::create_dir_all(&out)?;
    for entry in fs::read_dir(RULES).map_err(|error| format!("{RULES}: {error}"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        convert(&path, &out).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Writes the rules of a file to the folder `out`.
fn convert(path: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut file: Table = fs::read_to_string(path)?.parse()?;
    let mut entries = String::new();
    for rule in file.get_mut("rule").and_then(Value::as_array_mut).into_iter().flatten() {
        let fields = rule.as_table_mut().ok_or("a rule that is no table")?;
        add_places(fields);
        entries += &built::write(|field| items(fields, field))?;
    }
    let name = path.file_stem().ok_or("a file without a name")?;
    fs::write(out.join(name).with_extension("txt"), entries)?;
    Ok(())
}

/// The items of a field, or the only one of a field that is no list.
fn items(rule: &Table, field: Field) -> Result<Vec<String>, String> {
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Boolean(flag) => Ok(flag.to_string()),
        _ => Err(format!("{} has a value of no such kind", field.name())),
    };
    match rule.get(field.name()) {
        Some(Value::Array(items)) if !matches!(field, Field::Positive | Field::Negative) => {
            items.iter().map(text).collect()
        }
        None | Some(Value::Array(_)) => Ok(Vec::new()),
        Some(value) => Ok(vec![text(value)?]),
    }
}

/// Adds where the rule needs to be tried. What a field means is up to `src/scrub/rule/file.rs`; a test there
/// compares the rules with those that it loads from the files themselves.
fn add_places(fields: &mut Table) {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let flag = |name: &str| fields.get(name).and_then(Value::as_bool);
    let number = |name: &str| fields.get(name).and_then(Value::as_integer);
    let pattern = text("pattern").map(Pattern::Match).or_else(|| text("value_pattern").map(Pattern::Value));
    let Some(pattern) = pattern else { return };
    let form = Form {
        pattern,
        begins_with_keyword: number("lookbehind").unwrap_or(0) == 0,
        word_start: flag("word_start").unwrap_or(matches!(pattern, Pattern::Match(_))),
        block: flag("block").unwrap_or(false),
        max_gap: number("max_gap").and_then(|gap| usize::try_from(gap).ok()),
        validator: text("validator"),
    };
    let places = form.places();
    for (field, is_true) in
        [(Field::LongToken, places.long_token), (Field::ValueIsToken, places.value_is_token)]
    {
        if is_true {
            fields.insert(field.name().to_owned(), Value::Boolean(true));
        }
    }
}
