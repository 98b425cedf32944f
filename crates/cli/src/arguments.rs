//! Parses the arguments, and explains what is wrong with them. Errors repeat nothing that was typed: it may
//! be a secret.

use std::ffi::OsString;
use std::io::{self, Write};
use std::time::Duration;

use anstream::ColorChoice;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{CommandFactory, Parser, ValueEnum};

use crate::command::Command;
use crate::failure::Failure;
use crate::screen::{Screen, closed};

/// Keeps the state of an agent workspace, and nothing secret in it.
#[derive(Debug, Parser)]
#[command(name = "prestop", bin_name = "prestop", version, max_term_width = 100, after_help = AFTER)]
pub struct Arguments {
    /// Colours: auto (on a terminal, and as NO_COLOR says), always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    #[arg(hide_default_value = true)]
    pub color: Color,
    #[command(subcommand)]
    pub command: Command,
}

const AFTER: &str = "Exit status: 0 done, 1 found something or failed, 2 wrong use.";

/// When there are colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    /// On a terminal only.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::AlwaysAnsi,
            Color::Never => Self::Never,
        }
    }
}

/// Parses a number of seconds; the error does not repeat the text.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "not a number of seconds".to_owned())
}

/// Like [`seconds`], for what cannot be done in no time.
pub fn seconds_above_zero(text: &str) -> Result<Duration, String> {
    let above = seconds(text)?;
    if above.is_zero() { Err("not a number of seconds above 0".to_owned()) } else { Ok(above) }
}

/// What is printed instead of running a command.
pub enum Answer {
    /// The help or the version.
    Help(Box<Error>),
    /// These arguments cannot be used.
    Misuse(Failure),
}

impl Answer {
    /// Prints the answer, and returns the exit status.
    pub fn give(self, is_open: bool) -> u8 {
        let failure = match self {
            Self::Help(help) => match print(&help, is_open) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Failure::from(error),
                // The reader has read enough and has closed the pipe.
                _ => return u8::try_from(help.exit_code()).unwrap_or(2),
            },
            Self::Misuse(failure) => failure,
        };
        failure.tell(&Screen::new(Color::Auto, is_open))
    }
}

/// Prints help or version to the stream where it belongs. A failed write to standard error is ignored, as
/// everywhere.
fn print(help: &Error, is_open: bool) -> io::Result<()> {
    if help.use_stderr() {
        let _ = help.print();
        return Ok(());
    }
    if !is_open {
        return Err(closed());
    }
    help.print()?;
    io::stdout().flush()
}

/// Parses the arguments.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, Answer> {
    Arguments::try_parse_from(arguments).map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Answer::Help(Box::new(error)),
        _ => Answer::Misuse(misuse(&error)),
    })
}

/// Returns the definition of all commands, from which completions and man pages are made.
pub fn definition() -> clap::Command {
    Arguments::command()
}

fn misuse(error: &Error) -> Failure {
    // In these kinds of error, this context names only what the definition contains. What was typed is in
    // other parts of the error, or in the same parts of other kinds.
    let ours = |kind| error.get(kind).map(words).filter(|words| !words.is_empty());
    let argument = || ours(ContextKind::InvalidArg).unwrap_or_else(|| "an argument".to_owned());
    let what = match error.kind() {
        ErrorKind::UnknownArgument => "there is an argument that is not known here".to_owned(),
        ErrorKind::InvalidSubcommand => "there is no such command".to_owned(),
        ErrorKind::InvalidValue if ours(ContextKind::ValidValue).is_none() => {
            format!("{} needs a value", argument())
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("the value of {} cannot be used", argument())
        }
        ErrorKind::MissingRequiredArgument => format!("missing: {}", argument()),
        ErrorKind::ArgumentConflict => {
            let other = ours(ContextKind::PriorArg).unwrap_or_else(|| "another one".to_owned());
            format!("{} does not go with {other}", argument())
        }
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8".to_owned(),
        _ => format!("{} is given in a way that cannot be meant", argument()),
    };
    let mut next = Vec::new();
    if let Some(values) = ours(ContextKind::ValidValue) {
        next.push(format!("one of: {values}"));
    }
    let suggested =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    if let Some(suggestion) = suggested.into_iter().find_map(ours) {
        next.push(format!("did you mean {suggestion}?"));
    }
    if let Some(usage) = error.get(ContextKind::Usage) {
        next.push(words(usage).trim().trim_start_matches("Usage: ").to_owned());
    }
    next.push("`prestop help` and `prestop COMMAND --help` say what there is".to_owned());
    Failure::misuse(what).with_next(next.join("\n"))
}

fn words(value: &ContextValue) -> String {
    match value {
        ContextValue::String(word) => word.clone(),
        ContextValue::Strings(words) => words.join(", "),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::StyledStrs(texts) => {
            texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }
}
