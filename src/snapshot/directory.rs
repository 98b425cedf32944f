//! The directory that a snapshot lives in, held open so that everything happens relative to it.

use std::ffi::OsStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, SeekFrom};
use rustix::io::{Errno, retry_on_intr};

use crate::{Error, ErrorKind, Result};

/// The first descriptor that is not standard input, output or error.
pub(super) const FIRST_FREE: RawFd = 3;

/// Whether a flush of a directory reached the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Synced {
    Yes,
    /// This file system cannot flush a directory; its renames are as durable as they get.
    Unsupported,
    /// The disk did not confirm.
    Failed,
}

/// An open directory.
#[derive(Debug)]
pub(super) struct Directory {
    fd: OwnedFd,
    path: PathBuf,
    /// False for a directory that may be searched but not read: it can be neither locked nor flushed.
    readable: bool,
}

impl Directory {
    /// Opens a directory that exists.
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

    /// Opens a file in it to be written, with a descriptor above the standard ones. Where a host has closed its standard output, the lowest free
    /// descriptor takes its place, and whatever the host prints would end up in the file.
    pub(super) fn open_file(&self, name: &OsStr, flags: OFlags, mode: Mode) -> rustix::io::Result<OwnedFd> {
        let file = retry_on_intr(|| rustix::fs::openat(self, name, flags, mode))?;
        if file.as_raw_fd() >= FIRST_FREE {
            return Ok(file);
        }
        let is_new = flags.contains(OFlags::EXCL);
        let lifted = retry_on_intr(|| rustix::io::fcntl_dupfd_cloexec(&file, FIRST_FREE));
        drop(file);
        let emptied = lifted.and_then(|file| {
            // Another thread may have printed into it meanwhile. What the two descriptors share is where they write.
            if is_new {
                retry_on_intr(|| rustix::fs::ftruncate(&file, 0))?;
                rustix::fs::seek(&file, SeekFrom::Start(0))?;
            }
            Ok(file)
        });
        if is_new && emptied.is_err() {
            let _ = self.unlink(name);
        }
        emptied
    }

    /// Opens a directory; what is missing of its path is made, 0700 and durable.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let mut missing: Vec<&Path> = Vec::new();
        let mut at = path;
        let mut directory = loop {
            match Self::open(at) {
                Ok(directory) => break directory,
                Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => {
                    missing.push(at);
                    // The parent of a relative name is the empty path, which opens as the working directory.
                    at = at.parent().ok_or(error)?;
                }
                Err(error) => return Err(error),
            }
        };
        for path in missing.into_iter().rev() {
            directory = directory.make(path)?;
        }
        Ok(directory)
    }

    /// Makes and opens the directory `path`, whose parent this is.
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
        if made {
            // The umask may have taken more away than asked for; without its own bits it could not be used.
            retry_on_intr(|| rustix::fs::chmodat(&self.fd, name, Mode::RWXU, AtFlags::empty()))
                .map_err(fail)?;
            if self.sync() == Synced::Failed {
                return Err(fail(Errno::IO));
            }
        }
        Self::open_at(&self.fd, name, path.to_owned()).map_err(fail)
    }

    /// The path it was opened by.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it can be locked, listed and flushed.
    pub(super) fn readable(&self) -> bool {
        self.readable
    }

    /// Flushes the entries to the disk.
    pub(super) fn sync(&self) -> Synced {
        if !self.readable {
            return Synced::Failed;
        }
        match retry_on_intr(|| rustix::fs::fsync(&self.fd)) {
            Ok(()) => Synced::Yes,
            // NOTSUP is the same number on Linux and another one elsewhere.
            Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::BADF | Errno::NOSYS) => Synced::Unsupported,
            Err(errno) if errno == Errno::NOTSUP => Synced::Unsupported,
            Err(_) => Synced::Failed,
        }
    }

    /// Removes an entry; false when there was none.
    pub(super) fn unlink(&self, name: &OsStr) -> rustix::io::Result<bool> {
        match retry_on_intr(|| rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(errno),
        }
    }

    /// Renames within the directory.
    pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> rustix::io::Result<()> {
        retry_on_intr(|| rustix::fs::renameat(&self.fd, from, &self.fd, to))
    }

    /// Gives a file a second name, links not followed.
    pub(super) fn link(&self, from: &OsStr, to: &OsStr) -> rustix::io::Result<()> {
        retry_on_intr(|| rustix::fs::linkat(&self.fd, from, &self.fd, to, AtFlags::empty()))
    }

    /// Shows each name that begins with `prefix` to `visit`, in no order. A directory that cannot be listed has none.
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

    /// Whether other machines may change it behind the kernel's back.
    pub(super) fn remote(&self) -> bool {
        const NFS: u64 = 0x6969;
        self.file_system() == Some(NFS)
    }

    /// Whether it is in memory or in a container's own layer: what is flushed there is gone with them.
    pub(super) fn ephemeral(&self) -> bool {
        const TMPFS: u64 = 0x0102_1994;
        const RAMFS: u64 = 0x8584_58F6;
        const OVERLAY: u64 = 0x794C_7630;
        matches!(self.file_system(), Some(TMPFS | RAMFS | OVERLAY))
    }

    /// What kind of file system this is, as Linux numbers them.
    fn file_system(&self) -> Option<u64> {
        #[cfg(target_os = "linux")]
        {
            let kind = rustix::fs::fstatfs(&self.fd).ok()?.f_type;
            // The field's type and sign differ between architectures; the numbers have 32 bits on all.
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

    /// Where the directory really is, links resolved, where the system can say.
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
