//! A temporary file, before it gets its final name.

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

/// Mode 0600: the owner may read and write, nobody else anything.
pub(super) const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

/// How many bytes of a long document are written between two checks of the clock.
const STRIDE: usize = 4 << 20;
/// A late document is not made smaller than this, in bytes.
const LEAST: usize = 64 << 10;

/// Why a temporary file was not filled.
#[derive(Debug)]
pub(super) enum Unfilled {
    Failed(Errno),
    /// The document would not be finished by the deadline, but this many bytes would.
    Late(usize),
}

impl From<Errno> for Unfilled {
    fn from(errno: Errno) -> Self {
        Self::Failed(errno)
    }
}

/// A temporary file. Dropping it before its rename removes it.
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
    /// Creates an empty file that only its owner can open, under a name that did not exist.
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

    /// Adopts a file that the host opened under `name`. Fails and touches nothing unless the descriptor and
    /// the name refer to the same empty regular file with a single link.
    pub(super) fn adopt(directory: &Arc<Directory>, name: &OsStr, fd: impl AsFd) -> Result<Self> {
        let entry = Entry::of(&fd).map_err(|errno| cannot_look(directory, name, errno))?;
        Self::verified(directory, name, &fd, entry)?;
        // A descriptor of our own, since the host may close its file object at any time.
        let file = retry_on_intr(|| rustix::io::fcntl_dupfd_cloexec(&fd, FIRST_FREE)).map_err(|errno| {
            let _ = directory.unlink(name);
            Error::io("cannot keep the opened file", errno).with_path(directory.join(name))
        })?;
        Self::claimed(directory, name, file, entry)
    }

    /// Checks that the open file is the temporary one and ours: an empty regular file with a single link,
    /// open for writing.
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

    /// Like [`Self::adopt`], but for a file that the host created under `name` and identifies by device and
    /// inode.
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
                // If the file exists after all, nobody else would remove it before the next write.
                discard(directory, name, device, inode);
                // It was created elsewhere, or in a file system that the kernel does not know.
                if matches!(errno, Errno::NOENT | Errno::LOOP | Errno::NXIO) {
                    return Err(refuse());
                }
                // For example, the process is out of descriptors.
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

    /// Locks the file to mark it as in use, and makes it private whatever the umask was.
    fn claim(&self) -> rustix::io::Result<()> {
        if let Some(file) = &self.file {
            // Not every file system has locks; a file in use is also too young to be collected.
            let _ = rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive);
            if let Err(errno) = retry_on_intr(|| rustix::fs::fchmod(file, PRIVATE)) {
                // Harmless where the file was created private, or the file system has no modes at all.
                let private = !self.entry.mode.intersects(Mode::RWXG | Mode::RWXO);
                if !private && !matches!(errno, Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS) {
                    return Err(errno);
                }
            }
        }
        Ok(())
    }

    /// Writes all of `bytes`, then the attribute. Returns whether the file system accepted the attribute.
    ///
    /// A long document is flushed every [`STRIDE`] bytes, so that a disk too slow for the deadline is noticed
    /// early.
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

    /// Writes all of `bytes`, without an attribute.
    fn fill_plain(&mut self, bytes: &[u8]) -> rustix::io::Result<()> {
        write_at(self.file.as_ref().ok_or(Errno::BADF)?, bytes, 0)
    }

    /// Flushes the file to the disk and closes it.
    ///
    /// A failed flush is never repeated on the same file: the kernel may have dropped the pages and report
    /// success. After a successful flush closing has nothing left to report, even where errors come late
    /// (NFS).
    pub(super) fn flush(&mut self) -> rustix::io::Result<()> {
        let file = self.file.take().ok_or(Errno::BADF)?;
        retry_on_intr(|| rustix::fs::fsync(&file))
    }

    /// Renames the file to `to`, replacing whatever has that name.
    pub(super) fn rename(&mut self, to: &OsStr) -> rustix::io::Result<()> {
        if let Err(errno) = self.directory.rename(&self.name, to)
            // On a network file system a retransmitted request fails although the first one succeeded.
            && !self.arrived(to)
        {
            return Err(errno);
        }
        self.renamed = true;
        Ok(())
    }

    /// Whether the file already has the name `to` and no longer its temporary name.
    fn arrived(&self, to: &OsStr) -> bool {
        let at = |name: &OsStr| Entry::at(&*self.directory, name);
        matches!(at(&self.name), Ok(None))
            && matches!(at(to), Ok(Some(entry)) if entry.same_file(&self.entry))
    }

    /// Installs a whole small file: creates it as `name`, fills and flushes it, and renames it to `to`. The
    /// directory is not flushed.
    pub(super) fn install(
        directory: &Arc<Directory>,
        name: OsString,
        to: &OsStr,
        bytes: &[u8],
        attribute: Option<Attribute>,
    ) -> rustix::io::Result<()> {
        Self::filled(directory, name, bytes, attribute)?.rename(to)
    }

    /// Creates a whole small file as `name`, fills and flushes it.
    pub(super) fn filled(
        directory: &Arc<Directory>,
        name: OsString,
        bytes: &[u8],
        attribute: Option<Attribute>,
    ) -> rustix::io::Result<Self> {
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
        Ok(temp)
    }

    /// Gives the file `from` the second name `name`, which is temporary. Also returns what has the name now.
    pub(super) fn link(
        directory: &Arc<Directory>,
        from: &OsStr,
        name: &OsStr,
    ) -> rustix::io::Result<(Self, Entry)> {
        directory.link(from, name)?;
        let entry = Entry::at(&**directory, name).and_then(|entry| entry.ok_or(Errno::NOENT));
        let entry = entry.inspect_err(|_| {
            let _ = directory.unlink(name);
        })?;
        let directory = Arc::clone(directory);
        Ok((Self { directory, name: name.to_owned(), file: None, entry, renamed: false }, entry))
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

/// Removes the file that the host has created, after a failure. The name is unlinked unless it is seen to
/// lead to another file, which needs no descriptor. If that cannot be seen, it is taken for the file: only
/// the host knew the name.
fn discard(directory: &Directory, name: &OsStr, device: u64, inode: u64) {
    let is_it = |named: Entry| (named.device, named.inode, named.size, named.links) == (device, inode, 0, 1);
    if Entry::at(directory, name).ok().flatten().is_none_or(is_it) {
        let _ = directory.unlink(name);
    }
}

/// Whether the file-size limit of this process allows `length` bytes at `offset`.
pub(super) fn fits(offset: u64, length: usize) -> bool {
    // Over this limit the kernel sends SIGXFSZ, which terminates a host that does not ignore it.
    let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
    limit.is_none_or(|limit| offset.saturating_add(length as u64) <= limit)
}

/// Writes all of `bytes` starting at `offset`.
pub(super) fn write_at(file: impl AsFd, mut bytes: &[u8], mut offset: u64) -> rustix::io::Result<()> {
    if !fits(offset, bytes.len()) {
        return Err(Errno::FBIG);
    }
    while !bytes.is_empty() {
        let written = retry_on_intr(|| rustix::io::pwrite(&file, bytes, offset))?;
        if written == 0 {
            // Neither an error nor progress: the device is full without saying so.
            return Err(Errno::NOSPC);
        }
        bytes = bytes.get(written..).unwrap_or_default();
        offset += written as u64;
    }
    Ok(())
}

/// How many bytes can still be written from the start, if `written` of `length` bytes took so much of the
/// `allowed` time that the rest would be late; `None` if it would not be.
fn room_in_time(allowed: Duration, left: Duration, written: usize, length: usize) -> Option<usize> {
    // A tenth of the time is reserved for the flush and the rename.
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
        // Half of the bytes in a tenth of the time, or in no time, is fast enough; in four fifths of it, or
        // in all of it, it is not.
        assert_eq!(room_in_time(second * 10, second * 9, 50, 100), None);
        assert_eq!(room_in_time(second * 10, second * 10, 50, 100), None);
        let megabyte = 1 << 20;
        assert_eq!(room_in_time(second * 10, second * 2, 80 * megabyte, 160 * megabyte), Some(18 * megabyte));
        assert_eq!(room_in_time(second * 10, Duration::ZERO, megabyte, 2 * megabyte), Some(LEAST));
    }
}
