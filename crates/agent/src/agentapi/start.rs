//! The start: checks the state file, then replaces this process by the command.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use prestop::Scrubber;
use prestop::agentapi::{Environment, PERSISTENCE, Variables, environment, version_at_least};

use super::identify::{asks_for_acp, identify, program};
use super::report::{Ending, Outcome, Report};
use super::settings::Settings;
use super::state::secured;
use super::version;
use crate::deadline::Deadline;

/// A start that is prepared.
///
/// ```
/// use prestop_agent::agentapi::{Settings, start};
///
/// let settings = Settings { command: "true".into(), ..Settings::default() };
/// let prepared = start(&settings, &["true".into()], &prestop::Scrubber::new(prestop::Preset::Balanced));
/// assert!(prepared.report().succeeded() && prepared.variables().is_empty());
/// // `prepared.exec()` would now put `true` in the place of this process.
/// ```
#[derive(Debug)]
pub struct Started {
    report: Report,
    variables: Variables,
    command: Vec<OsString>,
}

impl Started {
    /// What was found and done before the start. A failure in it is no reason not to start, unless the code
    /// of the phase `identify` is `running`.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The variables that the command receives in addition to those of this process.
    pub fn variables(&self) -> &[(&'static str, OsString)] {
        &self.variables.set
    }

    /// The variables of this process that the command must not inherit: those that would ask AgentAPI for a
    /// state where it is to keep none.
    pub fn removed(&self) -> &'static [&'static str] {
        self.variables.remove
    }

    /// Whether AgentAPI is already running, so that the command would only be refused.
    pub fn runs_already(&self) -> bool {
        self.report.phase("identify").is_some_and(|phase| phase.code == "running")
    }

    /// Replaces this process by the command; returns only if that fails.
    pub fn exec(self) -> io::Error {
        let Some((program, arguments)) = self.command.split_first() else {
            return io::Error::new(io::ErrorKind::InvalidInput, "no command");
        };
        let mut command = Command::new(program);
        command.args(arguments);
        for name in self.variables.remove {
            command.env_remove(name);
        }
        command.envs(self.variables.set).exec()
    }
}

/// Prepares the start of `command`: finds out which process the pid file names, which version will run and
/// whether the state file can be loaded, scrubs the state file, and composes the environment.
///
/// A pid file that names a process other than AgentAPI, or no valid process, is removed: AgentAPI takes any
/// live process for an instance of its own, even what the numbers 0 and -1 stand for. A conversation that an
/// empty state has replaced is put back.
pub fn start(settings: &Settings, command: &[OsString], scrubber: &Scrubber) -> Started {
    let deadline = Deadline::after(settings.deadline);
    let mut report = Report::new(settings.deadline);
    let mut since = std::time::Duration::ZERO;
    let mut note = |report: &mut Report, name, ending| {
        report.push(name, deadline.elapsed().saturating_sub(since), ending);
        since = deadline.elapsed();
    };

    let (found, ending) = identify(settings);
    let running = found.is_some();
    report.process = found.map(|found| found.process.number());
    let ending = match ending.code {
        "found" => Ending::failed("running", format!("it runs already, as {}", ending.detail)),
        "stranger" | "pid_file_garbage" => removed(settings.pid_file.as_deref(), &ending),
        _ => ending,
    };
    note(&mut report, "identify", ending);

    let version = version(command, settings);
    let state_file = settings.state_file.as_deref().filter(|_| settings.persistence);
    // With a state file, AgentAPI would refuse to start in ACP mode.
    let acp = settings.acp || asks_for_acp(command);
    let wanted = Environment {
        state_file: state_file.filter(|_| !acp),
        pid_file: settings.pid_file.as_deref(),
        allowed_hosts: settings.allowed_hosts.as_deref(),
        version: version.as_deref(),
    };
    let mut variables = environment(&wanted);
    let capable = version.as_deref().is_some_and(|version| version_at_least(version, PERSISTENCE));
    if settings.loads_only && !settings.persistence && !acp && capable {
        // The environment asks AgentAPI itself for that, which can do it.
        variables.remove = &[];
    }
    let ending = match (state_file, variables.refused, &version) {
        (Some(_), _, _) if acp => {
            Ending::failed("acp", "in ACP mode it keeps no conversation: this one will not survive")
        }
        (None, _, _) => Ending::skipped("not_wanted", "the conversation is not to survive"),
        (_, false, _) => Ending::done("enough", "its version can keep the conversation"),
        (_, true, None) => Ending::failed(
            "version_unknown",
            "it does not say its version: the conversation will not survive",
        ),
        (_, true, Some(_)) => Ending::failed(
            "version_too_old",
            "its version is before 0.12.0: the conversation will not survive",
        ),
    };
    note(&mut report, "version", ending);

    let ending = match state_file {
        None => Ending::skipped("not_wanted", "the conversation is not to survive"),
        Some(path) => {
            let ending = secured(path, running, None, deadline.left(), scrubber);
            // A file that could not be loaded has been moved out of the way.
            let harmless = ending.code == "set_aside";
            if harmless { Ending { outcome: Outcome::Done, ..ending } } else { ending }
        }
    };
    note(&mut report, "state", ending);
    report.took = deadline.elapsed();
    Started { report, variables, command: command.to_vec() }
}

/// Returns the version that the program reports: the program of the command line, or, if that is a script,
/// the one found through `PATH`.
fn version(command: &[OsString], settings: &Settings) -> Option<String> {
    if program(command) == Some(&settings.command) {
        return version::of_command(command);
    }
    version::of_command(std::slice::from_ref(&settings.command))
}

fn removed(pid_file: Option<&Path>, found: &Ending) -> Ending {
    match pid_file.map(std::fs::remove_file) {
        Some(Ok(())) => Ending::done("stale_removed", format!("{}; the pid file is removed", found.detail)),
        _ => Ending::failed("stale", format!("{}; the pid file cannot be removed", found.detail)),
    }
}
