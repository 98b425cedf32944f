//! Which values are kept when there are more than the limit.

use std::cmp::Reverse;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use super::Known;
use crate::{Error, ErrorKind, Result};

/// The most values that are held.
pub(super) const MOST: usize = 1024;

/// Why a value is known. Beyond the limit the lowest priority is dropped first, and of equal priority the
/// oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Priority {
    /// A string inside a value that is a JSON document.
    Part,
    /// A secret that has been rotated.
    Former,
    /// A secret in use, which is never dropped.
    Current,
}

/// Drops duplicates and whatever exceeds [`MOST`]. Of equal values the one with the higher priority is kept,
/// and at equal priority the newer one.
///
/// # Errors
/// `InvalidOption` if the current secrets alone exceed the limit.
pub(super) fn forget(values: &mut VecDeque<Arc<Known>>) -> Result<()> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|&at| Reverse((values[at].standing, at)));
    let mut seen = HashSet::new();
    order.retain(|&at| seen.insert(&*values[at].value));
    if order.get(MOST).is_some_and(|&at| values[at].standing == Priority::Current) {
        let message = format!("known_secrets: more than {MOST} values");
        return Err(Error::new(ErrorKind::InvalidOption, message));
    }
    order.truncate(MOST);
    order.sort_unstable();
    *values = order.into_iter().map(|at| values[at].clone()).collect();
    Ok(())
}
