//! Runs the command, and provides the secrets that it must not repeat.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The result of a run of the command.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Fails if the exit status is another.
    #[track_caller]
    pub fn status(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Fails if standard output is not exactly this.
    #[track_caller]
    pub fn out(self, out: &str) -> Self {
        assert_eq!(self.out, out, "{self:?}");
        self
    }

    /// Fails if standard output does not contain this.
    #[track_caller]
    pub fn has(self, part: &str) -> Self {
        assert!(self.out.contains(part), "{part:?} is not in {self:?}");
        self
    }

    /// Fails if standard error does not contain this.
    #[track_caller]
    pub fn says(self, part: &str) -> Self {
        assert!(self.err.contains(part), "{part:?} is not in {self:?}");
        self
    }

    /// Fails if either output contains the secret.
    #[track_caller]
    pub fn hides(self, secret: &str) -> Self {
        assert!(!self.out.contains(secret) && !self.err.contains(secret), "it shows: {self:?}");
        self
    }

    /// Returns the output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Returns the command, with an empty environment.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prestop"));
    command.env_clear().env("CONFIGS_DIR", "/nonexistent");
    command
}

/// Runs the command with these arguments and empty standard input.
pub fn prestop<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    fed(command().args(arguments), b"")
}

/// Runs a command with this standard input.
pub fn fed(command: &mut Command, input: &[u8]) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The command need not read its input.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let ended = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        status: ended.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&ended.stdout).into_owned(),
        err: String::from_utf8_lossy(&ended.stderr).into_owned(),
    }
}

/// Returns a token that every preset finds.
pub fn token() -> String {
    format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
}

/// Returns a directory that is removed with the test, and the path of a snapshot in it.
pub fn place() -> (tempfile::TempDir, PathBuf) {
    // On a real disk, whose files can have extended attributes.
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = place.path().join("snapshot.json");
    (place, path)
}

/// Whether files in this directory can carry a checksum.
pub fn has_attributes(place: &Path) -> bool {
    let path = place.join("probe.json");
    fed(command().args(["write", text(&path)]), b"{}").status(0);
    let verified = prestop(["show", "--json", text(&path)]).json()["verified"] == true;
    prestop(["purge", text(&path)]).status(0);
    verified
}

/// Writes a file that only its owner can read.
pub fn put(path: &Path, content: impl AsRef<[u8]>) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Returns a path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
