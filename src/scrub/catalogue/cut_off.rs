//! Tests the examples of every built-in rule, cut off before their secret, as the end of a JSON string. What
//! follows the string is unrelated, and the quote that closes it opens no value.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::builtin;
use crate::scrub::example::expand;
use crate::scrub::{Preset, Scrubber};

const SEED: u64 = 78;

/// The named texts before each secret in the examples of a preset's rules.
fn beginnings(preset: Preset) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for rule in builtin().iter().filter(|rule| rule.is_in(preset)) {
        for (number, template) in rule.positive.iter().enumerate() {
            let example = expand(template, SEED);
            let ends = example.secrets.iter().map(|secret| example.text[..secret.start].to_owned());
            all.extend(
                ends.filter(|text| !text.is_empty()).map(|text| (format!("{} {number}", rule.id), text)),
            );
        }
    }
    all.sort();
    all.dedup_by(|one, other| one.1 == other.1);
    all
}

/// JSON in which one text is followed by another.
fn documents(text: &str, next: &str) -> Vec<Value> {
    vec![
        json!([{"t": text}, {"t": next}]),
        json!([text, next, "z"]),
        json!([text, {next: 1, "y": null}]),
        json!({"a": text, "b": [[next]]}),
        json!({"a": [text], "b": next, "c": {}}),
        json!([{text: next, "z": 1}]),
        json!([text, 17, [true]]),
    ]
}

/// The kinds of the values and their nesting. A scalar may have become the text of a marker.
fn shape(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let mut shapes: Vec<String> = members.values().map(shape).collect();
            // The names may have changed, and their order with them.
            shapes.sort_unstable();
            format!("{{{}}}", shapes.join(","))
        }
        _ => ".".to_owned(),
    }
}

/// Names and what joins them to a value, without a value in the string.
const READERS: [&str; 40] = [
    "password=",
    "password = ",
    "password: ",
    "export API_TOKEN=",
    "DB_PASSWORD=",
    "DB_PASSWORD='",
    "--password ",
    "--token=",
    "-p",
    "Authorization: Bearer ",
    "Authorization: ",
    "Cookie: ",
    "X-Api-Key: ",
    "curl -H \"X-Api-Key: ",
    "curl -u bob:",
    "https://bob:",
    "INSERT INTO users (id, name, password) VALUES (1, 'bob', ",
    "INSERT INTO users (id, name, password) VALUES (1,'bob',",
    "<password>",
    "<password ",
    "<add key=\"password\" value=\"",
    "{\"name\": \"password\", \"value\": ",
    "{\"name\": \"password\", \"value\": \"",
    "password = [",
    "auth=(\"bob\", ",
    "auth=('bob', ",
    "tokens = {\n  \"a\": ",
    "passwords:\n  - ",
    "password: |\n  ",
    "user, password := \"bob\", ",
    concat!("api_k", "ey = \"q7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa8Ue3\" + "),
    "password -> ",
    "SecretStr(",
    "password = SecretStr(",
    "setPassword(",
    "getenv(\"PASSWORD\", ",
    "| user | password |\n|---|---|\n| bob | ",
    "user,password\nbob,",
    "password is ",
    "const password = process.env.X || ",
];

/// With a space after each comma and colon, as Python writes JSON.
fn spaced(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{}: {}", json!(name), spaced(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        _ => value.to_string(),
    }
}

/// Ways to write JSON.
const STYLES: [fn(&Value) -> String; 3] = [|value| value.to_string(), |value| format!("{value:#}"), spaced];

/// Checks that a document nested to `depth` keeps its structure.
fn stays(scrubber: &Scrubber, document: &Value, depth: usize, style: usize) -> Result<(), String> {
    let print = STYLES[style % STYLES.len()];
    let json = (1..depth).fold(print(document), |text, _| print(&json!({ "c": text })));
    let out = scrubber.scrub_text(&json);
    if scrubber.scrub_text(&out) != out {
        return Err(format!("{depth}, {:?}: {out} is changed again", scrubber.preset()));
    }
    let inner = (1..depth).try_fold(out.clone().into_owned(), |text, _| {
        let value: Value = serde_json::from_str(&text).ok()?;
        value["c"].as_str().map(str::to_owned)
    });
    let value = inner.and_then(|text| serde_json::from_str(&text).ok());
    let same = value.is_some_and(|value: Value| shape(&value) == shape(document));
    if same { Ok(()) } else { Err(format!("{depth}, {:?}: {out} from {json}", scrubber.preset())) }
}

const NEXT: [&str; 7] = [
    "next words",
    "q7Rk2mXw9T",
    "hunter2x9Q",
    "x",
    "q7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa8Ue3Kw5",
    ":q7Rk2mXw9T",
    "",
];

#[test]
fn the_quote_that_closes_a_string_opens_no_value() {
    let (mut broken, mut turn) = (Vec::new(), 0);
    for preset in [Preset::Balanced, Preset::Strict] {
        let scrubber = Scrubber::new(preset);
        let readers = READERS.map(|text| (text.to_owned(), text.to_owned()));
        for (name, text) in beginnings(preset).into_iter().chain(readers) {
            turn += 1;
            for document in documents(&text, NEXT[turn % NEXT.len()]) {
                for depth in 1..=3 {
                    turn += 1;
                    let stays = stays(&scrubber, &document, depth, turn);
                    broken.extend(stays.err().map(|what| format!("{name}: {what}")));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{} of {turn}: {}", broken.len(), broken.join("\n"));
}

/// Parts of examples, and beginnings of assignments.
fn parts() -> impl Strategy<Value = String> {
    let examples: Vec<String> = builtin()
        .iter()
        .flat_map(|rule| rule.positive.iter().map(|template| expand(template, SEED).text))
        .collect();
    let part = (prop::sample::select(examples), any::<prop::sample::Index>(), any::<bool>());
    let part = part.prop_map(|(text, at, front)| {
        let at = (0..=at.index(text.len() + 1)).rfind(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let (before, behind) = text.split_at(at);
        if front { before.to_owned() } else { behind.to_owned() }
    });
    let one = prop_oneof![
        3 => part,
        2 => prop::sample::select(READERS.to_vec()).prop_map(str::to_owned),
        1 => prop::sample::select(NEXT.to_vec()).prop_map(str::to_owned),
    ];
    prop::collection::vec(one, 1..4).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(1_500)))]

    #[test]
    fn texts_that_are_cut_anywhere_leave_the_document_whole(
        text in parts(), next in parts(), kind in any::<prop::sample::Index>(), depth in 1usize..4, style: usize, strict: bool,
    ) {
        let scrubber = Scrubber::new(if strict { Preset::Strict } else { Preset::Balanced });
        let documents = documents(&text, &next);
        let stays = stays(&scrubber, &documents[kind.index(documents.len())], depth, style);
        prop_assert!(stays.is_ok(), "{}", stays.unwrap_err());
    }
}
