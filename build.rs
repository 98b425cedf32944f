//! Converts the rule files to JSON, from which a first scrubber is ready in two thirds of the time that TOML
//! takes (docs/performance.md). Their examples are left out: only the tests of this crate read them, and they
//! are a third of the files.

#![allow(clippy::print_stdout, reason = "this is how cargo is told")]

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use toml::{Table, Value};

const RULES: &str = "src/scrub/rules";
const EXAMPLES: [&str; 2] = ["positive", "negative"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={RULES}");
    let out = env::var_os("OUT_DIR").ok_or("cargo names no folder to write to")?;
    let out = Path::new(&out).join("rules");
    fs::create_dir_all(&out)?;
    for entry in fs::read_dir(RULES)? {
        let path = entry?.path();
        if path.extension().is_none_or(|end| end != "toml") {
            continue;
        }
        let mut file: Table = fs::read_to_string(&path)?.parse()?;
        for rule in file.get_mut("rule").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(fields) = rule.as_table_mut() {
                for name in EXAMPLES {
                    fields.remove(name);
                }
            }
        }
        let name = path.file_stem().ok_or("a file without a name")?;
        fs::write(out.join(name).with_extension("json"), serde_json::to_string(&file)?)?;
    }
    Ok(())
}
