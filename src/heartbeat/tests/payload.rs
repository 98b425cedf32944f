//! The body of a heartbeat, and the secret in the response.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::values::{document, object, secret, strict, value};
use crate::heartbeat::{InboundSecret, inbound_secret, payload_json};
use crate::{ErrorKind, Preset, Scrubber};

const NAMES: &[&str] = &[
    "workspace_id",
    "error_rate",
    "error_count",
    "request_count",
    "sample_error",
    "active_tasks",
    "current_task",
    "uptime_seconds",
    "wedged_reason",
    "runtime_metadata",
    "capabilities",
    "idle_timeout_seconds",
    "heartbeat",
];

/// Checks that the platform accepts a body: each member has its type and range, and there are no others.
fn assert_on_the_wire(body: &[u8]) -> Value {
    let body: Value = serde_json::from_slice(body).expect("JSON");
    let whole = |value: &Value| value.as_i64().is_some_and(|value| (0..=2_147_483_647).contains(&value));
    let valid =
        |value: &Value| value.as_str().is_some_and(|text| !text.contains('\0') && text.len() <= 16 * 1024);
    for (name, value) in body.as_object().expect("an object") {
        let fits = match name.as_str() {
            "workspace_id" => valid(value) && value != "",
            "sample_error" | "current_task" => valid(value),
            "runtime_state" => value == "wedged",
            "active_tasks" | "uptime_seconds" => whole(value),
            "error_rate" => value.as_f64().is_some_and(|rate| (0.0..=1.0).contains(&rate)),
            "runtime_metadata" => {
                value.as_object().expect("an object").iter().all(|(name, value)| match name.as_str() {
                    "capabilities" => {
                        value.as_object().is_some_and(|flags| flags.values().all(Value::is_boolean))
                    }
                    "idle_timeout_seconds" => whole(value) && *value != 0,
                    _ => false,
                })
            }
            _ => false,
        };
        assert!(fits, "{name} is {value}");
    }
    for name in
        ["workspace_id", "error_rate", "sample_error", "active_tasks", "current_task", "uptime_seconds"]
    {
        assert!(body.get(name).is_some(), "no {name}");
    }
    body
}

fn body(state: &Value) -> Value {
    assert_on_the_wire(&payload_json(state.to_string().as_bytes(), &strict()).expect("an object"))
}

proptest! {
    #[test]
    fn no_value_makes_a_body_that_the_platform_refuses(state in object(NAMES, value(NAMES))) {
        let body = payload_json(&document(&state), &strict()).expect("an object");
        assert_on_the_wire(&body);
        prop_assert!(!String::from_utf8_lossy(&body).contains(&secret()));
    }

    #[test]
    fn a_body_of_any_bytes_is_no_error(body in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        value(&["platform_inbound_secret", "status"]).prop_map(|value| document(&value)),
        object(&["platform_inbound_secret", "status"], value(&["x"])).prop_map(|value| document(&value)),
    ]) {
        if let Some(secret) = inbound_secret(&body) {
            let text = secret.expose();
            prop_assert!(!text.is_empty() && text == text.trim());
            prop_assert!(text.bytes().all(|byte| (32..127).contains(&byte)));
            let shown = format!("{secret:?}");
            prop_assert_eq!(shown, "InboundSecret");
        }
    }

    #[test]
    fn the_secret_that_was_sent_is_the_one_that_is_found(secret in "[!-~]{1,80}", around in "[ \t\n]{0,3}") {
        let sent = format!("{around}{secret}{around}");
        let body = json!({"status": "ok", "generation": 3, "platform_inbound_secret": sent}).to_string();
        let found = inbound_secret(body.as_bytes());
        prop_assert_eq!(found.as_ref().map(InboundSecret::expose), Some(secret.as_str()));
        let with_mark = [b"\xef\xbb\xbf", body.as_bytes()].concat();
        prop_assert_eq!(inbound_secret(&with_mark), found);
    }

    #[test]
    fn the_error_rate_is_the_share_that_failed(errors in 0_u32..500, more in 0_u32..500) {
        let requests = errors + more;
        let body = body(&json!({"error_count": errors, "request_count": requests}));
        let wanted = if requests == 0 { 0.0 } else { f64::from(errors) / f64::from(requests) };
        prop_assert_eq!(body["error_rate"].as_f64(), Some(wanted));
    }
}

#[test]
fn a_plain_state_is_sent_as_it_is() {
    let sent = body(&json!({
        "workspace_id": "ws-1", "error_rate": 0.5, "sample_error": "boom", "active_tasks": 2,
        "current_task": "écrire\n\t😀", "uptime_seconds": 12.9,
        "runtime_metadata": {"capabilities": {"heartbeat": true, "status_mgmt": false}, "idle_timeout_seconds": 600},
    }));
    assert_eq!(
        sent,
        json!({
            "workspace_id": "ws-1", "error_rate": 0.5, "sample_error": "boom", "active_tasks": 2,
            "current_task": "écrire\n\t😀", "uptime_seconds": 12,
            "runtime_metadata": {"capabilities": {"heartbeat": true, "status_mgmt": false}, "idle_timeout_seconds": 600},
        })
    );
}

#[test]
fn numbers_are_finite_and_in_the_platform_s_range() {
    for (given, tasks) in [
        ("-99", 0),
        ("1e12", 2_147_483_647),
        ("2147483648", 2_147_483_647),
        ("NaN", 0),
        ("Infinity", 2_147_483_647),
        ("-Infinity", 0),
        ("true", 1),
        ("null", 0),
        ("[]", 0),
        ("\"7\"", 7),
        ("\"seven\"", 0),
    ] {
        let state =
            format!("{{\"active_tasks\": {given}, \"uptime_seconds\": {given}, \"error_rate\": {given}}}");
        let body = assert_on_the_wire(&payload_json(state.as_bytes(), &strict()).expect("an object"));
        // JSON has no infinity: one that the parser accepted counts as missing.
        let tasks = if given == "Infinity" { 0 } else { tasks };
        assert_eq!(body["active_tasks"], tasks, "{given}");
        assert_eq!(body["uptime_seconds"], tasks, "{given}");
    }
}

#[test]
fn what_most_readers_refuse_costs_no_beat() {
    let digits = "9".repeat(5000);
    for (number, tasks) in [(digits.clone(), 2_147_483_647_u32), (format!("-{digits}"), 0)] {
        let mut state = format!("{{\"active_tasks\": {number}, \"current_task\": \"caf").into_bytes();
        state.extend_from_slice(b"\xe9\"}");
        let body = assert_on_the_wire(&payload_json(&state, &strict()).expect("an object"));
        assert_eq!(body["active_tasks"], tasks);
        assert_eq!(body["current_task"], "caf\u{fffd}");
    }
    let answer = format!("{{\"n\": {digits}, \"platform_inbound_secret\": \"s3cret\"}}");
    assert!(inbound_secret(answer.as_bytes()).is_some());
}

#[test]
fn a_rate_that_is_no_number_is_told_from_the_counts() {
    let state = br#"{"error_rate": NaN, "error_count": 1, "request_count": 2}"#;
    let body = assert_on_the_wire(&payload_json(state, &strict()).expect("an object"));
    assert_eq!(body["error_rate"], 0.5);
    assert_eq!(self::body(&json!({"error_count": 9, "request_count": 3}))["error_rate"], 1.0);
    assert_eq!(self::body(&json!({"error_count": 9, "request_count": -3}))["error_rate"], 0.0);
}

#[test]
fn text_is_valid_and_without_nul() {
    let body = payload_json(br#"{"current_task": "a\u0000b\ud800c", "sample_error": "\udc00"}"#, &strict());
    let body = assert_on_the_wire(&body.expect("an object"));
    assert!(body["current_task"].as_str().is_some_and(|text| text.starts_with("ab\u{fffd}")));
}

#[test]
fn a_known_value_is_found_before_its_text_is_made_valid() {
    let value: &[u8] = b"lone \xed\xa0\x80 value";
    let builder = Scrubber::builder(Preset::Strict).with_known_secrets([("KEY", value)]).expect("a value");
    let body =
        payload_json(br#"{"current_task": "a lone \ud800 value"}"#, &builder.build().expect("options"));
    assert_eq!(assert_on_the_wire(&body.expect("an object"))["current_task"], "a [REDACTED:KEY]");
}

#[test]
fn the_wedge_fields_stand_on_top() {
    let wedged = |reason: Value| body(&json!({"sample_error": "boom", "wedged_reason": reason}));
    assert_eq!(wedged(json!("no model"))["runtime_state"], "wedged");
    assert_eq!(wedged(json!("no model"))["sample_error"], "no model");
    // An empty reason counts, too.
    assert_eq!(wedged(json!(""))["runtime_state"], "wedged");
    assert_eq!(wedged(json!(""))["sample_error"], "");
    assert_eq!(wedged(json!(true))["runtime_state"], "wedged");
    for healthy in [json!(null), json!(false)] {
        assert_eq!(wedged(healthy.clone()).get("runtime_state"), None);
        assert_eq!(wedged(healthy)["sample_error"], "boom");
    }
}

#[test]
fn an_idle_timeout_is_whole_and_above_0_and_no_bool() {
    let idle = |value: &str| {
        let state = format!("{{\"runtime_metadata\": {{\"idle_timeout_seconds\": {value}}}}}");
        assert_on_the_wire(&payload_json(state.as_bytes(), &strict()).expect("an object"))["runtime_metadata"]
            .get("idle_timeout_seconds")
            .cloned()
    };
    assert_eq!(idle("30"), Some(json!(30)));
    for (given, nearest) in [("600.0", 600), ("1.9", 1), ("1e3", 1000), ("\"30\"", 30)] {
        assert_eq!(idle(given), Some(json!(nearest)), "{given}");
    }
    for beyond in ["1000000000000", "1e300", &"9".repeat(400)] {
        assert_eq!(idle(beyond), Some(json!(2_147_483_647)), "{beyond}");
    }
    for refused in ["true", "false", "0", "0.9", "-1", "-600.0", "\"soon\"", "null", "[30]", "NaN"] {
        assert_eq!(idle(refused), None, "{refused}");
    }
}

#[test]
fn capabilities_are_names_with_true_or_false() {
    let sent = body(&json!({"runtime_metadata": {"capabilities": {
        "heartbeat": true, "retry": 0, "session": 1, "scheduler": "yes", "odd": null, "more": [true], "x": 2,
    }, "other": 5}}));
    assert_eq!(
        sent["runtime_metadata"],
        json!({"capabilities": {"heartbeat": true, "retry": false, "session": true}})
    );
    // Without an adapter there is no metadata; an adapter that declares nothing still gives an empty object.
    assert_eq!(body(&json!({"runtime_metadata": null})).get("runtime_metadata"), None);
    assert_eq!(body(&json!({"runtime_metadata": "text"})).get("runtime_metadata"), None);
    assert_eq!(body(&json!({"runtime_metadata": {}}))["runtime_metadata"], json!({}));
    assert_eq!(
        body(&json!({"runtime_metadata": {"capabilities": {}}}))["runtime_metadata"],
        json!({"capabilities": {}})
    );
}

#[test]
fn everything_is_scrubbed_and_an_id_stays() {
    let id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    let sent = body(&json!({
        "workspace_id": id, "sample_error": format!("401 for {}", secret()), "current_task": [secret()],
        "runtime_metadata": {"capabilities": {secret(): true}},
    }));
    assert!(!sent.to_string().contains(&secret()));
    assert_eq!(sent["workspace_id"], id);
    assert_eq!(sent["sample_error"], "401 for [REDACTED:GITHUB_PAT]");
}

#[test]
fn a_long_text_is_cut_and_a_marker_stays_whole() {
    for before in 16_300..16_400 {
        let task = format!("{}{}", "é ".repeat(before / 3), secret().repeat(20));
        let sent = body(&json!({"current_task": task}));
        let text = sent["current_task"].as_str().unwrap_or_default();
        let open = text.matches("[REDACTED:").count();
        assert_eq!(open, text.matches(']').count(), "{before}");
    }
}

#[test]
fn a_state_that_is_no_object_is_an_error_without_its_text() {
    for state in ["[]", "5", "\"hunter2\"", "null", "hunter2", "", "{\"a\": hunter2}"] {
        let error = payload_json(state.as_bytes(), &strict()).expect_err("no object");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(!error.to_string().contains("hunter2"));
    }
}

#[test]
fn what_can_stand_in_no_header_is_no_secret() {
    for value in [
        "null",
        "\"\"",
        "\"  \"",
        "5",
        "true",
        "[\"x\"]",
        "{}",
        "\"a\\nb\"",
        "\"a\\u0000\"",
        "\"\\ud800\"",
        "\"é\"",
    ] {
        let body = format!("{{\"platform_inbound_secret\": {value}}}");
        assert!(inbound_secret(body.as_bytes()).is_none(), "{value}");
    }
    let long = format!("{{\"platform_inbound_secret\": \"{}\"}}", "x".repeat(5_000));
    assert!(inbound_secret(long.as_bytes()).is_none());
    for body in
        ["", "[]", "\"platform_inbound_secret\"", "<html>", "{\"platform_inbound_secret\": \"x\"", "\u{feff}"]
    {
        assert!(inbound_secret(body.as_bytes()).is_none(), "{body}");
    }
}
