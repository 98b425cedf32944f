//! The write protocol: after a crash the path holds the complete old or the complete new document.
//!
//! The steps stand here once, in the order in which they happen. Up to step 8 a failure leaves the old document
//! untouched and no new file; success is reported only after step 9.
//!
//! 1. open the directory (made where it is missing), refuse what must not be replaced
//! 2. take the directory's lock; go on without it rather than lose the document
//! 3. choose a random temporary name
//! 4. create that file, exclusively and 0600, or take the one that the host has opened
//! 5. write the bytes, then the checksum attribute
//! 6. flush the file and close it
//! 7. keep the old document as `.NAME.prev`
//! 8. rename the temporary file over the name
//! 9. flush the directory
//! 10. remove what earlier crashes left
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
use super::document::Document;
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
/// `bytes` is scrubbed JSON; it is written as it is.
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
/// [`ErrorKind::InvalidInput`] when `bytes` is not JSON, as [`json::check`] says; else as [`Write::begin`] and [`Write::commit`].
pub fn write(
    path: impl AsRef<Path>,
    bytes: &[u8],
    options: &WriteOptions<'_>,
    ambient: Ambient<'_>,
) -> Result<WriteReport> {
    // A larger one is read while it is made smaller.
    if bytes.len() <= json::MAX_BYTES {
        json::check(bytes).map_err(|error| error.with_path(path.as_ref()))?;
    }
    Write::begin(path, options, ambient)?.commit(bytes)
}

/// A write that has begun: the directory is open and locked, and nothing is written.
///
/// Dropped before [`commit`](Self::commit), it leaves nothing behind.
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
    /// Dropped before the lock: a temporary file goes while nobody else writes.
    place: Place,
    lock: Lock,
}

/// Where the bytes go first.
#[derive(Debug)]
enum Place {
    Undecided,
    Temporary(Temp),
    /// Over the old document.
    Itself,
}

/// Why the steps stopped.
enum Obstacle {
    /// The name cannot be replaced, but perhaps overwritten.
    NotReplaceable(Errno),
    /// Worth one more attempt with a new file.
    Again(Error),
    /// It would not be finished in time, but so many bytes would.
    Late(usize),
    Final(Error),
}

impl<'a> Write<'a> {
    /// Steps 1 to 3.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for a path that names no file (empty, with a NUL, ending in `/`, `.` or `..`)
    /// and for an unusable rule-set name; [`ErrorKind::InvalidTarget`] for a directory, FIFO, device,
    /// socket, or anything under a `..data` link; [`ErrorKind::Io`] when the directory cannot be opened or made, or the
    /// file is a mount point and [`InPlace::Deny`] is set.
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

    /// Whether a temporary file is wanted: by [`create`](Self::create), or opened by the host and handed to
    /// [`adopt`](Self::adopt). False once there is one, and when the document is overwritten in place.
    pub fn needs_file(&self) -> bool {
        matches!(self.place, Place::Undecided)
    }

    /// The name under which the host creates the temporary file, relative to [`directory`](Self::directory).
    pub fn temporary_name(&self) -> &OsStr {
        &self.temporary
    }

    /// The directory, open; lives as long as this.
    pub fn directory(&self) -> BorrowedFd<'_> {
        self.target.directory.as_fd()
    }

    /// The directory's path, for messages.
    pub fn directory_path(&self) -> &Path {
        self.target.directory.path()
    }

    /// Step 4: creates the temporary file. [`commit`](Self::commit) does it where nobody has.
    ///
    /// # Errors
    /// [`ErrorKind::Io`], unless the document can be overwritten in place.
    pub fn create(&mut self) -> Result<()> {
        let mut room = true;
        for _ in 0..3 {
            match Temp::create(&self.target.directory, self.temporary.clone()) {
                Ok(temp) => {
                    self.place = Place::Temporary(temp);
                    return Ok(());
                }
                // A file system may run out of inodes, too.
                Err(Errno::NOSPC | Errno::DQUOT)
                    if std::mem::take(&mut room) && collect::make_room(&self.target, self.ambient) > 0 => {}
                Err(Errno::EXIST) => self.temporary = self.target.names.temporary((self.ambient.random)()),
                Err(errno) => return self.open_failed(errno.into()),
            }
        }
        self.open_failed(Errno::EXIST.into())
    }

    /// Step 4, when the host has created the file [`temporary_name`](Self::temporary_name) in
    /// [`directory`](Self::directory) itself, exclusively and for writing.
    ///
    /// The descriptor is duplicated: the host may close its own at any time. From here on the file is removed on
    /// every failure.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidTarget`] unless the descriptor and the name are the same empty regular file with one name,
    /// open for writing; nothing is touched then.
    pub fn adopt(&mut self, fd: impl AsFd) -> Result<()> {
        if !self.needs_file() {
            return Err(Error::new(ErrorKind::InvalidTarget, "no temporary file was asked for"));
        }
        self.place = Place::Temporary(Temp::adopt(&self.target.directory, &self.temporary, fd)?);
        Ok(())
    }

    /// Step 4, when the host has created that file and says which one it is instead of handing its descriptor over,
    /// which safe code cannot take from every language.
    ///
    /// # Errors
    /// As [`adopt`](Self::adopt), also when the name leads to another file than the one of `device` and `inode`;
    /// [`ErrorKind::Io`] when it cannot be opened.
    pub fn adopt_created(&mut self, device: u64, inode: u64) -> Result<()> {
        if !self.needs_file() {
            return Err(Error::new(ErrorKind::InvalidTarget, "no temporary file was asked for"));
        }
        let temp = Temp::adopt_created(&self.target.directory, &self.temporary, device, inode)?;
        self.place = Place::Temporary(temp);
        Ok(())
    }

    /// Step 4, when the host could not create the file: the document is then overwritten in place where the error means
    /// that the directory takes no new files and the options allow it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] with `error` as its source when it is not so: the write has failed.
    pub fn open_failed(&mut self, error: std::io::Error) -> Result<()> {
        const WHAT: &str = "cannot create a file in the directory";
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(errno @ (Errno::ACCESS | Errno::PERM | Errno::ROFS)) => self.go_in_place(WHAT, errno),
            _ => Err(Error::io(WHAT, error).with_path(self.directory_path())),
        }
    }

    /// Steps 4 (if still to be done) to 10.
    ///
    /// A document over the size limit, or of several megabytes that would not be finished by the deadline at the pace at
    /// which the disk takes it, is made smaller: its longest strings are cut, then the oldest lines of `transcript_lines`
    /// go, and before them the largest other values where these are what is too large; [`WriteReport::shrunk`] counts what went. [`Rescrub::left_over`](super::Rescrub::left_over) is asked about the
    /// bytes first; [`WriteReport::gated`] counts what it found.
    ///
    /// That `bytes` is JSON is not looked at, other than by [`write()`], since an encoder's output is: anything else is in the file then, and the
    /// next read takes it for damaged.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] when there is nothing that can be cut, [`ErrorKind::TimedOut`] and [`ErrorKind::Io`]: the old document is intact, and no new
    /// file is left. The exception is an in-place write that failed midway, whose text says so: the next read
    /// finishes it from the recovery copy.
    pub fn commit(mut self, bytes: &[u8]) -> Result<WriteReport> {
        let at_path = |error: Error| error.with_path(&self.target.path);
        let (whole, gated) = gate(bytes, self.options.rescrub).map_err(at_path)?;
        let limit = self.options.size_limit.min(json::MAX_BYTES);
        let (mut bytes, mut shrunk) = shrink(&whole, limit).map_err(at_path)?;
        self.in_time()?;
        let old = Old::load(&self.target);
        let generation = old.document().and_then(Document::generation).unwrap_or(0).saturating_add(1);
        let mut attribute = Attribute::of(&bytes, generation, self.options.rules);
        let (mut rewritten, mut hurried) = (false, false);
        loop {
            match std::mem::replace(&mut self.place, Place::Undecided) {
                Place::Undecided => self.create()?,
                Place::Itself => {
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
                        attribute = Attribute::of(&bytes, generation, self.options.rules);
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

    /// Steps 5 to 10.
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
                // Somebody took the temporary file for a left-over.
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

    /// The same for a document that stays where it is.
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

    /// What to do after a failed write or flush. The file goes first: its blocks may be what is missing.
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

    /// Decides for overwriting in place, or for `errno` as the end of the write.
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
        let recovery = self.target.names.recovery();
        let _ = self.target.directory.unlink(&recovery);
        if let Some(elsewhere) = self.options.recovery {
            let _ = std::fs::remove_file(elsewhere.join(recovery));
        }
        collect::collect(&self.target, self.ambient);
    }

    fn in_time(&self) -> Result<()> {
        self.deadline.check().map_err(|error| error.with_path(&self.target.path))
    }
}
