//! Tests of the format: what a file may contain, and what an error never shows.

use proptest::prelude::*;

use super::*;

const GOOD: &str = r#"
[[rule]]
id = "acme-token"
label = "ACME_TOKEN"
keywords = ["ACME_"]
pattern = 'acme_[a-z]{8}'
"#;

fn message(text: &str) -> String {
    parse(text).expect_err("the file is faulty").to_string()
}

#[test]
fn a_rule_has_the_documented_defaults() {
    let rules = parse(GOOD).expect("a good file");
    let rule = &rules[0];
    assert_eq!((&*rule.id, &*rule.label), ("acme-token", "ACME_TOKEN"));
    assert_eq!(rule.keywords, ["acme_"]);
    assert_eq!((rule.lookbehind, rule.max_len, rule.word_start, rule.block), (0, 4_096, true, false));
    assert!(rule.is_in(Preset::Strict) && rule.is_in(Preset::Balanced) && !rule.is_in(Preset::Molecule));
    assert!(rule.entropy.is_none() && rule.validator.is_none());
}

#[test]
fn a_value_is_found_where_a_name_with_a_keyword_is_assigned_it() {
    let text = GOOD
        .replace("pattern = 'acme_[a-z]{8}'", "value_pattern = '[0-9a-f]{16}'")
        .replace("\"ACME_\"", "\"acme.io\"");
    let rules = parse(&text).expect("a good file");
    let regex = rules[0].regex().expect("it compiles");
    assert!(!rules[0].word_start);
    for sure in [
        "acme.io_TOKEN=0123456789abcdef",
        "ACME.IO secret key: \\\"0123456789abcdef\\\"",
        "acme.io => '0123456789abcdef'",
        "acme.io 0123456789abcdef",
    ] {
        assert!(regex.is_match(sure.as_bytes()), "{sure}");
    }
    // The prefilter checks that a keyword is at the beginning.
    for not in ["acme.io=0123456789abcdef0", "acme.io=0123456789abcdeg"] {
        assert!(!regex.is_match(not.as_bytes()), "{not}");
    }
}

#[test]
fn an_error_names_rule_and_field_and_not_the_text() {
    let cases = [
        ("label = \"ACME_TOKEN\"", "label = \"hunter2\"", "rule acme-token: label"),
        ("keywords = [\"ACME_\"]", "keywords = [\"hu\"]", "rule acme-token: keywords"),
        ("keywords = [\"ACME_\"]", "keywords = [\"hunter2\", 5]", "rule acme-token: keywords"),
        ("keywords = [\"ACME_\"]", "", "rule acme-token: keywords"),
        ("pattern = 'acme_[a-z]{8}'", "pattern = 'hunter2('", "rule acme-token: pattern"),
        ("pattern = 'acme_[a-z]{8}'", "pattern = '(hunter2)*'", "rule acme-token: pattern"),
        ("pattern = 'acme_[a-z]{8}'", "pattern = '(?:hunter2{1000}){1000}'", "rule acme-token: pattern"),
        ("pattern = 'acme_[a-z]{8}'", "pattern = 'a'\nvalue_pattern = 'hunter2'", "rule acme-token: pattern"),
        ("pattern = 'acme_[a-z]{8}'", "", "rule acme-token: pattern"),
        ("id = \"acme-token\"", "id = \"hunter2 x\"", "rule 1 has no id"),
        ("id = \"acme-token\"", "", "rule 1 has no id"),
        ("[[rule]]", "[[rule]]\nhunter2 = 1", "rule acme-token: table"),
        ("[[rule]]", "[[rule]]\nmax_len = 100000000", "rule acme-token: max_len"),
        ("[[rule]]", "[[rule]]\nmax_len = -1", "rule acme-token: max_len"),
        ("[[rule]]", "[[rule]]\nlookbehind = 5000", "rule acme-token: lookbehind"),
        ("[[rule]]", "[[rule]]\nlookbehind = 70\nmax_len = 70", "rule acme-token: lookbehind"),
        ("[[rule]]", "[[rule]]\nmax_len = 12", "rule acme-token: max_len"),
        ("[[rule]]", "[[rule]]\nmax_gap = 0", "rule acme-token: max_gap"),
        ("[[rule]]", "[[rule]]\nlong_token = true", "rule acme-token: table"),
        ("pattern = 'acme_[a-z]{8}'", "pattern = 'xhunter2'", "rule acme-token: keywords are in no match"),
        ("pattern = 'acme_[a-z]{8}'", "pattern = 'hunter2_acme_[a-z]{8}'", "rule acme-token: keywords begin"),
        ("pattern = 'acme_[a-z]{8}'", "pattern = 'acme|hunter2_acme_'", "rule acme-token: keywords begin"),
        ("pattern = 'acme_[a-z]{8}'", "value_pattern = ''", "rule acme-token: value_pattern"),
        ("pattern = 'acme_[a-z]{8}'", "value_pattern = '[a-z]*'", "rule acme-token: value_pattern"),
        ("pattern = 'acme_[a-z]{8}'", "value_pattern = 'x)|(hunter2'", "rule acme-token: value_pattern"),
        ("[[rule]]", "[[rule]]\nentropy = 9.5", "rule acme-token: entropy"),
        ("[[rule]]", "[[rule]]\nvalidator = \"hunter2\"", "rule acme-token: validator"),
        ("[[rule]]", "[[rule]]\npresets = [\"hunter2\"]", "rule acme-token: presets"),
        ("[[rule]]", "[[rule]]\nblock = \"hunter2\"", "rule acme-token: block"),
        ("[[rule]]", "[[rule]]\ndescription = 5", "rule acme-token: description"),
        ("[[rule]]", "hunter2 = 1\n[[rule]]", "besides"),
        ("[[rule]]", "[[hunter2]]", "no list"),
        ("[[rule]]", "[[rule]]\nx = hunter2", "line 3"),
    ];
    for (from, to, wanted) in cases {
        let message = message(&GOOD.replace(from, to));
        assert!(message.contains(wanted), "{to}: {message}");
        assert!(!message.contains("hunter2"), "{to}: {message}");
    }
}

#[test]
fn a_keyword_need_not_begin_every_match() {
    for (from, to) in [
        ("pattern = 'acme_[a-z]{8}'", r"pattern = '\s?acme_[a-z]{8}'"),
        ("pattern = 'acme_[a-z]{8}'", "pattern = 'beta_|(?i:acme_)[a-z]{8}'"),
        ("pattern = 'acme_[a-z]{8}'", "pattern = '[a-z]{4}_[a-z]{8}'"),
        ("pattern = 'acme_[a-z]{8}'", "pattern = 'my ACME_[a-z]{8}'\nlookbehind = 8"),
        ("[\"ACME_\"]", "[\"acme_secret_\", \"other\"]"),
        ("[[rule]]", "[[rule]]\nmax_len = 13"),
        ("pattern = 'acme_[a-z]{8}'", "value_pattern = 'a|b'"),
    ] {
        parse(&GOOD.replace(from, to)).unwrap_or_else(|error| panic!("{to}: {error}"));
    }
}

#[test]
fn where_a_rule_is_tried_follows_from_its_pattern() {
    for (from, to, expected) in [
        ("{8}", "{11}", (true, false)),
        ("{8}", "{10}", (false, false)),
        ("pattern = 'acme_[a-z]{8}'", "validator = 'random'\nvalue_pattern = '[a-z]{10}'", (false, true)),
        ("pattern = 'acme_[a-z]{8}'", "value_pattern = '[a-z]{10}'", (false, false)),
    ] {
        let rule = &parse(&GOOD.replace(from, to)).expect("a good file")[0];
        assert_eq!((rule.long_token, rule.value_is_token), expected, "{to}");
    }
}

#[test]
fn an_id_is_used_once() {
    assert!(message(&GOOD.repeat(2)).contains("rule acme-token: id"));
}

#[test]
fn one_faulty_rule_does_not_cost_the_others() {
    let second = GOOD.replace("acme-token", "other").replace("ACME_TOKEN", "lower");
    let rules = parse_each(&format!("{GOOD}{second}")).expect("a list of rules");
    assert!(rules[0].is_ok() && rules[1].is_err());
}

#[test]
fn a_file_is_bounded() {
    assert!(message(&" ".repeat(MAX_FILE + 1)).contains("1 MiB"));
}

#[test]
fn lists_are_bounded() {
    let with = |field: &str, count: usize| {
        let items = vec!["\"acme_\""; count];
        let list = format!("{field} = [{}]", items.join(", "));
        match field {
            "keywords" => GOOD.replace("keywords = [\"ACME_\"]", &list),
            _ => GOOD.replace("[[rule]]", &format!("[[rule]]\n{list}")),
        }
    };
    for (field, most) in [("keywords", MAX_KEYWORDS), ("positive", MAX_ITEMS)] {
        assert!(parse(&with(field, most)).is_ok(), "{field}");
        let message = message(&with(field, most + 1));
        assert!(message.contains(&format!("{field} is not a list of at most {most} strings")), "{message}");
    }
}

proptest! {
    #[test]
    fn any_text_is_rules_or_an_error(text in ".{0,300}") {
        let _ = parse(&text);
    }

    #[test]
    fn any_change_of_a_good_file_is_rules_or_an_error(at in 0..GOOD.len(), byte in 0_u8..128) {
        let mut text = GOOD.as_bytes().to_vec();
        text[at] = byte;
        let _ = parse(std::str::from_utf8(&text).expect("ASCII"));
    }
}
