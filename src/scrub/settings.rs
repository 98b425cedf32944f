//! The scrubber that the environment variables `PRESTOP_PRESET` and `PRESTOP_RULES` ask for.

use std::path::Path;

use super::{Preset, Scrubber, ScrubberBuilder, read_rules};

/// Returns a builder for what the two variables ask for, and a description of each fault in them, which
/// begins with the name of the variable.
///
/// A fault is not an error, as there may be nobody to correct it, and whoever asked for more rules or another
/// preset must not get less than `strict`. So an unknown preset, rules that cannot be read or used, and rules
/// together with `molecule`, which accepts none, result in `strict` with every rule that can be used.
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
    let preset = preset.parse().unwrap_or_else(|_| {
        faults.push("PRESTOP_PRESET is not one of molecule, strict, balanced".to_owned());
        Preset::Strict
    });
    let mut builder = Scrubber::builder(Preset::Strict);
    if let Some(path) = rules {
        match read_rules(path).and_then(|text| builder.clone().with_usable_rules(&text)) {
            Ok((with_rules, errors)) => {
                builder = with_rules;
                faults.extend(errors.iter().map(|error| format!("PRESTOP_RULES: {error}")));
            }
            Err(error) => faults.push(format!("PRESTOP_RULES: {error}")),
        }
        if preset == Preset::Molecule {
            faults.push("PRESTOP_RULES: no rules go with the preset molecule".to_owned());
        }
    }
    if faults.is_empty() {
        builder = builder.with_preset(preset);
    }
    (builder, faults)
}
