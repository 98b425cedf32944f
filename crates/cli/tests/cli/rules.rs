//! `prestop rules`, and the commands for shells and manuals.

use crate::support::{command, fed, place, prestop, put, text, token};

#[test]
fn every_rule_is_listed() {
    let ran = prestop(["rules", "list"]).status(0).has("github-personal-token");
    let json = prestop(["rules", "list", "--json"]).status(0).json();
    let rules = json.as_array().unwrap();
    assert!(rules.len() > 250 && rules.len() == ran.out.lines().count());
    assert_eq!(prestop(["rules", "list", "--preset", "molecule"]).status(0).out.lines().count(), 14);
}

#[test]
fn one_rule_is_explained() {
    let ran = prestop(["rules", "explain", "github-personal-token"]).status(0);
    for part in [
        "GitHub personal access token",
        "[REDACTED:GITHUB_PAT]",
        "strict, balanced",
        "https://docs.github.com/",
    ] {
        assert!(ran.out.contains(part), "{part}: {ran:?}");
    }
    prestop(["rules", "explain", "sensitive-name"]).status(0).has("this rule is code");
    prestop(["rules", "explain", "documented-api-key-hunter2"]).status(2).hides("hunter2").says("rules list");
    // A label or marker leads to its rules.
    for label in ["GITHUB_PAT", "[REDACTED:GITHUB_PAT]"] {
        prestop(["rules", "explain", label]).status(2).says("it is the label of: github-personal-token");
    }
    let json = prestop(["rules", "explain", "--json", "github-personal-token"]).status(0).json();
    assert_eq!((&json["keywords"][0], &json["block"]), (&"ghp_".into(), &false.into()));
}

#[test]
fn a_test_names_rule_and_place_and_never_the_text() {
    let input = format!("a\n\u{e9}\u{e9} {} and password=hunter2\n", token());
    let ran = fed(command().args(["rules", "test"]), input.as_bytes()).status(1);
    let ran = ran.hides(&token()).hides("hunter2");
    let lines: Vec<Vec<&str>> = ran.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["2:4", "GITHUB_PAT", "github-personal-token", "40", "bytes"]);
    assert_eq!(lines[1][..3], ["2:58", "PASSWORD", "sensitive-name"]);
    let json = fed(command().args(["rules", "test", "--json"]), input.as_bytes()).status(1).json();
    assert_eq!((json[0]["line"].as_u64(), json[0]["start"].as_u64()), (Some(2), Some(7)));
    let (_place, path) = place();
    put(&path, "nothing secret");
    prestop(["rules", "test", text(&path)]).status(0).out("");
}

#[test]
fn shells_and_manuals_get_theirs() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        prestop(["completions", shell]).status(0).has("prestop").has("verify");
    }
    prestop(["completions", "hunter2"]).status(2).hides("hunter2").says("bash");
    prestop(["man"]).status(0).has(".TH prestop 1").has("verify");
    let (place, _) = place();
    prestop(["man", text(&place.path().join("man1"))]).status(0);
    for page in ["prestop.1", "prestop-scrub.1", "prestop-rules-test.1"] {
        assert!(place.path().join("man1").join(page).exists(), "{page}");
    }
}
