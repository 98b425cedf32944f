//! Power cuts on real file systems: the image behind a loop device is copied as it is at that moment, and the
//! copy is mounted. Needs root, in a mount namespace of its own.
//!
//! A cut alone is lenient: what was not flushed is simply not there yet. So each cut is also tried after a
//! flush of another file has forced the log, which lets renames arrive without the data they were meant to
//! publish.

use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::crash::scenario::{CONTROLS, NUMBER, SCENARIOS, Scenario};
use crate::crash::{Point, long, sample, traced_at, victim};
use crate::support::*;

/// A file system: its name, the size of its image, how it is made and mounted.
struct Kind {
    name: &'static str,
    size: &'static str,
    make: &'static [&'static str],
    options: &'static str,
}

const KINDS: [Kind; 4] = [
    Kind { name: "ext4", size: "16M", make: &["mkfs.ext4", "-q", "-F"], options: "loop" },
    Kind {
        name: "ext4 noauto_da_alloc",
        size: "16M",
        make: &["mkfs.ext4", "-q", "-F"],
        options: "loop,noauto_da_alloc",
    },
    Kind { name: "xfs", size: "300M", make: &["mkfs.xfs", "-q", "-f"], options: "loop" },
    Kind { name: "btrfs", size: "128M", make: &["mkfs.btrfs", "-q", "-f"], options: "loop" },
];

/// The calls that change something on a disk, and the end.
const CHANGES: [&str; 10] = [
    "pwrite64",
    "write",
    "fsync",
    "ftruncate",
    "fsetxattr",
    "fremovexattr",
    "linkat",
    "renameat",
    "unlinkat",
    "exit_group",
];

/// When the power is cut.
#[derive(Clone, Debug)]
struct Cut {
    point: Point,
    /// Whether the log is forced before.
    forced: bool,
}

/// The images and mount points of one file system, all in memory.
struct Bench {
    kind: &'static Kind,
    base: PathBuf,
    /// The snapshot's path below a mount point.
    below: PathBuf,
}

impl Bench {
    /// Creates the file system with what the scenario starts from; `None`, with a message, if that is not
    /// possible here.
    fn new(kind: &'static Kind, base: &Path, scenario: &Scenario) -> Option<Self> {
        let base = base.to_owned();
        let mut bench = Self { kind, base, below: PathBuf::new() };
        for name in ["live", "after"] {
            fs::create_dir_all(bench.at(name)).unwrap();
        }
        let image = bench.at("prepared");
        let _ = fs::remove_file(&image);
        run("truncate", &["-s", kind.size, image.to_str().unwrap()]);
        let (program, arguments) = kind.make.split_first().unwrap();
        let made = Command::new(program).args(arguments).arg(&image).output();
        if !made.is_ok_and(|output| output.status.success()) || !bench.mount("prepared", "live") {
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED power cuts on {}: it cannot be made or mounted here",
                kind.name
            );
            return None;
        }
        let place = Place::under(&bench.at("live"));
        (scenario.prepare)(&place);
        bench.below = place.path.strip_prefix(bench.at("live")).unwrap().into();
        let Place { directory, .. } = place;
        let _ = directory.keep();
        bench.unmount("live");
        Some(bench)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.base.join(name)
    }

    fn mount(&self, image: &str, on: &str) -> bool {
        let arguments = ["-o", self.kind.options];
        let done = Command::new("mount").args(arguments).arg(self.at(image)).arg(self.at(on)).output();
        done.is_ok_and(|output| output.status.success())
    }

    fn unmount(&self, on: &str) {
        run("umount", &[self.at(on).to_str().unwrap()]);
    }

    fn copy(&self, from: &str, to: &str) {
        let (from, to) = (self.at(from), self.at(to));
        let _ = fs::remove_file(&to);
        run("cp", &["--sparse=always", from.to_str().unwrap(), to.to_str().unwrap()]);
    }

    /// Returns what is wrong after the power was cut at `cut`, if anything.
    fn violation(&self, scenario: &Scenario, cut: &Cut, faults: &[&str]) -> Option<String> {
        self.copy("prepared", "image");
        assert!(self.mount("image", "live"));
        let Point { name, count, .. } = &cut.point;
        let mut options = scenario.options(&[]);
        options.extend(["-e".to_owned(), format!("inject={name}:signal=KILL:when={count}")]);
        options.extend(faults.iter().flat_map(|fault| ["-e".to_owned(), (*fault).to_owned()]));
        let path = self.at("live").join(&self.below);
        let output = traced_at(&path, &self.at("trace"), scenario.mode, NUMBER, &options);
        assert_eq!(output.status.signal(), Some(9));
        if cut.forced {
            let other = fs::File::create(self.at("live").join("other")).unwrap();
            std::io::Write::write_all(&mut &other, &[b'x'; 5000]).unwrap();
            other.sync_all().unwrap();
        }
        // The disk as it is now. Two images with one identity must not be mounted at the same time.
        self.copy("image", "cut");
        self.unmount("live");
        assert!(self.mount("cut", "after"), "the image after {cut:?} cannot be mounted");
        let said = String::from_utf8_lossy(&output.stdout);
        let violation = scenario.violation_at(&self.at("after").join(&self.below), &said);
        self.unmount("after");
        violation.map(|violation| format!("{}, {}, {cut:?}: {violation}", self.kind.name, scenario.name))
    }
}

/// Creates a directory in memory for images, in this mount namespace.
fn bench_directory() -> tempfile::TempDir {
    let directory = tempfile::Builder::new().prefix("power-").tempdir().unwrap();
    run("mount", &["-t", "tmpfs", "none", directory.path().to_str().unwrap()]);
    directory
}

fn cuts(scenario: &Scenario) -> Vec<Cut> {
    let points = scenario.points().into_iter().filter(|point| CHANGES.contains(&&*point.name));
    points.flat_map(|point| [false, true].map(|forced| Cut { point: point.clone(), forced })).collect()
}

/// The moment after the victim has printed everything.
fn the_end(forced: bool) -> Cut {
    Cut { point: Point::new("exit_group", 1), forced }
}

fn named(name: &str) -> &'static Scenario {
    SCENARIOS.iter().find(|scenario| scenario.name == name).unwrap()
}

#[test]
fn after_a_power_cut_the_old_or_the_new_one_is_there() {
    const TEST: &str = "power::after_a_power_cut_the_old_or_the_new_one_is_there";
    if victim().is_none() || !inside(TEST, &["unshare", "-m"]) {
        return;
    }
    let directory = bench_directory();
    for kind in &KINDS {
        let (mut all, mut violations) = (0, Vec::new());
        for name in [
            "replace",
            "first",
            "in place, alone",
            "heal",
            "append",
            "append the first",
            "append to a new file",
        ] {
            let scenario = named(name);
            let mut chosen = sample(cuts(scenario), 6);
            if !long() && !["replace", "append"].contains(&name) {
                continue;
            }
            // Whatever the sample is, this checks for what was acknowledged.
            chosen.push(the_end(true));
            let Some(bench) = Bench::new(kind, directory.path(), scenario) else { break };
            violations.extend(chosen.iter().filter_map(|cut| bench.violation(scenario, cut, &[])));
            all += chosen.len();
        }
        assert_eq!(violations, Vec::<String>::new());
        eprintln!("power cuts on {}: {all}, 0 violations", kind.name);
    }
}

#[test]
fn the_same_cuts_catch_writers_that_do_not_flush() {
    const TEST: &str = "power::the_same_cuts_catch_writers_that_do_not_flush";
    if victim().is_none() || !inside(TEST, &["unshare", "-m"]) {
        return;
    }
    let directory = bench_directory();
    let mut caught = 0;
    for kind in &KINDS {
        // By default ext4 is lenient: it flushes a file that replaces another by itself.
        let default = kind.name == "ext4";
        if default && !long() {
            continue;
        }
        let Some(bench) = Bench::new(kind, directory.path(), named("replace")) else { continue };
        let mut controls = vec![
            (&CONTROLS[0], the_end(false), &[][..]),
            // A flush that reports success but does nothing.
            (named("replace"), the_end(false), &["inject=fsync:retval=0:when=2"][..]),
        ];
        if !default {
            controls.push((named("replace"), the_end(true), &["inject=fsync:retval=0:when=1"][..]));
        }
        for (scenario, cut, faults) in controls {
            let violation = bench.violation(scenario, &cut, faults);
            assert!(violation.is_some(), "{}, {} with {faults:?} was not caught", kind.name, scenario.name);
            caught += 1;
        }
    }
    eprintln!("power cuts: {caught} controls caught");
}

/// The disk below the file system fills up: what was written to the cache cannot be flushed, and a second
/// flush would report success.
#[test]
fn a_disk_that_is_full_below_the_file_system_loses_nothing_acknowledged() {
    const TEST: &str = "power::a_disk_that_is_full_below_the_file_system_loses_nothing_acknowledged";
    if !inside(TEST, &["unshare", "-m"]) {
        return;
    }
    let directory = bench_directory();
    let resize = |size: &str| run("mount", &["-o", size, directory.path().to_str().unwrap()]);
    let numbered = |number: u64| with_text(&format!("{number} {}", "x".repeat(200_000)));
    let (image, live) = (directory.path().join("image"), directory.path().join("live"));
    fs::create_dir(&live).unwrap();
    run("truncate", &["-s", "64M", image.to_str().unwrap()]);
    let made = Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image).output();
    let arguments = ["-o", "loop", image.to_str().unwrap(), live.to_str().unwrap()];
    let mounted = Command::new("mount").args(arguments).output();
    if !made.and(mounted).is_ok_and(|output| output.status.success()) {
        let _ = writeln!(std::io::stderr(), "SKIPPED {TEST}: ext4 cannot be made or mounted here");
        return;
    }
    let place = Place::under(&live);
    place.write(&numbered(0)).unwrap();
    // Room for two more documents, and the file system's own data.
    let disk = rustix::fs::statvfs(directory.path()).unwrap();
    let used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize;
    resize(&format!("remount,size={}", used + 500_000));
    let mut acknowledged = 0;
    let failed = (1..300).find(|&number| match place.write(&numbered(number)) {
        Ok(report) if report.durability == prestop::snapshot::Durability::Durable => {
            acknowledged = number;
            false
        }
        _ => true,
    });
    let failed = failed.expect("there is not room for three hundred");
    // Drops whatever the kernel still holds in memory.
    let below = place.path.strip_prefix(&live).unwrap().to_owned();
    let Place { directory: kept, .. } = place;
    let _ = kept.keep();
    let _ = Command::new("umount").arg(&live).output();
    resize("remount,size=200m");
    run("mount", &arguments);
    let restored =
        prestop::snapshot::read(live.join(below), &read_options(), ambient()).unwrap().unwrap().bytes;
    assert!(restored == numbered(acknowledged) || restored == numbered(failed), "write {failed} failed");
    eprintln!("full below the file system: write {failed} failed, {acknowledged} is there or it is");
}
