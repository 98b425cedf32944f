//! What a read does about a file that is not intact.
//!
//! The file is never missing because of us: its damaged form gets a second name first, then the previous
//! generation is renamed over it. If the process is killed at any point, the next read comes to the same
//! result. A writer that does not get the lock in time writes without it, so right before the file is
//! replaced or removed it must still be the one that was read; otherwise it is read again.

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

/// How often a file is read again that others change while it is being repaired. After that it is only read.
const ATTEMPTS: u32 = 3;

/// The file is no longer the one that was read: another process has replaced, changed or removed it.
#[derive(Debug)]
struct Changed;

type Unchanged<T> = std::result::Result<T, Changed>;

/// Reads the file again, under the lock, and repairs what can be repaired.
pub(super) fn recover(
    target: &Target,
    options: &ReadOptions<'_>,
    deadline: &Deadline<'_>,
    ambient: Ambient<'_>,
) -> Result<Reading> {
    let lock = Lock::take(&target.directory, deadline, ambient);
    // A file that another process is writing right now is not ours to move.
    let repair = options.repair && !lock.contended();
    for _ in 0..ATTEMPTS {
        if let Ok(reading) = attempt(target, options, repair, deadline, ambient)? {
            return Ok(reading);
        }
    }
    // Nothing is repaired, so nothing can have changed meanwhile.
    Ok(attempt(target, options, false, deadline, ambient)?.unwrap_or_default())
}

/// Reads the file, and repairs it with `repair`. A repair may take longer than a writer waits for the lock,
/// so the file is replaced only if it is still the one that was read.
fn attempt(
    target: &Target,
    options: &ReadOptions<'_>,
    repair: bool,
    deadline: &Deadline<'_>,
    ambient: Ambient<'_>,
) -> Result<Unchanged<Reading>> {
    // Another process may have replaced or repaired it meanwhile, or was still writing when it was first
    // read.
    let Some(document) = patiently(target, &target.name, true, deadline, ambient)? else {
        return Ok(Ok(Reading::default()));
    };
    let entry = target.entry()?;
    // The target of a link is not ours to move.
    let repair = repair
        && entry.is_some_and(|entry| entry.kind == FileType::RegularFile && entry.same_file(&document.entry));
    if let Some(copy) = Recovery::load(target, document.entry.inode, options.recovery)? {
        match finish(target, &document, &copy, repair) {
            Ok(None) => {}
            Ok(Some(reading)) => return Ok(Ok(reading)),
            Err(Changed) => return Ok(Err(Changed)),
        }
    }
    if document.state != State::Corrupt {
        return Ok(Ok(current(document)));
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
        if reading.quarantined.is_none() && look(target, &document).is_err() {
            return Ok(Err(Changed));
        }
    }
    if let Some(quarantined) = &reading.quarantined {
        let Ok(put_back) = replace(target, &document, heir.as_ref(), mounted, ambient) else {
            let _ = target.directory.unlink(quarantined.file_name().unwrap_or_default());
            return Ok(Err(Changed));
        };
        reading.put_back = put_back;
        target.directory.sync();
        collect::trim(target);
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
    Ok(Ok(reading))
}

/// Completes an interrupted in-place write. If the file is whole, the copy is removed and `None` returned;
/// otherwise the file is written again from the copy. Nothing is written without `repair`.
fn finish(target: &Target, document: &Document, copy: &Recovery, repair: bool) -> Unchanged<Option<Reading>> {
    if !copy.needed(document) {
        if repair {
            match inplace::conclude(target, document) {
                Ok(()) => copy.remove(),
                Err(inplace::Failed::Changed) => return Err(Changed),
                // The next read tries again.
                Err(_) => {}
            }
        }
        return Ok(None);
    }
    let mut reading = Reading { corrupt: true, ..Reading::default() };
    if repair {
        reading.finished = overwrite(target, document, &copy.bytes, &copy.attribute)?;
        if reading.finished {
            copy.remove();
        }
    }
    let document = Document::of(copy.bytes.clone(), document.entry, Some(copy.attribute.clone()));
    Ok((document.state != State::Corrupt).then(|| {
        reading.restored = Some(restored(document, Source::Current));
        reading
    }))
}

/// Overwrites the file in place; false if that failed.
fn overwrite(target: &Target, document: &Document, bytes: &[u8], attribute: &Attribute) -> Unchanged<bool> {
    match inplace::replace(target, document, bytes, attribute) {
        Err(inplace::Failed::Changed) => Err(Changed),
        replaced => Ok(replaced.is_ok()),
    }
}

/// Fails unless the file is still the one that was read.
fn look(target: &Target, document: &Document) -> Unchanged<()> {
    match target.entry() {
        Ok(Some(entry)) if entry.unchanged(&document.entry) => Ok(()),
        _ => Err(Changed),
    }
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
    let bytes = if document.damaged_only(options.rules, options.rescrub) {
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

/// The previous generation in a form that may take the file's place: scrubbed by this rule set, with what it
/// knows now.
struct Heir<'p> {
    previous: &'p Document,
    /// The scrubbed bytes, if they had to be scrubbed again.
    scrubbed: Option<Vec<u8>>,
    attribute: Attribute,
}

impl<'p> Heir<'p> {
    /// Returns `None` if the previous generation has to be scrubbed and cannot be.
    fn of(previous: &'p Document, options: &ReadOptions<'_>, deadline: &Deadline<'_>) -> Option<Self> {
        let scrubbed = if previous.scrubbed_by(options.rules, options.rescrub) {
            None
        } else {
            // Quarantining the damaged file takes time, too.
            Some(previous.scrubbed_anew(options.rescrub, &|| deadline.left() / 2)?)
        };
        let bytes = scrubbed.as_ref().unwrap_or(&previous.bytes);
        let attribute = Attribute::of(bytes, previous.generation().unwrap_or(0), options.rules);
        Some(Self { previous, scrubbed, attribute })
    }

    fn bytes(&self) -> &[u8] {
        self.scrubbed.as_ref().unwrap_or(&self.previous.bytes)
    }

    /// Prepares everything but the rename: a second name where possible, otherwise a flushed copy.
    fn ready(&self, target: &Target, ambient: Ambient<'_>) -> rustix::io::Result<Temp> {
        let temporary = target.names.temporary_link((ambient.random)());
        match self.linked(target, &temporary) {
            Some(link) => Ok(link),
            None => Temp::filled(&target.directory, temporary, self.bytes(), Some(self.attribute.clone())),
        }
    }

    /// Gives it a second name that only its owner can open; `None` if that is impossible.
    fn linked(&self, target: &Target, temporary: &OsStr) -> Option<Temp> {
        if self.scrubbed.is_some() {
            return None;
        }
        let directory = &target.directory;
        let (link, entry) = Temp::link(directory, &target.names.previous(), temporary).ok()?;
        let private = || {
            !entry.mode.intersects(Mode::RWXG | Mode::RWXO)
                || rustix::fs::chmodat(&**directory, temporary, PRIVATE, AtFlags::empty()).is_ok()
        };
        (entry.same_file(&self.previous.entry) && private()).then_some(link)
    }
}

/// Puts the previous generation in the file's place, by a second name where possible, or removes the file if
/// there is none. Returns whether something was put there.
fn replace(
    target: &Target,
    document: &Document,
    heir: Option<&Heir<'_>>,
    mounted: bool,
    ambient: Ambient<'_>,
) -> Unchanged<bool> {
    // Immediately before each change.
    let unchanged = || look(target, document);
    let Some(heir) = heir else {
        unchanged()?;
        let _ = target.directory.unlink(&target.name);
        return Ok(false);
    };
    let over = || overwrite(target, document, heir.bytes(), &heir.attribute);
    if mounted {
        return over();
    }
    let replaced = match heir.ready(target, ambient) {
        Ok(mut temp) => {
            unchanged()?;
            temp.rename(&target.name)
        }
        Err(errno) => Err(errno),
    };
    match replaced {
        Ok(()) => Ok(true),
        Err(Errno::BUSY | Errno::XDEV | Errno::ACCESS | Errno::PERM) => over(),
        Err(_) => Ok(false),
    }
}
