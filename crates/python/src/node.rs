//! Python objects as nodes of the walk: borrowed in place, never copied into a tree.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use prestop::value::{Node, Shape, Text};
use pyo3::exceptions::{PyAttributeError, PyException};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple,
    PyType,
};

use crate::class::Class;
use crate::text;

/// What one walk remembers: the types met, and the exception that ends it.
pub struct Host<'py> {
    py: Python<'py>,
    /// Keyed by the type's address; the type is held, so that its address cannot be reused.
    classes: RefCell<HashMap<usize, (Bound<'py, PyType>, Class)>>,
    raised: Cell<Option<PyErr>>,
    stopped: Cell<bool>,
}

impl<'py> Host<'py> {
    pub fn new(py: Python<'py>) -> Self {
        Self { py, classes: RefCell::default(), raised: Cell::new(None), stopped: Cell::new(false) }
    }

    /// Returns the exception that ended the walk, if one did; see `note`.
    pub fn finish(self) -> PyResult<()> {
        self.raised.take().map_or(Ok(()), Err)
    }

    /// Returns how the walk treats `object`.
    pub fn class(&self, object: &Bound<'py, PyAny>) -> Class {
        let kind = object.get_type();
        let address = kind.as_ptr() as usize;
        if let Some((_, class)) = self.classes.borrow().get(&address) {
            return class.clone();
        }
        // This may run the host's code, so nothing is borrowed meanwhile.
        let class = Class::of(&kind);
        self.classes.borrow_mut().insert(address, (kind, class.clone()));
        class
    }

    /// Records an exception that an object raised. In the main thread, one that is not an `Exception`
    /// (`KeyboardInterrupt`, `SystemExit`) ends the walk, since a signal may have caused it. In another
    /// thread it is the object's own doing, like any other exception.
    fn note(&self, error: PyErr) {
        let ends = !error.is_instance_of::<PyException>(self.py) && self.is_main_thread().unwrap_or(true);
        if ends && !self.stopped.replace(true) {
            self.raised.set(Some(error));
        }
    }

    fn is_main_thread(&self) -> PyResult<bool> {
        let threading = self.py.import("threading")?;
        let main = threading.call_method0("main_thread")?.getattr("ident")?;
        threading.call_method0("get_ident")?.eq(main)
    }

    /// Returns the text that `str` gives for an object.
    fn text_of(&self, object: &Bound<'py, PyAny>) -> PyText<'py> {
        // `str` of bytes is their `repr`, but raises under `python -bb`.
        let text = if object.is_instance_of::<PyBytes>() || object.is_instance_of::<PyByteArray>() {
            object.repr()
        } else {
            object.str()
        };
        match text {
            Ok(text) => PyText::of(&text).unwrap_or_else(|| PyText::unprintable(object)),
            Err(error) => {
                self.note(error);
                PyText::unprintable(object)
            }
        }
    }
}

/// The text of a Python object.
pub enum PyText<'py> {
    /// A string without lone surrogates; its UTF-8 form is looked up once.
    Str(PyBackedStr, Python<'py>),
    Bytes(Bound<'py, PyBytes>),
    Owned(Rc<Vec<u8>>),
}

impl<'py> PyText<'py> {
    /// Returns the text that stands for an object without one.
    fn unprintable(object: &Bound<'py, PyAny>) -> Self {
        let name = object.get_type().name().and_then(|name| Ok(text::to_bytes(&name)?.into_owned()));
        Self::owned([b"[UNPRINTABLE ", name.unwrap_or_default().as_slice(), b"]"].concat())
    }

    fn owned(text: Vec<u8>) -> Self {
        Self::Owned(Rc::new(text))
    }

    /// Returns the text of a string; `None` if there is no memory for it.
    fn of(string: &Bound<'py, PyString>) -> Option<Self> {
        if let Ok(text) = PyBackedStr::try_from(string.clone()) {
            return Some(Self::Str(text, string.py()));
        }
        Some(Self::owned(join_surrogates(&text::to_bytes(string).ok()?)))
    }
}

impl Clone for PyText<'_> {
    fn clone(&self) -> Self {
        match self {
            Self::Str(text, py) => Self::Str(text.clone_ref(*py), *py),
            Self::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Self::Owned(text) => Self::Owned(text.clone()),
        }
    }
}

impl Text for PyText<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Str(text, _) => text.as_bytes(),
            Self::Bytes(bytes) => bytes.as_bytes(),
            Self::Owned(bytes) => bytes,
        }
    }
}

/// Replaces a pair of surrogates, which a `str` may hold as two characters, by the one character it means: in
/// JSON the two would be the same text.
fn join_surrogates(text: &[u8]) -> Vec<u8> {
    let pair = |at: usize| match text.get(at..at + 6) {
        Some(&[0xed, a @ 0xa0..=0xaf, b, 0xed, c @ 0xb0..=0xbf, d]) => {
            let unit = |high: u8, low: u8| u32::from(high & 0x0f) << 6 | u32::from(low & 0x3f);
            char::from_u32(0x1_0000 + (unit(a, b) << 10) + unit(c, d))
        }
        _ => None,
    };
    let mut joined = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if let Some(character) = pair(at) {
            joined.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            at += 6;
        } else {
            joined.push(text[at]);
            at += 1;
        }
    }
    joined
}

/// A Python object in a walk.
#[derive(Clone)]
pub struct PyNode<'a, 'py> {
    pub object: Bound<'py, PyAny>,
    pub host: &'a Host<'py>,
}

impl<'a, 'py> PyNode<'a, 'py> {
    fn new(host: &'a Host<'py>, object: Bound<'py, PyAny>) -> Self {
        Self { object, host }
    }

    /// Returns the text of an object of `str` or a subclass, without calling its methods.
    fn string(&self) -> Option<PyText<'py>> {
        PyText::of(self.object.cast::<PyString>().ok()?)
    }

    fn bytes(&self, class: &Class) -> Option<PyText<'py>> {
        match class {
            Class::Bytes => Some(PyText::Bytes(self.object.cast::<PyBytes>().ok()?.clone())),
            Class::ByteArray => Some(PyText::owned(self.object.cast::<PyByteArray>().ok()?.to_vec())),
            Class::MemoryView => {
                Some(PyText::Bytes(self.object.call_method0("tobytes").ok()?.cast_into::<PyBytes>().ok()?))
            }
            _ => None,
        }
    }

    fn integer(&self) -> Shape<PyText<'py>> {
        self.object.extract::<i64>().map_or(Shape::Huge, |number| Shape::Int(number.into()))
    }

    fn shape_of(&self, class: &Class) -> Shape<PyText<'py>> {
        match class {
            Class::Null => Shape::Null,
            Class::Bool => Shape::Bool(self.object.is_truthy().unwrap_or(false)),
            Class::Int => self.integer(),
            Class::Float => self.object.extract().map_or(Shape::Null, Shape::Float),
            Class::Str => Shape::Text(self.string().unwrap_or_else(|| PyText::unprintable(&self.object))),
            Class::Bytes | Class::ByteArray | Class::MemoryView => match self.bytes(class) {
                Some(text) => Shape::Bytes(text),
                None => Shape::Other(PyText::unprintable(&self.object)),
            },
            Class::List | Class::Tuple | Class::Deque => Shape::List,
            Class::Named(_) => Shape::Fixed,
            Class::Set | Class::FrozenSet => Shape::Set,
            Class::Dict | Class::Mapping | Class::Record(_) => Shape::Map,
            Class::Other => Shape::Other(self.host.text_of(&self.object)),
        }
    }

    /// Returns the pairs that the mapping's own `items` gives; `None` if it fails.
    fn mapping_items(&self) -> Option<Bound<'py, PyList>> {
        self.list(&self.object.call_method0("items").map_err(|error| self.host.note(error)).ok()?)
    }

    /// Returns the items of an iterable. For an interpreter's own type, no code can change it meanwhile.
    fn list(&self, iterable: &Bound<'py, PyAny>) -> Option<Bound<'py, PyList>> {
        let list = self.host.py.get_type::<PyList>().call1((iterable,));
        list.map_err(|error| self.host.note(error)).ok()?.cast_into::<PyList>().ok()
    }
}

impl<'py> Node for PyNode<'_, 'py> {
    type Text = PyText<'py>;

    fn shape(&self) -> Shape<PyText<'py>> {
        if self.host.stopped.get() {
            return Shape::Null;
        }
        let object = &self.object;
        // Exact types first, in order of frequency: these need no look-up.
        if object.is_exact_instance_of::<PyString>() {
            return self.shape_of(&Class::Str);
        }
        if object.is_exact_instance_of::<PyDict>() {
            return Shape::Map;
        }
        if object.is_exact_instance_of::<PyList>() || object.is_exact_instance_of::<PyTuple>() {
            return Shape::List;
        }
        if object.is_exact_instance_of::<PyInt>() {
            return self.integer();
        }
        if object.is_none() {
            return Shape::Null;
        }
        if object.is_exact_instance_of::<PyBool>() {
            return self.shape_of(&Class::Bool);
        }
        if object.is_exact_instance_of::<PyFloat>() {
            return self.shape_of(&Class::Float);
        }
        self.shape_of(&self.host.class(object))
    }

    fn text(&self) -> Option<PyText<'py>> {
        if self.object.is_instance_of::<PyString>() {
            return self.string();
        }
        let class = match () {
            () if self.object.is_instance_of::<PyBytes>() => Class::Bytes,
            () if self.object.is_instance_of::<PyByteArray>() => Class::ByteArray,
            () => return None,
        };
        self.bytes(&class)
    }

    fn is_list(&self) -> bool {
        let object = &self.object;
        object.is_exact_instance_of::<PyList>()
            || object.is_exact_instance_of::<PyTuple>()
            || !object.is_exact_instance_of::<PyDict>()
                && matches!(
                    self.host.class(object),
                    Class::List | Class::Tuple | Class::Deque | Class::Named(_)
                )
    }

    fn is_huge(&self) -> bool {
        self.object.is_instance_of::<PyInt>() && matches!(self.integer(), Shape::Huge)
    }

    fn is_map(&self) -> bool {
        self.object.is_exact_instance_of::<PyDict>()
            || matches!(self.host.class(&self.object), Class::Dict | Class::Mapping | Class::Record(_))
    }

    fn key_text(&self) -> PyText<'py> {
        if self.object.is_instance_of::<PyString>() {
            return self.string().unwrap_or_else(|| PyText::unprintable(&self.object));
        }
        match self.shape_of(&self.host.class(&self.object)) {
            Shape::Null => PyText::owned(b"null".to_vec()),
            Shape::Bool(value) => PyText::owned(value.to_string().into_bytes()),
            Shape::Int(number) => PyText::owned(number.to_string().into_bytes()),
            Shape::Huge => PyText::owned(prestop::value::huge_as_text(&self.hexadecimal())),
            Shape::Float(number) => PyText::owned(prestop::value::float_as_key(number).into_bytes()),
            Shape::Other(text) => text,
            _ => self.host.text_of(&self.object),
        }
    }

    fn is_plain_key(&self) -> bool {
        // Two different strings with lone surrogates may have the same text.
        self.object.cast_exact::<PyString>().is_ok_and(|key| key.to_str().is_ok())
    }

    fn identity(&self) -> Option<usize> {
        Some(self.object.as_ptr() as usize)
    }

    fn size(&self) -> Option<usize> {
        // Only for the interpreter's own types: the `__len__` of any other may run the host's code.
        let object = &self.object;
        let own = object.is_exact_instance_of::<PyDict>()
            || object.is_exact_instance_of::<PyList>()
            || object.is_exact_instance_of::<PyTuple>()
            || object.is_exact_instance_of::<PySet>()
            || object.is_exact_instance_of::<PyFrozenSet>();
        if own { object.len().ok() } else { None }
    }

    fn items(&self, mut push: impl FnMut(Self)) {
        let host = self.host;
        let mut push = |item| push(Self::new(host, item));
        if let Ok(list) = self.object.cast_exact::<PyList>() {
            return list.iter().for_each(push);
        }
        if let Ok(tuple) = self.object.cast_exact::<PyTuple>() {
            return tuple.iter().for_each(push);
        }
        // Through the object's own iterator, in one step; if that fails, the items that it stores as a list
        // or tuple.
        if let Some(list) = self.list(&self.object) {
            list.iter().for_each(push);
        } else if let Ok(list) = self.object.cast::<PyList>() {
            list.iter().for_each(push);
        } else if let Ok(tuple) = self.object.cast::<PyTuple>() {
            tuple.iter().for_each(&mut push);
        }
    }

    fn item_names(&self, mut push: impl FnMut(&[u8])) {
        if let Class::Named(names) = self.host.class(&self.object) {
            // A name that is not valid UTF-8 cannot come from a class statement and names no field here.
            names
                .iter()
                .for_each(|name| push(name.bind(self.host.py).to_str().unwrap_or_default().as_bytes()));
        }
    }

    fn entries(&self, mut push: impl FnMut(Self, Self)) {
        let host = self.host;
        let mut push = |key, value| push(Self::new(host, key), Self::new(host, value));
        if let Ok(dict) = self.object.cast_exact::<PyDict>() {
            return dict.iter().for_each(|(key, value)| push(key, value));
        }
        match host.class(&self.object) {
            Class::Record(fields) => {
                for field in fields.iter() {
                    let name = field.bind(host.py);
                    match self.object.getattr(name) {
                        Ok(value) => push(name.clone().into_any(), value),
                        // The field was never set.
                        Err(error) if error.is_instance_of::<PyAttributeError>(host.py) => {}
                        Err(error) => {
                            host.note(error);
                            let text = String::from_utf8_lossy(PyText::unprintable(&self.object).bytes())
                                .into_owned();
                            push(name.clone().into_any(), PyString::new(host.py, &text).into_any());
                        }
                    }
                }
            }
            _ => match (self.mapping_items(), self.object.cast::<PyDict>()) {
                (Some(items), _) => {
                    for item in items.iter() {
                        if let Ok((key, value)) = item.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>)>() {
                            push(key, value);
                        }
                    }
                }
                (None, Ok(dict)) => dict.iter().for_each(|(key, value)| push(key, value)),
                (None, Err(_)) => {}
            },
        }
    }

    fn hexadecimal(&self) -> Vec<u8> {
        // Through the type: a subclass may define its own `__format__`.
        let digits = self.host.py.get_type::<PyInt>().call_method1("__format__", (&self.object, "x"));
        match digits.and_then(|digits| Ok(digits.cast::<PyString>()?.to_str()?.as_bytes().to_vec())) {
            Ok(digits) => digits,
            Err(error) => {
                self.host.note(error);
                Vec::new()
            }
        }
    }

    fn aside<R: Send>(&self, len: usize, work: impl FnOnce() -> R + Send) -> R {
        text::search_part(self.host.py, len, work)
    }
}
