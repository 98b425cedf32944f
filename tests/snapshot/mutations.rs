//! Checks that the list of mutations fits the current sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_mutation_applies_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = fs::read_to_string(root.join("tests/snapshot/mutations.toml")).unwrap();
    let list: toml::Table = list.parse().unwrap();
    let mutations = list["mutation"].as_array().unwrap();
    let mut seen = BTreeSet::new();
    for mutation in mutations {
        let word = |name: &str| mutation[name].as_str().unwrap();
        assert!(seen.insert(word("what")), "twice: {}", word("what"));
        let source = fs::read_to_string(root.join("src/snapshot").join(word("file"))).unwrap();
        assert_eq!(source.matches(word("from")).count(), 1, "{}", word("what"));
        assert_ne!(word("from"), word("to"), "{}", word("what"));
    }
    assert!(mutations.len() > 40);
}
