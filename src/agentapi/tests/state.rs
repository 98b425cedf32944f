use proptest::prelude::*;
use serde_json::{Value, json};

use super::{balanced, secret};
use crate::agentapi::State;

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[a-z \"\\\\\n]{0,12}",
        1 => "(?s).{0,12}",
        1 => Just(format!(" {} ", secret())),
        1 => Just(" tool=run_code PASSWORD=hunter2hunter2 ".to_owned()),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn state() -> impl Strategy<Value = Value> {
    let time = prop::sample::select(vec![
        "2026-02-01T10:00:00Z",
        "2026-02-01T10:00:00.123456789+01:00",
        "0001-01-01T00:00:00Z",
    ]);
    let message = (any::<i64>(), text(), prop::sample::select(vec!["user", "agent"]), time).prop_map(
        |(id, message, role, time)| json!({"id": id, "message": message, "role": role, "time": time}),
    );
    (prop::collection::vec(message, 0..6), text(), any::<bool>()).prop_map(|(messages, prompt, sent)| {
        json!({"version": 1, "messages": messages, "initial_prompt": prompt, "initial_prompt_sent": sent})
    })
}

/// The file with its texts made empty.
fn frame(file: &[u8]) -> Value {
    let mut file: Value = serde_json::from_slice(file).expect("JSON");
    file["initial_prompt"] = json!("");
    for message in file["messages"].as_array_mut().expect("messages") {
        message["message"] = json!("");
    }
    file
}

proptest! {
    #[test]
    fn scrubbing_leaves_everything_but_the_texts_and_no_secret_in_them(file in state()) {
        let file = file.to_string();
        let state = State::parse(file.as_bytes()).expect("a state");
        let (clean, tally) = state.scrubbed(&balanced());
        let written = clean.to_json();
        prop_assert_eq!(frame(&written), frame(file.as_bytes()));
        let text = String::from_utf8(written.clone()).expect("text");
        prop_assert!(!text.contains(&secret()) && !text.contains("hunter2"));
        let one_line = text.ends_with("}\n") && text.matches('\n').count() == 1;
        prop_assert!(one_line);
        prop_assert_eq!(tally.redactions().is_empty(), clean == state);
        // The result can be loaded again, and scrubbing it again changes nothing.
        let again = State::parse(&written).expect("loads again");
        prop_assert_eq!(again.scrubbed(&balanced()).0.to_json(), written);
    }

    #[test]
    fn a_torn_file_is_never_taken_for_a_whole_one(file in state(), at in any::<prop::sample::Index>()) {
        let file = file.to_string();
        let cut = at.index(file.len());
        prop_assert!(State::parse(&file.as_bytes()[..cut]).is_err());
    }

    #[test]
    fn any_bytes_are_a_state_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = State::parse(&bytes);
    }
}

const MESSAGE: &str = r#"{"id":0,"message":"m","role":"user","time":"2026-02-01T10:00:00Z"}"#;

#[test]
fn what_agentapi_refuses_to_load_is_refused() {
    let message =
        |from: &str, to: &str| format!(r#"{{"version":1,"messages":[{}]}}"#, MESSAGE.replace(from, to));
    assert!(State::parse(message("", "").as_bytes()).is_ok());
    for wrong in [
        String::new(),
        "  ".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        r#"{"version":2,"messages":[]}"#.to_owned(),
        r#"{"version":1.0,"messages":[]}"#.to_owned(),
        r#"{"version":"1","messages":[]}"#.to_owned(),
        r#"{"version":1,"messages":{}}"#.to_owned(),
        r#"{"version":1,"messages":[5]}"#.to_owned(),
        r#"{"version":1,"messages":[],"initial_prompt":5}"#.to_owned(),
        r#"{"version":1,"messages":[],"initial_prompt_sent":"yes"}"#.to_owned(),
        r#"{"version":1,"messages":[],"other":NaN}"#.to_owned(),
        message("\"id\":0", "\"id\":0.5"),
        message("\"id\":0", "\"id\":99999999999999999999"),
        message("\"m\"", "null"),
        message("\"user\"", "5"),
        message("2026-02-01", "2026-02-30"),
        message("T10", " 10"),
        message("00Z", "60Z"),
        message("00Z", "00z"),
        message("Z", ""),
    ] {
        let error = State::parse(wrong.as_bytes()).expect_err(&wrong).to_string();
        assert!(!error.contains(MESSAGE) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn bytes_behind_the_object_and_members_of_another_time_are_no_reason_to_refuse() {
    let file = format!(r#"{{"version":1,"api_key":"hunter2","messages":[{MESSAGE}],"n":1.50}}{{torn"#);
    let mut file = file.into_bytes();
    file.push(0xff);
    let state = State::parse(&file).expect("a state");
    assert!(state.has_conversation());
    let text = String::from_utf8(state.scrubbed(&balanced()).0.to_json()).expect("text");
    assert_eq!(
        text,
        format!("{{\"version\":1,\"messages\":[{MESSAGE}],\"api_key\":\"[REDACTED:API_KEY]\",\"n\":1.50}}\n")
    );
}

#[test]
fn only_what_a_user_said_is_a_conversation() {
    let agent = MESSAGE.replace("user", "agent");
    for (messages, is) in [("", false), (agent.as_str(), false), (MESSAGE, true)] {
        let file = format!(r#"{{"version":1,"messages":[{messages}]}}"#);
        assert_eq!(State::parse(file.as_bytes()).expect("a state").has_conversation(), is);
    }
    assert!(!State::parse(br#"{"version":1,"messages":null}"#).expect("a state").has_conversation());
}

#[test]
fn what_is_not_utf_8_is_said_to_be_that() {
    let error =
        State::parse(b"{\"version\":1,\"messages\":[],\"initial_prompt\":\"caf\xe9\"}").expect_err("Latin-1");
    assert_eq!(error.to_string(), "not a state of AgentAPI: it is not UTF-8 at offset 48");
    // After the object nothing is read.
    assert!(State::parse(b"{\"version\":1,\"messages\":[]}\n\xe9").is_ok());
}
