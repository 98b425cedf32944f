//! Reading a file of JSON lines, in which one bad line never costs another.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::append::MAX_LINE;
use super::document::open_regular;
use super::target::Target;
use crate::json;
use crate::{Error, ErrorKind, Result};

/// The content of a file of JSON lines.
///
/// ```
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("results.jsonl");
/// std::fs::write(&path, "{\"id\": 1}\nnot JSON\n{\"id\": 2}\n{\"id\"")?;
/// let found = prestop::snapshot::lines(&path)?;
/// assert_eq!((found.lines.len(), found.bad), (2, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lines {
    /// The lines that are JSON, in the order of the file, without line breaks.
    pub lines: Vec<Vec<u8>>,
    /// How many lines are bad: cut short by a crash, too long, or not written by us.
    pub bad: u64,
}

impl std::fmt::Debug for Lines {
    // The lines are not shown, since debug output ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines")
            .field("lines", &self.lines.len())
            .field("bad", &self.bad)
            .finish_non_exhaustive()
    }
}

/// Reads a file of JSON lines, without a lock. The result is empty if there is no file.
///
/// NUL bytes before a line, which a power cut may leave, are not part of it. Empty lines are ignored. A line
/// over [`MAX_LINE`] is bad, and is skipped without being held in memory. A last line without a line break
/// counts only if it is a complete object: a number that was cut short would look like another number. A
/// symbolic link as the last component is refused, not followed.
///
/// ```
/// # let place = tempfile::tempdir()?;
/// assert_eq!(prestop::snapshot::lines(place.path().join("missing.jsonl"))?.lines.len(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidOption`] for a path that names no file, [`ErrorKind::InvalidTarget`] for what is not a
/// regular file, [`ErrorKind::TooLarge`] over 64 MiB, [`ErrorKind::Io`] when the system refuses.
pub fn lines(path: impl AsRef<Path>) -> Result<Lines> {
    lines_of(path.as_ref(), false)
}

/// Like [`lines`], but only for a file that nobody else can have put there: it has a single name and belongs
/// to this process's user, to root, or to the owner of its directory.
///
/// ```
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("results.jsonl");
/// std::fs::write(&path, "{\"id\": 1}\n")?;
/// assert_eq!(prestop::snapshot::own_lines(&path)?.lines.len(), 1);
/// std::fs::hard_link(&path, place.path().join("second"))?;
/// assert!(prestop::snapshot::own_lines(&path).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`lines`], and [`ErrorKind::InvalidTarget`] for a file of any other user or with a second name.
pub fn own_lines(path: impl AsRef<Path>) -> Result<Lines> {
    lines_of(path.as_ref(), true)
}

fn lines_of(path: &Path, own: bool) -> Result<Lines> {
    let Some(target) = Target::to_read(path, false)? else { return Ok(Lines::default()) };
    let Some((file, entry)) = open_regular(&target.directory, &target.name, false)? else {
        return Ok(Lines::default());
    };
    let refuse = |what| Err(Error::new(ErrorKind::InvalidTarget, what).with_path(path));
    if own && target.foreign(&entry) {
        return refuse("the file belongs to somebody else");
    }
    if own && entry.links > 1 {
        return refuse("the file has a second name");
    }
    let too_large = || {
        let what = format!("larger than {} bytes", json::MAX_BYTES);
        Error::new(ErrorKind::TooLarge, what).with_path(path)
    };
    if entry.size > json::MAX_BYTES as u64 {
        return Err(too_large());
    }
    let mut reader = BufReader::new(File::from(file).take(json::MAX_BYTES as u64 + 1));
    let mut found = Lines::default();
    let mut total = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = read_line(&mut reader, &mut line)
            .map_err(|error| Error::io("cannot read the lines", error).with_path(path))?;
        total += read;
        if total > json::MAX_BYTES {
            return Err(too_large());
        }
        if read == 0 {
            return Ok(found);
        }
        found.judge(&line, read);
    }
}

impl Lines {
    /// Counts one line of `read` bytes, of which `line` is the beginning.
    fn judge(&mut self, line: &[u8], read: usize) {
        let ended = line.last() == Some(&b'\n');
        let whole = line.len() == read;
        let line = line.trim_ascii();
        let nul = line.iter().take_while(|&&byte| byte == 0).count();
        let line = line[nul..].trim_ascii();
        if line.is_empty() && whole {
            return;
        }
        match json::check(line) {
            Ok(summary) if whole && (ended || summary.object) => self.lines.push(line.to_owned()),
            _ => self.bad += 1,
        }
    }
}

/// Reads up to the next line break or the end, and returns how many bytes that were. Only the beginning is
/// kept of a line that is too long.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<usize> {
    let mut total = 0;
    loop {
        let chunk = match reader.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = memchr::memchr(b'\n', chunk).map(|at| at + 1);
        let used = end.unwrap_or(chunk.len());
        // The longest line with a line break of two bytes; a longer one is cut here, and so does not look
        // whole.
        let room = (MAX_LINE + 2).saturating_sub(line.len());
        line.extend_from_slice(&chunk[..used.min(room)]);
        total += used;
        reader.consume(used);
        if end.is_some() || used == 0 {
            return Ok(total);
        }
    }
}
