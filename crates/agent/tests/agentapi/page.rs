//! `docs/agentapi.md` names the test of each case; every one of them must exist.

const PAGE: &str = include_str!("../../../../docs/agentapi.md");
const SOURCES: [&str; 6] = [
    include_str!("existing.rs"),
    include_str!("namespace.rs"),
    include_str!("start.rs"),
    include_str!("state.rs"),
    include_str!("upload.rs"),
    include_str!("weaknesses.rs"),
];

#[test]
fn the_page_names_tests_that_there_are() {
    let table = PAGE.split_once("## Case by case").unwrap().1.split_once("\n## ").unwrap().0;
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 30, "{}", rows.len());
    for row in rows {
        let name = row.trim_end_matches(" |").rsplit('`').nth(1).unwrap();
        let test = format!("#[test]\nfn {name}() {{");
        assert!(SOURCES.iter().any(|source| source.contains(&test)), "no test {name}");
    }
}
