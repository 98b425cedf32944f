//! The content of a snapshot.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prestop::ErrorKind;
use prestop::json::{self, Value};
use prestop::snapshot::{State, build, timestamp, uptime_seconds};
use proptest::prelude::*;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(1_763_674_860_000_123)
}

fn built(state: &str) -> String {
    let (state, now) = State::from_json(state.as_bytes()).unwrap();
    String::from_utf8(build(&state, now.unwrap_or_else(self::now)).unwrap()).unwrap()
}

#[test]
fn fields_stand_in_their_order() {
    assert_eq!(
        built(
            r#"{"adapter": {"x": 1}, "session_id": "s-1", "start_time": 1763674800.5, "active_tasks": 2,
                "current_task": "tests\n", "workspace_id": ""}"#
        ),
        "{\"workspace_id\": \"\", \"timestamp\": \"2025-11-20T21:41:00.000123+00:00\", \"current_task\": \"tests\\n\", \
         \"active_tasks\": 2, \"uptime_seconds\": 59, \"session_id\": \"s-1\", \"adapter\": {\"x\": 1}}"
    );
    assert_eq!(
        built(r#"{"now": 60}"#),
        "{\"workspace_id\": \"unknown\", \"timestamp\": \"1970-01-01T00:01:00+00:00\", \"current_task\": \"\", \
         \"active_tasks\": 0, \"adapter\": {}}"
    );
}

#[test]
fn the_adapters_session_goes_before_the_hosts() {
    let has_own = |adapter: &str| {
        let built = built(&format!(r#"{{"session_id": "host", "adapter": {adapter}}}"#));
        json::parse(built.as_bytes()).unwrap().get("session_id").is_none()
    };
    assert!(has_own(r#"{"session_id": "own"}"#) && has_own(r#"{"session_id": 7}"#));
    for adapter in ["{}", "[]", r#"{"session_id": ""}"#, r#"{"session_id": null}"#, r#"{"session_id": 0.0}"#]
    {
        assert!(!has_own(adapter), "{adapter}");
    }
}

#[test]
fn the_uptime_is_never_negative() {
    assert_eq!(uptime_seconds(1_763_674_800.0, now()), 60);
    for start in [2e9, f64::INFINITY, f64::NAN, f64::MAX] {
        assert_eq!(uptime_seconds(start, now()), 0);
    }
    assert_eq!(uptime_seconds(-1.5, UNIX_EPOCH), 1);
    assert_eq!(uptime_seconds(-2.0, UNIX_EPOCH - Duration::from_secs(1)), 1);
}

#[test]
fn times_out_of_range_are_the_epoch() {
    assert_eq!(timestamp(UNIX_EPOCH - Duration::from_millis(1)), "1969-12-31T23:59:59.999000+00:00");
    for far in [300_000_000_000, 10_000_000_000_000, u64::MAX >> 2] {
        if let Some(far) = UNIX_EPOCH.checked_add(Duration::from_secs(far)) {
            assert_eq!(timestamp(far), "1970-01-01T00:00:00+00:00");
        }
    }
}

#[test]
fn every_time_that_is_taken_is_the_one_that_is_written() {
    for (seconds, timestamp) in [
        ("-62167219200", "0000-01-01T00:00:00+00:00"),
        ("-1.5", "1969-12-31T23:59:58.500000+00:00"),
        ("253402300799", "9999-12-31T23:59:59+00:00"),
    ] {
        assert!(built(&format!("{{\"now\": {seconds}}}")).contains(timestamp), "{seconds}");
    }
}

#[test]
fn a_field_of_another_type_is_named() {
    for (state, field) in [
        (r#"{"workspace_id": 1}"#, "workspace_id"),
        (r#"{"current_task": []}"#, "current_task"),
        (r#"{"active_tasks": "1"}"#, "active_tasks"),
        (r#"{"active_tasks": 1.5}"#, "active_tasks"),
        (r#"{"start_time": "s3cret"}"#, "start_time"),
        (r#"{"now": 1e999}"#, "now"),
        (r#"{"now": 1763800000000}"#, "now"),
        (r#"{"now": -62167219201}"#, "now"),
        (r#"{"start_time": 1763800000000}"#, "start_time"),
        (r#"{"session_id": {}}"#, "session_id"),
    ] {
        let error = State::from_json(state.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(field) && !error.to_string().contains("s3cret"));
    }
    assert!(State::from_json(b"[]").is_err());
    let mut state = State::default();
    state.adapter = b"{".to_vec();
    assert!(build(&state, now()).is_err());
}

proptest! {
    #[test]
    fn any_text_becomes_valid_json(task in prop::collection::vec(any::<u8>(), 0..40), workspace in any::<String>()) {
        let mut state = State::default();
        state.current_task.clone_from(&task);
        state.workspace_id = Some(workspace.clone().into_bytes());
        let value = json::parse(&build(&state, now()).unwrap()).unwrap();
        prop_assert_eq!(value.get("workspace_id"), Some(&Value::Text(workspace.into_bytes())));
        if std::str::from_utf8(&task).is_ok() {
            prop_assert_eq!(value.get("current_task"), Some(&Value::Text(task)));
        }
    }

    #[test]
    fn lone_surrogates_come_back(code in 0xD800_u32..0xE000) {
        let mut state = State::default();
        let (state_json, _) = State::from_json(format!("{{\"current_task\": \"a\\u{code:x}b\"}}").as_bytes()).unwrap();
        state.current_task.clone_from(&state_json.current_task);
        let built = build(&state, now()).unwrap();
        let escape = format!("a\\u{code:x}b");
        prop_assert!(String::from_utf8(built).unwrap().contains(&escape));
    }
}
