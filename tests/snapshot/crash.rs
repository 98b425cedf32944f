//! Killed at every system call, and refused at every system call: the old or the new document is there.
//!
//! strace is the adversary: it sees every call, also those that go around the C library. The calls are counted by name,
//! as strace counts them, from one recorded run. A naive writer under the same sweep must be caught, or the sweep
//! proves nothing. By default a sample with a fixed seed is tried; `PRESTOP_LONG=1` or `make test-long` tries everything.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use prestop::json::{self, Value};
use prestop::snapshot::{self, ReadOptions, WriteOptions};

use crate::support::*;

const RULES: &str = "crash-1";

/// The example program, built with the tests; `None`, loudly, where strace cannot run it.
fn victim() -> Option<&'static PathBuf> {
    static VICTIM: OnceLock<Option<PathBuf>> = OnceLock::new();
    VICTIM
        .get_or_init(|| {
            let traced = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
            if !traced.is_ok_and(|output| output.status.success()) {
                eprintln!("SKIPPED the crash tests: strace does not work here");
                return None;
            }
            // Beside this program's own directory; a run of this test alone has not built it.
            let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
            let arguments =
                ["build", "--quiet", "--package", "prestop", "--example", "crash_writer", "--target-dir"];
            let built = Command::new(env!("CARGO")).args(arguments).arg(&target).status().unwrap();
            assert!(built.success());
            Some(target.join("debug/examples/crash_writer"))
        })
        .as_ref()
}

/// Runs the victim under strace with these options.
fn traced(place: &Place, mode: &str, number: u64, options: &[String]) -> Output {
    let log = place.directory.path().with_extension("trace");
    let output = Command::new("strace")
        .arg("-qq")
        .arg("-o")
        .arg(&log)
        .args(options)
        .arg(victim().unwrap())
        .args([mode, place.path.to_str().unwrap(), &number.to_string()])
        .output()
        .unwrap();
    let _ = fs::rename(&log, trace_of(place));
    output
}

fn trace_of(place: &Place) -> PathBuf {
    place.directory.path().with_extension("last-trace")
}

/// A system call by its name and how many of that name came before it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Point {
    name: String,
    count: usize,
    /// Whether it belongs to the work and not to starting the program.
    work: bool,
}

/// The calls of a recorded run.
fn points(place: &Place, mode: &str, number: u64, options: &[String]) -> Vec<Point> {
    let output = traced(place, mode, number, options);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut work = false;
    let text = fs::read_to_string(trace_of(place)).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once('('));
    lines
        .map(|(name, rest)| {
            let count = counts.entry(name.to_owned()).or_default();
            *count += 1;
            work |= rest.contains("/prestop-begins");
            Point { name: name.to_owned(), count: *count, work }
        })
        .collect()
}

/// What a scenario starts from, does, and may end in.
struct Scenario {
    name: &'static str,
    mode: &'static str,
    prepare: fn(&Place),
    /// Faults that are there all the time.
    always: &'static [&'static str],
    /// The document there is when nothing has happened.
    before: Option<u64>,
    /// The document there is when it says so.
    after: Option<u64>,
}

const NUMBER: u64 = 3;

const SCENARIOS: [Scenario; 7] = [
    Scenario {
        name: "replace",
        mode: "safe",
        prepare: two,
        always: &[],
        before: Some(2),
        after: Some(NUMBER),
    },
    Scenario {
        name: "first",
        mode: "safe",
        prepare: nothing,
        always: &[],
        before: None,
        after: Some(NUMBER),
    },
    Scenario {
        name: "foreign",
        mode: "safe",
        prepare: foreign,
        always: &[],
        before: Some(2),
        after: Some(NUMBER),
    },
    // The second rename is that of the document itself.
    Scenario {
        name: "in place",
        mode: "safe",
        prepare: two,
        always: &["-e", "inject=renameat:error=EBUSY:when=2"],
        before: Some(2),
        after: Some(NUMBER),
    },
    // Only the recovery copy can heal this one.
    Scenario {
        name: "in place, alone",
        mode: "alone",
        prepare: one,
        always: &["-e", "inject=renameat:error=EBUSY:when=1"],
        before: Some(2),
        after: Some(NUMBER),
    },
    Scenario { name: "heal", mode: "read", prepare: corrupt, always: &[], before: Some(1), after: Some(1) },
    Scenario { name: "delete", mode: "delete", prepare: two, always: &[], before: Some(2), after: None },
];

fn numbered(place: &Place, number: u64) {
    let output = Command::new(victim().unwrap())
        .args(["safe", place.path.to_str().unwrap(), &number.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success());
}

fn nothing(_: &Place) {}

fn one(place: &Place) {
    numbered(place, 2);
}

fn two(place: &Place) {
    numbered(place, 1);
    numbered(place, 2);
}

fn foreign(place: &Place) {
    two(place);
    // The same bytes in a new file, which has no attribute.
    let copy = place.directory.path().join("copy");
    fs::write(&copy, fs::read(&place.path).unwrap()).unwrap();
    fs::rename(copy, &place.path).unwrap();
    fs::set_permissions(&place.path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

fn corrupt(place: &Place) {
    two(place);
    let bytes = fs::read(&place.path).unwrap();
    fs::write(&place.path, &bytes[..bytes.len() / 2]).unwrap();
}

/// The number of the document that a reader gets now; an error is a failure by itself.
fn number(place: &Place) -> Result<Option<u64>, String> {
    let options = ReadOptions::new(RULES).with_rescrub(&Marker);
    let restored = snapshot::read(&place.path, &options, ambient()).map_err(|error| error.to_string())?;
    let Some(restored) = restored else { return Ok(None) };
    match json::parse(&restored.bytes).map_err(|error| error.to_string())?.get("number") {
        Some(Value::Number(number)) => number.parse().map(Some).map_err(|_| "another number".to_owned()),
        _ => Err("another document".to_owned()),
    }
}

/// What is wrong after a run, if anything is.
fn violation(place: &Place, scenario: &Scenario, output: &Output) -> Option<String> {
    let said = String::from_utf8_lossy(&output.stdout);
    let acknowledged = said.starts_with("ACK") || said.starts_with("READ");
    for turn in 1..=2 {
        let found = match number(place) {
            Ok(found) => found,
            Err(error) => return Some(format!("read {turn}: {error}")),
        };
        if found != scenario.after && (acknowledged || found != scenario.before) {
            return Some(format!("read {turn}: {found:?} after {said:?}"));
        }
    }
    if scenario.mode != "naive" {
        place.assert_private();
    }
    None
}

/// The next write works, and a later one finds nothing left over.
fn assert_usable(place: &Place) {
    let options = WriteOptions::new(RULES).with_rescrub(&Marker);
    snapshot::write(&place.path, b"{\"number\": 8}", &options, ambient()).unwrap();
    assert_eq!(number(place), Ok(Some(8)));
    let later = SystemTime::now() + Duration::from_secs(7200);
    for _ in 0..2 {
        snapshot::write(&place.path, b"{\"number\": 9}", &options, ambient_at(later)).unwrap();
    }
    assert_eq!(number(place), Ok(Some(9)));
    let left = place.names();
    assert!(!left.iter().any(|name| name.contains("tmp") || name.contains("recover")), "{left:?}");
    place.assert_private();
}

fn long() -> bool {
    ["PRESTOP_LONG", "PRESTOP_TEST_LONG"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|long| long == "1"))
}

/// About one in `n` of the items, always the same ones; all of them in a long run.
fn sample<T>(items: Vec<T>, n: u64) -> Vec<T> {
    let mut state: u64 = 20_261_120;
    let mut chosen = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33).is_multiple_of(n)
    };
    items.into_iter().filter(|_| chosen() || long()).collect()
}

fn options(scenario: &Scenario, more: &[String]) -> Vec<String> {
    scenario.always.iter().map(|&option| option.to_owned()).chain(more.iter().cloned()).collect()
}

/// Kills the scenario at each point; how many kills there were, and what went wrong.
fn kill_sweep(scenario: &Scenario, points: &[Point]) -> (usize, Vec<String>) {
    let (mut kills, mut violations) = (0, Vec::new());
    for Point { name, count, .. } in points {
        let place = Place::new();
        (scenario.prepare)(&place);
        let kill = ["-e".to_owned(), format!("inject={name}:signal=KILL:when={count}")];
        let output = traced(&place, scenario.mode, NUMBER, &options(scenario, &kill));
        kills += usize::from(output.status.signal() == Some(9));
        if let Some(violation) = violation(&place, scenario, &output) {
            violations.push(format!("{}, killed at {name} {count}: {violation}", scenario.name));
        } else if scenario.mode != "naive" {
            assert_usable(&place);
        }
        let _ = fs::remove_file(trace_of(&place));
    }
    (kills, violations)
}

fn all_points(scenario: &Scenario) -> Vec<Point> {
    let place = Place::new();
    (scenario.prepare)(&place);
    let points = points(&place, scenario.mode, NUMBER, &options(scenario, &[]));
    let _ = fs::remove_file(trace_of(&place));
    // A kill at the start of the program proves nothing, and a second fault on one name would replace the first.
    let faulty = |name: &str| scenario.always.iter().any(|option| option.contains(name));
    points.into_iter().filter(|point| point.work && !faulty(&point.name)).collect()
}

#[test]
fn killed_anywhere_the_old_or_the_new_one_is_there() {
    if victim().is_none() {
        return;
    }
    for scenario in &SCENARIOS {
        let points = all_points(scenario);
        assert!(points.len() > 10, "{}: {points:?}", scenario.name);
        let points = sample(points, if scenario.name == "replace" { 1 } else { 3 });
        let (kills, violations) = kill_sweep(scenario, &points);
        assert_eq!(violations, Vec::<String>::new());
        assert_eq!(kills, points.len(), "{}", scenario.name);
    }
}

#[test]
fn the_same_sweep_catches_a_naive_writer() {
    if victim().is_none() {
        return;
    }
    let scenario = Scenario { name: "naive", mode: "naive", ..SCENARIOS[0] };
    let (kills, violations) = kill_sweep(&scenario, &all_points(&scenario));
    assert!(kills > 3 && !violations.is_empty(), "{kills} kills found nothing");
}

#[test]
fn refused_anything_it_reports_the_truth_and_leaves_no_litter() {
    const ERRORS: [&str; 13] = [
        "ENOSPC",
        "EIO",
        "EDQUOT",
        "EROFS",
        "EACCES",
        "EPERM",
        "EBUSY",
        "EXDEV",
        "EINTR",
        "EMFILE",
        "ENOENT",
        "ESTALE",
        "EOPNOTSUPP",
    ];
    // Memory is the allocator's business, the words on standard output are the example's, and asking for a limit or
    // for one's own identity cannot fail.
    const OTHER: [&str; 10] = [
        "brk",
        "mmap",
        "munmap",
        "mremap",
        "write",
        "exit_group",
        "sigaltstack",
        "getrandom",
        "prlimit64",
        "geteuid",
    ];
    if victim().is_none() {
        return;
    }
    for scenario in &SCENARIOS {
        let reads = ["read", "delete"].contains(&scenario.mode);
        let mut cases = Vec::new();
        for point in all_points(scenario).iter().filter(|point| !OTHER.contains(&&*point.name)) {
            for error in ERRORS {
                // That nothing is there is then the truth for whoever reads or deletes.
                if error == "ENOENT" && reads && ["openat", "unlinkat"].contains(&&*point.name) {
                    continue;
                }
                // Interrupted for ever is nothing that happens.
                let when = if error == "EINTR" { vec![""] } else { vec!["", "+"] };
                cases.extend(when.iter().map(|when| (point.clone(), error, *when)));
            }
        }
        let cases = sample(cases, 40);
        assert!(!cases.is_empty());
        for (Point { name, count, .. }, error, when) in cases {
            let place = Place::new();
            (scenario.prepare)(&place);
            let fault = ["-e".to_owned(), format!("inject={name}:error={error}:when={count}{when}")];
            let output = traced(&place, scenario.mode, NUMBER, &options(scenario, &fault));
            let what = format!("{}, {error} at {name} {count}{when}", scenario.name);
            assert!(output.status.code().is_some_and(|code| code < 2), "{what}: {:?}", output.status);
            assert_eq!(violation(&place, scenario, &output), None, "{what}");
            let left = place.names();
            // A file that cannot be removed stays; everything else goes.
            assert!(name == "unlinkat" || !left.iter().any(|name| name.contains("tmp")), "{what}: {left:?}");
            assert_usable(&place);
            let _ = fs::remove_file(trace_of(&place));
        }
    }
}

#[test]
fn a_directory_that_cannot_be_flushed_is_not_acknowledged() {
    if victim().is_none() {
        return;
    }
    for (error, said) in [("EIO", "MAYBE 3\n"), ("EINVAL", "ACK 3\n")] {
        let place = Place::new();
        two(&place);
        // The second flush is that of the directory.
        let output =
            traced(&place, "safe", NUMBER, &["-e".to_owned(), format!("inject=fsync:error={error}:when=2")]);
        assert_eq!(String::from_utf8_lossy(&output.stdout), said);
        assert_eq!(number(&place), Ok(Some(NUMBER)));
        let _ = fs::remove_file(trace_of(&place));
    }
}

#[test]
fn a_failed_flush_is_answered_by_a_new_file_and_never_by_a_second_flush() {
    if victim().is_none() {
        return;
    }
    let place = Place::new();
    two(&place);
    let fault = ["-e".to_owned(), "inject=fsync:error=EIO:when=1".to_owned()];
    let output = traced(&place, "safe", NUMBER, &fault);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ACK 3\n");
    let trace = fs::read_to_string(trace_of(&place)).unwrap();
    let (_, work) = trace.split_once("/prestop-begins").unwrap();
    let created: Vec<_> = work.lines().filter(|line| line.contains("O_EXCL")).collect();
    assert_eq!(created.len(), 2, "{created:?}");
    let flushes: Vec<_> = work.lines().filter(|line| line.starts_with("fsync(")).collect();
    // The first file, the second file, the directory.
    assert_eq!(flushes.len(), 3, "{flushes:?}");
    let _ = fs::remove_file(trace_of(&place));
}

/// A file that was half overwritten in place, by documents of the same length, so that the mixture parses.
fn mixture() -> Place {
    const LAST: u64 = 23;
    let place = Place::new();
    numbered(&place, 13);
    let busy = ["-e".to_owned(), "inject=renameat:error=EBUSY:when=2".to_owned()];
    let rehearsal = Place::new();
    numbered(&rehearsal, 13);
    let writes = points(&rehearsal, "safe", LAST, &busy);
    let last = writes.iter().filter(|point| point.name == "pwrite64").map(|point| point.count).max().unwrap();
    let kill = ["-e".to_owned(), format!("inject=pwrite64:signal=KILL:when={last}")];
    let output = traced(&place, "safe", LAST, &[busy, kill].concat());
    assert_eq!(output.status.signal(), Some(9));
    let copy = fs::read(place.beside("recover")).unwrap();
    let start = copy.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let file = fs::OpenOptions::new().write(true).open(&place.path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &copy[start..start + 5000], 0).unwrap();
    assert!(json::check(&fs::read(&place.path).unwrap()).is_ok());
    for trace in [trace_of(&place), trace_of(&rehearsal)] {
        fs::remove_file(trace).unwrap();
    }
    place
}

#[test]
fn a_mixture_of_two_documents_is_never_taken_for_one() {
    if victim().is_none() {
        return;
    }
    // With the recovery copy it becomes the new one, without it the previous one, without both it is none.
    for (removed, expected) in
        [(&[][..], Some(23)), (&["recover"][..], Some(13)), (&["recover", "prev"][..], None)]
    {
        let place = mixture();
        for name in removed {
            fs::remove_file(place.beside(name)).unwrap();
        }
        for _ in 0..2 {
            assert_eq!(number(&place), Ok(expected));
        }
        assert_usable(&place);
    }
}

#[test]
fn a_recovery_copy_of_another_file_is_not_used() {
    if victim().is_none() {
        return;
    }
    let place = mixture();
    let other = place.directory.path().join("other");
    fs::write(&other, b"{\"number\": 5}").unwrap();
    fs::rename(other, &place.path).unwrap();
    assert_eq!(number(&place), Ok(Some(5)));
}
