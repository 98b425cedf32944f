//! How the walk treats objects of a Python type, determined once per type.

use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyMemoryView, PyNone, PySet,
    PyString, PyTuple, PyType,
};

/// How objects of a type are treated.
#[derive(Clone)]
pub enum Class {
    Null,
    Bool,
    Int,
    Float,
    Str,
    Bytes,
    ByteArray,
    MemoryView,
    List,
    Tuple,
    /// A named tuple, with the names of its fields.
    Named(Rc<[Py<PyString>]>),
    Set,
    FrozenSet,
    Deque,
    Dict,
    /// A mapping that is not a dict.
    Mapping,
    /// A dataclass, with the names of its fields.
    Record(Rc<[Py<PyString>]>),
    /// Anything else, represented by its `str`.
    Other,
}

impl Class {
    /// Returns the class of a type. It inspects only the type and never an object, whose `__class__` may lie.
    pub fn of(kind: &Bound<'_, PyType>) -> Self {
        let py = kind.py();
        // A dataclass may also be an exception, but one that is also a dict or a list is treated as that.
        for (base, class) in [
            (py.get_type::<PyString>(), Self::Str),
            (py.get_type::<PyDict>(), Self::Dict),
            (py.get_type::<PyList>(), Self::List),
            (py.get_type::<PyBool>(), Self::Bool),
            (py.get_type::<PyInt>(), Self::Int),
            (py.get_type::<PyFloat>(), Self::Float),
            (py.get_type::<PyNone>(), Self::Null),
            (py.get_type::<PyBytes>(), Self::Bytes),
            (py.get_type::<PyByteArray>(), Self::ByteArray),
            (py.get_type::<PyMemoryView>(), Self::MemoryView),
            (py.get_type::<PySet>(), Self::Set),
            (py.get_type::<PyFrozenSet>(), Self::FrozenSet),
        ] {
            if has_base(kind, base.as_any()) {
                return class;
            }
        }
        if has_base(kind, py.get_type::<PyTuple>().as_any()) {
            let fields = kind.getattr("_fields").ok().and_then(|fields| fields.cast_into::<PyTuple>().ok());
            let fields = fields.filter(|_| kind.hasattr("_make").unwrap_or(false));
            return fields.map_or(Self::Tuple, |fields| Self::Named(strings(&fields)));
        }
        if let Some(fields) = fields(kind) {
            return Self::Record(fields);
        }
        if in_module(kind, "collections", "deque") {
            return Self::Deque;
        }
        if in_module(kind, "collections.abc", "Mapping") {
            return Self::Mapping;
        }
        Self::Other
    }
}

/// Whether `base` is in the MRO of the type, whatever `__subclasscheck__` of its metaclass returns.
fn has_base(kind: &Bound<'_, PyType>, base: &Bound<'_, PyAny>) -> bool {
    kind.mro().iter().any(|ancestor| ancestor.is(base))
}

/// Whether the type is a subclass of a class in a module, including virtual subclasses (`ABC.register`).
fn in_module(kind: &Bound<'_, PyType>, module: &str, name: &str) -> bool {
    let base = kind.py().import(module).and_then(|module| module.getattr(name));
    base.and_then(|base| kind.is_subclass(&base)).unwrap_or(false)
}

/// Returns the names in a tuple; none if one of them is not a string.
fn strings(names: &Bound<'_, PyTuple>) -> Rc<[Py<PyString>]> {
    let names: PyResult<Vec<_>> =
        names.iter().map(|name| Ok(name.cast_into::<PyString>()?.unbind())).collect();
    names.unwrap_or_default().into()
}

/// Returns the names of a dataclass's fields; `None` for any other type.
fn fields(kind: &Bound<'_, PyType>) -> Option<Rc<[Py<PyString>]>> {
    if !kind.hasattr("__dataclass_fields__").ok()? {
        return None;
    }
    let fields = kind.py().import("dataclasses").ok()?.call_method1("fields", (kind,)).ok()?;
    let names: PyResult<Vec<Py<PyString>>> = fields
        .try_iter()
        .ok()?
        .map(|field| Ok(field?.getattr("name")?.cast_into::<PyString>()?.unbind()))
        .collect();
    Some(names.ok()?.into())
}
