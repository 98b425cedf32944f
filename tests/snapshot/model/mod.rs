//! Simulated power cuts: what was not flushed is lost or arrives in another order, thousands of times with a
//! fixed seed.

mod disk;
mod recording;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::crash::scenario::{BARE, CONTROLS, SCENARIOS, Scenario};
use crate::crash::{Random, long, victim};
use crate::support::*;
use disk::{Disk, Luck};
use recording::{Recording, Step};

/// A directory in memory if it supports attributes there, so that only the model's flushes count.
fn base() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let probe = tempfile::NamedTempFile::new_in(memory);
    let flags = rustix::fs::XattrFlags::empty();
    let fits =
        probe.is_ok_and(|file| rustix::fs::setxattr(file.path(), "user.prestop.v1", b"x", flags).is_ok());
    if fits { memory.to_owned() } else { std::env::temp_dir() }
}

/// Cuts the power before every step, `times` times each, and returns how often it was cut and what went
/// wrong. The next write has to work.
fn cuts(scenario: &Scenario, recording: &Recording, times: u64) -> (usize, Vec<String>) {
    cuts_judged(scenario, recording, times, !scenario.naive(), |path, said| scenario.violation_at(path, said))
}

fn cuts_judged(
    scenario: &Scenario,
    recording: &Recording,
    times: u64,
    usable: bool,
    judge: impl Fn(&Path, &str) -> Option<String>,
) -> (usize, Vec<String>) {
    let base = base();
    let mut random = Random(20_261_121);
    let (mut runs, mut violations) = (0, Vec::new());
    for cut in 0..=recording.steps.len() {
        let said: String = recording.steps[..cut]
            .iter()
            .filter_map(|step| if let Step::Said(text) = step { Some(&**text) } else { None })
            .collect();
        for time in 0..times {
            // First nothing arrives that was not flushed, then all of it, then some.
            let luck = match time {
                0 => Luck(0),
                1 => Luck(100),
                _ => Luck(10 + 40 * random.below(3)),
            };
            let place = Place::under(&base);
            Disk::after_cut(recording, cut, luck, &mut random).put(&place);
            runs += 1;
            if let Some(violation) = judge(&place.path, &said) {
                violations
                    .push(format!("{}, cut before step {cut}, turn {time}: {violation}", scenario.name));
            } else if usable && time < 4 {
                scenario.assert_usable(&place);
            }
        }
    }
    (runs, violations)
}

#[test]
fn whatever_of_it_arrives_the_old_or_the_new_one_is_there() {
    if victim().is_none() {
        return;
    }
    let mut all = 0;
    for scenario in &SCENARIOS {
        let recording = Recording::of(scenario);
        assert!(recording.steps.iter().any(|step| matches!(step, Step::Said(_))), "{}", scenario.name);
        let (runs, violations) = cuts(scenario, &recording, if long() { 1000 } else { 20 });
        assert_eq!(violations, Vec::<String>::new());
        all += runs;
    }
    eprintln!("model: {all} power cuts in {} scenarios, 0 violations", SCENARIOS.len());
}

#[test]
fn the_model_catches_writers_that_do_not_flush() {
    if victim().is_none() {
        return;
    }
    for scenario in &CONTROLS {
        let (runs, violations) = cuts(scenario, &Recording::of(scenario), 20);
        assert!(!violations.is_empty(), "{}: {runs} power cuts found nothing", scenario.name);
    }
    let named = |name| SCENARIOS.iter().find(|scenario| scenario.name == name).unwrap();
    for (name, what, change) in MUTANTS {
        let scenario = named(name);
        let mut recording = Recording::of(scenario);
        let before = recording.steps.clone();
        change(&mut recording.steps);
        assert_ne!(before, recording.steps, "{name} {what}: nothing changed");
        let (runs, violations) = cuts(scenario, &recording, 20);
        assert!(!violations.is_empty(), "{name} {what}: {runs} power cuts found nothing");
    }
}

#[test]
fn with_nothing_beside_it_a_mixture_is_never_taken_for_a_document() {
    if victim().is_none() {
        return;
    }
    if !rustix::process::geteuid().is_root() {
        let _ = writeln!(std::io::stderr(), "SKIPPED power cuts without a recovery copy: not root");
        return;
    }
    let judge = |path: &Path, said: &str| match BARE.observe(path) {
        Ok(found) if found == BARE.after => None,
        Ok(found) if !said.contains("ACK") && (found == BARE.before || found.is_empty()) => None,
        other => Some(format!("{other:?} after {said:?}")),
    };
    let mut recording = Recording::of(&BARE);
    let times = if long() { 1000 } else { 40 };
    let (runs, violations) = cuts_judged(&BARE, &recording, times, true, judge);
    assert_eq!(violations, Vec::<String>::new());
    eprintln!("model: {runs} power cuts with nothing beside the file, 0 violations");
    // The control: without the flush, content may arrive before its announcement.
    let flush = recording.steps.iter().position(|step| matches!(step, Step::FlushFile(_))).unwrap();
    recording.steps.remove(flush);
    assert!(!cuts_judged(&BARE, &recording, 40, false, judge).1.is_empty());
}

type Mutant = (&'static str, &'static str, fn(&mut Vec<Step>));

/// Each flush and each order that matters, removed in turn.
const MUTANTS: [Mutant; 10] = [
    ("replace", "without flushing the file", without_file),
    ("replace", "without flushing the directory", without_directory),
    ("replace", "renamed before it is flushed", renamed_early),
    ("replace", "acknowledged before the directory is flushed", said_early),
    ("in place, alone", "without flushing the files", without_file),
    ("in place, alone", "without flushing the directory", without_directory),
    ("append", "without flushing the file", without_file),
    ("append the first", "without flushing the directory", without_directory),
    ("append to a new file", "without flushing the directory", without_directory),
    ("append", "acknowledged before it is flushed", said_early),
];

fn without_file(steps: &mut Vec<Step>) {
    steps.retain(|step| !matches!(step, Step::FlushFile(_)));
}

fn without_directory(steps: &mut Vec<Step>) {
    steps.retain(|step| *step != Step::FlushDirectory);
}

fn renamed_early(steps: &mut Vec<Step>) {
    let is_last = |step: &Step| matches!(step, Step::Names(changes) if changes.iter().any(|(name, file)| name == "state.json" && file.is_some()));
    let rename = steps.iter().position(is_last).unwrap();
    let flush = steps.iter().position(|step| matches!(step, Step::FlushFile(_))).unwrap();
    let step = steps.remove(rename);
    steps.insert(flush, step);
}

fn said_early(steps: &mut Vec<Step>) {
    let said = steps.iter().position(|step| matches!(step, Step::Said(_))).unwrap();
    let is_flush = |step: &Step| matches!(step, Step::FlushFile(_) | Step::FlushDirectory);
    let flush = if steps.iter().any(|step| matches!(step, Step::Names(_))) {
        steps.iter().rposition(|step| *step == Step::FlushDirectory).unwrap()
    } else {
        steps.iter().position(is_flush).unwrap()
    };
    let step = steps.remove(said);
    steps.insert(flush, step);
}
