//! The extended attribute that records what a file should contain.
//!
//! It is `user.prestop.v1` of the file itself, so it moves along with a rename, and the document remains
//! plain JSON. Its value is one line of text, readable by `getfattr`:
//! `LENGTH CRC32C SECONDS.NANOSECONDS GENERATION RULES CHECK`, where CHECK is the CRC32C of the text before
//! it. While a file is overwritten in place, `user.prestop.pending` records what it will contain, with `-`
//! for the time.

use std::os::fd::AsFd;

use rustix::fs::XattrFlags;
use rustix::io::{Errno, retry_on_intr};

use super::entry::Entry;

const NAME: &str = "user.prestop.v1";
const PENDING: &str = "user.prestop.pending";
/// The rule-set name for a document that carried none; no caller can use it.
pub(super) const UNKNOWN_RULES: &str = "?";
/// More bytes than any such line has.
const MAX_LINE: usize = 256;

/// The error for an attribute that a file does not have.
#[cfg(any(target_os = "linux", target_os = "android"))]
const MISSING: Errno = Errno::NODATA;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const MISSING: Errno = Errno::NOATTR;

/// What a file should contain, as recorded by its writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) length: u64,
    pub(super) crc: u32,
    /// The modification time after the last write, in seconds and nanoseconds; `None` before the file is
    /// written.
    pub(super) written: Option<(i64, u32)>,
    pub(super) generation: u64,
    pub(super) rules: String,
}

impl Attribute {
    /// Returns the record for `bytes` that are not written yet.
    pub(super) fn of(bytes: &[u8], generation: u64, rules: &str) -> Self {
        Self {
            length: bytes.len() as u64,
            crc: crc32c::crc32c(bytes),
            written: None,
            generation,
            rules: rules.to_owned(),
        }
    }

    /// Reads the attribute of an open file, and what an unfinished in-place write was going to make of it; each
    /// is `None` if it is missing or invalid.
    ///
    /// # Errors
    /// When the disk cannot read them.
    pub(super) fn read_both(file: impl AsFd) -> rustix::io::Result<(Option<Self>, Option<Self>)> {
        match (Self::read_named(&file, NAME), Self::read_named(&file, PENDING)) {
            (Ok(record), Ok(pending)) => Ok((record, pending)),
            (Err(errno @ (Errno::IO | Errno::STALE | Errno::NOMEM)), _)
            | (_, Err(errno @ (Errno::IO | Errno::STALE | Errno::NOMEM))) => Err(errno),
            // There are no attributes here. The record alone would pass a mixture off as somebody's edit.
            _ => Ok((None, None)),
        }
    }

    fn read_named(file: impl AsFd, name: &str) -> rustix::io::Result<Option<Self>> {
        let mut line = [0; MAX_LINE];
        match retry_on_intr(|| rustix::fs::fgetxattr(&file, name, &mut line[..])) {
            Ok(length) => {
                let line = line.get(..length).and_then(|line| std::str::from_utf8(line).ok());
                Ok(line.and_then(Self::parse))
            }
            // It is longer than any of ours.
            Err(MISSING | Errno::RANGE) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    /// Sets the attribute; false if the file system does not support it.
    pub(super) fn set(&self, file: impl AsFd) -> bool {
        self.set_named(file, NAME)
    }

    /// Announces that the file is about to be overwritten; false if the file system does not support it.
    pub(super) fn set_pending(&self, file: impl AsFd) -> bool {
        self.set_named(file, PENDING)
    }

    fn set_named(&self, file: impl AsFd, name: &str) -> bool {
        let line = self.line();
        retry_on_intr(|| rustix::fs::fsetxattr(&file, name, line.as_bytes(), XattrFlags::empty())).is_ok()
    }

    /// Removes the record of content that does not exist any more, or soon will not; false if there was none.
    pub(super) fn clear(file: impl AsFd) -> bool {
        retry_on_intr(|| rustix::fs::fremovexattr(&file, NAME)).is_ok()
    }

    /// Removes the announcement.
    pub(super) fn clear_pending(file: impl AsFd) {
        let _ = retry_on_intr(|| rustix::fs::fremovexattr(&file, PENDING));
    }

    /// Whether `bytes` are the recorded content.
    pub(super) fn matches(&self, bytes: &[u8]) -> bool {
        self.length == bytes.len() as u64 && self.crc == crc32c::crc32c(bytes)
    }

    /// Whether nobody has modified the file since, as far as its length and modification time show.
    pub(super) fn untouched(&self, entry: &Entry) -> bool {
        self.length == entry.size && self.written.is_some_and(|written| written == entry.modified)
    }

    /// Formats the record as one line of text.
    pub(super) fn line(&self) -> String {
        let written =
            self.written.map_or_else(|| "-".to_owned(), |(seconds, nanos)| format!("{seconds}.{nanos:09}"));
        let line = format!("{} {:08x} {written} {} {}", self.length, self.crc, self.generation, self.rules);
        let check = crc32c::crc32c(line.as_bytes());
        format!("{line} {check:08x}")
    }

    /// Parses a line; `None` if it is damaged.
    pub(super) fn parse(line: &str) -> Option<Self> {
        // A damaged attribute must not make an intact file look corrupt: it counts as missing.
        let (record, check) = line.rsplit_once(' ')?;
        if u32::from_str_radix(check, 16).ok()? != crc32c::crc32c(record.as_bytes()) {
            return None;
        }
        let mut words = record.split(' ');
        let attribute = Self {
            length: words.next()?.parse().ok()?,
            crc: u32::from_str_radix(words.next()?, 16).ok()?,
            written: match words.next()? {
                "-" => None,
                time => {
                    let (seconds, nanos) = time.split_once('.')?;
                    Some((seconds.parse().ok()?, nanos.parse().ok()?))
                }
            },
            generation: words.next()?.parse().ok()?,
            rules: words.next()?.to_owned(),
        };
        words.next().is_none().then_some(attribute)
    }
}

/// Whether `rules` can be stored in the attribute: 1 to 64 characters of `[A-Za-z0-9._:+-]`.
pub(super) fn rules_fit(rules: &str) -> bool {
    (1..=64).contains(&rules.len())
        && rules.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:+-".contains(&byte))
}
