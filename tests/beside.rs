//! What the members of a map and the items of a list say about each other: what is a secret because of it,
//! and what is not.

use prestop::value::{encode_json, encode_serialize};
use prestop::{Preset, Scrubber};
use proptest::prelude::*;
use serde_json::{Value, json};

const PRESETS: [Preset; 2] = [Preset::Strict, Preset::Balanced];

/// Scrubs a value with the walk; checks that its serialization is scrubbed in the same way and that a second
/// pass changes nothing.
fn scrub(value: &Value, preset: Preset) -> Value {
    let scrubber = Scrubber::new(preset);
    let (walked, by_walk) = encode_json(value, &scrubber);
    let (written, tally) = encode_serialize(value, &scrubber).expect("a tree can be serialized");
    assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&walked));
    assert_eq!(tally.redactions(), by_walk.redactions(), "{value}");
    let walked: Value = serde_json::from_slice(&walked).expect("what is written is JSON");
    let (again, _) = encode_json(&walked, &scrubber);
    assert_eq!(serde_json::from_slice::<Value>(&again).expect("it is JSON"), walked, "a second time");
    walked
}

/// A password that nobody uses.
fn password() -> String {
    ["Vt73JBNb", "9Mt_CG3x"].concat()
}

/// A token that nobody uses.
fn token() -> String {
    ["CRKbKeyv6xQrM3hw", "wjhCS6jkdFKsvw8f"].concat()
}

#[test]
fn what_declares_a_field_is_none_of_its_values() {
    let values = [
        json!({"properties": {"password": {"type": "string", "title": "P"}, "user": {"type": "string"}}, "required": ["password", "user"]}),
        json!({"token": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null, "description": "A token"}}),
        json!({"password": {"$ref": "#/definitions/password"}}),
        json!({"api_key": {"type": ["string", "null"], "minLength": 8, "x-order": 1}}),
        json!({"password": {"valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}}),
        json!({"password": {"type": "varchar(255)", "required": true}}),
        json!({"errors": {"password": ["can't be blank", "is too short (minimum is 8 characters)"]}}),
        json!({"password": ["This field is required."]}),
        json!({"pass": {"count": 12}, "fail": {"count": 1}}),
        json!({"token": {"expires_in": 3600}}),
        json!(["token", "expired"]),
        json!(["password", "publickey"]),
        json!({"content": [{"token": "Hello", "logprob": -0.1, "bytes": [72]}]}),
    ];
    for (value, preset) in values.iter().flat_map(|value| PRESETS.map(|preset| (value, preset))) {
        assert_eq!(scrub(value, preset), *value);
    }
}

#[test]
fn beside_a_declaration_and_in_it_values_go() {
    let marker = "[REDACTED:PASSWORD]";
    let cases = [
        (
            json!({"password": {"type": "string", "value": "hunter2"}}),
            json!({"password": {"type": marker, "value": marker}}),
        ),
        (
            json!({"password": {"type": "string", "default": "hunter2"}}),
            json!({"password": {"type": "string", "default": marker}}),
        ),
        (json!({"password": {"type": "hunter2"}}), json!({"password": {"type": marker}})),
        (json!({"password": ["correct horse battery staple"]}), json!({"password": [marker]})),
        (json!({"pass": {"pin": 1234}}), json!({"pass": {"pin": marker}})),
        (json!(["password", "hunter2"]), json!(["password", marker])),
        (json!(["password", "correct horse battery"]), json!(["password", marker])),
    ];
    for ((value, wanted), preset) in cases.iter().flat_map(|case| PRESETS.map(|preset| (case, preset))) {
        assert_eq!(scrub(value, preset), *wanted);
    }
}

#[test]
fn a_name_or_a_caption_names_what_another_member_holds() {
    let (password, token) = (password(), token());
    let named = [
        json!({"label": "Password", "value": password}),
        json!({"id": "password", "type": "CONCEALED", "value": password}),
        json!({"value": password, "id": "password"}),
        json!({"selector": "#password", "value": password}),
        json!({"selector": "input[type=password]", "value": password}),
        json!({"element": "Password field", "ref": "e12", "text": password}),
        json!({"ParameterKey": "DbPassword", "ParameterValue": password}),
        json!({"name": "DB_PASSWORD", "default": password}),
        json!({"name": "DB_PASSWORD", "values": [password]}),
        json!({"k": "password", "v": password}),
        json!({"question": "What is the API key?", "answer": token}),
        json!({"file_path": "/app/.db_password", "content": format!("{password}\n")}),
    ];
    for (value, preset) in named.iter().flat_map(|value| PRESETS.map(|preset| (value, preset))) {
        let clean = scrub(value, preset);
        assert!(
            !clean.to_string().contains(&password[3..11]) && !clean.to_string().contains(&token[3..11]),
            "{clean}"
        );
        for (key, text) in value.as_object().expect("a map") {
            let holds = text.to_string().contains(&password) || text.to_string().contains(&token);
            assert!(holds || clean[key] == *text, "{clean} of {value}");
        }
    }
    let harmless = [
        json!({"label": "Password", "value": ""}),
        json!({"label": "User", "value": "x9Kq2Lw7"}),
        json!({"type": "token", "value": "identifier"}),
        json!({"id": "password", "text": "Passwort"}),
        json!({"question": "What is the API key?", "answer": "I do not know"}),
        json!({"question": "Do you need the password?", "answer": "yes"}),
        json!({"file_path": "src/password.ts", "content": "export const a = 1;"}),
        json!({"file_path": "/app/password.txt", "content": "see the wiki page"}),
        json!({"selector": "#password", "text": "Your password"}),
    ];
    for (value, preset) in harmless.iter().flat_map(|value| PRESETS.map(|preset| (value, preset))) {
        assert_eq!(scrub(value, preset), *value);
    }
}

proptest! {
    /// The names of the fields are those recognised in text, where only neighbouring fields are compared.
    #[test]
    fn an_object_hides_what_its_text_hides(
        named in proptest::sample::select(vec![
            "name", "key", "label", "id", "field", "title", "header", "variable", "property", "Name", "ParameterKey", "OptionName", "k", "env",
            "selector", "placeholder", "type", "kind", "secretName", "option", "setting", "column",
        ]),
        held in proptest::sample::select(vec!["value", "Value", "VALUE", "defaultValue", "default", "content", "val", "ParameterValue"]),
        name in proptest::sample::select(vec!["password", "DB_PASSWORD", "api_key", "Password", "client_secret", "authToken"]),
        value in "[A-Z][a-z]{2}[0-9]{2}[A-Za-z0-9_]{8,20}",
        strict: bool,
    ) {
        let preset = if strict { Preset::Strict } else { Preset::Balanced };
        let text = format!(r#"{{"{named}": "{name}", "{held}": "{value}"}}"#);
        let hidden = !Scrubber::new(preset).scrub_text(&text).contains(&value);
        let object: Value = serde_json::from_str(&text).expect("it is JSON");
        let clean = scrub(&object, preset);
        prop_assert!(!hidden || !clean.to_string().contains(&value), "{} of {}", clean, text);
    }
}

proptest! {
    #[test]
    fn a_name_and_its_value_may_have_fields_of_any_prefix(
        (named, held) in prop::sample::select(vec![
            ("option", "argument"), ("flag", "arg"), ("flag", "args"), ("option", "arguments"), ("name", "arg"), ("SettingName", "SettingValue"), ("envName", "envValue"),
            ("var_name", "var_value"), ("field_name", "field_value"), ("secret_name", "secret_value"), ("name", "old_value"), ("field", "before"), ("field", "after"),
            ("key", "old"), ("key", "new"), ("name", "currentValue"), ("name", "literal"), ("Name", "SecretString"), ("name", "previous"),
        ]),
        name in prop::sample::select(vec!["password", "db_password", "api-key", "client-secret"]),
        listed: bool,
        other in "[a-z]{0,8}",
    ) {
        let (value, list) = (token(), held.starts_with("arg") && held.ends_with('s'));
        let name = if held.starts_with("arg") { format!("--{name}") } else { name.to_owned() };
        let given = if list { json!([value]) } else { json!(value) };
        let map = json!({named: name, held: given, "x": other});
        for preset in PRESETS {
            let clean = scrub(&if listed { json!([{"a": 1}, map, {"a": 2}]) } else { map.clone() }, preset);
            prop_assert!(!clean.to_string().contains(&value[3..11]), "{}", clean);
            let kept = json!({"x": other}).to_string();
            prop_assert!(clean.to_string().contains(kept.trim_matches(['{', '}'])), "{}", clean);
        }
    }

    #[test]
    fn the_words_of_a_command_may_be_maps(
        key in prop::sample::select(vec!["value", "text", "arg", "word", "argument", "literal", "content"]),
        before in prop::collection::vec("[g-j]{2,6}", 0..4),
        option in prop::sample::select(vec!["--password", "--db-password", "--api-key", "--token"]),
        typed: bool,
    ) {
        let value = token();
        let words = before.iter().map(String::as_str).chain([option, &value, "--verbose"]);
        let items = words.map(|word| if typed { json!({"type": "literal", key: word}) } else { json!({key: word}) });
        let items: Value = items.collect();
        for preset in PRESETS {
            let clean = scrub(&items, preset);
            prop_assert!(!clean.to_string().contains(&value[3..11]), "{}", clean);
            for (at, item) in clean.as_array().expect("a list").iter().enumerate() {
                prop_assert!(at == before.len() + 1 || *item == items[at], "{}", clean);
            }
        }
    }
}

#[test]
fn what_no_option_asks_for_is_no_argument() {
    for value in [
        json!({"name": "reset_password", "args": ["user_42x9"]}),
        json!({"name": "get_secret", "arguments": ["prod_db_17x"], "id": "call_8x9Kq2Lw7"}),
        json!({"function": "rotate_token", "argument": "user_42x9"}),
        json!({"flag": "--token", "args": []}),
        json!([{"value": "--password"}, {"value": "--user-7x9Kq2"}]),
        json!([{"value": "--password"}, {"text": "x9Kq2Lw7Zt"}]),
        json!({"metric": "tokens", "old_value": 17, "new_value": 18}),
        json!({"field": "status", "before": "x9Kq2Lw7Zt", "after": "y8Jp3Mv6"}),
        json!(["git", "config", "set", "user.name", "x9Kq2Lw7Zt"]),
    ] {
        for preset in PRESETS {
            assert_eq!(scrub(&value, preset), value);
        }
    }
}

/// The number of forms in [`ran`].
const FORMS: usize = 9;

/// A command in one item and what it printed in another, as agents keep them.
fn ran(form: usize, command: &str, printed: &str) -> Value {
    let arguments = json!({"command": command}).to_string();
    match form {
        0 => json!([
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": command}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": printed}]},
        ]),
        1 => json!([
            {"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": command}},
            {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": printed}]},
        ]),
        2 => json!([
            {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "sh", "arguments": arguments}}]},
            {"role": "tool", "tool_call_id": "c1", "content": printed},
        ]),
        3 => json!([
            {"type": "function_call", "call_id": "c1", "id": "fc_1", "name": "sh", "arguments": arguments},
            {"type": "function_call_output", "call_id": "c1", "output": printed},
        ]),
        4 => json!({"command": command, "stdout": printed, "exit_code": 0}),
        8 => json!([
            {"type": "function_call", "call_id": "c1", "name": "shell", "arguments": json!({"command": ["bash", "-lc", command]}).to_string()},
            {"type": "function_call_output", "call_id": "c1", "output": printed},
        ]),
        5 => json!([{"x": 1}, {"command": command, "output": printed}]),
        6 => json!([{"input": {"command": command}}, {"result": printed}, {"result": "done"}]),
        _ => json!([
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": command}},
                {"type": "tool_use", "id": "t2", "name": "Bash", "input": {"command": "git rev-parse HEAD"}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t2", "content": "x9Kq2Lw7Zt4vB8nR"},
                {"type": "tool_result", "tool_use_id": "t1", "content": printed},
            ]},
        ]),
    }
}

#[test]
fn what_a_command_prints_goes_as_in_a_terminal() {
    for (form, preset) in (0..FORMS).flat_map(|form| PRESETS.map(|preset| (form, preset))) {
        for command in [
            "gcloud auth print-access-token",
            "vault kv get -field=password secret/db",
            "cd /app && gh auth token",
            "cat /app/.db_token",
        ] {
            for end in ["", "\n"] {
                let value = ran(form, command, &format!("{}{end}", password()));
                let clean = scrub(&value, preset);
                let wanted = ran(form, command, &format!("[REDACTED:SECRET]{end}"));
                assert_eq!(clean, wanted);
            }
        }
        for (command, printed) in
            [("ls", "Vt73JBNb9Mt.CG3x"), ("gcloud auth print-access-token", "ERROR: no account")]
        {
            let value = ran(form, command, printed);
            assert_eq!(scrub(&value, preset), value);
        }
    }
}

#[test]
fn a_file_of_a_secret_that_a_tool_reads_goes() {
    for (preset, key) in PRESETS.iter().flat_map(|preset| ["file_path", "path"].map(|key| (*preset, key))) {
        let read = |path: &str, content: &str| {
            json!([
                {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "Read", "input": {key: path}}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": content}]},
            ])
        };
        let content = |text: &str| format!("     1\u{2192}{text}\n");
        let clean = scrub(&read("/app/.db_password", &content(&password())), preset);
        assert_eq!(clean, read("/app/.db_password", &content("[REDACTED:PASSWORD]")));
        for (path, text) in [("/app/notes", password()), ("/app/.db_password", "see the vault".to_owned())] {
            let value = read(path, &content(&text));
            assert_eq!(scrub(&value, preset), value);
        }
    }
}

#[test]
fn an_answer_to_a_message_that_asks_for_a_secret_goes() {
    let asked = |question: &str, answer: &str| json!([{"role": "assistant", "content": question}, {"role": "user", "content": answer}, {"role": "assistant", "content": "Thanks"}]);
    for preset in PRESETS {
        for question in
            ["Please enter the database password:", "I need more.\nWhat is the API key?", "Done. Password:"]
        {
            let clean = scrub(&asked(question, &password()), preset);
            assert!(!clean.to_string().contains(&password()[3..11]), "{clean}");
            assert_eq!(clean[0]["content"], question);
        }
        for (question, answer) in [
            ("Should I rotate the password?", "yes"),
            ("What is the API key?", "I put it into the file config.toml2"),
            ("The password is in the vault.", "x9Kq2Lw7.txt"),
            ("Which file?", "x9Kq2Lw7"),
        ] {
            let value = asked(question, answer);
            assert_eq!(scrub(&value, preset), value);
        }
    }
}

#[test]
fn in_a_list_of_headers_and_their_values_those_of_secrets_go() {
    for preset in PRESETS {
        let clean = scrub(&json!(["Host", "example.com", "X-Api-Key", token(), "Accept", "x"]), preset);
        assert!(!clean.to_string().contains(&token()[3..11]), "{clean}");
        assert_eq!((&clean[2], &clean[5]), (&json!("X-Api-Key"), &json!("x")));
        for list in [json!(["a", "x-api-key", "x-request-id", "b"]), json!(["x", "x-api-key", "required"])] {
            assert_eq!(scrub(&list, preset), list);
        }
    }
}

#[test]
fn codes_below_each_other_are_no_token_together() {
    let codes = (0..60_u8).map(|n| format!("GQ-{}{}", char::from(b'A' + n % 26), char::from(b'A' + n / 26)));
    let table: Vec<Value> = ["GQ-C", "GQ-I"]
        .map(String::from)
        .into_iter()
        .chain(codes)
        .map(|code| json!({"code": code, "type": "Province"}))
        .collect();
    for preset in PRESETS {
        assert_eq!(scrub(&json!(table), preset), json!(table));
    }
    // A token in as many pieces is redacted in each of them.
    let token = format!("IG{}Q{}", "", "V9xKq2Lw7ZtB4nR8".repeat(8));
    let pieces: Vec<Value> =
        token.as_bytes().chunks(4).map(|piece| json!({"text": String::from_utf8_lossy(piece)})).collect();
    for preset in PRESETS {
        assert!(!scrub(&json!(pieces), preset).to_string().contains("7ZtB"), "{pieces:?}");
    }
}

#[test]
fn what_a_provider_signed_stays_however_a_library_keeps_it() {
    let opaque = "Zx82aQ1kPq9wLm4Rt7Yv0BnC".repeat(6);
    let items = [
        json!({"reasoningContent": {"reasoningText": {"text": "x", "signature": opaque}}}),
        json!({"reasoningContent": {"redactedContent": opaque}}),
        json!({"type": "reasoning", "text": "x", "providerMetadata": {"anthropic": {"signature": opaque}}}),
        json!({"type": "reasoning", "text": "", "providerOptions": {"anthropic": {"redactedData": opaque}}}),
        json!({"type": "reasoning", "text": "", "providerOptions": {"openai": {"itemId": "rs_1", "reasoningEncryptedContent": opaque}}}),
        json!({"thinking": "x", "thinking_signature": opaque}),
        json!({"reasoning_details": [{"type": "reasoning.encrypted", "data": opaque}, {"type": "reasoning.text", "text": "x", "signature": opaque}]}),
        json!({"data": opaque, "type": "reasoning.encrypted"}),
        json!({"type": "reasoning", "reasoning": "x", "extras": {"signature": opaque}}),
    ];
    for (item, preset) in items.iter().flat_map(|item| PRESETS.map(|preset| (item, preset))) {
        let lines = json!({"l": [item, {"role": "user", "content": "hi"}]});
        assert_eq!(scrub(&lines, preset), lines);
        for text in [lines.to_string(), json!({"body": lines.to_string()}).to_string()] {
            assert_eq!(Scrubber::new(preset).scrub_text(&text), text);
        }
    }
    // Elsewhere a signature is a blob, and what is signed is removed as a whole if something in it must be
    // redacted.
    let other = json!({"l": [{"type": "x", "signature": opaque}]});
    assert_ne!(scrub(&other, Preset::Strict), other);
    let signed = json!([{"reasoningText": {"text": format!("see ghp_{}", "a1B2c3D4e5F6".repeat(3)), "signature": opaque}}]);
    assert_eq!(scrub(&signed, Preset::Balanced), json!([{"reasoningText": "[REDACTED:GITHUB_PAT]"}]));
}

#[test]
fn a_word_in_a_list_of_pairs_is_a_value_in_strict() {
    let pairs = json!([["password", "sunshine"], ["token", "expired"]]);
    let wanted = json!([["password", "[REDACTED:PASSWORD]"], ["token", "[REDACTED:TOKEN]"]]);
    assert_eq!(scrub(&pairs, Preset::Strict), wanted);
    assert_eq!(scrub(&pairs[0], Preset::Strict), pairs[0]);
    assert_eq!(scrub(&pairs, Preset::Balanced), pairs);
}

proptest! {
    /// What is left of a text is shorter than the text was, and may look like an answer only then.
    #[test]
    fn what_is_left_of_a_text_is_no_answer(
        key in prop::sample::select(vec!["type", "label", "question", "title"]),
        asked in prop::sample::select(vec!["apikey", "Database password:", "API token", "password"]),
        field in prop::sample::select(vec!["content", "value", "text", "answer"]),
        digits in "[0-9a-f]{40,80}",
        before in "[a-z ]{0,24}",
        behind in "[A-Z]?[a-z ]{0,24}",
    ) {
        let content = format!("{before}{digits}{behind}");
        for preset in PRESETS {
            scrub(&json!({key: asked, field: content}), preset);
            scrub(&json!([{"role": "a", key: asked}, {"role": "b", field: content}]), preset);
        }
    }
}
