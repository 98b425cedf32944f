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
fn an_error_says_which_file_or_option_it_is_about() {
    let (place, path) = place();
    std::fs::write(&path, "{}").unwrap();
    let none = place.path().join("none");
    for name in [text(&none), "nope.json"] {
        prestop(["scrub", text(&path), name]).status(1).says("cannot open the second file").hides("nope");
        prestop(["diff", text(&path), name]).status(1).says("cannot open the second file");
        prestop(["diff", name, text(&path)]).status(1).says("cannot open the first file");
        prestop(["scrub", "--known-file", name, text(&path)])
            .status(1)
            .says("cannot open the file of variables")
            .says("--known-file takes the name of a file");
        prestop(["write", "--from", name, text(&path)]).status(1).says("cannot open the file of --from");
    }
    prestop(["diff", "-", "-"]).status(2).says("BEFORE and AFTER cannot both be standard input");
    prestop(["show", "--lines", "-1"]).status(2).says("the value of --lines <COUNT> cannot be used");
    prestop(["write", "--deadline", "-1", text(&path)]).status(2).says("the value of --deadline <SECONDS>");
    prestop(["agentapi", "stop", "--deadline", "-1"]).status(2).says("the value of --deadline <SECONDS>");
    prestop(["agentapi", "stop", "--port", "-1"]).status(2).says("the value of --port <PORT>");
}

#[test]
fn options_stand_under_their_own_heading_and_say_the_default() {
    let help = prestop(["agentapi", "stop", "--help"]).status(0).out;
    let (before, about_secrets) = help.split_once("What is secret:").unwrap();
    for option in ["--port", "--task", "--url", "--deadline", "--json", "--color", "--help"] {
        assert!(before.contains(option) && !about_secrets.contains(option), "{option} in\n{help}");
    }
    for command in ["scrub", "verify", "show", "write"] {
        let help =
            prestop([command, "--help"]).status(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains("balanced for texts, and for snapshots PRESTOP_PRESET or strict"), "{help}");
    }
}

#[test]
fn every_man_page_names_the_product_and_its_version() {
    let (place, _) = place();
    let directory = place.path().join("man");
    prestop(["man", text(&directory)]).status(0);
    let mut pages = 0;
    for entry in std::fs::read_dir(&directory).unwrap() {
        let page = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let title = page.lines().find(|line| line.starts_with(".TH ")).unwrap().to_owned();
        assert!(title.contains(concat!("\"prestop ", env!("CARGO_PKG_VERSION"), "\"")), "{title}");
        pages += 1;
    }
    assert!(pages > 12, "{pages}");
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
