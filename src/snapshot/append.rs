//! Durable appends to a file of JSON lines: the results of delegations, kept until somebody reads them.
//!
//! These are the steps, in the order in which they run; success is reported only after step 7. After a
//! failure in an earlier step the line is not in the file, with two exceptions that the message names:
//! without the lock, and when the truncation fails, too, a part of it or all of it stays. Whoever appends it
//! again may store it twice; a part alone counts as one bad line. A failure after step 3 leaves the rotation
//! done: the lines of before are in `.NAME.old`.
//!
//! 1. open the file, creating it exclusively and with mode 0600 if it is missing; refuse what is not a
//!    regular file
//! 2. lock it, and check that the name still leads to it: a reader may have renamed it away
//! 3. if it would grow over its size limit, rename it to `.NAME.old` and begin a new one
//! 4. read its last byte: a line that a crash cut short is terminated first, and so counts as one bad line
//! 5. write the line and its line break in one call; a line that does not fit is truncated away again, and
//!    one that another writer's torn line came before, since step 4, is written once more
//! 6. flush the file
//! 7. flush the directory: a file that a power cut removes takes its lines with it
//!
//! Losing the lock does not lose the line: it is then appended after a line break of its own, and nothing is
//! truncated, because the end of the file may belong to another writer. For the same reason the holder of the
//! lock truncates only a file that ends with its own bytes.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FileType, FlockOperation, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::ambient::{Ambient, Deadline};
use super::directory::Synced;
use super::entry::Entry;
use super::gate::gate;
use super::lock;
use super::options::Rescrub;
use super::report::Durability;
use super::target::Target;
use super::temp::{PRIVATE, fits};
use crate::json;
use crate::scrub::Tally;
use crate::{Error, ErrorKind, Result};

/// The longest line, in bytes without its line break (1 MiB).
///
/// ```
/// assert_eq!(prestop::snapshot::MAX_LINE, 1_048_576);
/// ```
pub const MAX_LINE: usize = 1 << 20;
/// How often an attempt is repeated at once, whatever the deadline, when the file is taken away between
/// opening and writing. After that there are pauses, until the deadline.
const AT_ONCE: u32 = 8;
/// The longest pause between two attempts, in milliseconds.
const PAUSE: u64 = 16;

/// The options of an append.
///
/// ```
/// use prestop::snapshot::AppendOptions;
/// use std::time::Duration;
///
/// let scrubber = prestop::Scrubber::new(prestop::Preset::Strict);
/// let options = AppendOptions::new()
///     .with_deadline(Duration::from_secs(1))
///     .with_size_limit(1 << 20)
///     .with_rescrub(&scrubber);
/// assert!(format!("{options:?}").contains("1s"));
/// ```
#[derive(Clone, Copy)]
pub struct AppendOptions<'a> {
    deadline: Duration,
    size_limit: u64,
    rescrub: Option<&'a dyn Rescrub>,
}

impl<'a> AppendOptions<'a> {
    /// Returns the defaults: a deadline of 5 seconds, a size limit of 8 MiB and no [`Rescrub`].
    pub fn new() -> Self {
        Self { deadline: Duration::from_secs(5), size_limit: 8 << 20, rescrub: None }
    }

    /// Sets the time for waiting for the lock (at most half of it, and at most two seconds) and for trying
    /// again when the file is taken away meanwhile.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the size limit of the file in bytes. A file that would grow over it is renamed to `.NAME.old`,
    /// replacing an earlier one, and a new file begins. A single line may be longer than the limit. A file
    /// that cannot be renamed (a mounted one) grows on, up to the 64 MiB that a reader accepts.
    #[must_use]
    pub fn with_size_limit(mut self, bytes: u64) -> Self {
        self.size_limit = bytes;
        self
    }

    /// Sets what checks the line once more before it is written, by [`Rescrub::left_over`]: a string that
    /// still contains a secret is replaced by a marker.
    #[must_use]
    pub fn with_rescrub(mut self, rescrub: &'a dyn Rescrub) -> Self {
        self.rescrub = Some(rescrub);
        self
    }
}

impl Default for AppendOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for AppendOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppendOptions")
            .field("deadline", &self.deadline)
            .field("size_limit", &self.size_limit)
            .finish_non_exhaustive()
    }
}

/// What an append did.
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
/// let appended = prestop::snapshot::append(&path, b"[1]", &Default::default(), ambient)?;
/// assert!(!appended.repaired && !appended.rotated);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
// Each is an independent fact about one append.
#[allow(clippy::struct_excessive_bools)]
pub struct Appended {
    /// The path as given by the caller.
    pub path: PathBuf,
    /// The size of the line in bytes, with its line break.
    pub bytes: u64,
    /// [`Durability::Durable`], or [`Durability::Indeterminate`] when the directory could not be flushed or
    /// the file was taken away meanwhile; appending again may then store the line twice.
    pub durability: Durability,
    /// Whether the file's lock was held.
    pub locked: bool,
    /// Whether a line that a crash had cut short was terminated first.
    pub repaired: bool,
    /// Whether the file had reached its size limit, so that this line is the first of a new one.
    pub rotated: bool,
    /// What the last check of the finished line found, by label.
    pub gated: Tally,
}

/// Appends one line durably.
///
/// `line` is one scrubbed JSON document without a line break; the line break is added.
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
/// use prestop::snapshot::{AppendOptions, Durability, append, lines};
///
/// let appended = append(&path, br#"{"id": 1}"#, &AppendOptions::new(), ambient)?;
/// assert_eq!((appended.bytes, appended.durability), (10, Durability::Durable));
/// assert_eq!(lines(&path)?.lines, [br#"{"id": 1}"#]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidInput`] when `line` is not JSON or not a single line, [`ErrorKind::TooLarge`] over
/// [`MAX_LINE`], [`ErrorKind::InvalidOption`] for a path that names no file, and [`ErrorKind::Io`] when the
/// system refuses. The line is not in the file then, unless the message says that it, or a part of it, was
/// left there: that happens without the lock, and when it cannot be truncated away. Appending it again may
/// then store it twice. [`ErrorKind::InvalidTarget`] for anything but a regular file with a single name (a
/// link, a FIFO, a file with a second name), for a file whose owner is neither this process's user nor root
/// nor the directory's owner, and in a shared (sticky) directory for a file of any other user.
pub fn append(
    path: impl AsRef<Path>,
    line: &[u8],
    options: &AppendOptions<'_>,
    ambient: Ambient<'_>,
) -> Result<Appended> {
    check(line)?;
    let (line, gated) = gate(line, options.rescrub)?;
    if line.len() > MAX_LINE {
        return Err(too_long());
    }
    let path = path.as_ref();
    let deadline = Deadline::after(options.deadline, ambient);
    let target = Target::to_write(path, false)?;
    let mut rotated = false;
    let mut paused = Duration::ZERO;
    for tries in 0.. {
        if tries > AT_ONCE {
            // The sum of the pauses bounds the attempts, too, in case the host's clock does not advance.
            if deadline.left().is_zero() || paused >= options.deadline {
                break;
            }
            let pause = Duration::from_millis(1 + (ambient.random)() % PAUSE);
            (ambient.pause)(pause);
            paused += pause;
        }
        // 1. and 2.
        let Some(file) = Lines::open(&target)? else { continue };
        let locked = lock::wait(&file.fd, &deadline, ambient) == lock::Outcome::Held;
        if !file.still_there(&target)? {
            continue;
        }
        let size = file.size()?;
        // 3. size limit
        let after = size.saturating_add(line.len() as u64 + 2);
        if locked && size > 0 && after > options.size_limit && !rotated {
            match target.directory.rename(&target.name, &target.names.rotated()) {
                Ok(()) => {
                    // If a new file of that name reached the disk before this rename, the old lines would be
                    // lost.
                    if target.directory.sync() == Synced::Failed {
                        return Err(failed(&target, "cannot flush the directory", Errno::IO));
                    }
                    rotated = true;
                    continue;
                }
                // A mounted file, or a directory that accepts no new names: exceeding the limit is better
                // than losing the line, up to the size that a reader accepts.
                Err(Errno::BUSY | Errno::XDEV | Errno::ACCESS | Errno::PERM | Errno::ROFS)
                    if after <= json::MAX_BYTES as u64 => {}
                Err(errno) => return Err(failed(&target, "cannot begin a new file", errno)),
            }
        }
        // 4. to 6.
        let (repaired, written) = file.write(&target, &line, size, locked)?;
        if locked && file.joined(size, written) {
            // Both are read as one bad line, which the line break has ended: the line is appended again.
            continue;
        }
        // A reader that takes the file away from here on sees the line; one that took it before may have
        // missed it. If that cannot be determined, a line that was written must not be reported as missing.
        let taken = !file.still_there(&target).unwrap_or(false);
        file.flush(&target, size, written, locked)?;
        // 7. directory
        let synced = target.directory.readable() && target.directory.sync() != Synced::Failed;
        return Ok(Appended {
            path: path.to_owned(),
            bytes: line.len() as u64 + 1,
            durability: if synced && !taken { Durability::Durable } else { Durability::Indeterminate },
            locked,
            repaired,
            rotated,
            gated,
        });
    }
    Err(failed(&target, "the file is taken away again and again", Errno::AGAIN))
}

fn check(line: &[u8]) -> Result<()> {
    if line.len() > MAX_LINE {
        return Err(too_long());
    }
    // JSON may contain line breaks between its tokens.
    if line.contains(&b'\n') || line.contains(&b'\r') {
        return Err(Error::new(ErrorKind::InvalidInput, "not one line"));
    }
    json::check(line).map(drop)
}

fn too_long() -> Error {
    Error::new(ErrorKind::TooLarge, format!("the line is longer than {MAX_LINE} bytes"))
}

fn failed(target: &Target, what: &str, errno: Errno) -> Error {
    Error::io(what, errno).with_path(&target.path)
}

/// The open file; dropping it releases its lock.
struct Lines {
    fd: OwnedFd,
    entry: Entry,
}

impl Lines {
    /// Performs step 1. Returns `None` if another process created or removed the file in between.
    fn open(target: &Target) -> Result<Option<Self>> {
        let refuse = |what| Err(Error::new(ErrorKind::InvalidTarget, what).with_path(&target.path));
        let flags = OFlags::RDWR
            | OFlags::APPEND
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK
            | OFlags::CLOEXEC
            | OFlags::NOCTTY;
        let open = |more| target.directory.open_file(&target.name, flags | more, PRIVATE);
        // A device or FIFO is refused before it is opened.
        let (opened, faster) = match target.replaceable()?.map(|entry| entry.kind) {
            Some(FileType::Symlink) => return refuse("a symbolic link"),
            Some(_) => (open(OFlags::empty()), Errno::NOENT),
            None => {
                target.sync_place(&target.names.rotated())?;
                (open(OFlags::CREATE | OFlags::EXCL), Errno::EXIST)
            }
        };
        let fd = match opened {
            Ok(fd) => fd,
            Err(errno) if errno == faster => return Ok(None),
            Err(errno) => return Err(failed(target, "cannot open the file", errno)),
        };
        let entry = Entry::of(&fd).map_err(|errno| failed(target, "cannot look at the file", errno))?;
        if entry.kind != FileType::RegularFile {
            return refuse("not a regular file");
        }
        if entry.links > 1 {
            return refuse("the file has a second name");
        }
        if target.planted(&entry) || target.foreign(&entry) {
            return refuse("the file belongs to somebody else");
        }
        if entry.mode != PRIVATE
            && let Err(errno) = retry_on_intr(|| rustix::fs::fchmod(&fd, PRIVATE))
            && entry.mode.intersects(Mode::RWXG | Mode::RWXO)
            && !matches!(errno, Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS)
        {
            return Err(failed(target, "cannot make the file private", errno));
        }
        Ok(Some(Self { fd, entry }))
    }

    /// Whether the name still leads to this file.
    fn still_there(&self, target: &Target) -> Result<bool> {
        Ok(target.entry()?.is_some_and(|entry| entry.same_file(&self.entry)))
    }

    fn size(&self) -> Result<u64> {
        Entry::of(&self.fd)
            .map(|entry| entry.size)
            .map_err(|errno| Error::io("cannot look at the file", errno))
    }

    /// Performs steps 4 and 5. Returns whether a torn line had to be terminated first, and how many bytes
    /// were written.
    fn write(&self, target: &Target, line: &[u8], size: u64, locked: bool) -> Result<(bool, usize)> {
        let fail = |errno| failed(target, "cannot append to the file", errno);
        let torn = size > 0 && {
            let mut last = [0];
            let read =
                retry_on_intr(|| rustix::io::pread(&self.fd, &mut last[..], size - 1)).map_err(fail)?;
            read == 0 || last != *b"\n"
        };
        // Without the lock another writer may extend the file at any time.
        let ended = if torn || !locked { &b"\n"[..] } else { b"" };
        let bytes = [ended, line, b"\n"].concat();
        if !fits(size, bytes.len()) {
            return Err(fail(Errno::FBIG));
        }
        match retry_on_intr(|| rustix::io::write(&self.fd, &bytes)) {
            Ok(written) if written == bytes.len() => Ok((torn, written)),
            // No room for the rest, or a signal. A second call could be separated from the first by another
            // writer's line.
            Ok(written) if !self.cut(size, written, locked) => Err(failed(
                target,
                "cannot append to the file, and left a part of the line in it",
                Errno::NOSPC,
            )),
            written => Err(fail(written.err().unwrap_or(Errno::NOSPC))),
        }
    }

    /// Whether the `written` bytes follow a part of a line that was not there when the last byte was read: a
    /// writer without the lock has left it.
    fn joined(&self, size: u64, written: usize) -> bool {
        let mut last = *b"\n";
        let Ok(end) = rustix::fs::tell(&self.fd) else { return false };
        let start = end.saturating_sub(written as u64);
        start > size
            && retry_on_intr(|| rustix::io::pread(&self.fd, &mut last[..], start - 1)).is_ok()
            && last != *b"\n"
    }

    /// Performs step 6. A failed flush is never repeated, since the kernel may have dropped the pages: the
    /// line is removed instead.
    fn flush(&self, target: &Target, size: u64, written: usize, locked: bool) -> Result<()> {
        retry_on_intr(|| rustix::fs::fsync(&self.fd)).map_err(|errno| {
            let gone = self.cut(size, written, locked);
            failed(
                target,
                if gone { "cannot flush the file" } else { "cannot flush the file, and left the line in it" },
                errno,
            )
        })
    }

    /// Truncates the `written` bytes that were appended at `size`; false if they are still there. That is so
    /// without the lock, and if the file ends elsewhere: a writer that did not get the lock has appended,
    /// too, and may already have reported success.
    fn cut(&self, size: u64, written: usize, locked: bool) -> bool {
        let end = size.saturating_add(written as u64);
        locked
            && Entry::of(&self.fd).is_ok_and(|entry| entry.size == end)
            && retry_on_intr(|| rustix::fs::ftruncate(&self.fd, size)).is_ok()
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // A forked child may hold a copy of the descriptor, so closing ours would not release the lock.
        let _ = rustix::fs::flock(&self.fd, FlockOperation::Unlock);
    }
}
