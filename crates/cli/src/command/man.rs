//! `prestop man`: prints the man page, or writes all of them into a directory.

use std::path::{Path, PathBuf};
use std::{fs, io};

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
        page_of(arguments::definition()).render(&mut page)?;
        screen.write(&page)?;
        return Ok(Status::Done);
    };
    let failed = |error| Failure::of_output(&error, directory, "cannot write into");
    fs::create_dir_all(directory).map_err(failed)?;
    let mut definition = arguments::definition().disable_help_subcommand(true);
    // Gives the subcommands their whole names.
    definition.build();
    write_pages(&definition, directory).map_err(failed)?;
    Ok(Status::Done)
}

/// Writes the pages of a command and of everything below it.
fn write_pages(command: &clap::Command, directory: &Path) -> io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        write_pages(below, directory)?;
    }
    page_of(command.clone()).generate_to(directory).map(|_| ())
}

/// The page of a command. Subcommands have no version of their own: their pages name the product and its
/// version all the same.
fn page_of(command: clap::Command) -> Man {
    Man::new(command).source(concat!("prestop ", env!("CARGO_PKG_VERSION"))).manual("prestop")
}
