//! Writers and readers in several processes at once, some of which are killed: no torn read, no lost line.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use prestop::snapshot;

use crate::crash::{Random, long, victim};
use crate::support::*;

fn lasts() -> Duration {
    Duration::from_secs(if long() { 60 } else { 2 })
}

fn start(mode: &str, place: &Place, time: Duration) -> Child {
    Command::new(victim().unwrap())
        .args([mode, place.path.to_str().unwrap(), &time.as_millis().to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Returns what a process printed, which was not killed and must not have failed.
fn end(child: Child) -> String {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn turns(said: &str) -> u64 {
    said.lines().last().and_then(|line| line.strip_prefix("DONE ")).unwrap().parse().unwrap()
}

/// Starts one process after another and kills each after a moment; returns what they printed until then.
fn killed(mode: &str, place: &Place, time: Duration) -> Vec<String> {
    let (started, mut random, mut said) = (Instant::now(), Random(7), Vec::new());
    while started.elapsed() < time {
        let mut child = start(mode, place, time);
        thread::sleep(Duration::from_millis(20 + random.below(100)));
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        said.push(String::from_utf8(output.stdout).unwrap());
    }
    said
}

#[test]
fn writers_and_readers_in_many_processes_never_see_half_a_document() {
    if victim().is_none() {
        return;
    }
    let place = Place::new();
    crate::crash::numbered(&place, "safe", 1);
    let writers: Vec<_> = (0..2).map(|_| start("soak-write", &place, lasts())).collect();
    let readers: Vec<_> = (0..2).map(|_| start("soak-read", &place, lasts())).collect();
    let kills = killed("soak-write", &place, lasts()).len();
    let written: u64 = writers.into_iter().map(|writer| turns(&end(writer))).sum();
    let read: u64 = readers.into_iter().map(|reader| turns(&end(reader))).sum();
    assert!(written > 1 && read > 1);
    eprintln!("soak: {written} writes, {kills} writers killed, {read} reads, 0 torn");
    // Nothing is left of those that were killed.
    let later = ambient_at(std::time::SystemTime::now() + Duration::from_secs(7200));
    for number in 0..20 {
        snapshot::write(&place.path, &document(number), &write_options(), later).unwrap();
    }
    assert_eq!(place.names(), [".state.json.prev", "state.json"]);
    place.assert_private();
}

#[test]
fn lines_of_many_processes_are_all_there_and_whole() {
    if victim().is_none() {
        return;
    }
    let place = Place::new();
    let writers: Vec<_> = (0..2).map(|_| start("soak-append", &place, lasts())).collect();
    let reader = start("soak-lines", &place, lasts());
    let mut said = killed("soak-append", &place, lasts());
    let kills = said.len();
    said.extend(writers.into_iter().map(end));
    let read = turns(&end(reader));
    let acknowledged: Vec<u64> = said
        .iter()
        // What was killed may have been cut off in the middle of a word.
        .flat_map(|said| said.split_inclusive('\n').filter(|line| line.ends_with('\n')))
        .filter_map(|line| line.trim().strip_prefix("ACK ")?.parse().ok())
        .collect();
    let found = snapshot::lines(&place.path).unwrap();
    let numbers: Vec<u64> = found
        .lines
        .iter()
        .map(|line| match prestop::json::parse(line).unwrap().get("number") {
            Some(prestop::json::Value::Number(number)) => number.parse().unwrap(),
            _ => panic!("another line"),
        })
        .collect();
    let set: BTreeSet<u64> = numbers.iter().copied().collect();
    assert_eq!(set.len(), numbers.len(), "a line is there twice");
    assert!(acknowledged.iter().all(|number| set.contains(number)), "an acknowledged line is lost");
    assert!(acknowledged.len() > 1);
    let appended = acknowledged.len();
    eprintln!("soak: {appended} lines, {kills} writers killed, {read} readings, {} bad lines", found.bad);
    place.assert_private();
}
