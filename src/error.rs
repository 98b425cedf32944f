//! The error type of the crate. Programs match on [`Error::kind`]; people read the message.

use std::fmt;
use std::path::{Path, PathBuf};

/// A [`Result`](std::result::Result) with the crate's [`Error`].
///
/// ```
/// fn preset(name: &str) -> prestop::Result<prestop::Preset> {
///     name.parse()
/// }
/// assert!(preset("strict").is_ok() && preset("lax").is_err());
/// ```
pub type Result<T> = std::result::Result<T, Error>;

/// The kind of an error, by what a caller can do about it.
///
/// ```
/// use prestop::{Error, ErrorKind};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::InvalidOption | ErrorKind::InvalidRule => "look at the configuration",
///         ErrorKind::TimedOut => "try again with more time",
///         _ => "look at the disk",
///     }
/// }
/// assert_eq!(advice(&Error::new(ErrorKind::TimedOut, "no time left")), "try again with more time");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An option, a name or a path cannot be used.
    InvalidOption,
    /// A rule, or a file of rules, cannot be used.
    InvalidRule,
    /// The bytes are not the expected document (not JSON or UTF-8, too deep or too large).
    InvalidInput,
    /// The target is not a regular file that may be replaced (a directory, FIFO, device or refused link).
    InvalidTarget,
    /// A document exceeds its size limit, and nothing in it can be cut.
    TooLarge,
    /// The deadline passed before the rename; the old document is intact.
    TimedOut,
    /// The operating system reported an error; see [`Error::io_kind`] and `source()`.
    Io,
    /// A file that could only be overwritten in place was overwritten in part, because the operating system
    /// reported an error (see [`Error::io_kind`] and `source()`): it may hold neither the old nor the new
    /// document.
    Torn,
}

/// An error: what failed, at which path, and why.
///
/// Its message never contains the data that was being handled.
///
/// ```
/// use prestop::{Error, ErrorKind};
///
/// let full = std::io::Error::from_raw_os_error(28);
/// let error = Error::io("cannot write the snapshot", full).with_path("/configs/snapshot.json").with_path("/other");
/// assert_eq!(error.kind(), ErrorKind::Io);
/// assert_eq!(error.raw_os_error(), Some(28));
/// assert_eq!(error.io_kind(), Some(std::io::ErrorKind::StorageFull));
/// assert_eq!(error.path(), Some(std::path::Path::new("/configs/snapshot.json")));
/// assert_eq!(error.what(), "cannot write the snapshot");
/// assert_eq!(error.cause().as_deref(), Some("No space left on device"));
/// assert!(error.to_string().starts_with("cannot write the snapshot: /configs/snapshot.json: "));
/// assert!(Error::new(ErrorKind::InvalidInput, "not JSON").path().is_none());
/// ```
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    what: String,
    path: Option<PathBuf>,
    source: Option<std::io::Error>,
}

impl Error {
    /// Creates an error of `kind`. `what` is in lower case, without a full stop and without any handled data.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), path: None, source: None }
    }

    /// Creates an error of kind [`ErrorKind::Io`] from an operating-system error that occurred while doing
    /// `what`.
    pub fn io(what: impl Into<String>, source: impl Into<std::io::Error>) -> Self {
        Self { kind: ErrorKind::Io, what: what.into(), path: None, source: Some(source.into()) }
    }

    /// Sets the kind.
    pub(crate) fn of_kind(self, kind: ErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// Adds the path at which the error occurred, unless it has one already.
    #[must_use]
    pub fn with_path(mut self, path: impl AsRef<Path>) -> Self {
        self.path.get_or_insert_with(|| path.as_ref().to_owned());
        self
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns what failed, without the path and without the message of the operating system.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Returns the operating system's kind of error, if there is one.
    pub fn io_kind(&self) -> Option<std::io::ErrorKind> {
        self.source.as_ref().map(std::io::Error::kind)
    }

    /// Returns the operating system's error number, if there is one.
    pub fn raw_os_error(&self) -> Option<i32> {
        self.source.as_ref().and_then(std::io::Error::raw_os_error)
    }

    /// Returns what the operating system says of the cause, if there is one, as [`system_message`] does.
    pub fn cause(&self) -> Option<String> {
        self.source.as_ref().map(system_message)
    }

    /// Returns the path at which the error occurred, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

/// Returns the operating system's text for an error, without its number, which the standard library appends.
///
/// ```
/// let full = std::io::Error::from_raw_os_error(28);
/// assert_eq!(prestop::system_message(&full), "No space left on device");
/// assert_eq!(prestop::system_message(&std::io::Error::other("of another kind")), "of another kind");
/// ```
pub fn system_message(error: &std::io::Error) -> String {
    let mut text = error.to_string();
    if let Some(number) = error.raw_os_error()
        && text.ends_with(&format!(" (os error {number})"))
    {
        text.truncate(text.rfind(" (os error").unwrap_or(text.len()));
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(path) = &self.path {
            write!(f, ": {}", path.display())?;
        }
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
