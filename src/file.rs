//! Reading of files that a user has named: regular files only, without blocking and within a size limit.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// Reads a regular file of at most `most` bytes.
///
/// Never blocks: a FIFO or a device is refused.
///
/// ```
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("token");
/// std::fs::write(&path, "abc")?;
/// assert_eq!(prestop::read_regular(&path, 3)?, b"abc");
/// assert_eq!(prestop::read_regular(&path, 2).unwrap_err().to_string(), "larger than 2 bytes");
/// assert_eq!(prestop::read_regular("/dev/zero", 2).unwrap_err().to_string(), "not a regular file");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Any error of the operating system, [`ErrorKind::InvalidInput`] if the file is not a regular file, and
/// [`ErrorKind::FileTooLarge`] if it is larger than `most` bytes.
pub fn read_regular(path: impl AsRef<Path>, most: usize) -> Result<Vec<u8>> {
    let bytes = read_beginning(path, most.saturating_add(1))?;
    if bytes.len() > most {
        return Err(Error::new(ErrorKind::FileTooLarge, format!("larger than {most} bytes")));
    }
    Ok(bytes)
}

/// Reads the first `most` bytes of a regular file, with the restrictions of [`read_regular`].
pub(crate) fn read_beginning(path: impl AsRef<Path>, most: usize) -> Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let not_regular = || Error::new(ErrorKind::InvalidInput, "not a regular file");
    let file = match rustix::fs::open(path.as_ref(), flags, Mode::empty()) {
        Ok(file) => File::from(file),
        // A socket, or a device that does not exist.
        Err(rustix::io::Errno::NXIO | rustix::io::Errno::NODEV) => return Err(not_regular()),
        Err(errno) => return Err(errno.into()),
    };
    if !file.metadata()?.is_file() {
        return Err(not_regular());
    }
    let mut bytes = Vec::new();
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_regular_file_is_refused_and_not_waited_for() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        assert!(std::process::Command::new("mkfifo").arg(path("fifo")).status().unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        for other in [path("fifo"), path("socket"), place.path().to_owned(), "/dev/null".into()] {
            let error = read_regular(&other, 9).unwrap_err();
            assert_eq!(error.to_string(), "not a regular file", "{}", other.display());
        }
        assert_eq!(read_regular(path("missing"), 9).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn what_a_file_says_of_its_size_is_not_believed() {
        // The size of this file is reported as 0.
        assert!(read_regular("/proc/self/status", 1 << 20).is_ok_and(|bytes| !bytes.is_empty()));
        assert_eq!(read_regular("/proc/self/status", 9).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
