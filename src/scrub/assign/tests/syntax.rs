//! Names and values in the syntax of files and programs.

use super::balanced;

/// What people choose for a password.
const PASSWORD: &str = "Wal!nut95";

fn goes(text: &str) {
    let text = text.replace('§', PASSWORD);
    let out = balanced(&text);
    assert!(!out.contains(PASSWORD), "{out}");
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
