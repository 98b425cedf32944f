//! Removing a snapshot, with or without everything that belongs to it.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::ambient::{Ambient, Deadline};
use super::directory::{Directory, Synced};
use super::lock::Lock;
use super::options::ReadOptions;
use super::report::Removal;
use super::target::Target;
use crate::{Error, ErrorKind, Result};

/// Removes the snapshot: first its previous generation, so that it cannot come back, then its recovery copy
/// and the file itself.
///
/// A missing file is not an error. Quarantined files are kept; [`purge`] removes them, too.
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
/// use prestop::snapshot::{ReadOptions, WriteOptions, delete, write};
///
/// write(&path, b"{}", &WriteOptions::new("rules-1"), ambient)?;
/// assert!(delete(&path, &ReadOptions::new("rules-1"), ambient)?.existed);
/// assert!(!delete(&path, &ReadOptions::new("rules-1"), ambient)?.existed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidOption`] for a path that names no file, [`ErrorKind::InvalidTarget`] for a directory,
/// a FIFO, a device, a socket or a mounted file, [`ErrorKind::Io`] when the system refuses or the disk does
/// not confirm. After the last of these some of the files, or all of them, may be gone.
pub fn delete(path: impl AsRef<Path>, options: &ReadOptions<'_>, ambient: Ambient<'_>) -> Result<Removal> {
    remove(path.as_ref(), options, ambient, false)
}

/// Removes the snapshot and every file that belongs to it: previous generation, recovery copy, quarantined
/// and temporary files, and every [`Companion`](super::Companion).
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
/// use prestop::snapshot::{ReadOptions, WriteOptions, purge, write};
///
/// write(&path, b"{}", &WriteOptions::new("rules-1"), ambient)?;
/// std::fs::write(place.path().join(".snapshot.json.corrupt-1"), b"{")?;
/// assert_eq!(purge(&path, &ReadOptions::new("rules-1"), ambient)?.files, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`delete`]. An attempt is made to remove every file, and the first failure is reported.
pub fn purge(path: impl AsRef<Path>, options: &ReadOptions<'_>, ambient: Ambient<'_>) -> Result<Removal> {
    remove(path.as_ref(), options, ambient, true)
}

fn remove(path: &Path, options: &ReadOptions<'_>, ambient: Ambient<'_>, all: bool) -> Result<Removal> {
    let Some(target) = Target::to_read(path, options.follow_symlink)? else { return Ok(Removal::default()) };
    let deadline = Deadline::after(options.deadline, ambient);
    let _lock = Lock::take(&target.directory, &deadline, ambient);
    match target.entry()? {
        // Nothing is removed unless everything can be.
        Some(entry) if entry.mounted => {
            return Err(
                Error::new(ErrorKind::InvalidTarget, "a mounted file cannot be removed").with_path(path)
            );
        }
        Some(entry) if entry.kind == FileType::Directory => {
            return Err(Error::new(ErrorKind::InvalidTarget, "a directory, not a snapshot").with_path(path));
        }
        // What a write would refuse to replace is not ours to remove.
        _ => drop(target.replaceable()?),
    }
    let mut removing = Removing::default();
    let here = &*target.directory;
    removing.unlink(here, &target.names.previous());
    removing.unlink(here, &target.names.recovery());
    removing.removal.existed = removing.unlink(here, &target.name);
    if all {
        let mut companions: Vec<OsString> = Vec::new();
        let aside = target.names.of_aside();
        for names in [&target.names, &aside] {
            here.each(names.prefix(), |name| {
                if names.kind(name).is_some() {
                    companions.push(name.to_owned());
                }
            });
        }
        companions.extend([aside.previous(), aside.recovery()]);
        for name in companions {
            removing.unlink(here, &name);
        }
    }
    if removing.removal.files > 0 && here.readable() {
        removing.sync(here, path);
    }
    if let Some(elsewhere) = options.recovery {
        match Directory::open(elsewhere) {
            Ok(elsewhere) => {
                if removing.unlink(&elsewhere, &target.names.recovery()) && elsewhere.readable() {
                    removing.sync(&elsewhere, elsewhere.path());
                }
            }
            Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => {}
            Err(error) => removing.fail(error),
        }
    }
    removing.failed.map_or(Ok(removing.removal), Err)
}

/// What was removed, and the first failure: a file that cannot be removed keeps no other one from being
/// removed.
#[derive(Default)]
struct Removing {
    removal: Removal,
    failed: Option<Error>,
}

impl Removing {
    /// Removes an entry; false if there was none, or it cannot be removed.
    fn unlink(&mut self, directory: &Directory, name: &OsStr) -> bool {
        match directory.unlink(name) {
            Ok(existed) => {
                self.removal.files += u64::from(existed);
                existed
            }
            Err(errno) => {
                self.fail(Error::io("cannot remove", errno).with_path(directory.join(name)));
                false
            }
        }
    }

    /// Flushes the removals from a directory.
    fn sync(&mut self, directory: &Directory, path: &Path) {
        if directory.sync() == Synced::Failed {
            self.fail(Error::io("removed, but the disk did not confirm", Errno::IO).with_path(path));
        }
    }

    fn fail(&mut self, error: Error) {
        self.failed.get_or_insert(error);
    }
}
