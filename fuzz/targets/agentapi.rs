//! Takes any bytes as a state file, as a response with messages, as the text of a message and as a version. A
//! state that was accepted stays one that AgentAPI accepts, and what is sent fits the limit.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use prestop::agentapi::{MAX_LOG_SNAPSHOT, PERSISTENCE, State, log_snapshot, version_at_least};
use prestop::{Preset, Scrubber, json};

static SCRUBBER: LazyLock<Scrubber> = LazyLock::new(|| Scrubber::new(Preset::Balanced));

fuzz_target!(|bytes: &[u8]| {
    if let Ok(state) = State::parse(bytes) {
        let clean = state.scrubbed(&SCRUBBER).0;
        let written = clean.to_json();
        assert_eq!(State::parse(&written).ok().as_ref(), Some(&clean), "not what was written, of {bytes:?}");
        assert_eq!(clean.scrubbed(&SCRUBBER).0.to_json(), written, "scrubbed twice, of {bytes:?}");
        assert_eq!(clean.messages(), state.messages(), "of {bytes:?}");
    }
    sent(bytes);
    // As the text of messages with a total size around the limit.
    for times in [1, 40_000 / (bytes.len() + 1) + 1] {
        let mut answer = b"[{\"role\":\"user\",\"content\":\"".to_vec();
        for _ in 0..times {
            answer.extend(bytes.escape_ascii().filter(|byte| !matches!(byte, b'"' | b'\\' | b'\'')));
        }
        answer.extend_from_slice(b"\"},{\"content\":\"\\u0001\\u0000\"}]");
        assert!(sent(&answer), "no messages, of {bytes:?}");
    }
    let word = String::from_utf8_lossy(bytes);
    let shape = word.split_whitespace().next_back().is_some_and(|word| word.matches('.').count() >= 2);
    assert!(shape || !version_at_least(&word, PERSISTENCE), "a version: {word:?}");
});

/// Whether there was something to send; if so, checks that it fits the limit and that a database accepts it.
fn sent(answer: &[u8]) -> bool {
    let Ok(Some(snapshot)) = log_snapshot(answer, &SCRUBBER) else { return false };
    assert!(snapshot.body.len() <= MAX_LOG_SNAPSHOT, "{} bytes, of {answer:?}", snapshot.body.len());
    let body = json::parse(&snapshot.body).unwrap_or_else(|_| panic!("no JSON, of {answer:?}"));
    let Some(json::Value::Array(messages)) = body.get("messages") else {
        panic!("no messages, of {answer:?}")
    };
    for message in messages {
        let Some(json::Value::Text(text)) = message.get("content") else { panic!("no text, of {answer:?}") };
        assert!(std::str::from_utf8(text).is_ok_and(|text| !text.contains('\0')), "of {answer:?}");
    }
    true
}
