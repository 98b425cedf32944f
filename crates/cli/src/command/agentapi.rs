//! `prestop agentapi`: the orderly stop of AgentAPI, its start, and the log snapshot of a conversation.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;
use prestop::json::MAX_BYTES;
use prestop_agent::agentapi::{Outcome, Overrides, Settings, Token, start, stop};

use crate::arguments::seconds_above_zero;
use crate::failure::{Failure, Status, reason, shown};
use crate::input::Input;
use crate::screen::Screen;
use crate::scrubbing::Scrubbing;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Save, show and end AgentAPI within one time limit; exit status 1 names what failed
    Stop(StopArgs),
    /// Check the state file, set the environment and run a command in the place of this one
    Start(StartArgs),
    /// Make the body for the platform from the answer to GET /messages
    LogSnapshot(LogSnapshotArgs),
}

/// What both the start and the stop have to know.
#[derive(Debug, clap::Args)]
struct Where {
    /// State file; else ARG_STATE_FILE_PATH, AGENTAPI_STATE_FILE, or the one in the module's directory
    #[arg(long, value_name = "PATH")]
    state_file: Option<PathBuf>,
    /// Pid file; else ARG_PID_FILE_PATH, AGENTAPI_PID_FILE, or the one in the module's directory
    #[arg(long, value_name = "PATH")]
    pid_file: Option<PathBuf>,
    /// Name of the program, where it is another
    #[arg(long, value_name = "NAME", default_value = "agentapi")]
    command: OsString,
    /// Leave the conversation alone: no save, no state file
    #[arg(long, conflicts_with = "state_file")]
    no_state: bool,
    #[command(flatten)]
    scrubbing: Scrubbing,
}

#[derive(Debug, clap::Args)]
struct StopArgs {
    #[command(flatten)]
    place: Where,
    /// Port; else ARG_AGENTAPI_PORT, AGENTAPI_PORT, or 3284
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..), allow_negative_numbers = true)]
    port: Option<u16>,
    /// Task to show the last messages under; else ARG_TASK_ID
    #[arg(long, value_name = "ID")]
    task: Option<String>,
    /// Address of the platform; else CODER_AGENT_URL
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// File with the token for it; else CODER_AGENT_TOKEN or CODER_AGENT_TOKEN_FILE
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Send no log snapshot
    #[arg(long)]
    no_log_snapshot: bool,
    /// The time for everything
    #[arg(long, value_name = "SECONDS", default_value = "25", value_parser = seconds_above_zero, allow_negative_numbers = true)]
    deadline: Duration,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct StartArgs {
    #[command(flatten)]
    place: Where,
    /// Host names to answer to, as AGENTAPI_ALLOWED_HOSTS has them; * for every one
    #[arg(long, value_name = "HOSTS")]
    allowed_hosts: Option<String>,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    line: Vec<OsString>,
}

#[derive(Debug, clap::Args)]
struct LogSnapshotArgs {
    /// The answer to GET /messages; else standard input
    #[arg(value_name = "FILE")]
    from: Option<PathBuf>,
    #[command(flatten)]
    scrubbing: Scrubbing,
}

pub fn run(args: Args, screen: &mut Screen) -> Result<Status, Failure> {
    match args.what {
        What::Stop(args) => run_stop(args, screen),
        What::Start(args) => run_start(args, screen),
        What::LogSnapshot(args) => run_log_snapshot(&args, screen),
    }
}

impl Where {
    /// Returns the settings of the environment, overridden by the options.
    fn settings(&self, with: Overrides) -> Result<Settings, Failure> {
        let with = Overrides {
            state_file: self.state_file.clone(),
            no_state: self.no_state,
            pid_file: self.pid_file.clone(),
            command: Some(self.command.clone()),
            ..with
        };
        let settings = Settings::from_environment(|name| std::env::var_os(name))?;
        settings.overridden(with).map_err(|error| Failure::misuse(format!("the value of --{}", error.what())))
    }
}

fn run_stop(args: StopArgs, screen: &mut Screen) -> Result<Status, Failure> {
    let settings = args.place.settings(Overrides {
        port: args.port,
        log_snapshot: args.no_log_snapshot.then_some(false),
        task: args.task,
        platform: args.url,
        token: args.token_file.map(Token::File),
        deadline: Some(args.deadline),
        ..Overrides::default()
    })?;
    let report = stop(&settings, &args.place.scrubbing.for_text(true)?);
    if args.json {
        screen.json(&report.to_json())?;
    } else {
        for line in report.to_string().lines() {
            screen.line(shown(line))?;
        }
    }
    Ok(Status::found(!report.succeeded()))
}

fn run_start(args: StartArgs, screen: &mut Screen) -> Result<Status, Failure> {
    let with = Overrides { allowed_hosts: args.allowed_hosts, ..Overrides::default() };
    let settings = args.place.settings(with)?;
    let prepared = start(&settings, &args.line, &args.place.scrubbing.for_text(true)?);
    // Standard output belongs to the command.
    for phase in prepared.report().phases() {
        let worth_saying = phase.outcome == Outcome::Failed
            || matches!(phase.code, "restored" | "set_aside" | "stale_removed");
        if worth_saying && !prepared.runs_already() {
            screen.complain("warning", &shown(&format!("{}: {}", phase.name, phase.detail)));
        }
    }
    if prepared.runs_already() {
        return Err(Failure::new("AgentAPI runs already").with_next("`prestop agentapi stop` ends it"));
    }
    screen.flush()?;
    let error = prepared.exec();
    Err(Failure::new(format!("the command cannot be run: {}", reason(&error))))
}

fn run_log_snapshot(args: &LogSnapshotArgs, screen: &mut Screen) -> Result<Status, Failure> {
    let scrubber = args.scrubbing.for_text(true)?;
    let answer = Input::open(args.from.as_deref())?.read_all(MAX_BYTES)?;
    let snapshot = prestop::agentapi::log_snapshot(&answer, &scrubber).map_err(|error| {
        Failure::from(error).with_next("the input is what GET /messages gives: {\"messages\": [...]}")
    })?;
    match snapshot {
        Some(snapshot) => screen.write(&snapshot.body)?,
        None => screen.complain("warning", "there are no messages"),
    }
    Ok(Status::Done)
}
