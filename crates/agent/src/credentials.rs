//! The files through which a process receives its secrets: found, and read.

use std::fs;
use std::path::{Path, PathBuf};

use prestop::scrub::{
    MOUNTED_SECRETS, credential_files, files_named_by, read_credential, secrets_in_credential,
};

/// The most files that are read of a directory, and of those that variables name.
const MOST: usize = 256;

/// A name and a value; the value need not be UTF-8.
type Secret = (String, Vec<u8>);

/// Returns the secrets in the files that belong to this process and in those that its variables name.
///
/// ```
/// # let place = tempfile::tempdir()?;
/// std::fs::write(place.path().join(".auth_token"), "q7Rk2mXw9Tb4")?;
/// let configs = place.path().to_str().unwrap_or_default();
/// let secrets = prestop_agent::credentials::own(&[("CONFIGS_DIR".to_owned(), configs.into())]);
/// assert!(secrets.contains(&("AUTH_TOKEN".to_owned(), b"q7Rk2mXw9Tb4".to_vec())));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn own(variables: &[(String, Vec<u8>)]) -> Vec<Secret> {
    held_in(files(variables).into_iter().chain(mounted()))
}

/// Returns the files with secrets that belong to this process, except the mounted ones, and those that its
/// variables name; each with a name for its content.
///
/// ```
/// let files = prestop_agent::credentials::files(&[("DB_PASSWORD_FILE".to_owned(), b"/run/db".to_vec())]);
/// assert!(files.contains(&("DB_PASSWORD".to_owned(), "/run/db".into())));
/// ```
pub fn files(variables: &[(String, Vec<u8>)]) -> Vec<(String, PathBuf)> {
    let configs = variables.iter().find(|(name, _)| name == "CONFIGS_DIR");
    let configs = configs.and_then(|(_, value)| std::str::from_utf8(value).ok());
    let own = credential_files(configs).into_iter().map(|(name, path)| (name.to_owned(), path));
    own.chain(named(variables)).collect()
}

/// Returns the secrets in the files that variables name: for `DB_PASSWORD_FILE`, the content of that file.
///
/// ```
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("db");
/// std::fs::write(&path, "q7Rk2mXw9Tb4\n")?;
/// let variables = [("DB_PASSWORD_FILE".to_owned(), path.to_str().unwrap_or_default().into())];
/// let secrets = prestop_agent::credentials::named_by(&variables);
/// assert_eq!(secrets, [("DB_PASSWORD".to_owned(), b"q7Rk2mXw9Tb4".to_vec())]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn named_by(variables: &[(String, Vec<u8>)]) -> Vec<Secret> {
    held_in(named(variables))
}

fn named(variables: &[(String, Vec<u8>)]) -> impl Iterator<Item = (String, PathBuf)> {
    files_named_by(variables.iter().map(|(name, value)| (name, value.clone()))).take(MOST)
}

fn held_in(files: impl Iterator<Item = (String, PathBuf)>) -> Vec<Secret> {
    let held = files.filter_map(|(name, path)| Some((name, read_credential(path)?)));
    held.flat_map(|(name, value)| secrets_in_credential(&name, value)).collect()
}

/// Returns the files mounted for containers, with their names.
fn mounted() -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(Path::new(MOUNTED_SECRETS)).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths.truncate(MOST);
    let named = |path: PathBuf| Some((path.file_name()?.to_str()?.to_owned(), path));
    paths.into_iter().filter_map(named).collect()
}
