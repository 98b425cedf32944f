//! `prestop completions`: what a shell needs to complete this command.

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
    // Into memory first: what writes there cannot say that nobody reads.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut arguments::definition(), "prestop", &mut script);
    screen.write(&script)?;
    Ok(Status::Done)
}
