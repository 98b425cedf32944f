//! The files in which a process receives its secrets.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::known::LONGEST;
use super::sensitive_label;
use crate::file;

/// The directory in which containers find their mounted secrets; each file is named after the secret in it.
///
/// ```
/// let path = std::path::Path::new(prestop::scrub::MOUNTED_SECRETS).join("db_password");
/// assert!(path.is_absolute());
/// ```
pub const MOUNTED_SECRETS: &str = "/run/secrets";

/// The file with the service-account token of a Kubernetes pod.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// The configuration directory of a workspace, unless `CONFIGS_DIR` names another one.
const CONFIGS: &str = "/configs";

/// Returns the secret files that environment variables name: for `DB_PASSWORD_FILE` its target, under the
/// name `DB_PASSWORD`.
///
/// ```
/// let variables = [("DB_PASSWORD_FILE", "/etc/app/db"), ("LOG_FILE", "/var/log/app"), ("TOKEN_FILE", "")];
/// let files: Vec<_> = prestop::scrub::files_named_by(variables).collect();
/// assert_eq!(files, [("DB_PASSWORD".to_owned(), "/etc/app/db".into())]);
/// ```
pub fn files_named_by<N: AsRef<str>, V: Into<Vec<u8>>>(
    variables: impl IntoIterator<Item = (N, V)>,
) -> impl Iterator<Item = (String, PathBuf)> {
    variables.into_iter().filter_map(|(name, value)| {
        let (name, value) = (name.as_ref(), value.into());
        let whose = name.get(..name.len().checked_sub("_FILE".len())?)?;
        let is_file = name[whose.len()..].eq_ignore_ascii_case("_FILE");
        // A file under any other name may be a log or a disk.
        let is_secret = is_file && !value.is_empty() && sensitive_label(whose.as_bytes()).is_some();
        is_secret.then(|| (whose.to_owned(), PathBuf::from(OsString::from_vec(value))))
    })
}

/// Returns the files that hold a workspace's own secrets, each with a name for its content. `configs` is the
/// value of `CONFIGS_DIR`. The files in [`MOUNTED_SECRETS`] are not included.
///
/// ```
/// let files = prestop::scrub::credential_files(Some("/srv/ws"));
/// assert_eq!(files[0], ("AUTH_TOKEN", "/srv/ws/.auth_token".into()));
/// assert_eq!(files.len(), 3);
/// ```
pub fn credential_files(configs: Option<&str>) -> [(&'static str, PathBuf); 3] {
    let configs = Path::new(configs.filter(|configs| !configs.is_empty()).unwrap_or(CONFIGS));
    [
        ("AUTH_TOKEN", configs.join(".auth_token")),
        ("PLATFORM_INBOUND_SECRET", configs.join(".platform_inbound_secret")),
        ("SERVICE_ACCOUNT_TOKEN", PathBuf::from(SERVICE_ACCOUNT)),
    ]
}

/// Reads a credential file, at most its first 64 KiB, and trims white space.
///
/// Returns `None` if it is not a regular file, is not text, or cannot be read.
///
/// ```
/// # let place = tempfile::tempdir()?;
/// # let path = place.path().join("token");
/// std::fs::write(&path, "q7Rk2mXw9Tb4\n")?;
/// assert_eq!(prestop::scrub::read_credential(&path).as_deref(), Some("q7Rk2mXw9Tb4"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_credential(path: impl AsRef<Path>) -> Option<String> {
    let bytes = file::read_beginning(path, LONGEST).ok()?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        // The last character is cut off, because the file is longer.
        Err(error) if error.error_len().is_none() && bytes.len() == LONGEST => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    Some(text.trim().to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_may_end_in_the_middle_of_a_character() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("token");
        for text in ["ä".repeat(LONGEST), format!("x{}", "ä".repeat(LONGEST)), "x".repeat(LONGEST + 1)] {
            std::fs::write(&path, &text).unwrap();
            let read = read_credential(&path).unwrap();
            assert!(text.starts_with(&read) && read.len() >= LONGEST - 1, "{}", read.len());
        }
        std::fs::write(&path, b"ab\xc3").unwrap();
        assert_eq!(read_credential(&path), None);
        assert_eq!(read_credential(place.path()), None);
    }

    #[test]
    fn a_variable_names_a_file_in_any_case() {
        let variables = [
            ("my_token_file", "/a"),
            ("_FILE", "/b"),
            ("FILE", "/c"),
            ("SORT_KEY_FILE", "/d"),
            ("ä_FILE", "/e"),
        ];
        let files: Vec<_> = files_named_by(variables).collect();
        assert_eq!(files, [("my_token".to_owned(), PathBuf::from("/a"))]);
    }
}
