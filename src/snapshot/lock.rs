//! The lock that puts the writers of one directory in order. Failing to get it must never lose a snapshot.

use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::FlockOperation;
use rustix::io::{Errno, retry_on_intr};

use super::ambient::{Ambient, Deadline};
use super::directory::Directory;

/// The longest wait for another writer.
const MAX_WAIT: Duration = Duration::from_secs(2);
/// The pause between two attempts.
const STEP: Duration = Duration::from_millis(10);

/// How waiting for a lock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Held,
    /// Somebody else holds it.
    Contended,
    /// This file system has no locks.
    Unsupported,
}

/// Waits for the lock of an open file, for half of the time that the deadline leaves and at most two seconds.
pub(super) fn wait(file: impl AsFd, deadline: &Deadline<'_>, ambient: Ambient<'_>) -> Outcome {
    wait_for(file, (deadline.left() / 2).min(MAX_WAIT), ambient)
}

fn wait_for(file: impl AsFd, mut patience: Duration, ambient: Ambient<'_>) -> Outcome {
    loop {
        match retry_on_intr(|| rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)) {
            Ok(()) => return Outcome::Held,
            Err(Errno::WOULDBLOCK) if !patience.is_zero() => {
                let wait = patience.min(STEP);
                (ambient.pause)(wait);
                patience -= wait;
            }
            Err(Errno::WOULDBLOCK) => return Outcome::Contended,
            Err(_) => return Outcome::Unsupported,
        }
    }
}

/// A lock on a directory, released when dropped.
#[derive(Debug)]
pub(super) struct Lock {
    directory: Option<Arc<Directory>>,
    contended: bool,
}

impl Lock {
    /// Waits for the lock, for half of the time that the deadline leaves and at most two seconds. The result
    /// may be a lock that is not held.
    pub(super) fn take(directory: &Arc<Directory>, deadline: &Deadline<'_>, ambient: Ambient<'_>) -> Self {
        if !directory.readable() {
            return Self { directory: None, contended: false };
        }
        Self::of(directory, wait(&**directory, deadline, ambient))
    }

    fn of(directory: &Arc<Directory>, outcome: Outcome) -> Self {
        Self {
            directory: (outcome == Outcome::Held).then(|| Arc::clone(directory)),
            contended: outcome == Outcome::Contended,
        }
    }

    /// Goes on waiting until the deadline, if somebody else holds it.
    pub(super) fn insist(
        &mut self,
        directory: &Arc<Directory>,
        deadline: &Deadline<'_>,
        ambient: Ambient<'_>,
    ) {
        if self.contended {
            *self = Self::of(directory, wait_for(&**directory, deadline.left(), ambient));
        }
    }

    /// Whether it is held.
    pub(super) fn held(&self) -> bool {
        self.directory.is_some()
    }

    /// Whether somebody else holds it.
    pub(super) fn contended(&self) -> bool {
        self.contended
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(directory) = &self.directory {
            // A forked child may hold a copy of the descriptor, so closing ours would not release the lock.
            let _ = rustix::fs::flock(&**directory, FlockOperation::Unlock);
        }
    }
}
