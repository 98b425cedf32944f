//! What a read does about a file that is not whole.
//!
//! The file is never missing because of us: its damaged form gets a second name first, then the previous generation is
//! renamed over it. Killed at any point, the next read comes to the same answer.

use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use rustix::fs::{AtFlags, FileType, Mode};
use rustix::io::Errno;

use super::ambient::{Ambient, Deadline};
use super::attribute::{Attribute, UNKNOWN_RULES};
use super::collect;
use super::document::{Document, State};
use super::entry::Entry;
use super::inplace;
use super::lock::Lock;
use super::names::Kind;
use super::options::ReadOptions;
use super::read::{current, patiently, restored};
use super::recovery::Recovery;
use super::report::{Reading, Source};
use super::target::Target;
use super::temp::{PRIVATE, Temp};
use crate::{ErrorKind, Result};

/// Looks at the file again, alone, and heals what can be healed.
pub(super) fn recover(
    target: &Target,
    options: &ReadOptions<'_>,
    deadline: &Deadline<'_>,
    ambient: Ambient<'_>,
) -> Result<Reading> {
    let lock = Lock::take(&target.directory, deadline, ambient);
    // Somebody may have replaced or healed it meanwhile, and was perhaps writing when it was first read.
    let Some(document) = patiently(target, &target.name, true, deadline, ambient)? else {
        return Ok(Reading::default());
    };
    let entry = target.entry()?;
    // What a link points to is not ours to move, nor is what somebody is writing just now.
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
        Ok(previous) => previous.filter(|previous| previous.state != State::Corrupt),
        // A previous generation that cannot be read now may be readable later.
        Err(error) if error.kind() == ErrorKind::Io => return Err(error),
        Err(_) => None,
    };
    let mut reading = Reading { corrupt: true, ..Reading::default() };
    // A mounted file cannot go away: without something to put in its place it stays as it is.
    if repair && (previous.is_some() || !mounted) {
        reading.quarantined = quarantine(target, &document, options, deadline, ambient);
    }
    if reading.quarantined.is_some() {
        match &previous {
            Some(previous) => reading.put_back = put_back(target, previous, mounted, ambient),
            None => drop(target.directory.unlink(&target.name)),
        }
        target.directory.sync();
        collect::trim(target, collect::QUARANTINED);
    }
    reading.restored = previous.map(|previous| restored(previous, Source::Previous));
    if let Some(restored) = &mut reading.restored {
        restored.quarantined.clone_from(&reading.quarantined);
    }
    Ok(reading)
}

/// Ends an interrupted in-place write: the copy goes when the file is whole, else the file is written again from it.
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

/// Gives the damaged file a name of its own, or writes its scrubbed text under one; `None` when that cannot be done, and
/// then the file must stay where it is.
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
            // The link is to what was read, or it is taken back.
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

/// The number of the next quarantined file: the time in milliseconds, but after every number there is.
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

/// Puts the previous generation in the file's place, by a second name where possible.
fn put_back(target: &Target, previous: &Document, mounted: bool, ambient: Ambient<'_>) -> bool {
    let directory = &target.directory;
    let attribute = || {
        let rules = previous.attribute.as_ref().map_or(UNKNOWN_RULES, |attribute| &attribute.rules);
        Attribute::of(&previous.bytes, previous.generation().unwrap_or(0), rules)
    };
    let over = || {
        inplace::open(target).ok().is_some_and(|(file, entry)| {
            inplace::overwrite(&file, &entry, None, &previous.bytes, attribute()).is_ok()
        })
    };
    if mounted {
        return over();
    }
    let temporary = target.names.temporary_link((ambient.random)());
    let replaced = match directory.link(&target.names.previous(), &temporary) {
        Ok(()) => {
            let replaced = directory.rename(&temporary, &target.name);
            if replaced.is_err() {
                let _ = directory.unlink(&temporary);
            }
            replaced
        }
        Err(_) => Temp::install(directory, temporary, &target.name, &previous.bytes, Some(attribute())),
    };
    match replaced {
        Ok(()) => true,
        Err(Errno::BUSY | Errno::XDEV | Errno::ACCESS | Errno::PERM) => over(),
        Err(_) => false,
    }
}
