//! Texts that are cut off inside a value and put into JSON, where another member follows.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Preset, Scrubber};

/// What the readers of values read, and rules that know a value by the name before it.
const TEXTS: [&str; 32] = [
    "INSERT INTO users (id, email, password) VALUES (1, 'a@b.c', '§'), (2, 'b@b.c', '§');",
    "INSERT INTO \"users\"(\"id\",\"password\") VALUES(1,'§')",
    "INFO INSERT INTO users (email, password) VALUES (?, ?)\nINFO [generated in 0.0001s] ('a@b', '§')\n",
    "cur.execute('UPDATE users SET password = %s WHERE id = %s', ('§', 1))",
    "COPY public.users (id, email, password, api_key) FROM stdin;\n1\ta@b.c\t§\tq8Z7wv5T4s3Kx9b2\n\\.\n",
    "htpasswd -nb bob '§'",
    "await page.fill('#password', '§');",
    "cy.get('#password').type('§')",
    "await page.type('input[name=password]', '§')",
    "{\"element\":\"Password field\",\"ref\":\"e12\",\"text\":\"§\"}",
    "CryptoJS.AES.encrypt(x, '§')",
    "gin.BasicAuth(gin.Accounts{\"bob\": \"§\"})",
    "basicAuth({ users: { 'admin': '§' } })",
    "{\"columns\":[\"user\",\"password\"],\"rows\":[[\"bob\",\"§\"],[\"ann\",\"§\"]]}",
    "user,password\nbob,\"§\"\nann,§\n",
    "| user | password |\n|---|---|\n| bob | §\n",
    "user  password\n----  ------------\nbob   §\n",
    "│ user │ password │\n├──────┼──────────┤\n│ bob  │ § │\n",
    ">>> settings.DATABASES['default']['PASSWORD']\n'§'\n",
    "$ jq -r .password c.json\n§\n",
    "$ cat /run/secrets/db_password\n§\n",
    "kind: Secret\ndata:\n  password: cThaN3d2NVQ0czNLeDliMg==\n",
    "[{\"value\": \"§\", \"name\": \"DB_PASSWORD\"}, {\"name\": \"API_KEY\", \"x\": 1, \"value\": \"§\"}]",
    "args:\n- --password\n- '§'\n",
    "password: Some(\n    SecretString(\"§\"),\n)",
    "user, password := \"bob\", '§'",
    "password: ${DB_PASSWORD:-'§'}",
    "export PASSWORD='§' USER=\"bob\"",
    "SECRETS = {'github': '§', \"stripe\": '§'}",
    "curl -u 'bob:§' -H \"Authorization: Bearer '§'\"",
    "passwords:\n  - '§'\n  - \"§\"\n",
    "$password = q{§}; let password = r#\"§\"#;",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(1_000)))]

    #[test]
    fn json_keeps_its_members_whatever_was_cut_off_in_it(
        text in prop::sample::select(TEXTS.to_vec()),
        place in any::<prop::sample::Index>(),
        inside: bool,
        spaces in prop::sample::select(vec!["", "\n", " "]),
        nested: bool,
        strict: bool,
    ) {
        let secret = ["mango", "7", "Saddle"].concat();
        let from = if inside { text.find('§').unwrap_or(0) } else { 0 };
        let text = text.replace('§', &secret);
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).filter(|at| *at >= from).collect();
        let cut = place.get(&places);
        let member = |value: &str| format!("{{{spaces}\"a\":{spaces}{},{spaces}\"keep\": \"Kv7\"}}", json!(value));
        let inner = member(&text[..*cut]);
        let whole = if nested { member(&inner) } else { inner };
        let preset = if strict { Preset::Strict } else { Preset::Balanced };
        let out = Scrubber::new(preset).scrub_text(&whole).into_owned();
        let mut layer = Ok(out.clone());
        for _ in 0..=usize::from(nested) {
            let value: Value = layer.and_then(|layer| serde_json::from_str(&layer).map_err(|error| error.to_string()))
                .map_err(|error| TestCaseError::fail(format!("{error}: {out} from {whole}")))?;
            prop_assert_eq!(&value["keep"], "Kv7", "{} from {}", out, whole);
            prop_assert_eq!(value.as_object().map(serde_json::Map::len), Some(2));
            layer = value["a"].as_str().map(str::to_owned).ok_or_else(|| "no string".to_owned());
        }
    }
}
