//! What crashes left behind: found by its exact name, and removed only when nobody can be using it.

use std::ffi::{OsStr, OsString};
use std::time::{Duration, SystemTime};

use rustix::fs::{FileType, FlockOperation, Mode, OFlags};
use rustix::io::retry_on_intr;

use super::ambient::Ambient;
use super::entry::Entry;
use super::names::Kind;
use super::target::Target;

/// Left-over files removed at a time.
const MAX_REMOVED: usize = 16;
/// A write under way has a younger temporary file than this.
const MIN_AGE: Duration = Duration::from_secs(3600);
/// Quarantined files that stay.
pub(super) const QUARANTINED: usize = 3;

/// Removes stale temporary files and quarantined files beyond the newest [`QUARANTINED`]; the number removed.
pub(super) fn collect(target: &Target, ambient: Ambient<'_>) -> usize {
    stale(target, ambient) + trim(target, QUARANTINED)
}

/// The same when the disk is full, with one quarantined file left. The previous generation is never touched.
pub(super) fn make_room(target: &Target, ambient: Ambient<'_>) -> usize {
    stale(target, ambient) + trim(target, 1)
}

fn stale(target: &Target, ambient: Ambient<'_>) -> usize {
    let mut found: Vec<OsString> = Vec::new();
    for names in [&target.names, &target.names.of_aside()] {
        target.directory.each(names.prefix(), |name| {
            if found.len() < MAX_REMOVED && names.kind(name) == Some(Kind::Temporary) {
                found.push(name.to_owned());
            }
        });
    }
    let unused = found.iter().filter(|name| unused(target, name, ambient.now));
    unused.filter(|name| target.directory.unlink(name) == Ok(true)).count()
}

/// Removes all quarantined files but the newest `keep`.
pub(super) fn trim(target: &Target, keep: usize) -> usize {
    let mut numbers: Vec<u128> = Vec::new();
    target.directory.each(target.names.prefix(), |name| {
        if let Some(Kind::Quarantined(number)) = target.names.kind(name) {
            numbers.push(number);
        }
    });
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    let surplus = numbers.iter().skip(keep);
    surplus.filter(|&&number| target.directory.unlink(&target.names.quarantined(number)) == Ok(true)).count()
}

/// Whether a file is ours, old, has no second name, and nobody holds its lock.
fn unused(target: &Target, name: &OsStr, now: SystemTime) -> bool {
    let directory = &*target.directory;
    let Ok(Some(entry)) = Entry::at(directory, name) else { return false };
    if entry.kind != FileType::RegularFile || entry.owner != rustix::process::geteuid().as_raw() {
        return false;
    }
    if entry.links > 1 {
        return second_name(target, &entry);
    }
    if !old(&entry, now) {
        return false;
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(file) = retry_on_intr(|| rustix::fs::openat(directory, name, flags, Mode::empty())) else {
        return false;
    };
    matches!(Entry::of(&file), Ok(opened) if opened.same_file(&entry))
        && rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
}

/// Whether a temporary name leads to the document or its previous generation: a writer was killed between giving it and
/// renaming it. Nothing is lost with it, and a writer who is about to rename it does without.
fn second_name(target: &Target, entry: &Entry) -> bool {
    [&target.name, &target.names.previous()]
        .iter()
        .any(|name| matches!(Entry::at(&*target.directory, name), Ok(Some(named)) if named.same_file(entry)))
}

fn old(entry: &Entry, now: SystemTime) -> bool {
    let (seconds, _) = entry.modified;
    let Ok(seconds) = u64::try_from(seconds) else { return true };
    // A time in the future says nothing about the age.
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    now.duration_since(written).is_ok_and(|age| age > MIN_AGE)
}
