//! JSON lines: acknowledged means durable, and one bad line never costs another.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prestop::ErrorKind;
use prestop::snapshot::{self, AppendOptions, Appended, Durability, MAX_LINE};
use proptest::prelude::*;

use crate::support::*;

/// A directory with a path for lines in it.
struct Results {
    place: Place,
    path: PathBuf,
}

impl Results {
    fn new() -> Self {
        let place = Place::new();
        let path = place.directory.path().join("results.jsonl");
        Self { place, path }
    }

    fn append(&self, line: &str) -> Appended {
        snapshot::append(&self.path, line.as_bytes(), &AppendOptions::new(), ambient()).unwrap()
    }

    fn refused(&self, line: &[u8]) -> prestop::Error {
        snapshot::append(&self.path, line, &AppendOptions::new(), ambient()).unwrap_err()
    }

    /// Returns the lines, and how many are bad.
    fn lines(&self) -> (Vec<String>, u64) {
        let found = snapshot::lines(&self.path).unwrap();
        (found.lines.into_iter().map(|line| String::from_utf8(line).unwrap()).collect(), found.bad)
    }

    fn set(&self, bytes: &[u8]) {
        fs::write(&self.path, bytes).unwrap();
    }
}

#[test]
fn what_is_appended_is_read_in_order_and_private() {
    let results = Results::new();
    assert_eq!(results.lines(), (vec![], 0));
    for number in 0..3 {
        let appended = results.append(&format!("{{\"n\":{number}}}"));
        assert_eq!(appended.durability, Durability::Durable);
        assert!(appended.locked && !appended.repaired && !appended.rotated);
    }
    assert_eq!(results.lines().0, ["{\"n\":0}", "{\"n\":1}", "{\"n\":2}"]);
    results.place.assert_private();
    assert_eq!(results.place.names(), ["results.jsonl"]);
}

#[test]
fn a_file_that_others_may_read_is_closed_to_them() {
    let results = Results::new();
    results.set(b"{}\n");
    fs::set_permissions(&results.path, fs::Permissions::from_mode(0o644)).unwrap();
    results.append("{}");
    results.place.assert_private();
}

#[test]
fn a_missing_directory_is_made() {
    let results = Results::new();
    let path = results.place.directory.path().join("a/b/results.jsonl");
    snapshot::append(&path, b"{}", &AppendOptions::new(), ambient()).unwrap();
    assert_eq!(snapshot::lines(&path).unwrap().lines.len(), 1);
}

#[test]
fn a_torn_tail_is_ended_and_costs_no_other_line() {
    for tail in [&b"{\"n\":"[..], b"{\"n\":1}", b"\0\0\0\0", b"\xff\xfe", b"{\"n\": \"\\ud8"] {
        let results = Results::new();
        results.set(&[b"{\"n\":0}\n", tail].concat());
        assert!(results.append("{\"n\":2}").repaired);
        let (lines, bad) = results.lines();
        assert_eq!((&*lines[0], &**lines.last().unwrap()), ("{\"n\":0}", "{\"n\":2}"));
        // A sequence of NULs is what a power cut leaves of a line, and does not count as a line.
        let whole = usize::from(tail == b"{\"n\":1}");
        assert_eq!(lines.len(), 2 + whole);
        assert_eq!(bad, u64::from(whole == 0 && tail[0] != 0));
        assert!(!results.append("{}").repaired);
    }
}

#[test]
fn a_reader_skips_and_counts_what_is_no_line() {
    let results = Results::new();
    let long = format!("\"{}\"", "x".repeat(MAX_LINE));
    let exact = format!("\"{}\"", "y".repeat(MAX_LINE - 2));
    let deep = "[".repeat(100_000);
    // Its beginning is a whole object.
    let padded = format!("{{\"d\":4}}{}x", " ".repeat(MAX_LINE + 10));
    let mixed = [
        "{\"a\":1}",
        "",
        "nonsense",
        "  ",
        "\0\0{\"b\":2}",
        &long,
        &exact,
        &deep,
        &padded,
        "{\"c\":3}\r",
        "12",
    ];
    results.set(mixed.join("\n").as_bytes());
    let (lines, bad) = results.lines();
    // The last line has no line break, and what is left of a longer number is a number too.
    assert_eq!(lines, ["{\"a\":1}", "{\"b\":2}", &*exact, "{\"c\":3}"]);
    assert_eq!(bad, 5);
    results.set(b"1\n{\"whole\":true}");
    assert_eq!(results.lines(), (vec!["1".to_owned(), "{\"whole\":true}".to_owned()], 0));
}

#[test]
fn what_is_not_one_line_of_json_is_refused() {
    let results = Results::new();
    let long = format!("\"{}\"", "x".repeat(MAX_LINE));
    for (line, kind) in [
        (&b""[..], ErrorKind::InvalidInput),
        (b"{", ErrorKind::InvalidInput),
        (b"{}\n{}", ErrorKind::InvalidInput),
        (b"{\r\"a\":1}", ErrorKind::InvalidInput),
        (b"\"\xff\"", ErrorKind::InvalidInput),
        (long.as_bytes(), ErrorKind::TooLarge),
    ] {
        assert_eq!(results.refused(line).kind(), kind);
    }
    assert!(!results.path.exists());
}

#[test]
fn a_file_that_would_grow_too_large_is_set_aside_once() {
    let results = Results::new();
    let options = AppendOptions::new().with_size_limit(100);
    let mut rotations = 0;
    for number in 100..140 {
        let line = format!("{{\"n\":{number}}}");
        let appended = snapshot::append(&results.path, line.as_bytes(), &options, ambient()).unwrap();
        rotations += u32::from(appended.rotated);
        assert!(fs::metadata(&results.path).unwrap().len() <= 100);
        assert_eq!(results.lines().0.last(), Some(&line));
    }
    assert!(rotations > 2);
    let old = results.place.directory.path().join(".results.jsonl.old");
    let mut numbers = snapshot::lines(&old).unwrap().lines;
    numbers.extend(results.lines().0.into_iter().map(String::into_bytes));
    // Nothing is missing between the oldest that is kept and the newest.
    let expected = (140 - numbers.len()..140).map(|number| format!("{{\"n\":{number}}}").into_bytes());
    assert!(expected.eq(numbers));
    results.place.assert_private();
    // A single line over the bound is still accepted.
    snapshot::append(&results.path, with_text(&"x".repeat(200)).as_slice(), &options, ambient()).unwrap();
    assert_eq!(results.lines().0.len(), 1);
    assert_eq!(snapshot::purge(&results.path, &read_options(), ambient()).unwrap().files, 2);
}

#[test]
fn a_reader_may_take_the_file_away_at_any_time() {
    let results = Results::new();
    results.append("{\"n\":1}");
    fs::rename(&results.path, results.path.with_extension("consumed")).unwrap();
    let appended = results.append("{\"n\":2}");
    assert_eq!(appended.durability, Durability::Durable);
    assert_eq!(results.lines().0, ["{\"n\":2}"]);
}

#[test]
fn a_file_that_is_taken_away_while_waiting_for_its_lock_is_not_appended_to() {
    let results = Results::new();
    results.append("{\"n\":1}");
    let holder = fs::File::open(&results.path).unwrap();
    rustix::fs::flock(&holder, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let consumed = results.path.with_extension("consumed");
    // The reader moves the file while we wait, and then releases the lock.
    let pause = |_| {
        let _ = fs::rename(&results.path, &consumed);
        rustix::fs::flock(&holder, rustix::fs::FlockOperation::Unlock).unwrap();
    };
    let ambient = snapshot::Ambient { pause: &pause, ..ambient() };
    let appended = snapshot::append(&results.path, b"{\"n\":2}", &AppendOptions::new(), ambient).unwrap();
    assert!(appended.locked);
    assert_eq!(fs::read(&consumed).unwrap(), b"{\"n\":1}\n");
    assert_eq!(results.lines().0, ["{\"n\":2}"]);
}

#[test]
fn a_file_that_is_taken_away_again_and_again_is_tried_until_the_deadline() {
    let results = Results::new();
    let consumed = results.path.with_extension("consumed");
    let append = |often: u64, number: u64| {
        let asked = AtomicU64::new(0);
        // The clock is read between opening and locking, and each reading takes a hundredth of a second.
        let elapsed = || {
            let asked = asked.fetch_add(1, Ordering::Relaxed);
            if asked < often {
                let _ = fs::rename(&results.path, &consumed);
            }
            Duration::from_millis(10 * asked)
        };
        let ambient = snapshot::Ambient { elapsed: &elapsed, pause: &|_| {}, ..ambient() };
        let line = format!("{{\"n\":{number}}}");
        snapshot::append(&results.path, line.as_bytes(), &AppendOptions::new(), ambient)
    };
    assert!(append(200, 1).unwrap().locked);
    assert_eq!(results.lines().0, ["{\"n\":1}"]);
    let error = append(u64::MAX, 2).unwrap_err();
    assert!(error.to_string().contains("again and again"), "{error}");
    assert!(!results.path.exists());
}

#[test]
fn links_and_what_is_no_regular_file_are_refused() {
    let results = Results::new();
    let directory = results.place.directory.path();
    let other = directory.join("other");
    fs::write(&other, "untouched").unwrap();
    symlink(&other, &results.path).unwrap();
    assert_eq!(results.refused(b"{}").kind(), ErrorKind::InvalidTarget);
    assert_eq!(snapshot::lines(&results.path).unwrap_err().kind(), ErrorKind::InvalidTarget);
    fs::remove_file(&results.path).unwrap();
    fs::hard_link(&other, &results.path).unwrap();
    assert_eq!(results.refused(b"{}").kind(), ErrorKind::InvalidTarget);
    fs::remove_file(&results.path).unwrap();
    run("mkfifo", &[results.path.to_str().unwrap()]);
    assert_eq!(results.refused(b"{}").kind(), ErrorKind::InvalidTarget);
    assert_eq!(snapshot::lines(&results.path).unwrap_err().kind(), ErrorKind::InvalidTarget);
    fs::remove_file(&results.path).unwrap();
    fs::create_dir(&results.path).unwrap();
    assert_eq!(results.refused(b"{}").kind(), ErrorKind::InvalidTarget);
    assert_eq!(fs::read(&other).unwrap(), b"untouched");
}

#[test]
fn without_the_lock_the_line_still_arrives_whole() {
    let results = Results::new();
    results.append("{\"n\":1}");
    let holder = fs::File::open(&results.path).unwrap();
    rustix::fs::flock(&holder, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let options = AppendOptions::new().with_deadline(Duration::from_millis(40)).with_size_limit(1);
    let appended = snapshot::append(&results.path, b"{\"n\":2}", &options, ambient()).unwrap();
    // It is not known whether the last line is complete, or whether somebody is about to rename the file.
    assert!(!appended.locked && !appended.rotated);
    assert_eq!(fs::read(&results.path).unwrap(), b"{\"n\":1}\n\n{\"n\":2}\n");
    assert_eq!(results.lines(), (vec!["{\"n\":1}".to_owned(), "{\"n\":2}".to_owned()], 0));
}

#[test]
fn what_the_scrubbing_left_is_found_before_the_line_is_written() {
    let results = Results::new();
    let token = format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let scrubber = prestop::Scrubber::new(prestop::Preset::Strict);
    let options = AppendOptions::new().with_rescrub(&scrubber);
    let append = |line: &[u8]| snapshot::append(&results.path, line, &options, ambient());
    // This line was never scrubbed.
    let appended = append(&with_text(&format!("it is {token} and more"))).unwrap();
    assert_eq!(appended.gated.redactions().len(), 1);
    assert_eq!(append(b"{\"n\":1}").unwrap().gated.redactions().len(), 0);
    let (lines, bad) = results.lines();
    assert!(lines[0].starts_with("{\"text\": \"[REDACTED:") && !lines[0].contains(&token), "{lines:?}");
    assert_eq!((&*lines[1], bad, appended.bytes), ("{\"n\":1}", 0, lines[0].len() as u64 + 1));
    // A marker may be longer than what it replaces.
    let tokens = vec![format!("\"{token}\""); MAX_LINE / 43].join(",");
    let line = format!("[{tokens},\"{}\"]", "x".repeat(MAX_LINE - tokens.len() - 5));
    assert_eq!(line.len(), MAX_LINE);
    assert!(append(line.as_bytes()).is_ok_and(|appended| appended.bytes < MAX_LINE as u64));
    let labelled = Labelled("A_LABEL_THAT_IS_LONGER_THAN_THE_TEXT_IN_WHOSE_PLACE_IT_STANDS".to_owned());
    let options = AppendOptions::new().with_rescrub(&labelled);
    let error = snapshot::append(&results.path, line.as_bytes(), &options, ambient()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(results.lines().0.len(), 3);
}

/// A scrubber that finds something in every text.
struct Labelled(String);

impl snapshot::Rescrub for Labelled {
    fn document(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn text(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn left_over(&self, _: &[u8]) -> Option<String> {
        Some(self.0.clone())
    }
}

#[test]
fn a_file_size_limit_is_an_error_and_not_a_signal() {
    if !inside_shell("append::a_file_size_limit_is_an_error_and_not_a_signal", "ulimit -f 8; exec \"$@\"") {
        return;
    }
    let results = Results::new();
    results.append("{\"n\":1}");
    let error = results.refused(&with_text(&"x".repeat(8192)));
    assert_eq!(error.io_kind(), Some(std::io::ErrorKind::FileTooLarge));
    results.append("{\"n\":2}");
    assert_eq!(results.lines().0.len(), 2);
}

#[test]
fn a_line_that_does_not_fit_on_the_disk_is_taken_back() {
    if !inside("append::a_line_that_does_not_fit_on_the_disk_is_taken_back", &["unshare", "-m"]) {
        return;
    }
    let base = Place::new();
    run("mount", &["-t", "tmpfs", "-o", "size=16k", "none", base.directory.path().to_str().unwrap()]);
    let path = base.directory.path().join("results.jsonl");
    let line = with_text(&"x".repeat(1000));
    let options = AppendOptions::new();
    let mut written = 0;
    let error = loop {
        match snapshot::append(&path, &line, &options, ambient()) {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 20);
    };
    assert_eq!(error.io_kind(), Some(std::io::ErrorKind::StorageFull));
    let found = snapshot::lines(&path).unwrap();
    assert_eq!((found.lines.len(), found.bad), (written, 0));
    assert!(fs::read(&path).unwrap().ends_with(b"\n"));
    // A shorter line still fits.
    snapshot::append(&path, b"{}", &options, ambient()).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever the file contains, no acknowledged line is lost and nothing is read that nobody wrote.
    #[test]
    fn any_tail_costs_at_most_itself(
        steps in prop::collection::vec(prop_oneof![
            (0u32..1000).prop_map(Ok),
            prop::collection::vec(prop_oneof![Just(b'{'), Just(b'\0'), Just(b'"'), Just(b'x'), any::<u8>()], 1..9).prop_map(Err),
        ], 1..12),
    ) {
        let results = Results::new();
        let mut acknowledged = Vec::new();
        for step in steps {
            match step {
                Ok(number) => {
                    let line = format!("{{\"acknowledged\":{number}}}");
                    results.append(&line);
                    acknowledged.push(line);
                }
                Err(torn) => {
                    let mut bytes = fs::read(&results.path).unwrap_or_default();
                    bytes.extend(torn);
                    results.set(&bytes);
                }
            }
        }
        let (lines, _) = results.lines();
        let ours: Vec<_> = lines.into_iter().filter(|line| line.contains("acknowledged")).collect();
        prop_assert_eq!(ours, acknowledged);
    }
}

#[test]
fn a_file_of_somebody_else_is_neither_grown_nor_believed() {
    if !rustix::process::geteuid().is_root() {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED a_file_of_somebody_else_is_neither_grown_nor_believed: it takes two users"
        );
        return;
    }
    let results = Results::new();
    results.append("{\"id\": 1}");
    let own_lines = || snapshot::own_lines(&results.path).map(|found| found.lines.len());
    assert_eq!(own_lines().unwrap(), 1);
    let directory = results.place.directory.path();
    let give = |path: &std::path::Path, owner| std::os::unix::fs::chown(path, Some(owner), None).unwrap();
    for mode in [0o700, 0o777, 0o1777] {
        fs::set_permissions(directory, fs::Permissions::from_mode(mode)).unwrap();
        give(&results.path, 65533);
        let appended = snapshot::append(&results.path, b"{}", &AppendOptions::new(), ambient());
        assert_eq!(appended.unwrap_err().kind(), ErrorKind::InvalidTarget, "{mode:o}");
        assert_eq!(own_lines().unwrap_err().kind(), ErrorKind::InvalidTarget, "{mode:o}");
        assert_eq!(snapshot::lines(&results.path).unwrap().lines.len(), 1);
    }
    // The owner of the directory could put anything there; a server that maps users shows our own files like
    // this.
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).unwrap();
    give(directory, 65533);
    results.append("{\"id\": 2}");
    assert_eq!(own_lines().unwrap(), 2);
}
