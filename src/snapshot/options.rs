//! The options for writing and reading a snapshot.

use std::path::Path;
use std::time::Duration;

use crate::json;

/// Scrubs the content of a file that this rule set has not scrubbed, before it is kept.
///
/// A file that the replaced modules wrote, or that somebody edited, may contain secrets. It becomes the
/// previous generation or a quarantined file only after this has scrubbed it.
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
    /// Returns the document parsed, scrubbed and encoded again; `None` when it must not be kept.
    ///
    /// `bytes` is JSON as [`json::check`] accepts it.
    fn document(&self, bytes: &[u8]) -> Option<Vec<u8>>;

    /// Like [`document`](Self::document), but should take about half of the remaining time, and may cut the
    /// document for that. `left` returns the remaining time and is called often. By default the time is
    /// ignored.
    fn document_within(&self, bytes: &[u8], left: &(dyn Fn() -> Duration + Sync)) -> Option<Vec<u8>> {
        let _ = left;
        self.document(bytes)
    }

    /// Returns arbitrary bytes, scrubbed as text; `None` when they must not be kept.
    fn text(&self, bytes: &[u8]) -> Option<Vec<u8>>;

    /// Like [`text`](Self::text), but should take about half of the remaining time, and may cut off the end
    /// for that. `left` returns the remaining time and is called often. By default the time is ignored.
    fn text_within(&self, bytes: &[u8], left: &(dyn Fn() -> Duration + Sync)) -> Option<Vec<u8>> {
        let _ = left;
        self.text(bytes)
    }

    /// Whether `bytes`, which this rule set scrubbed earlier, contain a secret that it did not know then: they
    /// are scrubbed again before they are kept. By default nothing is searched for.
    fn learned(&self, bytes: &[u8]) -> bool {
        let _ = bytes;
        false
    }

    /// Returns the label of a secret that is still contained in `bytes`, which were scrubbed and are about to
    /// be written. A string that contains one is replaced as a whole. By default nothing is searched for.
    fn left_over(&self, bytes: &[u8]) -> Option<String> {
        let _ = bytes;
        None
    }
}

/// The least time that a write gets after scrubbing: what a disk needs for a small document.
const LEAST: Duration = Duration::from_millis(100);

/// Whether a file that cannot be replaced may be overwritten in place.
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
    /// Fail; the old document is left alone.
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
    /// Returns the defaults: the previous generation is kept, a symbolic link is replaced and not followed,
    /// overwriting in place is allowed, the deadline is 5 seconds, and the size limit is 64 MiB.
    ///
    /// `rules` names the rule set that scrubbed the bytes: 1 to 64 characters of `[A-Za-z0-9._:+-]`. A file
    /// that carries another name, or none, is scrubbed again before it is kept.
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

    /// Sets whether the replaced document is kept as `.NAME.prev`.
    #[must_use]
    pub fn with_keep_previous(mut self, keep: bool) -> Self {
        self.keep_previous = keep;
        self
    }

    /// Sets whether a symbolic link as the last component is followed instead of replaced. It is resolved
    /// once, when the write begins.
    #[must_use]
    pub fn with_follow_symlink(mut self, follow: bool) -> Self {
        self.follow_symlink = follow;
        self
    }

    /// Sets whether a mounted file, or a file in a directory that accepts no new files, is overwritten in
    /// place.
    #[must_use]
    pub fn with_in_place(mut self, in_place: InPlace) -> Self {
        self.in_place = in_place;
        self
    }

    /// Sets the time from [`Write::begin`](super::Write::begin) to the rename. Waiting for the lock takes at
    /// most half of it, and at most two seconds; all of it before a document is overwritten in place.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Shortens the deadline to `left`, the time remaining after scrubbing.
    ///
    /// At least a quarter of the deadline and at least 100 ms are kept, so that finished work is not lost to
    /// a slow scrub, or to a deadline that no disk can meet. A deadline of zero remains zero.
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

    /// Sets the size limit in bytes: a larger document is made smaller. It is at most [`json::MAX_BYTES`],
    /// the reader's own bound.
    #[must_use]
    pub fn with_size_limit(mut self, bytes: usize) -> Self {
        self.size_limit = bytes;
        self
    }

    /// Sets a directory for the recovery copy of an in-place write, for a document whose own directory
    /// accepts no new files. Documents of the same name need one each.
    ///
    /// Readers need the same directory: [`ReadOptions::with_recovery`].
    #[must_use]
    pub fn with_recovery(mut self, directory: &'a Path) -> Self {
        self.recovery = Some(directory);
        self
    }

    /// Sets what scrubs a file that does not carry this rule set's name, before it is kept, and what checks
    /// the finished bytes before they are written. Without it such a file is not kept, and nothing is
    /// checked.
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
    /// Returns the defaults: a corrupt file is quarantined and the previous generation put back, in at most 5
    /// seconds.
    ///
    /// `rules` is a rule-set name as in [`WriteOptions::new`]. A corrupt file that does not carry this name
    /// is quarantined only after it was scrubbed as text: see [`with_rescrub`](Self::with_rescrub).
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

    /// Sets whether a corrupt file is quarantined and replaced. When off, nothing on the disk changes.
    #[must_use]
    pub fn with_repair(mut self, repair: bool) -> Self {
        self.repair = repair;
        self
    }

    /// Sets whether a symbolic link as the last component is resolved, so that the snapshot, its previous
    /// generation and repairs are found where [`WriteOptions::with_follow_symlink`] wrote them. When off, a
    /// link is still read through, but what it leads to is never changed, and a removal removes the link.
    #[must_use]
    pub fn with_follow_symlink(mut self, follow: bool) -> Self {
        self.follow_symlink = follow;
        self
    }

    /// Sets the time for lock waits, retries and scrubbing.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets where the recovery copy of an in-place write is found when it is not beside the file.
    #[must_use]
    pub fn with_recovery(mut self, directory: &'a Path) -> Self {
        self.recovery = Some(directory);
        self
    }

    /// Sets what scrubs a corrupt file, or a previous generation, that does not carry this rule set's name.
    /// Without it such a file is left where it is, and nothing is repaired.
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
