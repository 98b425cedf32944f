//! Which values are held where there are more than may be.

use std::cmp::Reverse;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use super::Known;
use crate::{Error, ErrorKind, Result};

/// How many values are held.
pub(super) const MOST: usize = 1024;

/// Why a value is known: where there are too many, those leave first that stand lowest, and of these the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Priority {
    /// A string in a value that is a JSON document.
    Part,
    /// What a secret was before it was another.
    Former,
    /// A secret of now, which never leaves.
    Current,
}

/// Of what is held twice leaves the one that stands lower, of those that stand alike the older; then what is beyond the bound.
///
/// # Errors
/// `InvalidOption` where more than that are of now.
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
