//! The write protocol: after a crash the path holds the complete old or the complete new document.
//!
//! These are the steps, in the order in which they run. A failure up to step 8 leaves the old document
//! untouched and no new file behind; success is reported only after step 9.
//!
//! 1. open the directory, creating it if it is missing, and refuse a target that must not be replaced
//! 2. take the directory's lock; go on without it rather than lose the document (but see [`super::inplace`])
//! 3. choose a random temporary name
//! 4. create that file, exclusively and with mode 0600, or adopt the one that the host has opened
//! 5. write the bytes, then the checksum attribute
//! 6. flush the file and close it
//! 7. keep the old document as `.NAME.prev`
//! 8. rename the temporary file over the name
//! 9. flush the directory
//! 10. remove what earlier crashes left behind
//!
//! Where a rename is impossible, [`super::inplace`] takes over.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::ambient::{Ambient, Deadline};
use super::attribute::{self, Attribute};
use super::collect;
use super::directory::Synced;
use super::gate::gate;
use super::inplace;
use super::lock::Lock;
use super::options::{InPlace, WriteOptions};
use super::previous::{self, Means, Old};
use super::report::{Durability, WriteReport};
use super::shrink::shrink;
use super::target::Target;
use super::temp::{Temp, Unfilled};
use crate::json;
use crate::scrub::Tally;
use crate::{Error, ErrorKind, Result};

/// Writes a document durably, in one call.
///
/// `bytes` is scrubbed JSON. It is written unchanged, unless it is too large or still contains a secret: see
/// [`Write::commit`].
///
/// ```
/// # use std::time::{Instant, SystemTime};
/// # use std::hash::{BuildHasher, RandomState};
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("snapshot.json");
/// # let start = Instant::now();
/// # let (elapsed, random) = (|| start.elapsed(), || RandomState::new().hash_one(0));
/// # let pause = std::thread::sleep;
/// # let ambient = prestop::snapshot::Ambient { now: SystemTime::now(), elapsed: &elapsed, random: &random, pause: &pause };
/// # let scrubber = prestop::Scrubber::new(prestop::Preset::Strict);
/// use prestop::snapshot::{ReadOptions, WriteOptions, read, write};
///
/// write(&path, b"{\"n\": 1}", &WriteOptions::new("rules-1"), ambient)?;
/// write(&path, b"{\"n\": 2}", &WriteOptions::new("rules-1"), ambient)?;
/// std::fs::write(&path, b"{\"n")?;
/// // What is torn is set aside, and the one before it put back.
/// let restored = read(&path, &ReadOptions::new("rules-1").with_rescrub(&scrubber), ambient)?.expect("the one before");
/// assert_eq!(restored.bytes, b"{\"n\": 1}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidInput`] when `bytes` is not JSON as [`json::check`] accepts it; otherwise the errors
/// of [`Write::begin`] and [`Write::commit`].
pub fn write(
    path: impl AsRef<Path>,
    bytes: &[u8],
    options: &WriteOptions<'_>,
    ambient: Ambient<'_>,
) -> Result<WriteReport> {
    // A larger document is checked while it is made smaller.
    if bytes.len() <= json::MAX_BYTES {
        json::check(bytes).map_err(|error| error.with_path(path.as_ref()))?;
    }
    Write::begin(path, options, ambient)?.commit(bytes)
}

/// A write that has begun: the directory is open and, where possible, locked, and nothing is written yet.
///
/// Dropping it before [`commit`](Self::commit) leaves nothing behind.
///
/// ```
/// # use std::time::{Instant, SystemTime};
/// # use std::hash::{BuildHasher, RandomState};
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("snapshot.json");
/// # let start = Instant::now();
/// # let (elapsed, random) = (|| start.elapsed(), || RandomState::new().hash_one(0));
/// # let pause = std::thread::sleep;
/// # let ambient = prestop::snapshot::Ambient { now: SystemTime::now(), elapsed: &elapsed, random: &random, pause: &pause };
/// use prestop::snapshot::{Write, WriteOptions};
/// use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
///
/// // A host that wants to create the file itself, so that its own tools see it.
/// let options = WriteOptions::new("rules-1");
/// let mut write = Write::begin(&path, &options, ambient)?;
/// if write.needs_file() {
///     let name = write.directory_path().join(write.temporary_name());
///     match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(name) {
///         Ok(file) => write.adopt(&file)?,
///         Err(error) => write.open_failed(error)?,
///     }
/// }
/// assert!(write.commit(b"{}")?.atomic);
///
/// // One that only says which file it created.
/// let mut write = Write::begin(&path, &options, ambient)?;
/// let name = write.directory_path().join(write.temporary_name());
/// let status = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(name)?.metadata()?;
/// write.adopt_created(status.dev(), status.ino())?;
/// drop(write);
///
/// // One that leaves it to the write, and one that changes its mind.
/// let mut write = Write::begin(&path, &options, ambient)?;
/// let _open = write.directory();
/// write.create()?;
/// drop(write);
/// assert_eq!(std::fs::read(&path)?, b"{}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Write<'a> {
    target: Target,
    options: WriteOptions<'a>,
    ambient: Ambient<'a>,
    deadline: Deadline<'a>,
    temporary: OsString,
    /// Declared before `lock` and so dropped first: the temporary file is removed while other writers are
    /// locked out.
    place: Place,
    lock: Lock,
}

/// Where the bytes are written first.
#[derive(Debug)]
enum Place {
    Undecided,
    Temporary(Temp),
    /// The old document itself, which is overwritten.
    Itself,
}

/// Why the write protocol stopped.
enum Obstacle {
    /// The name cannot be replaced, but the document can perhaps be overwritten.
    NotReplaceable(Errno),
    /// Worth one more attempt with a new file.
    Again(Error),
    /// The document would not be finished by the deadline, but this many bytes would.
    Late(usize),
    Final(Error),
}

impl<'a> Write<'a> {
    /// Begins a write: opens the directory (creating it if it is missing), takes its lock and chooses a name
    /// for the temporary file. The deadline counts from here.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for a path that names no file (empty, with a NUL, ending in `/`, `.` or
    /// `..`) and for an unusable rule-set name; [`ErrorKind::InvalidTarget`] for a directory, FIFO, device or
    /// socket, and for anything under a `..data` link; [`ErrorKind::Io`] when the directory cannot be opened
    /// or created, or when the file is a mount point and [`InPlace::Deny`] is set.
    pub fn begin(path: impl AsRef<Path>, options: &WriteOptions<'a>, ambient: Ambient<'a>) -> Result<Self> {
        if !attribute::rules_fit(options.rules) {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                "a rule-set name is 1 to 64 of [A-Za-z0-9._:+-]",
            ));
        }
        let deadline = Deadline::after(options.deadline, ambient);
        // 1. directory and target
        let target = Target::to_write(path.as_ref(), options.follow_symlink)?;
        let mounted = target.replaceable()?.is_some_and(|entry| entry.mounted);
        // 2. lock
        let lock = Lock::take(&target.directory, &deadline, ambient);
        // 3. name
        let temporary = target.names.temporary((ambient.random)());
        let mut write =
            Self { target, options: *options, ambient, deadline, lock, temporary, place: Place::Undecided };
        if mounted {
            write.go_in_place("cannot replace a mounted file", Errno::BUSY)?;
        }
        Ok(write)
    }

    /// Whether a temporary file is still needed: from [`create`](Self::create), or opened by the host and
    /// handed to [`adopt`](Self::adopt). False once there is one, and when the document is overwritten in
    /// place.
    pub fn needs_file(&self) -> bool {
        matches!(self.place, Place::Undecided)
    }

    /// The name under which the host creates the temporary file, relative to [`directory`](Self::directory).
    pub fn temporary_name(&self) -> &OsStr {
        &self.temporary
    }

    /// The open directory, borrowed from this write.
    pub fn directory(&self) -> BorrowedFd<'_> {
        self.target.directory.as_fd()
    }

    /// The path of the directory, for messages.
    pub fn directory_path(&self) -> &Path {
        self.target.directory.path()
    }

    /// Creates the temporary file. [`commit`](Self::commit) does so when none was created or adopted.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when the file cannot be created, unless the document can be overwritten in place
    /// instead.
    pub fn create(&mut self) -> Result<()> {
        let mut room = true;
        for _ in 0..3 {
            match Temp::create(&self.target.directory, self.temporary.clone()) {
                Ok(temp) => {
                    self.place = Place::Temporary(temp);
                    return Ok(());
                }
                // A file system may also run out of inodes.
                Err(Errno::NOSPC | Errno::DQUOT)
                    if std::mem::take(&mut room) && collect::make_room(&self.target, self.ambient) > 0 => {}
                Err(Errno::EXIST) => self.temporary = self.target.names.temporary((self.ambient.random)()),
                Err(errno) => return self.open_failed(errno.into()),
            }
        }
        self.open_failed(Errno::EXIST.into())
    }

    /// Adopts the temporary file that the host has created as [`temporary_name`](Self::temporary_name) in
    /// [`directory`](Self::directory), exclusively and open for writing.
    ///
    /// The descriptor is duplicated, so the host may close its own at any time. From here on the file is
    /// removed on every failure.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidTarget`] when no temporary file is needed, and unless the descriptor and the name
    /// refer to the same empty regular file with a single link, open for writing; nothing is touched then.
    /// [`ErrorKind::Io`] when the system refuses to examine or duplicate the descriptor.
    pub fn adopt(&mut self, fd: impl AsFd) -> Result<()> {
        if !self.needs_file() {
            return Err(Error::new(ErrorKind::InvalidTarget, "no temporary file was asked for"));
        }
        self.place = Place::Temporary(Temp::adopt(&self.target.directory, &self.temporary, fd)?);
        Ok(())
    }

    /// Adopts the temporary file that the host has created, given by its device and inode numbers instead of
    /// a descriptor, which safe code cannot accept from every language.
    ///
    /// # Errors
    /// As [`adopt`](Self::adopt), and also when the name leads to another file than the one of `device` and
    /// `inode`; [`ErrorKind::Io`] when it cannot be opened.
    pub fn adopt_created(&mut self, device: u64, inode: u64) -> Result<()> {
        if !self.needs_file() {
            return Err(Error::new(ErrorKind::InvalidTarget, "no temporary file was asked for"));
        }
        let temp = Temp::adopt_created(&self.target.directory, &self.temporary, device, inode)?;
        self.place = Place::Temporary(temp);
        Ok(())
    }

    /// Reports that the host could not create the temporary file. The document is then overwritten in place,
    /// if `error` means that the directory accepts no new files (permission denied, or read-only) and the
    /// options allow it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] with `error` as its source otherwise: the write has failed.
    pub fn open_failed(&mut self, error: std::io::Error) -> Result<()> {
        const WHAT: &str = "cannot create a file in the directory";
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(errno @ (Errno::ACCESS | Errno::PERM | Errno::ROFS)) => self.go_in_place(WHAT, errno),
            _ => Err(Error::io(WHAT, error).with_path(self.directory_path())),
        }
    }

    /// Writes the document, creating the temporary file if there is none yet, and puts it in place.
    ///
    /// [`Rescrub::left_over`](super::Rescrub::left_over) is asked about the bytes first. Strings in which it
    /// still finds a secret are replaced; [`WriteReport::gated`] counts them.
    ///
    /// A document over the size limit is made smaller, and so is one of several megabytes that the disk would
    /// not take before the deadline. Its longest strings are cut, then the oldest items of `transcript_lines`
    /// are dropped. If that cannot be enough, the largest other values are replaced first.
    /// [`WriteReport::shrunk`] counts what was removed.
    ///
    /// Only [`write()`] checks that `bytes` is JSON, since the output of an encoder always is. Anything else
    /// is written as it is, and the next read treats it as corrupt.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] when there is nothing left that can be cut; [`ErrorKind::InvalidInput`] when
    /// bytes that are too large or contain a secret are not JSON; [`ErrorKind::TimedOut`] when the deadline
    /// passes before the rename, or before a document that can only be overwritten in place is no longer
    /// being written by another process; [`ErrorKind::Io`] when the system refuses. The old document is
    /// intact then, and no new file is left. The exception is [`ErrorKind::Torn`], when overwriting in place
    /// failed midway: the next read finishes it from the recovery copy, if there is one, and otherwise uses
    /// the previous generation.
    pub fn commit(mut self, bytes: &[u8]) -> Result<WriteReport> {
        let at_path = |error: Error| error.with_path(&self.target.path);
        let (whole, gated) = gate(bytes, self.options.rescrub).map_err(at_path)?;
        let limit = self.options.size_limit.min(json::MAX_BYTES);
        let (mut bytes, mut shrunk) = shrink(&whole, limit).map_err(at_path)?;
        self.in_time()?;
        let mut old = self.old();
        if matches!(old, Old::Missing) {
            self.target.sync_place(&self.target.names.previous())?;
        }
        let mut attribute = Attribute::of(&bytes, old.next_generation(), self.options.rules);
        let (mut rewritten, mut hurried) = (false, false);
        loop {
            match std::mem::replace(&mut self.place, Place::Undecided) {
                Place::Undecided => self.create()?,
                Place::Itself => {
                    if self.lock.contended() {
                        self.wait_for_the_other()?;
                        old = self.old();
                    }
                    old = inplace::finish(&self.target, old, self.options.recovery)?;
                    attribute = Attribute::of(&bytes, old.next_generation(), self.options.rules);
                    return Ok(WriteReport { shrunk, gated, ..self.overwrite(&bytes, &old, attribute)? });
                }
                Place::Temporary(temp) => match self.replace(temp, &bytes, &old, &attribute, !hurried) {
                    Ok(report) => return Ok(WriteReport { rewritten, shrunk, gated, ..report }),
                    Err(Obstacle::NotReplaceable(errno)) => {
                        self.go_in_place("cannot replace the snapshot", errno)?;
                    }
                    Err(Obstacle::Late(room)) => {
                        hurried = true;
                        self.temporary = self.target.names.temporary((self.ambient.random)());
                        self.in_time()?;
                        (bytes, shrunk) = shrink(&whole, room.min(limit))
                            .map_err(|error| error.with_path(&self.target.path))?;
                        attribute = Attribute::of(&bytes, attribute.generation, self.options.rules);
                    }
                    Err(Obstacle::Again(_)) if !rewritten => {
                        rewritten = true;
                        self.temporary = self.target.names.temporary((self.ambient.random)());
                        self.in_time()?;
                    }
                    Err(Obstacle::Again(error) | Obstacle::Final(error)) => return Err(error),
                },
            }
        }
    }

    fn old(&self) -> Old {
        Old::load(&self.target, self.options.recovery)
    }

    /// Performs steps 5 to 10. With `may_be_late`, stops early when the disk is too slow for the deadline.
    fn replace(
        &self,
        mut temp: Temp,
        bytes: &[u8],
        old: &Old,
        attribute: &Attribute,
        may_be_late: bool,
    ) -> std::result::Result<WriteReport, Obstacle> {
        let target = &self.target;
        // 5. write
        let pace = may_be_late.then_some(&self.deadline);
        let checksummed = match temp.fill(bytes, attribute.clone(), pace) {
            Ok(checksummed) => checksummed,
            Err(Unfilled::Late(room)) => return Err(Obstacle::Late(room)),
            Err(Unfilled::Failed(errno)) => {
                return Err(self.not_written("cannot write the snapshot", errno, temp));
            }
        };
        self.in_time().map_err(Obstacle::Final)?;
        // 6. flush
        if let Err(errno) = temp.flush() {
            return Err(self.not_written("cannot flush the snapshot", errno, temp));
        }
        self.in_time().map_err(Obstacle::Final)?;
        // 7. previous generation
        let previous_kept =
            previous::keep(target, old, Means::Link, &self.options, &self.deadline, self.ambient);
        self.in_time().map_err(Obstacle::Final)?;
        // 8. rename
        if let Err(errno) = temp.rename(&target.name) {
            let error = Error::io("cannot put the snapshot in place", errno).with_path(&target.path);
            return Err(match errno {
                Errno::BUSY | Errno::XDEV | Errno::ACCESS | Errno::PERM => Obstacle::NotReplaceable(errno),
                // Another process removed the temporary file as a stale one.
                Errno::NOENT => Obstacle::Again(error),
                _ => Obstacle::Final(error),
            });
        }
        // 9. directory
        let synced = target.directory.sync();
        if synced != Synced::Failed {
            // 10. left-overs
            self.tidy();
        }
        Ok(WriteReport {
            path: target.path.clone(),
            bytes: bytes.len() as u64,
            durability: if synced == Synced::Failed {
                Durability::Indeterminate
            } else {
                Durability::Durable
            },
            atomic: true,
            locked: self.lock.held(),
            previous_kept,
            directory_synced: synced == Synced::Yes,
            checksummed,
            generation: attribute.generation,
            rewritten: false,
            ephemeral: self.target.directory.ephemeral(),
            shrunk: Tally::default(),
            gated: Tally::default(),
        })
    }

    /// Waits until the deadline for the writer that holds the lock. Two who overwrite one file in place would
    /// leave a mixture, so this is the one kind of write that is not done without the lock.
    fn wait_for_the_other(&mut self) -> Result<()> {
        self.lock.insist(&self.target.directory, &self.deadline, self.ambient);
        if self.lock.contended() {
            let what = "another process is writing, and the snapshot can only be overwritten in place";
            return Err(Error::new(ErrorKind::TimedOut, what).with_path(&self.target.path));
        }
        Ok(())
    }

    /// Overwrites a document that cannot be replaced.
    fn overwrite(&self, bytes: &[u8], old: &Old, attribute: Attribute) -> Result<WriteReport> {
        self.in_time()?;
        let generation = attribute.generation;
        let done =
            inplace::write(&self.target, old, bytes, attribute, &self.options, &self.deadline, self.ambient)?;
        self.tidy();
        Ok(WriteReport {
            path: self.target.path.clone(),
            bytes: bytes.len() as u64,
            durability: Durability::Degraded,
            atomic: false,
            locked: self.lock.held(),
            previous_kept: done.previous_kept,
            directory_synced: done.directory_synced,
            checksummed: done.checksummed,
            generation,
            rewritten: false,
            ephemeral: self.target.directory.ephemeral(),
            shrunk: Tally::default(),
            gated: Tally::default(),
        })
    }

    /// Decides how to go on after a failed write or flush. The temporary file is removed first: its blocks
    /// may be the space that is missing.
    fn not_written(&self, what: &str, errno: Errno, temp: Temp) -> Obstacle {
        drop(temp);
        let error = Error::io(what, errno).with_path(&self.target.path);
        match errno {
            Errno::IO => Obstacle::Again(error),
            Errno::NOSPC | Errno::DQUOT if collect::make_room(&self.target, self.ambient) > 0 => {
                Obstacle::Again(error)
            }
            _ => Obstacle::Final(error),
        }
    }

    /// Switches to overwriting in place; fails with `errno` where that is impossible or not allowed.
    fn go_in_place(&mut self, what: &str, errno: Errno) -> Result<()> {
        let refused = Error::io(what, errno).with_path(&self.target.path);
        let Some(entry) = self.target.entry()? else { return Err(refused) };
        let planted = !entry.mounted && self.target.planted(&entry);
        if self.options.in_place == InPlace::Deny || entry.kind != FileType::RegularFile || planted {
            return Err(refused);
        }
        self.place = Place::Itself;
        Ok(())
    }

    fn tidy(&self) {
        if !self.options.keep_previous {
            let _ = self.target.directory.unlink(&self.target.names.previous());
        }
        // Whoever holds the lock may be overwriting the file in place.
        if !self.lock.contended() {
            let recovery = self.target.names.recovery();
            let _ = self.target.directory.unlink(&recovery);
            if let Some(elsewhere) = self.options.recovery {
                let _ = std::fs::remove_file(elsewhere.join(recovery));
            }
        }
        collect::collect(&self.target, self.ambient);
    }

    fn in_time(&self) -> Result<()> {
        self.deadline.check().map_err(|error| error.with_path(&self.target.path))
    }
}
