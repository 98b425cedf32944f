//! Takes any text, nested in JSON once, twice and three times: when scrubbed as text, it parses at every
//! layer, and scrubbing it again changes nothing.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use prestop::{Preset, Scrubber};
use serde_json::{Value, json};

const LAYERS: usize = 3;

static SCRUBBERS: LazyLock<[Scrubber; 2]> =
    LazyLock::new(|| [Preset::Strict, Preset::Balanced].map(Scrubber::new));

fuzz_target!(|text: &str| {
    // A number alone in a string is text, although it parses as JSON.
    let was_json = text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<Value>(text).is_ok();
    for scrubber in SCRUBBERS.iter() {
        let mut carried = text.to_owned();
        for depth in 1..=LAYERS {
            carried = json!({ "role": "user", "content": carried, "turn": depth }).to_string();
            let once = scrubber.scrub_text(&carried);
            assert_eq!(scrubber.scrub_text(&once), once, "twice, {depth} layers deep, of {text:?}");
            let mut layer = once.into_owned();
            for outside in (1..=depth).rev() {
                let read: Value = serde_json::from_str(&layer).unwrap_or_else(|error| {
                    panic!("layer {outside} of {depth}: {error}, of {text:?}: {layer:?}")
                });
                assert_eq!((&read["role"], &read["turn"]), (&json!("user"), &json!(outside)), "of {text:?}");
                let inside = read["content"]
                    .as_str()
                    .unwrap_or_else(|| panic!("no text in layer {outside} of {text:?}"));
                layer = inside.to_owned();
            }
            assert!(
                !was_json || serde_json::from_str::<Value>(&layer).is_ok(),
                "was JSON: {text:?}, is {layer:?}"
            );
        }
    }
});
