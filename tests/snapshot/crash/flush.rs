//! Flushes: one that failed is not repeated in the hope that it succeeds, and its data is not acknowledged.

use super::scenario::{NEW, NUMBER, SCENARIOS};
use super::{trace, traced, victim};
use crate::support::*;

#[test]
fn a_directory_that_cannot_be_flushed_is_not_acknowledged() {
    if victim().is_none() {
        return;
    }
    for (error, said) in [("EIO", "MAYBE 3\n"), ("EINVAL", "ACK 3\n")] {
        let place = Place::new();
        (SCENARIOS[0].prepare)(&place);
        // The second flush is that of the directory.
        let output =
            traced(&place, "safe", NUMBER, &["-e".to_owned(), format!("inject=fsync:error={error}:when=2")]);
        trace(&place);
        assert_eq!(String::from_utf8_lossy(&output.stdout), said);
        assert_eq!(SCENARIOS[0].observe(&place.path), Ok(vec![NUMBER]));
    }
}

#[test]
fn a_failed_flush_is_answered_by_a_new_file_and_never_by_a_second_flush() {
    if victim().is_none() {
        return;
    }
    let place = Place::new();
    (SCENARIOS[0].prepare)(&place);
    let fault = ["-e".to_owned(), "inject=fsync:error=EIO:when=1".to_owned()];
    let output = traced(&place, "safe", NUMBER, &fault);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ACK 3\n");
    let trace = trace(&place);
    let (_, work) = trace.split_once("/prestop-begins").unwrap();
    let created: Vec<_> = work.lines().filter(|line| line.contains("O_EXCL")).collect();
    assert_eq!(created.len(), 2, "{created:?}");
    let flushes: Vec<_> = work.lines().filter(|line| line.starts_with("fsync(")).collect();
    // The first file, the second file, the directory.
    assert_eq!(flushes.len(), 3, "{flushes:?}");
}

#[test]
fn a_healing_read_flushes_the_directory_before_it_answers() {
    if victim().is_none() {
        return;
    }
    let heal = SCENARIOS.iter().find(|scenario| scenario.name == "heal").unwrap();
    let place = Place::new();
    (heal.prepare)(&place);
    let output = traced(&place, heal.mode, NUMBER, &[]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "READ 1\n");
    let trace = trace(&place);
    let lines: Vec<&str> = trace.lines().collect();
    let last = |call: &str| lines.iter().rposition(|line| line.starts_with(call)).unwrap();
    assert!(last("renameat(") < last("fsync(") && last("fsync(") < last("write(1,"));
}

#[test]
fn a_line_is_one_write_so_that_a_writer_without_our_lock_cannot_come_between() {
    if victim().is_none() {
        return;
    }
    for name in ["append", "append to a torn line"] {
        let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name).unwrap();
        let place = Place::new();
        (scenario.prepare)(&place);
        assert!(traced(&place, scenario.mode, NUMBER, &[]).status.success());
        let trace = trace(&place);
        let (_, work) = trace.split_once("/prestop-begins").unwrap();
        let writes = work.lines().filter(|line| line.starts_with("write(") && !line.starts_with("write(1,"));
        assert_eq!(writes.count(), 1, "{name}");
        // The path may have become a link a moment ago.
        let opened = work.lines().find(|line| line.contains("O_APPEND")).unwrap();
        assert!(opened.contains("O_NOFOLLOW"), "{opened}");
    }
}

#[test]
fn a_new_directory_that_cannot_be_flushed_is_removed_again() {
    if victim().is_none() {
        return;
    }
    for scenario in &NEW {
        // The flushes of the parents of what exists, of `new` and of `place`.
        for (count, left) in [(1, &[][..]), (2, &[]), (3, &["new".to_owned()])] {
            let place = Place::new();
            let fault = ["-e".to_owned(), format!("inject=fsync:error=EIO:when={count}")];
            let output = traced(&place, scenario.mode, NUMBER, &fault);
            trace(&place);
            assert_eq!(output.status.code(), Some(1), "{}", scenario.name);
            assert_eq!((&*place.names(), scenario.left(&place)), (left, left.to_vec()), "{}", scenario.name);
        }
    }
}

#[test]
fn a_directory_whose_maker_was_killed_is_flushed_before_anything_is_acknowledged() {
    if victim().is_none() {
        return;
    }
    for scenario in &NEW {
        let directories = |place: &Place| {
            let top = place.directory.path().canonicalize().unwrap();
            (top.clone(), top.join("new"))
        };
        // Killed when `new`, and when `place` was created and not yet flushed.
        for (count, below) in [(2, false), (3, true)] {
            let place = Place::new();
            let kill = ["-e".to_owned(), format!("inject=fsync:signal=KILL:when={count}")];
            traced(&place, scenario.mode, NUMBER, &kill);
            trace(&place);
            let (top, new) = directories(&place);
            assert_eq!((new.exists(), new.join("place").exists()), (true, below), "{}", scenario.name);
            assert!(traced(&place, scenario.mode, NUMBER, &["-y".to_owned()]).status.success());
            let calls = trace(&place);
            let at = |call: String| {
                calls.lines().position(|line| line.starts_with("fsync(") && line.contains(&call))
            };
            let parent = if below { &new } else { &top };
            let flushed = at(format!("<{}>", parent.display())).unwrap();
            let named = calls.lines().position(|line| line.contains("O_EXCL")).unwrap();
            assert!(flushed < named, "{}: {calls}", scenario.name);
        }
    }
}
