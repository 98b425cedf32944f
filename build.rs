//! Leaves the examples out of the rules that are built in: only the tests of this crate read them, and they are a third of the files.

#![allow(clippy::print_stdout, reason = "this is how cargo is told")]

use std::path::Path;
use std::{env, fs, io};

const RULES: &str = "src/scrub/rules";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed={RULES}");
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    let out = Path::new(&out).join("rules");
    fs::create_dir_all(&out)?;
    for entry in fs::read_dir(RULES)? {
        let path = entry?.path();
        let Some(name) = path.file_name().filter(|_| path.extension().is_some_and(|end| end == "toml"))
        else {
            continue;
        };
        // Each list of examples stands on a line of its own, which a test says too.
        let is_kept =
            |line: &&str| !["positive = [", "negative = [", "#"].iter().any(|what| line.starts_with(what));
        let text = fs::read_to_string(&path)?;
        let kept: String = text.lines().filter(is_kept).flat_map(|line| [line, "\n"]).collect();
        fs::write(out.join(name), kept)?;
    }
    Ok(())
}
