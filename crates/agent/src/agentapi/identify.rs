//! Identifies the AgentAPI process: the one that the pid file names, if it is what it should be.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::report::Ending;
use super::settings::Settings;
use crate::process::{About, Process};

/// Programs that run the program named by their first argument.
const INTERPRETERS: [&str; 12] =
    ["python", "node", "bun", "deno", "ruby", "perl", "sh", "bash", "dash", "zsh", "ksh", "busybox"];
/// How far the clock may have been adjusted since the pid file was written.
const SLACK: Duration = Duration::from_secs(2);
/// The most bytes read of a pid file: a number with its line break, and enough more to recognise anything
/// else.
const LONGEST: u64 = 64;

/// The running AgentAPI.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) process: Process,
    pub(super) about: About,
}

impl Found {
    /// Whether it runs in ACP mode.
    pub(super) fn is_acp(&self) -> bool {
        asks_for_acp(&self.about.arguments)
            || self.process.variable("AGENTAPI_EXPERIMENTAL_ACP").is_some_and(|value| is_true(&value))
    }
}

/// Returns the process, or why there is none that may be signalled.
pub(super) fn identify(settings: &Settings) -> (Option<Found>, Ending) {
    let Some(path) = &settings.pid_file else {
        return (None, Ending::skipped("no_pid_file", "no pid file is named"));
    };
    let (number, written) = match read(path) {
        Ok(Some(found)) => found,
        Ok(None) => return (None, Ending::skipped("not_running", "there is no pid file")),
        Err(Unusable::System(error)) => {
            let why = error.kind();
            return (
                None,
                Ending::failed("pid_file_unreadable", format!("the pid file cannot be read: {why}")),
            );
        }
        Err(Unusable::Content) => {
            return (
                None,
                Ending::skipped("pid_file_garbage", "the pid file does not hold a number above 1"),
            );
        }
    };
    if number == std::process::id() {
        return (None, Ending::skipped("stranger", format!("process {number} is this one")));
    }
    let Some((process, about)) = Process::find(number) else {
        // A process that ends in order removes its pid file.
        let detail = format!(
            "process {number} has ended without removing its pid file: what it had not saved is lost"
        );
        return (None, Ending::skipped("not_running", detail));
    };
    if let Some(why) = stranger(&about, &settings.command, written) {
        return (None, Ending::skipped("stranger", format!("process {number} is another: {why}")));
    }
    let done = Ending::done("found", format!("process {number}"));
    (Some(Found { process, about }), done)
}

/// Why a pid file cannot be used.
enum Unusable {
    System(std::io::Error),
    Content,
}

/// Returns the number in a pid file and when it was written; `None` if there is no file. Never blocks, even
/// on a FIFO.
fn read(path: &Path) -> Result<Option<(u32, SystemTime)>, Unusable> {
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file = match std::fs::OpenOptions::new().read(true).custom_flags(nonblock).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Unusable::System(error)),
    };
    let about = file.metadata().map_err(Unusable::System)?;
    if !about.is_file() {
        return Err(Unusable::Content);
    }
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text).map_err(Unusable::System)?;
    let number = number(&text).ok_or(Unusable::Content)?;
    Ok(Some((number, about.modified().map_err(Unusable::System)?)))
}

/// Parses a number above 1, alone on its line. A `+` or `-`, a leading zero, and anything that a shell would
/// take for a process group are refused.
fn number(text: &[u8]) -> Option<u32> {
    let digits = text.strip_suffix(b"\n").unwrap_or(text);
    let plain = digits.first().is_some_and(|first| (b'1'..=b'9').contains(first))
        && digits.iter().all(u8::is_ascii_digit);
    let number: u32 = std::str::from_utf8(digits).ok().filter(|_| plain)?.parse().ok()?;
    (number > 1 && i32::try_from(number).is_ok()).then_some(number)
}

/// Returns why a process is not the one that wrote the pid file; `None` if it may be.
fn stranger(about: &About, command: &OsStr, written: SystemTime) -> Option<&'static str> {
    if !runs(&about.arguments, command) {
        return Some("it runs another program");
    }
    // Process numbers are reused: the process that wrote the file had started by then.
    (about.started > written + SLACK).then_some("it started after the pid file was written")
}

/// Whether a command line runs `command`, directly or through an interpreter.
pub(super) fn runs(arguments: &[OsString], command: &OsStr) -> bool {
    program(arguments) == Some(command)
}

/// Returns the name of the program that a command line runs, behind an interpreter if there is one.
pub(super) fn program(arguments: &[OsString]) -> Option<&OsStr> {
    let first = name(arguments.first()?)?;
    if is_interpreter(first) { name(arguments.get(1)?).or(Some(first)) } else { Some(first) }
}

/// Whether a command line requests ACP mode, in which AgentAPI keeps no conversation and refuses to start if
/// asked to. Arguments after `--` belong to the agent.
pub(super) fn asks_for_acp(arguments: &[OsString]) -> bool {
    let own = arguments.iter().take_while(|argument| *argument != "--");
    own.filter_map(|argument| argument.to_str()?.strip_prefix("--experimental-acp")).any(|value| {
        value.is_empty() || value.strip_prefix('=').is_some_and(|value| is_true(OsStr::new(value)))
    })
}

/// Whether AgentAPI reads the value of a switch as true.
pub(super) fn is_true(value: &OsStr) -> bool {
    matches!(value.to_str(), Some("1" | "t" | "T" | "true" | "True" | "TRUE"))
}

/// Whether a program runs the program named by its first argument; a version may follow, as in `python3.11`.
pub(super) fn is_interpreter(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let name = name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
    INTERPRETERS.contains(&name)
}

fn name(argument: &OsString) -> Option<&OsStr> {
    Path::new(argument).file_name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_holds_one_line_with_a_number_above_one() {
        assert_eq!(number(b"2"), Some(2));
        assert_eq!(number(b"4194304\n"), Some(4_194_304));
        for garbage in [
            "",
            "\n",
            "0",
            "1",
            "-1",
            "+2",
            "-2",
            "abc",
            "12a",
            " 12",
            "12 ",
            "12\n\n",
            "12\n13",
            "0x10",
            "007",
            "1.5",
            "2147483648",
            "99999999999999999999",
            "12\0",
            "\u{665}",
        ] {
            assert_eq!(number(garbage.as_bytes()), None, "{garbage:?}");
        }
    }

    #[test]
    fn a_program_is_known_by_its_name_also_behind_an_interpreter() {
        let line = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        for ours in [
            "agentapi server -- claude",
            "/usr/bin/agentapi",
            "python3 /x/agentapi",
            "/usr/bin/python3.11 agentapi",
            "node agentapi",
        ] {
            assert!(runs(&line(ours), OsStr::new("agentapi")), "{ours}");
        }
        for other in [
            "vim agentapi",
            "/agentapi/server",
            "agentapi2",
            "python3 -m agentapi",
            "sleep",
            "",
            "tail -f agentapi",
        ] {
            assert!(!runs(&line(other), OsStr::new("agentapi")), "{other}");
        }
        assert!(!runs(&[], OsStr::new("agentapi")));
    }

    #[test]
    fn acp_mode_is_asked_for_by_agentapi_s_own_arguments() {
        let line = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        for asks in [
            "agentapi server --experimental-acp -- agent",
            "agentapi server --type=custom --experimental-acp=true -- agent",
            "python3 agentapi server agent --experimental-acp",
        ] {
            assert!(asks_for_acp(&line(asks)), "{asks}");
        }
        for other in [
            "agentapi server -- agent --experimental-acp",
            "agentapi server --experimental-acp=false -- agent",
            "agentapi server --experimental-acp-x -- agent",
            "agentapi server experimental-acp",
        ] {
            assert!(!asks_for_acp(&line(other)), "{other}");
        }
    }

    #[test]
    fn who_started_after_the_file_was_written_is_a_stranger() {
        let (process, about) = Process::find(std::process::id()).expect("this one");
        let command = program(&about.arguments).expect("a name").to_owned();
        assert_eq!(stranger(&about, &command, SystemTime::now()), None);
        assert!(stranger(&about, &command, SystemTime::now() - Duration::from_secs(86_400 * 365)).is_some());
        assert!(stranger(&about, OsStr::new("agentapi"), SystemTime::now()).is_some());
        assert!(!process.has_ended());
    }
}
