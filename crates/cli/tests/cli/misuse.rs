//! Wrong use: status 2, a sentence, what to do next, and nothing of what was typed.

use crate::support::{command, place, prestop, text};
use proptest::prelude::*;

#[test]
fn nothing_to_do_is_answered_with_the_help() {
    prestop::<&str>([]).status(2).out("").says("Usage: prestop [OPTIONS] <COMMAND>");
    prestop(["--help"]).status(0).has("Exit status: 0 done, 1 found something or failed, 2 wrong use.");
    prestop(["--version"]).status(0).out(concat!("prestop ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn what_was_meant_is_suggested() {
    prestop(["scrubb"]).status(2).says("did you mean scrub?");
    prestop(["scrub", "--prest", "strict"]).status(2).says("did you mean --preset?");
    prestop(["scrub", "--preset", "lax"]).status(2).says("one of: balanced, strict, molecule");
    prestop(["show", "--all", "--lines", "3"]).status(2).says("does not go with");
}

#[test]
fn a_name_that_leads_nowhere_is_not_repeated_whatever_stands_in_front_of_it() {
    let (place, _) = place();
    let secret = format!("{}{}", "hun", "ter2hunter2");
    for directory in ["/proc", text(place.path())] {
        let path = format!("{directory}/{secret}");
        for command in ["scrub", "show", "verify", "diff", "delete", "purge"] {
            let arguments =
                if command == "diff" { vec![command, &path, &path] } else { vec![command, &path] };
            prestop(arguments).hides(&secret);
        }
    }
    prestop(["man", &format!("/proc/{secret}")]).status(1).hides(&secret).says("that path in /proc");
}

#[test]
fn help_that_cannot_be_written_is_a_failure_and_one_that_nobody_reads_is_none() {
    for option in ["--help", "--version", "help"] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = command().arg(option).stdout(full).output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{option}");
        assert!(String::from_utf8_lossy(&ended.stderr).contains("cannot write the output"), "{ended:?}");
        let mut child = command().arg(option).stdout(std::process::Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{option}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_was_typed_is_repeated(
        secret in "[a-z]{3}[A-Z]{3}[0-9]{4}[a-z]{3}",
        before in prop::sample::select(vec![
            vec![],
            vec!["scrub"],
            vec!["scrub", "--preset"],
            vec!["scrub", "--rules"],
            vec!["scrub", "--disable"],
            vec!["scrub", "--format"],
            vec!["show"],
            vec!["show", "--lines"],
            vec!["verify"],
            vec!["--color"],
        ]),
        spelling in 0usize..4,
    ) {
        let given = match spelling {
            0 => secret.clone(),
            1 => format!("--{secret}"),
            2 => format!("--preset={secret}"),
            _ => format!("password={secret}"),
        };
        let ran = prestop(before.into_iter().chain([given.as_str()]));
        prop_assert!(ran.status == 1 || ran.status == 2, "{ran:?}");
        prop_assert!(ran.err.starts_with("prestop: error: ") && ran.err.lines().count() > 1, "{ran:?}");
        prop_assert!(!ran.hides(&secret).err.is_empty());
    }
}
