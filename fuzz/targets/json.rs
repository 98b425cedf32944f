//! Takes any bytes as JSON: the two readers agree, and JSON that is scrubbed by its structure is JSON, and
//! does not change when scrubbed again.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use prestop::value::{Layout, scrub_json};
use prestop::{Preset, Scrubber, json};

static SCRUBBER: LazyLock<Scrubber> = LazyLock::new(|| Scrubber::new(Preset::Strict));

fuzz_target!(|text: &[u8]| {
    let checked = json::check(text).is_ok();
    assert_eq!(json::parse(text).is_ok(), checked, "the readers disagree on {text:?}");
    match json::tolerable(text) {
        Ok(better) => assert!(json::check(&better).is_ok() && (!checked || better == text), "of {text:?}"),
        Err(_) => assert!(!checked, "JSON, and not tolerable: {text:?}"),
    }
    match scrub_json(text, Layout::Compact, &SCRUBBER) {
        Ok((once, _)) => {
            assert!(checked, "scrubbed, and is not JSON: {text:?}");
            let (twice, _) =
                scrub_json(&once, Layout::Compact, &SCRUBBER).expect("what was scrubbed is JSON");
            assert_eq!(String::from_utf8_lossy(&twice), String::from_utf8_lossy(&once), "twice, of {text:?}");
        }
        Err(_) => assert!(!checked, "JSON, and not scrubbed: {text:?}"),
    }
});
