//! What a read does about a file that is not intact.
//!
//! The file is never missing because of us: its damaged form gets a second name first, then the previous
//! generation is renamed over it. If the process is killed at any point, the next read comes to the same
//! result.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use rustix::fs::{AtFlags, FileType, Mode};
use rustix::io::Errno;

use super::ambient::{Ambient, Deadline};
use super::attribute::Attribute;
use super::collect;
use super::document::{Document, State};
use super::entry::Entry;
use super::inplace;
use super::lock::Lock;
use super::names::Kind;
use super::options::ReadOptions;
use super::read::{current, patiently, restored};
use super::recovery::Recovery;
use super::report::{Reading, Restored, Source};
use super::target::Target;
use super::temp::{PRIVATE, Temp};
use crate::{ErrorKind, Result};

/// Reads the file again, under the lock, and repairs what can be repaired.
pub(super) fn recover(
    target: &Target,
    options: &ReadOptions<'_>,
    deadline: &Deadline<'_>,
    ambient: Ambient<'_>,
) -> Result<Reading> {
    let lock = Lock::take(&target.directory, deadline, ambient);
    // Another process may have replaced or repaired it meanwhile, or was still writing when it was first
    // read.
    let Some(document) = patiently(target, &target.name, true, deadline, ambient)? else {
        return Ok(Reading::default());
    };
    let entry = target.entry()?;
    // The target of a link is not ours to move, nor is a file that another process is writing right now.
    let repair = options.repair
        && !lock.contended()
        && entry.is_some_and(|entry| entry.kind == FileType::RegularFile && entry.same_file(&document.entry));
    if let Some(copy) = Recovery::load(target, document.entry.inode, options.recovery)
        && let Some(reading) = finish(target, &document, &copy, repair)
    {
        return Ok(reading);
    }
    if document.state != State::Corrupt {
        return Ok(current(document));
    }
    let mounted = entry.is_some_and(|entry| entry.mounted);
    let previous = match patiently(target, &target.names.previous(), false, deadline, ambient) {
        // In a directory like /tmp anybody may have put one there.
        Ok(previous) => {
            previous.filter(|previous| previous.state != State::Corrupt && !target.planted(&previous.entry))
        }
        // A previous generation that cannot be read now may be readable later.
        Err(error) if error.kind() == ErrorKind::Io => return Err(error),
        Err(_) => None,
    };
    let mut reading = Reading { corrupt: true, ..Reading::default() };
    let heir =
        previous.as_ref().filter(|_| repair).and_then(|previous| Heir::of(previous, options, deadline));
    // A mounted file cannot be removed. Nor is a file removed whose previous generation exists, but cannot
    // take its place: it is left alone.
    if repair && (heir.is_some() || previous.is_none() && !mounted) {
        reading.quarantined = quarantine(target, &document, options, deadline, ambient);
    }
    if reading.quarantined.is_some() {
        match &heir {
            Some(heir) => reading.put_back = put_back(target, heir, mounted, ambient),
            None => drop(target.directory.unlink(&target.name)),
        }
        target.directory.sync();
        collect::trim(target, collect::QUARANTINED);
    }
    let scrubbed = heir.and_then(|heir| heir.scrubbed);
    reading.restored = previous.map(|previous| {
        let bytes = scrubbed.filter(|_| reading.put_back);
        let restored = restored(previous, Source::Previous);
        Restored { bytes: bytes.unwrap_or(restored.bytes), ..restored }
    });
    if let Some(restored) = &mut reading.restored {
        restored.quarantined.clone_from(&reading.quarantined);
    }
    Ok(reading)
}

/// Completes an interrupted in-place write. If the file is whole, the copy is removed and `None` returned;
/// otherwise the file is written again from the copy. Nothing is written without `repair`.
fn finish(target: &Target, document: &Document, copy: &Recovery, repair: bool) -> Option<Reading> {
    let whole = copy.is_new(&document.bytes) || copy.is_old(&document.bytes);
    if whole && document.state != State::Corrupt {
        if repair {
            if let Ok((file, _)) = inplace::open(target) {
                Attribute::clear_pending(&file);
            }
            copy.remove();
        }
        return None;
    }
    let mut reading = Reading { corrupt: true, ..Reading::default() };
    if repair {
        let finished = inplace::open(target).ok().is_some_and(|(file, entry)| {
            inplace::overwrite(&file, &entry, None, &copy.bytes, copy.attribute.clone()).is_ok()
        });
        if finished {
            copy.remove();
        }
        reading.finished = finished;
    }
    let document = Document::of(copy.bytes.clone(), document.entry, Some(copy.attribute.clone()));
    (document.state != State::Corrupt).then(|| {
        reading.restored = Some(restored(document, Source::Current));
        reading
    })
}

/// Gives the damaged file a second name, or writes its scrubbed text under one. `None` when that is
/// impossible; the file must then be left where it is.
fn quarantine(
    target: &Target,
    document: &Document,
    options: &ReadOptions<'_>,
    deadline: &Deadline<'_>,
    ambient: Ambient<'_>,
) -> Option<PathBuf> {
    let directory = &target.directory;
    let name = target.names.quarantined(free_number(target, ambient));
    let scrubbed;
    let bytes = if document.damaged_only(options.rules) {
        if directory.link(&target.name, &name).is_ok() {
            // The link is kept only if it leads to the file that was read.
            if matches!(Entry::at(&**directory, &name), Ok(Some(entry)) if entry.same_file(&document.entry)) {
                if document.entry.mode.intersects(Mode::RWXG | Mode::RWXO) {
                    let _ = rustix::fs::chmodat(&**directory, &name, PRIVATE, AtFlags::empty());
                }
                return Some(directory.join(&name));
            }
            let _ = directory.unlink(&name);
            return None;
        }
        &document.bytes
    } else {
        scrubbed = options.rescrub?.text_within(&document.bytes, &|| deadline.left())?;
        &scrubbed
    };
    let temporary = target.names.temporary_link((ambient.random)());
    Temp::install(directory, temporary, &name, bytes, None).ok()?;
    Some(directory.join(&name))
}

/// Returns the number of the next quarantined file: the time in milliseconds, but greater than every existing
/// number.
fn free_number(target: &Target, ambient: Ambient<'_>) -> u128 {
    let now = ambient.now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let mut next = now;
    target.directory.each(target.names.prefix(), |name| {
        if let Some(Kind::Quarantined(number)) = target.names.kind(name) {
            next = next.max(number.saturating_add(1));
        }
    });
    next
}

/// The previous generation in a form that may take the file's place: scrubbed by this rule set.
struct Heir<'p> {
    previous: &'p Document,
    /// The scrubbed bytes, if this rule set had not scrubbed them before.
    scrubbed: Option<Vec<u8>>,
    attribute: Attribute,
}

impl<'p> Heir<'p> {
    /// Returns `None` if the previous generation has to be scrubbed and cannot be.
    fn of(previous: &'p Document, options: &ReadOptions<'_>, deadline: &Deadline<'_>) -> Option<Self> {
        let scrubbed = if previous.scrubbed_by(options.rules) {
            None
        } else {
            // Quarantining the damaged file takes time, too.
            Some(options.rescrub?.document_within(&previous.bytes, &|| deadline.left() / 2)?)
        };
        let bytes = scrubbed.as_ref().unwrap_or(&previous.bytes);
        let attribute = Attribute::of(bytes, previous.generation().unwrap_or(0), options.rules);
        Some(Self { previous, scrubbed, attribute })
    }

    fn bytes(&self) -> &[u8] {
        self.scrubbed.as_ref().unwrap_or(&self.previous.bytes)
    }

    /// Gives it a second name that only its owner can open; false if that is impossible.
    fn link(&self, target: &Target, temporary: &OsStr) -> bool {
        let directory = &target.directory;
        if self.scrubbed.is_some() || directory.link(&target.names.previous(), temporary).is_err() {
            return false;
        }
        let linked = Entry::at(&**directory, temporary).ok().flatten();
        let linked = linked.filter(|entry| entry.same_file(&self.previous.entry));
        let private = linked.is_some_and(|entry| {
            !entry.mode.intersects(Mode::RWXG | Mode::RWXO)
                || rustix::fs::chmodat(&**directory, temporary, PRIVATE, AtFlags::empty()).is_ok()
        });
        if !private {
            let _ = directory.unlink(temporary);
        }
        private
    }
}

/// Puts the previous generation in the file's place, by a second name where possible.
fn put_back(target: &Target, heir: &Heir<'_>, mounted: bool, ambient: Ambient<'_>) -> bool {
    let directory = &target.directory;
    let over = || {
        inplace::open(target).ok().is_some_and(|(file, entry)| {
            inplace::overwrite(&file, &entry, None, heir.bytes(), heir.attribute.clone()).is_ok()
        })
    };
    if mounted {
        return over();
    }
    let temporary = target.names.temporary_link((ambient.random)());
    let replaced = if heir.link(target, &temporary) {
        let replaced = directory.rename(&temporary, &target.name);
        if replaced.is_err() {
            let _ = directory.unlink(&temporary);
        }
        replaced
    } else {
        Temp::install(directory, temporary, &target.name, heir.bytes(), Some(heir.attribute.clone()))
    };
    match replaced {
        Ok(()) => true,
        Err(Errno::BUSY | Errno::XDEV | Errno::ACCESS | Errno::PERM) => over(),
        Err(_) => false,
    }
}
