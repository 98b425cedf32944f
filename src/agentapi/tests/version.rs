use proptest::prelude::*;

use crate::agentapi::{PERSISTENCE, reported_version, version_at_least};

fn enough(text: &str) -> bool {
    version_at_least(text, PERSISTENCE)
}

proptest! {
    #[test]
    fn three_numbers_are_compared_as_numbers(version in any::<[u32; 3]>(), minimum in any::<[u32; 3]>(), v in "v?") {
        let [major, minor, patch] = version;
        let wide = minimum.map(u64::from);
        let text = format!("agentapi version {v}{major}.{minor}.{patch}");
        prop_assert_eq!(version_at_least(&text, wide), version >= minimum);
    }

    #[test]
    fn what_is_no_version_never_passes(text in "(?s).{0,20}") {
        let shape = text.split_whitespace().any(|word| {
            let numbers = word.trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
            numbers.split('.').count() == 3 && numbers.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        });
        prop_assert!(shape || !enough(&text));
    }
}

#[test]
fn the_version_is_looked_for_in_its_line() {
    for text in [
        "agentapi version 0.12.1\nno configuration found",
        "agentapi version 0.12.1 (a1b2c3d, 2026-02-01)",
        "warning: node 1.2.3 is old\nagentapi version v0.12.1",
        "Version: 0.12.1",
    ] {
        assert!(enough(text), "{text}");
    }
    // Of several that it may be, all have to do.
    for text in [
        "agentapi version 0.11.8\nA new version is available: 0.13.0",
        "node 18.2.0\nagentapi version 0.11.8",
        "0.11.8\n0.13.0",
        "agentapi version dev",
    ] {
        assert!(!enough(text), "{text}");
    }
    assert_eq!(reported_version("agentapi version 0.11.8\nbuilt with 1.22.3"), Some([0, 11, 8]));
    assert_eq!(["", "latest", "1.0"].map(reported_version), [None; 3]);
}

#[test]
fn the_cases_in_which_the_module_gate_fails_open_are_refused() {
    for text in ["0.11.8", "latest", "", "1.0", "0.9.0-preview", "0.08.0", "unknown", "0.12", "v", "0.12.0.1"]
    {
        assert!(!enough(text), "{text}");
    }
    for text in
        ["0.12.0", "v0.12.0", "0.12.1", "99.99.99", "0.12.0-rc1", "0.12.0-rc.2+5", "0.13.0-alpha", "1.0.0+x"]
    {
        assert!(enough(text), "{text}");
    }
    for text in ["0.12.0-", "0.12.0+", "0.12.1-ü", "+0.12.1", "0.12.99999999999999999999", "0.12.1 is old"] {
        assert!(!enough(text), "{text}");
    }
}
