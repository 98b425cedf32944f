//! The scrubber of the functions that take none.

use std::sync::OnceLock;

use prestop_core::{Preset, Scrubber};

/// Returns a `strict` scrubber without known values, created once per process.
pub(crate) fn strict() -> &'static Scrubber {
    static STRICT: OnceLock<Scrubber> = OnceLock::new();
    STRICT.get_or_init(|| Scrubber::new(Preset::Strict))
}
