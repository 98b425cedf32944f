//! The directory of a snapshot, held open so that every operation is relative to it.

use std::ffi::OsStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::entry::Entry;
use crate::{Error, ErrorKind, Result};

/// The first descriptor that is not standard input, output or error.
pub(super) const FIRST_FREE: RawFd = 3;

/// Whether a flush of a directory reached the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Synced {
    Yes,
    /// This file system cannot flush a directory; its renames are as durable as they can be.
    Unsupported,
    /// The disk did not confirm the flush.
    Failed,
}

/// An open directory.
#[derive(Debug)]
pub(super) struct Directory {
    fd: OwnedFd,
    path: PathBuf,
    /// False for a directory that may be searched but not read, and so can be neither locked nor flushed.
    readable: bool,
}

impl Directory {
    /// Opens an existing directory.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        Self::open_at(CWD, path, path.to_owned())
            .map_err(|errno| Error::io("cannot open the directory", errno).with_path(path))
    }

    fn open_at(base: impl AsFd, name: &Path, path: PathBuf) -> rustix::io::Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        match retry_on_intr(|| rustix::fs::openat(&base, name, flags | OFlags::RDONLY, Mode::empty())) {
            Ok(fd) => Ok(Self { fd, path, readable: true }),
            #[cfg(target_os = "linux")]
            Err(Errno::ACCESS) => {
                retry_on_intr(|| rustix::fs::openat(&base, name, flags | OFlags::PATH, Mode::empty()))
                    .map(|fd| Self { fd, path, readable: false })
            }
            Err(error) => Err(error),
        }
    }

    /// Opens a file in this directory for writing, with a descriptor above the standard ones. If a host has
    /// closed its standard output, the lowest free descriptor takes its place, and whatever the host prints
    /// would end up in the file.
    pub(super) fn open_file(&self, name: &OsStr, flags: OFlags, mode: Mode) -> rustix::io::Result<OwnedFd> {
        let _occupied = self.occupy_standard();
        retry_on_intr(|| rustix::fs::openat(self, name, flags, mode))
    }

    /// Descriptors of this directory in place of the standard ones that are closed. To print into them fails.
    fn occupy_standard(&self) -> Vec<OwnedFd> {
        let mut occupied = Vec::new();
        while let Ok(free) = retry_on_intr(|| rustix::io::fcntl_dupfd_cloexec(&self.fd, 0)) {
            if free.as_raw_fd() >= FIRST_FREE {
                break;
            }
            occupied.push(free);
        }
        occupied
    }

    /// Opens a directory. What is missing of its path is created with mode 0700 and flushed. The last
    /// directory that exists is flushed, too: it may be what a call created that was killed before its flush.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let mut missing: Vec<&Path> = Vec::new();
        let mut at = path;
        let mut directory = loop {
            match Self::open(at) {
                Ok(directory) => break directory,
                Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => {
                    missing.push(at);
                    // The parent of a relative name is the empty path, which opens the working directory.
                    at = at.parent().ok_or(error)?;
                }
                Err(error) => return Err(error),
            }
        };
        if !missing.is_empty() {
            directory.sync_name()?;
        }
        for path in missing.into_iter().rev() {
            directory = directory.make(path)?;
        }
        Ok(directory)
    }

    /// Creates (if it is still missing) and opens the directory `path`, whose parent is `self`.
    fn make(&self, path: &Path) -> Result<Self> {
        let fail = |errno| Error::io("cannot make the directory", errno).with_path(path);
        let Some(name @ Component::Normal(_)) = path.components().next_back() else {
            return Err(Error::new(ErrorKind::InvalidOption, "a missing directory cannot be named `..`")
                .with_path(path));
        };
        let name: &Path = name.as_ref();
        let made = match retry_on_intr(|| rustix::fs::mkdirat(&self.fd, name, Mode::RWXU)) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(errno) => return Err(fail(errno)),
        };
        let private = || {
            // The umask may have removed even the owner's bits, without which the directory could not be
            // used.
            retry_on_intr(|| rustix::fs::chmodat(&self.fd, name, Mode::RWXU, AtFlags::empty()))
        };
        let flushed = || if self.sync() == Synced::Failed { Err(Errno::IO) } else { Ok(()) };
        if let Err(errno) = if made { private().and_then(|()| flushed()) } else { flushed() } {
            if made {
                // The next call would find it, and take it for one that is on the disk.
                let _ = retry_on_intr(|| rustix::fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR));
            }
            return Err(fail(errno));
        }
        Self::open_at(&self.fd, name, path.to_owned()).map_err(fail)
    }

    /// Flushes the entry of this directory in its parent. Does nothing for a mount point, which nobody
    /// created with this file system, nor for a parent that may not be opened.
    pub(super) fn sync_name(&self) -> Result<()> {
        let fail = |errno| Error::io("cannot flush the parent directory", errno).with_path(&self.path);
        let parent = match Self::open_at(&self.fd, Path::new(".."), self.path.join("..")) {
            Ok(parent) => parent,
            Err(Errno::ACCESS | Errno::PERM) => return Ok(()),
            Err(errno) => return Err(fail(errno)),
        };
        let device = |directory: &Self| rustix::fs::fstat(&directory.fd).map(|stat| stat.st_dev);
        let ours = device(self).map_err(fail)? == device(&parent).map_err(fail)?;
        if ours && parent.readable && parent.sync() == Synced::Failed {
            return Err(fail(Errno::IO));
        }
        Ok(())
    }

    /// Whether another user may have planted the file in this directory, because it is a shared one such as
    /// `/tmp`.
    pub(super) fn planted(&self, entry: &Entry) -> bool {
        entry.owner != rustix::process::geteuid().as_raw()
            && rustix::fs::fstat(&self.fd)
                .is_ok_and(|stat| Mode::from_raw_mode(stat.st_mode).intersects(Mode::SVTX))
    }

    /// The path by which it was opened.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it can be locked, listed and flushed.
    pub(super) fn readable(&self) -> bool {
        self.readable
    }

    /// Flushes the directory's entries to the disk.
    pub(super) fn sync(&self) -> Synced {
        if !self.readable {
            return Synced::Failed;
        }
        match retry_on_intr(|| rustix::fs::fsync(&self.fd)) {
            Ok(()) => Synced::Yes,
            // NOTSUP is the same number as OPNOTSUPP on Linux, and another one elsewhere.
            Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::BADF | Errno::NOSYS) => Synced::Unsupported,
            Err(errno) if errno == Errno::NOTSUP => Synced::Unsupported,
            Err(_) => Synced::Failed,
        }
    }

    /// Removes an entry; false if there was none.
    pub(super) fn unlink(&self, name: &OsStr) -> rustix::io::Result<bool> {
        match retry_on_intr(|| rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(errno),
        }
    }

    /// Renames an entry within the directory.
    pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> rustix::io::Result<()> {
        retry_on_intr(|| rustix::fs::renameat(&self.fd, from, &self.fd, to))
    }

    /// Gives a file a second name; links are not followed.
    pub(super) fn link(&self, from: &OsStr, to: &OsStr) -> rustix::io::Result<()> {
        retry_on_intr(|| rustix::fs::linkat(&self.fd, from, &self.fd, to, AtFlags::empty()))
    }

    /// Calls `visit` with each name that begins with `prefix`, in no particular order. A directory that
    /// cannot be listed counts as empty.
    pub(super) fn each(&self, prefix: &[u8], mut visit: impl FnMut(&OsStr)) {
        let Ok(entries) = Dir::read_from(&self.fd) else { return };
        for entry in entries {
            let Ok(entry) = entry else { return };
            let name = entry.file_name().to_bytes();
            if name.starts_with(prefix) {
                visit(OsStr::from_bytes(name));
            }
        }
    }

    /// Whether it is on a network file system (NFS), which other machines may change unnoticed by the kernel.
    pub(super) fn remote(&self) -> bool {
        const NFS: u64 = 0x6969;
        self.file_system() == Some(NFS)
    }

    /// Whether it is in memory or in a container's own layer: even flushed files disappear with these.
    pub(super) fn ephemeral(&self) -> bool {
        const TMPFS: u64 = 0x0102_1994;
        const RAMFS: u64 = 0x8584_58F6;
        const OVERLAY: u64 = 0x794C_7630;
        matches!(self.file_system(), Some(TMPFS | RAMFS | OVERLAY))
    }

    /// The type of the file system, as Linux numbers them; `None` on other systems.
    fn file_system(&self) -> Option<u64> {
        #[cfg(target_os = "linux")]
        {
            let kind = rustix::fs::fstatfs(&self.fd).ok()?.f_type;
            // The width and signedness of the field differ between architectures; the numbers have 32 bits on
            // all of them.
            #[allow(clippy::unnecessary_cast, clippy::cast_sign_loss)]
            Some(kind as u64 & 0xFFFF_FFFF)
        }
        #[cfg(not(target_os = "linux"))]
        {
            None
        }
    }

    /// The full path of an entry, for reports.
    pub(super) fn join(&self, name: &OsStr) -> PathBuf {
        self.path.join(name)
    }

    /// The real path of the directory, with links resolved, if the system can tell.
    pub(super) fn real_path(&self) -> Option<PathBuf> {
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::AsRawFd;
            std::fs::read_link(format!("/proc/self/fd/{}", self.fd.as_raw_fd())).ok()
        }
        #[cfg(not(target_os = "linux"))]
        {
            std::fs::canonicalize(&self.path).ok()
        }
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
