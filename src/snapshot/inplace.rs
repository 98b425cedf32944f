//! Overwriting a document that cannot be replaced: a mounted file, or one whose directory takes no new files.
//!
//! This is not atomic, and the report says so. What can be done against a crash meanwhile is done:
//!
//! 1. put a recovery copy of the new document beside the file
//! 2. keep the old document as `.NAME.prev`, as a copy
//! 3. reserve the room, so that a full disk is found out before anything is overwritten
//! 4. announce the new content in an attribute, so that a mixture of both is never taken for a document
//! 5. write from the start, cut to length, flush; only then record the checksum, take the announcement back, flush
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
use crate::{Error, Result};

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
    /// The old document is whole.
    Intact(Errno),
    /// It is not.
    Torn(Errno),
}

/// Overwrites the document.
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
            // 6. done with the copy
            let directory_synced = stored.is_some_and(Stored::remove);
            Ok(Done { previous_kept, checksummed, directory_synced })
        }
        Err(Failed::Intact(errno)) => {
            stored.map(Stored::remove);
            Err(fail("cannot overwrite the snapshot", errno))
        }
        Err(Failed::Torn(errno)) => Err(fail("overwriting the snapshot in place failed midway", errno)),
    }
}

/// Whether the old document is a document, and not what an interrupted write made of it.
fn is_whole(target: &Target, old: &Document, options: &WriteOptions<'_>) -> bool {
    old.state != State::Corrupt
        && Recovery::load(target, old.entry.inode, options.recovery)
            .is_none_or(|copy| copy.is_old(&old.bytes) || copy.is_new(&old.bytes))
}

/// Opens the document for overwriting, without shortening it.
pub(super) fn open(target: &Target) -> rustix::io::Result<(OwnedFd, Entry)> {
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = target.directory.open_file(&target.name, flags, Mode::empty())?;
    let entry = Entry::of(&file)?;
    if entry.kind != FileType::RegularFile {
        return Err(Errno::INVAL);
    }
    Ok((file, entry))
}

/// Steps 3 to 5; true when the checksum attribute was set. `whole` is the old document, if it is one.
pub(super) fn overwrite(
    file: impl AsFd,
    entry: &Entry,
    whole: Option<&[u8]>,
    bytes: &[u8],
    mut attribute: Attribute,
) -> std::result::Result<bool, Failed> {
    // 3. room
    reserve(&file, bytes.len() as u64).map_err(Failed::Intact)?;
    if entry.mode.intersects(Mode::RWXG | Mode::RWXO) {
        // Somebody else's file cannot be closed to others; it is written all the same.
        let _ = rustix::fs::fchmod(&file, PRIVATE);
    }
    // 4. announcement; a file without a record gets one, so that its old content is recognised
    if let (None, Some(whole)) = (Attribute::read(&file), whole) {
        Attribute::of(whole, 0, UNKNOWN_RULES).set(&file);
    }
    if attribute.set_pending(&file)
        && let Err(errno) = retry_on_intr(|| rustix::fs::fsync(&file))
    {
        Attribute::clear_pending(&file);
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
    // Were the announcement gone before the content is there, a mixture would look like somebody's edit.
    retry_on_intr(|| rustix::fs::fsync(&file)).map_err(Failed::Torn)?;
    let checksummed = attribute.set(&file);
    if !checksummed {
        // The old record would condemn the new content.
        Attribute::clear(&file);
    }
    Attribute::clear_pending(&file);
    // The content is safe; an announcement that comes back says the same as the record.
    let _ = retry_on_intr(|| rustix::fs::fsync(&file));
    Ok(checksummed)
}

/// Puts the old document back after a failed write.
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

/// Makes sure that the blocks are there, where the file system can promise it.
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
