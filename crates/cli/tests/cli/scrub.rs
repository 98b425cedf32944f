//! `prestop scrub`.

use std::io::{Read, Write};
use std::process::Stdio;

use crate::support::{command, fed, place, prestop, put, text, token};
use prestop::{Preset, Scrubber};
use proptest::prelude::*;

#[test]
fn text_comes_by_standard_input_or_by_files() {
    let input = format!("a\nsee {}\n", token());
    let wanted = "a\nsee [REDACTED:GITHUB_PAT]\n";
    fed(command().arg("scrub"), input.as_bytes()).status(0).out(wanted);
    fed(command().args(["scrub", "-"]), input.as_bytes()).status(0).out(wanted);
    let (place, path) = place();
    std::fs::write(&path, &input).unwrap();
    let other = place.path().join("other.txt");
    std::fs::write(&other, "end").unwrap();
    prestop(["scrub", text(&path), text(&other)]).status(0).out(&format!("{wanted}end"));
}

#[test]
fn a_report_goes_to_standard_error() {
    let input = format!("{0} password=hunter2 {0}", token());
    let ran = fed(command().args(["scrub", "--report"]), input.as_bytes()).status(0);
    assert_eq!(ran.err, "GITHUB_PAT        2\nPASSWORD          1\nredacted          3\n");
    let ran = fed(command().args(["scrub", "--json"]), input.as_bytes()).status(0);
    let report: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(report["redactions"]["GITHUB_PAT"], 2);
    assert_eq!((report["bytes"].as_u64(), report["files"].as_u64()), (Some(input.len() as u64), Some(1)));
}

#[test]
fn json_lines_are_values() {
    let lines =
        "{\"password\": [\"a\", 1]}\n{\"source\": \"sandbox\", \"t\": 1}\n{ \"kept\" :  1.50 }\nno JSON\n";
    let wanted =
        "{\"password\":[\"[REDACTED:PASSWORD]\",\"[REDACTED:PASSWORD]\"]}\n{ \"kept\" :  1.50 }\nno JSON\n";
    let ran = fed(command().args(["scrub", "--format", "jsonl", "--report"]), lines.as_bytes()).status(0);
    let ran = ran.says("dropped         1").out(wanted);
    let (place, _) = place();
    let path = place.path().join("lines.jsonl");
    std::fs::write(&path, lines).unwrap();
    assert_eq!(prestop(["scrub", text(&path)]).status(0).out, ran.out);
}

#[test]
fn what_a_text_is_shows_in_its_name_or_its_first_line() {
    let line = "{\"password\": [\"one\"]}\n";
    let (lines, document) = (
        "{\"password\":[\"[REDACTED:PASSWORD]\"]}\n",
        "{\n  \"password\": [\n    \"[REDACTED:PASSWORD]\"\n  ]\n}\n",
    );
    fed(command().arg("scrub"), line.as_bytes()).status(0).out(lines);
    fed(command().args(["scrub", "--format", "text"]), line.as_bytes()).status(0).out(line);
    fed(command().args(["scrub", "--format", "json"]), line.as_bytes()).status(0).out(document);
    fed(command().args(["scrub", "--preset", "molecule"]), line.as_bytes()).status(0).out(line);
    let both = fed(command().args(["scrub", "--preset", "molecule", "--format", "json"]), line.as_bytes());
    both.status(2).says("--format text");
    let (_place, path) = place();
    std::fs::write(&path, line).unwrap();
    prestop(["scrub", text(&path)]).status(0).out(document);
    let cut = &line[..line.len() - 2];
    std::fs::write(&path, cut).unwrap();
    prestop(["scrub", text(&path)]).status(0).out(cut).says("is no JSON document: it was scrubbed as text");
    let ran = prestop(["scrub", "--json", text(&path)]).status(0).out(cut);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&ran.err).unwrap()["as_text"], 1);
}

#[test]
fn what_the_environment_knows_goes_where_that_is_asked() {
    let secret = format!("{}-{}", "correct", "horse7battery");
    let run = |arguments: &[&str]| {
        fed(command().env("DEPLOY_PASSWORD", &secret).args(arguments), format!("see {secret}").as_bytes())
    };
    run(&["scrub"]).status(0).out(&format!("see {secret}"));
    run(&["scrub", "--known-env"]).status(0).out("see [REDACTED:DEPLOY_PASSWORD]");
}

#[test]
fn presets_and_rules_of_ones_own() {
    let path = "see /home/agent/projects/molecule/workspace/lib/pre_stop.py";
    let ran = fed(command().args(["scrub", "--preset", "molecule"]), path.as_bytes());
    ran.status(0).out("see [REDACTED:BASE64_BLOB]_stop.py");
    let (place, _) = place();
    let rules = place.path().join("rules.toml");
    let rule =
        "[[rule]]\nid = \"our-ticket\"\nlabel = \"TICKET\"\ndescription = \"\"\nkeywords = [\"tic-\"]\n";
    std::fs::write(&rules, format!("{rule}pattern = 'tic-[0-9]{{6}}'\n")).unwrap();
    let own = ["scrub", "--rules", text(&rules)];
    fed(command().args(own), b"tic-123456").status(0).out("[REDACTED:TICKET]");
    let without = fed(command().args(own).args(["--disable", "our-ticket"]), b"tic-123456");
    without.status(0).out("tic-123456");
    std::fs::write(&rules, format!("{rule}pattern = '('\n")).unwrap();
    prestop(own).status(1).says("our-ticket").says("does not compile");
}

#[test]
fn a_reader_that_goes_is_no_error() {
    let mut child = command()
        .arg("scrub")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    // More than the command buffers, so that it has to write.
    let line = "nothing secret in this line\n".repeat(10_000);
    for _ in 0..40 {
        if stdin.write_all(line.as_bytes()).is_err() {
            break;
        }
    }
    drop(stdin);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}

#[test]
fn memory_does_not_grow_with_the_input() {
    // 33 MB of input, with room for far less: the command needs a few megabytes for its buffers and the
    // rules.
    let binary = env!("CARGO_BIN_EXE_prestop");
    let script = format!("ulimit -v 48000; exec {binary} scrub");
    let mut child = std::process::Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        let block = "0123456789 abcdef nothing secret\n".repeat(10_000);
        (0..100).all(|_| stdin.write_all(block.as_bytes()).is_ok())
    });
    let mut out = child.stdout.take().unwrap();
    let counted = std::io::copy(&mut out, &mut std::io::sink()).unwrap();
    assert!(writer.join().unwrap());
    assert!(child.wait().unwrap().success());
    assert_eq!(counted, 100 * 10_000 * 33);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_text_comes_out_as_from_the_library(
        pieces in prop::collection::vec(
            prop_oneof!["[ -~\n]{0,60}", Just(token()), Just("password=hunter2\n".to_owned()), "\\PC{0,8}"],
            0..12,
        ),
        strict in any::<bool>(),
    ) {
        let text = pieces.concat();
        let (preset, name) = if strict { (Preset::Strict, "strict") } else { (Preset::Balanced, "balanced") };
        let ran = fed(command().args(["scrub", "--format", "text", "--preset", name]), text.as_bytes()).status(0);
        prop_assert_eq!(ran.out, Scrubber::new(preset).scrub_text(&text));
    }

    #[test]
    fn a_secret_is_in_no_output(
        before in "[ -~\n]{0,200}",
        after in "[ -~\n]{0,200}",
        format in prop::sample::select(vec!["auto", "text", "jsonl", "json"]),
        quoted in any::<bool>(),
    ) {
        let said = if quoted { serde_json::Value::from(token()).to_string() } else { token() };
        let text = format!("{before} {said}\n{after}");
        let ran = fed(command().args(["scrub", "--report", "--format", format]), text.as_bytes());
        prop_assert_eq!(ran.status, 0);
        prop_assert!(!ran.hides(&token()).out.is_empty());
    }
}

#[test]
fn a_variable_that_is_not_utf8_is_known_all_the_same() {
    use std::os::unix::ffi::OsStrExt;
    let secret = [b"hun".as_slice(), b"ter2\xffhunter2"].concat();
    let text = [b"say ", &*secret, b" twice"].concat();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join(".env");
    put(&file, [b"export MY_PASSWORD='", &*secret, b"'\n"].concat());
    let known_env = &mut command();
    known_env.env("MY_PASSWORD", std::ffi::OsStr::from_bytes(&secret)).args(["scrub", "--known-env"]);
    for command in [known_env, command().args(["scrub", "--known-file"]).arg(&file)] {
        fed(command, &text).status(0).out("say [REDACTED:MY_PASSWORD] twice");
    }
}
