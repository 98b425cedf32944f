//! Tests with values of any length after whatever a reader begins with: a reader reads only so much of a
//! text.

use proptest::prelude::*;

use super::*;

/// Constructs that are read far, with a long value and a short one beside it.
const READERS: [&str; 43] = [
    "INSERT INTO users (bio, password) VALUES ('§', '¤'), ('¤', '§');\n",
    "(password, bio) VALUES (\"¤\", \"§\"),\n(\"§\"",
    "bio,password\n§,¤\n",
    "bio,password\n\"§\",¤\n¤,\"§\"\n",
    "bio  password\n---  --------\n§  ¤\n",
    "password\n--------\n§\n¤\n",
    "\u{2502} bio \u{2502} password \u{2502}\n\u{2502} § \u{2502} ¤ \u{2502}\n",
    "f(\"password§\").fill(\"¤§\")",
    "{\"element\": \"password§\", \"ref\": \"§\", \"text\": \"¤\"}",
    "| bio | password |\n|---|---|\n| ¤ | § |\n| § | ¤ |\n",
    "\u{2502} ¤ \u{2502}\n§\u{2502}¤\u{2502}\n",
    "\u{2502} key \u{2502} ¤\u{2502}\n\u{2502}§\u{2502} ¤\u{2502}\n",
    "bio\tpassword\n§\t¤\n",
    "password: §¤\n",
    "password=\"§\"",
    "password: [\"§\", \"¤\"]",
    "password = {\n  \"a\": \"§\",\n  \"b\": \"¤\"",
    "{\"name\": \"password\",§ \"value\": \"¤\"}",
    "<password§>¤</password>",
    "<td>password</td><td§>¤</td>",
    "password: |\n  §¤\n",
    "Cookie: a=§;¤\n",
    "curl -u bob:§ -H 'Authorization: Bearer §'",
    "https://bob:§@¤/",
    "key = \"¤\" +§ \"¤\"\n",
    "DB_PASSWORD=§ ¤\n",
    "x = env(\"password\"§) || \"¤\"",
    concat!("-----BEGIN RSA PRIV", "ATE KEY-----\n¤§¤\n-----END RSA PRIV", "ATE KEY-----\n"),
    "web-1 | ¤\nweb-1 | §",
    "kind: Secret\nstringData:\n  a: §¤\n  b: ¤§\n",
    "{\"kind\": \"Secret\", \"stringData\": {\"a§\": \"¤\"}, \"data\": {\"b\":§ \"¤\"}}",
    "data:§\n  a: ¤\nkind: Secret\n",
    "{\"columns\":[\"bio\",\"password\"],\"rows\":[[\"§\",\"¤\"],§[\"§\",\"¤\"]]}",
    "[{\"value\":§ \"¤\", \"x\": \"§\", \"name\": \"DB_PASSWORD\"}]",
    "- value: ¤§\n  name: DB_PASSWORD\n",
    "$ printenv API_KEY§\n¤§\n",
    ">>> os.environ['API_KEY']§\n'¤§'\n",
    "SecretStr(§\"¤\")",
    "SET password = §'¤' WHERE user = 'bob§'",
    "machine a login§ bob password §¤\n",
    "{\"type\": \"thinking\", \"thinking\": \"§\", \"signature\": \"¤§\"}",
    "<key>password</key>§<string>¤</string>",
    "define('DB_PASSWORD',§ '¤');",
];

/// What may surround a value.
const AROUND: [&str; 58] = [
    "(",
    ")",
    "(bio, password) VALUES (",
    "('",
    "', '",
    "'),",
    "'",
    "\"",
    "\\\"",
    "`",
    ",",
    ", ",
    ";",
    ":",
    ": ",
    "=",
    " = ",
    ">",
    "\n",
    "\\n",
    "\r\n",
    "\\",
    " ",
    "  ",
    "\t",
    "\\t",
    "|",
    " | ",
    "\u{2502}",
    "\n|---|---|\n",
    "</",
    "<b>",
    "<password>",
    "</td><td>",
    "\" + \"",
    "{",
    "}",
    "[",
    "]",
    "- ",
    "> ",
    "web-1 | ",
    "12:",
    "%3D",
    "%",
    "&",
    "&quot;",
    "\\u003d",
    "=\n",
    "|| ",
    " -> ",
    "is set to ",
    "value",
    "\"value\": \"",
    "user",
    "REG_SZ ",
    concat!("-----BEGIN RSA PRIV", "ATE KEY-----"),
    concat!("-----END RSA PRIV", "ATE KEY-----"),
];

/// Pieces with the beginning of every reader and values of any length after it: a reader reads only so much.
fn reach() -> impl Strategy<Value = String> {
    let rules = catalogue::builtin().iter().flat_map(|rule| rule.keywords.clone());
    let names = sensitive::triggers();
    let triggers: Vec<String> = rules.chain(names).collect();
    let near = (3u32..14, 0usize..12).prop_map(|(power, more)| ((1 << power) + more).saturating_sub(6));
    let length = prop_oneof![0usize..10_000, near];
    let filling = prop::sample::select(vec![
        "a",
        "q7R",
        " ",
        "lorem ipsum ",
        "a,",
        "\\",
        "é",
        "\u{2502}",
        ")",
        "-",
        "a.",
        "=",
        "1 | ",
        "x\n",
    ]);
    let value = (filling, length).prop_map(|(filling, length)| filling.repeat(length / filling.len()));
    let piece = prop_oneof![
        3 => prop::sample::select(triggers),
        6 => prop::sample::select(AROUND.to_vec()).prop_map(str::to_owned),
        2 => value.clone(),
        4 => (prop::sample::select(READERS.to_vec()), value, "[A-Za-z0-9]{0,20}")
            .prop_map(|(reader, long, short)| reader.replace('§', &long).replace('¤', &short)),
        1 => "[A-Za-z0-9]{1,44}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(500)))]

    #[test]
    fn values_of_any_length_are_read(text in reach(), strict: bool) {
        let _ = Scrubber::new(if strict { Preset::Strict } else { Preset::Balanced }).scrub_text(&text);
    }
}
