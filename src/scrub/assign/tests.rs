//! Values that are found by the name they belong to, and what resembles them.

mod chosen;
mod cut_off;
mod harmless;
mod syntax;

use crate::{Preset, Scrubber};

pub(super) fn balanced(text: &str) -> String {
    let scrubbed = Scrubber::new(Preset::Balanced).scrub_bytes(text.as_bytes()).into_owned();
    String::from_utf8(scrubbed).expect("text stays text")
}

const SECRETS: [&str; 2] = ["q8Z7wv5T4s3Kx9b2", "b7Xc2vN9mQ4rT6yU"];

/// Asserts that a password in the place of `§` is redacted under both presets, also inside a JSON string, and
/// that nothing else changes.
pub(super) fn is_taken(text: &str) {
    let value = ["Vt73", "JBNb9Mt", "CG3x"].concat();
    let wanted = text.replace('§', "[REDACTED:PASSWORD]");
    let text = text.replace('§', &value);
    for preset in [Preset::Balanced, Preset::Strict] {
        let scrubber = Scrubber::new(preset);
        assert_eq!(scrubber.scrub_text(&text), wanted);
        let inner = serde_json::json!({ "log": text }).to_string();
        assert_eq!(scrubber.scrub_text(&inner), serde_json::json!({ "log": wanted }).to_string());
    }
}

/// Whether no secret is left in `text`, in which `A` and `B` stand for the secrets.
fn goes(text: &str) -> bool {
    let out = balanced(&text.replace('A', SECRETS[0]).replace('B', SECRETS[1]));
    SECRETS.iter().all(|secret| !out.contains(secret))
}

#[test]
fn the_value_may_stand_on_the_line_below() {
    assert!(goes("const apiKey =\n  \"A\";"));
    assert!(goes("api_key:\n      \"A\",\n"));
    assert!(goes(r#"{"code": "apiKey =\n  'A';"}"#));
    for text in
        ["password:\n  \"user_name2\": \"x\"\n", "class Password:\n    \"\"\"Holds 4 kinds of it.\"\"\"\n"]
    {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn members_of_a_map_or_a_list_are_values() {
    for text in [
        "SECRETS = {\n  'github': 'A',\n  'stripe' => 'B'\n}",
        "\"encryption_keys\": {\"primary\": \"A\", \"old\": \"B\"}",
        "passwords:\n  - \"A\"\n  - \"B\"\n",
        "{\"secrets\": {\"db\": {\"prod\": {\"v\": \"A\"}, \"test\": [\"B\"]}}, \"x\": 1}",
        "{\"text\": \"{\\\"secrets\\\": {\\\"db\\\": {\\\"v\\\": \\\"A\\\"}}}\"}",
        "backup_codes = [\n  \"A\",\n  \"B\",\n]",
    ] {
        assert!(goes(text), "{text}");
    }
    let text = "credentials = {\"client_id\": \"q8Z7wv5T4s3Kx9b2\", \"region\": \"eu-west-1\"}";
    assert_eq!(balanced(text), text);
}

#[test]
fn the_next_item_may_stand_on_the_next_line() {
    for text in [
        "{\n  \"headers\": [\n    [\n      \"x-api-key\",\n      \"A\"\n    ]\n  ]\n}",
        "rawHeaders: [\n  'x-api-key',\n  'A',\n  'host', '*' ]",
        "{\"c\": \"[\\n  \\\"--api-key\\\",\\n  \\\"A\\\"\\n]\"}",
    ] {
        assert!(goes(text), "{text}");
    }
    for text in [
        "features = [\n  \"auth\",\n  \"compat-3-0-0\",\n]",
        "names = [\n    \"api_key\",\n    \"user_id_of_account_2\",\n]",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn what_programs_and_files_have_beside_a_name_goes_at_every_layer() {
    let value = ["Vt73", "JBNb9Mt", "CG3x"].concat();
    for text in [
        "mysql::server::root_password: '§'\n",
        "{password, \"§\"}",
        "object(Config)#1 (1) {\n  [\"password\":protected]=>\n  string(16) \"§\"\n}",
        "  [\"password\":\"Config\":private]=>\n  string(16) \"§\"\n",
        "Config Object\n(\n    [password:protected] => §\n)",
        "| Var | Value |\n|---|---|\n| `DB_PASSWORD` | `§` |",
        "`DB_PASSWORD` is set to `§`",
        "\"password\" is \"§\"",
        "  user password\n0  bob §",
        "db_password:\n----\n§\n\nBinaryData",
    ] {
        is_taken(text);
        let around = |text: &str| {
            let inner = serde_json::json!({ "log": text }).to_string();
            serde_json::json!({ "line": inner }).to_string()
        };
        let out = balanced(&around(&text.replace('§', &value)));
        assert_eq!(out, around(&text.replace('§', "[REDACTED:PASSWORD]")));
    }
    for text in [
        "`password` is `string2`, see below",
        "| `password` | `string` |",
        "{password, \"the one of it\"}",
        "[password:protected] => \n",
        "[\"password\":\"Config2Private\":private]=>\n  NULL\n",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_name_inside_a_map_is_read_by_itself() {
    let out = balanced("patch(credentials={\"KEY_NAME\": \"FOOBAR\", \"SECRET_ACCESS_KEY\": \"FOOBAZBAR\"})");
    assert!(!out.contains("FOOBAZBAR"), "{out}");
}

#[test]
fn an_element_of_several_words_goes_whole() {
    assert!(goes("<secret>{vault x A}</secret>"));
    assert!(goes("<string name=\"stripe_key\">A</string>"));
    let text = "<secret>the name of it is explained below</secret>";
    assert_eq!(balanced(text), text);
}

#[test]
fn what_closes_other_brackets_than_it_opened_is_no_template() {
    assert!(!balanced("apikey = \"{{h}o)p${e]nob(ody}}x\"").contains("nob"));
    for text in ["password = \"{{ password }}\"", "password: ${password}", "token = \"RAW({{token}})\""] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_connection_string_without_a_secret_stays() {
    let text = "connectionString=\"Initial Catalog=x;Data Source=y;User ID=z;\"";
    assert_eq!(balanced(text), text);
    assert!(goes("connectionString=\"Data Source=y;User ID=z;Password=A;\""));
}

#[test]
fn a_number_makes_a_password_of_a_word() {
    assert!(!balanced("hardcoded_password = \"hardcoded7\"").contains("hardcoded7"));
    for text in ["password2 = \"password2\"", "fields = {\"password\": \"password1\"}"] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_word_is_a_password_beside_a_user() {
    let out = balanced("db:\n  login: admin\n  password: letmeinplease\n");
    assert!(!out.contains("letmein"), "{out}");
    for text in [
        "class Login:\n    username: str\n    password: bytes\n",
        "type L = {\n  username: string;\n  password: sensitive;\n}",
        "labels:\n  title: hello\n  password: somewordhere\n",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn what_a_call_has_else_is_the_value() {
    for text in ["os.getenv(\"PASSWORD\", \"hardcoded5\")", "create(getenv(\"SECRET\", \"TeRcE52\"))"] {
        assert!(balanced(text).contains("REDACTED"), "{text}");
    }
    for text in [
        "getenv(\"PASSWORD\", \"missing\")",
        "field(\"PASSWORD\", \"hardcoded5\")",
        "getenv(\"PASSWORD\", 5)",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn quotes_in_a_string_of_the_same_quotes_open_a_value() {
    assert!(goes("{\"run\": \"export api_key=\"A\" and go on\"}"));
    assert!(goes("{\"run\": \"export api_key=\"A\"\"}"));
    for text in [
        "{\"a\": \"API_KEY=\", \"b\": \"q7Rk2mXw9Tb4\"}",
        "x = \"token=\" + value + \"&key=\"",
        "[\"--password=\"]",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_string_that_a_colon_follows_is_the_next_name() {
    let text = "{\"a\": \"api-custom-key\", \"c098f218-face-c0fe-dea0\": \"x\"}";
    assert_eq!(balanced(text), text);
}

#[test]
fn a_long_number_is_a_key() {
    let out = balanced("API_KEY: 1925483168813050783076\n");
    assert!(!out.contains("19254831"), "{out}");
    for text in ["API_KEY: 1200\n", "SECRET: 00000000000000000000000\n"] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn the_text_of_an_element_may_stand_in_braces() {
    assert!(goes("<apiToken>{AB}</apiToken>"));
    let text = "<apiToken>{the_token_of_the_api}</apiToken>";
    assert_eq!(balanced(text), text);
}

#[test]
fn templates_repetitions_and_sealed_values_stay() {
    for text in [
        "password_format = \"prefix_{}\".format(x)",
        "secret = \"asdfasdfasdfasdfasdfasdf\"",
        "password: ENC(tUf83Ex0oSbDGa8v)",
        "secret: ENC(2048:tUf83Ex0oSbDGa8vaU1hGqesODG9J4j40EgLClQYrwNT)",
        "PAGE_TOKEN=short-token",
        "snmp-server community public RO",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn padding_before_the_closing_quote_is_no_sign() {
    for text in [
        "-H 'X-Api-Key: b7Xc2vN9mQ4rT6yUk8=' \\",
        "\"password: b7Xc2vN9mQ4rT6yUk8=\"",
        "'Authorization: b7Xc2vN9mQ4rT6yUk8='",
    ] {
        assert!(!balanced(text).contains("b7Xc2vN9mQ4rT6y"), "{text}");
    }
    assert!(goes("let api_key: &str=\"A\";"));
}

#[test]
fn each_of_many_names_has_its_value() {
    let out = balanced("const a_password1, b_password2 string = \"hardcoded0\", \"hardcoded1\"\n");
    assert!(!out.contains("hardcoded"), "{out}");
    assert!(!balanced("user, password := \"bob\", \"hunter2hunter2\"").contains("hunter2"));
    for text in ["key, token = \"name\", \"value\"\n", "user, password = "] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_column_of_a_table_has_the_name_of_its_head() {
    for text in [
        "| Service | User | Password |\n|---|---|---|\n| db | app | A |\n| mq | svc | `B` |\n",
        " id | api_token \n----+-----------\n  1 | A\n  2 | B\n(2 rows)\n",
        "+------+----------+\n| user | password |\n+------+----------+\n| bob  | A | \n| eve  | B |\n",
        "user,password,note\nbob,A,x\neve,B,y\n",
        r#"{"content": "user;api_token\nbob;A\neve;B\n"}"#,
        "name\tpassword\nx\tA\ny\tB\n",
        r#"{"out": "name\tpassword\tz\nx\tA\tq\ny\tB\tq"}"#,
        r#"{"out": "{\"a\": \"name\\tpassword\\nx\\tA\\ny\\tB\"}"}"#,
    ] {
        assert!(goes(text), "{text}");
    }
    for text in [
        "| Field | Password |\n|---|---|\n| type | string |\n",
        "connect(host, password,\n        user, database9)\n",
        "from x import (\n    user, password,\n    first, second_name12,\n)\n",
        "user, password\nno row",
        "| password |\n",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_value_may_be_wrapped_in_a_call() {
    assert!(goes("let secret = SecretText::new(\"A\".into());\napi_key: new String('B')"));
    assert!(goes("api_key = SecretStr('A')\nsecret_key = base64.b64decode(b\"B\")"));
    for text in ["api_key = os.environ.get(\"API_KEY2\")", "password = getpass(\"Password: \")"] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn markdown_may_stress_the_name() {
    assert!(goes("**Password:** A\n- **api_key**: `B`\n"));
}

#[test]
fn a_user_may_stand_before_the_password() {
    let out = balanced("FLOWER_BASIC_AUTH=admin:Walnut#85\nNEO4J_AUTH=neo4j/walnut_hall35\n");
    assert!(!out.contains("alnut"), "{out}");
    for text in ["MODULE_AUTH=module/auth_basic", "docker build --secret id=npmrc,src=/root/.npmrc ."] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn emphasis_and_cells_stand_between_a_name_and_its_value() {
    for text in [
        "**Password:** HERE",
        "- **Password**: `HERE`",
        "<b>Password:</b> HERE",
        "<strong>APP_SECRET</strong> = 'HERE'",
        "<tr><td>Password</td><td>HERE</td></tr>",
        "- **API Key**: HERE",
    ] {
        let out = balanced(&text.replace("HERE", SECRETS[0]));
        assert!(!out.contains(SECRETS[0]), "{out}");
    }
    for text in
        ["def f(token: **kwargs)", "**Password:** see below", "<td>Password</td><td>required</td>", "x **= 2"]
    {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_secret_goes_on_in_the_strings_below() {
    let parts = format!("token = \"{0}{0}\" +\n    \"{1}{1}\" +\n    \"x7==\"\n", SECRETS[0], SECRETS[1]);
    let out = balanced(&parts);
    assert!(!out.contains(SECRETS[1]) && !out.contains("x7=="), "{out}");
    let next = format!("token = \"{0}{0}\",\n\"name\": \"value\"", SECRETS[0]);
    assert!(balanced(&next).ends_with("\"name\": \"value\""));
}

#[test]
fn strings_that_php_serialized_have_their_length() {
    assert!(goes("a:2:{s:8:\"password\";s:16:\"A\";s:7:\"api_key\";s:16:\"B\";}"));
    let text = "a:1:{s:8:\"username\";s:3:\"bob\";}";
    assert_eq!(balanced(text), text);
}

#[test]
fn a_tag_may_have_attributes() {
    assert!(goes("<password encoding=\"plain\"> A </password>"));
    let text = "<input type=\"password\" name=\"password\"/>\n<p>text</p>";
    assert_eq!(balanced(text), text);
}

#[test]
fn what_forms_say_paths_and_samples_are_no_secrets() {
    for text in [
        "\"save_password\": \"Lagre passord\",",
        "\"one_time_password\": \"Engangskode:\",",
        "\"password\": \"Passwort\"",
        "password = \"/run/secrets/database\"",
        "password: \"&lt;your password&gt;\"",
        "db.password=arn:aws:secretsmanager:eu-west-2:660254676590:secret:dev/db-WEHbH0",
        "connectionString=\"server=db;user id=x;password=PLACEHOLDER;\"",
        "\"ApiKey\": \"@Microsoft.KeyVault(SecretUri=https://x.vault.azure.net/secrets/y/e3e56868da48ab51)\"",
        "mysql --user=root --password=password",
        "mongodump --user $USER --password $PASSWORD",
        "splunk_token: 11111111-2222-3333-4444-555555555555",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn words_are_passwords_beside_a_user_in_calls_and_in_parameters() {
    for text in [
        r#"{"user": "bob", "pass": "WORD"}"#,
        "my $pass = 'WORD';",
        "\"adminPassword\": {\"value\": \"WORD\"}",
        "DBPassword:\n  Default: \"WORD\"\n",
        "conn.setPassword(\"WORD\")",
    ] {
        let out = balanced(&text.replace("WORD", "Sword!fish7"));
        assert!(!out.contains("Sword!fish7"), "{out}");
    }
    for text in [
        r#"{"pass": "inline", "count": 3}"#,
        "splitpasswd('user+1:a+b')",
        "should_pass(\"load(_sqlite3.dll)\")",
        "\"password\": {\"type\": \"string\"}",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn what_programs_print_is_read() {
    for text in [
        "<wsse:Password Type=\"http://example.com/#PasswordText\">A</wsse:Password><Pass>B</Pass>",
        "<Password>\n  <Value>A</Value>\n</Password>\npassword    B\n",
        "  [\"password\"]=>\n  string(16) \"A\"\n  [\"api_token\"]=>\n  string(16) \"B\"\n",
        "config: {Host:db User:app Password:A Token:B}\n",
        "    DefaultPassword    REG_SZ    A\n$ENV{api_token} = \"B\";",
        "  ~ db_password = \"A\" -> \"B\"\n",
        "insert into users (name, password) values ('bob', 'A'), ('eve', 'B');",
        "[{\"name\": \"db_password\", \"slotSetting\": false, \"value\": \"A\"}]\ndb_password set to \"B\"",
    ] {
        assert!(goes(text), "{text}");
    }
    for text in [
        ":param str password: the word2 that is meant\n",
        "INSERT INTO users (name, role) VALUES ('bob', 'admin2');",
        "  username    bob\n  password_expires    never\n",
        "<Password Type=\"text\"/>\n<Value>admin2</Value>",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn values_of_columns_are_read_beside_long_ones() {
    let long = "lorem ipsum ".repeat(400);
    for text in [
        format!("insert into users (bio, password) values ('{long}', 'A'), ('{long}', 'B');"),
        format!("insert into users (password, bio) values ('A', '{long}'), ('B', '{long}');"),
    ] {
        assert!(goes(&text), "{text}");
    }
}

#[test]
fn what_stands_in_for_an_expression_is_a_value() {
    for text in [
        "const password = process.env.DB_PASSWORD || 'Wal!nut9';",
        "password = os.environ.get('X') or \"Wal!nut9\"",
        "let dbPassword = config.password ?? \"Wal!nut9\";",
    ] {
        assert!(!balanced(text).contains("Wal!nut9"), "{text}");
    }
    for text in [
        "password = ask(\"Password for %s: \" % (host or \"localhost\"))",
        "const password = input.password || \"\";",
        "password = first; name = second or \"somebody\"",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_sign_or_a_number_makes_a_password_of_its_name() {
    for text in [
        "REDIS_PASSWORD=RedisPass1!",
        "admin_password = \"admin1\"",
        "const password = 'SuperPassword!';",
        "'password': 'Ch4nge.this'",
    ] {
        assert!(balanced(text).contains("REDACTED"), "{text}");
    }
    for text in ["password = \"userPassword\"", "password: \"example.com\"", "token = \"token2\""] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_query_ends_at_a_bracket_and_a_flag_may_have_words() {
    assert!(balanced("Downloading (https://example.org/a?x=y&access_token=abcdef)").contains("REDACTED"));
    assert!(balanced("java -Dspark.my.password=some_value -jar x").contains("REDACTED"));
    for text in ["login(user, password=entered)", "connect(password=some_value)"] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_form_is_filled_in_with_a_password() {
    assert!(balanced("When I fill in \"Password\" with \"P@55word\"").contains("REDACTED"));
    let text = "Replace \"password\" with \"passphrase\"";
    assert_eq!(balanced(text), text);
}

#[test]
fn a_header_may_be_called_key() {
    assert!(goes("curl -H \"Key: AB\" https://api.example.com"));
    let text = "Key: 0123aa9942f0c8d77b21ce00a1b2c3d4";
    assert_eq!(balanced(text), text);
}

#[test]
fn people_say_passwords_in_their_own_words() {
    for text in [
        "La password del database è §",
        "Сервер 10.0.0.1, root, пароль § — поставь там докер",
        "Le mot de passe de la base est §, merci",
        "> ssh into 10.0.0.1 as root, password §, and look",
    ] {
        let value = ["Fuji", "Cac!tus20", "Zq19"].concat();
        let wanted = text.replace('§', "[REDACTED:PASSWORD]");
        assert_eq!(balanced(&text.replace('§', &value)), wanted);
    }
    for text in ["PASSWORD_HINT: пароль от почты", "la password è obbligatoria", "log in as root with sudo"]
    {
        assert_eq!(balanced(text), text);
    }
}
