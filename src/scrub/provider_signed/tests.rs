//! Tests that a signed item in a text is returned unchanged or not at all.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::scrub::{Field, Tally, work};
use crate::{Preset, Scrubber};

fn token() -> String {
    format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
}

/// Text in an item, some of which must be redacted.
fn saying() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z ,:{}\\[\\]\"\\\\\n\u{e9}]{0,30}",
        1 => Just(format!("use {} here", token())),
        1 => Just("then DB_PASSWORD=hunter2-hunter2 make".to_owned()),
        1 => Just("{\"password\": \"hunter2-hunter2\", \"n\": 1}".to_owned()),
    ]
}

/// Whether nothing in a signature has the form of a token: one in a thousand random values contains one.
fn has_no_form(text: &str) -> bool {
    let scrub = |preset| {
        Scrubber::new(preset).scrub_field(text.as_bytes(), Field::Opaque, &mut Tally::default())
            == text.as_bytes()
    };
    scrub(Preset::Strict) && scrub(Preset::Balanced)
}

/// An item of a message, signed by a provider or not.
fn item() -> impl Strategy<Value = Value> {
    let opaque = "[A-Za-z0-9+/_-]{40,160}={0,2}";
    let opaque = opaque.prop_filter("a token's form by chance", |text| has_no_form(text));
    (0..6_u8, saying(), opaque).prop_map(|(kind, text, opaque)| match kind {
        0 => json!({"type": "thinking", "thinking": text, "signature": opaque}),
        1 => json!({"data": opaque, "note": text, "type": "redacted_thinking"}),
        2 => json!({"type": "reasoning", "summary": [{"text": text}], "encrypted_content": opaque}),
        3 => json!({"text": text, "thoughtSignature": opaque}),
        4 => json!(text),
        _ => json!({"type": "text", "text": text, "signature": "short"}),
    })
}

fn is_signed(item: &Value) -> bool {
    let is = |kind: &str| item["type"] == *kind;
    is("thinking")
        || is("redacted_thinking")
        || item.get("encrypted_content").is_some()
        || item.get("thoughtSignature").is_some()
}

fn is_secret(item: &Value) -> bool {
    let text = item.to_string();
    text.contains("hunter2") || text.contains(&token())
}

/// The items as text: compact or over several lines, with or without an object around them, nested in so many
/// strings.
fn written(items: &[Value], pretty: bool, around: bool, strings: usize) -> String {
    let whole = if around { json!({"role": "assistant", "content": items}) } else { json!(items) };
    let mut text = if pretty { serde_json::to_string_pretty(&whole) } else { serde_json::to_string(&whole) }
        .expect("it is JSON");
    for _ in 0..strings {
        text = json!({"line": text, "n": 1}).to_string();
    }
    text
}

fn read(text: &str, around: bool, strings: usize) -> Option<Vec<Value>> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    for _ in 0..strings {
        value = serde_json::from_str(value["line"].as_str()?).ok()?;
    }
    Some(if around { value["content"].as_array()? } else { value.as_array()? }.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(400)))]

    #[test]
    fn an_item_in_a_text_stays_as_it_is_or_goes(
        items in proptest::collection::vec(item(), 0..6),
        pretty: bool,
        around: bool,
        strings in 0..4_usize,
        strict: bool,
    ) {
        let scrubber = Scrubber::new(if strict { Preset::Strict } else { Preset::Balanced });
        let text = written(&items, pretty, around, strings);
        let scrubbed = scrubber.scrub_text(&text).into_owned();
        let after = read(&scrubbed, around, strings);
        let after = after.ok_or_else(|| TestCaseError::fail(format!("no JSON: {scrubbed}\nfrom: {text}")))?;
        let kept: Vec<&Value> = items.iter().filter(|item| !(is_signed(item) && is_secret(item))).collect();
        prop_assert_eq!(after.len(), kept.len(), "{}\nfrom: {}", scrubbed, text);
        for (now, was) in after.iter().zip(kept) {
            if is_signed(was) {
                prop_assert_eq!(now, was);
            }
            prop_assert!(!is_secret(now), "{}", scrubbed);
        }
        prop_assert_eq!(scrubber.scrub_text(&scrubbed).into_owned(), scrubbed.clone());
        // Line numbers are kept.
        prop_assert_eq!(scrubbed.matches('\n').count(), text.matches('\n').count());
    }

    #[test]
    fn any_text_is_read_to_its_end(
        pieces in proptest::collection::vec(prop_oneof![
            "[\\\\\"{}\\[\\],:\n]{1,4}",
            "type|thinking|signature|data|redacted_thinking|encrypted_content",
            Just(format!(" {} ", token())),
        ], 0..40),
    ) {
        let text = pieces.concat();
        for preset in [Preset::Strict, Preset::Balanced] {
            let scrubber = Scrubber::new(preset);
            let once = scrubber.scrub_text(&text).into_owned();
            prop_assert!(!once.contains(&token()[4..]), "{}", once);
            prop_assert_eq!(scrubber.scrub_text(&once).into_owned(), once.clone());
        }
    }
}

#[test]
fn an_item_that_no_list_holds_becomes_a_marker() {
    let scrubber = Scrubber::new(Preset::Balanced);
    let item =
        |text: &str| json!({"type": "thinking", "thinking": text, "signature": "c2lnbmF0dXJl"}).to_string();
    let lines = format!("{}\n{}\n", item("ls"), item("DB_PASSWORD=hunter2 make"));
    assert_eq!(scrubber.scrub_text(&lines), format!("{}\n\"[REDACTED:PASSWORD]\"\n", item("ls")));
    let member = json!({"last": serde_json::from_str::<Value>(&item(&token())).expect("it is JSON"), "n": 1});
    assert_eq!(scrubber.scrub_text(&member.to_string()), r#"{"last":"[REDACTED:GITHUB_PAT]","n":1}"#);
    let in_text = json!({"line": member.to_string()}).to_string();
    let inner = r#"{"last":"[REDACTED:GITHUB_PAT]","n":1}"#;
    assert_eq!(scrubber.scrub_text(&in_text), json!({"line": inner}).to_string());
}

#[test]
fn a_torn_item_is_text_as_any_other() {
    let scrubber = Scrubber::new(Preset::Balanced);
    let torn =
        format!("{}{}", r#"{"type": "thinking", "signature": "c2lnbmF0dXJl", "thinking": "use "#, token());
    let output = scrubber.scrub_text(&torn);
    assert!(output.ends_with(r#""thinking": "use [REDACTED:GITHUB_PAT]"#), "{output}");
}

#[test]
fn hostile_nesting_is_read_in_one_pass() {
    let scrubber = Scrubber::new(Preset::Balanced);
    let text = format!("{}\"thinking\" {} {}", "[{\"".repeat(200_000), token(), "\\\"]}".repeat(200_000));
    assert!(!scrubber.scrub_text(&text).contains(&token()));
}

/// Pseudo-random data of any length.
fn random() -> impl FnMut(usize) -> String {
    let mut state = 7_u64;
    move |length| {
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            char::from(digits[usize::try_from(state >> 58).expect("it is small")])
        };
        (0..length).map(next).collect()
    }
}

#[test]
fn what_is_found_is_compared_with_few_opaque_fields_and_items() {
    let scrubber = Scrubber::new(Preset::Strict);
    let field = format!("\"signature\":\"{}\"", random()(120));
    let one_item = |count| format!("[{{\"type\":\"thinking\",{}}}]", vec![field.as_str(); count].join(","));
    let items = |count| format!("[{{\"type\":\"thinking\",{field}}}]\n").repeat(count);
    let shapes: [&dyn Fn(usize) -> String; 2] = [&one_item, &items];
    for text in shapes {
        for count in [64, 512] {
            let text = text(count);
            let compared = work::compared(|| assert_eq!(scrubber.scrub_text(&text), text));
            assert!((count..24 * count).contains(&compared), "{compared} for {count}");
        }
    }
}

#[test]
fn letters_in_random_data_are_no_token() {
    let mut random = random();
    for preset in [Preset::Strict, Preset::Balanced] {
        let scrubber = Scrubber::new(preset);
        for _ in 0..50 {
            let opaque = format!("{}{}{}", random(600), "sk-", random(600));
            let out = scrubber.scrub_field(opaque.as_bytes(), Field::Opaque, &mut Tally::default());
            assert_eq!(String::from_utf8_lossy(&out), opaque);
            let text = json!([{"type": "reasoning", "encrypted_content": opaque}, "next"]).to_string();
            assert_eq!(scrubber.scrub_text(&text), text);
        }
        // A token counts with this much after it, and after the end of a word.
        for opaque in
            [format!("{}{}", "sk-", random(600)), format!("{} {}{}", random(600), "sk-", random(40))]
        {
            let text = json!([{"type": "reasoning", "encrypted_content": opaque}, "next"]).to_string();
            assert_ne!(scrubber.scrub_text(&text), text);
        }
    }
}
