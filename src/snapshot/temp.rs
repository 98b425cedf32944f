//! A new file of ours before it gets its name.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{FileType, FlockOperation, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::ambient::Deadline;
use super::attribute::Attribute;
use super::directory::{Directory, FIRST_FREE};
use super::entry::Entry;
use crate::{Error, ErrorKind, Result};

/// Owner may read and write, nobody else anything.
pub(super) const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

/// How much of a long document is written between two looks at the clock.
const STRIDE: usize = 4 << 20;
/// A document that is late is not made smaller than this.
const LEAST: usize = 64 << 10;

/// Why a file was not filled.
#[derive(Debug)]
pub(super) enum Unfilled {
    Failed(Errno),
    /// It would not be finished in time, but so many bytes would.
    Late(usize),
}

impl From<Errno> for Unfilled {
    fn from(errno: Errno) -> Self {
        Self::Failed(errno)
    }
}

/// A temporary file. Dropped before its rename, it is removed.
#[derive(Debug)]
pub(super) struct Temp {
    directory: Arc<Directory>,
    name: OsString,
    /// Open until everything is written and flushed.
    file: Option<OwnedFd>,
    entry: Entry,
    renamed: bool,
}

impl Temp {
    /// Creates an empty file that nobody else can open, under a name that did not exist.
    pub(super) fn create(directory: &Arc<Directory>, name: OsString) -> rustix::io::Result<Self> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = directory.open_file(&name, flags, PRIVATE)?;
        match Entry::of(&file) {
            Ok(entry) => {
                let temp =
                    Self { directory: Arc::clone(directory), name, file: Some(file), entry, renamed: false };
                temp.claim()?;
                Ok(temp)
            }
            Err(errno) => {
                let _ = directory.unlink(&name);
                Err(errno)
            }
        }
    }

    /// Takes a file that the host opened under `name`. Unless both are the same empty regular file with one name,
    /// an error, and nothing is touched.
    pub(super) fn adopt(directory: &Arc<Directory>, name: &OsStr, fd: impl AsFd) -> Result<Self> {
        let entry = Entry::of(&fd).map_err(|errno| cannot_look(directory, name, errno))?;
        Self::verified(directory, name, &fd, entry)?;
        // A descriptor of our own: the host closes its file object when it likes.
        let file = retry_on_intr(|| rustix::io::fcntl_dupfd_cloexec(&fd, FIRST_FREE)).map_err(|errno| {
            let _ = directory.unlink(name);
            Error::io("cannot keep the opened file", errno).with_path(directory.join(name))
        })?;
        Self::claimed(directory, name, file, entry)
    }

    /// Whether the open file is the temporary one and ours: an empty regular file with one name, open for writing.
    fn verified(directory: &Directory, name: &OsStr, fd: impl AsFd, entry: Entry) -> Result<()> {
        let refuse = |what| Err(Error::new(ErrorKind::InvalidTarget, what).with_path(directory.join(name)));
        let fail = |errno| {
            discard(directory, name, entry.device, entry.inode);
            cannot_look(directory, name, errno)
        };
        if entry.kind != FileType::RegularFile || entry.size != 0 || entry.links != 1 {
            return refuse("the opened file is not an empty regular file with one name");
        }
        match Entry::at(directory, name).map_err(fail)? {
            Some(named) if named.same_file(&entry) && named.kind == FileType::RegularFile => {}
            _ => {
                discard(directory, name, entry.device, entry.inode);
                return refuse("the opened file is not the temporary file that was asked for");
            }
        }
        let mode = retry_on_intr(|| rustix::fs::fcntl_getfl(&fd)).map_err(fail)? & OFlags::ACCMODE;
        if mode != OFlags::WRONLY && mode != OFlags::RDWR {
            return refuse("the opened file is not open for writing");
        }
        Ok(())
    }

    fn claimed(directory: &Arc<Directory>, name: &OsStr, file: OwnedFd, entry: Entry) -> Result<Self> {
        let temp = Self {
            directory: Arc::clone(directory),
            name: name.to_owned(),
            file: Some(file),
            entry,
            renamed: false,
        };
        temp.claim().map_err(|errno| {
            Error::io("cannot claim the opened file", errno).with_path(directory.join(name))
        })?;
        Ok(temp)
    }

    /// Takes the file of that device and inode that the host created under `name`; as [`Self::adopt`] otherwise.
    pub(super) fn adopt_created(
        directory: &Arc<Directory>,
        name: &OsStr,
        device: u64,
        inode: u64,
    ) -> Result<Self> {
        let refuse = || {
            let what = "the created file is not the temporary file that was asked for";
            Error::new(ErrorKind::InvalidTarget, what).with_path(directory.join(name))
        };
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
        let file = match directory.open_file(name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(errno) => {
                // If it is there all the same, nobody else would take it away before the next write.
                discard(directory, name, device, inode);
                // It was created elsewhere, or in no file system that the kernel knows.
                if matches!(errno, Errno::NOENT | Errno::LOOP | Errno::NXIO) {
                    return Err(refuse());
                }
                // Out of descriptors, say.
                return Err(Error::io("cannot open the created file", errno).with_path(directory.join(name)));
            }
        };
        match Entry::of(&file) {
            Ok(entry) if (entry.device, entry.inode) == (device, inode) => {
                Self::verified(directory, name, &file, entry)?;
                Self::claimed(directory, name, file, entry)
            }
            Ok(_) => Err(refuse()),
            Err(errno) => {
                discard(directory, name, device, inode);
                Err(cannot_look(directory, name, errno))
            }
        }
    }

    /// Marks the file as in use, and as nobody else's whatever the umask was.
    fn claim(&self) -> rustix::io::Result<()> {
        if let Some(file) = &self.file {
            // Not every file system has locks; a file in use is also young.
            let _ = rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive);
            if let Err(errno) = retry_on_intr(|| rustix::fs::fchmod(file, PRIVATE)) {
                // It was created private, or the file system has no modes at all.
                let private = !self.entry.mode.intersects(Mode::RWXG | Mode::RWXO);
                if !private && !matches!(errno, Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS) {
                    return Err(errno);
                }
            }
        }
        Ok(())
    }

    /// Writes all of `bytes`, then the attribute; true when the file system took the attribute.
    ///
    /// A long document is flushed in strides, so that it is seen early when the disk is too slow for the deadline.
    pub(super) fn fill(
        &mut self,
        bytes: &[u8],
        mut attribute: Attribute,
        deadline: Option<&Deadline<'_>>,
    ) -> std::result::Result<bool, Unfilled> {
        let file = self.file.as_ref().ok_or(Errno::BADF)?;
        let deadline = deadline.filter(|_| bytes.len() > STRIDE);
        let allowed = deadline.map(Deadline::left);
        let mut written = 0;
        for stride in bytes.chunks(STRIDE) {
            write_at(file, stride, written as u64)?;
            written += stride.len();
            if written < bytes.len() {
                retry_on_intr(|| rustix::fs::fsync(file))?;
                if let (Some(deadline), Some(allowed)) = (deadline, allowed)
                    && let Some(room) = room_in_time(allowed, deadline.left(), written, bytes.len())
                {
                    return Err(Unfilled::Late(room));
                }
            }
        }
        let entry = Entry::of(file)?;
        if entry.size != bytes.len() as u64 {
            return Err(Errno::IO.into());
        }
        attribute.written = Some(entry.modified);
        let checksummed = attribute.set(file);
        self.entry = entry;
        Ok(checksummed)
    }

    /// Writes all of `bytes` and no attribute.
    fn fill_plain(&mut self, bytes: &[u8]) -> rustix::io::Result<()> {
        write_at(self.file.as_ref().ok_or(Errno::BADF)?, bytes, 0)
    }

    /// Flushes the file to the disk and closes it.
    ///
    /// A failed flush is never tried again on the same file: the kernel may have dropped the pages and report success.
    /// Closing has nothing left to report after a successful flush, also where errors come late (NFS).
    pub(super) fn flush(&mut self) -> rustix::io::Result<()> {
        let file = self.file.take().ok_or(Errno::BADF)?;
        retry_on_intr(|| rustix::fs::fsync(&file))
    }

    /// Gives the file its name, replacing what has it.
    pub(super) fn rename(&mut self, to: &OsStr) -> rustix::io::Result<()> {
        if let Err(errno) = self.directory.rename(&self.name, to)
            // A repeated request of a network file system fails although the first one was done.
            && !self.arrived(to)
        {
            return Err(errno);
        }
        self.renamed = true;
        Ok(())
    }

    /// Whether the file is already `to` and no longer the temporary name.
    fn arrived(&self, to: &OsStr) -> bool {
        let at = |name: &OsStr| Entry::at(&*self.directory, name);
        matches!(at(&self.name), Ok(None))
            && matches!(at(to), Ok(Some(entry)) if entry.same_file(&self.entry))
    }

    /// A whole small file in one go: created under `name`, filled, flushed, renamed to `to`. The directory is not
    /// flushed.
    pub(super) fn install(
        directory: &Arc<Directory>,
        name: OsString,
        to: &OsStr,
        bytes: &[u8],
        attribute: Option<Attribute>,
    ) -> rustix::io::Result<()> {
        let mut temp = Self::create(directory, name)?;
        match attribute {
            Some(attribute) => {
                temp.fill(bytes, attribute, None).map(drop).map_err(|unfilled| match unfilled {
                    Unfilled::Failed(errno) => errno,
                    Unfilled::Late(_) => Errno::TIMEDOUT,
                })?;
            }
            None => temp.fill_plain(bytes)?,
        }
        temp.flush()?;
        temp.rename(to)
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if !self.renamed {
            let _ = self.directory.unlink(&self.name);
        }
    }
}

fn cannot_look(directory: &Directory, name: &OsStr, errno: Errno) -> Error {
    Error::io("cannot look at the opened file", errno).with_path(directory.join(name))
}

/// Removes the file that the host has created, after something failed: what the name leads to, unless that is seen to be another, which takes
/// no descriptor. Where it cannot be seen it is taken for the file, since only the host was told that name.
fn discard(directory: &Directory, name: &OsStr, device: u64, inode: u64) {
    let is_it = |named: Entry| (named.device, named.inode, named.size, named.links) == (device, inode, 0, 1);
    if Entry::at(directory, name).ok().flatten().is_none_or(is_it) {
        let _ = directory.unlink(name);
    }
}

/// Whether this process may make a file as long as that.
pub(super) fn fits(offset: u64, length: usize) -> bool {
    // Over this limit the kernel sends SIGXFSZ, which ends a host that does not ignore it.
    let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
    limit.is_none_or(|limit| offset.saturating_add(length as u64) <= limit)
}

/// Writes all of `bytes` from `offset` on.
pub(super) fn write_at(file: impl AsFd, mut bytes: &[u8], mut offset: u64) -> rustix::io::Result<()> {
    if !fits(offset, bytes.len()) {
        return Err(Errno::FBIG);
    }
    while !bytes.is_empty() {
        let written = retry_on_intr(|| rustix::io::pwrite(&file, bytes, offset))?;
        if written == 0 {
            // No error and no progress: a device that is full in its own way.
            return Err(Errno::NOSPC);
        }
        bytes = bytes.get(written..).unwrap_or_default();
        offset += written as u64;
    }
    Ok(())
}

/// How many bytes can still be written anew, when `written` of `length` took so much of what was allowed that the rest would
/// come too late.
fn room_in_time(allowed: Duration, left: Duration, written: usize, length: usize) -> Option<usize> {
    // A tenth is kept for the flush and the rename.
    let spent = allowed.saturating_sub(left).as_micros();
    let (written, length) = (written as u128, length as u128);
    if spent * length * 10 <= allowed.as_micros() * written * 9 {
        return None;
    }
    let room = left.as_micros() * written * 9 / (10 * spent.max(1));
    Some(usize::try_from(room).unwrap_or(usize::MAX).max(LEAST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_fast_enough_goes_on_and_what_is_not_gets_the_room_there_is() {
        let second = Duration::from_secs(1);
        // Half of it in a tenth of the time; half of it in half of the time and more.
        assert_eq!(room_in_time(second * 10, second * 9, 50, 100), None);
        assert_eq!(room_in_time(second * 10, second * 10, 50, 100), None);
        let megabyte = 1 << 20;
        assert_eq!(room_in_time(second * 10, second * 2, 80 * megabyte, 160 * megabyte), Some(18 * megabyte));
        assert_eq!(room_in_time(second * 10, Duration::ZERO, megabyte, 2 * megabyte), Some(LEAST));
    }
}
