//! A holder of the lock that the disk delays for so long that others go on without the lock: what they were
//! told is durable stays.

use std::fs;
use std::time::{Duration, Instant};

use prestop::snapshot::{self, AppendOptions, Durability, ReadOptions, WriteOptions};
use rustix::fs::FlockOperation;

use super::scenario::{NUMBER, SCENARIOS, Scenario};
use super::{RULES, numbered, trace, traced, victim};
use crate::support::*;

/// How long the holder is delayed, in microseconds: longer than a test waits for anything else.
const DELAY: u64 = 4_000_000;
/// The deadline of those who do not get the lock.
const SHORT: Duration = Duration::from_millis(100);

fn scenario(name: &str) -> &'static Scenario {
    SCENARIOS.iter().find(|scenario| scenario.name == name).unwrap()
}

/// Runs the victim with this fault, and `meanwhile` once the victim is delayed. Returns what the victim said,
/// also about errors.
fn delayed(
    place: &Place,
    mode: &str,
    fault: &str,
    ready: &dyn Fn() -> bool,
    meanwhile: impl FnOnce(),
) -> (String, String) {
    let options = ["-e".to_owned(), fault.to_owned()];
    std::thread::scope(|scope| {
        let holder = scope.spawn(|| traced(place, mode, NUMBER, &options));
        let started = Instant::now();
        while !ready() {
            assert!(started.elapsed() < Duration::from_secs(20), "{fault}: the victim is never delayed");
            std::thread::sleep(Duration::from_millis(5));
        }
        meanwhile();
        let output = holder.join().unwrap();
        assert!(trace(place).contains("(DELAYED)"), "{fault}");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    })
}

/// A damaged file that nobody has scrubbed: its text is written and flushed before the file is replaced.
fn torn(place: &Place, previous: bool) {
    numbered(place, "safe", 1);
    numbered(place, "safe", 2);
    if !previous {
        fs::remove_file(place.beside("prev")).unwrap();
    }
    let bytes = fs::read(&place.path).unwrap();
    fs::write(&place.path, &bytes[..bytes.len() / 2]).unwrap();
}

/// Heals while the flush of the quarantined text takes long, and calls `meanwhile` then.
fn heals(place: &Place, meanwhile: impl FnOnce()) -> String {
    let fault = format!("inject=fsync:delay_enter={DELAY}:when=1");
    let flushing = || place.names().iter().any(|name| name.contains("tmp"));
    delayed(place, "read", &fault, &flushing, meanwhile).0
}

#[test]
fn a_slow_heal_leaves_alone_what_was_written_meanwhile() {
    if victim().is_none() {
        return;
    }
    // The victim knows only its own documents.
    let other = Place::new();
    numbered(&other, "safe", 13);
    let newer = fs::read(&other.path).unwrap();
    for previous in [true, false] {
        let place = Place::new();
        torn(&place, previous);
        let said = heals(&place, || {
            let options = WriteOptions::new(RULES).with_rescrub(&Marker).with_deadline(SHORT);
            let report = snapshot::write(&place.path, &newer, &options, ambient()).unwrap();
            assert_eq!((report.durability, report.locked), (Durability::Durable, false));
        });
        assert_eq!(scenario("heal").observe(&place.path), Ok(vec![13]), "previous: {previous}");
        // Nothing was set aside, and the reader gives what is there.
        assert_eq!(said, "READ 13\n");
        let left = place.names();
        assert!(!left.iter().any(|name| name.contains("tmp") || name.contains("corrupt")), "{left:?}");
    }
}

#[test]
fn a_slow_heal_does_not_bring_back_what_was_deleted_meanwhile() {
    if victim().is_none() {
        return;
    }
    let place = Place::new();
    torn(&place, true);
    let said = heals(&place, || {
        let options = ReadOptions::new(RULES).with_deadline(SHORT);
        assert!(snapshot::delete(&place.path, &options, ambient()).unwrap().existed);
    });
    assert_eq!(said, "NONE\n");
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn whoever_replaces_the_file_leaves_the_recovery_copy_of_the_holder_alone() {
    let place = Place::new();
    place.generation(1);
    fs::write(place.beside("recover"), b"theirs").unwrap();
    let holder = fs::File::open(place.directory.path()).unwrap();
    rustix::fs::flock(&holder, FlockOperation::LockExclusive).unwrap();
    let options = write_options().with_deadline(SHORT);
    assert!(!snapshot::write(&place.path, &document(2), &options, ambient()).unwrap().locked);
    assert!(place.beside("recover").exists());
    drop(holder);
    // It is nobody's now.
    assert!(place.generation(3).locked);
    assert!(!place.beside("recover").exists());
}

#[test]
fn a_line_that_fails_late_takes_no_other_line_with_it() {
    if victim().is_none() {
        return;
    }
    // The write, of which nothing arrives, and the flush of a line that has arrived.
    for (fault, left) in [("write:error=ENOSPC", false), ("fsync:error=EIO", true)] {
        let place = Place::new();
        numbered(&place, "append", 1);
        numbered(&place, "append", 2);
        let fault = format!("inject={fault}:delay_enter={DELAY}:when=1");
        let held = || {
            let file = fs::File::open(&place.path).unwrap();
            let lock = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive);
            lock.is_err()
        };
        let (said, error) = delayed(&place, "append", &fault, &held, || {
            // The lock is taken a moment before the delay begins.
            std::thread::sleep(SHORT * 3);
            let options = AppendOptions::new().with_deadline(SHORT);
            let appended = snapshot::append(&place.path, b"{\"number\":5}", &options, ambient()).unwrap();
            assert_eq!((appended.durability, appended.locked), (Durability::Durable, false));
        });
        assert_eq!((&*said, error.contains("left the line in it")), ("", left), "{fault}: {error}");
        let found = scenario("append").observe(&place.path).unwrap();
        assert!(found.ends_with(&[5]), "{fault}: {found:?}");
        scenario("append").assert_usable(&place);
    }
}

#[test]
fn a_line_that_is_written_late_is_not_joined_to_what_another_left_meanwhile() {
    if victim().is_none() {
        return;
    }
    let place = Place::new();
    numbered(&place, "append", 1);
    numbered(&place, "append", 2);
    let fault = format!("inject=write:delay_enter={DELAY}:when=1");
    let held = || {
        let file = fs::File::open(&place.path).unwrap();
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err()
    };
    let (said, _) = delayed(&place, "append", &fault, &held, || {
        std::thread::sleep(SHORT * 3);
        // A writer without the lock that is killed, or finds the disk full, in the middle of its line.
        let mut file = fs::OpenOptions::new().append(true).open(&place.path).unwrap();
        std::io::Write::write_all(&mut file, b"\n{\"number\":5,\"fil").unwrap();
    });
    assert_eq!(said, "ACK 3\n");
    assert_eq!(scenario("append").observe(&place.path), Ok(vec![1, 2, 3]));
    scenario("append").assert_usable(&place);
}
