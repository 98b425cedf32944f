//! Scrubs any bytes with `molecule`: the result is, byte for byte, that of the plain Python implementation of
//! its 13 patterns.
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
    // Done before the first input, so that a missing interpreter is not reported as a finding.
    init: {
        LazyLock::force(&ORACLE);
    },
    |text: &[u8]| {
        let Some(expected) = ORACLE.lock().expect("a finding ends the process").scrub(text) else { return };
        let got = SCRUBBER.scrub_bytes(text);
        assert_eq!(got.escape_ascii().to_string(), expected.escape_ascii().to_string(), "of {text:?}");
    }
);
