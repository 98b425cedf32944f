//! The source of a text: a named file, or standard input.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, named, reason};
use crate::screen::say;

/// A text that can be read once.
pub struct Input {
    reader: Box<dyn Read>,
    path: Option<PathBuf>,
    /// What it is called where its name may not be said.
    called: String,
}

impl Input {
    /// Opens the file, or standard input if there is no path or it is `-`.
    pub fn open(path: Option<&Path>) -> Result<Self, Failure> {
        Self::called(path, "the file")
    }

    /// The same for one of several files: an error calls it this where its name leads nowhere, so that
    /// it may not be said.
    pub fn called(path: Option<&Path>, called: &str) -> Result<Self, Failure> {
        let called = called.to_owned();
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            if io::stdin().is_terminal() {
                say("prestop: reading what you type; Ctrl-D ends it");
            }
            return Ok(Self { reader: Box::new(io::stdin()), path: None, called });
        };
        let file =
            File::open(path).map_err(|error| Failure::of_file(&error, path, &called, "cannot open"))?;
        Ok(Self { reader: Box::new(file), path: Some(path.to_owned()), called })
    }

    /// The path of the file; `None` for standard input.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Reads as much as fits; 0 bytes at the end.
    pub fn read(&mut self, piece: &mut [u8]) -> Result<usize, Failure> {
        loop {
            match self.reader.read(piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(&error)),
                Ok(length) => return Ok(length),
            }
        }
    }

    /// Reads at least the first line, or as much of it as fits; 0 bytes at the end.
    pub fn begin(&mut self, piece: &mut [u8]) -> Result<usize, Failure> {
        let mut length = 0;
        while length < piece.len() {
            let more = self.read(&mut piece[length..])?;
            let has_line = piece[length..length + more].contains(&b'\n');
            length += more;
            if more == 0 || has_line {
                break;
            }
        }
        Ok(length)
    }

    /// Reads everything, if that is at most `most` bytes.
    pub fn read_all(mut self, most: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        if let Err(error) = self.reader.by_ref().take(limit).read_to_end(&mut bytes) {
            return Err(self.failed(&error));
        }
        if bytes.len() > most {
            let which =
                self.path.as_ref().map_or_else(|| "the input".into(), |path| named(path, &self.called));
            return Err(Failure::new(format!("{which} is larger than {most} bytes"))
                .with_next("`prestop scrub` takes texts of any length"));
        }
        Ok(bytes)
    }

    fn failed(&self, error: &io::Error) -> Failure {
        match &self.path {
            Some(path) => Failure::of_file(error, path, &self.called, "cannot read"),
            None => Failure::new(format!("cannot read standard input: {}", reason(error))),
        }
    }
}
