//! Reading an argument by plain objects that own everything: what signatures like `Vec<HashMap<String, Value>>` make of it.

use std::collections::HashMap;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString, PyTuple};

use super::{array, text};

/// A value that owns all that it is made of.
#[expect(dead_code, reason = "it is made for what that costs")]
pub(super) enum Owned {
    None,
    Bool(bool),
    Int(i64),
    WideInt(i128),
    Float(f64),
    Str(String),
    Bytes(Vec<u8>),
    List(Vec<Owned>),
    /// Whose names are all strings.
    Map(HashMap<String, Owned>),
    Pairs(Vec<(Owned, Owned)>),
    Instance(Vec<Owned>),
    /// What nothing is known of.
    Object(Py<PyAny>),
}

/// Reads an object.
///
/// # Errors
/// When it can't be converted.
pub(super) fn read(object: &Bound<'_, PyAny>) -> PyResult<Owned> {
    if object.is_none() {
        return Ok(Owned::None);
    }
    let class = object.get_type_ptr();
    if class == &raw mut ffi::PyUnicode_Type {
        string(object).map(Owned::Str)
    } else if class == &raw mut ffi::PyLong_Type {
        object.extract().map(Owned::Int).or_else(|_| object.extract().map(Owned::WideInt))
    } else if class == &raw mut ffi::PyFloat_Type {
        object.extract().map(Owned::Float)
    } else if class == &raw mut ffi::PyBool_Type {
        Ok(Owned::Bool(object.cast::<PyBool>()?.is_true()))
    } else if class == &raw mut ffi::PyList_Type {
        object.cast::<PyList>()?.iter().map(|element| read(&element)).collect::<PyResult<_>>().map(Owned::List)
    } else if class == &raw mut ffi::PyTuple_Type {
        object.cast::<PyTuple>()?.iter().map(|element| read(&element)).collect::<PyResult<_>>().map(Owned::List)
    } else if class == &raw mut ffi::PyDict_Type {
        dict(object.cast::<PyDict>()?)
    } else if class == &raw mut ffi::PySet_Type || class == &raw mut ffi::PyFrozenSet_Type {
        object.try_iter()?.map(|element| read(&element?)).collect::<PyResult<_>>().map(Owned::List)
    } else if let Some(bytes) = array::with_memory(object.as_ptr(), <[u8]>::to_vec) {
        Ok(Owned::Bytes(bytes))
    } else {
        instance(object)
    }
}

fn dict(dict: &Bound<'_, PyDict>) -> PyResult<Owned> {
    if dict.iter().all(|(name, _)| name.is_exact_instance_of::<PyString>()) {
        let pairs = dict.iter().map(|(name, value)| Ok((string(&name)?, read(&value)?)));
        return pairs.collect::<PyResult<_>>().map(Owned::Map);
    }
    dict.iter().map(|(name, value)| Ok((read(&name)?, read(&value)?))).collect::<PyResult<_>>().map(Owned::Pairs)
}

fn string(object: &Bound<'_, PyAny>) -> PyResult<String> {
    // SAFETY: a `str` that lives as long as its reference.
    let text = unsafe { text::read(object.as_ptr()) };
    text.map(std::borrow::Cow::into_owned).ok_or_else(|| PyTypeError::new_err("str with lone surrogates"))
}

fn instance(object: &Bound<'_, PyAny>) -> PyResult<Owned> {
    let class = object.get_type();
    if let Ok(tuple) = object.cast::<PyTuple>() {
        return tuple.iter().map(|element| read(&element)).collect::<PyResult<_>>().map(Owned::Instance);
    }
    // The names of the fields as the class itself keeps them, for which nothing has to be made.
    let Ok(fields) = class.getattr(pyo3::intern!(object.py(), "__dataclass_fields__")) else {
        return Ok(Owned::Object(object.clone().unbind()));
    };
    let names = fields.cast::<PyDict>()?;
    names
        .iter()
        .map(|(name, _)| read(&object.getattr(name.cast::<PyString>()?)?))
        .collect::<PyResult<_>>()
        .map(Owned::Instance)
}
