//! Injected errors: whichever system call fails, the report is true, the old or the new document is there,
//! and no temporary file is left.

use super::scenario::{CREATED, NEW, NUMBER, SCENARIOS, Scenario};
use super::{Point, sample, trace, traced, victim};
use crate::support::*;

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

/// Calls that are not made to fail: memory is the allocator's business, and asking for a limit or for the
/// process's own identity cannot fail.
const OTHER: [&str; 9] =
    ["brk", "mmap", "munmap", "mremap", "exit_group", "sigaltstack", "getrandom", "prlimit64", "geteuid"];

/// The calls that run after a failure, the most important ones first.
const CLEAN_UP: [&str; 4] = ["unlinkat", "ftruncate", "fsync", "renameat"];

/// An injected failure: at which call, with what error, and whether it lasts from then on.
struct Fault {
    point: Point,
    error: &'static str,
    when: &'static str,
    /// Another call, which fails every time.
    also: Option<&'static str>,
}

impl Fault {
    fn options(&self) -> Vec<String> {
        let Self { point: Point { name, count, .. }, error, when, also } = self;
        let mut options = vec!["-e".to_owned(), format!("inject={name}:error={error}:when={count}{when}")];
        if let Some(also) = also {
            options.extend(["-e".to_owned(), format!("inject={also}:error=EIO")]);
        }
        options
    }

    fn is(&self, name: &str) -> bool {
        self.point.name == name || self.also == Some(name)
    }
}

/// Returns the calls that can be made to fail. Of `write`, those to standard output are left out.
fn refusable(scenario: &Scenario) -> Vec<Point> {
    let mut points = scenario.points();
    points.retain(|point| {
        !OTHER.contains(&&*point.name) && (point.name != "write" || (scenario.lines() && point.count == 1))
    });
    points
}

fn single(scenario: &Scenario) -> Vec<Fault> {
    let reads = ["read", "delete"].contains(&scenario.mode);
    let mut faults = Vec::new();
    for point in refusable(scenario) {
        for error in ERRORS {
            // To whoever reads or deletes, it is then true that there is no file.
            if error == "ENOENT" && reads && ["openat", "unlinkat"].contains(&&*point.name) {
                continue;
            }
            // To be interrupted for ever does not happen.
            let whens: &[&str] = if error == "EINTR" { &[""] } else { &["", "+"] };
            faults.extend(whens.iter().map(|when| Fault { point: point.clone(), error, when, also: None }));
        }
    }
    faults
}

/// Like [`single`], but a call of the clean-up fails as well.
fn pairs(scenario: &Scenario) -> Vec<Fault> {
    let mut faults = Vec::new();
    let taken = |name: &str| scenario.always.iter().any(|option| option.contains(name));
    for point in refusable(scenario) {
        for also in CLEAN_UP.into_iter().filter(|also| *also != point.name && !taken(also)) {
            for error in ["ENOSPC", "EIO", "EACCES"] {
                faults.push(Fault { point: point.clone(), error, when: "", also: Some(also) });
            }
        }
    }
    faults
}

fn sweep(scenario: &Scenario, faults: &[Fault]) {
    for fault in faults {
        let place = Place::new();
        (scenario.prepare)(&place);
        let output = traced(&place, scenario.mode, NUMBER, &scenario.options(&fault.options()));
        trace(&place);
        let what = format!("{}, {}", scenario.name, fault.options().join(" "));
        assert!(output.status.code().is_some_and(|code| code < 2), "{what}: {:?}", output.status);
        assert_eq!(scenario.violation(&place, &output), None, "{what}");
        let left = scenario.left(&place);
        // A file that cannot be removed is left; everything else is removed.
        assert!(fault.is("unlinkat") || !left.iter().any(|name| name.contains("tmp")), "{what}: {left:?}");
        scenario.assert_usable(&place);
    }
}

#[test]
fn refused_anything_it_reports_the_truth_and_leaves_no_litter() {
    if victim().is_none() {
        return;
    }
    let mut all = 0;
    for scenario in SCENARIOS.iter().chain([&CREATED]).chain(&NEW) {
        let faults = sample(single(scenario), 50);
        assert!(!faults.is_empty());
        sweep(scenario, &faults);
        all += faults.len();
    }
    eprintln!("errno sweep: {all} faults in {} scenarios, 0 violations", SCENARIOS.len() + 1 + NEW.len());
}

/// An error means that nothing was written, which is what makes it safe to try again, and no new file is
/// left.
#[test]
fn refused_once_an_error_means_that_nothing_was_written() {
    if victim().is_none() {
        return;
    }
    let mut errors = 0;
    // Halfway through overwriting in place there is no such promise, and a reader writes nothing.
    let atomic = |scenario: &&Scenario| {
        scenario.always.is_empty() && !["alone", "read", "delete"].contains(&scenario.mode)
    };
    for scenario in SCENARIOS.iter().chain([&CREATED]).chain(&NEW).filter(atomic) {
        for point in refusable(scenario) {
            let place = Place::new();
            (scenario.prepare)(&place);
            let fault = Fault { point, error: "EIO", when: "", also: None };
            let output = traced(&place, scenario.mode, NUMBER, &scenario.options(&fault.options()));
            trace(&place);
            if output.status.code() == Some(1) {
                errors += 1;
                let what = format!("{}, {}", scenario.name, fault.options().join(" "));
                assert_eq!(scenario.observe(&place.path), Ok(scenario.before.to_vec()), "{what}");
                let left = scenario.left(&place);
                assert!(!left.iter().any(|name| name.contains("tmp")), "{what}: {left:?}");
            }
        }
    }
    assert!(errors > 20, "{errors}");
    eprintln!("errors: {errors} refused writes, nothing written by any");
}

#[test]
fn the_same_holds_when_the_clean_up_is_refused_too() {
    if victim().is_none() {
        return;
    }
    let mut all = 0;
    for scenario in SCENARIOS.iter().chain([&CREATED]).chain(&NEW) {
        let faults = sample(pairs(scenario), 40);
        sweep(scenario, &faults);
        all += faults.len();
    }
    eprintln!("errno pairs: {all} pairs in {} scenarios, 0 violations", SCENARIOS.len() + 1 + NEW.len());
}
