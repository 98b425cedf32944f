//! What to stop, and what is wanted of the stop.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use prestop::{Error, ErrorKind, Result};

use super::identify::is_true;
use super::upload::check_platform;

/// The token for the platform. Never shown.
///
/// ```
/// use prestop_agent::agentapi::Token;
///
/// assert_eq!(format!("{:?}", Token::Value("s3cret".to_owned())), "Token");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum Token {
    /// The token itself.
    Value(String),
    /// A file that contains it, read when it is needed.
    File(PathBuf),
}

impl Token {
    fn is_empty(&self) -> bool {
        match self {
            Self::Value(text) => text.is_empty(),
            Self::File(path) => path.as_os_str().is_empty(),
        }
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// What to stop, and what is wanted of the stop.
///
/// ```
/// use prestop_agent::agentapi::Settings;
///
/// let variables = [
///     ("HOME", "/home/coder"),
///     ("ARG_MODULE_DIR_NAME", ".claude-module"),
///     ("ARG_ENABLE_STATE_PERSISTENCE", "true"),
///     ("ARG_TASK_ID", "9f7a2d3e-1b5c-4c8e-9d51-2f0a6b7c8d9e"),
/// ];
/// let settings = Settings::from_environment(|name| {
///     variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
/// })?;
/// assert_eq!(settings.pid_file.unwrap(), std::path::Path::new("/home/coder/.claude-module/agentapi.pid"));
/// assert_eq!((settings.port, settings.persistence, settings.log_snapshot), (3284, true, true));
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is one switch of the environment")]
pub struct Settings {
    /// Whether the conversation is to survive.
    pub persistence: bool,
    /// Whether AgentAPI's own variables ask for a state that is loaded and not saved, and nothing else says
    /// whether the conversation is to survive: the start leaves these variables as they are.
    pub loads_only: bool,
    /// The state file; without one nothing survives.
    pub state_file: Option<PathBuf>,
    /// Whether the path of the state file is only the usual one. A running AgentAPI of this user that was
    /// started with another path takes precedence.
    pub state_file_is_assumed: bool,
    /// The pid file; without one no process is found.
    pub pid_file: Option<PathBuf>,
    /// The port on which AgentAPI answers.
    pub port: u16,
    /// Whether the platform is to show the last messages.
    pub log_snapshot: bool,
    /// The task under which the platform shows the messages; without one they are not sent.
    pub task: Option<String>,
    /// The URL of the platform.
    pub platform: Option<String>,
    /// The token for the platform.
    pub token: Option<Token>,
    /// The name of the program: the file name with which the process was started, without its directory.
    pub command: OsString,
    /// Whether the environment requests ACP mode for the start: then AgentAPI keeps no conversation. Its
    /// command line can request it too; for the stop, the running process is inspected instead.
    pub acp: bool,
    /// The host names that AgentAPI is to answer to, for the start.
    pub allowed_hosts: Option<String>,
    /// The time limit for everything.
    pub deadline: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            persistence: false,
            loads_only: false,
            state_file: None,
            state_file_is_assumed: false,
            pid_file: None,
            port: 3284,
            log_snapshot: true,
            task: None,
            platform: None,
            token: None,
            command: "agentapi".into(),
            acp: false,
            allowed_hosts: None,
            deadline: Duration::from_secs(25),
        }
    }
}

/// What a caller names itself. `None`, and what is empty, leaves the setting of the environment.
///
/// ```
/// use prestop_agent::agentapi::{Overrides, Settings};
///
/// let with = Overrides { task: Some(String::new()), port: Some(3285), ..Overrides::default() };
/// let settings = Settings { task: Some("of the environment".to_owned()), ..Settings::default() };
/// let settings = settings.overridden(with)?;
/// assert_eq!((settings.task.as_deref(), settings.port), (Some("of the environment"), 3285));
/// # Ok::<(), prestop::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The state file, see [`Settings::with_state_file`].
    pub state_file: Option<PathBuf>,
    /// Whether the conversation is left alone: no save, no state file, whatever else says so.
    pub no_state: bool,
    /// The pid file.
    pub pid_file: Option<PathBuf>,
    /// The port on which AgentAPI answers.
    pub port: Option<u16>,
    /// Whether the platform is to show the last messages.
    pub log_snapshot: Option<bool>,
    /// The task under which the platform shows the messages.
    pub task: Option<String>,
    /// The URL of the platform.
    pub platform: Option<String>,
    /// The token for the platform.
    pub token: Option<Token>,
    /// The name of the program.
    pub command: Option<OsString>,
    /// The host names that AgentAPI is to answer to, for the start.
    pub allowed_hosts: Option<String>,
    /// The time limit for everything.
    pub deadline: Option<Duration>,
}

impl Settings {
    /// Reads the settings from an environment, from the variables of the Coder module (`ARG_*`,
    /// `CODER_AGENT_*`) and from AgentAPI's own (`AGENTAPI_*`). The former take precedence:
    ///
    /// | setting | variables |
    /// |---|---|
    /// | `persistence` | `ARG_ENABLE_STATE_PERSISTENCE`; else whether a state file is named, unless `AGENTAPI_SAVE_STATE` is false |
    /// | `state_file` | `ARG_STATE_FILE_PATH`, `AGENTAPI_STATE_FILE`, else `$HOME/$ARG_MODULE_DIR_NAME/agentapi-state.json` |
    /// | `pid_file` | `ARG_PID_FILE_PATH`, `AGENTAPI_PID_FILE`, else `$HOME/$ARG_MODULE_DIR_NAME/agentapi.pid` |
    /// | `port` | `ARG_AGENTAPI_PORT`, `AGENTAPI_PORT`, else 3284 |
    /// | `log_snapshot`, `task` | `ARG_TASK_LOG_SNAPSHOT`, else true; `ARG_TASK_ID` |
    /// | `platform`, `token` | `CODER_AGENT_URL`; `CODER_AGENT_TOKEN`, `CODER_AGENT_TOKEN_FILE` |
    /// | `acp` | `AGENTAPI_EXPERIMENTAL_ACP` |
    /// | `allowed_hosts` | `AGENTAPI_ALLOWED_HOSTS` |
    ///
    /// An empty variable counts as unset.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`], naming the variable, for an invalid port and for a switch that is
    /// neither true nor false.
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let first = |names: &[&'static str]| names.iter().find_map(|name| Some((*name, set(name)?)));
        let text = |names: &[&'static str]| first(names)?.1.into_string().ok();
        let switch = |name: &'static str| match set(name) {
            None => Ok(None),
            Some(value) => match value.to_str().map(str::to_ascii_lowercase).as_deref() {
                Some("true" | "1" | "yes" | "on") => Ok(Some(true)),
                Some("false" | "0" | "no" | "off") => Ok(Some(false)),
                _ => Err(invalid(name, "is neither true nor false")),
            },
        };
        let home = set("HOME").map(PathBuf::from);
        let module = set("ARG_MODULE_DIR_NAME").and_then(|name| Some(home?.join(name)));
        let path = |names: &[&'static str], default| {
            first(names)
                .map(|(_, path)| path.into())
                .or_else(|| module.as_ref().map(|module| module.join(default)))
        };
        let port = match first(&["ARG_AGENTAPI_PORT", "AGENTAPI_PORT"]) {
            None => 3284,
            Some((name, value)) => {
                let port = value.to_str().and_then(|text| text.parse().ok()).filter(|&port| port > 0);
                port.ok_or_else(|| invalid(name, "is no port"))?
            }
        };
        let named = first(&["ARG_STATE_FILE_PATH", "AGENTAPI_STATE_FILE"]).is_some();
        let saves = switch("AGENTAPI_SAVE_STATE")?.unwrap_or(true);
        let file = || set("CODER_AGENT_TOKEN_FILE").map(|path| Token::File(path.into()));
        Ok(Self {
            persistence: switch("ARG_ENABLE_STATE_PERSISTENCE")?.unwrap_or(named && saves),
            loads_only: named && !saves && switch("ARG_ENABLE_STATE_PERSISTENCE")?.is_none(),
            state_file: path(&["ARG_STATE_FILE_PATH", "AGENTAPI_STATE_FILE"], "agentapi-state.json"),
            state_file_is_assumed: !named,
            pid_file: path(&["ARG_PID_FILE_PATH", "AGENTAPI_PID_FILE"], "agentapi.pid"),
            port,
            log_snapshot: switch("ARG_TASK_LOG_SNAPSHOT")?.unwrap_or(true),
            task: text(&["ARG_TASK_ID"]),
            platform: text(&["CODER_AGENT_URL"]),
            token: text(&["CODER_AGENT_TOKEN"]).map(Token::Value).or_else(file),
            acp: set("AGENTAPI_EXPERIMENTAL_ACP").is_some_and(|value| is_true(&value)),
            allowed_hosts: text(&["AGENTAPI_ALLOWED_HOSTS"]),
            ..Self::default()
        })
    }

    /// Sets the state file. Whoever names one wants the conversation to survive, and in this file only.
    ///
    /// ```
    /// use prestop_agent::agentapi::Settings;
    ///
    /// let settings = Settings { state_file_is_assumed: true, ..Settings::default() };
    /// let settings = settings.with_state_file("/configs/agentapi-state.json");
    /// assert!(settings.persistence && !settings.state_file_is_assumed);
    /// ```
    #[must_use]
    pub fn with_state_file(self, path: impl Into<PathBuf>) -> Self {
        Self { state_file: Some(path.into()), state_file_is_assumed: false, persistence: true, ..self }
    }

    /// Replaces the settings that a caller names itself.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`], naming `url`, for one that cannot be the platform's, see
    /// [`check_platform`].
    pub fn overridden(mut self, with: Overrides) -> Result<Self> {
        let path = |path: Option<PathBuf>| path.filter(|path| !path.as_os_str().is_empty());
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        if let Some(path) = path(with.state_file) {
            self = self.with_state_file(path);
        }
        self.persistence &= !with.no_state;
        self.loads_only &= !with.no_state;
        self.pid_file = path(with.pid_file).or(self.pid_file);
        self.port = with.port.unwrap_or(self.port);
        self.log_snapshot = with.log_snapshot.unwrap_or(self.log_snapshot);
        self.task = text(with.task).or(self.task);
        if let Some(url) = text(with.platform) {
            check_platform(&url).map_err(|why| invalid("url", &format!("cannot be used: {why}")))?;
            self.platform = Some(url);
        }
        self.token = with.token.filter(|token| !token.is_empty()).or(self.token);
        self.command = with.command.filter(|name| !name.is_empty()).unwrap_or(self.command);
        self.allowed_hosts = text(with.allowed_hosts).or(self.allowed_hosts);
        self.deadline = with.deadline.unwrap_or(self.deadline);
        Ok(self)
    }
}

fn invalid(name: &str, what: &str) -> Error {
    Error::new(ErrorKind::InvalidOption, format!("{name} {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_environment() -> Settings {
        Settings {
            persistence: true,
            loads_only: true,
            state_file: Some("/state".into()),
            state_file_is_assumed: true,
            pid_file: Some("/pid".into()),
            log_snapshot: false,
            task: Some("task".to_owned()),
            platform: Some("http://platform".to_owned()),
            token: Some(Token::Value("token".to_owned())),
            command: "program".into(),
            allowed_hosts: Some("*".to_owned()),
            ..Settings::default()
        }
    }

    #[test]
    fn what_is_not_named_or_empty_is_as_the_environment_has_it() {
        let empty = Overrides {
            state_file: Some(PathBuf::new()),
            pid_file: Some(PathBuf::new()),
            task: Some(String::new()),
            platform: Some(String::new()),
            token: Some(Token::Value(String::new())),
            command: Some(OsString::new()),
            allowed_hosts: Some(String::new()),
            ..Overrides::default()
        };
        let wanted = format!("{:?}", of_environment());
        for with in [Overrides::default(), empty] {
            let settings = of_environment().overridden(with).expect("no url");
            assert_eq!(format!("{settings:?}"), wanted);
            // Not in the text.
            assert!(settings.token == of_environment().token);
        }
    }

    #[test]
    fn what_is_named_counts() {
        let with = Overrides {
            state_file: Some("/own".into()),
            pid_file: Some("/own.pid".into()),
            port: Some(1),
            log_snapshot: Some(true),
            task: Some("own".to_owned()),
            platform: Some("https://own/".to_owned()),
            token: Some(Token::File("/own.token".into())),
            command: Some("own".into()),
            allowed_hosts: Some("own".to_owned()),
            deadline: Some(Duration::from_secs(1)),
            ..Overrides::default()
        };
        let settings = of_environment().overridden(with).expect("a usable url");
        assert!(settings.persistence && settings.log_snapshot && !settings.state_file_is_assumed);
        assert_eq!(settings.state_file.as_deref(), Some("/own".as_ref()));
        assert_eq!(settings.pid_file.as_deref(), Some("/own.pid".as_ref()));
        assert_eq!((settings.port, settings.task.as_deref()), (1, Some("own")));
        assert_eq!(settings.platform.as_deref(), Some("https://own/"));
        assert!(settings.token == Some(Token::File("/own.token".into())));
        assert_eq!((settings.command, settings.allowed_hosts), ("own".into(), Some("own".to_owned())));
        assert_eq!(settings.deadline, Duration::from_secs(1));

        let with = Overrides { no_state: true, state_file: Some("/own".into()), ..Overrides::default() };
        let settings = of_environment().overridden(with).expect("no url");
        assert!(!settings.persistence && !settings.loads_only);
    }

    #[test]
    fn a_url_that_cannot_be_the_platform_s_is_named_and_not_repeated() {
        let with = Overrides { platform: Some("https://me:pw@host/".to_owned()), ..Overrides::default() };
        let error = of_environment().overridden(with).expect_err("a password in it");
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
        assert!(error.what().starts_with("url cannot be used: ") && !error.what().contains("pw"), "{error}");
    }
}
