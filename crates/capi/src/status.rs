//! The status that a call returns.

use prestop_core::ErrorKind;

/// The outcome of a call. Zero is success. The numbers are permanent: 1xx are errors in the caller's
/// arguments, 2xx in the rules of a scrubber, 3xx in files, 9xx faults of this library. New ones may be
/// added, so treat a number that you do not know as a failure.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "the header lists them all")]
pub enum prestop_status {
    /// Success.
    PRESTOP_OK = 0,
    /// Success, but there is nothing to return: no snapshot at the path, no secret in the body. Not an error;
    /// sets no error object.
    PRESTOP_NOT_FOUND = 1,

    /// A pointer that must not be NULL is NULL, or a NULL text has a length other than 0.
    PRESTOP_NULL_ARGUMENT = 100,
    /// An option cannot be used. The message names the option.
    PRESTOP_INVALID_OPTION = 101,
    /// The input is not what it should be: not JSON, not UTF-8, nested too deep, or a field of another type.
    PRESTOP_INVALID_INPUT = 102,
    /// Longer than can be handled: a document over 64 MiB, or a length over half the address space.
    PRESTOP_TOO_LARGE = 103,

    /// A rule, or a file of rules, cannot be used. The message names the rule and its field.
    PRESTOP_INVALID_RULE = 200,

    /// The operating system refused. The message says what was being done, to which path, and why it failed.
    PRESTOP_IO = 300,
    /// The path is not a regular file that may be replaced: a directory, a FIFO, a device, or a link that is
    /// refused.
    PRESTOP_INVALID_TARGET = 301,
    /// The deadline passed before the new snapshot was in place. The old one is intact.
    PRESTOP_TIMED_OUT = 302,
    /// The snapshot was damaged, and there was no previous one to fall back to. The message says whether the
    /// file has been set aside. If it has, the next read returns PRESTOP_NOT_FOUND; if it could not be (on a
    /// read-only file system), it is still in place.
    PRESTOP_CORRUPT = 303,
    /// The file could only be overwritten in place, such as a file that is a mount point, and the operating
    /// system refused midway: it may hold neither the old snapshot nor the new one. The next read finishes
    /// the write from the recovery copy beside the file, or else returns the previous snapshot, if there is
    /// one.
    PRESTOP_TORN = 304,

    /// A fault of this library. The call has done its work partly or not at all. A stream that was passed to it
    /// can only be freed: every further call with it returns this status. A tracker has lost no result and may
    /// be used on.
    PRESTOP_INTERNAL = 900,
}

impl From<ErrorKind> for prestop_status {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidOption => Self::PRESTOP_INVALID_OPTION,
            ErrorKind::InvalidRule => Self::PRESTOP_INVALID_RULE,
            ErrorKind::InvalidInput => Self::PRESTOP_INVALID_INPUT,
            ErrorKind::InvalidTarget => Self::PRESTOP_INVALID_TARGET,
            ErrorKind::TooLarge => Self::PRESTOP_TOO_LARGE,
            ErrorKind::TimedOut => Self::PRESTOP_TIMED_OUT,
            ErrorKind::Io => Self::PRESTOP_IO,
            ErrorKind::Torn => Self::PRESTOP_TORN,
            // A kind that the core has added and that has no status here.
            _ => Self::PRESTOP_INTERNAL,
        }
    }
}
