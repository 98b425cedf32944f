//! `prestop man`: prints the man page, or writes all of them into a directory.

use std::fs;
use std::path::PathBuf;

use clap_mangen::Man;

use crate::arguments;
use crate::failure::{Failure, Status};
use crate::screen::Screen;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write the pages of this command and of every subcommand into this directory
    #[arg(value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
}

pub fn run(args: &Args, screen: &mut Screen) -> Result<Status, Failure> {
    let Some(directory) = &args.directory else {
        let mut page = Vec::new();
        Man::new(arguments::definition()).render(&mut page)?;
        screen.write(&page)?;
        return Ok(Status::Done);
    };
    let failed = |error| Failure::of_output(&error, directory, "cannot write into");
    fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(arguments::definition(), directory).map_err(failed)?;
    Ok(Status::Done)
}
