//! The content of one file, and what is known about its integrity.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::attribute::Attribute;
use super::directory::Directory;
use super::entry::Entry;
use super::gate::gate;
use super::options::Rescrub;
use crate::json::{self, Summary};
use crate::{Error, ErrorKind, Result};

/// How far a document can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Exactly what was written.
    Verified,
    /// There is no checksum to compare with.
    Unverified,
    /// Somebody changed it since it was written; it is JSON.
    Edited,
    /// Not JSON, or not what was written although nobody modified the file.
    Corrupt,
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) bytes: Vec<u8>,
    pub(super) entry: Entry,
    pub(super) attribute: Option<Attribute>,
    /// Whether the file carries the announcement of an in-place write.
    pub(super) announced: bool,
    pub(super) state: State,
    pub(super) summary: Summary,
}

impl Document {
    /// Reads an entry of the directory; `None` if there is none.
    pub(super) fn load(directory: &Directory, name: &OsStr, follow: bool) -> Result<Option<Self>> {
        let Some((file, entry)) = open_regular(directory, name, follow)? else { return Ok(None) };
        let (attribute, pending) = attributes(&file, directory, name)?;
        let bytes =
            read_all(file, &entry, json::MAX_BYTES).map_err(|error| error.with_path(directory.join(name)))?;
        Ok(Some(Self::judged(bytes, entry, attribute, pending, true)))
    }

    /// Like [`Self::load`], for a document that is about to be replaced: links are not followed, and it is
    /// not checked for JSON if its checksum matches.
    pub(super) fn load_old(directory: &Directory, name: &OsStr) -> Result<Option<Self>> {
        let Some((file, entry)) = open_regular(directory, name, false)? else { return Ok(None) };
        let (attribute, pending) = attributes(&file, directory, name)?;
        let bytes = read_all(file, &entry, json::MAX_BYTES)?;
        Ok(Some(Self::judged(bytes, entry, attribute, pending, false)))
    }

    /// Returns the document with these bytes and the record that belongs to them.
    pub(super) fn of(bytes: Vec<u8>, entry: Entry, attribute: Option<Attribute>) -> Self {
        Self::judged(bytes, entry, attribute, None, true)
    }

    fn judged(
        bytes: Vec<u8>,
        entry: Entry,
        recorded: Option<Attribute>,
        pending: Option<Attribute>,
        parse: bool,
    ) -> Self {
        // An interrupted in-place write left the old document, the new one, or a mixture of both.
        let announced = pending.is_some();
        let attribute = pending.filter(|pending| pending.matches(&bytes)).or(recorded);
        let matches = attribute.as_ref().is_some_and(|attribute| attribute.matches(&bytes));
        let checked = if matches && !parse { Ok(Summary::default()) } else { json::check(&bytes) };
        let state = match (&checked, &attribute) {
            (Err(_), _) => State::Corrupt,
            _ if matches => State::Verified,
            _ if announced => State::Corrupt,
            (Ok(_), None) => State::Unverified,
            // Other content under an unchanged modification time: the disk changed it.
            (Ok(_), Some(attribute)) if attribute.untouched(&entry) => State::Corrupt,
            (Ok(_), Some(_)) => State::Edited,
        };
        Self { bytes, entry, attribute, announced, state, summary: checked.unwrap_or_default() }
    }

    /// Whether its record says what it is, so that no recovery copy can be needed to complete it.
    pub(super) fn settled(&self) -> bool {
        self.state != State::Corrupt && !self.announced && self.attribute.is_some()
    }

    /// Whether the content is exactly what this rule set scrubbed, and nothing in it has become known as a
    /// secret since: only then may it be kept as it is.
    pub(super) fn scrubbed_by(&self, rules: &str, rescrub: Option<&dyn Rescrub>) -> bool {
        self.state == State::Verified
            && self.attribute.as_ref().is_some_and(|attribute| attribute.rules == rules)
            && !self.holds_learned(rescrub)
    }

    /// Whether this is what this rule set scrubbed, perhaps damaged, but not edited by anybody, and nothing in
    /// it has become known as a secret since.
    pub(super) fn damaged_only(&self, rules: &str, rescrub: Option<&dyn Rescrub>) -> bool {
        self.attribute.as_ref().is_some_and(|attribute| {
            attribute.rules == rules && (attribute.matches(&self.bytes) || attribute.untouched(&self.entry))
        }) && !self.holds_learned(rescrub)
    }

    fn holds_learned(&self, rescrub: Option<&dyn Rescrub>) -> bool {
        rescrub.is_some_and(|rescrub| rescrub.learned(&self.bytes))
    }

    /// The document scrubbed anew by the present rules, and searched once more like every document that is
    /// written; `None` if that is impossible. `left` is the time for it.
    pub(super) fn scrubbed_anew(
        &self,
        rescrub: Option<&dyn Rescrub>,
        left: &(dyn Fn() -> Duration + Sync),
    ) -> Option<Vec<u8>> {
        let scrubbed = rescrub?.document_within(&self.bytes, left)?;
        Some(gate(&scrubbed, rescrub).ok()?.0.into_owned())
    }

    /// The generation recorded with the document.
    pub(super) fn generation(&self) -> Option<u64> {
        self.attribute.as_ref().map(|attribute| attribute.generation)
    }
}

/// Opens an entry for reading if it is a regular file; `None` if there is none. Never blocks, not even on a
/// FIFO.
pub(super) fn open_regular(
    directory: &Directory,
    name: &OsStr,
    follow: bool,
) -> Result<Option<(OwnedFd, Entry)>> {
    let mut flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    let not_regular =
        || Error::new(ErrorKind::InvalidTarget, "not a regular file").with_path(directory.join(name));
    let fail = |errno| Error::io("cannot open the snapshot", errno).with_path(directory.join(name));
    let file = match retry_on_intr(|| rustix::fs::openat(directory, name, flags, Mode::empty())) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP | Errno::NXIO | Errno::NODEV) => return Err(not_regular()),
        Err(errno) => return Err(fail(errno)),
    };
    let entry = Entry::of(&file).map_err(fail)?;
    if entry.kind == FileType::RegularFile { Ok(Some((file, entry))) } else { Err(not_regular()) }
}

/// Reads both attributes of a file.
fn attributes(
    file: &OwnedFd,
    directory: &Directory,
    name: &OsStr,
) -> Result<(Option<Attribute>, Option<Attribute>)> {
    Attribute::read_both(file)
        .map_err(|errno| Error::io("cannot read the snapshot", errno).with_path(directory.join(name)))
}

/// Reads a file to its end, at most `limit` bytes. The size that a file reports need not be true.
pub(super) fn read_all(file: OwnedFd, entry: &Entry, limit: usize) -> Result<Vec<u8>> {
    let too_large = || Error::new(ErrorKind::TooLarge, format!("larger than {limit} bytes"));
    if entry.size > limit as u64 {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(0) + 1);
    File::from(file)
        .take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::io("cannot read the snapshot", error))?;
    if bytes.len() > limit { Err(too_large()) } else { Ok(bytes) }
}
