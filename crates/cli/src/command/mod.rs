//! The subcommands. Each is a file with its arguments (`Args`) and its function (`run`); a new one needs a
//! file, a variant of [`Command`] and a line in [`Command::run`].

mod agentapi;
mod completions;
mod diff;
mod man;
mod remove;
mod rules;
mod scrub;
mod show;
mod verify;
mod write;

use clap::Subcommand;

use crate::failure::{Failure, Status};
use crate::screen::Screen;

/// What there is to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Replace the secrets in texts, transcripts or logs by markers
    Scrub(scrub::Args),
    /// Look at a snapshot: task, session, age, the end of the transcript, what was redacted
    Show(show::Args),
    /// Say whether a snapshot is whole and free of secrets
    Verify(verify::Args),
    /// Say in which fields two snapshots differ; exit status 1 if in any
    Diff(diff::Args),
    /// Scrub a snapshot and write it, so that no crash can lose it
    Write(write::Args),
    /// Delete a snapshot and the one before it
    Delete(remove::Args),
    /// Delete a snapshot and every file that belongs to it: quarantined, temporary and set aside
    Purge(remove::Args),
    /// List the rules, explain one, or try them on a text
    Rules(rules::Args),
    /// Stop AgentAPI in order, start it again, or make its log snapshot
    Agentapi(agentapi::Args),
    /// Print the completions for a shell
    Completions(completions::Args),
    /// Print the man page, or write all of them
    Man(man::Args),
}

impl Command {
    /// Runs the command.
    pub fn run(self, screen: &mut Screen) -> Result<Status, Failure> {
        match self {
            Self::Scrub(args) => scrub::run(&args, screen),
            Self::Show(args) => show::run(args, screen),
            Self::Verify(args) => verify::run(args, screen),
            Self::Diff(args) => diff::run(&args, screen),
            Self::Write(args) => write::run(&args, screen),
            Self::Delete(args) => remove::run(&args, false, screen),
            Self::Purge(args) => remove::run(&args, true, screen),
            Self::Rules(args) => rules::run(args, screen),
            Self::Agentapi(args) => agentapi::run(args, screen),
            Self::Completions(args) => completions::run(&args, screen),
            Self::Man(args) => man::run(&args, screen),
        }
    }
}
