//! The promises of the walk over values: properties over random trees, and examples for the sentences of the
//! design.

use prestop::snapshot::Rescrub as _;
use prestop::value::{Container, Json, Kind, Shape, Sink, Walk, encode_json, encode_serialize};
use prestop::{Preset, Scrubber};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Keys and strings that have a meaning for the walk, so that random trees are full of them.
const TELLING: [&str; 42] = [
    "password",
    "name",
    "key",
    "value",
    "type",
    "thinking",
    "signature",
    "data",
    "redacted_thinking",
    "adapter",
    "session_id",
    "id",
    "timestamp",
    "current_task",
    "source",
    "sandbox",
    "tool",
    "run_code",
    "source=sandbox",
    "--password",
    "hunter2",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "{\"source\":\"sandbox\"}",
    "[REDACTED:PASSWORD]",
    "[REDACTED:SANDBOX]",
    "Key",
    "wp",
    "-d",
    ":",
    "-storepass",
    "is",
    "--password='hunter2'",
    "wget --password='hunter2' https://x",
    "psk=\"hunter2\"",
    "Your API key:",
    "- name: DB_PASSWORD",
    "  value: hunter2",
    "user,password",
    "bob,hunter2",
    "token: |",
    "$ printenv DB_PASSWORD",
];

/// A secret of one of a few kinds, assembled here so that no scanner takes this file for a leak.
fn secret(kind: usize) -> String {
    let tail = "x1Y2z3W4".repeat(5);
    match kind % 5 {
        0 => format!("{}{tail}", "ghp_"),
        1 => format!("{}{}", "AKIA", "ABCDEFGH12345678"),
        2 => format!("Bearer {tail}"),
        3 => "MIIEpAIBAAKCAQEA".repeat(4),
        _ => tail,
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z ]{0,12}",
        3 => proptest::sample::select(TELLING.to_vec()).prop_map(str::to_owned),
        2 => "(?s).{0,20}",
        1 => (0_usize..5).prop_map(secret),
        1 => ("[a-z ]{0,9}", 0_usize..5, "[a-z ]{0,9}").prop_map(|(a, kind, b)| format!("{a} {} {b}", secret(kind))),
    ]
}

fn tree(text: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = Value> {
    let text = text.boxed();
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        6 => text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((text.clone(), inner.clone()), 0..6)
                .prop_map(|members| members.into_iter().collect::<Value>()),
            inner.prop_map(|thought| json!({"type": "thinking", "thinking": thought, "signature": "c2ln"})),
        ]
    })
}

fn presets() -> impl Strategy<Value = Preset> {
    prop_oneof![Just(Preset::Molecule), Just(Preset::Strict), Just(Preset::Balanced)]
}

fn encode(value: &Value, preset: Preset) -> Value {
    let (bytes, _) = encode_json(value, &Scrubber::new(preset));
    serde_json::from_slice(&bytes).expect("what is written is JSON")
}

/// Collects the texts that a host with objects of its own would have after a walk.
#[derive(Default)]
struct Texts(Vec<String>);

impl<'v> Sink<Json<'v>> for Texts {
    const JSON: bool = false;
    fn plain(&mut self, _: &Json<'v>, _: &Shape<&'v str>) {}
    fn kept(&mut self, node: &Json<'v>, _: &[u8], _: Kind) {
        if let Json::Value(Value::String(text)) = node {
            self.0.push(text.clone());
        }
    }
    fn replaced(&mut self, _: &Json<'v>, text: &[u8], _: Kind) {
        self.0.push(String::from_utf8_lossy(text).into_owned());
    }
    fn marker(&mut self, marker: &str) {
        self.0.push(marker.to_owned());
    }
    fn dropped(&mut self) {}
    fn open(&mut self, _: &Json<'v>, _: Container) {}
    fn key(&mut self, _: &Json<'v>, _: &[u8], _: bool) {}
    fn close(&mut self) {}
}

/// Returns the texts in a value, in order.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(entries) => entries.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn members(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(members).sum(),
        Value::Object(entries) => entries.len() + entries.values().map(members).sum::<usize>(),
        _ => 0,
    }
}

proptest! {
    #[test]
    fn a_clean_tree_is_written_as_it_is(value in tree("[a-z ]{0,9}"), preset in presets()) {
        let (bytes, tally) = encode_json(&value, &Scrubber::new(preset));
        prop_assume!(tally.redactions().is_empty());
        prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).ok(), Some(value));
    }

    #[test]
    fn any_tree_gives_json_that_stays_as_it_is(value in tree(text()), preset in presets()) {
        let scrubber = Scrubber::new(preset);
        let (once, _) = encode_json(&value, &scrubber);
        prop_assert!(serde_json::from_slice::<Value>(&once).is_ok());
        // With the parser that keeps the order of the members.
        let twice = scrubber.document(&once).expect("what is written is a document");
        prop_assert_eq!(String::from_utf8_lossy(&twice), String::from_utf8_lossy(&once));
    }

    #[test]
    fn a_serialized_value_is_written_as_the_walk_writes_it(value in tree(text()), preset in presets()) {
        let scrubber = Scrubber::new(preset);
        let (walked, by_walk) = encode_json(&value, &scrubber);
        let (written, tally) = encode_serialize(&value, &scrubber).expect("a tree can be serialized");
        prop_assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&walked));
        prop_assert_eq!(tally.redactions(), by_walk.redactions());
        prop_assert_eq!(tally.dropped(), by_walk.dropped());
    }

    #[test]
    fn a_signed_item_stays_as_it_is_or_goes(thoughts in proptest::collection::vec(tree(text()), 0..4), preset in presets()) {
        let items: Vec<Value> =
            thoughts.into_iter().map(|thought| json!({"type": "thinking", "t": thought, "signature": "c2ln"})).collect();
        let Value::Array(left) = encode(&json!(items), preset) else { panic!("a list stays one") };
        let clean = |item: &&Value| encode_json(item, &Scrubber::new(preset)).1 == prestop::scrub::Tally::default();
        // At the top level an item is altered, since it cannot be dropped; whether it is altered tells what
        // happens to it in a list.
        let expected: Vec<&Value> = items.iter().filter(clean).collect();
        // An item with a part of a key that is split over several is dropped, though it is clean by itself.
        if serde_json::to_string(&items).expect("it is JSON").contains("PRIVATE KEY") {
            prop_assert!(left.iter().all(|item| expected.contains(&item)));
        } else {
            prop_assert_eq!(left.iter().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn no_secret_is_left_and_no_member_is_lost(
        keys in proptest::collection::vec((0_usize..5, "[a-z]{0,2}"), 1..9),
        preset in presets(),
    ) {
        let value: Value = keys
            .iter()
            .map(|(kind, around)| (format!("{around} {}", secret(*kind)), json!([secret(*kind)])))
            .collect();
        let (bytes, _) = encode_json(&value, &Scrubber::new(preset));
        let parsed: Value = serde_json::from_slice(&bytes).expect("what is written is JSON");
        prop_assert_eq!(members(&parsed), members(&value));
        if preset != Preset::Balanced {
            let written = String::from_utf8_lossy(&bytes);
            prop_assert!(!written.contains("x1Y2z3W4") && !written.contains("MIIEpA") && !written.contains("ABCDEFGH"));
        }
    }

    #[test]
    fn what_is_split_over_the_lines_of_a_list_is_gone(
        known: bool,
        before in "[a-z ]{0,20}",
        widths in proptest::collection::vec(12_usize..40, 1..5),
        decoration in proptest::sample::select(vec!["", "  ", "+", "> ", "  12 | ", "a.py:12:"]),
        ends: bool,
        strict: bool,
    ) {
        let secret = if known { "q7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa8Ue3Wx2y".to_owned() } else { secret(0) };
        let preset = if strict { Preset::Strict } else { Preset::Balanced };
        let builder = Scrubber::builder(preset).with_known_secrets([("DEPLOY", "q7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa8Ue3Wx2y")]);
        let scrubber = builder.and_then(prestop::scrub::ScrubberBuilder::build).expect("the options are good");
        let (mut lines, mut at) = (vec!["ls".to_owned()], 0_usize);
        for (number, width) in widths.iter().chain([&usize::MAX]).enumerate() {
            let to = at.saturating_add(*width).min(secret.len());
            let part = if number == 0 { format!("{decoration}{before} {}", &secret[at..to]) } else { format!("{decoration}{}", &secret[at..to]) };
            lines.push(if ends { part + "\n" } else { part });
            at = to;
        }
        lines.push("ok then".to_owned());
        let (bytes, _) = encode_json(&json!(lines), &scrubber);
        let written: Vec<String> = serde_json::from_slice(&bytes).expect("a list of texts stays one");
        prop_assert_eq!(written.len(), lines.len());
        let left = written.concat();
        prop_assert!(!(0..secret.len() - 8).any(|at| left.contains(&secret[at..at + 8])), "{:?} from {:?}", written, lines);
        prop_assert!(left.starts_with("ls") && left.ends_with("ok then"), "{}", left);
    }

    #[test]
    fn a_secret_on_a_command_line_goes_word_by_word_too(
        password in "[a-z][A-Z][0-9][A-Za-z0-9]{9,12}", command in 0..13_usize, blank: bool, strict: bool, around: bool,
    ) {
        let password = if blank { format!("{} {}", &password[..6], &password[6..]) } else { password };
        let words = [
            &["sshpass", "-p", "%", "ssh", "h"][..], &["mysql", "-u", "root", "-p%"], &["docker", "login", "-u", "x", "-p", "%"],
            &["redis-cli", "-a", "%"], &["/usr/bin/curl", "-sS", "-u", "bob:%", "https://example.com"], &["smbclient", "-U", "bob%%", "//h/s"],
            &["set", "password", "%"], &["env", "A=1", "sshpass", "-p", "%", "scp", "a", "b"], &["htpasswd", "-b", "f", "bob", "%"],
            &["login", "--password", "%"], &["app", "--api-key", "%", "--x"], &["openssl", "rsa", "-pass", "pass:%"], &["--requirepass", "%"],
        ][command];
        let said: Vec<String> = words.iter().map(|word| match word.strip_suffix('%') {
            Some(before) => format!("{before}{password}"),
            None => (*word).to_owned(),
        }).collect();
        let value = if around { json!({"tool": {"command": said, "n": 1}}) } else { json!([["x"], said]) };
        let preset = if strict { Preset::Strict } else { Preset::Balanced };
        let written = encode(&value, preset);
        prop_assert!(!written.to_string().contains(&password[password.len() - 6..]), "{} of {}", written, value);
        for word in words.iter().filter(|word| !word.contains('%')) {
            prop_assert!(written.to_string().contains(word), "{} of {}", written, value);
        }
        prop_assert_eq!(encode(&written, preset), written.clone());
        let scrubber = Scrubber::new(preset);
        let (walked, _) = Walk::new(&scrubber, Texts::default()).run(&Json::Value(&value));
        prop_assert_eq!(walked.0, texts(&written), "a host that keeps its objects");
        let (walked, _) = encode_json(&value, &Scrubber::new(preset));
        let (serialized, _) = encode_serialize(&value, &Scrubber::new(preset)).expect("it can be serialized");
        prop_assert_eq!(String::from_utf8_lossy(&serialized), String::from_utf8_lossy(&walked));
    }

    #[test]
    fn the_layout_is_that_of_serde_with_two_spaces(value in tree("[a-z\\n\"\\\\ä]{0,9}")) {
        // Floats are spelled as in Python, which for some is not the spelling of serde.
        let (bytes, tally) = encode_json(&value, &Scrubber::new(Preset::Molecule));
        prop_assume!(tally.redactions().is_empty());
        let parsed: Value = serde_json::from_slice(&bytes).expect("what is written is JSON");
        let written = String::from_utf8_lossy(&bytes);
        if !written.contains(['.', 'e', 'E']) {
            prop_assert_eq!(written, serde_json::to_string_pretty(&parsed).expect("a value is JSON"));
        }
    }
}

#[test]
fn a_deep_tree_ends_in_a_marker() {
    let mut value = json!("bottom");
    for level in 0..2_000 {
        // Not with `json!`, which walks the tree to copy it.
        value = if level % 2 == 0 {
            Value::Array(vec![value])
        } else {
            Value::Object([("d".to_owned(), value)].into_iter().collect())
        };
    }
    let (bytes, tally) = encode_json(&value, &Scrubber::new(Preset::Balanced));
    let written = String::from_utf8_lossy(&bytes);
    assert!(written.contains("[REDACTED:DEPTH]") && !written.contains("bottom"));
    assert_eq!(written.matches(['[', '{']).count() - 1, 256);
    assert_eq!(tally.redactions().get("DEPTH"), Some(&1));
}

#[test]
fn a_tree_at_the_bound_is_whole() {
    let mut value = json!("bottom");
    for _ in 0..256 {
        value = json!([value]);
    }
    let (bytes, _) = encode_json(&value, &Scrubber::new(Preset::Balanced));
    assert!(String::from_utf8_lossy(&bytes).contains("bottom"));
}

#[test]
fn a_sensitive_key_redacts_its_value_whatever_it_looks_like() {
    let value =
        json!({"password": "hunter2", "deep": {"password": {"a": ["x", 1, null, true, "", {}], "b": []}}});
    let marker = "[REDACTED:PASSWORD]";
    let wanted = json!({
        "password": marker,
        "deep": {"password": {"a": [marker, marker, null, true, "", {}], "b": []}},
    });
    assert_eq!(encode(&value, Preset::Strict), wanted);
}

#[test]
fn pairs_and_arguments_count_as_key_and_value() {
    let marker = "[REDACTED:PASSWORD]";
    let cases = [
        (json!({"name": "password", "value": "hunter2"}), json!({"name": "password", "value": marker})),
        (json!({"value": "hunter2", "key": "password"}), json!({"value": marker, "key": "password"})),
        (json!({"NAME": "DB_PASSWORD", "VALUE": "hunter2"}), json!({"NAME": "DB_PASSWORD", "VALUE": marker})),
        (json!({"KEY": "DB_PASSWORD", "VALUE": "hunter2"}), json!({"KEY": "DB_PASSWORD", "VALUE": marker})),
        (json!({"field": "password", "value": "hunter2"}), json!({"field": "password", "value": marker})),
        (
            json!({"variable": "DB_PASSWORD", "value": "hunter2"}),
            json!({"variable": "DB_PASSWORD", "value": marker}),
        ),
        (json!({"NAME": "user", "VALUE": "me"}), json!({"NAME": "user", "VALUE": "me"})),
        (json!([["password", "hunter2"], ["user", "me"]]), json!([["password", marker], ["user", "me"]])),
        (json!(["login", "--password", "hunter2", "-v"]), json!(["login", "--password", marker, "-v"])),
        (json!(["--password", "--verbose"]), json!(["--password", "--verbose"])),
        (json!(["password", "of the day", "x"]), json!(["password", "of the day", "x"])),
        (json!(["ssh", "-i", "key", "-p", "2222", "h"]), json!(["ssh", "-i", "key", "-p", "2222", "h"])),
        (json!(["git", "commit", "-m", "fix: say=what"]), json!(["git", "commit", "-m", "fix: say=what"])),
        // The words of a script belong to the script.
        (
            json!(["sh", "-c", format!("DB_PASSWORD={} make", "x1y2Z3w4Q")]),
            json!(["sh", "-c", format!("DB_PASSWORD={marker} make")]),
        ),
        (json!({"name": "user", "value": "me"}), json!({"name": "user", "value": "me"})),
    ];
    for (value, wanted) in cases {
        assert_eq!(encode(&value, Preset::Strict), wanted);
    }
}

#[test]
fn sandbox_content_is_dropped_from_lists_and_marked_elsewhere() {
    let value = json!({
        "current_task": "look at source=sandbox",
        "list": [
            "ls", "x SOURCE=Sandbox y", {"source": "sandbox", "x": 1}, {"tool": "run_code"}, {"tool_name": "run_code"},
            {"name": "run_code"}, {"text": "[sandbox_output] 1"}, "{\"source\": \"sandbox\", \"x\": 1}",
            {"Source": "sandbox"}, ["tool=run_code"], {"inner": {"text": "tool=run_code"}},
        ],
        "lone": {"tool": "run_code", "x": 1},
        "text": "tool=run_code",
    });
    let wanted = json!({
        "current_task": "look at source=sandbox",
        "list": ["ls", {"Source": "sandbox"}, [], {"inner": {"text": "[REDACTED:SANDBOX]"}}],
        "lone": "[REDACTED:SANDBOX]",
        "text": "[REDACTED:SANDBOX]",
    });
    assert_eq!(encode(&value, Preset::Strict), wanted);
}

#[test]
fn what_was_for_a_map_that_is_dropped_goes_into_no_other() {
    let token = secret(0);
    let (first, rest) = token.split_at(token.len() / 2);
    let scrubber = Scrubber::new(Preset::Balanced);
    // Either dropped or removed as opaque, and with the same key as the item after it.
    for dropped in
        [json!({"t": rest, "source": "sandbox"}), json!({"t": rest, "encrypted_content": "c2lnbmVk"})]
    {
        let lines = json!({"l": [{"t": format!("see {first}")}, dropped, {"t": "(innocent)", "u": 1}]});
        let (bytes, _) = encode_json(&lines, &scrubber);
        let written: Value = serde_json::from_slice(&bytes).expect("it is JSON");
        assert_eq!(written["l"].as_array().map(Vec::len), Some(2), "{written}");
        assert_eq!(written["l"][1], json!({"t": "(innocent)", "u": 1}));
    }
}

#[test]
fn many_split_secrets_are_all_found() {
    let token = secret(0);
    let (first, rest) = token.split_at(token.len() / 2);
    let lines: Vec<Value> = (0..20_000)
        .map(|at| json!({"t": if at % 2 == 0 { format!(" {first}") } else { format!("{rest} ") }}))
        .collect();
    let (bytes, tally) = encode_json(&json!(lines), &Scrubber::new(Preset::Balanced));
    let written = String::from_utf8(bytes).expect("it is text");
    assert!(!written.contains(first) && !written.contains(rest), "{}", &written[..200]);
    assert_eq!(tally.redactions().values().sum::<u64>(), 20_000);
}

#[test]
fn the_whole_and_its_adapter_are_never_dropped() {
    let value = json!({"name": "run_code", "adapter": {"source": "sandbox", "session_id": "s-1"}});
    assert_eq!(encode(&value, Preset::Strict), value);
}
