//! The version of AgentAPI, as its own program reports it.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use prestop::agentapi::reported_version;

use super::identify::is_interpreter;
use crate::deadline::Deadline;
use crate::process::{About, Process};

/// How long the program may take.
const TIME: Duration = Duration::from_secs(5);
/// The most output that is accepted, in bytes.
const LONGEST: u64 = 4 << 10;

/// What the program that this process runs says of its version: that very program, not what has its name
/// on the disk now.
/// Nothing where it belongs to another user, cannot be asked, fails, takes too long, or names no version.
pub(super) fn of_process(process: &Process, about: &About, time: Duration) -> Option<String> {
    // Whoever starts a process chooses its name, and may have chosen it so that root runs the program.
    if !process.is_own() {
        return None;
    }
    let mut command = Command::new(process.program());
    let name = Path::new(about.arguments.first()?).file_name()?;
    if is_interpreter(name) {
        command.arg(about.arguments.get(1)?);
        // A relative name is relative to the directory of the process.
        command.current_dir(process.directory());
    }
    command.arg("--version");
    said(command, time.min(TIME)).filter(|text| reported_version(text).is_some())
}

/// What the program of a command line says of its version, if that is a version.
pub(super) fn of_command(arguments: &[OsString]) -> Option<String> {
    let program = arguments.first()?;
    let mut command = Command::new(program);
    if is_interpreter(Path::new(program).file_name()?) {
        command.arg(arguments.get(1)?);
    }
    command.arg("--version");
    said(command, TIME).filter(|text| reported_version(text).is_some())
}

/// Returns the output of a command. It receives only `PATH`, so none of its settings and no secret.
fn said(mut command: Command, time: Duration) -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let succeeded = || child.try_wait().ok().flatten().map(|status| status.success());
    let mut ended = None;
    let mut succeeded = succeeded;
    Deadline::poll(time, || {
        ended = succeeded();
        ended.is_some()
    });
    if ended.is_none() {
        // The child is ours and has not been reaped, so its number still names it.
        let _ = child.kill();
        let _ = child.wait();
    }
    if ended != Some(true) {
        return None;
    }
    // It has ended, but a child of its own may hold the pipe open: read what is there without waiting for the
    // end.
    let mut output = child.stdout.take()?;
    rustix::io::ioctl_fionbio(&output, true).ok()?;
    let mut text = Vec::new();
    let mut piece = [0; 512];
    while let Ok(count @ 1..) = output.read(&mut piece) {
        text.extend_from_slice(&piece[..count]);
        if u64::try_from(text.len()).is_ok_and(|len| len > LONGEST) {
            return None;
        }
    }
    String::from_utf8(text).ok()
}
