//! The names of the presets, as options and configuration spell them.

use std::str::FromStr;

use super::Preset;
use crate::{Error, ErrorKind};

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
