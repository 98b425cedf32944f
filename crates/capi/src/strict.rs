//! The scrubber of the calls that are given none.

use std::sync::OnceLock;

use prestop_core::{Preset, Scrubber};

/// `strict` without known values, made once for the process.
pub(crate) fn strict() -> &'static Scrubber {
    static STRICT: OnceLock<Scrubber> = OnceLock::new();
    STRICT.get_or_init(|| Scrubber::new(Preset::Strict))
}
