use proptest::prelude::*;
use serde_json::{Value, json};

use super::{balanced, secret};
use crate::ErrorKind;
use crate::agentapi::{MAX_LOG_SNAPSHOT, log_snapshot};

fn message(id: usize, role: &str, content: &str) -> Value {
    json!({"id": id, "role": role, "content": content, "time": "2026-02-01T10:00:00.123456789Z"})
}

/// Returns the snapshot of a conversation as it is sent, after checking what holds for every one.
fn sent(messages: &Value) -> Option<(Vec<Value>, bool)> {
    let snapshot = log_snapshot(messages.to_string().as_bytes(), &balanced()).expect("messages")?;
    assert!(snapshot.body.len() <= MAX_LOG_SNAPSHOT, "{}", snapshot.body.len());
    let body: Value = serde_json::from_slice(&snapshot.body).expect("JSON");
    let list = body["messages"].as_array().expect("messages").clone();
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(1));
    assert_eq!(list.len(), snapshot.messages);
    assert!((1..=10).contains(&list.len()));
    for message in &list {
        assert!(message["id"].is_i64() && matches!(message["role"].as_str(), Some("user" | "agent")));
        assert!(!message["content"].as_str().expect("text").contains('\0'));
    }
    Some((list, snapshot.truncated))
}

/// Texts of every encoded length: one to four bytes, escaped, control characters; short, and near or over the
/// limit.
fn content() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z ]{1,20}",
        "[é-ÿ]{1,20}",
        "[一-丁]{1,20}",
        "[🎈-🎊]{1,20}",
        "[\u{1}-\u{1f}]{1,20}",
        "[\"\\\\\n\t]{1,20}",
        Just("\0\u{7f}\u{2028}".to_owned()),
        Just(format!(" {} ", secret())),
    ];
    (prop::collection::vec(piece, 1..6), prop_oneof![3 => 1_usize..4, 1 => 100_usize..2_000])
        .prop_map(|(pieces, times)| pieces.concat().repeat(times))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_conversation_fits_keeps_the_newest_and_shows_no_secret(contents in prop::collection::vec(content(), 1..14)) {
        let all: Vec<Value> = contents.iter().enumerate().map(|(id, text)| message(id, "user", text)).collect();
        let (list, truncated) = sent(&json!({"messages": all})).expect("messages");
        let first = contents.len() - list.len();
        for (at, shown) in list.iter().enumerate() {
            prop_assert_eq!(&shown["id"], &json!(first + at));
            let text = shown["content"].as_str().expect("text");
            prop_assert!(!text.contains(&secret()));
            let clean = balanced().scrub_text(&contents[first + at]).replace('\0', "\u{fffd}");
            if at > 0 || !truncated {
                prop_assert_eq!(text, clean.as_str());
                continue;
            }
            // The oldest remaining message says that something was removed, and ends like the original.
            prop_assert!(text.starts_with("[...") && text.contains("truncated"));
            let tail = text.split_once("...]\n\n").expect("a notice").1;
            prop_assert!(clean.ends_with(tail));
            if tail != clean {
                // A part too far before the end to be shown was not searched, and is counted with its
                // original length.
                let of = text.strip_prefix(&format!("[...content truncated, showing the last {} of ", tail.len()));
                let of = of.and_then(|rest| rest.split_once(" bytes")).and_then(|(of, _)| of.parse().ok());
                let lengths = [clean.len(), contents[first + at].len()];
                prop_assert!(of.is_some_and(|of| *lengths.iter().min().unwrap() <= of && of <= *lengths.iter().max().unwrap()));
            }
        }
        // Nothing is removed that would have fitted.
        let ten: Vec<Value> = contents.iter().enumerate().skip(contents.len().saturating_sub(10))
            .map(|(id, text)| message(id, "user", &balanced().scrub_text(text).replace('\0', "\u{fffd}"))).collect();
        prop_assert_eq!(truncated, size(&ten) > MAX_LOG_SNAPSHOT);
        if truncated {
            let used = log_snapshot(json!(all).to_string().as_bytes(), &balanced()).expect("messages").expect("one").body.len();
            prop_assert!(used > MAX_LOG_SNAPSHOT - 1_024, "{} is wasteful", used);
        }
    }

    #[test]
    fn any_bytes_are_an_answer_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = log_snapshot(&bytes, &balanced());
    }
}

/// The length of a body with these messages. `serde_json` writes backspace and form feed in two bytes, the
/// core in six.
fn size(messages: &[Value]) -> usize {
    let text: String = messages.iter().filter_map(|message| message["content"].as_str()).collect();
    let short = text.chars().filter(|character| matches!(character, '\u{8}' | '\u{c}')).count();
    json!({"messages": messages}).to_string().len() + 4 * short
}

#[test]
fn five_messages_are_sent_in_order() {
    let all: Vec<Value> = (1..=5).map(|id| message(id, "agent", &format!("Message {id}"))).collect();
    assert_eq!(sent(&json!({"messages": all})), Some((all.clone(), false)));
}

#[test]
fn of_fifteen_messages_the_last_ten_are_sent() {
    let all: Vec<Value> = (1..=15).map(|id| message(id, "agent", &format!("Message {id}"))).collect();
    assert_eq!(sent(&json!(all)), Some((all[5..].to_vec(), false)));
}

#[test]
fn one_huge_message_is_cut_whatever_it_is_made_of() {
    for (unit, bytes) in [("a", 1), ("é", 2), ("語", 3), ("🎈", 4), ("\u{1}", 6), ("\"", 2), ("\n", 2)] {
        let (list, truncated) = sent(&json!([message(0, "agent", &unit.repeat(80_000))])).expect("one");
        assert!(truncated && list.len() == 1);
        let text = list[0]["content"].as_str().expect("text");
        assert!(text.starts_with("[...content truncated, showing the last "), "{}", &text[..80]);
        let kept = text.matches(unit).count() * bytes;
        assert!(kept > 65_000, "{kept} bytes of {unit:?}");
    }
}

#[test]
fn a_marker_is_not_cut_in_two() {
    // With a marker every 27 bytes, the limit falls on every offset within one.
    for extra in 0..30 {
        let text = format!("{}{}", format!("{} ", secret()).repeat(3_000), "x".repeat(extra));
        let (list, truncated) = sent(&json!([message(0, "agent", &text)])).expect("one");
        let tail = list[0]["content"].as_str().expect("text").split_once("\n\n").expect("a notice").1;
        assert!(
            truncated && (tail.starts_with("[REDACTED:") || tail.starts_with(" [REDACTED:")),
            "{}",
            &tail[..40]
        );
    }
}

#[test]
fn a_secret_across_the_cut_does_not_show() {
    let text = format!("{} {}", secret(), "x".repeat(65_300));
    for pad in 0..80 {
        let (list, _) =
            sent(&json!([message(0, "user", &format!("{} {text}{}", "y".repeat(300), "x".repeat(pad)))]))
                .expect("one");
        let shown = list[0]["content"].as_str().expect("text");
        assert!(!shown.contains(&secret()[20..]));
    }
}

#[test]
fn of_a_very_long_message_the_end_is_searched_and_shown() {
    for unit in ["word ", "\u{1f388}"] {
        let text = format!("{}{}last {}", secret(), unit.repeat(150_000), secret());
        let (list, truncated) = sent(&json!([message(0, "agent", &text)])).expect("one");
        let shown = list[0]["content"].as_str().expect("text");
        assert!(truncated && shown.ends_with("last [REDACTED:GITHUB_PAT]"), "{}", &shown[shown.len() - 80..]);
        let (kept, of) =
            shown["[...content truncated, showing the last ".len()..].split_once(" of ").expect("a notice");
        let of: usize = of.split_once(" bytes").expect("a notice").0.parse().expect("a number");
        assert!(kept.parse::<usize>().expect("a number") > 65_000);
        // The length of the original, less what was redacted in the searched part.
        assert!(of.abs_diff(text.len()) < 40, "{of} of {}", text.len());
    }
}

#[test]
fn nothing_near_the_place_where_the_search_begins_is_shown() {
    // The name is outside the searched part, and nearly everything after its value is redacted.
    let value = "Walnut hall 7";
    let filler = format!("password={} ", "q7Rk2mXw9Tb4".repeat(600)).repeat(80);
    let behind = (1 << 19) - value.len();
    let text = format!("{}password: {value} {}", "x ".repeat(100_000), &filler[..behind - 1]);
    let (list, _) = sent(&json!([message(0, "agent", &text)])).expect("one");
    assert!(!list[0]["content"].as_str().expect("text").contains("alnut"));
}

#[test]
fn without_messages_there_is_nothing_to_send() {
    for none in [json!([]), json!({"messages": []}), json!({"messages": null}), json!([1, "text", null])] {
        assert_eq!(sent(&none), None);
    }
}

#[test]
fn what_the_platform_refuses_is_made_right() {
    let odd = json!([
        {"id": "x", "role": "tool", "content": 5, "time": "yesterday", "more": "left out"},
        {"id": 1.5, "role": "user", "content": "a\u{0}b"},
        {"id": 7, "time": "2026-02-01T10:00:00+01:00"},
    ]);
    let (list, _) = sent(&odd).expect("messages");
    assert_eq!(
        json!(list),
        json!([
            {"id": 0, "role": "agent", "content": ""},
            {"id": 1, "role": "user", "content": "a\u{fffd}b"},
            {"id": 7, "role": "agent", "content": "", "time": "2026-02-01T10:00:00+01:00"},
        ])
    );
    let lone = log_snapshot(br#"[{"content": "a\ud800b"}]"#, &balanced()).expect("JSON").expect("one");
    assert!(serde_json::from_slice::<Value>(&lone.body).is_ok());
}

#[test]
fn what_holds_no_messages_is_an_error() {
    for wrong in ["", "{}", "5", "\"text\"", "{\"messages\": 5}", "[", "null"] {
        let error = log_snapshot(wrong.as_bytes(), &balanced()).expect_err(wrong);
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
