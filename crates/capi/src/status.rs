//! The status of a call.

use prestop_core::ErrorKind;

/// What a call came to. Zero is success. The numbers are permanent: 1xx are the caller's arguments, 2xx the rules of a
/// scrubber, 3xx files, 9xx faults of this library. More may be added, so treat one that you do not know as a failure.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "the header lists them all")]
pub enum prestop_status {
    /// Done.
    PRESTOP_OK = 0,
    /// Done, and there is nothing: no snapshot at the path, no secret in the body. Not an error; sets no error object.
    PRESTOP_NOT_FOUND = 1,

    /// A pointer that must not be NULL is NULL, or a NULL text has a length.
    PRESTOP_NULL_ARGUMENT = 100,
    /// An option cannot be used. The message names the option.
    PRESTOP_INVALID_OPTION = 101,
    /// Bytes that are not what they should be: not JSON, not UTF-8, too deep, a field of another type.
    PRESTOP_INVALID_INPUT = 102,
    /// Longer than can be handled: a document of over 64 MiB, a length of over half the address space.
    PRESTOP_TOO_LARGE = 103,

    /// A rule, or a file of rules, cannot be used. The message names the rule and its field.
    PRESTOP_INVALID_RULE = 200,

    /// The operating system refused. The message says what was being done, to which path, and why it failed.
    PRESTOP_IO = 300,
    /// The path is not a regular file that may be replaced: a directory, a FIFO, a device, a refused link.
    PRESTOP_INVALID_TARGET = 301,
    /// The deadline passed before the new snapshot was in place. The old one is intact.
    PRESTOP_TIMED_OUT = 302,
    /// The snapshot was damaged, and there was no previous one to go back to. The message says whether it has been set aside, after which
    /// the next read says PRESTOP_NOT_FOUND; where it could not be (a file system that is read-only), it stands where it was.
    PRESTOP_CORRUPT = 303,

    /// A fault of this library. The call has done nothing or not all; objects that took part in it may still be freed.
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
            // A kind that the core has and this list does not.
            _ => Self::PRESTOP_INTERNAL,
        }
    }
}
