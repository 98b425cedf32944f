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

/// The variables that make AgentAPI keep its conversation. [`environment`] sets all of them or none; where it
/// sets none, those that the environment has already have to go.
///
/// ```
/// assert_eq!(prestop::agentapi::STATE_VARIABLES[0], "AGENTAPI_STATE_FILE");
/// ```
pub const STATE_VARIABLES: [&str; 3] = ["AGENTAPI_STATE_FILE", "AGENTAPI_SAVE_STATE", "AGENTAPI_LOAD_STATE"];

/// What to change in the environment that AgentAPI inherits.
///
/// ```
/// let variables = prestop::agentapi::environment(&Default::default());
/// assert!(variables.set.is_empty() && variables.remove.len() == 3 && !variables.refused);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Variables {
    /// The variables to set.
    pub set: Vec<(&'static str, OsString)>,
    /// The variables to remove where they are set: [`STATE_VARIABLES`] where no state is to be kept,
    /// else none.
    pub remove: &'static [&'static str],
    /// Whether a state file that was wanted is left out because the version is too old or unknown.
    pub refused: bool,
}

/// Returns the variables to set for AgentAPI, and those to remove.
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
/// let variables = environment(&wanted);
/// let names: Vec<&str> = variables.set.iter().map(|(name, _)| *name).collect();
/// assert_eq!(
///     names,
///     ["AGENTAPI_PID_FILE", "AGENTAPI_STATE_FILE", "AGENTAPI_SAVE_STATE", "AGENTAPI_LOAD_STATE"]
/// );
/// assert!(variables.remove.is_empty() && !variables.refused);
///
/// let variables = environment(&Environment { version: Some("0.11.8"), ..wanted });
/// assert_eq!((variables.set.len(), variables.refused), (1, true));
/// // One that is inherited would ask for a state all the same.
/// assert!(variables.remove.contains(&"AGENTAPI_STATE_FILE"));
/// ```
pub fn environment(wanted: &Environment<'_>) -> Variables {
    let mut set: Vec<(&'static str, OsString)> = Vec::new();
    if let Some(path) = wanted.pid_file {
        set.push(("AGENTAPI_PID_FILE", path.into()));
    }
    if let Some(hosts) = wanted.allowed_hosts {
        set.push(("AGENTAPI_ALLOWED_HOSTS", hosts.into()));
    }
    let capable = wanted.version.is_some_and(|version| version_at_least(version, PERSISTENCE));
    let Some(path) = wanted.state_file.filter(|_| capable) else {
        return Variables { set, remove: &STATE_VARIABLES, refused: wanted.state_file.is_some() };
    };
    set.push(("AGENTAPI_STATE_FILE", path.into()));
    set.push(("AGENTAPI_SAVE_STATE", "true".into()));
    set.push(("AGENTAPI_LOAD_STATE", "true".into()));
    Variables { set, remove: &[], refused: false }
}
