//! Why a command failed: what happened, and what to do next. A failure never quotes the text that it is
//! about.

use std::io;
use std::path::Path;

use prestop::{Error, ErrorKind, Preset, Scrubber, system_message};

use crate::screen::{Screen, say};
use crate::visible::line;

/// How a command ended that was able to do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done, without complaints.
    Done,
    /// Done, and it found what it was asked to look for.
    Found,
}

impl Status {
    /// Returns [`Status::Found`] if `found`, else [`Status::Done`].
    pub fn found(found: bool) -> Self {
        if found { Self::Found } else { Self::Done }
    }

    /// Returns the exit status of the process.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Found => 1,
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// The exit status: 1, or 2 for wrong use.
    code: u8,
    /// What happened: lower case, no full stop.
    what: String,
    /// What to do next.
    next: Option<String>,
}

impl Failure {
    /// Creates a failure of the work itself, with exit status 1.
    pub fn new(what: impl Into<String>) -> Self {
        Self { code: 1, what: what.into(), next: None }
    }

    /// Creates a failure for wrong use, with exit status 2.
    pub fn misuse(what: impl Into<String>) -> Self {
        Self { code: 2, what: what.into(), next: None }
    }

    /// Sets what to do next. A later call replaces the advice of an earlier one: it knows more of the
    /// context.
    #[must_use]
    pub fn with_next(mut self, advice: impl Into<String>) -> Self {
        self.next = Some(advice.into());
        self
    }

    /// A file that could not be opened or read; `called` is what it is called where its name may not be said.
    pub fn of_file(error: &io::Error, path: &Path, called: &str, what: &str) -> Self {
        let failure = Self::new(format!("{what} {}: {}", named(path, called), reason(error)));
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                failure.with_next("look at the name; texts come by file or standard input, not as arguments")
            }
            io::ErrorKind::PermissionDenied => {
                failure.with_next("run it as the user whose file it is, or as root")
            }
            io::ErrorKind::IsADirectory => failure.with_next("name a file in it"),
            _ => failure,
        }
    }

    /// Creates the failure for a file or directory that could not be written.
    pub fn of_output(error: &io::Error, path: &Path, what: &str) -> Self {
        let failure = Self::new(format!("{what} {}: {}", named(path, "that path"), reason(error)));
        match error.kind() {
            io::ErrorKind::NotFound => failure.with_next("make the directory first"),
            io::ErrorKind::IsADirectory => failure.with_next("name a file in it"),
            io::ErrorKind::NotADirectory => failure.with_next("name a file in a directory that is there"),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                failure.with_next("name a place that is yours")
            }
            io::ErrorKind::StorageFull => failure.with_next("make room there, or name another place"),
            _ => failure,
        }
    }

    /// Prints the failure on standard error, and returns the exit status.
    pub fn tell(self, screen: &Screen) -> u8 {
        screen.complain("error", &shown(&self.what));
        for line in self.next.iter().flat_map(|next| next.lines()) {
            say(format_args!("  {line}"));
        }
        self.code
    }
}

impl From<io::Error> for Failure {
    /// Converts an error of the output: no other [`io::Error`] reaches this conversion.
    fn from(error: io::Error) -> Self {
        Self::new(format!("cannot write the output: {}", reason(&error)))
            .with_next("make room where the output goes, or send it elsewhere")
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = match error.kind() {
            ErrorKind::InvalidOption => Self::misuse(said(&error)),
            _ => Self::new(said(&error)),
        };
        match (error.kind(), error.io_kind()) {
            (ErrorKind::InvalidRule, _) => {
                failure.with_next("correct the rule; `prestop rules list --rules FILE` checks a file")
            }
            (ErrorKind::InvalidTarget, _) => {
                failure.with_next("name a regular file in a directory that is yours")
            }
            (ErrorKind::TooLarge, _) => {
                failure.with_next("`prestop scrub` takes texts of any length; a snapshot has at most 64 MiB")
            }
            (ErrorKind::InvalidInput, _) => failure.with_next("`prestop scrub` takes what is no JSON"),
            (ErrorKind::TimedOut, _) => failure.with_next("allow more time with --deadline SECONDS"),
            (ErrorKind::Torn, _) => {
                failure.with_next("the file may hold neither snapshot: `prestop show` gives what is left")
            }
            (_, Some(io::ErrorKind::PermissionDenied)) => {
                failure.with_next("run it as the user whose file it is, or as root")
            }
            (_, Some(io::ErrorKind::StorageFull)) => {
                failure.with_next("make room on the disk; the old snapshot is intact")
            }
            (_, Some(io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)) => {
                failure.with_next("name a file in a directory that is there")
            }
            (_, Some(io::ErrorKind::ReadOnlyFilesystem)) => {
                failure.with_next("name a place that can be written to")
            }
            _ => failure,
        }
    }
}

/// Returns the message of an error of the library, without the number of the system's error.
pub fn said(error: &Error) -> String {
    let path = error.path().map(|path| path.display().to_string());
    let cause = error.cause().map(|cause| cause.to_lowercase());
    [Some(error.what().to_owned()), path, cause].into_iter().flatten().collect::<Vec<_>>().join(": ")
}

/// Returns the message of a system error, without its number.
pub fn reason(error: &io::Error) -> String {
    system_message(error).to_lowercase()
}

/// Returns a path as it may be shown. The part that does not exist may be a text passed by mistake, and is
/// not repeated.
pub fn named(path: &Path, otherwise: &str) -> String {
    if path.symlink_metadata().is_ok() {
        return shown(&path.to_string_lossy());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty() && parent.is_dir());
    parent.map_or_else(
        || otherwise.to_owned(),
        |parent| format!("{otherwise} in {}", shown(&parent.to_string_lossy())),
    )
}

/// A text that may hold a secret, for a report in JSON, which escapes it itself.
pub fn scrubbed(text: &str) -> String {
    Scrubber::new(Preset::Balanced).scrub_text(text).into_owned()
}

/// A text of ours that may hold a name which is not: scrubbed, on one line.
pub fn shown(text: &str) -> String {
    line(Scrubber::new(Preset::Balanced).scrub_text(text).as_bytes())
}
