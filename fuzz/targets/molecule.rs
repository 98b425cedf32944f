//! Any bytes, scrubbed with `molecule`: what the plain-Python statement of its 13 patterns gives, byte for byte.
#![no_main]

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use std::sync::{LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use oracle::Oracle;
use prestop::{Preset, Scrubber};

static SCRUBBER: LazyLock<Scrubber> = LazyLock::new(|| Scrubber::new(Preset::Molecule));
static ORACLE: LazyLock<Mutex<Oracle>> = LazyLock::new(|| match Oracle::start() {
    Ok(oracle) => Mutex::new(oracle),
    Err(error) => {
        eprintln!("no python3 to compare with: {error}");
        std::process::exit(1)
    }
});

fuzz_target!(
    // Before the first input, so that what is missing is not taken for a finding.
    init: {
        LazyLock::force(&ORACLE);
    },
    |text: &[u8]| {
        let Some(expected) = ORACLE.lock().expect("a finding ends the process").scrub(text) else { return };
        let got = SCRUBBER.scrub_bytes(text);
        assert_eq!(got.escape_ascii().to_string(), expected.escape_ascii().to_string(), "of {text:?}");
    }
);
