//! The sink that builds Python objects: what did not change is the same object, at every level.

use prestop::value::{Container, Kind, Shape, Sink};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyFrozenSet, PyList, PySet, PyString, PyTuple};

use crate::class::Class;
use crate::node::{Host, PyNode, PyText};
use crate::text;

/// Builds the scrubbed object.
pub struct Rebuild<'a, 'py> {
    py: Python<'py>,
    host: &'a Host<'py>,
    open: Vec<Open<'py>>,
    /// The keys and the values of the open containers, those of the innermost one last.
    keys: Vec<Bound<'py, PyAny>>,
    values: Vec<Bound<'py, PyAny>>,
    built: Option<Bound<'py, PyAny>>,
    error: Option<PyErr>,
}

/// A container whose end has not been reached.
struct Open<'py> {
    original: Bound<'py, PyAny>,
    /// Where its keys and its values begin among those of all open containers.
    first_key: usize,
    first_value: usize,
    changed: bool,
}

impl<'a, 'py> Rebuild<'a, 'py> {
    pub fn new(py: Python<'py>, host: &'a Host<'py>) -> Self {
        Self { py, host, open: Vec::new(), keys: Vec::new(), values: Vec::new(), built: None, error: None }
    }

    /// Returns the finished object.
    pub fn finish(self) -> PyResult<Bound<'py, PyAny>> {
        match (self.error, self.built) {
            (Some(error), _) => Err(error),
            (None, Some(built)) => Ok(built),
            (None, None) => Ok(self.py.None().into_bound(self.py)),
        }
    }

    fn put(&mut self, value: Bound<'py, PyAny>, changed: bool) {
        match self.open.last_mut() {
            Some(open) => {
                self.values.push(value);
                open.changed |= changed;
            }
            None => self.built = Some(value),
        }
    }

    fn try_put(&mut self, value: PyResult<Bound<'py, PyAny>>) {
        let value = value.unwrap_or_else(|error| {
            self.error.get_or_insert(error);
            self.py.None().into_bound(self.py)
        });
        self.put(value, true);
    }

    /// Builds a container of these keys, if it has any, and values.
    fn build(
        &self,
        original: &Bound<'py, PyAny>,
        keys: &[Bound<'py, PyAny>],
        values: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let exact = original.get_type();
        match self.host.class(original) {
            Class::Tuple => Ok(PyTuple::new(py, values)?.into_any()),
            Class::Named(_) => {
                let tuple = PyTuple::new(py, values)?;
                // A type may refuse the changed values in `_make`; the plain tuple has the same content.
                Ok(exact.call_method1("_make", (&tuple,)).unwrap_or_else(|_| tuple.into_any()))
            }
            Class::Set => build_set(values, PySet::empty(py)?).map(Bound::into_any),
            Class::FrozenSet => {
                let set = build_set(values, PySet::empty(py)?)?;
                Ok(PyFrozenSet::new(py, set.iter())?.into_any())
            }
            Class::Deque => {
                let deque = py.import("collections")?.getattr("deque")?;
                let maxlen = original.getattr("maxlen").unwrap_or_else(|_| py.None().into_bound(py));
                deque.call1((PyList::new(py, values)?, maxlen))
            }
            Class::Dict | Class::Mapping | Class::Record(_) => {
                let dict = PyDict::new(py);
                for (key, value) in keys.iter().zip(values) {
                    put_apart(&dict, key, value)?;
                }
                Ok(dict.into_any())
            }
            _ => Ok(PyList::new(py, values)?.into_any()),
        }
    }
}

/// Fills a set. An item that has become unhashable (a frozen dataclass is a dict now) is added as its text.
fn build_set<'py>(items: Vec<Bound<'py, PyAny>>, set: Bound<'py, PySet>) -> PyResult<Bound<'py, PySet>> {
    for item in items {
        if set.add(&item).is_err() {
            set.add(item.str()?)?;
        }
    }
    Ok(set)
}

/// Adds an entry to a dict. If the key is already taken, the entry is kept under another key.
fn put_apart<'py>(
    dict: &Bound<'py, PyDict>,
    key: &Bound<'py, PyAny>,
    value: Bound<'py, PyAny>,
) -> PyResult<()> {
    match dict.contains(key) {
        Ok(false) => dict.set_item(key, value),
        taken => {
            // The key is taken, or can no longer be hashed: use its text, with the first free number if
            // needed.
            let name = key.str()?.to_cow()?.into_owned();
            let mut number = if taken.is_ok() { 2_u64 } else { 1 };
            loop {
                let name = if number == 1 { name.clone() } else { format!("{name}#{number}") };
                if !dict.contains(&name)? {
                    return dict.set_item(name, value);
                }
                number += 1;
            }
        }
    }
}

impl<'a, 'py> Sink<PyNode<'a, 'py>> for Rebuild<'a, 'py> {
    const JSON: bool = false;

    fn plain(&mut self, node: &PyNode<'a, 'py>, _: &Shape<PyText<'py>>) {
        self.put(node.object.clone(), false);
    }

    fn kept(&mut self, node: &PyNode<'a, 'py>, text: &[u8], kind: Kind) {
        if kind == Kind::Other && text.starts_with(b"[UNPRINTABLE ") {
            // An object whose text cannot be read cannot be searched, so it is not passed on.
            return self.replaced(node, text, kind);
        }
        self.put(node.object.clone(), false);
    }

    fn replaced(&mut self, node: &PyNode<'a, 'py>, text: &[u8], kind: Kind) {
        let value = match kind {
            Kind::Bytes if node.object.is_instance_of::<PyByteArray>() => {
                Ok(PyByteArray::new(self.py, text).into_any())
            }
            Kind::Bytes => Ok(PyBytes::new(self.py, text).into_any()),
            Kind::Text | Kind::Other => text::from_bytes(self.py, text).map(Bound::into_any),
        };
        self.try_put(value);
    }

    fn marker(&mut self, marker: &str) {
        self.put(PyString::new(self.py, marker).into_any(), true);
    }

    fn open(&mut self, node: &PyNode<'a, 'py>, _: Container) {
        self.open.push(Open {
            original: node.object.clone(),
            first_key: self.keys.len(),
            first_value: self.values.len(),
            changed: false,
        });
    }

    fn key(&mut self, key: &PyNode<'a, 'py>, text: &[u8], renamed: bool) {
        let key = if renamed {
            text::from_bytes(self.py, text).map(Bound::into_any)
        } else {
            Ok(key.object.clone())
        };
        match (key, self.open.last_mut()) {
            (Ok(key), Some(open)) => {
                self.keys.push(key);
                open.changed |= renamed;
            }
            (Err(error), _) => {
                self.error.get_or_insert(error);
            }
            (Ok(_), None) => {}
        }
    }

    fn dropped(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.changed = true;
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if open.changed {
            let keys = self.keys.split_off(open.first_key);
            let values = self.values.split_off(open.first_value);
            let built = self.build(&open.original, &keys, values);
            self.try_put(built);
        } else {
            self.keys.truncate(open.first_key);
            self.values.truncate(open.first_value);
            self.put(open.original, false);
        }
    }
}
