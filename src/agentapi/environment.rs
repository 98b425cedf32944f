//! The environment variables with which AgentAPI is started.

use std::ffi::OsString;
use std::path::Path;

use super::version::{PERSISTENCE, version_at_least};

/// What a start of AgentAPI should have.
///
/// ```
/// let wanted = prestop::agentapi::Environment { version: Some("0.12.1"), ..Default::default() };
/// assert!(wanted.state_file.is_none() && wanted.pid_file.is_none() && wanted.allowed_hosts.is_none());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment<'a> {
    /// The file for the conversation; `None` if it is not to be kept.
    pub state_file: Option<&'a Path>,
    /// The file for the process id.
    pub pid_file: Option<&'a Path>,
    /// The host names that requests may use, in the format of `AGENTAPI_ALLOWED_HOSTS`.
    pub allowed_hosts: Option<&'a str>,
    /// The output of `agentapi --version`, if there was any.
    pub version: Option<&'a str>,
}

/// Returns the environment variables to set, and whether a requested state file is left out because the
/// version is too old or unknown.
///
/// A version without state files either refuses to start with these variables or ignores them. The start of a
/// workspace is not the time to find out which.
///
/// ```
/// use prestop::agentapi::{Environment, environment};
/// use std::path::Path;
///
/// let wanted = Environment {
///     state_file: Some(Path::new("/home/coder/.module/agentapi-state.json")),
///     pid_file: Some(Path::new("/home/coder/.module/agentapi.pid")),
///     version: Some("agentapi version 0.12.1"),
///     ..Environment::default()
/// };
/// let (variables, refused) = environment(&wanted);
/// let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
/// assert_eq!(
///     names,
///     ["AGENTAPI_PID_FILE", "AGENTAPI_STATE_FILE", "AGENTAPI_SAVE_STATE", "AGENTAPI_LOAD_STATE"]
/// );
/// assert!(!refused);
///
/// let (variables, refused) = environment(&Environment { version: Some("0.11.8"), ..wanted });
/// assert_eq!((variables.len(), refused), (1, true));
/// ```
pub fn environment(wanted: &Environment<'_>) -> (Vec<(&'static str, OsString)>, bool) {
    let mut variables: Vec<(&'static str, OsString)> = Vec::new();
    if let Some(path) = wanted.pid_file {
        variables.push(("AGENTAPI_PID_FILE", path.into()));
    }
    if let Some(hosts) = wanted.allowed_hosts {
        variables.push(("AGENTAPI_ALLOWED_HOSTS", hosts.into()));
    }
    let Some(path) = wanted.state_file else { return (variables, false) };
    if !wanted.version.is_some_and(|version| version_at_least(version, PERSISTENCE)) {
        return (variables, true);
    }
    variables.push(("AGENTAPI_STATE_FILE", path.into()));
    variables.push(("AGENTAPI_SAVE_STATE", "true".into()));
    variables.push(("AGENTAPI_LOAD_STATE", "true".into()));
    (variables, false)
}
