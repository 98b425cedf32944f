//! The function `random` of this library equals that of `crates/agent`, on which this library does not
//! depend: a change to one must be made to the other.

/// Returns the body of `random`, without its comments.
fn random(file: &str) -> Vec<&str> {
    let body = file.split("fn random() -> u64 {").nth(1).expect("it is there");
    body.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect()
}

#[test]
fn both_ask_the_system_in_the_same_way() {
    let ours = random(include_str!("../src/outside.rs"));
    assert!(ours.len() > 4);
    assert_eq!(ours, random(include_str!("../../agent/src/outside.rs")));
}
