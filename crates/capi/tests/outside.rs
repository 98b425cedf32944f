//! The random numbers of this library are those of `crates/agent`, which it does not hold: one is not mended alone.

/// The body of `random`, without what is said in it.
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
