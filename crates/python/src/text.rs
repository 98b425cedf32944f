//! Text between Python and the core: `str` as UTF-8, with a lone surrogate encoded as three bytes.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};

use crate::fault::caught;
use crate::leave::released;

/// Texts of at least this many bytes are searched with the interpreter released: for shorter ones, releasing
/// and acquiring it costs more than the search.
const DETACH_FROM: usize = 16 * 1024;

/// Returns the bytes of `text`. Borrowed unless it contains a lone surrogate, which strict UTF-8 cannot
/// encode.
pub fn to_bytes<'a>(text: &'a Bound<'_, PyString>) -> PyResult<Cow<'a, [u8]>> {
    if let Ok(utf8) = text.to_str() {
        return Ok(Cow::Borrowed(utf8.as_bytes()));
    }
    // Through the type: a subclass may define its own `encode`.
    let encoded =
        text.py().get_type::<PyString>().call_method1("encode", (text, "utf-8", "surrogatepass"))?;
    Ok(Cow::Owned(encoded.cast::<PyBytes>()?.as_bytes().to_vec()))
}

/// Returns the bytes of a `text` from the system, in which each byte that is not UTF-8 is a lone surrogate
/// (`surrogateescape`).
pub fn system_bytes(text: &Bound<'_, PyString>) -> PyResult<Vec<u8>> {
    if let Ok(utf8) = text.to_str() {
        return Ok(utf8.as_bytes().to_vec());
    }
    let encoded = text.py().get_type::<PyString>().call_method1("encode", (text, "utf-8", "surrogateescape"));
    match encoded {
        Ok(encoded) => Ok(encoded.cast::<PyBytes>()?.as_bytes().to_vec()),
        // A surrogate that stands for no byte.
        Err(_) => Ok(to_bytes(text)?.into_owned()),
    }
}

/// Returns the `str` of `bytes` that came from [`to_bytes`], with or without replacements.
pub fn from_bytes<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
    if let Ok(utf8) = std::str::from_utf8(bytes) {
        return Ok(PyString::new(py, utf8));
    }
    let bytes = PyBytes::new(py, bytes);
    PyString::from_encoded_object(&bytes, Some(c"utf-8"), Some(c"surrogatepass"))
        // A rule of the user may split a character; the halves are not text.
        .or_else(|_| PyString::from_encoded_object(&bytes, Some(c"utf-8"), Some(c"replace")))
}

/// Returns the value of a JSON document.
pub fn load<'py>(py: Python<'py>, document: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    LOADS.import(py, "json", "loads")?.call1((from_bytes(py, document)?,))
}

/// Runs `work` over a text of `len` bytes, with the interpreter released if that is long.
///
/// # Errors
/// As [`caught`].
pub fn search<T: Send>(py: Python<'_>, len: usize, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    caught(|| search_part(py, len, work))
}

/// As [`search`], for a part of what is run by [`caught`].
pub fn search_part<T: Send>(py: Python<'_>, len: usize, work: impl FnOnce() -> T + Send) -> T {
    if len < DETACH_FROM { work() } else { released(py, work) }
}

/// Converts byte offsets into code-point offsets; the offsets must be asked for in ascending order.
pub struct CodePoints<'t> {
    text: &'t [u8],
    byte: usize,
    point: usize,
}

impl<'t> CodePoints<'t> {
    /// Creates a converter at the start of `text`.
    pub fn new(text: &'t [u8]) -> Self {
        Self { text, byte: 0, point: 0 }
    }

    /// Returns the number of code points before `byte`, which must not be less than in the previous call.
    pub fn at(&mut self, byte: usize) -> usize {
        let passed = self.text.get(self.byte..byte).unwrap_or_default();
        self.point += passed.iter().filter(|&&unit| unit & 0xC0 != 0x80).count();
        self.byte = byte.max(self.byte);
        self.point
    }
}

/// Returns a truth value as Python writes it.
pub fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}
