//! The environment of this command: the path of the snapshot, settings of the scrubber, and secrets.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use prestop::scrub::secrets_from;

/// The default path of the snapshot, as in the modules that write it.
const SNAPSHOT: &str = "/configs/.agent_snapshot.json";

/// A name and a value; the value need not be UTF-8.
type Variable = (String, Vec<u8>);

/// Returns a variable if it is set, not empty, and valid Unicode.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the path of the snapshot if no argument gives it: `AGENT_SNAPSHOT_PATH`, else
/// `/configs/.agent_snapshot.json`.
pub fn snapshot_path() -> PathBuf {
    let variable = std::env::var_os("AGENT_SNAPSHOT_PATH").filter(|value| !value.is_empty());
    variable.map_or_else(|| PathBuf::from(SNAPSHOT), PathBuf::from)
}

/// Returns the secrets of this process: its variables with sensitive names, and the contents of the files
/// through which a workspace receives its secrets.
pub fn secrets() -> Vec<Variable> {
    let named = |(name, value): (OsString, OsString)| (name.to_string_lossy().into_owned(), value.into_vec());
    let variables: Vec<Variable> = std::env::vars_os().map(named).collect();
    let mut secrets = prestop_agent::credentials::own(&variables);
    secrets.extend(secrets_among(variables));
    secrets
}

/// Returns the secrets among the variables in a text: one `NAME=VALUE` a line, with `export`, quotes and
/// comments as in shells and `.env` files.
pub fn secrets_in(text: &[u8]) -> Vec<Variable> {
    let variable = |line: &[u8]| {
        let line = line.trim_ascii();
        let line = line.strip_prefix(b"export ").unwrap_or(line);
        let equals = line.iter().position(|&byte| byte == b'=')?;
        let (name, value) = (&line[..equals], line[equals + 1..].trim_ascii());
        let bare = [b"\"", b"'"].iter().find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote));
        let name = String::from_utf8_lossy(name.trim_ascii()).into_owned();
        (!name.starts_with('#')).then(|| (name, bare.unwrap_or(value).to_vec()))
    };
    secrets_among(text.split(|&byte| byte == b'\n').filter_map(variable).collect())
}

fn secrets_among(variables: Vec<Variable>) -> Vec<Variable> {
    secrets_from(variables, Path::exists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_as_they_are_written_down() {
        let text = "# DB_PASSWORD=commented-out7\nexport DB_PASSWORD='open-sesame-7'\nAPI_TOKEN = \"q7Rk2mXw9Tb4\"\nDEBUG=true\n\
                    URL=postgres://app:q7Rk2mXw9Tb5@db/x\r\nnothing\nPASSWORD=short\n";
        let secrets = secrets_in(text.as_bytes());
        let secrets: Vec<(&str, &str)> = secrets
            .iter()
            .map(|(name, value)| (name.as_str(), std::str::from_utf8(value).unwrap_or_default()))
            .collect();
        let wanted =
            [("DB_PASSWORD", "open-sesame-7"), ("API_TOKEN", "q7Rk2mXw9Tb4"), ("URL", "q7Rk2mXw9Tb5")];
        assert_eq!(secrets, wanted);
    }
}
