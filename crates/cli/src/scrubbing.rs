//! The scrubbing options of a command: preset, additional rules, and known secret values.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use prestop::scrub::{ScrubberBuilder, builder_from_settings};
use prestop::{Preset, Scrubber};

use crate::environment;
use crate::failure::{Failure, reason, shown};
use crate::input::Input;
use crate::screen::Screen;

/// The largest file of variables, in bytes.
const MAX_VARIABLES: usize = 1 << 20;
/// The largest file of rules, in bytes; the core refuses a larger one.
const MAX_RULES: u64 = 1 << 20;

/// The heading of these options in a help. On each of them: a heading of the whole would go on over the
/// options after them.
pub const HEADING: &str = "What is secret";

/// A preset, as an option spells it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Named {
    /// The same secrets as strict; key names, delimiters and placeholders stay
    Balanced,
    /// Everything that molecule redacts and everything else that is known to be secret
    Strict,
    /// The 13 documented patterns of the replaced scrubber, byte for byte
    Molecule,
}

impl From<Named> for Preset {
    fn from(named: Named) -> Self {
        match named {
            Named::Balanced => Self::Balanced,
            Named::Strict => Self::Strict,
            Named::Molecule => Self::Molecule,
        }
    }
}

/// The options of a command that scrubs.
#[derive(Args, Debug)]
pub struct Scrubbing {
    /// Named set of rules: balanced, strict or molecule; where none is named, balanced for texts, and
    /// for snapshots PRESTOP_PRESET or strict
    #[arg(long, value_name = "NAME", hide_possible_values = true, help_heading = HEADING)]
    preset: Option<Named>,
    /// File with more rules, in the format of the built-in ones
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    rules: Option<PathBuf>,
    /// File of variables (.env) whose secrets are redacted too, as if they were in the environment
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    known_file: Option<PathBuf>,
    /// Id of a rule to leave out; may be repeated
    #[arg(long, value_name = "ID", help_heading = HEADING)]
    disable: Vec<String>,
}

impl Scrubbing {
    /// Returns a scrubber for any text; the default preset is `balanced`.
    pub fn for_text(&self, known_env: bool) -> Result<Scrubber, Failure> {
        let preset = self.preset.map_or(Preset::Balanced, Preset::from);
        let mut builder = Scrubber::builder(preset);
        if known_env {
            builder = builder.with_known_secrets(environment::secrets())?;
        }
        built(self.finish(builder)?)
    }

    /// Returns the builder of a scrubber for snapshots, with the settings of the modules that write them:
    /// `strict`, `PRESTOP_PRESET` and `PRESTOP_RULES`, and the secrets of the environment. A fault in these
    /// settings is reported and leaves `strict` with every rule that can be used.
    pub fn for_snapshots(&self, screen: &Screen) -> Result<ScrubberBuilder, Failure> {
        let given = self.preset.map(|named| Preset::from(named).name().to_owned());
        let preset = given.or_else(|| environment::variable("PRESTOP_PRESET"));
        // Rules on the command line, or a preset that accepts none, replace the rules of the environment.
        let typed = self.rules.is_some() || matches!(self.preset, Some(Named::Molecule));
        let rules = environment::variable("PRESTOP_RULES").filter(|_| !typed);
        let (builder, faults) =
            builder_from_settings(preset.as_deref().unwrap_or("strict"), rules.as_deref().map(Path::new));
        for fault in faults {
            screen.complain("warning", &shown(&fault));
        }
        let builder = builder.with_known_secrets(environment::secrets())?;
        let builder = self.finish(builder)?;
        built(builder.clone()).map(|_| builder)
    }

    fn finish(&self, mut builder: ScrubberBuilder) -> Result<ScrubberBuilder, Failure> {
        if let Some(path) = &self.known_file {
            let text = Input::called(Some(path), "the file of variables")
                .and_then(|input| input.read_all(MAX_VARIABLES))
                .map_err(|failure| {
                    failure.with_next("--known-file takes the name of a file of variables (.env)")
                })?;
            builder = builder.with_known_secrets(environment::secrets_in(&text))?;
        }
        if let Some(path) = &self.rules {
            builder = builder.with_rules(&given(path)?)?;
        }
        Ok(builder.with_disabled(self.disable.iter().cloned()))
    }
}

fn built(builder: ScrubberBuilder) -> Result<Scrubber, Failure> {
    builder.build().map_err(|error| Failure::from(error).with_next("`prestop rules list` names every rule"))
}

/// Reads a file of rules named on the command line. It may be a pipe: the user who typed it waits for it.
fn given(path: &Path) -> Result<String, Failure> {
    let cannot = |why: &str| {
        Failure::misuse(format!("the file of rules cannot be read: {why}"))
            .with_next("--rules takes the name of a file; docs/guides/rules.md has its format")
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| cannot(&reason(&error)))?;
    file.take(MAX_RULES + 1).read_to_end(&mut bytes).map_err(|error| cannot(&reason(&error)))?;
    String::from_utf8(bytes).map_err(|_| cannot("it is not UTF-8"))
}
