//! How a snapshot is written and read.

use std::path::Path;
use std::time::Duration;

use crate::json;

/// Scrubs bytes of a file that this rule set has not scrubbed, before they are kept.
///
/// A file that the replaced modules wrote, or that someone edited, may hold secrets: it becomes the
/// previous generation or a quarantined file only by way of this.
///
/// ```
/// use prestop::snapshot::Rescrub;
/// use prestop::{Preset, Scrubber};
///
/// // Every scrubber is one.
/// let scrubbed = Scrubber::new(Preset::Strict).document(br#"{"password": "hunter2"}"#);
/// assert_eq!(scrubbed.as_deref(), Some(b"{\n  \"password\": \"[REDACTED:PASSWORD]\"\n}".as_slice()));
/// assert_eq!(Scrubber::new(Preset::Strict).text(b"clean").as_deref(), Some(b"clean".as_slice()));
/// ```
pub trait Rescrub: Sync {
    /// The document, parsed, scrubbed and encoded again; `None` when it must not be kept.
    ///
    /// `bytes` is JSON as [`json::check`] accepts it.
    fn document(&self, bytes: &[u8]) -> Option<Vec<u8>>;

    /// The same in about half of the time that is `left`, for which it is asked often: the document may be cut for it. By default it takes
    /// whatever time it takes.
    fn document_within(&self, bytes: &[u8], left: &(dyn Fn() -> Duration + Sync)) -> Option<Vec<u8>> {
        let _ = left;
        self.document(bytes)
    }

    /// The same bytes scrubbed as text, whatever they are; `None` when they must not be kept.
    fn text(&self, bytes: &[u8]) -> Option<Vec<u8>>;

    /// The same in about half of the time that is `left`, for which it is asked often: the end may be cut for it. By default it takes whatever
    /// time it takes.
    fn text_within(&self, bytes: &[u8], left: &(dyn Fn() -> Duration + Sync)) -> Option<Vec<u8>> {
        let _ = left;
        self.text(bytes)
    }

    /// The label of a secret that stands in `bytes`, which should be scrubbed and are about to be written. A string in which
    /// there is one is replaced whole. By default nothing is looked for.
    fn left_over(&self, bytes: &[u8]) -> Option<String> {
        let _ = bytes;
        None
    }
}

/// What a write has behind a search: so long a disk takes for a small document.
const LEAST: Duration = Duration::from_millis(100);

/// Whether a file that cannot be replaced may be overwritten where it is.
///
/// ```
/// use prestop::snapshot::{InPlace, WriteOptions};
///
/// let options = WriteOptions::new("rules-1").with_in_place(InPlace::Deny);
/// assert!(format!("{options:?}").contains("Deny"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum InPlace {
    /// Overwrite it, with a recovery copy beside it where possible, and report `atomic: false`.
    #[default]
    Allow,
    /// Refuse; the old document stays.
    Deny,
}

/// The options of a write.
///
/// ```
/// use prestop::snapshot::{InPlace, WriteOptions};
/// use prestop::{Preset, Scrubber};
/// use std::path::Path;
/// use std::time::Duration;
///
/// let scrubber = Scrubber::new(Preset::Strict);
/// let rules = scrubber.rule_set();
/// let options = WriteOptions::new(&rules)
///     .with_keep_previous(true)
///     .with_follow_symlink(false)
///     .with_in_place(InPlace::Allow)
///     .with_deadline(Duration::from_secs(2))
///     .with_size_limit(1 << 20)
///     .with_recovery(Path::new("/var/tmp"))
///     .with_rescrub(&scrubber);
/// assert!(format!("{options:?}").contains(&rules));
/// ```
#[derive(Clone, Copy)]
pub struct WriteOptions<'a> {
    pub(super) rules: &'a str,
    pub(super) keep_previous: bool,
    pub(super) follow_symlink: bool,
    pub(super) in_place: InPlace,
    pub(super) deadline: Duration,
    pub(super) size_limit: usize,
    pub(super) recovery: Option<&'a Path>,
    pub(super) rescrub: Option<&'a dyn Rescrub>,
}

impl<'a> WriteOptions<'a> {
    /// The defaults: the previous generation is kept, a link is replaced and not followed, in-place
    /// writing is allowed, 5 seconds, 64 MiB.
    ///
    /// `rules` names the rule set that scrubbed the bytes: 1 to 64 characters of `[A-Za-z0-9._:+-]`.
    /// Files that carry another name, or none, are scrubbed again before they are kept.
    pub fn new(rules: &'a str) -> Self {
        Self {
            rules,
            keep_previous: true,
            follow_symlink: false,
            in_place: InPlace::Allow,
            deadline: Duration::from_secs(5),
            size_limit: json::MAX_BYTES,
            recovery: None,
            rescrub: None,
        }
    }

    /// Whether the replaced document stays as `.NAME.prev`.
    #[must_use]
    pub fn with_keep_previous(mut self, keep: bool) -> Self {
        self.keep_previous = keep;
        self
    }

    /// Whether a symbolic link as last component is followed (once, then never again) instead of replaced.
    #[must_use]
    pub fn with_follow_symlink(mut self, follow: bool) -> Self {
        self.follow_symlink = follow;
        self
    }

    /// Whether a mounted file, or a file in a directory that takes no new files, is overwritten in place.
    #[must_use]
    pub fn with_in_place(mut self, in_place: InPlace) -> Self {
        self.in_place = in_place;
        self
    }

    /// The time from `begin` to the rename; lock waits take at most half of it.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The same where so much of the deadline is left behind the search, of which the write has a quarter in any case, and a tenth of a second
    /// where there was any time: what was searched is not lost because one text took too long, or a disk takes as long as the whole deadline.
    ///
    /// ```
    /// use prestop::snapshot::WriteOptions;
    /// use std::time::Duration;
    ///
    /// let options = WriteOptions::new("rules").with_deadline(Duration::from_secs(8));
    /// assert!(format!("{:?}", options.with_time_left(Duration::from_secs(3))).contains("deadline: 3s"));
    /// assert!(format!("{:?}", options.with_time_left(Duration::ZERO)).contains("deadline: 2s"));
    /// let options = options.with_deadline(Duration::from_millis(1));
    /// assert!(format!("{:?}", options.with_time_left(Duration::ZERO)).contains("deadline: 100ms"));
    /// ```
    #[must_use]
    pub fn with_time_left(mut self, left: Duration) -> Self {
        let least = if self.deadline.is_zero() { Duration::ZERO } else { LEAST.max(self.deadline / 4) };
        self.deadline = left.min(self.deadline).max(least);
        self
    }

    /// The largest document, in bytes: a larger one is made smaller. At most [`json::MAX_BYTES`], the reader's own bound.
    #[must_use]
    pub fn with_size_limit(mut self, bytes: usize) -> Self {
        self.size_limit = bytes;
        self
    }

    /// A directory for the recovery copy of an in-place write whose own directory takes no new files.
    ///
    /// Readers need the same: [`ReadOptions::with_recovery`].
    #[must_use]
    pub fn with_recovery(mut self, directory: &'a Path) -> Self {
        self.recovery = Some(directory);
        self
    }

    /// What scrubs a file that does not carry this rule set's name, before it is kept, and looks once more at what is
    /// about to be written. Without it such a file is not kept.
    #[must_use]
    pub fn with_rescrub(mut self, rescrub: &'a dyn Rescrub) -> Self {
        self.rescrub = Some(rescrub);
        self
    }
}

impl std::fmt::Debug for WriteOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WriteOptions")
            .field("rules", &self.rules)
            .field("keep_previous", &self.keep_previous)
            .field("follow_symlink", &self.follow_symlink)
            .field("in_place", &self.in_place)
            .field("deadline", &self.deadline)
            .field("size_limit", &self.size_limit)
            .finish_non_exhaustive()
    }
}

/// The options of a read.
///
/// ```
/// use prestop::snapshot::ReadOptions;
/// use prestop::{Preset, Scrubber};
/// use std::path::Path;
/// use std::time::Duration;
///
/// let scrubber = Scrubber::new(Preset::Strict);
/// let rules = scrubber.rule_set();
/// let options = ReadOptions::new(&rules)
///     .with_repair(true)
///     .with_follow_symlink(false)
///     .with_deadline(Duration::from_secs(2))
///     .with_recovery(Path::new("/var/tmp"))
///     .with_rescrub(&scrubber);
/// assert!(format!("{options:?}").contains(&rules));
/// ```
#[derive(Clone, Copy)]
pub struct ReadOptions<'a> {
    pub(super) rules: &'a str,
    pub(super) deadline: Duration,
    pub(super) repair: bool,
    pub(super) follow_symlink: bool,
    pub(super) recovery: Option<&'a Path>,
    pub(super) rescrub: Option<&'a dyn Rescrub>,
}

impl<'a> ReadOptions<'a> {
    /// The defaults: a corrupt file is quarantined and the previous generation put back, in at most 5 seconds.
    ///
    /// `rules` as in [`WriteOptions::new`]: a corrupt file that does not carry this name is quarantined
    /// only after [`Rescrub::text`].
    pub fn new(rules: &'a str) -> Self {
        Self {
            rules,
            deadline: Duration::from_secs(5),
            repair: true,
            follow_symlink: false,
            recovery: None,
            rescrub: None,
        }
    }

    /// Whether a corrupt file is quarantined and replaced. Off, nothing on the disk changes.
    #[must_use]
    pub fn with_repair(mut self, repair: bool) -> Self {
        self.repair = repair;
        self
    }

    /// Whether a symbolic link as last component leads to the snapshot, with its previous generation and repair there, as
    /// [`WriteOptions::with_follow_symlink`] wrote it. Off, a link is still read through, but what it leads to is never
    /// changed, and a removal takes the link.
    #[must_use]
    pub fn with_follow_symlink(mut self, follow: bool) -> Self {
        self.follow_symlink = follow;
        self
    }

    /// The time for lock waits and retries.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Where the recovery copy of an in-place write is, when it is not beside the file.
    #[must_use]
    pub fn with_recovery(mut self, directory: &'a Path) -> Self {
        self.recovery = Some(directory);
        self
    }

    /// What scrubs a corrupt file that does not carry this rule set's name. Without it such a file stays
    /// where it is and is not repaired.
    #[must_use]
    pub fn with_rescrub(mut self, rescrub: &'a dyn Rescrub) -> Self {
        self.rescrub = Some(rescrub);
        self
    }
}

impl std::fmt::Debug for ReadOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadOptions")
            .field("rules", &self.rules)
            .field("deadline", &self.deadline)
            .field("repair", &self.repair)
            .finish_non_exhaustive()
    }
}
