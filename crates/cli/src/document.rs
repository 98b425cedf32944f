//! Reads a snapshot without changing anything, and scrubs it again before anyone sees it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use prestop::Scrubber;
use prestop::scrub::{ScrubberBuilder, marker};
use prestop::snapshot::{self, ReadOptions, Reading};
use prestop_agent::outside::{self, Outside};

use crate::environment;
use crate::failure::{Failure, named, shown};

/// The most labels of other processes that are accepted.
const MAX_LABELS: usize = 256;

/// A snapshot that exists, possibly damaged.
pub struct Found {
    /// Its path.
    pub path: PathBuf,
    /// What was read.
    pub reading: Reading,
}

impl Found {
    /// Reads the snapshot at the given path, or at that of the environment; nothing on the disk changes.
    pub fn at(given: Option<PathBuf>, scrubber: &Scrubber) -> Result<Self, Failure> {
        let is_given = given.is_some();
        let path = given.unwrap_or_else(environment::snapshot_path);
        let rules = scrubber.rule_set();
        let options = ReadOptions::new(&rules).with_repair(false).with_rescrub(scrubber);
        let reading = snapshot::examine(&path, &options, Outside::new().ambient())?;
        if reading.restored.is_none() && !reading.corrupt {
            let place = if is_given { named(&path, "that path") } else { shown(&path.to_string_lossy()) };
            return Err(Failure::new(format!("there is no snapshot at {place}")).with_next(
                "the first stop or checkpoint writes one; an argument or AGENT_SNAPSHOT_PATH says where",
            ));
        }
        Ok(Self { path, reading })
    }
}

/// Returns how often each label occurs in a text.
pub fn labels(text: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for (_, label) in marker::in_text(text) {
        *counts.entry(label.to_owned()).or_default() += 1;
    }
    counts
}

/// Returns a scrubber that treats the markers in `text` as markers.
///
/// Markers name secrets that the process which wrote the text knew and this process need not know. To this
/// process they would be ordinary text, and `DB_PASSWORD=[REDACTED:DB_PASSWORD]` an assignment with a secret
/// in it. A label that is itself a finding is not accepted.
pub fn acquainted(builder: &ScrubberBuilder, text: &[u8]) -> prestop::Result<Scrubber> {
    let scrubber = builder.clone().build()?;
    let text = String::from_utf8_lossy(text);
    let harmless = |label: &String| scrubber.findings(label.as_bytes()).is_empty();
    let labels = labels(&text).into_keys().filter(harmless).take(MAX_LABELS);
    // A scrubber accepts the labels of its known values. The random values given here occur nowhere.
    let unheard =
        labels.map(|label| (label, format!("{:016x}{:016x}", outside::random(), outside::random())));
    builder.clone().with_known_secrets(unheard.collect::<Vec<_>>())?.build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use prestop::Preset;

    #[test]
    fn a_label_of_another_process_is_no_secret_and_a_secret_is_no_label() {
        let builder = Scrubber::builder(Preset::Strict);
        let marked = b"DEPLOY_PASSWORD=[REDACTED:DEPLOY_PASSWORD] make";
        let scrubber = acquainted(&builder, marked).expect("it can be built");
        assert_eq!(scrubber.scrub_bytes(marked), marked.as_slice());
        let forged = format!("see [REDACTED:{}{}]", "AKIA", "Q7R2MXW9TB4ZC6VN");
        let scrubber = acquainted(&builder, forged.as_bytes()).expect("it can be built");
        assert!(!scrubber.scrub_text(&forged).contains("Q7R2MXW9TB4ZC6VN"));
    }
}
