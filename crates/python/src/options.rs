//! The options of a scrubber: from Python objects into the core's builder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use prestop::Preset;
use prestop::scrub::{added_secrets, builder_from_settings, read_rules, secrets_from, secrets_in_credential};
use prestop_agent::credentials;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::errors::raise;
use crate::leave::detached;
use crate::scrubber::Scrubber;
use crate::text;

/// The arguments of `Scrubber(...)`.
pub struct Options<'a, 'py> {
    /// The name of the preset.
    pub preset: &'a str,
    /// The path of a file of rules.
    pub rules: Option<PathBuf>,
    /// Ids of rules to leave out.
    pub disable: Option<&'a Bound<'py, PyAny>>,
    /// Texts of findings to leave alone.
    pub allow: Option<&'a Bound<'py, PyAny>>,
    /// A mapping of names to values.
    pub known_secrets: Option<&'a Bound<'py, PyAny>>,
}

impl Options<'_, '_> {
    /// Builds the scrubber, which also knows `secrets`.
    ///
    /// # Errors
    /// `ValueError` that names the option.
    pub fn build(self, py: Python<'_>, secrets: Vec<Variable>) -> PyResult<Scrubber> {
        let preset: Preset = self.preset.parse().map_err(|error| raise(&error))?;
        let disable = self.disable.map(|ids| texts("disable", ids)).transpose()?;
        let allow = self.allow.map(|allowed| texts("allow", allowed)).transpose()?;
        let known = self.known_secrets.map(|known| pairs("known_secrets", known)).transpose()?;
        let build = || {
            let mut builder = prestop::Scrubber::builder(preset).with_known_secrets(secrets)?;
            if let Some(path) = self.rules {
                builder = builder.with_rules(&read_rules(&path)?)?;
            }
            let ids = disable.unwrap_or_default();
            builder
                .with_disabled(ids.iter().map(|id| String::from_utf8_lossy(id)))
                .with_allowed(allow.unwrap_or_default())
                .with_known_secrets(known.unwrap_or_default())?
                .build()
        };
        // The file of rules may be on a slow disk.
        detached(py, build)?.map(Scrubber::new_from).map_err(|error| raise(&error))
    }
}

/// Build the scrubber of the drop-in modules; return it, the faults of the settings, and an error or None.
///
/// A fault in the preset or the rules leaves `strict` with every rule that can be used. The scrubber knows
/// the secrets of `now` and, while there is room, those of `before`. Each of the two is a triple of pairs:
/// environment variables, contents of credential files, and secrets added by hand. A credential file counts
/// as a variable with a sensitive name; an added secret is known as it is. If those of `now` are too many,
/// the newest are known and the error says so.
#[pyfunction]
#[allow(clippy::needless_pass_by_value, reason = "what is taken out of a Python object is owned")]
pub fn shared(
    py: Python<'_>,
    preset: &Bound<'_, PyString>,
    rules: Option<PathBuf>,
    now: &Bound<'_, PyAny>,
    before: &Bound<'_, PyAny>,
) -> PyResult<(Scrubber, Vec<String>, Option<String>)> {
    let preset = preset.to_string_lossy();
    let (now, before) = (Known::of(now)?, Known::of(before)?);
    let build = || {
        let (builder, faults) = builder_from_settings(&preset, rules.as_deref());
        let builder = builder.with_former_secrets(before.secrets())?;
        let (builder, too_many) = builder.with_newest_secrets(&now.secrets())?;
        Ok((builder.build()?, faults, too_many))
    };
    // The file of rules, and the paths among the variables, may be on a slow disk.
    let (core, faults, too_many) = detached(py, build)?.map_err(|error: prestop::Error| raise(&error))?;
    Ok((Scrubber::new_from(core), faults, too_many.map(|error| error.to_string())))
}

/// Where secrets are known from: variables, the contents of credential files, and those added by hand.
struct Known {
    variables: Vec<Variable>,
    credentials: Vec<Variable>,
    added: Vec<Variable>,
}

impl Known {
    fn of(known: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (variables, credentials, added): (Bound<'_, PyAny>, Bound<'_, PyAny>, Bound<'_, PyAny>) =
            known.extract()?;
        Ok(Self {
            variables: texts_of(&variables)?,
            credentials: texts_of(&credentials)?,
            added: texts_of(&added)?,
        })
    }

    /// Returns the secrets among the variables, in the credential files and among those added, in this order.
    fn secrets(self) -> Vec<Variable> {
        let mut secrets = secrets_from(self.variables, Path::exists);
        for (name, value) in self.credentials {
            secrets.extend(secrets_in_credential(&name, value));
        }
        for (name, value) in self.added {
            secrets.extend(added_secrets(&name, value));
        }
        secrets
    }
}

/// Return the name and path of every credential file: the process's own, and those that variables name.
#[pyfunction]
pub fn credential_files(environ: &Bound<'_, PyAny>) -> PyResult<Vec<(String, OsString)>> {
    let files = credentials::files(&variables(environ)?).into_iter();
    Ok(files.map(|(name, path)| (name, path.into_os_string())).collect())
}

/// Return the content of a credential file, or None if it cannot be read or is not a file of text.
#[pyfunction]
pub fn read_credential(py: Python<'_>, path: PathBuf) -> PyResult<Option<String>> {
    detached(py, move || prestop::scrub::read_credential(path))
}

/// A name and a value; the value need not be UTF-8.
type Variable = (String, Vec<u8>);

/// Returns the variables of a mapping such as `os.environ`.
fn variables(environ: &Bound<'_, PyAny>) -> PyResult<Vec<Variable>> {
    texts_of(&environ.call_method0("items")?)
}

/// Returns pairs of names and values, as bytes of the system.
///
/// # Errors
/// `TypeError` for what is not text: a secret that was left out would not be redacted.
fn texts_of(items: &Bound<'_, PyAny>) -> PyResult<Vec<Variable>> {
    let mut variables = Vec::new();
    for item in items.try_iter()? {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item?.extract()?;
        let wrong = |what: &str| PyTypeError::new_err(format!("environ: {what} is not text"));
        let name = name.cast::<PyString>().map_err(|_| wrong("a name"))?.to_string_lossy();
        let value = value.cast::<PyString>().map_err(|_| wrong(&format!("the value of {name}")))?;
        variables.push((name.into_owned(), text::system_bytes(value)?));
    }
    Ok(variables)
}

/// Returns the secrets of an environment, by default the process's own. The process also has credential files
/// that no variable names.
pub fn secrets_of_environment(py: Python<'_>, environ: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Variable>> {
    let variables = match environ {
        Some(environ) => variables(environ)?,
        None => variables(&py.import("os")?.getattr("environ")?)?,
    };
    let own = environ.is_none();
    detached(py, || {
        let mut secrets = if own { credentials::own(&variables) } else { credentials::named_by(&variables) };
        secrets.extend(secrets_from(variables, Path::exists));
        secrets
    })
}

/// Returns the texts of an iterable; a single text is not accepted as one.
fn texts(option: &str, given: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<u8>>> {
    let wrong = || PyValueError::new_err(format!("{option} is not a list of texts"));
    if given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>() {
        return Err(wrong());
    }
    let items = given.try_iter().map_err(|_| wrong())?;
    items.map(|item| text_or_bytes(&item?).ok_or_else(wrong)).collect()
}

/// Returns the names and values of a mapping.
fn pairs(option: &str, given: &Bound<'_, PyAny>) -> PyResult<Vec<(String, Vec<u8>)>> {
    let wrong = || PyValueError::new_err(format!("{option} is not a mapping of names to texts"));
    let items = given.call_method0("items").and_then(|items| items.try_iter()).map_err(|_| wrong())?;
    let pair = |item: PyResult<Bound<'_, PyAny>>| {
        let (name, value): (String, Bound<'_, PyAny>) = item?.extract().map_err(|_| wrong())?;
        Ok((name, text_or_bytes(&value).ok_or_else(wrong)?))
    };
    items.map(pair).collect()
}

fn text_or_bytes(value: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Some(bytes.as_bytes().to_vec());
    }
    text::to_bytes(value.cast::<PyString>().ok()?).ok().map(std::borrow::Cow::into_owned)
}
