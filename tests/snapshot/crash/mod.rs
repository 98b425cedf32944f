//! A victim process, its system calls, and what must hold if any of them was its last.
//!
//! The faults are injected by strace, which sees every call, also those that bypass the C library. The calls
//! are counted by name, as strace counts them, in one recorded run. The same sweep must catch a naive writer,
//! or it proves nothing. By default a sample with a fixed seed is tried; `PRESTOP_LONG=1` or `make test-long`
//! tries everything.

mod contended;
mod errno;
mod flush;
mod kill;
mod mixture;
pub mod scenario;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::support::*;

/// The rule set that the victim writes with.
pub const RULES: &str = "crash-1";

/// The example program, built with the tests; `None`, with a message, if strace cannot run it.
pub fn victim() -> Option<&'static PathBuf> {
    static VICTIM: OnceLock<Option<PathBuf>> = OnceLock::new();
    VICTIM
        .get_or_init(|| {
            let traced = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
            if !traced.is_ok_and(|output| output.status.success()) {
                let _ = writeln!(std::io::stderr(), "SKIPPED the crash tests: strace does not work here");
                return None;
            }
            // In the target directory of this program; a run of this test alone has not built it.
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
pub fn traced(place: &Place, mode: &str, number: u64, options: &[String]) -> Output {
    traced_at(&place.path, &trace_of(place), mode, number, options)
}

/// Like [`traced`], with a path and a place for the trace. In the mode `bare` the victim may write nothing
/// but the file.
pub fn traced_at(path: &Path, log: &Path, mode: &str, number: u64, options: &[String]) -> Output {
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    Command::new("strace")
        .arg("-qq")
        .arg("-o")
        .arg(log)
        .args(options)
        .args(if mode == "bare" { &nobody[..] } else { &[] })
        .arg(victim().unwrap())
        .args([mode, path.to_str().unwrap(), &number.to_string()])
        .output()
        .unwrap()
}

/// The path of the last trace: beside the directory, so that it is not a file in it.
fn trace_of(place: &Place) -> PathBuf {
    place.directory.path().with_extension("trace")
}

/// Returns the last trace and removes it.
pub fn trace(place: &Place) -> String {
    let text = fs::read(trace_of(place)).unwrap();
    let _ = fs::remove_file(trace_of(place));
    String::from_utf8_lossy(&text).into_owned()
}

/// Runs the victim undisturbed.
pub fn numbered(place: &Place, mode: &str, number: u64) {
    let output = Command::new(victim().unwrap())
        .args([mode, place.path.to_str().unwrap(), &number.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A system call, by its name and its number (from 1) among the calls of that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    pub name: String,
    pub count: usize,
    /// Whether it belongs to the work, and not to the start of the program.
    work: bool,
}

impl Point {
    pub fn new(name: &str, count: usize) -> Self {
        Self { name: name.to_owned(), count, work: true }
    }
}

/// Returns the calls of a recorded run.
pub fn points(place: &Place, mode: &str, number: u64, options: &[String]) -> Vec<Point> {
    let output = traced(place, mode, number, options);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut work = false;
    let text = trace(place);
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

/// Whether everything is tried, and not a sample.
pub fn long() -> bool {
    std::env::var_os("PRESTOP_LONG").is_some_and(|long| long == "1")
}

/// Returns about one in `n` of the items, always the same ones; all of them in a long run.
pub fn sample<T>(items: Vec<T>, n: u64) -> Vec<T> {
    let mut random = Random(20_261_120);
    items.into_iter().filter(|_| random.below(n) == 0 || long()).collect()
}

/// Pseudorandom numbers that are the same in every run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
