//! Overwriting a document that cannot be replaced: a mounted file, or one in a directory that accepts no new
//! files.
//!
//! This is not atomic, and the report says so. It is not done while another process holds the lock: two
//! writers would leave a mixture of their documents. What can be done against a crash meanwhile is done:
//!
//! 1. finish what an interrupted write has left, from its recovery copy by steps 4 to 7; where that is
//!    impossible, write nothing, since step 2 would replace the copy that still can
//! 2. put a recovery copy of the new document beside the file
//! 3. keep a copy of the old document as `.NAME.prev`
//! 4. reserve the space, so that a full disk is noticed before anything is overwritten
//! 5. announce the new content in an attribute, so that a mixture of old and new is never taken for a
//!    document; where that fails, remove the record of the old content, which would vouch for the mixture
//! 6. write from the start, truncate to the new length, flush; only then record the checksum, remove the
//!    announcement, flush
//! 7. remove the recovery copy

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

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
use super::temp::{PRIVATE, fits, write_at};
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
    /// The file is no longer the one that was read, and is left alone.
    Changed,
}

impl Failed {
    fn error(&self, target: &Target) -> Error {
        let fail = |what: &str, errno| Error::io(what, errno).with_path(&target.path);
        match *self {
            Self::Intact(errno) => fail("cannot overwrite the snapshot", errno),
            Self::Torn(errno) => {
                fail("overwriting the snapshot in place failed midway", errno).of_kind(ErrorKind::Torn)
            }
            Self::Changed => fail("the snapshot is being changed", Errno::AGAIN),
        }
    }
}

/// Performs step 1 and returns what is there then. If it fails, the recovery copy stays.
pub(super) fn finish(target: &Target, old: Old, elsewhere: Option<&Path>) -> Result<Old> {
    match old {
        Old::Unfinished(document, copy) => {
            replace(target, &document, &copy.bytes, &copy.attribute)
                .map_err(|failed| failed.error(target))?;
            copy.remove();
            Ok(Old::load(target, elsewhere))
        }
        // It cannot be told whether the file needs the copy, if there is one.
        Old::Unreadable(error) => match target.entry()? {
            Some(entry) if Recovery::load(target, entry.inode, elsewhere)?.is_some() => Err(error),
            _ => Ok(Old::Unreadable(error)),
        },
        old => Ok(old),
    }
}

/// Overwrites the file by steps 4 to 6, unless it is no longer the one that was read as `document`.
pub(super) fn replace(
    target: &Target,
    document: &Document,
    bytes: &[u8],
    attribute: &Attribute,
) -> std::result::Result<(), Failed> {
    let (file, entry) = open(target).map_err(Failed::Intact)?;
    if !entry.unchanged(&document.entry) {
        return Err(Failed::Changed);
    }
    overwrite(&file, &entry, None, bytes, attribute.clone()).map(drop)
}

/// Performs steps 2 to 7.
pub(super) fn write(
    target: &Target,
    old: &Old,
    bytes: &[u8],
    attribute: Attribute,
    options: &WriteOptions<'_>,
    deadline: &Deadline<'_>,
    ambient: Ambient<'_>,
) -> Result<Done> {
    let (file, entry) = open(target).map_err(|errno| Failed::Intact(errno).error(target))?;
    let whole = old.document().filter(|old| old.state != State::Corrupt).map(|old| &*old.bytes);
    // 2. recovery copy
    let stored = Stored::put(target, entry.inode, whole, bytes, &attribute, options.recovery, ambient);
    // 3. previous generation
    let previous_kept = previous::keep(target, old, Means::Copy, options, deadline, ambient);
    // 4. to 6.
    match overwrite(&file, &entry, whole, bytes, attribute) {
        Ok(checksummed) => {
            // 7. the copy is no longer needed
            let directory_synced = stored.is_some_and(Stored::remove);
            Ok(Done { previous_kept, checksummed, directory_synced })
        }
        Err(failed) => {
            // What may be torn is completed by the copy.
            if !matches!(failed, Failed::Torn(_)) {
                stored.map(Stored::remove);
            }
            Err(failed.error(target))
        }
    }
}

/// Opens the document for overwriting, without truncating it.
fn open(target: &Target) -> rustix::io::Result<(OwnedFd, Entry)> {
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = target.directory.open_file(&target.name, flags, Mode::empty())?;
    let entry = Entry::of(&file)?;
    if entry.kind != FileType::RegularFile {
        return Err(Errno::INVAL);
    }
    Ok((file, entry))
}

/// Performs steps 4 to 6. Returns whether the checksum attribute was set. `whole` is the old document, if it
/// is intact.
fn overwrite(
    file: impl AsFd,
    entry: &Entry,
    whole: Option<&[u8]>,
    bytes: &[u8],
    mut attribute: Attribute,
) -> std::result::Result<bool, Failed> {
    // 4. space
    reserve(&file, bytes.len()).map_err(Failed::Intact)?;
    if entry.mode.intersects(Mode::RWXG | Mode::RWXO) {
        // This fails for another user's file, which is overwritten all the same.
        let _ = rustix::fs::fchmod(&file, PRIVATE);
    }
    // 5. announcement; a file without a record gets one first, so that its old content is recognised
    let (recorded, _) = Attribute::read_both(&file).map_err(Failed::Intact)?;
    if let (None, Some(whole)) = (recorded, whole) {
        Attribute::of(whole, 0, UNKNOWN_RULES).set(&file);
    }
    // Beside the record of the old content, a missing announcement would say that nothing is being
    // overwritten.
    if (attribute.set_pending(&file) || Attribute::clear(&file))
        && let Err(errno) = retry_on_intr(|| rustix::fs::fsync(&file))
    {
        // What an earlier write has left half overwritten stays announced.
        if whole.is_some() {
            Attribute::clear_pending(&file);
        }
        return Err(Failed::Intact(errno));
    }
    // 6. content
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
    Ok(record(&file, &attribute))
}

/// Records content that is on the disk, and removes its announcement. Returns whether the record was set.
fn record(file: impl AsFd, attribute: &Attribute) -> bool {
    let checksummed = attribute.set(&file);
    if !checksummed {
        // The record of the old content would make the new content look corrupt.
        Attribute::clear(&file);
    }
    Attribute::clear_pending(&file);
    // The content is safe. An announcement that reappears after a crash agrees with the record.
    let _ = retry_on_intr(|| rustix::fs::fsync(&file));
    checksummed
}

/// Ends a write that was interrupted before anything was overwritten, or after everything was: does the rest
/// of step 6. Its recovery copy is not needed then.
pub(super) fn conclude(target: &Target, document: &Document) -> std::result::Result<(), Failed> {
    let (file, entry) = open(target).map_err(Failed::Intact)?;
    if !entry.unchanged(&document.entry) {
        return Err(Failed::Changed);
    }
    // What can be read may still be on its way to the disk.
    retry_on_intr(|| rustix::fs::fsync(&file)).map_err(Failed::Intact)?;
    match &document.attribute {
        // The announcement itself, which has no time.
        Some(announced) if document.announced && announced.written.is_none() => {
            record(&file, &Attribute { written: Some(entry.modified), ..announced.clone() });
        }
        _ => Attribute::clear_pending(&file),
    }
    Ok(())
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
fn reserve(file: impl AsFd, length: usize) -> rustix::io::Result<()> {
    // Some file systems send the signal of the file-size limit for this, too.
    if !fits(0, length) {
        return Err(Errno::FBIG);
    }
    #[cfg(target_os = "linux")]
    if length > 0 {
        let reserved = retry_on_intr(|| {
            rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::KEEP_SIZE, 0, length as u64)
        });
        if let Err(errno @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) = reserved {
            return Err(errno);
        }
    }
    let _ = (file, length);
    Ok(())
}
