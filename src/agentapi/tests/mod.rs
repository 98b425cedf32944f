//! Tests of the core of AgentAPI: properties over arbitrary values first, then the statements of its
//! contract.

mod log_snapshot;
mod secure;
mod state;
mod version;

use crate::{Preset, Scrubber};

fn balanced() -> Scrubber {
    Scrubber::new(Preset::Balanced)
}

/// A secret that is recognised everywhere. It is put together here, so that no scanner takes this file for a
/// leak.
fn secret() -> String {
    format!("{}{}", "ghp_", "x1Y2z3W4".repeat(5))
}
