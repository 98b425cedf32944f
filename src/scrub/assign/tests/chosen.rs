//! Passwords that people choose, which look like an expression or a name of code.

use crate::scrub::{Preset, Scrubber};

/// Says that the parts of each value, put together, go where `§` stands, as it is and in JSON, and that
/// nothing else does.
fn goes(texts: &[&str], values: &[[&str; 2]]) {
    for text in texts {
        for value in values {
            let value = value.concat();
            let (text, wanted) = (text.replace('§', &value), text.replace('§', "[REDACTED:PASSWORD]"));
            let json = |text: &str| serde_json::json!({ "c": text }).to_string();
            for preset in [Preset::Balanced, Preset::Strict] {
                let scrubber = Scrubber::new(preset);
                assert_eq!(scrubber.scrub_text(&text), wanted, "{preset:?}");
                assert_eq!(scrubber.scrub_text(&json(&text)), json(&wanted), "{preset:?}");
            }
        }
    }
}

#[test]
fn an_unquoted_password_that_looks_like_code_goes() {
    goes(
        &["POSTGRES_PASSWORD=§", "export DB_PASSWORD=§\n", "user: bob\npassword: §\n"],
        &[["Tr0ub", "4dor?"], ["Qk7(v", "Lm2Xz"], ["Blue.La", "goon77"], ["@mango-", "Harbor44"]],
    );
}

#[test]
fn two_words_with_a_digit_between_are_a_password() {
    goes(
        &[
            "DB_PASSWORD=§",
            "pass: §",
            "conn.setPassword(\"§\");",
            "password = SecretStr(\"§\")",
            "mysql -u root -p§ app",
            "sshpass -p § ssh bob@h",
            "the db password is §",
        ],
        &[["mango", "7Saddle"], ["willow", "42Tundra"]],
    );
}

#[test]
fn the_short_name_of_a_password_may_be_a_key() {
    goes(
        &["{\"pw\":\"§\"}", "{'pw': '§'}", "{\"user\": \"bob\", \"pw\": \"§\"}"],
        &[["mango-", "harbor-44"], ["Xk29sl", "QmPz71"]],
    );
}

#[test]
fn code_beside_the_name_of_a_password_stays() {
    for text in [
        "secret = \"x\" if password? else y",
        "val password: String?\n",
        "password: foo.bar2.baz",
        "password = request.form2.password",
        "PASSWORD=Config.Base64",
        "const { password } = this.props",
        "pass: step2Done",
        "pass: oauth2Client",
        "the password is utf8Encoded and then sent",
        "password: @ConfigProperty",
        "password = @password1",
        "password: getPassword(user",
        "PASSWORD=$(pass show db",
        "{\"pw\": 1024, \"ph\": 12}",
        "{\"pw\": \"1024\"}",
        "{\"pw\": \"password\"}",
        "type Pw = 'pw' | 'pw2';",
        "'pw': fields.CharField(max_length=128)",
    ] {
        assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
    }
}

#[test]
fn what_stands_in_a_list_or_a_map_of_json_goes() {
    goes(
        &[
            "{\"password\":[\"§\"]}",
            "{\"password\": {\"S\": \"§\"}}",
            "{\"passwords\": [\n  \"§\",\n  \"§\"\n]}",
            "{'passwords': ['§', '§']}",
        ],
        &[["mango-", "harbor-44"], ["violin", "6Tundra"]],
    );
    for text in [
        "{\"password\": [\"required\", \"min:8\"]}",
        "{\"secrets\": [\"db-password\", \"tls-cert-2024\"]}",
        "{\"secrets\": {\"db_password\": {\"file\": \"./secrets/db_password.txt\"}}}",
        "{\"password\": {\"type\": \"string\", \"minLength\": 8, \"format\": \"password\"}}",
        "{\"passwords\": {\"title\": \"Passwords2\", \"old\": \"Old password\"}}",
    ] {
        assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
    }
}

#[test]
fn a_full_width_sign_and_a_dash_join_a_name_and_its_value() {
    goes(
        &[
            "password\u{ff1a}§",
            "password \u{2014} §",
            "Password \u{2013} §\n",
            "{\"t\": \"password \\u2014 §\"}",
        ],
        &[["mango-", "harbor-44"], ["violin", "6Tundra"]],
    );
    let text = "password \u{2014} required";
    assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
}

#[test]
fn the_data_of_a_secret_of_kubernetes_goes_behind_numbers_and_tabs() {
    let value = ["TWFuZ28", "tNDQ3MQ=="].concat();
    for tab in ["\t", "\u{2192}"] {
        let lines = ["apiVersion: v1", "kind: Secret", "metadata:", "  name: x", "data:", "  conf: §"];
        let number = |(number, line): (usize, &&str)| format!("{:6}{tab}{line}\n", number + 1);
        let text: Vec<String> = lines.iter().enumerate().map(number).collect();
        let text = text.concat().replace('§', &value);
        for preset in [Preset::Balanced, Preset::Strict] {
            let scrubber = Scrubber::new(preset);
            let json = serde_json::json!({ "c": text }).to_string();
            for text in [text.as_str(), json.as_str()] {
                assert!(!scrubber.scrub_text(text).contains(&value), "{text}");
            }
        }
    }
}

#[test]
fn signs_of_templates_and_patterns_may_be_those_of_a_password() {
    for (text, value) in [
        ("{\"password\":\"§\"}", ["{br4ce", "Kq7W}xT2"]),
        ("{\"password\":\"§\"}", ["bkQ9", "x\\\\slash9x"]),
        ("DB_PASSWORD=§\nX=1", ["~til", "de9xyz"]),
    ] {
        let value = value.concat();
        for preset in [Preset::Balanced, Preset::Strict] {
            let out = Scrubber::new(preset).scrub_text(&text.replace('§', &value)).into_owned();
            assert_eq!(out, text.replace('§', "[REDACTED:PASSWORD]"), "{preset:?}");
        }
    }
    for text in [
        "{\"password\":\"{db_password}-x\"}",
        "{\"password\":\"{user2}-{domain}\"}",
        "{\"password\":\"\\\\d{8}\"}",
        "{\"password\":\"^\\\\w+$\"}",
        "PASSWORD=~walnut/db2\n",
    ] {
        assert_eq!(Scrubber::new(Preset::Balanced).scrub_text(text), text);
    }
}
