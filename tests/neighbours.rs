//! Lists from which items are dropped, and what was on both sides of them: scrubbed once, nothing is left
//! that a second pass finds.

use prestop::snapshot::Rescrub as _;
use prestop::value::{encode_json, encode_serialize};
use prestop::{Preset, Scrubber};
use proptest::prelude::*;
use serde_json::{Value, json};

const PRESETS: [Preset; 2] = [Preset::Balanced, Preset::Strict];

fn token() -> String {
    format!("{}{}", "AKIA", "Q7RK2MXW9TB4ZC6V")
}

fn password() -> String {
    ["Vt73JBNb", "9Mt_CG3x"].concat()
}

/// A text that another item continues, that asks for another, or that is the answer to one.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (1..20_usize, any::<bool>()).prop_map(|(at, first)| {
            let token = token();
            let (one, other) = token.split_at(at.min(token.len() - 1));
            if first { one.to_owned() } else { other.to_owned() }
        }),
        1 => Just("What is the database password?".to_owned()),
        1 => Just(password()),
        1 => Just("see there".to_owned()),
    ]
}

/// An item that is dropped whatever is beside it.
fn going() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(json!({"secret_id": 0, "encrypted_content": "x"})),
        1 => Just(json!({"text": "ls", "source": "sandbox"})),
        1 => Just(json!("source=sandbox x")),
    ]
}

/// A map, sometimes one that a provider signed or encrypted, which is dropped if something in it must be
/// redacted.
fn map() -> impl Strategy<Value = Value> {
    let field = proptest::sample::select(vec!["content", "text", "delta"]);
    (field, piece(), 0..8_u8).prop_map(|(field, piece, kind)| match kind {
        0 => json!({"type": "thinking", field: piece, "signature": "c2ln"}),
        1 => json!({field: piece, "thoughtSignature": "c2ln"}),
        2 => json!({"type": "redacted_thinking", "data": "c2ln", field: piece}),
        3 => json!({"content": [{field: piece}], "encrypted_content": "x"}),
        _ => json!({ field: piece }),
    })
}

/// A text item of a list, which may be a name or an option.
fn text() -> impl Strategy<Value = Value> {
    let words = ["--password", "password", "x-api-key", "see there", "mysql", "-u"];
    let word = proptest::sample::select(words.to_vec()).prop_map(str::to_owned);
    prop_oneof![2 => piece(), 1 => word].prop_map(Value::from)
}

/// A list of maps or of texts, with items among them that are dropped.
fn list() -> impl Strategy<Value = Value> {
    let maps = proptest::collection::vec(
        prop_oneof![3 => map(), 1 => going(), 1 => piece().prop_map(Value::from)],
        1..9,
    );
    let texts = proptest::collection::vec(prop_oneof![2 => text(), 1 => going()], 1..9);
    (prop_oneof![maps, texts], 0..3_u8).prop_map(|(items, around)| match around {
        0 => json!(items),
        1 => json!({ "transcript_lines": items }),
        _ => json!([[items], "x"]),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(1_000)))]

    #[test]
    fn a_second_time_finds_nothing_where_items_went(value in list(), strict: bool) {
        let scrubber = Scrubber::new(if strict { Preset::Strict } else { Preset::Balanced });
        let (walked, by_walk) = encode_json(&value, &scrubber);
        let again = scrubber.document(&walked).expect("what is written is JSON");
        prop_assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&walked), "of {}", value);
        let (serialized, tally) = encode_serialize(&value, &scrubber).expect("it can be serialized");
        prop_assert_eq!(String::from_utf8_lossy(&serialized), String::from_utf8_lossy(&walked), "of {}", value);
        prop_assert_eq!((tally.redactions(), tally.dropped()), (by_walk.redactions(), by_walk.dropped()), "of {}", value);
    }
}

#[test]
fn what_stood_on_both_sides_of_an_item_that_went_is_seen_side_by_side() {
    let (token, password) = (token(), password());
    let (first, second) = token.split_at(12);
    let opaque = json!({"secret_id": 0, "encrypted_content": "x"});
    let mark = |label: &str| format!("[REDACTED:{label}]");
    let key = mark("AWS_ACCESS_KEY");
    for (value, wanted) in [
        (json!([first, opaque, second]), json!([key, key])),
        (json!([{"text": first}, opaque, {"text": second}]), json!([{"text": key}, {"text": key}])),
        (json!(["--password", opaque, "hunter2"]), json!(["--password", mark("PASSWORD")])),
        (json!([opaque, "password", password]), json!(["password", mark("PASSWORD")])),
        (
            json!([{"content": "What is the password?"}, opaque, {"content": password}]),
            json!([{"content": "What is the password?"}, {"content": mark("PASSWORD")}]),
        ),
    ] {
        let (walked, tally) = encode_json(&value, &Scrubber::new(Preset::Balanced));
        let walked: Value = serde_json::from_slice(&walked).expect("it is JSON");
        assert_eq!(walked, wanted, "of {value}");
        assert_eq!(tally.dropped(), 0);
    }
}

/// Scrubs a value both ways, and checks that a second time finds nothing.
fn scrubbed(value: &Value, preset: Preset) -> Value {
    let scrubber = Scrubber::new(preset);
    let (walked, by_walk) = encode_json(value, &scrubber);
    let again = scrubber.document(&walked).expect("what is written is JSON");
    assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(&walked), "of {value}");
    let (serialized, tally) = encode_serialize(value, &scrubber).expect("it can be serialized");
    assert_eq!(String::from_utf8_lossy(&serialized), String::from_utf8_lossy(&walked), "of {value}");
    assert_eq!(tally.redactions(), by_walk.redactions(), "of {value}");
    serde_json::from_slice(&walked).expect("it is JSON")
}

/// Lines of which the last holds a value, marked by `§`, that another one names.
const LINES: [&str; 12] = [
    "Your API key:\n§",
    "- name: DB_PASSWORD\n  value: §",
    "see there\n- name: DB_PASSWORD\n  value: §",
    "| user | password |\n|---|---|\n| bob | § |",
    "url,username,password\nhttps://x,bob,§",
    " id | api_key\n----+---------\n  1 | §",
    "token: |\n  §",
    "variable \"db_password\" {\n  type = string\n  default = \"§\"",
    "<key>Password</key>\n<string>§</string>",
    "Content-Disposition: form-data; name=\"password\"\n\n§",
    "$ printenv API_TOKEN\n§",
    "$ vault kv get -field=password secret/db\n§",
];

#[test]
fn the_lines_of_a_list_are_read_as_one_text() {
    for (lines, preset) in LINES.iter().flat_map(|lines| PRESETS.map(|preset| (lines, preset))) {
        let password = password();
        let lines: Vec<String> = lines.split('\n').map(|line| line.replace('§', &password)).collect();
        for value in [
            json!(lines),
            json!({"adapter": {"transcript_lines": lines}}),
            json!({"text": lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>()}),
        ] {
            let clean = scrubbed(&value, preset).to_string();
            assert!(!clean.contains(&password), "{clean}");
            let rest = value.to_string().replace(&password, "");
            let marker = clean.find("[REDACTED:").expect("there is a marker");
            let end = marker + clean[marker..].find(']').expect("a marker ends");
            assert_eq!([&clean[..marker], &clean[end + 1..]].concat(), rest);
        }
    }
}

#[test]
fn a_table_by_lines_is_read_as_far_as_in_a_text() {
    const ROWS: usize = 30;
    let value = |row: usize| format!("{}{row}", password());
    let rows = (0..ROWS).map(|row| format!("{row},bob,{}", value(row)));
    let lines: Vec<String> = std::iter::once("id,user,password".to_owned()).chain(rows).collect();
    let clean = scrubbed(&json!(lines), Preset::Balanced);
    for (row, line) in clean.as_array().expect("a list").iter().skip(1).enumerate() {
        assert_eq!(line, &format!("{row},bob,[REDACTED:PASSWORD]"));
    }
}

#[test]
fn lists_of_names_and_settings_are_no_secrets() {
    for value in [
        json!({"credentials": "include"}),
        json!({"auth": "oauth2"}),
        json!({"secret": "projects/x/secrets/y"}),
        json!({"keys": ["DB_PASSWORD", "X"]}),
        json!({"keys": ["DB_PASSWORD", "DB_HOST"]}),
        json!({"required": ["password", "username", "email"]}),
        json!(["API_KEY", "DB_PASSWORD", "DB_HOST", "DB_PORT"]),
        json!(["Enter the password:", "- at least 8 characters", "- one digit"]),
        json!(["password:", "  type: string", "  description: The password of the user"]),
    ] {
        for preset in PRESETS {
            assert_eq!(scrubbed(&value, preset), value);
        }
    }
}

/// Wraps a command and what it printed as the events of an agent.
type Events = fn(&str, &str) -> Value;

const EVENTS: [Events; 4] = [
    |command, output| {
        json!([
            {"type": "assistant", "message": {"content": [
                {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": command}}
            ]}},
            {"type": "user", "message": {"content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": output}
            ]}},
        ])
    },
    |command, output| {
        json!([
            {"role": "assistant", "tool_calls": [
                {"id": "c", "function": {"name": "bash", "arguments": json!({"command": command}).to_string()}}
            ]},
            {"role": "tool", "tool_call_id": "c", "content": output},
        ])
    },
    |command, output| {
        json!([
            {"type": "exec_command_begin", "command": ["bash", "-lc", command]},
            {"type": "exec_command_end", "stdout": format!("{output}\n"), "exit_code": 0},
        ])
    },
    |command, output| json!([{"command": ["bash", "-lc", command], "stdout": output}, "done"]),
];

#[test]
fn what_a_command_printed_is_found_in_events() {
    for (events, preset) in EVENTS.iter().flat_map(|events| PRESETS.map(|preset| (events, preset))) {
        for command in ["printenv API_TOKEN", "cat /run/secrets/db_password"] {
            let password = password();
            let value = events(command, &password);
            let clean = scrubbed(&value, preset);
            let written = clean.to_string();
            assert!(!written.contains(&password), "{written}");
            let marker = written.find("[REDACTED:").expect("there is a marker");
            let end = marker + written[marker..].find(']').expect("a marker ends");
            assert_eq!(written.replace(&written[marker..=end], &password), value.to_string());
            assert_eq!(scrubbed(&events("ls -l", &password), preset), events("ls -l", &password));
        }
    }
}

#[test]
fn what_a_command_printed_is_found_in_events_that_are_json_texts() {
    for (events, preset) in EVENTS[..2].iter().flat_map(|events| PRESETS.map(|preset| (events, preset))) {
        let password = password();
        let lines = |command: &str, output: &str| {
            let events = events(command, output);
            let lines = events.as_array().expect("a list").iter().map(Value::to_string).collect::<Vec<_>>();
            json!({ "adapter": {"transcript_lines": lines} })
        };
        let value = lines("printenv DB_PASSWORD", &password);
        let clean = scrubbed(&value, preset);
        let wanted = lines("printenv DB_PASSWORD", "[REDACTED:SECRET]");
        assert_eq!(clean, wanted);
        assert_eq!(scrubbed(&lines("ls -l", &password), preset), lines("ls -l", &password));
    }
}

#[test]
fn what_a_command_printed_is_found_in_json_that_a_tool_returns() {
    let password = password();
    let events = |output: &str| {
        json!([
            {"type": "function_call", "name": "shell",
                "arguments": json!({"command": ["bash", "-lc", "printenv DB_PASSWORD"]}).to_string()},
            {"type": "function_call_output",
                "output": json!({"output": format!("{output}\n"), "metadata": {"exit_code": 0}}).to_string()},
        ])
    };
    for preset in PRESETS {
        assert_eq!(scrubbed(&events(&password), preset), events("[REDACTED:SECRET]"));
    }
}

/// The maps of a streamed answer that do not say so.
const STREAMS: [fn(&str) -> Value; 4] = [
    |text| json!({ "content": text }),
    |text| json!({"model": "l", "message": {"role": "assistant", "content": text}, "done": false}),
    |text| json!({"candidates": [{"content": {"parts": [{"text": text}], "role": "model"}}]}),
    |text| json!({"type": "text-delta", "textDelta": text}),
];

/// Returns what the pieces of a streamed answer say together.
fn said(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let told = |key: &str| !["model", "role", "type"].contains(&key);
            members.iter().filter(|(key, _)| told(key)).map(|(_, value)| said(value)).collect()
        }
        Value::Array(items) => items.iter().map(said).collect(),
        Value::String(text) => text.clone(),
        _ => String::new(),
    }
}

proptest! {
    #[test]
    fn an_answer_in_small_pieces_keeps_none(shape in 0..STREAMS.len(), size in 3..8_usize, before in "[a-z ]{0,12}", named: bool, strict: bool) {
        let preset = PRESETS[usize::from(strict)];
        let (secret, text) = if named {
            (password(), format!("{before} {{\"user\":\"b\",\"password\":\"{}\"}}", password()))
        } else {
            let token = format!("{}{}", "ghp_", "x1Y2z3W4".repeat(5));
            (token[4..].to_owned(), format!("{before} the token is {token} ok"))
        };
        let pieces = text.as_bytes().chunks(size).map(|piece| String::from_utf8_lossy(piece).into_owned());
        let value: Value = pieces.map(|piece| STREAMS[shape](&piece)).collect();
        let clean = scrubbed(&value, preset);
        let said = said(&clean);
        let runs = secret.as_bytes().windows(8).map(|run| String::from_utf8_lossy(run).into_owned());
        prop_assert!(!runs.into_iter().any(|run| said.contains(&run)), "{} of {}", said, value);
    }
}

#[test]
fn short_messages_are_no_pieces() {
    let token = format!("{}{}", "ghp_", "x1Y2z3W4".repeat(5));
    for (value, wanted) in [
        (
            json!([{"content": "token"}, {"content": token}, {"content": "okay"}]),
            json!([{"content": "token"}, {"content": "[REDACTED:GITHUB_PAT]"}, {"content": "okay"}]),
        ),
        (
            json!([{"text": "password"}, {"text": "string"}, {"text": "user"}, {"text": "token"}, {"text": "id"}]),
            json!([{"text": "password"}, {"text": "string"}, {"text": "user"}, {"text": "token"}, {"text": "id"}]),
        ),
    ] {
        for preset in PRESETS {
            assert_eq!(scrubbed(&value, preset), wanted);
        }
    }
}

#[test]
fn a_key_that_text_reads_is_read_in_a_tree() {
    let token = ["x9Kq2Lw7", "ZtB4vN8r", "Xc3Df5Gh", "Jm1Ps6Ty"].concat();
    for preset in PRESETS {
        for key in ["GITHUB_PAT", "bearer", "secret_answer", "BRAINTREE_PRIVATE", "PWD_DB"] {
            let clean = scrubbed(&json!({ key: token, "keep": "see there" }), preset);
            assert!(clean[key].as_str().is_some_and(|text| text.starts_with("[REDACTED:")), "{clean}");
            assert_eq!(clean["keep"], "see there");
            let word = json!({ key: "see there" });
            assert_eq!(scrubbed(&word, preset), word);
        }
        let secret =
            |value: &str| json!({"kind": "Secret", "metadata": {"name": "db"}, "data": {"conn": value}});
        assert_eq!(scrubbed(&secret("bWFuZ28="), preset), secret("[REDACTED:KUBERNETES_SECRET]"));
        let other = json!({"kind": "ConfigMap", "data": {"conn": "bWFuZ28="}});
        assert_eq!(scrubbed(&other, preset), other);
    }
}
