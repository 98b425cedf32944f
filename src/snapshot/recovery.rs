//! The recovery copy, from which an interrupted in-place write is completed.
//!
//! It consists of one line and the new document as it is. The line identifies the file by its inode, the
//! digest of the old document and the record of the new one, so that the copy is never used for another file.
//! Nor is it used over content that is newer: a file with a record and without an announcement is not being
//! overwritten. Where the file system has no attributes, an edit cannot be told from a mixture of old and
//! new, and the copy decides.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use super::ambient::Ambient;
use super::attribute::Attribute;
use super::directory::{Directory, Synced};
use super::document::{self, Document, State};
use super::target::Target;
use super::temp::Temp;
use crate::{ErrorKind, Result, json};

const MAGIC: &str = "prestop-recover-1";
/// More bytes than any first line has.
const MAX_LINE: usize = 512;

/// A recovery copy that was found.
#[derive(Debug)]
pub(super) struct Recovery {
    directory: Arc<Directory>,
    name: OsString,
    inode: u64,
    old: Option<(u64, u32)>,
    /// The record of the new document.
    pub(super) attribute: Attribute,
    /// The new document.
    pub(super) bytes: Vec<u8>,
}

/// A recovery copy that was written.
#[derive(Debug)]
pub(super) struct Stored {
    directory: Arc<Directory>,
    name: OsString,
}

impl Stored {
    /// Writes the copy durably beside the target, or else into the directory `elsewhere`; `None` where
    /// neither works.
    ///
    /// `old` is the document that is about to be overwritten, if it is known to be intact.
    pub(super) fn put(
        target: &Target,
        inode: u64,
        old: Option<&[u8]>,
        bytes: &[u8],
        attribute: &Attribute,
        elsewhere: Option<&Path>,
        ambient: Ambient<'_>,
    ) -> Option<Self> {
        let old =
            old.map_or_else(|| "- -".to_owned(), |old| format!("{} {:08x}", old.len(), crc32c::crc32c(old)));
        let line = format!("{MAGIC} {inode} {old} {}", attribute.line());
        let content =
            [format!("{line} {:08x}\n", crc32c::crc32c(line.as_bytes())).as_bytes(), bytes].concat();
        let name = target.names.recovery();
        let put = |directory: Arc<Directory>| {
            let temporary = target.names.temporary_link((ambient.random)());
            Temp::install(&directory, temporary, &name, &content, None).ok()?;
            if directory.sync() == Synced::Failed {
                // Nothing is overwritten under the protection of this copy, so no read may find it.
                let _ = directory.unlink(&name);
                return None;
            }
            Some(Self { directory, name: name.clone() })
        };
        put(Arc::clone(&target.directory)).or_else(|| put(Arc::new(Directory::open(elsewhere?).ok()?)))
    }

    /// Removes the copy. Returns whether the removal reached the disk.
    pub(super) fn remove(self) -> bool {
        let _ = self.directory.unlink(&self.name);
        self.directory.sync() == Synced::Yes
    }
}

impl Recovery {
    /// Loads the copy that belongs to the file with this inode, if there is an intact one that nobody else can
    /// have put there.
    ///
    /// # Errors
    /// When it cannot be read now: it may be readable later, and nothing else may complete the file.
    pub(super) fn load(target: &Target, inode: u64, elsewhere: Option<&Path>) -> Result<Option<Self>> {
        let beside = Self::load_from(&target.directory, target, inode)?;
        let (None, Some(elsewhere)) = (&beside, elsewhere) else { return Ok(beside) };
        match Directory::open(elsewhere) {
            Ok(directory) => Self::load_from(&Arc::new(directory), target, inode),
            Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Loads the copy if it is needed to complete this document.
    pub(super) fn needed_by(
        document: &Document,
        target: &Target,
        elsewhere: Option<&Path>,
    ) -> Result<Option<Self>> {
        // Nothing is asked of the system about a document that is what its record says.
        if document.settled() {
            return Ok(None);
        }
        let copy = Self::load(target, document.entry.inode, elsewhere)?;
        Ok(copy.filter(|copy| copy.needed(document)))
    }

    fn load_from(directory: &Arc<Directory>, target: &Target, inode: u64) -> Result<Option<Self>> {
        let name = target.names.recovery();
        let opened = document::open_regular(directory, &name, false).and_then(|opened| {
            // In a directory like /tmp anybody may have put one there.
            let Some((file, entry)) = opened.filter(|(_, entry)| !directory.planted(entry)) else {
                return Ok(None);
            };
            document::read_all(file, &entry, json::MAX_BYTES + MAX_LINE).map(Some)
        });
        match opened {
            Ok(bytes) => Ok(bytes
                .and_then(|bytes| Self::parse(Arc::clone(directory), name, bytes))
                .filter(|copy| copy.inode == inode)),
            Err(error) if error.kind() == ErrorKind::Io => {
                Err(error.with_path(directory.join(&target.names.recovery())))
            }
            Err(_) => Ok(None),
        }
    }

    /// Parses the content of a copy; `None` if it is damaged.
    fn parse(directory: Arc<Directory>, name: OsString, mut bytes: Vec<u8>) -> Option<Self> {
        let end = bytes.iter().take(MAX_LINE).position(|&byte| byte == b'\n')?;
        let (line, check) = std::str::from_utf8(&bytes[..end]).ok()?.rsplit_once(' ')?;
        if u32::from_str_radix(check, 16).ok()? != crc32c::crc32c(line.as_bytes()) {
            return None;
        }
        let mut words = line.splitn(5, ' ');
        if words.next()? != MAGIC {
            return None;
        }
        let inode = words.next()?.parse().ok()?;
        let old = match (words.next()?, words.next()?) {
            ("-", "-") => None,
            (length, crc) => Some((length.parse().ok()?, u32::from_str_radix(crc, 16).ok()?)),
        };
        let attribute = Attribute::parse(words.next()?)?;
        bytes.drain(..=end);
        let found = Self { directory, name, inode, old, attribute, bytes };
        found.attribute.matches(&found.bytes).then_some(found)
    }

    /// Whether the write that this copy was made for was interrupted, so that the document has to be
    /// completed.
    pub(super) fn needed(&self, document: &Document) -> bool {
        let bytes = &*document.bytes;
        let is_old = self.old == Some((bytes.len() as u64, crc32c::crc32c(bytes)));
        if is_old || self.attribute.matches(bytes) {
            return document.state == State::Corrupt;
        }
        document.announced || document.attribute.is_none()
    }

    /// Removes a copy that is no longer needed.
    pub(super) fn remove(&self) {
        let _ = self.directory.unlink(&self.name);
        self.directory.sync();
    }
}
