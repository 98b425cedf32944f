//! The names of the files that belong to a snapshot: all are in its directory and begin with `.NAME.`.
//!
//! In them, a name too long to fit is shortened to its beginning, `~` and a digest of the whole name.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::{Error, ErrorKind, Result};

/// The length in bytes up to which a name is used whole: the longest of the other names adds 27, and 255 is
/// the limit.
const MAX_WHOLE: usize = 220;
/// How much of a longer name is kept before `~` and 16 digits.
const MAX_BEGINNING: usize = MAX_WHOLE - 17;

/// A file that is kept beside a snapshot, or beside a file of JSON lines.
///
/// ```
/// use prestop::snapshot::Companion;
/// use std::path::Path;
///
/// let previous = Companion::Previous.of("/configs/snapshot.json");
/// assert_eq!(previous, Path::new("/configs/.snapshot.json.prev"));
/// assert!(matches!(Companion::Starts.suffix().parse(), Ok(Companion::Starts)));
/// // A name must not become too long.
/// let long = Companion::Starts.of("s".repeat(250));
/// assert!(long.as_os_str().len() < 255);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Companion {
    /// `.NAME.prev`: the previous generation of the snapshot.
    Previous,
    /// `.NAME.starts`: how many starts restored the snapshot and reached no checkpoint since.
    Starts,
    /// `.NAME.aside`: a snapshot that stopped its host, or was another's.
    Aside,
    /// `.NAME.unread`, in names that go on with `-` and a number: a file that could not be read when its
    /// place was needed.
    Unread,
    /// `.NAME.old`: of a file of lines, those before its last rotation.
    Rotated,
}

impl Companion {
    /// Returns the path of this companion of the file at `path`.
    pub fn of(self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        path.with_file_name(Names::of_path(path).with(self.suffix()))
    }

    /// The suffix of its name, without the dot.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Previous => "prev",
            Self::Starts => "starts",
            Self::Aside => "aside",
            Self::Unread => "unread",
            Self::Rotated => "old",
        }
    }
}

impl std::str::FromStr for Companion {
    type Err = Error;

    fn from_str(suffix: &str) -> Result<Self> {
        let all = [Self::Previous, Self::Starts, Self::Aside, Self::Unread, Self::Rotated];
        let found = all.into_iter().find(|companion| companion.suffix() == suffix);
        found.ok_or_else(|| Error::new(ErrorKind::InvalidOption, "there is no such file beside a snapshot"))
    }
}

/// Returns the prefix of the names of all files that are kept beside the file at `path` and belong to it.
///
/// ```
/// assert_eq!(prestop::snapshot::companion_prefix("/configs/snapshot.json"), ".snapshot.json.");
/// ```
pub fn companion_prefix(path: impl AsRef<Path>) -> OsString {
    OsString::from_vec(Names::of_path(path.as_ref()).prefix)
}

/// What kind of file a name beside the snapshot denotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A temporary file, or a temporary link to the previous generation.
    Temporary,
    /// A quarantined file, with its number.
    Quarantined(u128),
    /// What is kept beside it: the count of starts, a snapshot set aside, files that could not be read, the
    /// lines before the last rotation.
    Companion,
}

/// Builds and recognises the names.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// `.NAME.`
    prefix: Vec<u8>,
}

impl Names {
    /// Returns the names that belong to the snapshot `name`.
    pub(super) fn of(name: &OsStr) -> Self {
        let name = name.as_bytes();
        if name.len() <= MAX_WHOLE {
            return Self { prefix: [b".", name, b"."].concat() };
        }
        // Some file systems accept only whole characters.
        let end = (0..=MAX_BEGINNING).rev().find(|&at| name[at] & 0xC0 != 0x80).unwrap_or(MAX_BEGINNING);
        let short = [&name[..end], format!("~{:016x}", digest(name)).as_bytes()].concat();
        Self { prefix: [b".", &*short, b"."].concat() }
    }

    fn of_path(path: &Path) -> Self {
        Self::of(path.file_name().unwrap_or_default())
    }

    /// Returns the names that belong to the snapshot that was set aside, which is a document of its own.
    pub(super) fn of_aside(&self) -> Self {
        Self::of(&self.with(Companion::Aside.suffix()))
    }

    /// The prefix that all of them have.
    pub(super) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// The name of the previous generation.
    pub(super) fn previous(&self) -> OsString {
        self.with(Companion::Previous.suffix())
    }

    /// The name of the recovery copy of a document that is overwritten in place.
    pub(super) fn recovery(&self) -> OsString {
        self.with("recover")
    }

    /// The name of a new document before its rename.
    pub(super) fn temporary(&self, random: u64) -> OsString {
        self.with(&format!("tmp.{random:016x}"))
    }

    /// The name of a new previous generation, or of another companion, before its rename.
    pub(super) fn temporary_link(&self, random: u64) -> OsString {
        self.with(&format!("prev.tmp.{random:016x}"))
    }

    /// The name of the file with the lines before the last rotation.
    pub(super) fn rotated(&self) -> OsString {
        self.with(Companion::Rotated.suffix())
    }

    /// The name of a quarantined file.
    pub(super) fn quarantined(&self, number: u128) -> OsString {
        self.with(&format!("corrupt-{number}"))
    }

    /// The kind of file that `name` denotes, if only we create files of that name. The previous generation
    /// and the recovery copy are not recognised: their names are fixed and known.
    pub(super) fn kind(&self, name: &OsStr) -> Option<Kind> {
        let rest = name.as_bytes().strip_prefix(&*self.prefix)?;
        if [Companion::Starts, Companion::Aside, Companion::Rotated]
            .iter()
            .any(|kept| kept.suffix().as_bytes() == rest)
        {
            return Some(Kind::Companion);
        }
        if let Some(digits) = rest.strip_prefix(b"corrupt-") {
            return number(digits).map(Kind::Quarantined);
        }
        if let Some(digits) = rest.strip_prefix(b"unread-") {
            return number(digits).map(|_| Kind::Companion);
        }
        let random = rest.strip_prefix(b"tmp.").or_else(|| rest.strip_prefix(b"prev.tmp."))?;
        let ours = random.len() == 16 && random.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        ours.then_some(Kind::Temporary)
    }

    fn with(&self, suffix: &str) -> OsString {
        OsString::from_vec([&*self.prefix, suffix.as_bytes()].concat())
    }
}

/// The number that these digits are, in our own spelling: no sign, no leading zero.
fn number(digits: &[u8]) -> Option<u128> {
    let number: u128 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (number.to_string().as_bytes() == digits).then_some(number)
}

/// FNV-1a: tells long names apart that begin alike. Whoever can choose the names of files needs no collision.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |state: u64, &byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
