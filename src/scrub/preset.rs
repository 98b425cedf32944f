//! The presets, and their names as options and configuration spell them.

use std::str::FromStr;

use crate::{Error, ErrorKind};

/// A named set of rules.
///
/// ```
/// use prestop::{Preset, Scrubber};
///
/// let text = "see /home/agent/projects/molecule/workspace/lib/pre_stop.py";
/// assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
/// assert_eq!(Scrubber::new(Preset::Strict).scrub_text(text), text);
/// assert_eq!(Scrubber::new(Preset::Molecule).scrub_text(text), "see [REDACTED:BASE64_BLOB]_stop.py");
/// assert_eq!("strict".parse::<Preset>()?.name(), "strict");
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preset {
    /// Exactly the 13 documented patterns of the replaced scrubber; its output is identical byte for byte.
    Molecule,
    /// Everything that `Molecule` redacts, with the exception of matches that are known to be harmless, and
    /// every other secret that is recognised.
    Strict,
    /// The same recall on secrets as `Strict`, with less redacted around them, for people who read and resume
    /// transcripts.
    Balanced,
}

impl Preset {
    /// The name of the preset: `molecule`, `strict` or `balanced`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Molecule => "molecule",
            Self::Strict => "strict",
            Self::Balanced => "balanced",
        }
    }
}

impl FromStr for Preset {
    type Err = Error;

    /// Returns the preset of that name. The error does not repeat the input.
    fn from_str(name: &str) -> Result<Self, Error> {
        [Self::Molecule, Self::Strict, Self::Balanced]
            .into_iter()
            .find(|preset| preset.name() == name)
            .ok_or_else(|| {
                Error::new(ErrorKind::InvalidOption, "preset is not one of molecule, strict, balanced")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_found_by_its_name() {
        for preset in [Preset::Molecule, Preset::Strict, Preset::Balanced] {
            assert_eq!(preset.name().parse::<Preset>().expect("the name is known"), preset);
        }
    }

    #[test]
    fn an_unknown_name_is_an_invalid_option_and_is_not_repeated() {
        let error = "Strict".parse::<Preset>().expect_err("the name is unknown");
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
        assert!(!error.to_string().contains("Strict"));
    }
}
