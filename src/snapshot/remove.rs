//! Removing a snapshot, with or without everything that belongs to it.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::ambient::{Ambient, Deadline};
use super::directory::Synced;
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
/// not confirm.
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
    let mut removal = Removal::default();
    let mut failed = None;
    let mut unlink = |name: &OsStr| match target.directory.unlink(name) {
        Ok(existed) => {
            removal.files += u64::from(existed);
            existed
        }
        Err(errno) => {
            let error = Error::io("cannot remove", errno).with_path(target.directory.join(name));
            failed.get_or_insert(error);
            false
        }
    };
    unlink(&target.names.previous());
    unlink(&target.names.recovery());
    let existed = unlink(&target.name);
    if all {
        let mut companions: Vec<OsString> = Vec::new();
        let aside = target.names.of_aside();
        for names in [&target.names, &aside] {
            target.directory.each(names.prefix(), |name| {
                if names.kind(name).is_some() {
                    companions.push(name.to_owned());
                }
            });
        }
        companions.extend([aside.previous(), aside.recovery()]);
        for name in companions {
            unlink(&name);
        }
    }
    removal.existed = existed;
    if let Some(error) = failed {
        return Err(error);
    }
    if let Some(directory) = options.recovery {
        remove_recovery(directory, &target.names.recovery(), &mut removal)?;
    }
    if removal.files > 0 && target.directory.readable() && target.directory.sync() == Synced::Failed {
        return Err(Error::io("removed, but the disk did not confirm", Errno::IO).with_path(path));
    }
    Ok(removal)
}

/// Removes the recovery copy from a directory of its own.
fn remove_recovery(directory: &Path, name: &OsStr, removal: &mut Removal) -> Result<()> {
    match std::fs::remove_file(directory.join(name)) {
        Ok(()) => removal.files += 1,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Error::io("cannot remove", error).with_path(directory.join(name))),
    }
    Ok(())
}
