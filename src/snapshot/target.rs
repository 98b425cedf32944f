//! Which file a path refers to, and whether it may be written.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::FileType;

use super::directory::Directory;
use super::entry::Entry;
use super::names::Names;
use crate::{Error, ErrorKind, Result};

/// How many links in a row are followed before the chain counts as a loop; the kernel's own bound.
const MAX_LINKS: usize = 40;
/// The link that the kubelet swaps as a whole: whatever is written under it disappears.
const SWAPPED: &str = "..data";

/// A file, given by its directory and its name in it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The path as given by the caller.
    pub(super) path: PathBuf,
    pub(super) directory: Arc<Directory>,
    pub(super) name: OsString,
    pub(super) names: Names,
}

impl Target {
    /// Resolves the target of a write; its directory is created if it is missing.
    pub(super) fn to_write(path: &Path, follow_symlink: bool) -> Result<Self> {
        let (parent, name) = split(path)?;
        let fail = |error: Error| error.with_path(path);
        refuse_swapped(parent).map_err(fail)?;
        let target = Self::in_directory(path, Directory::create(parent)?, name);
        if target.directory.real_path().is_some_and(|real| inside_swapped(&real)) {
            return Err(fail(swapped()));
        }
        match target.entry()? {
            Some(entry) if entry.kind == FileType::Symlink => target.linked(parent, follow_symlink),
            _ => Ok(target),
        }
    }

    /// Resolves the target of a read or a removal; `None` when its directory is missing.
    pub(super) fn to_read(path: &Path, follow_symlink: bool) -> Result<Option<Self>> {
        let (parent, name) = split(path)?;
        let Some(directory) = existing(parent)? else { return Ok(None) };
        let target = Self::in_directory(path, directory, name);
        if !follow_symlink || target.entry()?.is_none_or(|entry| entry.kind != FileType::Symlink) {
            return Ok(Some(target));
        }
        let end = end_of_links(parent.join(name), |_| Ok(()))?;
        let (parent, name) = split(&end)?;
        Ok(existing(parent)?.map(|directory| Self::in_directory(path, directory, name)))
    }

    fn in_directory(path: &Path, directory: Directory, name: &OsStr) -> Self {
        Self {
            path: path.to_owned(),
            directory: Arc::new(directory),
            name: name.to_owned(),
            names: Names::of(name),
        }
    }

    /// Returns the entry that the name refers to now; links are not followed.
    pub(super) fn entry(&self) -> Result<Option<Entry>> {
        Entry::at(&*self.directory, &self.name)
            .map_err(|errno| Error::io("cannot look at the snapshot", errno).with_path(&self.path))
    }

    /// Like [`Self::entry`], but fails for an entry that a write must not replace.
    pub(super) fn replaceable(&self) -> Result<Option<Entry>> {
        let entry = self.entry()?;
        match entry.map(|entry| entry.kind) {
            None | Some(FileType::RegularFile | FileType::Symlink) => Ok(entry),
            Some(_) => Err(Error::new(ErrorKind::InvalidTarget, "not a regular file").with_path(&self.path)),
        }
    }

    /// Flushes the directory's own entry before the first file of this name is created: if the process that
    /// created the directory was killed before it could do so, a power cut would take the directory with the
    /// file. `earlier` is a file that shows that this is not the first one.
    pub(super) fn sync_place(&self, earlier: &OsStr) -> Result<()> {
        match Entry::at(&*self.directory, earlier) {
            Ok(Some(_)) => Ok(()),
            _ => self.directory.sync_name(),
        }
    }

    /// Whether another user may have planted the file in a shared directory such as `/tmp`, to own what we
    /// write.
    pub(super) fn planted(&self, entry: &Entry) -> bool {
        self.directory.planted(entry)
    }

    /// Whether the file belongs neither to us, nor to root, nor to the owner of the directory. The last two
    /// could do anything anyway, and where a file server maps users, our own files are theirs.
    pub(super) fn foreign(&self, entry: &Entry) -> bool {
        let ours = [rustix::process::geteuid().as_raw(), 0].contains(&entry.owner);
        !ours && rustix::fs::fstat(&*self.directory).is_ok_and(|stat| stat.st_uid != entry.owner)
    }

    /// Resolves, once, the chain of links that begins at the name. It is refused if it leads under a `..data`
    /// link; otherwise the result is its end, if links are followed, or the first link itself.
    fn linked(self, parent: &Path, follow: bool) -> Result<Self> {
        let fail = |error: Error| error.with_path(&self.path);
        let at = end_of_links(parent.join(&self.name), refuse_swapped).map_err(fail)?;
        // A link that is replaced and not followed may lead anywhere, to a directory too.
        let end = split(&at);
        let parent = end.as_ref().map_or(at.as_path(), |(parent, _)| parent);
        if std::fs::canonicalize(parent).is_ok_and(|real| inside_swapped(&real)) {
            return Err(fail(swapped()));
        }
        if !follow {
            return Ok(self);
        }
        let (parent, name) = end.map_err(fail)?;
        let target = Self::in_directory(&self.path, Directory::create(parent)?, name);
        if target.entry()?.is_some_and(|entry| entry.kind == FileType::Symlink) {
            return Err(fail(Error::new(ErrorKind::InvalidTarget, "too many symbolic links")));
        }
        Ok(target)
    }
}

/// Splits a path that names a file into its directory and its name.
fn split(path: &Path) -> Result<(&Path, &OsStr)> {
    let bytes = path.as_os_str().as_bytes();
    let invalid = |what| Err(Error::new(ErrorKind::InvalidOption, what).with_path(path));
    if bytes.is_empty() {
        return Err(Error::new(ErrorKind::InvalidOption, "the path is empty"));
    }
    if bytes.contains(&0) {
        // In every message the path would end at the NUL.
        return Err(Error::new(ErrorKind::InvalidOption, "the path holds a NUL"));
    }
    // `Path` would parse `name/` and `name/.` as `name`.
    let last = bytes.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    if matches!(last, b"" | b"." | b"..") {
        return invalid("the path does not end in a file name");
    }
    Ok((path.parent().unwrap_or(Path::new("")), OsStr::from_bytes(last)))
}

/// Returns where a chain of links ends. `look` is given the text of each link and may refuse it.
fn end_of_links(mut at: PathBuf, look: impl Fn(&Path) -> Result<()>) -> Result<PathBuf> {
    for _ in 0..MAX_LINKS {
        let Ok(link) = std::fs::read_link(&at) else { break };
        look(&link)?;
        at = at.parent().unwrap_or(Path::new("")).join(link);
    }
    Ok(at)
}

/// Opens a directory; `None` when it is missing.
fn existing(path: &Path) -> Result<Option<Directory>> {
    match Directory::open(path) {
        Ok(directory) => Ok(Some(directory)),
        Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn refuse_swapped(path: &Path) -> Result<()> {
    if path.components().any(|component| component == Component::Normal(SWAPPED.as_ref())) {
        return Err(swapped());
    }
    Ok(())
}

/// Whether a resolved path is in a directory that a `..data` link points to, such as `..2026_…` beside the
/// link.
fn inside_swapped(real: &Path) -> bool {
    real.ancestors().any(|ancestor| {
        let name = ancestor.file_name().unwrap_or_default().as_bytes();
        name.starts_with(b"..")
            && ancestor.parent().is_some_and(|parent| parent.join(SWAPPED).symlink_metadata().is_ok())
    })
}

fn swapped() -> Error {
    Error::new(
        ErrorKind::InvalidTarget,
        "the snapshot would lie under a `..data` link, which is swapped as a whole",
    )
}
