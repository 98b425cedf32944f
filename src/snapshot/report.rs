//! The reports of what a write, a read or a removal did.

use std::path::PathBuf;

use super::promote;
use crate::scrub::Tally;

/// What a write that returned guarantees.
///
/// ```
/// use prestop::snapshot::Durability;
///
/// let words = [Durability::Durable, Durability::Degraded, Durability::Indeterminate].map(Durability::as_str);
/// assert_eq!(words, ["durable", "degraded", "indeterminate"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// The new document is on the disk and stays there, whatever happens next.
    Durable,
    /// The document is on the disk, but it was overwritten in place: a crash during the write could have
    /// damaged it.
    Degraded,
    /// The new document is in place, but the disk did not confirm the rename: a power cut may bring back the
    /// old one.
    Indeterminate,
}

impl Durability {
    /// The word in reports: `durable`, `degraded` or `indeterminate`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Degraded => "degraded",
            Self::Indeterminate => "indeterminate",
        }
    }
}

/// What a write did. What the scrubber redacted is counted in its own [`Tally`].
///
/// ```
/// # use std::time::{Instant, SystemTime};
/// # use std::hash::{BuildHasher, RandomState};
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("snapshot.json");
/// # let start = Instant::now();
/// # let (elapsed, random) = (|| start.elapsed(), || RandomState::new().hash_one(0));
/// # let pause = std::thread::sleep;
/// # let ambient = prestop::snapshot::Ambient { now: SystemTime::now(), elapsed: &elapsed, random: &random, pause: &pause };
/// use prestop::snapshot::{Durability, WriteOptions, write};
///
/// let report = write(&path, b"{}", &WriteOptions::new("rules-1"), ambient)?;
/// assert_eq!((report.bytes, report.durability, report.atomic), (2, Durability::Durable, true));
/// assert_eq!((report.path.as_path(), report.previous_kept), (path.as_path(), false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
// Each is an independent fact about one write, and none a state that excludes another.
#[allow(clippy::struct_excessive_bools)]
pub struct WriteReport {
    /// The path as given by the caller.
    pub path: PathBuf,
    /// The size of the document in bytes.
    pub bytes: u64,
    /// How durable the new document is.
    pub durability: Durability,
    /// Whether the document was replaced in one step; false after an in-place write.
    pub atomic: bool,
    /// Whether the directory's lock was held. Without it another process was writing at the same time, or the
    /// file system has no locks: the file is whole, but it is not known whose document is the last.
    pub locked: bool,
    /// Whether the replaced document was kept as `.NAME.prev`.
    pub previous_kept: bool,
    /// Whether the directory was flushed. False on file systems that cannot do so, and after an error (see
    /// `durability`).
    pub directory_synced: bool,
    /// Whether the file carries the checksum attribute.
    pub checksummed: bool,
    /// One more than the generation recorded with the replaced document, or 1: counts the writes of this
    /// path.
    pub generation: u64,
    /// Whether a first attempt failed, so that the document was written again into a new file.
    pub rewritten: bool,
    /// Whether the file system disappears with the machine's memory or with the container (tmpfs, ramfs,
    /// overlay): what is durable there does not outlive them.
    pub ephemeral: bool,
    /// What was removed from a document that was too large or would have been late. Strings and other values
    /// that were cut count as redactions `TRUNCATED`; transcript lines and members that were left out count
    /// as dropped. To be added to the scrubber's own [`Tally`].
    pub shrunk: Tally,
    /// What the last check of the finished bytes found, by label: secrets that scrubbing had missed. The
    /// strings and numbers that contained them were replaced as a whole. Anything here is a fault of the
    /// scrubber and worth a warning.
    pub gated: Tally,
}

/// Which file a snapshot came from.
///
/// ```
/// use prestop::snapshot::Source;
///
/// assert_eq!([Source::Current, Source::Previous].map(Source::as_str), ["current", "previous"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The file itself.
    Current,
    /// `.NAME.prev`, because the file itself was corrupt.
    Previous,
}

impl Source {
    /// The word in reports: `current` or `previous`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
        }
    }
}

/// A snapshot that was read.
///
/// ```
/// # use std::time::{Instant, SystemTime};
/// # use std::hash::{BuildHasher, RandomState};
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("snapshot.json");
/// # let start = Instant::now();
/// # let (elapsed, random) = (|| start.elapsed(), || RandomState::new().hash_one(0));
/// # let pause = std::thread::sleep;
/// # let ambient = prestop::snapshot::Ambient { now: SystemTime::now(), elapsed: &elapsed, random: &random, pause: &pause };
/// use prestop::snapshot::{ReadOptions, read};
///
/// std::fs::write(&path, br#"{"adapter": {"session_id": "s-1"}}"#)?;
/// let restored = read(&path, &ReadOptions::new("rules-1"), ambient)?.expect("it is there");
/// assert_eq!(restored.verified, None);
/// assert!(String::from_utf8(restored.promoted())?.contains("\n  \"session_id\": \"s-1\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// The document: JSON as [`crate::json::check`] accepts it.
    pub bytes: Vec<u8>,
    /// The file that it came from.
    pub source: Source,
    /// `Some(true)`: exactly what was written. `Some(false)`: edited by somebody since. `None`: there is no
    /// checksum to compare with.
    pub verified: Option<bool>,
    /// Whether a number is spelled `NaN`, `Infinity` or `-Infinity`, as the replaced module wrote them. That
    /// is not JSON; [`crate::json::strict`] replaces them by `null`.
    pub non_finite: bool,
    /// The generation recorded with the document (the count of writes of its path), if there is one.
    pub generation: Option<u64>,
    /// Where the corrupt current file is now, when this is the previous generation.
    pub quarantined: Option<PathBuf>,
}

impl Restored {
    /// Returns the document with `session_id` and `transcript_lines` also at the top level, where hosts look
    /// for them.
    pub fn promoted(&self) -> Vec<u8> {
        promote::promote(&self.bytes).into_owned()
    }
}

impl std::fmt::Debug for Restored {
    // The document is not shown, since debug output ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restored")
            .field("bytes", &self.bytes.len())
            .field("source", &self.source)
            .field("verified", &self.verified)
            .field("non_finite", &self.non_finite)
            .field("generation", &self.generation)
            .field("quarantined", &self.quarantined)
            .finish()
    }
}

/// Everything that a read found and did, even when there is no snapshot.
///
/// ```
/// # use std::time::{Instant, SystemTime};
/// # use std::hash::{BuildHasher, RandomState};
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("snapshot.json");
/// # let start = Instant::now();
/// # let (elapsed, random) = (|| start.elapsed(), || RandomState::new().hash_one(0));
/// # let pause = std::thread::sleep;
/// # let ambient = prestop::snapshot::Ambient { now: SystemTime::now(), elapsed: &elapsed, random: &random, pause: &pause };
/// use prestop::snapshot::{ReadOptions, Reading, examine};
///
/// assert_eq!(examine(&path, &ReadOptions::new("rules-1"), ambient)?, Reading::default());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// The snapshot. `None` when the file is missing, or corrupt without a usable previous generation.
    pub restored: Option<Restored>,
    /// Whether the file was there, but corrupt or only partly overwritten.
    pub corrupt: bool,
    /// Where the corrupt file is now, if it was quarantined.
    pub quarantined: Option<PathBuf>,
    /// Whether the previous generation was put back in the file's place.
    pub put_back: bool,
    /// Whether an interrupted in-place write was finished from its recovery copy.
    pub finished: bool,
}

/// What a delete or purge removed.
///
/// ```
/// # use std::time::{Instant, SystemTime};
/// # use std::hash::{BuildHasher, RandomState};
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("snapshot.json");
/// # let start = Instant::now();
/// # let (elapsed, random) = (|| start.elapsed(), || RandomState::new().hash_one(0));
/// # let pause = std::thread::sleep;
/// # let ambient = prestop::snapshot::Ambient { now: SystemTime::now(), elapsed: &elapsed, random: &random, pause: &pause };
/// use prestop::snapshot::{ReadOptions, Removal, delete};
///
/// assert_eq!(delete(&path, &ReadOptions::new("rules-1"), ambient)?, Removal::default());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removal {
    /// Whether there was a snapshot.
    pub existed: bool,
    /// How many files were removed, the snapshot included.
    pub files: u64,
}
