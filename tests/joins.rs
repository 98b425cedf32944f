//! Secrets in pieces: what a reader would join is found as one, wherever the pieces are.

use prestop::value::{encode_json, encode_serialize};
use prestop::{Preset, Scrubber};
use proptest::prelude::*;
use serde_json::{Value, json};

const KNOWN: &str = "q7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0";

fn scrubber(strict: bool) -> Scrubber {
    let preset = if strict { Preset::Strict } else { Preset::Balanced };
    let builder = Scrubber::builder(preset).with_known_secrets([("DEPLOY", KNOWN)]);
    builder.and_then(prestop::scrub::ScrubberBuilder::build).expect("the options are good")
}

/// A secret of one of a few kinds, assembled here so that no scanner takes this file for a leak.
fn secret(kind: usize) -> String {
    match kind {
        0 => format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
        1 => format!("{}{}", "sk-proj", "-a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2"),
        2 => format!("{}{}", "xoxb-", "123456789012-123456789012-a1B2c3D4e5F6g7H8i9J0k1L2"),
        3 => format!("{}{}", "AIza", "SyA1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q"),
        4 => KNOWN.to_owned(),
        _ => format!("{}{}", "SG", ".a1B2c3D4e5F6g7H8i9J0kL.a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V"),
    }
}

/// Cuts the secret in two, so that one part has at least ten bytes, and with `again` the longer part once
/// more.
fn cut(secret: &str, at: usize, again: Option<usize>) -> Vec<String> {
    let at = 1 + at % (secret.len() - 1);
    let (first, second) = secret.split_at(at);
    let mut parts = vec![first.to_owned(), second.to_owned()];
    if let Some(again) = again {
        let long = usize::from(second.len() > first.len());
        let (left, right) = parts[long].split_at(10 + again % (parts[long].len() - 10));
        let both = [left.to_owned(), right.to_owned()];
        parts.splice(long..=long, both.into_iter().filter(|part| !part.is_empty()));
    }
    parts
}

/// Returns a part of at least four bytes that is left in `written`.
fn left(written: &str, parts: &[String]) -> Option<String> {
    parts.iter().find(|part| part.len() >= 4 && written.contains(part.as_str())).cloned()
}

type Hold = fn(&[String]) -> String;

/// Ways to hold the parts of a word in a text.
const HOLDS: [(&str, Hold); 24] = [
    ("concatenated", |parts| format!("x = \"{}\";", parts.join("\" + \""))),
    ("tight", |parts| format!("x='{}'", parts.join("'+'"))),
    ("PHP", |parts| format!("$x = '{}';", parts.join("' . '"))),
    ("Lua", |parts| format!("x = \"{}\"", parts.join("\" .. \""))),
    ("SQL", |parts| format!("select '{}';", parts.join("' || '"))),
    ("Visual Basic", |parts| format!("x = \"{}\"", parts.join("\" & _\n    \""))),
    ("beside", |parts| format!("x = \"{}\";", parts.join("\" \""))),
    ("Python", |parts| format!("x = (\n    \"{}\"\n)", parts.join("\"\n    \""))),
    ("Python f", |parts| format!("x = (\n    f\"{}\"\n)", parts.join("\"\n    f\""))),
    ("Java", |parts| format!("x = \"{}\";", parts.join("\"\n        + \""))),
    ("JavaScript", |parts| format!("x = '{}';", parts.join("' +\n    '"))),
    ("continued", |parts| format!("x = \"{}\"", parts.join("\" \\\n    \""))),
    ("diff", |parts| format!("+x = (\n+    \"{}\"\n+)", parts.join("\"\n+    \""))),
    ("shell", |parts| format!("echo '{}'", parts.join("''"))),
    ("shell, both", |parts| {
        let quote = |(at, part)| if at % 2 == 0 { format!("\"{part}\"") } else { format!("'{part}'") };
        format!("echo {}", parts.iter().enumerate().map(quote).collect::<String>())
    }),
    ("shell, empty", |parts| format!("echo {}", parts.join("''"))),
    ("wbr", |parts| format!("<p>{}</p>", parts.join("<wbr>"))),
    ("span", |parts| format!("<p><b>{}</b></p>", parts.join("</b><span class=\"k\"></span><b>"))),
    ("shy", |parts| format!("<p>{}</p>", parts.join("&shy;"))),
    ("zero width", |parts| format!("<p>{}</p>", parts.join("&#8203;"))),
    ("comment", |parts| format!("<p>{}</p>", parts.join("<!-- -->"))),
    ("br", |parts| format!("<td>{}</td>", parts.join("<br>"))),
    ("quoted-printable", |parts| format!("see {} there", parts.join("=\n"))),
    ("quoted-printable, CRLF", |parts| format!("see {} there", parts.join("=\r\n"))),
];

fn in_json(text: &str, times: usize) -> String {
    (0..times).fold(text.to_owned(), |text, _| json!({ "text": text }).to_string())
}

proptest! {
    #[test]
    fn a_message_behind_a_token_keeps_its_first_word(
        kind in 0usize..5,
        word in prop::sample::select(vec!["The", "Continue", "I", "ok", "Done", "Fixed", "2"]),
        rest in prop::sample::select(vec!["", " file was written", "'ll look", ". Next"]),
        deep in 0usize..4,
        strict in any::<bool>(),
    ) {
        let message = |text: &str| match deep {
            0 => json!({"role": "user", "content": text}),
            1 => json!({"message": {"content": text}}),
            2 => json!({"message": {"content": [{"type": "text", "text": text}]}}),
            _ => json!({"message": {"content": [{"type": "tool_result", "content": text}]}}),
        };
        let secret = secret(kind);
        let answer = message(&format!("{word}{rest}"));
        let lines = json!([message(&format!("export TOKEN={secret}")), answer, message("thanks")]);
        let (bytes, _) = encode_json(&lines, &scrubber(strict));
        let written: Value = serde_json::from_slice(&bytes).expect("it is JSON");
        prop_assert!(!written.to_string().contains(&secret));
        prop_assert_eq!(&written[1], &answer);
    }

    #[test]
    fn a_text_that_holds_the_pieces_keeps_none(
        kind in 0..5_usize, at in 0..60_usize, again in proptest::option::of(0..60_usize), strict: bool, times in 0..3_usize,
    ) {
        let scrubber = scrubber(strict);
        let parts = cut(&secret(kind), at, again);
        for (name, hold) in HOLDS {
            let held = hold(&parts);
            let text = in_json(&held, times);
            let clean = scrubber.scrub_text(&text);
            prop_assert_eq!(left(&clean, &parts), None, "{}: {} from {}", name, clean, text);
            prop_assert_eq!(scrubber.scrub_text(&clean), clean.as_ref());
            prop_assert_eq!(clean.matches('\n').count(), text.matches('\n').count(), "{}: {}", name, clean);
            let mut stream = scrubber.stream();
            let mut streamed: Vec<u8> = text.as_bytes().chunks(5).flat_map(|piece| stream.feed(piece)).collect();
            streamed.extend(stream.finish().0);
            prop_assert_eq!(String::from_utf8_lossy(&streamed), clean.as_ref());
            let mut layer = clean.into_owned();
            for _ in 0..times {
                let value: Value = serde_json::from_str(&layer).expect("what was JSON stays JSON");
                layer = value["text"].as_str().expect("a text stays one").to_owned();
            }
            // Only the parts were removed: what holds them is unchanged. A character without width is decoded
            // as part of the token, and goes with it.
            let held: Vec<&str> = held.split(|byte: char| byte.is_ascii_alphanumeric() || "-_".contains(byte)).collect();
            let mut from = 0;
            for around in held.into_iter().filter(|around| !around.trim().is_empty() && !name.starts_with("quoted") && name != "zero width") {
                let found = layer[from..].find(around);
                prop_assert!(found.is_some(), "{}: {:?} of {}", name, around, layer);
                from += found.unwrap_or_default() + around.len();
            }
        }
    }

    #[test]
    fn a_list_of_the_events_of_an_answer_keeps_no_piece(
        kind in 0..6_usize,
        widths in proptest::collection::vec(1..20_usize, 1..12),
        shape in 0..SHAPES.len(),
        strict: bool,
        pings in proptest::option::of(1..4_usize),
        as_text: bool,
    ) {
        let scrubber = scrubber(strict);
        let (name, event) = SHAPES[shape];
        let secret = secret(kind);
        let text = format!("see {secret} there");
        let (mut events, mut at) = (Vec::new(), 0);
        for (number, width) in widths.iter().chain([&usize::MAX]).enumerate() {
            let to = text.len().min(at + width.min(&text.len()));
            let event = event(&text[at..to]);
            events.push(if as_text { Value::from(event.to_string()) } else { event });
            if pings.is_some_and(|every| number % every == 0) {
                let ping = json!({"type": "ping"});
                events.push(if as_text { Value::from(ping.to_string()) } else { ping });
            }
            at = to;
        }
        let value = json!({"adapter": {"log": events}});
        let (walked, tally) = encode_json(&value, &scrubber);
        let written: Value = serde_json::from_slice(&walked).expect("what is written is JSON");
        let all = written.to_string();
        let is_left = (0..secret.len() - 8).any(|at| all.contains(&secret[at..at + 8]));
        prop_assert!(!is_left && !tally.redactions().is_empty(), "{}: {}", name, all);
        if !as_text {
            let said: String = events.iter().zip(written["adapter"]["log"].as_array().into_iter().flatten())
                .map(|(event, written)| difference(event, written)).collect();
            prop_assert!(!said.contains(&secret[..4]) && !said.contains(&secret[secret.len() - 4..]), "{}: {}", name, said);
        }
        let (again, _) = encode_json(&written, &scrubber);
        prop_assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&walked));
        let (serialized, by_serialize) = encode_serialize(&value, &scrubber).expect("it can be serialized");
        prop_assert_eq!(String::from_utf8_lossy(&serialized), String::from_utf8_lossy(&walked));
        prop_assert_eq!(by_serialize.redactions(), tally.redactions());
    }

    #[test]
    fn a_key_that_was_streamed_or_stands_line_by_line_in_maps_goes(
        seed in "[A-Za-z0-9+/]{64}",
        count in 1..6_usize,
        width in 1..90_usize,
        shape in 0..SHAPES.len(),
        missing in 0..3_usize,
        strict: bool,
    ) {
        let scrubber = scrubber(strict);
        let lines: Vec<String> = (0..count).map(|at| seed[at..].chars().chain(seed[..at].chars()).collect()).collect();
        let mark = |word: &str| format!("-----{word} RSA PRIVATE{} KEY-----", "");
        let block = [&[mark("BEGIN")], lines.as_slice(), &[mark("END")]].concat();
        // Whole, without its end, or without its beginning.
        let block = match missing { 0 => &block[..], 1 => &block[..=count], _ => &block[1..] };
        let whole = format!("see:\n{}\n(ok)", block.join("\n"));
        let event = SHAPES[shape].1;
        let pieces = whole.as_bytes().chunks(width).map(|piece| event(&String::from_utf8_lossy(piece)));
        let streamed: Vec<Value> = pieces.collect();
        let of_lines = |line: &str| whole.lines().map(|text| json!({ line: text })).collect::<Vec<_>>();
        let as_text = streamed.iter().map(|event| event.to_string() + "\n").collect::<String>();
        // A block that begins in the middle of its first line is recognised by its end alone, so a shorter
        // part of a line may be left.
        let is_left = |text: &str| lines.iter().any(|line| (0..line.len() - 15).any(|at| text.contains(&line[at..at + 15])));
        let mut values = vec![json!(streamed), json!(of_lines("line")), json!(of_lines("content"))];
        // In a text, a header that is whole in one event is found together with all that follows.
        values.extend((width < 24).then(|| json!(as_text)));
        for value in values {
            let (walked, _) = encode_json(&value, &scrubber);
            let written: Value = serde_json::from_slice(&walked).expect("what is written is JSON");
            let all = match &written {
                Value::String(text) => {
                    text.lines().map(|line| said(&serde_json::from_str(line).expect("an event stays one"))).collect()
                }
                written => said(written),
            };
            prop_assert!(!is_left(&all) && all.contains("see") && all.contains("(ok)"), "{} from {}", written, value);
            let (again, _) = encode_json(&written, &scrubber);
            prop_assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&walked));
            let (serialized, _) = encode_serialize(&value, &scrubber).expect("it can be serialized");
            prop_assert_eq!(String::from_utf8_lossy(&serialized), String::from_utf8_lossy(&walked));
        }
    }

    #[test]
    fn a_half_does_not_stay_where_its_other_half_is_dropped(kind in 0..5_usize, at in 0..60_usize, strict: bool, maps: bool) {
        let scrubber = scrubber(strict);
        let secret = secret(kind);
        let (first, second) = secret.split_at(10 + at % (secret.len() - 14));
        let sandbox = |text: String| if maps { json!({"delta": text, "source": "sandbox"}) } else { json!(text + " tool=run_code") };
        let other = |text: &str| if maps { json!({ "delta": text }) } else { json!(text) };
        let value = json!([other("ls:"), other(first), sandbox(second.to_owned()), other("(ok)")]);
        let (walked, tally) = encode_json(&value, &scrubber);
        let written = String::from_utf8_lossy(&walked);
        prop_assert!(!written.contains(first), "{} of {}", written, value);
        prop_assert_eq!(tally.dropped(), 1);
        let (serialized, by_serialize) = encode_serialize(&value, &scrubber).expect("it can be serialized");
        prop_assert_eq!(String::from_utf8_lossy(&serialized), written);
        prop_assert_eq!(by_serialize.redactions(), tally.redactions());
    }

    #[test]
    fn lines_of_code_in_a_list_keep_no_piece(kind in 0..5_usize, at in 0..60_usize, strict: bool) {
        let scrubber = scrubber(strict);
        let secret = secret(kind);
        let (first, second) = secret.split_at(10 + at % (secret.len() - 14));
        for lines in [
            json!(["x = (", format!("    \"{first}\""), format!("    \"{second}\""), ")"]),
            json!([format!("x = '{first}' +"), format!("    '{second}';")]),
            json!([format!("x = \"{first}\" \\"), format!("    \"{second}\"")]),
            json!([format!("see {first}="), format!("{second}=20")]),
        ] {
            let (walked, _) = encode_json(&lines, &scrubber);
            let written = String::from_utf8_lossy(&walked);
            prop_assert!(!written.contains(first) && !written.contains(second), "{} of {}", written, lines);
            let (serialized, _) = encode_serialize(&lines, &scrubber).expect("it can be serialized");
            prop_assert_eq!(String::from_utf8_lossy(&serialized), written);
        }
    }
}

/// Ways to hold a word in the lines of a text.
const LINES: [(&str, Hold); 13] = [
    ("table", |parts| {
        format!("| name | value |\n|---|---|\n| key | {} | x |\n", parts.join(" | x |\n|     | "))
    }),
    ("table of one", |parts| format!("+----+\n| {} |\n+----+", parts.join("         |\n| "))),
    ("box", |parts| format!("│ key │ {} │", parts.join("   │\n│     │ "))),
    ("heavy box", |parts| format!("║ {} ║", parts.join("   ║\n║ "))),
    ("compose", |parts| format!("web-1  | {}", parts.join("\nweb-1  | "))),
    ("cluster", |parts| format!("[pod/web-7d9/app] {}", parts.join("\n[pod/web-7d9/app] "))),
    ("syslog", |parts| {
        format!("Nov 21 10:00:00 host app[12]: {}", parts.join("\nNov 21 10:00:01 host app[12]: "))
    }),
    ("log", |parts| {
        format!("2026-11-21 10:00:00,1 INFO x - {}", parts.join("\n2026-11-21 10:00:01,2 INFO x - "))
    }),
    ("module", |parts| format!("INFO:root: {}", parts.join("\nINFO:root: "))),
    ("comment", |parts| format!("# {}", parts.join("\n# "))),
    ("block comment", |parts| format!(" * {}", parts.join("\n * "))),
    ("CRLF", |parts| format!("web-1 | {}", parts.join("\r\nweb-1 | "))),
    ("wrapped", |parts| format!("see {}", parts.join("\n"))),
];

proptest! {
    #[test]
    fn lines_that_hold_the_pieces_keep_none(kind in 0..4_usize, at in 0..60_usize, strict: bool, times in 0..3_usize) {
        let scrubber = scrubber(strict);
        let secret = secret(kind);
        // The first part is long enough to be distinguished from a word.
        let (first, second) = secret.split_at(10 + at % (secret.len() - 20));
        let parts = [first.to_owned(), second.to_owned()];
        for (name, hold) in LINES {
            let text = in_json(&hold(&parts), times);
            let clean = scrubber.scrub_text(&text);
            prop_assert_eq!(left(&clean, &parts), None, "{}: {} from {}", name, clean, text);
            prop_assert_eq!(scrubber.scrub_text(&clean), clean.as_ref());
            prop_assert_eq!(clean.matches('\n').count(), text.matches('\n').count(), "{}: {}", name, clean);
            if times > 0 {
                prop_assert!(serde_json::from_str::<Value>(&clean).is_ok(), "{}", clean);
            }
            if !["comment", "block comment", "log", "CRLF", "wrapped"].contains(&name) {
                // What is around the parts is kept.
                let around = in_json(&hold(&[String::new(), String::new()]), times);
                let words = |text: &str| -> Vec<String> {
                    text.split_whitespace().filter(|word| word.contains("web") || word.contains('│') || word.contains('x')).map(str::to_owned).collect()
                };
                prop_assert_eq!(words(&clean).len(), words(&around).len(), "{}: {}", name, clean);
            }
        }
    }

    #[test]
    fn a_prefix_that_a_lines_end_cuts_is_put_together(kind in 0..4_usize, at in 1..10_usize, strict: bool, decoration in 0..4_usize) {
        let decoration = ["", "    ", "> ", "  12 | "][decoration];
        let scrubber = scrubber(strict);
        let secret = secret(kind);
        let (first, second) = secret.split_at(at);
        for text in [format!("{decoration}see {first}\n{decoration}{second}"), format!("{decoration}API_URL={first}\n{decoration}{second}")] {
            let clean = scrubber.scrub_text(&text);
            prop_assert!(!clean.contains(&second[..8]) && !clean.contains(&second[second.len() - 8..]), "{} from {}", clean, text);
        }
    }

    #[test]
    fn other_spellings_of_characters_hide_none(kind in 0..5_usize, spelling in 0..4_usize, every in 1..4_usize, times in 0..2_usize, strict: bool) {
        let scrubber = scrubber(strict);
        let secret = secret(kind);
        let spell = |(at, character): (usize, char)| {
            let code = u32::from(character);
            match if at % every == 0 { spelling } else { 9 } {
                0 => format!("\\{code:03o}"),
                1 => format!("\\u{{{code:x}}}"),
                2 => format!("\\U{code:08x}"),
                3 => format!("\\x{code:02x}"),
                _ => character.to_string(),
            }
        };
        let spelled: String = secret.chars().enumerate().map(spell).collect();
        let text = in_json(&format!("printf '{spelled}'"), times);
        let clean = scrubber.scrub_text(&text);
        prop_assert!(!clean.contains(&spelled[8..]) && clean.contains("[REDACTED:"), "{} from {}", clean, text);
    }
}

type Event = fn(&str) -> Value;

/// The events of a streamed answer, as the interfaces of language models send them.
const SHAPES: [(&str, Event); 6] = [
    (
        "chat",
        |text| json!({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}}]}),
    ),
    (
        "tool",
        |text| json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": text}}]}}]}),
    ),
    ("responses", |text| json!({"type": "response.output_text.delta", "item_id": "m", "delta": text})),
    ("arguments", |text| json!({"type": "response.function_call_arguments.delta", "delta": text})),
    (
        "messages",
        |text| json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}}),
    ),
    ("converse", |text| json!({"contentBlockDelta": {"delta": {"text": text}, "contentBlockIndex": 0}})),
];

/// Returns what the pieces of a streamed answer say together.
fn said(value: &Value) -> String {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| match value {
                Value::String(text)
                    if ["delta", "content", "arguments", "text", "line"].contains(&key.as_str()) =>
                {
                    text.clone()
                }
                Value::String(_) => String::new(),
                value => said(value),
            })
            .collect(),
        Value::Array(items) => items.iter().map(said).collect(),
        _ => String::new(),
    }
}

/// Returns the texts of `after` that are in the place of a text of `before`, except the names of events.
fn difference(before: &Value, after: &Value) -> String {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            before.iter().zip(after).map(|((_, before), (_, after))| difference(before, after)).collect()
        }
        (Value::Array(before), Value::Array(after)) => {
            before.iter().zip(after).map(|(before, after)| difference(before, after)).collect()
        }
        (Value::String(_), Value::String(after)) if !after.starts_with("response.") => after.clone(),
        _ => String::new(),
    }
}

#[test]
fn what_only_stands_beside_a_token_stays() {
    let token = secret(0);
    let scrubber = scrubber(false);
    for (before, after) in [
        ("x = [\"", "\", \"another\"]"),
        ("curl -H \"", "\" \"https://example.com\""),
        ("x = (\n  \"", "\"\n  \"another\"\n)"),
        ("- \"", "\"\n- \"a1B2c3D4e5F6\"\n"),
        ("<td>", "</td><td>another</td>"),
        ("<p>", "<br>another</p>"),
        ("print(\"", "\".strip())"),
        ("x = \"", "\" + name + \"another\""),
    ] {
        let clean = scrubber.scrub_text(&format!("{before}{token}{after}")).into_owned();
        assert!(clean.starts_with(before) && clean.ends_with(after) && !clean.contains(&token), "{clean}");
    }
}
