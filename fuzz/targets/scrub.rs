//! Takes any bytes and every preset: the promises of `scrub` hold, and a stream, wherever it is cut, gives
//! what one call gives.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use prestop::{Preset, Scrubber, json};

static SCRUBBERS: LazyLock<[(Preset, Scrubber); 3]> = LazyLock::new(|| {
    [Preset::Strict, Preset::Balanced, Preset::Molecule].map(|preset| (preset, Scrubber::new(preset)))
});

fuzz_target!(|text: &[u8]| {
    for (preset, scrubber) in SCRUBBERS.iter() {
        let once = scrubber.scrub_bytes(text);
        let findings = scrubber.findings(text);
        let mut end = 0;
        for finding in &findings {
            assert!(
                end <= finding.start && finding.start < finding.end && finding.end <= text.len(),
                "spans of {text:?}"
            );
            end = finding.end;
        }
        if *preset != Preset::Molecule {
            assert_eq!(scrubber.scrub_bytes(&once), once, "{preset:?} twice, of {text:?}");
            assert_eq!(
                findings.is_empty(),
                once == text,
                "{preset:?}: a finding and a change go together, in {text:?}"
            );
            if json::check(text).is_ok() {
                assert!(json::check(&once).is_ok(), "{preset:?}: was JSON: {text:?}");
            }
        }
        let cut = text.first().map_or(0, |&first| usize::from(first) % text.len());
        let mut stream = scrubber.stream();
        let mut said = stream.feed(&text[..cut]);
        said.extend(stream.feed(&text[cut..]));
        said.extend(stream.finish().0);
        assert_eq!(said, *once, "{preset:?}: a stream cut at {cut}, of {text:?}");
    }
});
