//! Text between Python and the core: `str` as UTF-8 in which a lone surrogate is its three bytes.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};

use crate::leave::detached;

/// Texts of at least this many bytes are searched with the interpreter released: below it, releasing
/// and taking it again costs more than the search.
const DETACH_FROM: usize = 16 * 1024;

/// The bytes of `text`. Borrowed unless it holds a lone surrogate, which UTF-8 proper cannot say.
pub fn to_bytes<'a>(text: &'a Bound<'_, PyString>) -> PyResult<Cow<'a, [u8]>> {
    if let Ok(utf8) = text.to_str() {
        return Ok(Cow::Borrowed(utf8.as_bytes()));
    }
    // Through the type: a subclass may have an `encode` of its own.
    let encoded =
        text.py().get_type::<PyString>().call_method1("encode", (text, "utf-8", "surrogatepass"))?;
    Ok(Cow::Owned(encoded.cast::<PyBytes>()?.as_bytes().to_vec()))
}

/// The bytes of `text` where it came from the system, which has each byte that is not UTF-8 as a lone surrogate.
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

/// The `str` of `bytes` that came from [`to_bytes`], with or without replacements.
pub fn from_bytes<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyString>> {
    if let Ok(utf8) = std::str::from_utf8(bytes) {
        return Ok(PyString::new(py, utf8));
    }
    let bytes = PyBytes::new(py, bytes);
    PyString::from_encoded_object(&bytes, Some(c"utf-8"), Some(c"surrogatepass"))
        // A rule of the user's own may cut a character in two; the halves are not text.
        .or_else(|_| PyString::from_encoded_object(&bytes, Some(c"utf-8"), Some(c"replace")))
}

/// The value of a JSON document.
pub fn load<'py>(py: Python<'py>, document: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    LOADS.import(py, "json", "loads")?.call1((from_bytes(py, document)?,))
}

/// Runs `work` over a text of `len` bytes, with the interpreter released when that is long.
pub fn search<T: Send>(py: Python<'_>, len: usize, work: impl FnOnce() -> T + Send) -> T {
    if len < DETACH_FROM { work() } else { detached(py, work) }
}

/// Turns byte offsets into code-point offsets, for offsets asked in ascending order.
pub struct CodePoints<'t> {
    text: &'t [u8],
    byte: usize,
    point: usize,
}

impl<'t> CodePoints<'t> {
    /// A counter at the start of `text`.
    pub fn new(text: &'t [u8]) -> Self {
        Self { text, byte: 0, point: 0 }
    }

    /// The number of code points before `byte`, which is not below the one asked last.
    pub fn at(&mut self, byte: usize) -> usize {
        let passed = self.text.get(self.byte..byte).unwrap_or_default();
        self.point += passed.iter().filter(|&&unit| unit & 0xC0 != 0x80).count();
        self.byte = byte.max(self.byte);
        self.point
    }
}

/// How Python writes a truth value.
pub fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}
