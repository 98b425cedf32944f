//! Overwriting a document that cannot be replaced: a mounted file, or one in a directory that accepts no new
//! files.
//!
//! This is not atomic, and the report says so. It is not done while another process holds the lock: two
//! writers would leave a mixture of their documents. What can be done against a crash meanwhile is done:
//!
//! 1. put a recovery copy of the new document beside the file
//! 2. keep a copy of the old document as `.NAME.prev`
//! 3. reserve the space, so that a full disk is noticed before anything is overwritten
//! 4. announce the new content in an attribute, so that a mixture of old and new is never taken for a
//!    document; where that fails, remove the record of the old content, which would vouch for the mixture
//! 5. write from the start, truncate to the new length, flush; only then record the checksum, remove the
//!    announcement, flush
//! 6. remove the recovery copy

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::ambient::{Ambient, Deadline};
use super::attribute::{Attribute, UNKNOWN_RULES};
use super::document::{Document, State};
use super::entry::Entry;
use super::options::WriteOptions;
use super::previous::{self, Means, Old};
use super::recovery::{Recovery, Stored};
use super::target::Target;
use super::temp::{PRIVATE, write_at};
use crate::{Error, ErrorKind, Result};

/// What an in-place write did.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) previous_kept: bool,
    pub(super) checksummed: bool,
    pub(super) directory_synced: bool,
}

/// Why overwriting failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// The old document is intact.
    Intact(Errno),
    /// The file may contain neither the old nor the new document.
    Torn(Errno),
}

/// Overwrites the document, by the steps above.
pub(super) fn write(
    target: &Target,
    old: &Old,
    bytes: &[u8],
    attribute: Attribute,
    options: &WriteOptions<'_>,
    deadline: &Deadline<'_>,
    ambient: Ambient<'_>,
) -> Result<Done> {
    let fail = |what: &str, errno| Error::io(what, errno).with_path(&target.path);
    let (file, entry) = open(target).map_err(|errno| fail("cannot overwrite the snapshot", errno))?;
    let whole = old.document().filter(|old| is_whole(target, old, options)).map(|old| &*old.bytes);
    // 1. recovery copy
    let stored = Stored::put(target, entry.inode, whole, bytes, &attribute, options.recovery, ambient);
    // 2. previous generation
    let previous_kept = previous::keep(target, old, Means::Copy, options, deadline, ambient);
    // 3. to 5.
    match overwrite(&file, &entry, whole, bytes, attribute) {
        Ok(checksummed) => {
            // 6. the copy is no longer needed
            let directory_synced = stored.is_some_and(Stored::remove);
            Ok(Done { previous_kept, checksummed, directory_synced })
        }
        Err(Failed::Intact(errno)) => {
            stored.map(Stored::remove);
            Err(fail("cannot overwrite the snapshot", errno))
        }
        Err(Failed::Torn(errno)) => {
            Err(fail("overwriting the snapshot in place failed midway", errno).of_kind(ErrorKind::Torn))
        }
    }
}

/// Whether the old document is intact, and not what an interrupted in-place write left behind.
fn is_whole(target: &Target, old: &Document, options: &WriteOptions<'_>) -> bool {
    old.state != State::Corrupt
        && Recovery::load(target, old.entry.inode, options.recovery).is_none_or(|copy| !copy.needed(old))
}

/// Opens the document for overwriting, without truncating it.
pub(super) fn open(target: &Target) -> rustix::io::Result<(OwnedFd, Entry)> {
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = target.directory.open_file(&target.name, flags, Mode::empty())?;
    let entry = Entry::of(&file)?;
    if entry.kind != FileType::RegularFile {
        return Err(Errno::INVAL);
    }
    Ok((file, entry))
}

/// Performs steps 3 to 5. Returns whether the checksum attribute was set. `whole` is the old document, if it
/// is intact.
pub(super) fn overwrite(
    file: impl AsFd,
    entry: &Entry,
    whole: Option<&[u8]>,
    bytes: &[u8],
    mut attribute: Attribute,
) -> std::result::Result<bool, Failed> {
    // 3. space
    reserve(&file, bytes.len() as u64).map_err(Failed::Intact)?;
    if entry.mode.intersects(Mode::RWXG | Mode::RWXO) {
        // This fails for another user's file, which is overwritten all the same.
        let _ = rustix::fs::fchmod(&file, PRIVATE);
    }
    // 4. announcement; a file without a record gets one first, so that its old content is recognised
    let torn = whole.is_none() && Attribute::read_pending(&file).is_some();
    if let (None, Some(whole)) = (Attribute::read(&file), whole) {
        Attribute::of(whole, 0, UNKNOWN_RULES).set(&file);
    }
    // Beside the record of the old content, a missing announcement would say that nothing is being
    // overwritten.
    if (attribute.set_pending(&file) || Attribute::clear(&file))
        && let Err(errno) = retry_on_intr(|| rustix::fs::fsync(&file))
    {
        // What an earlier write has left half overwritten stays announced.
        if !torn {
            Attribute::clear_pending(&file);
        }
        return Err(Failed::Intact(errno));
    }
    // 5. content
    let written = write_at(&file, bytes, 0)
        .and_then(|()| retry_on_intr(|| rustix::fs::ftruncate(&file, bytes.len() as u64)))
        .and_then(|()| Entry::of(&file));
    match written {
        Ok(entry) => attribute.written = Some(entry.modified),
        Err(errno) => return Err(undo(&file, whole, errno)),
    }
    // If the announcement were removed before the content is on the disk, a mixture would look like
    // somebody's edit.
    retry_on_intr(|| rustix::fs::fsync(&file)).map_err(Failed::Torn)?;
    let checksummed = attribute.set(&file);
    if !checksummed {
        // The record of the old content would make the new content look corrupt.
        Attribute::clear(&file);
    }
    Attribute::clear_pending(&file);
    // The content is safe. An announcement that reappears after a crash agrees with the record.
    let _ = retry_on_intr(|| rustix::fs::fsync(&file));
    Ok(checksummed)
}

/// Restores the old document after a failed write.
fn undo(file: impl AsFd, whole: Option<&[u8]>, errno: Errno) -> Failed {
    let Some(whole) = whole else { return Failed::Torn(errno) };
    let undone = write_at(&file, whole, 0)
        .and_then(|()| retry_on_intr(|| rustix::fs::ftruncate(&file, whole.len() as u64)))
        .and_then(|()| retry_on_intr(|| rustix::fs::fsync(&file)));
    match undone {
        Ok(()) => {
            Attribute::clear_pending(&file);
            Failed::Intact(errno)
        }
        Err(_) => Failed::Torn(errno),
    }
}

/// Reserves the blocks for `length` bytes, where the file system can guarantee them.
fn reserve(file: impl AsFd, length: u64) -> rustix::io::Result<()> {
    #[cfg(target_os = "linux")]
    if length > 0 {
        let reserved =
            retry_on_intr(|| rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::KEEP_SIZE, 0, length));
        if let Err(errno @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) = reserved {
            return Err(errno);
        }
    }
    let _ = (file, length);
    Ok(())
}
