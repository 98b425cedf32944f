//! Reading a snapshot back. A file that cannot be read is an error, not a missing snapshot.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use super::ambient::{Ambient, Deadline};
use super::attribute;
use super::document::{Document, State};
use super::options::ReadOptions;
use super::recover;
use super::recovery::Recovery;
use super::report::{Reading, Restored, Source};
use super::target::Target;
use crate::{Error, ErrorKind, Result};

/// The pauses between attempts on a network file system, where a rename on another machine can hide a file
/// for a moment.
const RETRIES: [Duration; 3] =
    [Duration::from_millis(10), Duration::from_millis(50), Duration::from_millis(200)];

/// Reads the snapshot. Returns `None` when there is none, or only a corrupt one without a usable previous
/// generation.
///
/// A corrupt file is quarantined and its previous generation put back; [`examine`] reports what was done.
/// Reading again gives the same result. A symbolic link is read through.
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
/// use prestop::snapshot::{ReadOptions, Source, WriteOptions, read, write};
///
/// assert_eq!(read(&path, &ReadOptions::new("rules-1"), ambient)?, None);
/// write(&path, b"{\"n\": 1}", &WriteOptions::new("rules-1"), ambient)?;
/// let restored = read(&path, &ReadOptions::new("rules-1"), ambient)?.expect("it was written");
/// assert_eq!((restored.bytes.as_slice(), restored.source), (b"{\"n\": 1}".as_slice(), Source::Current));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidOption`] for a path that names no file and for an unusable rule-set name,
/// [`ErrorKind::InvalidTarget`] for what is not a regular file, [`ErrorKind::TooLarge`] over 64 MiB,
/// [`ErrorKind::Io`] when the system refuses. Nothing is changed then.
pub fn read(
    path: impl AsRef<Path>,
    options: &ReadOptions<'_>,
    ambient: Ambient<'_>,
) -> Result<Option<Restored>> {
    examine(path, options, ambient).map(|reading| reading.restored)
}

/// Reads the snapshot like [`read`], and reports everything that was found and done.
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
/// # let scrubber = prestop::Scrubber::new(prestop::Preset::Strict);
/// use prestop::snapshot::{ReadOptions, examine};
///
/// std::fs::write(&path, b"{\"n")?;
/// let reading = examine(&path, &ReadOptions::new("rules-1").with_rescrub(&scrubber), ambient)?;
/// assert!(reading.corrupt && reading.restored.is_none());
/// assert!(reading.quarantined.is_some_and(|aside| aside.exists()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`read`].
pub fn examine(path: impl AsRef<Path>, options: &ReadOptions<'_>, ambient: Ambient<'_>) -> Result<Reading> {
    if !attribute::rules_fit(options.rules) {
        return Err(Error::new(ErrorKind::InvalidOption, "a rule-set name is 1 to 64 of [A-Za-z0-9._:+-]"));
    }
    let deadline = Deadline::after(options.deadline, ambient);
    let Some(target) = Target::to_read(path.as_ref(), options.follow_symlink)? else {
        return Ok(Reading::default());
    };
    let Some(document) = patiently(&target, &target.name, true, &deadline, ambient)? else {
        return Ok(Reading::default());
    };
    let left = || match Recovery::load(&target, document.entry.inode, options.recovery) {
        Err(_) if document.settled() => Ok(false),
        copy => copy.map(|copy| copy.is_some()),
    };
    if document.state == State::Corrupt || left()? {
        return recover::recover(&target, options, &deadline, ambient);
    }
    Ok(current(document))
}

/// The reading of a file that is intact.
pub(super) fn current(document: Document) -> Reading {
    Reading { restored: Some(restored(document, Source::Current)), ..Reading::default() }
}

/// Converts a document to what the caller gets.
pub(super) fn restored(document: Document, source: Source) -> Restored {
    Restored {
        verified: match document.state {
            State::Verified => Some(true),
            State::Edited | State::Corrupt => Some(false),
            State::Unverified => None,
        },
        generation: document.generation(),
        non_finite: document.summary.non_finite,
        bytes: document.bytes,
        source,
        quarantined: None,
    }
}

/// Loads a file. The attempt is repeated where its absence may be temporary: on a network file system, or
/// after ESTALE.
pub(super) fn patiently(
    target: &Target,
    name: &OsStr,
    follow: bool,
    deadline: &Deadline<'_>,
    ambient: Ambient<'_>,
) -> Result<Option<Document>> {
    let mut waits = RETRIES.iter();
    loop {
        let loaded = Document::load(&target.directory, name, follow);
        let doubtful = match &loaded {
            Ok(None) => target.directory.remote(),
            Err(error) => error.raw_os_error() == Some(rustix::io::Errno::STALE.raw_os_error()),
            Ok(Some(_)) => false,
        };
        match waits.next() {
            Some(wait) if doubtful && deadline.left() > *wait => (ambient.pause)(*wait),
            _ => return loaded,
        }
    }
}
