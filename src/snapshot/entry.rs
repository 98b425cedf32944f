//! The status of a directory entry, from one system call.

use std::ffi::OsStr;
use std::os::fd::AsFd;

use rustix::fs::{AtFlags, FileType, Mode, Stat};
use rustix::io::{Errno, retry_on_intr};

/// A file as `stat` describes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) kind: FileType,
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) links: u64,
    pub(super) size: u64,
    /// Seconds and nanoseconds of the last modification.
    pub(super) modified: (i64, u32),
    pub(super) mode: Mode,
    pub(super) owner: u32,
    /// Whether something is mounted on this very name. False where the kernel cannot tell, and for an open
    /// file.
    pub(super) mounted: bool,
}

impl Entry {
    /// Returns the entry `name` of a directory, without following links; `None` if there is none.
    pub(super) fn at(directory: impl AsFd, name: &OsStr) -> rustix::io::Result<Option<Self>> {
        let found = match mounted_entry(directory.as_fd(), name) {
            // Kernels before 4.11, and sandboxes that refuse `statx`.
            Err(Errno::NOSYS | Errno::PERM | Errno::OPNOTSUPP) => {
                retry_on_intr(|| rustix::fs::statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW))
                    .map(|stat| Self::from(&stat))
            }
            found => found,
        };
        match found {
            Ok(entry) => Ok(Some(entry)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the entry of an open file.
    pub(super) fn of(file: impl AsFd) -> rustix::io::Result<Self> {
        retry_on_intr(|| rustix::fs::fstat(&file)).map(|stat| Self::from(&stat))
    }

    /// Whether both are the same file.
    pub(super) fn same_file(&self, other: &Self) -> bool {
        (self.device, self.inode) == (other.device, other.inode)
    }

    /// Whether both are the same file, which nobody has written to between them.
    pub(super) fn unchanged(&self, other: &Self) -> bool {
        self.same_file(other) && (self.size, self.modified) == (other.size, other.modified)
    }
}

impl From<&Stat> for Entry {
    // The width and signedness of the fields differ between systems; no file here has a value that does not
    // fit.
    #[allow(clippy::unnecessary_cast, clippy::cast_sign_loss, clippy::cast_possible_truncation)]
    fn from(stat: &Stat) -> Self {
        Self {
            kind: FileType::from_raw_mode(stat.st_mode),
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            links: stat.st_nlink as u64,
            size: stat.st_size as u64,
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as u32),
            mode: Mode::from_raw_mode(stat.st_mode),
            owner: stat.st_uid as u32,
            mounted: false,
        }
    }
}

#[cfg(target_os = "linux")]
fn mounted_entry(directory: std::os::fd::BorrowedFd<'_>, name: &OsStr) -> rustix::io::Result<Entry> {
    use rustix::fs::{StatxAttributes, StatxFlags};
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    let stat = retry_on_intr(|| rustix::fs::statx(directory, name, flags, StatxFlags::BASIC_STATS))?;
    Ok(Entry {
        kind: FileType::from_raw_mode(stat.stx_mode.into()),
        device: rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor),
        inode: stat.stx_ino,
        links: stat.stx_nlink.into(),
        size: stat.stx_size,
        modified: (stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec),
        mode: Mode::from_raw_mode(stat.stx_mode.into()),
        owner: stat.stx_uid,
        // A kernel before 5.8 does not set the mask bit; there the failing rename (EBUSY) shows the mount.
        mounted: stat.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT)
            && stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT),
    })
}

#[cfg(not(target_os = "linux"))]
fn mounted_entry(directory: std::os::fd::BorrowedFd<'_>, name: &OsStr) -> rustix::io::Result<Entry> {
    retry_on_intr(|| rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW))
        .map(|stat| Entry::from(&stat))
}
