//! Anything that `serde` can serialize is scrubbed while it is serialized, as the walk scrubs the same value
//! as a tree.

use std::collections::BTreeMap;

use prestop::value::{Scrubbed, encode_json, encode_serialize};
use prestop::{ErrorKind, Preset, Scrubber};
use proptest::prelude::*;
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::json;

/// One of each kind of value that `serde` distinguishes.
#[derive(Clone, Debug, serde::Serialize)]
enum Thing {
    #[serde(rename = "run_code")]
    Unit,
    #[serde(rename = "password")]
    Newtype(Box<Thing>),
    Tuple(Box<Thing>, Box<Thing>),
    #[serde(rename = "adapter")]
    // Fields in the order of the tree: what a member says about others may depend on the order.
    Struct {
        name: Box<Thing>,
        signature: String,
        r#type: String,
        value: Box<Thing>,
    },
    #[serde(untagged)]
    Transparent(Option<Wrapped>),
    #[serde(untagged)]
    Pair((String, Box<Thing>)),
    #[serde(untagged)]
    List(Vec<Thing>),
    #[serde(untagged)]
    Strings(Vec<String>),
    #[serde(untagged)]
    Map(BTreeMap<String, Thing>),
    #[serde(untagged)]
    Numbers(BTreeMap<i16, f64>),
    #[serde(untagged)]
    Record(Record),
    #[serde(untagged)]
    Text(String),
    #[serde(untagged)]
    Character(char),
    #[serde(untagged)]
    Scalar(bool, u8, i64, ()),
    #[serde(untagged)]
    Float(f32),
}

#[derive(Clone, Debug, serde::Serialize)]
struct Wrapped(u64);

#[derive(Clone, Debug, serde::Serialize)]
struct Record {
    source: String,
    session_id: String,
    current_task: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Thing>,
}

fn text() -> impl Strategy<Value = String> {
    let token = format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let begin = "-----BEGIN PRIVATE KEY-----".to_owned();
    let telling = [
        "password",
        "--password",
        "thinking",
        "sandbox",
        "run_code",
        "source=sandbox x",
        "hunter2",
        "-----END PRIVATE KEY-----",
        "MIIEpAIBAAKCAQEAq7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa8Ue3",
        "[REDACTED:PASSWORD]",
    ];
    let telling = telling.map(str::to_owned).into_iter().chain([token, begin]).collect::<Vec<_>>();
    prop_oneof!["[a-z ]{0,9}", proptest::sample::select(telling), "(?s).{0,9}"]
}

fn thing() -> impl Strategy<Value = Thing> {
    let leaf = prop_oneof![
        Just(Thing::Unit),
        any::<Option<u64>>().prop_map(|number| Thing::Transparent(number.map(Wrapped))),
        text().prop_map(Thing::Text),
        any::<char>().prop_map(Thing::Character),
        proptest::collection::vec(text(), 0..6).prop_map(Thing::Strings),
        proptest::collection::btree_map(any::<i16>(), any::<f64>(), 0..3).prop_map(Thing::Numbers),
        any::<(bool, u8, i64)>().prop_map(|(a, b, c)| Thing::Scalar(a, b, c, ())),
        // Those that a tree holds exactly: others have more digits there.
        any::<i16>().prop_map(|number| Thing::Float(f32::from(number) / 4.0)),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        // Distinct from the fields of a record, since a tree cannot hold a key twice.
        let key = || {
            text().prop_filter("a field", |key| !["source", "session_id", "current_task"].contains(&&**key))
        };
        let map = || proptest::collection::btree_map(key(), inner.clone(), 0..4);
        prop_oneof![
            boxed().prop_map(Thing::Newtype),
            (boxed(), boxed()).prop_map(|(a, b)| Thing::Tuple(a, b)),
            (boxed(), text(), text(), boxed()).prop_map(|(name, signature, r#type, value)| Thing::Struct {
                name,
                signature,
                r#type,
                value
            }),
            (text(), boxed()).prop_map(Thing::Pair),
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Thing::List),
            map().prop_map(Thing::Map),
            (text(), text(), text(), map()).prop_map(|(source, session_id, current_task, rest)| {
                Thing::Record(Record { source, session_id, current_task, rest })
            }),
        ]
    })
}

/// Parses JSON to compare it. A tree sorts its members, so only what does not depend on their order is
/// compared.
fn parsed(json: &[u8]) -> serde_json::Value {
    serde_json::from_slice(json).expect("what is written is JSON")
}

proptest! {
    #[test]
    fn every_kind_of_value_is_scrubbed_as_its_tree(value in thing()) {
        let tree = serde_json::to_value(&value).expect("it can be a tree");
        for preset in [Preset::Strict, Preset::Balanced, Preset::Molecule] {
            let scrubber = Scrubber::new(preset);
            let (walked, _) = encode_json(&tree, &scrubber);
            let (written, _) = encode_serialize(&value, &scrubber).expect("it can be serialized");
            prop_assert_eq!(parsed(&written), parsed(&walked));
            let inline = serde_json::to_vec(&Scrubbed::new(&value, &scrubber)).expect("it can be serialized");
            prop_assert_eq!(parsed(&inline), parsed(&walked));
        }
    }
}

/// A piece of a streamed answer, in one of the forms in which it may come.
#[derive(Clone, Debug, serde::Serialize)]
enum Streamed {
    Text(String),
    Content {
        content: String,
    },
    #[serde(untagged)]
    Delta {
        index: usize,
        delta: BTreeMap<&'static str, String>,
    },
    #[serde(untagged)]
    Thought {
        r#type: &'static str,
        thinking: String,
        signature: &'static str,
    },
    #[serde(untagged)]
    Bare(String),
}

fn streamed(kind: u8, index: usize, piece: &str) -> Streamed {
    let text = piece.to_owned();
    match kind {
        0 => Streamed::Text(text),
        1 => Streamed::Content { content: text },
        2 => Streamed::Thought { r#type: "thinking", thinking: text, signature: "c2ln" },
        3 => Streamed::Bare(text),
        _ => Streamed::Delta { index, delta: BTreeMap::from([("text", text)]) },
    }
}

proptest! {
    #[test]
    fn what_is_split_over_consecutive_maps_is_found_as_the_walk_finds_it(
        before in "[a-z ]{0,8} ",
        long in prop_oneof![4 => Just(0), 1 => 0..4_000_usize],
        cuts in proptest::collection::vec(1..30_usize, 1..12),
        kinds in proptest::collection::vec(prop_oneof![0..4_u8, Just(9), Just(9), Just(9)], 1..3),
        mixed: bool,
    ) {
        let token = format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
        let text = format!("{}{before}{token} {}", "word ".repeat(long / 5), "more ".repeat(long / 7));
        let (mut pieces, mut at) = (Vec::new(), 0_usize);
        for (index, cut) in cuts.iter().chain([&usize::MAX]).enumerate() {
            // The first piece takes the long text before the token.
            let far = if index == 0 { long } else { 0 };
            let to = at.saturating_add(*cut).saturating_add(far).min(text.len());
            let kind = if mixed { kinds[index % kinds.len()] } else { kinds[0] };
            pieces.push(streamed(kind, index, &text[at..to]));
            at = to;
        }
        let tree = serde_json::to_value(&pieces).expect("it can be a tree");
        for preset in [Preset::Strict, Preset::Balanced] {
            let scrubber = Scrubber::new(preset);
            let (walked, by_walk) = encode_json(&tree, &scrubber);
            let (written, tally) = encode_serialize(&pieces, &scrubber).expect("it can be serialized");
            prop_assert_eq!(parsed(&written), parsed(&walked));
            prop_assert_eq!(tally.redactions(), by_walk.redactions());
            let written = parsed(&written);
            let items = written.as_array().expect("a list stays one");
            let said = |item: &serde_json::Value| {
                let fields = [&item["Text"], &item["Content"]["content"], &item["delta"]["text"], &item["thinking"]];
                fields.iter().find_map(|text| text.as_str()).unwrap_or_default().to_owned()
            };
            let said: String = items.iter().map(said).collect();
            if !mixed && kinds[0] != 3 {
                prop_assert!(!said.contains(&token[8..16]) && !said.contains(&token[24..32]), "{}", said);
            }
            // What a provider signed was not altered.
            for item in items.iter().filter(|item| item["type"] == "thinking") {
                prop_assert!(tree.as_array().is_some_and(|all| all.contains(item)), "{}", item);
            }
        }
    }
}

#[test]
fn a_piece_that_reads_as_a_word_does_not_end_a_token_that_goes_on_behind_it() {
    // The first two pieces are a whole token, and the third is a letter.
    let token = format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let pieces =
        [&token[..19], &token[19..24], &token[24..25], &token[25..]].map(|text| json!({"text": text}));
    let (written, _) = encode_json(&json!(pieces), &Scrubber::new(Preset::Balanced));
    assert!(!String::from_utf8_lossy(&written).contains(&token[25..33]));
}

#[test]
fn what_depends_on_neighbours_is_found_by_the_second_look() {
    let scrubber = Scrubber::new(Preset::Strict);
    let marker = "[REDACTED:PASSWORD]";
    let (begin, end) = ("-----BEGIN EC PRIVATE KEY-----", "-----END EC PRIVATE KEY-----");
    let key = "[REDACTED:PRIVATE_KEY]";
    let opaque = "q7Rk2mXw9Tb4Zc6Vn8Ls3Yd5Hf1Jg0Pa8Ue3";
    let cases = [
        (json!({"key": "DB_PASSWORD", "value": "hunter2"}), json!({"key": "DB_PASSWORD", "value": marker})),
        (json!([["password", "hunter2"]]), json!([["password", marker]])),
        (json!(["x", "password", "of the day"]), json!(["x", "password", "of the day"])),
        (json!(["tool=run_code", "password", "hunter2"]), json!(["password", marker])),
        (json!([1, "--password", "hunter2"]), json!([1, "--password", marker])),
        (json!(["--password", {"source": "sandbox"}, "hunter2"]), json!(["--password", marker])),
        (json!(["--password", ["hunter2", {"a": 1}]]), json!(["--password", [marker, {"a": marker}]])),
        (
            json!(["a", begin, "tool=run_code", "MHcCAQEEIq7Rk2mXw9Tb4Zc6Vn8", end]),
            json!(["a", key, key, key]),
        ),
        (json!({"password": ["--token", begin, 1]}), json!({"password": [marker, marker, marker]})),
        (
            json!([{"type": "thinking", "signature": opaque}]),
            json!([{"type": "thinking", "signature": opaque}]),
        ),
        (
            json!([{"type": "x", "signature": opaque}]),
            json!([{"type": "x", "signature": "[REDACTED:BASE64_BLOB]"}]),
        ),
        (
            json!({"lone": {"tool": "run_code"}, "t": "source=sandbox"}),
            json!({"lone": "[REDACTED:SANDBOX]", "t": "[REDACTED:SANDBOX]"}),
        ),
    ];
    for (value, wanted) in cases {
        let (written, tally) = encode_serialize(&value, &scrubber).expect("it can be serialized");
        assert_eq!(parsed(&written), wanted);
        let (walked, by_walk) = encode_json(&value, &scrubber);
        assert_eq!(written, walked);
        assert_eq!((tally.redactions(), tally.dropped()), (by_walk.redactions(), by_walk.dropped()));
    }
}

#[test]
fn a_name_beside_a_marker_makes_no_item_that_a_provider_signed() {
    let signed = json!({"type": "thinking", "thinking": "password=hunter2", "signature": "EqQBCgIYAhIM1gbc"});
    let marked = json!({"type": "thinking", "thinking": "password=hunter2", "[REDACTED:TOKEN]signature": ""});
    let scrubber = Scrubber::new(Preset::Balanced);
    for (item, is_dropped) in [(signed, true), (marked, false)] {
        let list = json!([item, "the end"]);
        let (walked, _) = encode_json(&list, &scrubber);
        let (serialized, _) = encode_serialize(&list, &scrubber).expect("it can be serialized");
        assert_eq!(parsed(&serialized), parsed(&walked), "{list}");
        assert_eq!(parsed(&walked)[0] == "the end", is_dropped, "{list}");
    }
}

#[test]
fn the_depth_ends_where_it_ends_for_the_walk() {
    let scrubber = Scrubber::new(Preset::Strict);
    for depth in 254..259 {
        for bottom in [json!("x"), json!(["tool=run_code", 1]), json!([{"source": "sandbox"}, {"a": {}}])] {
            let value = (0..depth).fold(bottom, |value, _| serde_json::Value::Array(vec![value]));
            let (written, tally) = encode_serialize(&value, &scrubber).expect("it can be serialized");
            let (walked, by_walk) = encode_json(&value, &scrubber);
            assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&walked));
            assert_eq!((tally.redactions(), tally.dropped()), (by_walk.redactions(), by_walk.dropped()));
        }
    }
}

#[test]
fn members_keep_their_order_and_bytes_are_their_text() {
    struct Bytes<'b>(&'b [u8]);
    impl Serialize for Bytes<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }
    #[derive(serde::Serialize)]
    struct Odd<'b> {
        z: Bytes<'b>,
        a: u128,
        api_key: i128,
    }
    let odd = Odd { z: Bytes(b"a\xff"), a: u128::MAX, api_key: -1 };
    let (json, _) = encode_serialize(&odd, &Scrubber::new(Preset::Strict)).expect("it can be serialized");
    let wanted = format!(
        "{{\n  \"z\": \"a\\\\xff\",\n  \"a\": {},\n  \"api_key\": \"[REDACTED:API_KEY]\"\n}}",
        u128::MAX
    );
    assert_eq!(String::from_utf8_lossy(&json), wanted);
}

#[test]
fn what_has_no_end_ends_at_the_depth() {
    struct Endless;
    impl Serialize for Endless {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq([Endless])
        }
    }
    let (json, tally) = encode_serialize(&Endless, &Scrubber::new(Preset::Strict)).expect("it ends");
    assert_eq!(String::from_utf8_lossy(&json).matches('[').count(), 256 + 1);
    assert_eq!(tally.redactions().get("DEPTH"), Some(&1));
}

#[test]
fn a_refusal_says_nothing_of_what_the_value_says() {
    struct Refuses;
    impl Serialize for Refuses {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("hunter2 is not my password"))
        }
    }
    let scrubber = Scrubber::new(Preset::Strict);
    for value in [&json_of(Refuses), &json_of(BTreeMap::from([((1, 2), 3)]))] {
        let error = value(&scrubber).expect_err("it refuses");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), "a value refuses to be serialized");
    }
    let said = serde_json::to_string(&Scrubbed::new(&json!([1]), &scrubber)).expect("a list");
    assert_eq!(said, "[1]");
    let error = serde_json::to_string(&Scrubbed::new(&[Refuses], &scrubber)).expect_err("it refuses");
    assert!(!error.to_string().contains("hunter2"));
}

type Encode = dyn Fn(&Scrubber) -> prestop::Result<Vec<u8>>;

fn json_of(value: impl Serialize + 'static) -> Box<Encode> {
    Box::new(move |scrubber| encode_serialize(&value, scrubber).map(|(json, _)| json))
}

#[test]
fn a_short_float_has_no_more_digits_than_it_had() {
    let scrubber = Scrubber::new(Preset::Strict);
    for number in [0.1_f32, 3.4e38, -1.0, f32::MIN_POSITIVE] {
        let (json, _) = encode_serialize(&[number], &scrubber).expect("numbers can be written");
        let read: Vec<f32> = serde_json::from_slice(&json).expect("it is JSON");
        assert_eq!(read, [number]);
        assert!(json.len() < 22, "{}", String::from_utf8_lossy(&json));
    }
}
