//! Scenarios: what each starts from and does, and which results are allowed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, SystemTime};

use prestop::json::{self, Value};
use prestop::snapshot::{self, AppendOptions, ReadOptions, WriteOptions};

use super::mixture::{LAST, mix};
use super::{Point, RULES, numbered, points};
use crate::support::*;

/// The number of the document that is written.
pub const NUMBER: u64 = 3;
/// What no file of ours may contain.
const CANARY: [&str; 2] = ["canary-", "9c41f7"];

pub struct Scenario {
    pub name: &'static str,
    pub mode: &'static str,
    pub prepare: fn(&Place),
    /// Faults that are injected all the time.
    pub always: &'static [&'static str],
    /// The numbers that are there if nothing has happened.
    pub before: &'static [u64],
    /// The numbers that are there once success is reported.
    pub after: &'static [u64],
}

impl Scenario {
    const fn new(
        name: &'static str,
        mode: &'static str,
        prepare: fn(&Place),
        before: &'static [u64],
        after: &'static [u64],
    ) -> Self {
        Self { name, mode, prepare, always: &[], before, after }
    }

    const fn with(self, always: &'static [&'static str]) -> Self {
        Self { always, ..self }
    }

    /// Whether the scenario is about lines, and not about a snapshot.
    pub fn lines(&self) -> bool {
        matches!(self.mode.as_bytes(), [b'a', b'p', ..] | [b'r', b'o', ..])
    }

    pub fn naive(&self) -> bool {
        self.mode.ends_with("naive")
    }

    /// Returns the path that the victim writes to.
    pub fn path(&self, given: &Path) -> PathBuf {
        match (self.mode, given.file_name()) {
            ("new" | "append-new", Some(name)) => given.with_file_name("new").join("place").join(name),
            _ => given.to_owned(),
        }
    }

    /// Returns the names beside that path, as [`Place::names`] does.
    pub fn left(&self, place: &Place) -> Vec<String> {
        let path = self.path(&place.path);
        let below = path.parent().unwrap().read_dir();
        let below = below.map_or_else(
            |_| Vec::new(),
            |entries| entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect(),
        );
        [place.names(), below].concat()
    }

    pub fn options(&self, more: &[String]) -> Vec<String> {
        self.always.iter().map(|&option| option.to_owned()).chain(more.iter().cloned()).collect()
    }

    /// Returns the calls of its work.
    pub fn points(&self) -> Vec<Point> {
        let place = Place::new();
        (self.prepare)(&place);
        let points = points(&place, self.mode, NUMBER, &self.options(&[]));
        // A kill at the start of the program proves nothing, and a second fault on one name would replace the
        // first.
        let faulty = |name: &str| self.always.iter().any(|option| option.contains(name));
        points.into_iter().filter(|point| point.work && !faulty(&point.name)).collect()
    }

    /// Returns the numbers that a reader gets now. A failure to read is an `Err`.
    pub fn observe(&self, path: &Path) -> Result<Vec<u64>, String> {
        let path = &*self.path(path);
        if self.lines() {
            let beside = path.with_file_name(format!(".{}.old", path.file_name().unwrap().display()));
            let read = |path: &Path| snapshot::lines(path).map_err(|error| error.to_string());
            let old = read(&beside)?.lines;
            return old.iter().chain(&read(path)?.lines).map(|line| number_in(line)).collect();
        }
        let options = ReadOptions::new(RULES).with_rescrub(&Marker);
        match snapshot::read(path, &options, ambient()).map_err(|error| error.to_string())? {
            None => Ok(Vec::new()),
            Some(restored) => Ok(vec![number_in(&restored.bytes)?]),
        }
    }

    /// Returns what is wrong with what a reader gets, if anything, after the victim has printed `said`.
    pub fn violation_at(&self, path: &Path, said: &str) -> Option<String> {
        let acknowledged = said.contains("ACK") || said.contains("READ");
        for turn in 1..=2 {
            let found = match self.observe(path) {
                Ok(found) => found,
                Err(error) => return Some(format!("read {turn}: {error}")),
            };
            if found != self.after && (acknowledged || found != self.before) {
                return Some(format!("read {turn}: {found:?} after {said:?}"));
            }
        }
        None
    }

    /// Returns what is wrong after a run, if anything.
    pub fn violation(&self, place: &Place, output: &Output) -> Option<String> {
        let said = String::from_utf8_lossy(&output.stdout);
        if let Some(violation) = self.violation_at(&place.path, &said) {
            return Some(violation);
        }
        if !self.naive() {
            place.assert_private();
            let planted = self.prepare as *const () == foreign as *const ();
            return canary(place, output, planted);
        }
        None
    }

    /// Asserts that the next write works, and that nothing is left over after a later one.
    pub fn assert_usable(&self, place: &Place) {
        let path = &*self.path(&place.path);
        if self.lines() {
            let mut expected = self.observe(&place.path).unwrap();
            for number in [8, 9] {
                let line = format!("{{\"number\":{number}}}");
                snapshot::append(path, line.as_bytes(), &AppendOptions::new(), ambient()).unwrap();
                expected.push(number);
            }
            assert_eq!(self.observe(&place.path), Ok(expected));
        } else {
            let options = WriteOptions::new(RULES).with_rescrub(&Marker);
            snapshot::write(path, b"{\"number\": 8}", &options, ambient()).unwrap();
            assert_eq!(self.observe(&place.path), Ok(vec![8]));
            // Two hours later, unfinished writes count as abandoned.
            let later = ambient_at(SystemTime::now() + Duration::from_secs(7200));
            snapshot::write(path, b"{\"number\": 9}", &options, later).unwrap();
            assert_eq!(self.observe(&place.path), Ok(vec![9]));
        }
        let left = self.left(place);
        assert!(!left.iter().any(|name| name.contains("tmp") || name.contains("recover")), "{left:?}");
        place.assert_private();
    }
}

/// Returns the number in a document of the victim's or of these tests, if the document is whole.
fn number_in(document: &[u8]) -> Result<u64, String> {
    let parsed = json::parse(document).map_err(|error| error.to_string())?;
    let Some(Value::Number(number)) = parsed.get("number") else { return Err("another document".to_owned()) };
    let number = number.parse().map_err(|_| "another number".to_owned())?;
    // A power cut may change the middle of a string, and the document is still JSON.
    let filler: &[u8] = match parsed.get("filler") {
        Some(Value::Text(text)) => text,
        _ => b"",
    };
    if filler.iter().all(|byte| filler.first() == Some(byte)) {
        Ok(number)
    } else {
        Err("a mixture".to_owned())
    }
}

/// Returns where the canary was found, which no file and no output may contain.
fn canary(place: &Place, output: &Output, planted: bool) -> Option<String> {
    let canary = CANARY.concat();
    let holds = |bytes: &[u8]| memchr::memmem::find(bytes, canary.as_bytes()).is_some();
    if holds(&output.stdout) || holds(&output.stderr) {
        return Some("the canary was printed".to_owned());
    }
    for entry in fs::read_dir(place.directory.path()).unwrap() {
        let path = entry.unwrap().path();
        // The host's own file contains it until it is replaced.
        if !(planted && path == place.path) && path.is_file() && holds(&fs::read(&path).unwrap()) {
            return Some(format!("the canary stands in {}", path.display()));
        }
    }
    None
}

pub static SCENARIOS: [Scenario; 14] = [
    Scenario::new("replace", "safe", two, &[2], &[NUMBER]),
    Scenario::new("first", "safe", nothing, &[], &[NUMBER]),
    Scenario::new("foreign", "safe", foreign, &[2], &[NUMBER]),
    // The second rename is that of the document itself.
    Scenario::new("in place", "safe", two, &[2], &[NUMBER])
        .with(&["-e", "inject=renameat:error=EBUSY:when=2"]),
    // Here only the recovery copy can restore the document.
    Scenario::new("in place, alone", "alone", one, &[2], &[NUMBER])
        .with(&["-e", "inject=renameat:error=EBUSY:when=1"]),
    // What was interrupted is finished first.
    Scenario::new("in place over a mixture", "safe", interrupted, &[LAST], &[NUMBER])
        .with(&["-e", "inject=renameat:error=EBUSY:when=1"]),
    Scenario::new("without links", "safe", two, &[2], &[NUMBER]).with(&["-e", "inject=linkat:error=EPERM"]),
    Scenario::new("finish", "read", interrupted, &[LAST], &[LAST]),
    Scenario::new("heal", "read", corrupt, &[1], &[1]),
    Scenario::new("delete", "delete", two, &[2], &[]),
    Scenario::new("append", "append", lines, &[1, 2], &[1, 2, NUMBER]),
    Scenario::new("append the first", "append", nothing, &[], &[NUMBER]),
    Scenario::new("append to a torn line", "append", torn, &[1, 2], &[1, 2, NUMBER]),
    Scenario::new("append to a new file", "rotate", lines, &[1, 2], &[1, 2, NUMBER]),
];

/// The host creates the temporary file, as the Python module does. Not among the others, since the model of
/// the disk follows only files that are created relative to a directory.
pub static CREATED: Scenario = Scenario::new("created by the host", "created", two, &[2], &[NUMBER]);

/// The directory is missing, too. Not among the others, since the model of the disk follows only one
/// directory.
pub static NEW: [Scenario; 2] = [
    Scenario::new("first in a new directory", "new", nothing, &[], &[NUMBER]),
    Scenario::new("append in a new directory", "append-new", nothing, &[], &[NUMBER]),
];

/// What programs usually do, which must be caught.
pub static CONTROLS: [Scenario; 2] = [
    Scenario::new("naive", "naive", two, &[2], &[NUMBER]),
    Scenario::new("naive append", "append-naive", lines, &[1, 2], &[1, 2, NUMBER]),
];

/// Overwritten in place with nothing beside it: no recovery copy, no previous generation. After a power cut
/// there may be nothing to read, but never a mixture. Not among the others, since their promise does not hold
/// here.
pub static BARE: Scenario = Scenario::new("bare", "bare", theirs, &[2], &[NUMBER]);

fn nothing(_: &Place) {}

fn one(place: &Place) {
    numbered(place, "safe", 2);
}

fn interrupted(place: &Place) {
    mix(place, &[]);
}

fn theirs(place: &Place) {
    one(place);
    std::os::unix::fs::chown(&place.path, Some(65534), Some(65534)).unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(place.directory.path(), open).unwrap();
}

fn two(place: &Place) {
    numbered(place, "safe", 1);
    numbered(place, "safe", 2);
}

/// The file of the replaced module: without an attribute, and with a secret in it.
fn foreign(place: &Place) {
    two(place);
    let text = fs::read_to_string(&place.path).unwrap().replace("[REDACTED:CANARY]", &CANARY.concat());
    let copy = place.directory.path().join("copy");
    fs::write(&copy, text).unwrap();
    fs::rename(copy, &place.path).unwrap();
    fs::set_permissions(&place.path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

fn corrupt(place: &Place) {
    two(place);
    let bytes = fs::read(&place.path).unwrap();
    fs::write(&place.path, &bytes[..bytes.len() / 2]).unwrap();
}

fn lines(place: &Place) {
    numbered(place, "append", 1);
    numbered(place, "append", 2);
}

fn torn(place: &Place) {
    lines(place);
    let mut bytes = fs::read(&place.path).unwrap();
    bytes.extend_from_slice(b"{\"number\":7,\"fil");
    fs::write(&place.path, bytes).unwrap();
}
