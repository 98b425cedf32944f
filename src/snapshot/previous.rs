//! The previous generation of a document, `.NAME.prev`.

use std::ffi::OsStr;
use std::path::Path;

use rustix::fs::{AtFlags, Mode};

use super::ambient::{Ambient, Deadline};
use super::attribute::{Attribute, UNKNOWN_RULES};
use super::document::{Document, State};
use super::entry::Entry;
use super::options::WriteOptions;
use super::recovery::Recovery;
use super::target::Target;
use super::temp::{PRIVATE, Temp};
use crate::Error;

/// What a write found under the name of the document.
#[derive(Debug)]
pub(super) enum Old {
    Missing,
    /// There is something that cannot be read, and why; or a link, which is not followed.
    Unreadable(Error),
    /// What an in-place write has left that was interrupted, and the copy that completes it.
    Unfinished(Document, Recovery),
    Document(Document),
}

impl Old {
    /// Loads what is there. `elsewhere` is where a recovery copy may be, besides the target's own directory.
    pub(super) fn load(target: &Target, elsewhere: Option<&Path>) -> Self {
        let document = match Document::load_old(&target.directory, &target.name) {
            Ok(None) => return Self::Missing,
            Ok(Some(document)) => document,
            Err(error) => return Self::Unreadable(error),
        };
        match Recovery::needed_by(&document, target, elsewhere) {
            Ok(Some(copy)) => Self::Unfinished(document, copy),
            Ok(None) => Self::Document(document),
            Err(error) => Self::Unreadable(error),
        }
    }

    /// The generation of the document that replaces it.
    pub(super) fn next_generation(&self) -> u64 {
        let generation = match self {
            Self::Unfinished(_, copy) => Some(copy.attribute.generation),
            Self::Document(document) => document.generation(),
            Self::Missing | Self::Unreadable(_) => None,
        };
        generation.unwrap_or(0).saturating_add(1)
    }

    /// The document, if there is a whole one.
    pub(super) fn document(&self) -> Option<&Document> {
        match self {
            Self::Document(document) => Some(document),
            _ => None,
        }
    }
}

/// How the old document may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    /// By a second name (a hard link), where that is possible.
    Link,
    /// By a copy, since the file itself is about to be overwritten.
    Copy,
}

/// Keeps the old document as `.NAME.prev`. Returns whether it was kept; a failure is no reason not to write.
///
/// Only bytes are kept that this rule set has scrubbed, and in which nothing has become known as a secret
/// since: others are scrubbed first, and what is not a document is not kept. The same applies to a `.NAME.prev`
/// that stays from an earlier write.
pub(super) fn keep(
    target: &Target,
    old: &Old,
    means: Means,
    options: &WriteOptions<'_>,
    deadline: &Deadline<'_>,
    ambient: Ambient<'_>,
) -> bool {
    let kept = match old {
        // Somebody removed the snapshot on purpose: it must not come back by way of its previous generation.
        Old::Missing => {
            let _ = target.directory.unlink(&target.names.previous());
            return false;
        }
        // A file that another user may have planted is not ours to bring back. If replacing it fails, too, no
        // copy of it may remain.
        Old::Document(document) if means == Means::Link && target.planted(&document.entry) => false,
        Old::Document(document) if options.keep_previous => {
            if document.scrubbed_by(options.rules, options.rescrub) {
                (means == Means::Link && link(target, document, ambient)) || copy(target, document, ambient)
            } else {
                rescrub(target, document, options, deadline, ambient)
            }
        }
        _ => false,
    };
    if !kept {
        refresh(target, options, deadline, ambient);
    }
    kept
}

/// Gives the old file the second name `.NAME.prev`.
fn link(target: &Target, document: &Document, ambient: Ambient<'_>) -> bool {
    let directory = &target.directory;
    let previous = target.names.previous();
    let is_old = |name: &OsStr| matches!(Entry::at(&**directory, name), Ok(Some(entry)) if entry.same_file(&document.entry));
    if is_old(&previous) {
        return true;
    }
    let temporary = target.names.temporary_link((ambient.random)());
    if directory.link(&target.name, &temporary).is_err() {
        return false;
    }
    // Another writer may have replaced the file since it was read.
    let renamed = is_old(&temporary) && {
        if document.entry.mode.intersects(Mode::RWXG | Mode::RWXO) {
            let _ = rustix::fs::chmodat(&**directory, &temporary, PRIVATE, AtFlags::empty());
        }
        directory.rename(&temporary, &previous).is_ok()
    };
    // A rename between two names of one file does nothing and leaves both.
    let _ = directory.unlink(&temporary);
    renamed
}

/// Writes a copy of the old document as the new `.NAME.prev`.
fn copy(target: &Target, document: &Document, ambient: Ambient<'_>) -> bool {
    let rules = document.attribute.as_ref().map_or(UNKNOWN_RULES, |attribute| &attribute.rules);
    let attribute = Attribute::of(&document.bytes, document.generation().unwrap_or(0), rules);
    install(target, &document.bytes, attribute, ambient).is_ok()
}

/// Scrubs the document again and writes the result as the new `.NAME.prev`.
fn rescrub(
    target: &Target,
    document: &Document,
    options: &WriteOptions<'_>,
    deadline: &Deadline<'_>,
    ambient: Ambient<'_>,
) -> bool {
    if document.state == State::Corrupt {
        return false;
    }
    // The new document is worth more, and gets most of the time.
    let left = || deadline.left() / 2;
    let Some(scrubbed) = document.scrubbed_anew(options.rescrub, &left) else { return false };
    let attribute = Attribute::of(&scrubbed, document.generation().unwrap_or(0), options.rules);
    install(target, &scrubbed, attribute, ambient).is_ok()
}

/// Scrubs the `.NAME.prev` that stays, if this rule set has not done so; removes it if that is impossible.
fn refresh(target: &Target, options: &WriteOptions<'_>, deadline: &Deadline<'_>, ambient: Ambient<'_>) {
    let previous = target.names.previous();
    let Ok(Some(document)) = Document::load_old(&target.directory, &previous) else { return };
    if !document.scrubbed_by(options.rules, options.rescrub)
        && !rescrub(target, &document, options, deadline, ambient)
    {
        let _ = target.directory.unlink(&previous);
    }
}

fn install(
    target: &Target,
    bytes: &[u8],
    attribute: Attribute,
    ambient: Ambient<'_>,
) -> rustix::io::Result<()> {
    let temporary = target.names.temporary_link((ambient.random)());
    Temp::install(&target.directory, temporary, &target.names.previous(), bytes, Some(attribute))
}
