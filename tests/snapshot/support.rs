//! An environment whose clock stands still, a directory to write in, and a scrubber whose work can be
//! recognised.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use prestop::Result;
use prestop::snapshot::{self, Ambient, ReadOptions, Reading, Rescrub, Restored, WriteOptions, WriteReport};

pub const RULES: &str = "test-1";

static RANDOM: AtomicU64 = AtomicU64::new(0x9E37_79B9);

pub fn random() -> u64 {
    RANDOM.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed)
}

pub fn frozen() -> Duration {
    Duration::ZERO
}

/// The present time, a clock that stands still, and real pauses.
pub fn ambient() -> Ambient<'static> {
    ambient_at(SystemTime::now())
}

pub fn ambient_at(now: SystemTime) -> Ambient<'static> {
    Ambient { now, elapsed: &frozen, random: &random, pause: &std::thread::sleep }
}

/// A scrubber that replaces `s3cret` by `<scrubbed>`.
pub struct Marker;

impl Rescrub for Marker {
    fn document(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.text(bytes)
    }

    fn text(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some(String::from_utf8_lossy(bytes).replace("s3cret", "<scrubbed>").into_bytes())
    }
}

pub fn write_options() -> WriteOptions<'static> {
    WriteOptions::new(RULES).with_rescrub(&Marker)
}

pub fn read_options() -> ReadOptions<'static> {
    ReadOptions::new(RULES).with_rescrub(&Marker)
}

/// A directory with a snapshot path in it.
pub struct Place {
    pub directory: tempfile::TempDir,
    pub path: PathBuf,
}

impl Place {
    pub fn new() -> Self {
        Self::under(&std::env::temp_dir())
    }

    pub fn under(base: &Path) -> Self {
        let directory = tempfile::Builder::new().prefix("snapshot-").tempdir_in(base).unwrap();
        let path = directory.path().join("state.json");
        Self { directory, path }
    }

    pub fn write(&self, bytes: &[u8]) -> Result<WriteReport> {
        snapshot::write(&self.path, bytes, &write_options(), ambient())
    }

    /// Writes a document that is identified by its number.
    pub fn generation(&self, number: u32) -> WriteReport {
        self.write(&document(number)).unwrap()
    }

    pub fn read(&self) -> Result<Option<Restored>> {
        snapshot::read(&self.path, &read_options(), ambient())
    }

    pub fn examine(&self) -> Result<Reading> {
        snapshot::examine(&self.path, &read_options(), ambient())
    }

    pub fn beside(&self, suffix: &str) -> PathBuf {
        self.directory.path().join(format!(".state.json.{suffix}"))
    }

    /// Returns the names in the directory, sorted, with `*` in place of random parts and times.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.directory.path())
            .unwrap()
            .map(|entry| {
                let name = entry.unwrap().file_name().into_string().unwrap();
                match ["tmp.", "corrupt-"].iter().find_map(|word| Some(name.find(word)? + word.len())) {
                    Some(end) => format!("{}*", &name[..end]),
                    None => name,
                }
            })
            .collect();
        names.sort();
        names
    }

    /// Asserts that only the owner may access the regular files in the directory.
    pub fn assert_private(&self) {
        for entry in fs::read_dir(self.directory.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
                assert_eq!(mode, 0o600, "{}", entry.file_name().display());
            }
        }
    }
}

pub fn document(number: u32) -> Vec<u8> {
    format!("{{\n  \"generation\": {number},\n  \"task\": \"{}\"\n}}", "x".repeat(200 + number as usize % 7))
        .into_bytes()
}

/// Changes one byte as a failing disk does: nobody wrote, so the time is unchanged.
pub fn damage(path: &Path, at: usize, byte: u8) {
    let before = fs::metadata(path).unwrap().modified().unwrap();
    let mut bytes = fs::read(path).unwrap();
    bytes[at] = byte;
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &bytes, 0).unwrap();
    file.set_modified(before).unwrap();
}

/// Runs the named test of this program again under `wrapper`; returns true inside that run.
///
/// What belongs to the whole process (umask, limits, user, mounts) is tested in a process of its own. If the
/// wrapper cannot run, the test is skipped with a message.
pub fn inside(test: &str, wrapper: &[&str]) -> bool {
    const INSIDE: &str = "PRESTOP_TEST_INSIDE";
    if std::env::var_os(INSIDE).is_some_and(|inside| inside == test) {
        return true;
    }
    let (program, arguments) = wrapper.split_first().unwrap();
    let works = Command::new(program).args(arguments).arg("true").output();
    if !works.is_ok_and(|output| output.status.success()) {
        // Not captured, as what eprintln! writes in a test that passes would be.
        let _ = writeln!(std::io::stderr(), "SKIPPED {test}: `{}` does not work here", wrapper.join(" "));
        return false;
    }
    // What the run leaves behind, because something was mounted there or its user changed, is removed with
    // this directory; the mounts have ended by then.
    let base = tempfile::Builder::new().prefix("inside-").tempdir().unwrap();
    fs::set_permissions(base.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let output = Command::new(program)
        .args(arguments)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(INSIDE, test)
        .env("TMPDIR", base.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "no test is named {test}");
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    false
}

/// Like [`inside`], under a shell line that ends in `exec "$@"`.
pub fn inside_shell(test: &str, line: &str) -> bool {
    inside(test, &["sh", "-c", line, "sh"])
}

pub fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Returns an object with one member, for texts of any length.
pub fn with_text(text: &str) -> Vec<u8> {
    format!("{{\"text\": \"{text}\"}}").into_bytes()
}
