//! Removing what crashes left behind: files are recognised by their exact names, and a temporary file is
//! removed only when nobody can be using it.

use std::ffi::{OsStr, OsString};
use std::time::{Duration, SystemTime};

use rustix::fs::{FileType, FlockOperation, Mode, OFlags};
use rustix::io::retry_on_intr;

use super::ambient::Ambient;
use super::entry::Entry;
use super::names::Kind;
use super::target::Target;

/// The most temporary files that are considered in one pass.
const MAX_REMOVED: usize = 16;
/// The age over which a temporary file is stale: that of a write under way is younger.
const MIN_AGE: Duration = Duration::from_secs(3600);
/// How many quarantined files are kept.
const QUARANTINED: usize = 3;

/// Removes stale temporary files, and quarantined files except the newest [`QUARANTINED`].
pub(super) fn collect(target: &Target, ambient: Ambient<'_>) {
    clear(target, QUARANTINED, Some(ambient.now));
}

/// Like [`collect`], for a full disk: only one quarantined file is kept. The previous generation is never
/// touched. Returns the number of files removed.
pub(super) fn make_room(target: &Target, ambient: Ambient<'_>) -> usize {
    clear(target, 1, Some(ambient.now))
}

/// Removes quarantined files except the newest [`QUARANTINED`].
pub(super) fn trim(target: &Target) {
    clear(target, QUARANTINED, None);
}

/// Lists the directory once and removes files; returns how many. Temporary files are considered only if `now`
/// is given.
fn clear(target: &Target, keep: usize, now: Option<SystemTime>) -> usize {
    let aside = target.names.of_aside();
    let mut temporary: Vec<OsString> = Vec::new();
    let mut numbers: Vec<u128> = Vec::new();
    target.directory.each(b".", |name| {
        let kind = target.names.kind(name);
        if let Some(Kind::Quarantined(number)) = kind {
            numbers.push(number);
        }
        let ours = kind == Some(Kind::Temporary) || aside.kind(name) == Some(Kind::Temporary);
        if ours && now.is_some() && temporary.len() < MAX_REMOVED {
            temporary.push(name.to_owned());
        }
    });
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    let surplus = numbers.iter().skip(keep).map(|&number| target.names.quarantined(number));
    let stale = temporary.into_iter().filter(|name| now.is_some_and(|now| unused(target, name, now)));
    surplus.chain(stale).filter(|name| target.directory.unlink(name) == Ok(true)).count()
}

/// Whether a temporary file of ours can be removed: it is a second name of a document that remains, or it is
/// old and nobody holds its lock.
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

/// Whether a temporary name is a link to the document or its previous generation: a writer was killed between
/// creating the link and renaming it. Nothing is lost with it, and a writer that is about to rename it
/// manages without.
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
