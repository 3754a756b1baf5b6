//! Python's built-in types and what derives from them.

use std::collections::HashMap;

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyIterator, PyString};

use super::base::Base;
use super::class::Class;
use super::walker::Walker;
use crate::equivalence::encode;
use crate::equivalence::value::{BigInt, Typed, Value};

/// A plain value of a built-in type; nothing for containers and for subclasses.
pub(super) fn leaf<'py>(object: &Bound<'py, PyAny>) -> Option<PyResult<Value>> {
    let class = object.get_type_ptr();
    if class == &raw mut ffi::PyUnicode_Type {
        return Some(text(object));
    }
    if class == &raw mut ffi::PyLong_Type {
        return Some(integer(object));
    }
    if class == &raw mut ffi::PyFloat_Type {
        return Some(Ok(float(object)));
    }
    if object.is_none() {
        return Some(Ok(Value::None));
    }
    if class == &raw mut ffi::PyBool_Type {
        return Some(Ok(Value::Bool(object.is(PyBool::new(object.py(), true)))));
    }
    if class == &raw mut ffi::PyBytes_Type {
        return Some(Ok(bytes(object)));
    }
    if class == &raw mut ffi::PyEllipsis_Type {
        return Some(Ok(Value::Ellipsis));
    }
    None
}

impl<'py> Walker<'py> {
    /// An object as an instance of a built-in type, read past any methods of its class.
    pub(super) fn builtin(
        &mut self,
        object: &Bound<'py, PyAny>,
        base: Base,
        ordered_by: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Value> {
        match base {
            Base::Int => integer(object),
            Base::Float => Ok(float(object)),
            Base::Complex => Ok(complex(object)),
            Base::Str => text(object),
            Base::Bytes => Ok(bytes(object)),
            Base::ByteArray => Ok(byte_array(object)),
            Base::List => self.list(object).map(Value::List),
            Base::Tuple => self.tuple(object).map(Value::Tuple),
            Base::Dict => self.dict(object, ordered_by).map(Value::Dict),
            Base::Set => self.set(object, &raw mut ffi::PySet_Type).map(Value::Set),
            Base::FrozenSet => self.set(object, &raw mut ffi::PyFrozenSet_Type).map(Value::FrozenSet),
        }
    }

    /// An instance of a class that derives from a built-in type.
    pub(super) fn derived(
        &mut self,
        object: &Bound<'py, PyAny>,
        class: &Class<'py>,
        base: Base,
        ordered_by: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Value> {
        let value = self.builtin(object, base, ordered_by)?;
        // The attributes of an enum's member follow from its value.
        let state = if class.is_enum { Vec::new() } else { self.state(object, class)? };
        Ok(Value::Typed(Box::new(Typed { type_name: class.name.clone(), value, state })))
    }

    fn list(&mut self, object: &Bound<'py, PyAny>) -> PyResult<Vec<Value>> {
        let list = object.as_ptr();
        // SAFETY: a list, as its type says.
        let length = || unsafe { ffi::PyList_GET_SIZE(list) };
        let mut elements = Vec::with_capacity(length() as usize);
        let mut index = 0;
        // The code of an element may change the list: hence the length anew, and a reference of our own.
        while index < length() {
            // SAFETY: the index is within the list.
            let element = unsafe { Bound::from_borrowed_ptr(self.py, ffi::PyList_GET_ITEM(list, index)) };
            elements.push(self.value(&element)?);
            index += 1;
        }
        Ok(elements)
    }

    fn tuple(&mut self, object: &Bound<'py, PyAny>) -> PyResult<Vec<Value>> {
        let tuple = object.as_ptr();
        // SAFETY: a tuple, as its type says; its length never changes.
        let length = unsafe { ffi::PyTuple_GET_SIZE(tuple) };
        (0..length)
            .map(|index| {
                // SAFETY: the index is within the tuple.
                let element = unsafe { Bound::from_borrowed_ptr(self.py, ffi::PyTuple_GET_ITEM(tuple, index)) };
                self.value(&element)
            })
            .collect()
    }

    fn dict(
        &mut self,
        object: &Bound<'py, PyAny>,
        ordered_by: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Vec<(Value, Value)>> {
        let Some(iter) = ordered_by else {
            let mut pairs = Vec::with_capacity(size(object));
            self.pairs(object, |walker, name, value| {
                pairs.push((walker.value(name)?, walker.value(value)?));
                Ok(())
            })?;
            return Ok(pairs);
        };
        // `OrderedDict` keeps its order apart from that of the dict that it is.
        let mut values = HashMap::new();
        self.pairs(object, |_, name, value| {
            values.insert(name.as_ptr() as usize, value.clone());
            Ok(())
        })?;
        iter.call1((object,))?
            .try_iter()?
            .map(|name| {
                let name = name?;
                let value = values.remove(&(name.as_ptr() as usize)).ok_or_else(changed)?;
                Ok((self.value(&name)?, self.value(&value)?))
            })
            .collect()
    }

    /// Visits the pairs of a dict or of a subclass.
    pub(super) fn pairs(
        &mut self,
        object: &Bound<'py, PyAny>,
        mut visit: impl FnMut(&mut Self, &Bound<'py, PyAny>, &Bound<'py, PyAny>) -> PyResult<()>,
    ) -> PyResult<()> {
        let dict = object.as_ptr();
        let before = size(object);
        let mut position = 0;
        let (mut name, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: a dict; both pointers are set when it returns something else than 0.
        while unsafe { ffi::PyDict_Next(dict, &mut position, &mut name, &mut value) } != 0 {
            // SAFETY: borrowed from the dict, which nothing has changed since. Our own references hold them
            // while the code of one of them runs.
            let (name, value) =
                unsafe { (Bound::from_borrowed_ptr(self.py, name), Bound::from_borrowed_ptr(self.py, value)) };
            visit(self, &name, &value)?;
            if size(object) != before {
                return Err(changed());
            }
        }
        Ok(())
    }

    fn set(&mut self, object: &Bound<'py, PyAny>, base: *mut ffi::PyTypeObject) -> PyResult<Vec<Value>> {
        // SAFETY: the type object of `set` or `frozenset`, of which the object is an instance. Its own slot leaves out
        // any `__iter__` of a subclass.
        let iterator = unsafe {
            let iterator = (*base).tp_iter.map_or(std::ptr::null_mut(), |iter| iter(object.as_ptr()));
            Bound::from_owned_ptr_or_err(self.py, iterator)?
        };
        let mut elements =
            iterator.cast_into::<PyIterator>()?.map(|element| self.value(&element?)).collect::<PyResult<Vec<_>>>()?;
        encode::sort(&mut elements);
        Ok(elements)
    }
}

/// Pairs of a dict, past any `__len__` of a subclass.
fn size(dict: &Bound<'_, PyAny>) -> usize {
    // SAFETY: a dict, as its type says.
    unsafe { ffi::PyDict_Size(dict.as_ptr()) }.unsigned_abs()
}

fn changed() -> PyErr {
    PyRuntimeError::new_err("it changed while it was read")
}

fn integer(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    let mut overflow = 0;
    // SAFETY: an `int` or an instance of a subclass, for which neither function runs code of the class.
    let integer = unsafe { ffi::PyLong_AsLongLongAndOverflow(object.as_ptr(), &mut overflow) };
    if overflow == 0 {
        return Ok(Value::Int(integer));
    }
    // SAFETY: as above.
    let digits = unsafe { Bound::from_owned_ptr_or_err(object.py(), ffi::PyNumber_ToBase(object.as_ptr(), 16))? };
    let digits = digits.cast_into::<PyString>()?;
    let digits = digits.to_str()?.trim_start_matches('-').trim_start_matches("0x");
    let nibble = |digit: u8| (digit as char).to_digit(16).unwrap_or(0) as u8;
    let magnitude =
        digits.as_bytes().rchunks(2).rev().map(|pair| pair.iter().fold(0, |byte, &digit| byte << 4 | nibble(digit)));
    Ok(Value::BigInt(BigInt { negative: overflow < 0, magnitude: magnitude.collect::<Vec<u8>>().into() }))
}

fn float(object: &Bound<'_, PyAny>) -> Value {
    // SAFETY: a `float` or an instance of a subclass, which is read directly.
    Value::Float(unsafe { ffi::PyFloat_AsDouble(object.as_ptr()) })
}

fn complex(object: &Bound<'_, PyAny>) -> Value {
    // SAFETY: a `complex` or an instance of a subclass, which is read directly.
    unsafe {
        Value::Complex(ffi::PyComplex_RealAsDouble(object.as_ptr()), ffi::PyComplex_ImagAsDouble(object.as_ptr()))
    }
}

fn text(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    let string = object.as_ptr();
    // SAFETY: a `str` or an instance of a subclass, of which no more is read than its length; nothing changes it.
    unsafe {
        if ffi::PyUnicode_KIND(string) == ffi::PyUnicode_1BYTE_KIND {
            let start = ffi::PyUnicode_DATA(string).cast::<u8>();
            let characters = std::slice::from_raw_parts(start, ffi::PyUnicode_GET_LENGTH(string) as usize);
            if characters.is_ascii() {
                return Ok(Value::Str(characters.into()));
            }
        }
    }
    // Not `PyUnicode_AsUTF8AndSize`: it leaves its result in the string, which would save a contender that work when
    // the string is its input.
    // SAFETY: as above, with terminated strings.
    let encoded = unsafe {
        let encoded = ffi::PyUnicode_AsEncodedString(string, c"utf-8".as_ptr(), c"surrogatepass".as_ptr());
        Bound::from_owned_ptr_or_err(object.py(), encoded)?
    };
    Ok(Value::Str(content(&encoded).into()))
}

fn bytes(object: &Bound<'_, PyAny>) -> Value {
    Value::Bytes(content(object).into())
}

/// The bytes of a `bytes`.
fn content<'a>(object: &'a Bound<'_, PyAny>) -> &'a [u8] {
    // SAFETY: a `bytes` or an instance of a subclass, which never changes.
    unsafe {
        let start = ffi::PyBytes_AsString(object.as_ptr());
        std::slice::from_raw_parts(start.cast(), ffi::PyBytes_Size(object.as_ptr()) as usize)
    }
}

fn byte_array(object: &Bound<'_, PyAny>) -> Value {
    // SAFETY: a `bytearray` or an instance of a subclass; nothing runs before its bytes are copied.
    unsafe {
        let start = ffi::PyByteArray_AsString(object.as_ptr());
        Value::ByteArray(
            std::slice::from_raw_parts(start.cast(), ffi::PyByteArray_Size(object.as_ptr()) as usize).into(),
        )
    }
}
