//! `prestop completions`: the completion script for a shell.

use clap_complete::Shell;

use crate::arguments;
use crate::failure::{Failure, Status};
use crate::screen::Screen;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args, screen: &mut Screen) -> Result<Status, Failure> {
    // Generated into memory first: `generate` panics if a write fails, as it does when the reader is gone.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut arguments::definition(), "prestop", &mut script);
    screen.write(&script)?;
    Ok(Status::Done)
}
