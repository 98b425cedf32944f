//! `docs/reference/command.md` is the `--help` of every command. `PRESTOP_UPDATE=1` writes it.

use std::fmt::Write;

use crate::support::prestop;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/command.md");
const HEAD: &str = "# The command, from its help

What `prestop COMMAND --help` says of each command. [The command](../cli.md) shows them at work.
";

#[test]
fn the_page_is_the_help() {
    let mut page = HEAD.to_owned();
    let mut commands = 0;
    let mut left = vec![Vec::new()];
    while let Some(command) = left.pop() {
        let help = prestop(command.iter().map(String::as_str).chain(["--help"])).status(0).out;
        let name = std::iter::once("prestop").chain(command.iter().map(String::as_str));
        let name = name.collect::<Vec<_>>().join(" ");
        let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
        write!(page, "\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n")).unwrap();
        commands += 1;
        // A stack: the command pushed last is processed next.
        left.extend(below(&help).into_iter().rev().map(|below| [&command[..], &[below]].concat()));
    }
    assert!(commands > 15, "the help names {commands} commands");
    if std::env::var_os("PRESTOP_UPDATE").is_some() {
        std::fs::write(PAGE, page).unwrap();
    } else {
        let committed = std::fs::read_to_string(PAGE).unwrap_or_default();
        assert!(committed == page, "docs/reference/command.md is stale: PRESTOP_UPDATE=1 writes it anew");
    }
}

/// Returns the subcommands of a command, as its help lists them.
fn below(help: &str) -> Vec<String> {
    let listed = help.split_once("\nCommands:\n").map_or("", |(_, rest)| rest);
    listed
        .lines()
        .take_while(|line| !line.is_empty())
        // Continuation lines are indented further.
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}
