//! The scrubber that the environment variables `PRESTOP_PRESET` and `PRESTOP_RULES` ask for.

use std::path::Path;

use super::{Preset, Scrubber, ScrubberBuilder, read_rules};

/// Returns a builder for what the two variables ask for, and a description of each fault in them, which
/// begins with the name of the variable.
///
/// A fault is not an error, as there may be nobody to correct it, and whoever asked for more rules or another
/// preset must not get less than `strict`. So an unknown preset, rules that cannot be read or used, and rules
/// together with `molecule`, which accepts none, result in `strict` with every rule that can be used. That
/// includes the rules that are only for the preset which was asked for, or for any if that cannot be told.
/// Only one that would take the place of a built-in rule is left out.
///
/// ```
/// use std::path::Path;
///
/// use prestop::scrub::builder_from_settings;
///
/// # fn main() -> prestop::Result<()> {
/// let (molecule, faults) = builder_from_settings("molecule", None);
/// assert!(faults.is_empty());
/// assert_eq!(molecule.build()?.scrub_text("password=hunter2"), "password=hunter2");
///
/// let (strict, faults) = builder_from_settings("molecule", Some(Path::new("/no/such/file")));
/// assert!(faults[0].starts_with("PRESTOP_RULES: "));
/// assert!(!strict.build()?.scrub_text("password=hunter2").contains("hunter2"));
/// # Ok(())
/// # }
/// ```
pub fn builder_from_settings(preset: &str, rules: Option<&Path>) -> (ScrubberBuilder, Vec<String>) {
    let mut faults = Vec::new();
    let asked = preset.parse().ok();
    if asked.is_none() {
        faults.push("PRESTOP_PRESET is not one of molecule, strict, balanced".to_owned());
    }
    let mut builder = Scrubber::builder(Preset::Strict);
    if let Some(path) = rules {
        match read_rules(path).and_then(|text| builder.clone().with_usable_rules(&text)) {
            Ok((with_rules, errors)) => {
                builder = with_rules;
                faults.extend(errors.iter().map(|error| format!("PRESTOP_RULES: {error}")));
            }
            Err(error) => faults.push(format!("PRESTOP_RULES: {error}")),
        }
        if asked == Some(Preset::Molecule) {
            faults.push("PRESTOP_RULES: no rules go with the preset molecule".to_owned());
        }
    }
    let builder = match asked {
        Some(preset) if faults.is_empty() => builder.with_preset(preset),
        Some(Preset::Strict) => builder,
        Some(Preset::Balanced) => builder.with_rules_for(&[Preset::Balanced]),
        Some(Preset::Molecule) | None => builder.with_rules_for(&[Preset::Strict, Preset::Balanced]),
    };
    (builder, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes rules for one preset each, of which the third is faulty if `faulty`; returns what they leave of
    /// their examples.
    fn left(preset: &str, faulty: bool) -> String {
        let rule = |id: &str, preset: &str, pattern: &str| {
            format!(
                "[[rule]]\nid = \"{id}\"\nlabel = \"OWN\"\npresets = [\"{preset}\"]\nkeywords = [\"acme-\"]\npattern = '{pattern}'\n"
            )
        };
        let third = if faulty { "acme-(" } else { "acme-w[0-9]{6}" };
        let rules = [
            rule("acme-one", "strict", "acme-s[0-9]{6}"),
            rule("acme-two", "balanced", "acme-b[0-9]{6}"),
            rule("acme-three", "balanced", third),
            // Narrower than the rule whose place it takes.
            rule("github-personal-token", "balanced", "acme-g[0-9]{6}"),
        ];
        let place = tempfile::tempdir().expect("there is room");
        let path = place.path().join("rules.toml");
        std::fs::write(&path, rules.concat()).expect("it can be written");
        let (builder, found) = builder_from_settings(preset, Some(&path));
        assert_eq!(found.is_empty(), !faulty && matches!(preset, "strict" | "balanced"), "{found:?}");
        let scrubber = builder.build().expect("the rules that are left are good");
        scrubber.scrub_text("acme-s123456 acme-b123456 acme-g123456").into_owned()
    }

    #[test]
    fn after_a_fault_the_rules_for_the_preset_that_was_asked_for_are_used_in_strict() {
        let (of_strict, of_balanced) = ("[REDACTED:OWN] acme-b123456", "acme-s123456 [REDACTED:OWN]");
        let both = "[REDACTED:OWN] [REDACTED:OWN]";
        assert_eq!(left("strict", false), format!("{of_strict} acme-g123456"));
        assert_eq!(left("balanced", false), format!("{of_balanced} [REDACTED:OWN]"));
        assert_eq!(left("strict", true), format!("{of_strict} acme-g123456"));
        assert_eq!(left("balanced", true), format!("{both} acme-g123456"));
        assert_eq!(left("balanced-ish", false), format!("{both} acme-g123456"));
        assert_eq!(left("molecule", false), format!("{both} acme-g123456"));
    }
}
