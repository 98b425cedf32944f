//! Wrong use: status 2, a sentence, what to do next, and nothing of what was typed.

use crate::support::prestop;
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
