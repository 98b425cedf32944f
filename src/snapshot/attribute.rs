//! The extended attribute that says what a file should hold.
//!
//! It stands in `user.prestop.v1` of the file itself, so it travels with the rename and the document stays plain
//! JSON. One line of text, so that `getfattr` shows it:
//! `LENGTH CRC32C SECONDS.NANOSECONDS GENERATION RULES CHECK`, where CHECK is the CRC32C of what stands before it.
//! While a file is overwritten in place, `user.prestop.pending` says what it will hold, with `-` for the time.

use std::os::fd::AsFd;

use rustix::fs::XattrFlags;
use rustix::io::retry_on_intr;

use super::entry::Entry;

const NAME: &str = "user.prestop.v1";
const PENDING: &str = "user.prestop.pending";
/// The rule set of a document that carried none: no caller can name it.
pub(super) const UNKNOWN_RULES: &str = "?";
/// Longer than any line that is written.
const MAX_LINE: usize = 256;

/// What a file should hold, as its writer recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) length: u64,
    pub(super) crc: u32,
    /// Seconds and nanoseconds of the last write; `None` before it was written.
    pub(super) written: Option<(i64, u32)>,
    pub(super) generation: u64,
    pub(super) rules: String,
}

impl Attribute {
    /// The record for `bytes`, not yet written.
    pub(super) fn of(bytes: &[u8], generation: u64, rules: &str) -> Self {
        Self {
            length: bytes.len() as u64,
            crc: crc32c::crc32c(bytes),
            written: None,
            generation,
            rules: rules.to_owned(),
        }
    }

    /// The attribute of an open file, where there is one that can be understood.
    pub(super) fn read(file: impl AsFd) -> Option<Self> {
        Self::read_named(file, NAME)
    }

    /// What an unfinished in-place write would have made of the file.
    pub(super) fn read_pending(file: impl AsFd) -> Option<Self> {
        Self::read_named(file, PENDING)
    }

    fn read_named(file: impl AsFd, name: &str) -> Option<Self> {
        let mut line = [0; MAX_LINE];
        let length = retry_on_intr(|| rustix::fs::fgetxattr(&file, name, &mut line[..])).ok()?;
        Self::parse(std::str::from_utf8(line.get(..length)?).ok()?)
    }

    /// Sets the attribute; false where the file system has no place for it.
    pub(super) fn set(&self, file: impl AsFd) -> bool {
        self.set_named(file, NAME)
    }

    /// Announces that the file is about to be overwritten; false where the file system has no place for it.
    pub(super) fn set_pending(&self, file: impl AsFd) -> bool {
        self.set_named(file, PENDING)
    }

    fn set_named(&self, file: impl AsFd, name: &str) -> bool {
        let line = self.line();
        retry_on_intr(|| rustix::fs::fsetxattr(&file, name, line.as_bytes(), XattrFlags::empty())).is_ok()
    }

    /// Removes the record of content that is no more.
    pub(super) fn clear(file: impl AsFd) {
        let _ = retry_on_intr(|| rustix::fs::fremovexattr(&file, NAME));
    }

    /// Takes the announcement back.
    pub(super) fn clear_pending(file: impl AsFd) {
        let _ = retry_on_intr(|| rustix::fs::fremovexattr(&file, PENDING));
    }

    /// Whether the recorded content is `bytes`.
    pub(super) fn matches(&self, bytes: &[u8]) -> bool {
        self.length == bytes.len() as u64 && self.crc == crc32c::crc32c(bytes)
    }

    /// Whether nobody has touched the file since, as far as its length and time tell.
    pub(super) fn untouched(&self, entry: &Entry) -> bool {
        self.length == entry.size && self.written.is_some_and(|written| written == entry.modified)
    }

    /// The record as one line of text.
    pub(super) fn line(&self) -> String {
        let written =
            self.written.map_or_else(|| "-".to_owned(), |(seconds, nanos)| format!("{seconds}.{nanos:09}"));
        let line = format!("{} {:08x} {written} {} {}", self.length, self.crc, self.generation, self.rules);
        let check = crc32c::crc32c(line.as_bytes());
        format!("{line} {check:08x}")
    }

    /// The record that a line holds, if it is whole.
    pub(super) fn parse(line: &str) -> Option<Self> {
        // A damaged attribute must not condemn a good file: it counts as none.
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

/// Whether `rules` can stand in the attribute.
pub(super) fn rules_fit(rules: &str) -> bool {
    (1..=64).contains(&rules.len())
        && rules.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:+-".contains(&byte))
}
