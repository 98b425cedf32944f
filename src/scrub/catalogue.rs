//! The built-in rules, embedded at build time from `rules/*.toml`.

use std::sync::Arc;

use super::rule::{self, Rule};
use crate::lazy::Lazy;

/// A file of rules by its name, converted, without its examples, by `build.rs`. The tests embed the
/// file itself.
macro_rules! embedded {
    ($name:literal) => {{
        #[cfg(not(test))]
        let text = include_str!(concat!(env!("OUT_DIR"), "/rules/", $name, ".txt"));
        #[cfg(test)]
        let text = include_str!(concat!("rules/", $name, ".toml"));
        ($name, text)
    }};
}

/// The embedded files, by name: vendor tokens first, forms without an identifying prefix last.
const FILES: [(&str, &str); 18] = [
    embedded!("code_hosting"),
    embedded!("ai"),
    embedded!("cloud"),
    embedded!("chat"),
    embedded!("payments"),
    embedded!("packages"),
    embedded!("observability"),
    embedded!("workplace"),
    embedded!("infrastructure"),
    embedded!("services"),
    embedded!("private_keys"),
    embedded!("urls"),
    embedded!("tokens"),
    embedded!("command_lines"),
    embedded!("calls"),
    embedded!("devices"),
    embedded!("prose"),
    embedded!("named_services"),
];

/// Returns every built-in rule, in the order of the files. Parsed once, at first use.
pub(crate) fn builtin() -> &'static [Arc<Rule>] {
    static RULES: Lazy<Vec<Arc<Rule>>> = Lazy::new(|| {
        #[cfg(not(test))]
        let rules = FILES.iter().flat_map(|(_, text)| rule::parse_built(text));
        #[cfg(test)]
        let rules = FILES.iter().flat_map(|(_, text)| rule::parse_each(text).into_iter().flatten());
        // A rule that does not load is caught by the tests and never affects a user's snapshot.
        rules.filter_map(Result::ok).map(Arc::new).collect()
    });
    &RULES
}

/// The version of the code. Increment it when code, and no rule file, changes what is found: a snapshot
/// marked with an older version is scrubbed again.
const ENGINE: u32 = 8;

/// The version of the rule set. A file that was scrubbed with another version is scrubbed again before it is
/// kept. It changes with every built-in rule, with the code that searches, and with every release.
pub(crate) fn version() -> u32 {
    static VERSION: Lazy<u32> = Lazy::new(|| {
        let release = crc32c::crc32c_append(ENGINE, env!("CARGO_PKG_VERSION").as_bytes());
        FILES.iter().fold(release, |sum, (_, text)| crc32c::crc32c_append(sum, text.as_bytes()))
    });
    *VERSION
}

#[cfg(test)]
mod cut_off;
#[cfg(test)]
mod keywords;
#[cfg(test)]
mod layered;
#[cfg(test)]
mod left_over;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod overlap;
#[cfg(test)]
mod tests;
