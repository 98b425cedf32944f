//! Takes any bytes as the host's state, as the platform's responses and as the results file: bodies are JSON,
//! and messages have one line.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use prestop::heartbeat::{Delegations, inbound_secret, payload_json};
use prestop::{Preset, Scrubber, json};

static SCRUBBER: LazyLock<Scrubber> = LazyLock::new(|| Scrubber::new(Preset::Strict));

fuzz_target!(|bytes: &[u8]| {
    let _ = inbound_secret(bytes);
    if let Ok(body) = payload_json(bytes, &SCRUBBER) {
        assert!(json::check(&body).is_ok(), "a body that is not JSON, of {bytes:?}");
    }
    let mut delegations = Delegations::new("ws-1");
    delegations.restore(bytes, &SCRUBBER);
    if let Ok(ingested) = delegations.ingest_json(bytes, 1.0, &SCRUBBER) {
        assert!(json::check(&ingested.json()).is_ok(), "of {bytes:?}");
    }
    let ids: Vec<String> = delegations.pending().map(|result| result.delegation_id.clone()).collect();
    delegations.confirm(&ids);
    if let Some(message) = delegations.due(100.0) {
        assert!(!message.text.chars().any(char::is_control), "more than a line, of {bytes:?}");
        assert!(json::check(&message.body()).is_ok(), "of {bytes:?}");
    }
    for notification in delegations.notifications() {
        assert!(json::check(&notification.body()).is_ok(), "of {bytes:?}");
    }
});
