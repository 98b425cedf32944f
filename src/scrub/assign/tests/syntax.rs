//! Names and values in the syntax of files and programs.

use super::balanced;

/// A password as people choose it.
const PASSWORD: &str = "Wal!nut95";

/// Asserts that a password in the place of `§` is redacted.
fn goes(text: &str) {
    let text = text.replace('§', PASSWORD);
    let out = balanced(&text);
    assert!(!out.contains(PASSWORD), "{out}");
}

/// Asserts that a token in the place of `§` is redacted.
fn stands_for_token(text: &str) {
    const TOKEN: &str = "q8Z7wv5T4s3Kx9b2";
    let out = balanced(&text.replace('§', TOKEN));
    assert!(text.contains('§') && !out.contains(TOKEN), "{out}");
}

#[test]
fn each_of_a_choice_is_a_value() {
    for sign in ["|", "||", "/", "or", "and"] {
        assert!(super::goes(&format!("acme token = 'A' {sign} 'B'")), "{sign}");
        assert!(super::goes(&format!("api_key: \"A\" {sign} \"B\"")), "{sign}");
    }
    for text in [
        "acme token = A | B",
        "api_key: A or B",
        "api_keys=A, B",
        "token: A, B",
        "token = 'A', 'B'",
        "passwords: 'A', 'B'",
    ] {
        assert!(super::goes(text), "{text}");
    }
    for text in [
        "token = '<token>', 'q8Z7wv5T4s3Kx9b2b7'",
        "token = None, q8Z7wv5T4s3Kx9b2=3",
        "type Token = 'bearer' | 'refresh-token' | 'personal_access_token2'",
        "type Secret = \"a1\" | \"b2\"",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_key_of_an_authenticator_is_a_value() {
    for text in ["enter this key: §", "Setup key: §\n", "{\"text\": \"Secret key: §\"}", "key: §."] {
        let key = "PUNUWQFGYICO2UVLHKS55PPK23B6M7G7";
        let out = balanced(&text.replace('§', key));
        assert!(!out.contains(key), "{out}");
    }
    for text in ["key: AAAAAAAAAAAAAAAA", "key: PUNUWQFGYICOAUVL", "key: GHXT2WR3"] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn lines_of_a_name_and_a_value() {
    goes("<match **>\n  user elastic\n  password §\n</match>");
    goes("dnpass = §\n");
    for text in ["password required2\n", "token something\n"] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn elements_and_fields_of_names_and_values() {
    goes("<key>DB_PASSWORD</key>\n<string>§</string>");
    goes("<param-name>password</param-name><param-value>§</param-value>");
    goes("ParameterKey=DBPassword,ParameterValue=§");
    goes("variable \"db_password\" {\n  type = string\n  sensitive = true\n  default = \"§\"\n}");
}

#[test]
fn commands_that_set_a_name() {
    for text in [
        "set vnc_password §\n",
        "set -gx DEPLOY_KEY §\n",
        "setenv API_KEY §\n",
        "SetEnv DB_PASSWORD §\n",
        "set SFTP_PW §",
    ] {
        stands_for_token(text);
    }
    for text in [
        "set password policy\n",
        "set a token for it\n",
        "set the password to nothing\n",
        "reset password_hash first\n",
    ] {
        assert_eq!(super::balanced(text), text);
    }
}

#[test]
fn a_number_may_be_a_password() {
    for text in ["password: 84629173\n", "db_password = 84629173\n", "  adminPassword: 84629173,\n"] {
        assert!(!super::balanced(text).contains("84629173"), "{text}");
    }
    for text in [
        "passwords: 1048576\n",
        "password_length: 84629173\n",
        "password: 0\n",
        "password = 123456 + offset\n",
    ] {
        assert_eq!(super::balanced(text), text);
    }
}

#[test]
fn names_of_tokens_codes_and_seeds() {
    for text in [
        "JIRA_PAT=§",
        "\"github_pat\": \"§\"",
        "define('LOGGED_IN_SALT', '§');",
        "totp_seed: §",
        "psk = '§'",
        "wpa --psk §",
        "<activation_code>§</activation_code>",
        "smtp.auth.pass = §",
        "java -Dpsk=§ -jar x",
    ] {
        stands_for_token(text);
    }
    for text in
        ["word_pat = re.compile(r\"x+\")", "status_code=404", "path_pat: \"src/**/*.rs\"", "seed = 12345"]
    {
        assert_eq!(super::balanced(text), text);
    }
}

#[test]
fn pairs_and_tuples() {
    goes("requests.get(url, auth=('bob', '§'))");
    goes("session.auth = (\"bob\", \"§\")");
    goes("{password, \"§\"}");
    goes("val conf = Map(\"password\" -> \"§\")");
    goes("{ password:: \"§\" }");
    for text in
        ["auth=('bob', 'password')", "auth=(user, password)", "rename = Map(\"password\" -> \"passphrase\")"]
    {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn columns_of_numbers_behind_words() {
    let out = balanced("name,email,password\nbob,bob@example.com,timber274\n");
    assert!(!out.contains("timber274"), "{out}");
    goes("name,email,password\nbob,bob@example.com,§\n");
}

#[test]
fn what_is_said_to_be_set() {
    goes("set thePassword to \"§\"");
    goes("basicAuth: bob:§\n");
    goes("<user name=\"admin\" password=\"{xor}CDo9Hgw7§\"/>");
}

#[test]
fn a_text_may_end_inside_of_any_of_it() {
    for text in [
        "Authorization: (%22",
        "auth=('bob'",
        "variable \"password\" {\n  type =",
        "{password, \"",
        "\"password\" with ",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn items_of_a_list_that_has_the_name() {
    let token = "q7Rk2mXw9Tb4Zc6V";
    for text in [
        "api_keys:\n  - §\n  - §\nx: 1",
        "tokens:\n  access_tokens:\n    - §\n",
        r#"{"c": "api_keys:\n  - §\n  - b"}"#,
    ] {
        let out = balanced(&text.replace('§', token));
        assert!(!out.contains(token), "{out}");
    }
    for text in [
        "passwords:\n  - word\n  - other-words\n",
        "api_keys:\n  - name: x\n",
        "secrets:\n  - source_of_it2\n",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn what_stands_behind_a_place_below_its_name_or_between_points() {
    for text in [
        "config/secrets.yml:3:secret_key_base: §",
        "a.yml:2:password: §",
        "f.rb:10::password => '§'",
        "password: |-\n  §\nuser: x",
        "stringData:\n  password: >-\n    §",
        "password:\n  §\n",
        "<password>§<\\/password>",
        "{\"content\": \"set -x DB_PASSWORD §\"}",
    ] {
        goes(text);
    }
    assert_eq!(balanced("DB_PASSWORD=k3Xq9a.m2Zt7pw"), "DB_PASSWORD=[REDACTED:PASSWORD]");
    for text in [
        "Pass *ResultPass = Resolver->find();",
        "pub apdakey: __uint128_t,",
        " * @ATTR_SAE_PASSWORD: attribute_for2 it",
        "X_USER_PASSWORD: Incomplete",
        "offendingToken:Token=None",
        "let pwd = a:dict.istemp2",
        "application/x-pw:x-office-document2",
        "password:\n  secretKeyRef2:\n    name: x",
        "password:\n  - a\n",
    ] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn tabs_and_line_ends_that_are_written_as_escapes() {
    for text in [
        r#"{"c": "password:\t§\nx"}"#,
        r#"{"c": "password\t=\t§\nx"}"#,
        r#"{"c": "<key>Password</key>\n\t<string>§</string>"}"#,
        r#"{"c": "\t| user | password |\n\t|---|---|\n\t| bob | § |\n"}"#,
        r"x\nset -x API_PASSWORD §\ny",
        "\tpassword   §\n",
        "\tDefaultPassword    REG_SZ    §\n",
        "\tuser,password\n\tbob,§\n",
        r"x = 'id,user,password\n1,bob,§\n'",
    ] {
        goes(text);
    }
    stands_for_token("a.yml:X-Auth-Token: §");
}

#[test]
fn what_properties_conditions_and_sums_hold() {
    for text in [
        "public string ApiKey { get; set; } = \"§\";",
        "token: Some(\"§\".into()),",
        "const apiKey = prod ? \"§\" : \"\";",
        "const apiKey = prod ? \"\" : \"§\";",
        "headers[\"Authorization\"] = \"Token \" + \"§\"",
        "pass : §\n",
        "SSLPassPhrase §\n",
        "clave=§\n",
        "CONTRASEÑA=§\n",
        "密钥 = §",
        "lösenord: §",
        "şifre: §",
    ] {
        stands_for_token(text);
    }
    let out = balanced("password: \"swordfish api_key=\"q8Z7wv5T4s3Kx9b2\" x");
    assert!(!out.contains("swordfish") && !out.contains("q8Z7"), "{out}");
    assert_eq!(balanced("token = ok ? \"next\" : \"previous\""), "token = ok ? \"next\" : \"previous\"");
}

#[test]
fn an_element_of_a_namespace_and_a_class_of_a_module() {
    goes("<urn:login><urn:username>bob@acme.com</urn:username><urn:password>§</urn:password></urn:login>");
    goes("<ns2:password>\n  §\n</ns2:password>");
    goes("---\nprofile::mysql::root_password: '§'\nprofile::ntp::servers:\n");
    goes("\"profile::mysql::root_password\": '§'\n");
    assert_eq!(balanced("AWS::IAM::AccessKey: 'x'"), "AWS::IAM::AccessKey: 'x'");
}

#[test]
fn an_array_is_a_variable() {
    goes("static const char password[] = \"§\";");
    goes("char wifi_password[33] = \"§\";");
    stands_for_token("const char PROGMEM APPKEY_HEX[] = \"§\";");
    stands_for_token("api_tokens[0] = \"§\"");
    for text in ["passwords[i] == \"Wal!nut95\"[0]", "char password[33];\n"] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_password_of_four_words() {
    const WORDS: &str = "velvet-harbor-clever-monkey";
    for text in ["login: bob\npass: §\n", "#define WIFI_PASS \"§\"", "password = \"§\""] {
        assert!(!balanced(&text.replace('§', WORDS)).contains(WORDS), "{text}");
    }
    for text in ["pass: change-the-pass-here", "pass: one-two", "the pass velvet-harbor-clever-monkey goes"] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_long_key_on_a_line_of_its_name() {
    let key = "UwIXbs6cznv5gcnDJtujjNNq";
    let out = balanced(&format!("<security>\n  self_hostname a.b\n  shared_key {key}\n</security>"));
    assert!(!out.contains(key), "{out}");
    for text in ["  shared_key another_name_of_it\n", "the shared_key UwIXbs6cznv5gcnDJtujjNNq is\n"] {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_salt_is_a_key_where_a_file_has_it() {
    let salt = "LfPQ1xf14PzCFO8T0MyoD2Alv13L7P6w";
    for text in
        ["$MERCHANT_KEY = \"x\";\n$SALT = \"§\";", "[General]\nsalt = \"§\"\n", "const TicketSalt = \"§\""]
    {
        assert!(!balanced(&text.replace('§', salt)).contains(salt), "{text}");
    }
    for text in ["pbkdf2(password, salt='LfPQ1xf14PzCFO8T0MyoD2Alv13L7P6w')", "salt = b\"0123456789abcdef\""]
    {
        assert_eq!(balanced(text), text);
    }
}

#[test]
fn a_key_belongs_to_the_service_that_is_called_with_it() {
    let key = "7pypuz4sbebb5x4rmurv3xomymy7lvpv6ynuqq3fgctpi4uqafmw";
    let call = format!("'acme' => [\n  'endpoint' => 'https://dev.acme.com',\n  'key' => '{key}',\n],");
    assert!(!balanced(&call).contains(key));
    let cache = format!("'acme' => [\n  'key' => '{key}',\n],");
    assert_eq!(balanced(&cache), cache);
}

#[test]
fn a_password_of_words_with_points() {
    const WORDS: &str = "otter.harbor.falcon";
    for text in [
        "$creds = @{ user='bob'; pass='§' }",
        "storePassword = \"§\"; keyAlias",
        "DB_PASSWORD=\"§\"",
        "adminpassword=§\nportbase=8000\n",
    ] {
        assert!(!balanced(&text.replace('§', WORDS)).contains(WORDS), "{text}");
    }
    for text in
        ["password = settings.smtp.value", "password: 'admin.user.form'", "password=account.profile.name\n"]
    {
        assert_eq!(balanced(text), text);
    }
}
