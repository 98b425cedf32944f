//! Killed at any system call, a writer leaves the old or the new document.

use std::os::unix::process::ExitStatusExt;

use super::scenario::{CONTROLS, NEW, NUMBER, SCENARIOS, Scenario};
use super::{Point, sample, trace, traced, victim};
use crate::support::*;

/// Kills the scenario at each point; returns how many kills there were and what went wrong.
fn sweep(scenario: &Scenario, points: &[Point]) -> (usize, Vec<String>) {
    let (mut kills, mut violations) = (0, Vec::new());
    for Point { name, count, .. } in points {
        let place = Place::new();
        (scenario.prepare)(&place);
        let kill = ["-e".to_owned(), format!("inject={name}:signal=KILL:when={count}")];
        let output = traced(&place, scenario.mode, NUMBER, &scenario.options(&kill));
        trace(&place);
        kills += usize::from(output.status.signal() == Some(9));
        if let Some(violation) = scenario.violation(&place, &output) {
            violations.push(format!("{}, killed at {name} {count}: {violation}", scenario.name));
        } else if !scenario.naive() {
            scenario.assert_usable(&place);
        }
    }
    (kills, violations)
}

#[test]
fn killed_anywhere_the_old_or_the_new_one_is_there() {
    if victim().is_none() {
        return;
    }
    let mut all = 0;
    for scenario in SCENARIOS.iter().chain(&NEW) {
        let points = scenario.points();
        assert!(points.len() > 10, "{}: {points:?}", scenario.name);
        // The main scenarios are killed at every call.
        let points = sample(points, if ["replace", "append"].contains(&scenario.name) { 1 } else { 4 });
        let (kills, violations) = sweep(scenario, &points);
        assert_eq!(violations, Vec::<String>::new());
        assert_eq!(kills, points.len(), "{}", scenario.name);
        all += kills;
    }
    eprintln!("kill sweep: {all} points in {} scenarios, 0 violations", SCENARIOS.len() + NEW.len());
}

#[test]
fn the_same_sweep_catches_naive_writers() {
    if victim().is_none() {
        return;
    }
    // A kill between the two halves of a naive append leaves a line that costs only itself, which is to the
    // reader's credit. What is not flushed is caught by the power cuts.
    let (kills, violations) = sweep(&CONTROLS[0], &CONTROLS[0].points());
    assert!(kills > 3 && !violations.is_empty(), "{kills} kills found nothing");
}
