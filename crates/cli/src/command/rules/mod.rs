//! `prestop rules`: the rules, and what they find in a text.

mod explain;
mod list;
mod test;

use clap::Subcommand;

use crate::failure::{Failure, Status};
use crate::screen::Screen;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every rule: id, label, description
    List(list::Args),
    /// Explain one rule: what it looks for, in which presets, and who documents the format
    Explain(explain::Args),
    /// Say what is found in a text: rule, label and place, never the text; exit status 1 if anything is
    Test(test::Args),
}

pub fn run(args: Args, screen: &mut Screen) -> Result<Status, Failure> {
    match args.command {
        Command::List(args) => list::run(&args, screen),
        Command::Explain(args) => explain::run(&args, screen),
        Command::Test(args) => test::run(&args, screen),
    }
}
