//! The built-in rules, embedded at build time from `rules/*.toml`.

use std::sync::LazyLock;

use super::rule::{self, Rule};

/// The embedded files, by name; vendor tokens first, shapes without a telling prefix last.
const FILES: [(&str, &str); 25] = [
    ("code_hosting", include_str!("rules/code_hosting.toml")),
    ("ai", include_str!("rules/ai.toml")),
    ("cloud", include_str!("rules/cloud.toml")),
    ("chat", include_str!("rules/chat.toml")),
    ("payments", include_str!("rules/payments.toml")),
    ("packages", include_str!("rules/packages.toml")),
    ("observability", include_str!("rules/observability.toml")),
    ("workplace", include_str!("rules/workplace.toml")),
    ("infrastructure", include_str!("rules/infrastructure.toml")),
    ("services", include_str!("rules/services.toml")),
    ("vendors", include_str!("rules/vendors.toml")),
    ("private_keys", include_str!("rules/private_keys.toml")),
    ("urls", include_str!("rules/urls.toml")),
    ("tokens", include_str!("rules/tokens.toml")),
    ("commands", include_str!("rules/commands.toml")),
    ("logins", include_str!("rules/logins.toml")),
    ("calls", include_str!("rules/calls.toml")),
    ("devices", include_str!("rules/devices.toml")),
    ("programs", include_str!("rules/programs.toml")),
    ("written", include_str!("rules/written.toml")),
    ("issuers", include_str!("rules/issuers.toml")),
    ("named", include_str!("rules/named.toml")),
    ("services_later", include_str!("rules/services_later.toml")),
    ("issuers_later", include_str!("rules/issuers_later.toml")),
    ("contexts", include_str!("rules/contexts.toml")),
];

/// Every built-in rule, in the order of the files. Parsed once, at first use.
pub(crate) fn builtin() -> &'static [Rule] {
    static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
        let rules = FILES.iter().flat_map(|(_, text)| rule::parse_each(text).into_iter().flatten());
        // A rule that does not load is found by the tests, never by a user's snapshot.
        rules.filter_map(Result::ok).collect()
    });
    &RULES
}

/// Counts changes of the scrubber that are not in the rule files.
const ENGINE: u32 = 6;

/// The version of the rule set: a file that was scrubbed by another one is scrubbed again before it
/// is kept. It changes with every built-in rule and with the engine.
///
/// ```
/// use prestop::{Preset, Scrubber};
///
/// let version = format!("{:08x}", prestop::scrub::rules_version());
/// assert!(Scrubber::new(Preset::Strict).rule_set().starts_with(&version));
/// ```
pub fn version() -> u32 {
    static VERSION: LazyLock<u32> = LazyLock::new(|| {
        FILES.iter().fold(ENGINE, |sum, (_, text)| crc32c::crc32c_append(sum, text.as_bytes()))
    });
    *VERSION
}

#[cfg(test)]
mod layered;
#[cfg(test)]
mod left_over;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod tests;
